"""The history of paths, with path segments and without: the same commits either way."""

from collections.abc import Iterator
from random import Random
from types import SimpleNamespace

import pytest

from contentvc.actions import covering
from contentvc.actions.log import LogRequest, graph_log, log
from contentvc.history.path_segment import PathSegment
from contentvc.ids import ObjectId
from contentvc.snapshots.tree import Mode
from contentvc.storage.contract import Storage, StorageError
from contentvc.storage.memory import MemoryStorage
from tests.actions.site import Site
from tests.history.scenes import START, WORKSPACE, Scene

_FOLDERS = (b"", b"a/", b"a/b/", b"c/")
_NAMES = (b"one", b"two", b"three.md")
_PATHS = (
    (), (b"",), (b"a",), (b"a/b",), (b"c", b"a/b/one"), (b"nothing/here",),
    (b"one",), (b"a/b/two",), (b"c/three.md",),
)  # fmt: skip
_RANGES = ("HEAD", "seven..HEAD", "seven...twenty")


def _context(scene: Scene) -> object:
    return SimpleNamespace(
        repository=scene.open(),
        head=scene.head,
        workspace=WORKSPACE,
        now=START,
        zone=0,
        resolve=lambda revision: _resolver(scene).resolve(revision),
    )


def _resolver(scene: Scene):
    from contentvc.history.revisions import Resolver

    repository = scene.open()
    return Resolver(
        view=repository.view,
        log=repository.log,
        read=repository.commit,
        find_objects=repository.objects.index.starting_with,
        workspace=WORKSPACE,
        now=START,
        zone=0,
    )


def _story(seed: int, commits: int = 40, storage: Storage | None = None) -> Scene:
    """A random history: edits, removals, renames, files that become folders, merges, wrong clocks."""
    random = Random(seed)
    scene = Scene(storage)
    made: list[tuple[ObjectId, dict[bytes, bytes]]] = []
    for number in range(commits):
        if not made:
            parents, before = (), {}
        else:
            first = made[-1] if random.random() < 0.8 else random.choice(made)
            others = random.sample(made, random.choice((0, 0, 0, 1, 1, 2)) if len(made) > 3 else 0)
            parents = tuple(dict.fromkeys([first[0], *(one for one, _ in others)]))
            before = dict(first[1])
        after = _changed(random, before, [files for _, files in made])
        edits: dict[bytes, bytes | None] = {path: None for path in before if path not in after}
        edits |= {path: content for path, content in after.items() if before.get(path) != content}
        time = START + number * 1_000_000 - random.choice((0, 0, 0, 7_000_000))
        new = scene.commit(edits, f"commit {number}", parents=parents, time=time)
        made.append((new, after))
    for name, number in (
        ("seven", 7),
        ("twenty", 20),
        *((str(one), one) for one in range(commits)),
    ):
        scene.move(f"branch/{name}", made[number][0])
    return scene


def _changed(random: Random, before: dict[bytes, bytes], elsewhere: list[dict[bytes, bytes]]):
    after = dict(before)
    for _ in range(random.randint(0, 3)):
        path = random.choice(_FOLDERS) + random.choice(_NAMES)
        if after and random.random() < 0.2:
            old = random.choice(sorted(after))
            after[path] = after.pop(old)
        elif after and random.random() < 0.2:
            after.pop(random.choice(sorted(after)))
        elif elsewhere and random.random() < 0.3:
            after |= random.choice(elsewhere)
        else:
            after[path] = b"".join(b"line %d\n" % random.randint(0, 9) for _ in range(20))
    return after


def _answers(scene: Scene) -> Iterator[list[tuple]]:
    for paths in _PATHS:
        for revision in _RANGES:
            request = LogRequest(revision, paths=paths, with_changes=True)
            yield [(one.id, one.changes) for one in log(_context(scene), request)]
        every = LogRequest(all_refs=True, paths=paths, most=30)
        yield [one.id for one in log(_context(scene), every)]
        since = LogRequest(paths=paths, since="2023-11-14 22:13:35 +0000", grep="1")
        yield [one.id for one in log(_context(scene), since)]
        yield [(one.id, one.links) for one in graph_log(_context(scene), LogRequest(paths=paths))]


def _cover(scene: Scene) -> None:
    repository = scene.open()
    known = covering.path_index(repository)
    found = [
        covering._uncovered(repository, known, ref.id) for ref in repository.view.refs.values()
    ]
    covering.cover(repository, known, dict.fromkeys(one for commits in found for one in commits))


def _segments(scene: Scene) -> list[str]:
    return list(scene.storage.list("paths/"))


@pytest.fixture(autouse=True)
def _only_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """No segment is made by the commands that are compared."""
    monkeypatch.setattr("contentvc.actions.log.UNCOVERED", 1 << 30)


@pytest.mark.parametrize("seed", range(4))
def test_segments_change_no_answer(seed: int) -> None:
    scene = _story(seed)
    without = list(_answers(scene))
    assert not _segments(scene)
    _cover(scene)
    assert len(_segments(scene)) == 1
    assert list(_answers(scene)) == without
    assert any(len(answer) > 3 for answer in without)


def test_half_of_the_history_is_covered() -> None:
    scene = _story(3)
    without = list(_answers(scene))
    repository = scene.open()
    known = covering.path_index(repository)
    commits = list(covering._uncovered(repository, known, scene.head.commit))
    covering.cover(repository, known, commits[::2])
    assert list(_answers(scene)) == without


def test_commits_that_change_too_much_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contentvc.changes.touched.LISTED", 2)
    scene = _story(4)
    without = list(_answers(scene))
    _cover(scene)
    assert list(_answers(scene)) == without


def test_paths_that_share_a_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("contentvc.changes.touched", "contentvc.history.path_index"):
        monkeypatch.setattr(f"{module}.path_hash", lambda path: len(path) % 2)
    scene = _story(5)
    without = list(_answers(scene))
    _cover(scene)
    assert list(_answers(scene)) == without


def test_what_is_covered_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene()
    for number in range(50):
        scene.commit({b"a/file-%d" % (number % 10): b"%d" % number})
    _cover(scene)
    context = _context(scene)
    read: list[ObjectId] = []
    commit = context.repository.commit
    monkeypatch.setattr(
        context.repository, "commit", lambda one: (read.append(one), commit(one))[1]
    )
    shown = list(log(context, LogRequest(paths=(b"a/file-3",))))
    assert len(shown) == 5
    assert len(set(read)) == 10  # those shown and their parents


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "gone", "foreign"])
def test_damage_changes_no_answer(damage: str) -> None:
    scene = _story(6)
    without = list(_answers(scene))
    _cover(scene)
    (name,) = _segments(scene)
    stored = scene.storage.read(name)
    other = _story(7)
    _cover(other)
    (foreign,) = map(other.storage.read, _segments(other))
    changed = {
        "cut": stored[:-1],
        "flip": stored[:90] + bytes([stored[90] ^ 1]) + stored[91:],
        "empty": b"",
        "foreign": foreign[:8] + b"another reposito" + foreign[24:],
    }
    if damage == "gone":
        scene.storage.delete(name)
    else:
        scene.storage.write(name, changed[damage])
    assert list(_answers(scene)) == without
    _cover(scene)
    (again,) = _segments(scene)  # what was spoilt is removed with the next one that is made
    assert again != name
    assert list(_answers(scene)) == without


def test_a_segment_is_made_by_the_log_that_missed_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contentvc.actions.log.UNCOVERED", 32)
    scene = _story(8, commits=34)
    shown = list(log(_context(scene), LogRequest(all_refs=True, paths=(b"a",))))
    (name,) = _segments(scene)
    owner = scene.repository.description.repository
    segment = PathSegment(owner, scene.storage.read(name))
    assert all(one.id in segment.links for one in shown)
    assert len(list(segment.touches())) >= 32


def test_a_storage_that_refuses_is_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contentvc.actions.log.UNCOVERED", 1)
    scene = _story(9)
    request = LogRequest(paths=(b"a",))
    without = [one.id for one in log(_context(_story(9)), request)]
    refused: list[str] = []

    class ReadOnly(MemoryStorage):
        def write(self, name: str, content: bytes) -> None:  # noqa: ARG002 - the contract
            refused.append(name)
            raise StorageError("read-only")

    scene.storage.__class__ = ReadOnly
    assert [one.id for one in log(_context(scene), request)] == without
    assert refused
    assert not _segments(scene)


def test_attributes_of_a_folder_are_a_change() -> None:
    """An entry that differs in nothing else is touched, so it must be listed."""
    from contentvc.changes.touched import touch_of
    from contentvc.history.path_segment import path_hash
    from contentvc.snapshots.commit import Commit, encode_commit
    from contentvc.snapshots.tree import Entry, build_tree

    scene = Scene()
    scene.commit({b"a/one": b"1"})
    repository = scene.repository
    base = repository.commit(scene.head.commit)
    (folder,) = repository.entries(base.tree)
    assert folder.mode is Mode.DIRECTORY
    with repository.writing() as writing:
        entry = Entry(b"a", Mode.DIRECTORY, folder.size, folder.id, (("k", "v"),))
        tree, _ = build_tree([entry], writing.put_tree)
        commit = Commit(tree, (scene.head.commit,), "A <a@example.org>", START, 0, "attributes")
        new = writing.put_commit(encode_commit(commit))
        packs = writing.finish()
        writing.publish()
    from contentvc.history.draft import Draft, RefMove

    move = RefMove("branch/other", None, new)
    repository.append(Draft("commit", "A <a@example.org>", refs=(move,), added=packs))
    changed = touch_of(repository, new, repository.commit(new)).changed
    assert changed == ({path_hash(b""), path_hash(b"a")},)


def test_parts_of_a_large_folder_that_both_have_are_not_read() -> None:
    from contentvc.changes.touched import touch_of
    from contentvc.history.path_segment import path_hash

    scene = Scene()
    scene.commit({b"big/%05d" % number: b"" for number in range(20_000)})
    scene.commit({b"big/00777": b"new", b"big/new": b"", b"big/09999": None})
    repository = scene.open()
    new = scene.head.commit
    read: list[ObjectId] = []
    columns = repository.columns
    repository.columns = lambda one: (read.append(one), columns(one))[1]  # type: ignore[method-assign]
    (changed,) = touch_of(repository, new, repository.commit(new)).changed
    paths = (b"", b"big", b"big/00777", b"big/new", b"big/09999")
    assert changed == {path_hash(path) for path in paths}
    assert len(read) <= 10


def test_every_thirty_second_operation_covers_what_was_recorded(tmp_path) -> None:
    site = Site(tmp_path).init()
    for number in range(33):
        site.write({b"file-%d" % (number % 3): b"%d" % number}).commit(f"commit {number}")
    repository = site.repository()
    known = covering.path_index(repository)
    head = site.refs()["branch/main"]
    assert len(list(covering._uncovered(repository, known, head))) == repository.view.sequence % 32
    assert len(known.segments()) == 1


def test_segments_stay_few() -> None:
    scene = Scene()
    for number in range(300):
        scene.commit({b"file-%d" % (number % 7): b"%d" % number})
        if number % 10 == 9:
            _cover(scene)
    assert len(_segments(scene)) <= 9
    assert len(list(log(_context(scene), LogRequest(paths=(b"file-1",))))) == 43
