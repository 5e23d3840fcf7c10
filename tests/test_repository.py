from contextlib import suppress

import pytest

from contentvc import limits
from contentvc.errors import Conflict, Damaged, Missing, NotAllowed, Usage
from contentvc.history.draft import Draft
from contentvc.history.log import operation_path
from contentvc.ids import blob_id
from contentvc.objects.pack import pack_path
from contentvc.repository import DEFAULT_BRANCH, Repository, _Kept
from contentvc.snapshots.commit import Commit, encode_commit
from contentvc.snapshots.operation import Head
from contentvc.snapshots.tree import Entry, Mode, Tree, encode_tree
from contentvc.storage.contract import StorageError, Unclear
from contentvc.storage.faulty import Fail, FaultyStorage, IgnoreConditions, always, nth
from contentvc.storage.memory import MemoryStorage
from tests.golden.small import files
from tests.history.scenes import WORKSPACE, Scene, clockwork

INIT = Draft("init", "A", WORKSPACE, ("init",))


def create(storage, seed=1, workspace=WORKSPACE):
    return Repository.create(storage, clockwork(seed), workspace, INIT)


class TestCreating:
    def test_the_workspace_stands_on_main_before_its_first_commit(self):
        repository = create(MemoryStorage())
        assert repository.view.sequence == 1
        assert repository.view.workspaces[WORKSPACE].head == Head(DEFAULT_BRANCH, None)
        assert repository.view.refs == {}

    def test_without_a_workspace(self):
        assert create(MemoryStorage(), workspace=None).view.workspaces == {}

    def test_operation_1_repeats_the_checksum_of_the_description(self):
        repository = create(MemoryStorage())
        (operation, _) = repository.log.read(1)
        assert operation.checksum == repository.description.checksum

    def test_nothing_else_is_left_behind(self):
        storage = MemoryStorage()
        create(storage)
        assert list(storage.list("")) == [operation_path(1), "repository.json", "view"]

    def test_one_that_exists_is_a_conflict(self):
        storage = MemoryStorage()
        create(storage)
        before = dict(storage._contents)
        with pytest.raises(Conflict) as caught:
            create(storage, 2)
        assert caught.value.code == "already-exists"
        assert storage._contents == before

    @pytest.mark.parametrize("verb", ["create", "write"])
    @pytest.mark.parametrize("number", range(1, 5))
    def test_an_attempt_that_was_cut_short_is_taken_over(self, verb, number):
        storage = MemoryStorage()
        with suppress(StorageError):
            create(FaultyStorage(storage, Fail(nth([number], verb))))
        if storage._contents.get(operation_path(1)) is None:
            repository = create(storage, 2)
        repository = Repository.open(storage, clockwork(3))
        assert repository.view.sequence == 1
        assert repository.log.read(1)[0].checksum == repository.description.checksum

    def test_a_storage_that_ignores_conditions_is_refused(self):
        storage = MemoryStorage()
        with pytest.raises(NotAllowed) as caught:
            create(FaultyStorage(storage, IgnoreConditions(always())))
        assert caught.value.code == "unsafe-storage"
        assert storage._contents == {}

    def test_two_repositories_have_ids_of_their_own(self):
        one, other = create(MemoryStorage(), 1), create(MemoryStorage(), 2)
        assert one.description.repository != other.description.repository
        assert one.description.replica != one.description.repository


class TestOpening:
    def test_nothing_there(self):
        with pytest.raises(Missing) as caught:
            Repository.open(MemoryStorage(), clockwork())
        assert caught.value.code == "not-a-repository"

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b'"layout": 1', b'"layout": 2'),
            (b'"read": []', b'"read": ["time-travel"]'),
            (b'"write": []', b'"write": ["time-travel"]'),
        ],
    )
    def test_what_this_version_does_not_know_is_refused_and_left_untouched(self, old, new):
        storage = MemoryStorage()
        create(storage)
        stored = storage.read("repository.json")
        assert old in stored
        storage.write("repository.json", stored.replace(old, new))
        before = dict(storage._contents)
        with pytest.raises(Damaged, match="newer") as caught:
            Repository.open(storage, clockwork())
        assert caught.value.code == "needs-newer"
        assert storage._contents == before

    def test_a_damaged_description_is_told(self):
        storage = MemoryStorage()
        create(storage)
        stored = storage.read("repository.json")
        for at in range(len(stored)):
            storage.write(
                "repository.json", stored[:at] + bytes([stored[at] ^ 4]) + stored[at + 1 :]
            )
            with pytest.raises(Damaged):
                Repository.open(storage, clockwork())

    def test_the_description_of_another_repository_is_told(self):
        storage, other = MemoryStorage(), MemoryStorage()
        create(storage)
        create(other, 2)
        storage.write("repository.json", other.read("repository.json"))
        storage.delete("view")
        with pytest.raises(Damaged, match="another repository"):
            Repository.open(storage, clockwork())


class TestEarlier:
    @pytest.fixture
    def scene(self):
        scene = Scene()
        self.commits = [scene.commit({b"a": b"%d" % number}, str(number)) for number in range(5)]
        return scene

    def test_the_view_is_that_of_then(self, scene):
        for number, commit in enumerate(self.commits):
            repository = scene.open(at=number + 2)
            assert repository.view.refs["branch/main"].id == commit
            assert files(repository, repository.commit(commit).tree) == [(b"a", 0, b"%d" % number)]

    def test_what_came_later_can_be_read_too(self, scene):
        repository = scene.open(at=2)
        assert repository.commit(self.commits[4]).message == "4"

    def test_nothing_can_be_changed(self, scene):
        with pytest.raises(Usage):
            scene.open(at=2).append(Draft("x", "A"))
        assert scene.open().view.sequence == 6

    def test_one_that_never_was(self, scene):
        with pytest.raises(Missing):
            scene.open(at=7)

    def test_refreshing_stays_there(self, scene):
        repository = scene.open(at=3)
        assert repository.refresh().sequence == 3

    def test_objects_are_found_where_they_lie_now(self, scene):
        """A repack moved everything into one pack; the old packs are deleted."""
        earlier = scene.open(at=3)
        repack(scene)
        assert files(earlier, earlier.commit(self.commits[1]).tree) == [(b"a", 0, b"1")]
        later = scene.open(at=3)
        assert files(later, later.commit(self.commits[1]).tree) == [(b"a", 0, b"1")]


def repack(scene):
    """Move all objects into one new pack, and delete the old ones at once."""
    repository = scene.open()
    old = tuple(repository.view.packs)
    fresh = Repository.open(scene.storage, clockwork(9))
    writing = fresh.writing()
    writing._store = type("Empty", (), {"has": lambda *_: False, "storage": scene.storage})()
    for pack in old:
        for identifier, kind, *_ in repository.objects.index.footer(pack).rows():
            content = repository.objects.read(kind, identifier)
            put = {0: writing.put_blob, 2: writing.put_tree, 3: writing.put_commit}[kind]
            put(content)
    fresh.append(Draft("repack", "A", added=writing.finish(), removed=old))
    for pack in old:
        scene.storage.delete(pack_path(pack))


class TestLongRunning:
    def test_a_process_that_stays_open_survives_a_repack(self):
        scene = Scene()
        commits = [scene.commit({b"a": b"%d" % number}) for number in range(5)]
        staying = scene.open()
        staying.commit(commits[0])
        repack(scene)
        for number, commit in enumerate(commits):
            assert files(staying, staying.commit(commit).tree) == [(b"a", 0, b"%d" % number)]

    def test_what_another_process_wrote_is_seen_after_refreshing(self):
        scene = Scene()
        staying = scene.open()
        commit = scene.commit({b"a": b"1"})
        assert "branch/main" not in staying.view.refs
        assert staying.refresh().refs["branch/main"].id == commit
        assert staying.commit(commit).message == "change"

    def test_what_another_process_wrote_is_found_even_before(self):
        scene = Scene()
        staying = scene.open()
        commit = scene.commit({b"a": b"1"})
        assert staying.commit(commit).message == "change"


class TestLargeDirectories:
    def put(self, scene, *trees):
        repository = scene.repository
        with repository.writing() as writing:
            ids = [writing.put_tree(encode_tree(tree)) for tree in trees]
            repository.append(Draft("x", "A", added=writing.finish()))
        return ids

    def file(self, name):
        return Entry(name, Mode.FILE, 1, blob_id(b"x"))

    def part(self, name, identifier):
        return Entry(name, Mode.DIRECTORY, 1, identifier)

    def test_parts_are_joined(self, monkeypatch):
        monkeypatch.setattr(limits, "TREE_FLAT_ENTRIES", 8)
        scene = Scene()
        commit = scene.commit({b"d/%04d" % number: b"x" for number in range(500)})
        repository = scene.open()
        (folder,) = repository.entries(repository.commit(commit).tree)
        assert repository.tree(folder.id).is_node
        assert [one.name for one in repository.entries(folder.id)] == [
            b"%04d" % number for number in range(500)
        ]

    def test_one_entry_is_found_without_joining(self, monkeypatch):
        monkeypatch.setattr(limits, "TREE_FLAT_ENTRIES", 8)
        scene = Scene()
        commit = scene.commit({b"d/%04d" % number: b"%d" % number for number in range(1, 500)})
        repository = scene.open()
        (folder,) = repository.entries(repository.commit(commit).tree)
        for entry in repository.entries(folder.id):
            assert repository.entry(folder.id, entry.name) == entry
        for name in (b"", b"0000", b"0001a", b"0500", b"zzzz"):
            assert repository.entry(folder.id, name) is None

    def test_a_name_cannot_come_twice(self):
        """A symlink and a directory of one name would lead a checkout out of the tree."""
        scene = Scene()
        one, other = self.put(
            scene,
            Tree((self.file(b"a"), self.file(b"link"))),
            Tree((self.file(b"b"), self.file(b"link"))),
        )
        (node,) = self.put(
            scene, Tree((self.part(b"a", one), self.part(b"b", other)), is_node=True)
        )
        with pytest.raises(Damaged, match="do not join"):
            scene.repository.entries(node)

    def test_a_part_under_another_name_is_refused(self):
        scene = Scene()
        (leaf,) = self.put(scene, Tree((self.file(b"b"),)))
        (node,) = self.put(scene, Tree((self.part(b"a", leaf),), is_node=True))
        with pytest.raises(Damaged, match="do not join"):
            scene.repository.entries(node)
        with pytest.raises(Damaged, match="do not join"):
            scene.repository.entry(node, b"b")

    def test_parts_that_multiply_are_refused_at_once(self):
        """Sixty nodes, each naming the one below twice, would be 2 ** 60 entries."""
        scene = Scene()
        (below,) = self.put(scene, Tree((self.file(b"a"),)))
        (empty,) = self.put(scene, Tree(()))
        for _ in range(60):
            (below,) = self.put(
                scene, Tree((self.part(b"a", below), self.part(b"b", below)), is_node=True)
            )
            (empty,) = self.put(
                scene, Tree((self.part(b"a", empty), self.part(b"b", empty)), is_node=True)
            )
        for root in (below, empty):
            with pytest.raises(Damaged, match="do not join"):
                scene.repository.entries(root)

    def test_parts_nested_too_deep_are_refused(self):
        scene = Scene()
        (below,) = self.put(scene, Tree((self.file(b"a"),)))
        for _ in range(limits.TREE_DEPTH + 2):
            (below,) = self.put(scene, Tree((self.part(b"a", below),), is_node=True))
        with pytest.raises(Damaged, match="nested too deep"):
            scene.repository.entries(below)
        with pytest.raises(Damaged, match="nested too deep"):
            scene.repository.entry(below, b"a")


class TestWhatIsKept:
    def test_what_is_used_stays_and_the_rest_goes(self):
        kept = _Kept(100, len)
        for number in range(1000):
            kept.put(number, "x" * 10)
            assert kept.get(0) == "x" * 10
        found = [number for number in range(1000) if kept.get(number) is not None]
        assert found[-1] == 999
        assert len(found) <= 20
        assert kept.get(1) is None

    def test_one_that_is_too_heavy_is_given_back_all_the_same(self):
        kept = _Kept(10, len)
        kept.put(1, "x" * 1000)
        assert kept.get(1) == "x" * 1000


class TestReading:
    def test_every_kind_of_content(self):
        scene = Scene()
        large = bytes(range(256)) * 2000
        content = {b"a": b"", b"b/c": b"x", b"b/large": large, b"link": b"b/c", b"run": b"#!"}
        modes = {b"link": Mode.SYMLINK, b"run": Mode.EXECUTABLE}
        commit = scene.commit(content, modes=modes)
        repository = scene.open()
        found = files(repository, repository.commit(commit).tree)
        assert {path: blob for path, _, blob in found} == content
        assert {path: mode for path, mode, _ in found if mode} == {b"link": 2, b"run": 1}
        small = [blob_id(one) for one in content.values() if one != large]
        assert dict(repository.blobs(small)) == {
            blob_id(one): one for one in content.values() if one != large
        }
        assert b"".join(repository.stream(blob_id(large))) == large

    def test_a_missing_object_is_told(self):
        scene = Scene()
        commit = Commit(blob_id(b"no tree"), (), "A", 0, 0, "")
        repository = scene.repository
        with repository.writing() as writing:
            identifier = writing.put_commit(encode_commit(commit))
            repository.append(Draft("x", "A", added=writing.finish()))
        assert repository.commit(identifier) == commit
        with pytest.raises(Damaged) as caught:
            repository.entries(commit.tree)
        assert caught.value.code == "missing-object"


def test_an_unclear_storage_is_told_and_nothing_is_half_done():
    storage = MemoryStorage()
    scene = Scene(storage)
    first = scene.commit({b"a": b"1"})
    scene.repository.log._storage = FaultyStorage(storage, Fail(always("create"), Unclear))
    with pytest.raises(Exception, match="unclear"):
        scene.commit({b"a": b"2"})
    assert scene.open().view.refs["branch/main"].id == first
