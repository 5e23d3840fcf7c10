"""Commands narrowed to content sets, against what reading every commit tells."""

import io
import tarfile
from random import Random
from types import SimpleNamespace

import pytest

from contentvc.actions.covering import cover, path_index
from contentvc.actions.diff import DiffRequest, diff
from contentvc.actions.export import ExportRequest, Format, exported_parts
from contentvc.actions.log import LogRequest, graph_log, log
from contentvc.actions.progress import Silent
from contentvc.changes.trees import list_files
from contentvc.errors import Declined, Missing
from contentvc.history.graph import walk
from contentvc.ids import ObjectId
from contentvc.repository import Repository
from contentvc.sets.reading import read_declaration
from contentvc.sets.selection import Selection, select
from tests.actions.site import Site
from tests.history.scenes import START, Scene

DECLARED = b"""
[sets.evals]
paths = ["evals/**/*.jsonl"]
[sets.texts]
paths = ["**/*.md"]
[sets.rest]
paths = ["evals/**", "one.txt"]
"""
PATHS = [
    b"evals/a.jsonl", b"evals/x/b.jsonl", b"evals/x/b.md", b"evals/a.txt", b"docs/a.md", b"a.md",
    b"one.txt", b"other/a.bin", b"x/evals/a.jsonl",
]  # fmt: skip
CHOICES = [("evals",), ("texts",), ("rest",), ("evals", "texts")]
NARROWED: list[tuple[bytes, ...]] = [
    (), (b"",), (b"evals",), (b"evals/x", b"docs"), (b"other",), (b"one.txt",),
]  # fmt: skip


def _story(seed: int) -> Scene:
    """Files come, change and go; some commits are merges that take what they like."""
    chance, scene, files = Random(seed), Scene(), {b"contentvc.toml": DECLARED}
    made = [scene.commit({b"contentvc.toml": DECLARED})]
    for number in range(40):
        parents = (made[-1],)
        if number % 5 == 4:
            parents = tuple(dict.fromkeys((made[-1], chance.choice(made))))
        path = chance.choice(PATHS)
        gone = path in files and chance.random() < 0.4
        edits: dict[bytes, bytes | None] = {path: None if gone else b"%d" % number}
        if gone:
            del files[path]
        else:
            files[path] = b"%d" % number
        made.append(scene.commit(edits, f"commit {number}", parents=parents))
    return scene


def _context(scene: Scene) -> object:
    head = scene.head
    return SimpleNamespace(
        repository=scene.open(), head=head, now=START, zone=0, resolve=lambda _: head.commit
    )


def _expected(scene: Scene, selection: Selection, paths: tuple[bytes, ...]) -> set[ObjectId]:
    repository = scene.open()
    commits = [one for one, _ in walk([scene.head.commit], repository.commit)]
    return {one for one in commits if _touches(repository, one, selection, paths)}


def _touches(
    repository: Repository, commit: ObjectId, selection: Selection, paths: tuple[bytes, ...]
) -> bool:
    def files(of: ObjectId) -> dict[bytes, ObjectId]:
        tree = repository.commit(of).tree
        return {path: entry.id for path, entry in list_files(repository.entries, tree)}

    here = files(commit)
    parents = [files(parent) for parent in repository.commit(commit).parents] or [{}]
    return all(
        any(
            here.get(path) != before.get(path)
            for path in here.keys() | before
            if selection.has(path) and _is_within(path, paths)
        )
        for before in parents
    )


def _is_within(path: bytes, paths: tuple[bytes, ...]) -> bool:
    return not paths or any(not one or path == one or path.startswith(one + b"/") for one in paths)


@pytest.mark.parametrize("is_covered", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_log_has_the_commits_that_touched_files_of_the_sets(seed, is_covered):
    scene = _story(seed)
    if is_covered:
        repository = scene.open()
        commits = [one for one, _ in walk([scene.head.commit], repository.commit)]
        cover(repository, path_index(repository), commits)
    for names in CHOICES:
        selection = select(read_declaration(DECLARED), names)
        for paths in NARROWED:
            expected = _expected(scene, selection, paths)
            request = LogRequest("main", paths=paths, sets=names, with_changes=True)
            found = list(log(_context(scene), request))
            assert {one.id for one in found} == expected
            assert {one.id for one in graph_log(_context(scene), request)} == expected
            told = [change for one in found for change in one.changes]
            assert all(selection.has(one.path) or selection.has(one.old_path) for one in told)


@pytest.fixture
def site(tmp_path) -> Site:
    site = Site(tmp_path).init()
    site.write(dict.fromkeys(PATHS, b'{"first": 1}\n')).write(
        {b"contentvc.toml": DECLARED}
    ).commit()
    return site


def test_diff_goes_by_the_newer_side(site):
    renamed = DECLARED.replace(b"[sets.evals]", b"[sets.cases]")
    site.write(dict.fromkeys(PATHS, b'{"second": 2}\n')).write(
        {b"contentvc.toml": renamed}
    ).commit()
    site.write({b"contentvc.toml": DECLARED, b"evals/a.jsonl": b'{"third": 3}\n'})

    def changed(request: DiffRequest) -> set[bytes]:
        return {one.path for one in diff(site.context(), request).changes}

    assert changed(DiffRequest(sets=("evals",))) == {b"evals/a.jsonl"}
    assert changed(DiffRequest("HEAD~1", sets=("evals",))) == {b"evals/a.jsonl", b"evals/x/b.jsonl"}
    between = DiffRequest("HEAD~1", "HEAD", sets=("cases",))
    assert changed(between) == {b"evals/a.jsonl", b"evals/x/b.jsonl"}
    narrowed = DiffRequest("HEAD~1", "HEAD", (b"evals/x", b"docs"), ("cases", "texts"))
    assert changed(narrowed) == {b"evals/x/b.jsonl", b"evals/x/b.md", b"docs/a.md"}
    with pytest.raises(Missing, match="no content set 'evals'"):
        diff(site.context(), DiffRequest("HEAD~1", "HEAD", sets=("evals",)))


def test_a_file_that_was_renamed_out_of_a_set_is_told(site):
    content = b"".join(b"%d\n" % number for number in range(100))
    site.write({b"evals/a.jsonl": content}).commit()
    site.remove(b"evals/a.jsonl").write({b"other/a.jsonl": content}).commit()
    (change,) = diff(site.context(), DiffRequest("HEAD~1", "HEAD", sets=("evals",))).changes
    assert (change.old_path, change.path) == (b"evals/a.jsonl", b"other/a.jsonl")
    (newest, *_) = log(site.context(), LogRequest(sets=("evals",), with_changes=True))
    assert newest.id == site.context().head.commit
    assert newest.changes == (change,)


def test_export_has_only_files_of_the_sets(site):
    def names(*paths: bytes) -> set[str]:
        tree = site.context().base_tree()
        request = ExportRequest(tree, 0, paths, ("evals", "texts"))
        parts, _ = exported_parts(site.repository(), request, Format.TAR, Silent())
        return set(tarfile.open(fileobj=io.BytesIO(b"".join(parts))).getnames())

    assert names() == {"evals/a.jsonl", "evals/x/b.jsonl", "evals/x/b.md", "docs/a.md", "a.md"}
    assert names(b"evals/x", b"one.txt") == {"evals/x/b.jsonl", "evals/x/b.md"}


def test_log_of_the_working_tree_needs_a_declaration_without_mistakes(site):
    site.write({b"contentvc.toml": b"[sets.evals]\npaths = 1\n"})
    with pytest.raises(Declined, match=r"contentvc\.toml:2:9"):
        list(log(site.context(), LogRequest(sets=("evals",))))
    with pytest.raises(Declined, match=r"contentvc\.toml:2:9"):
        diff(site.context(), DiffRequest(sets=("evals",)))
    assert len(list(log(site.context(), LogRequest("main", sets=("evals",))))) == 1
