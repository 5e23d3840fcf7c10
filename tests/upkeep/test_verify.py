import sys

import pytest

from contentvc.history.bundle import bundle_path
from contentvc.history.draft import Draft, RefMove, WorkspaceMove
from contentvc.history.log import operation_path
from contentvc.ids import Kind, ObjectId, PackName, blob_id, keyed_id
from contentvc.objects.blocks import seal
from contentvc.objects.lists import ChunkList, encode_list
from contentvc.objects.pack import PackBuilder, pack_path
from contentvc.snapshots.commit import Commit, encode_commit
from contentvc.snapshots.effect import Effect, effect_attributes
from contentvc.snapshots.operation import Head
from contentvc.snapshots.tree import Entry, Mode, Tree, encode_tree
from contentvc.upkeep.verify import verify
from tests.history.scenes import WORKSPACE, Scene

LARGE = bytes(range(256)) * 3000


@pytest.fixture
def scene():
    scene = Scene()
    scene.first = scene.commit({b"a": b"one", b"d/large": LARGE, b"d/same": b"same"}, "first")
    scene.second = scene.commit({b"a": b"two", b"e/f/same": b"same"}, "second")
    return scene


def check(scene, *, quick=False):
    return verify(scene.open(), quick=quick)


def packs(scene):
    return list(scene.open().view.packs)


def pack_of(scene, identifier):
    return scene.open().objects.index.find(identifier).pack


def flip(scene, name, at):
    content = bytearray(scene.storage.read(name))
    content[at] ^= 1
    scene.storage.write(name, bytes(content))


def flip_object(scene, identifier):
    """Damage the block an object lies in."""
    place = scene.open().objects.index.find(identifier)
    flip(scene, pack_path(place.pack), place.block.offset)


def put_pack(scene, *blocks, **fields):
    """A pack of sealed blocks, added by an operation."""
    builder = PackBuilder(PackName(scene.clockwork.random(16)))
    for block in blocks:
        builder.add(block)
    record, _ = builder.upload(scene.storage)
    scene.repository.refresh()
    scene.repository.append(Draft("x", "A", added=(record,), **fields))


def touched(problem):
    return {(one.commit, one.path) for one in problem.touches}


@pytest.mark.parametrize("quick", [False, True])
def test_a_sound_repository(scene, quick):
    verdict = check(scene, quick=quick)
    assert verdict.ok
    assert verdict.problems == ()
    assert (verdict.packs, verdict.operations) == (2, 3)
    repository = scene.open()
    assert verdict.bytes == sum(record.length for record in repository.view.packs.values())
    assert verdict.objects == sum(
        len(repository.objects.index.footer(pack).kinds) for pack in repository.view.packs
    )


def test_an_empty_repository():
    assert check(Scene()).problems == ()


def test_progress_is_told_in_bytes(scene):
    told = []
    verdict = verify(scene.open(), quick=False, advance=told.append)
    assert sum(told) == verdict.bytes


class TestDamagedObjects:
    def test_a_file_names_every_commit_and_path(self, scene):
        flip_object(scene, blob_id(b"same"))
        (same,) = [
            problem for problem in check(scene).problems if problem.name == blob_id(b"same").hex()
        ]
        assert touched(same) == {
            (scene.first, b"d/same"),
            (scene.second, b"d/same"),
            (scene.second, b"e/f/same"),
        }
        assert not check(scene).ok

    def test_the_chunk_of_a_large_file_names_the_file(self, scene):
        chunk = scene.open().objects.chunks(blob_id(LARGE)).ids[0]
        flip_object(scene, chunk)
        problems = {problem.name: problem for problem in check(scene).problems}
        assert touched(problems[blob_id(LARGE).hex()]) == {
            (scene.first, b"d/large"),
            (scene.second, b"d/large"),
        }
        assert chunk.hex() in problems

    @pytest.mark.parametrize("quick", [False, True])
    def test_a_commit_and_its_root(self, scene, quick):
        """They lie in one block; what only they lead to is not reached, and that is said."""
        flip_object(scene, scene.second)
        problems = {problem.name: problem for problem in check(scene, quick=quick).problems}
        assert touched(problems[scene.second.hex()]) == {(scene.second, b"")}

    @pytest.mark.parametrize("quick", [False, True])
    def test_a_folder_names_its_path(self, scene, quick):
        repository = scene.open()
        tree = repository.commit(scene.first).tree
        folder = next(one for one in repository.entries(tree) if one.name == b"d").id
        place = repository.objects.index.find(folder)
        entry = Entry(b"d", Mode.DIRECTORY, 1, folder)
        encoded = encode_tree(Tree((entry,)))
        root = keyed_id(Kind.TREE, encoded)
        commit = encode_commit(Commit(root, (), "A", 0, 0, ""))
        identifier = keyed_id(Kind.COMMIT, commit)
        block = seal(bytes([Kind.COMMIT, Kind.TREE]), [identifier, root], [commit, encoded])
        put_pack(scene, block, refs=(RefMove("tag/x", None, identifier),))
        flip(scene, pack_path(place.pack), place.block.offset)
        problems = {problem.name: problem for problem in check(scene, quick=quick).problems}
        assert (identifier, b"d") in touched(problems[folder.hex()])

    def test_quick_does_not_read_content(self, scene):
        flip_object(scene, blob_id(b"one"))
        assert check(scene, quick=True).ok
        assert not check(scene).ok

    def test_what_no_ref_reaches_is_told_too(self, scene):
        scene.move("branch/side", scene.commit({b"side": b"s" * 100}, ref="branch/side"))
        put_pack(scene, seal(b"\0", [blob_id(b"good")], [b"evil"]))
        (problem,) = check(scene).problems
        assert (problem.what, problem.name, problem.touches) == (
            "object",
            blob_id(b"good").hex(),
            (),
        )

    def test_at_most_twenty_places_are_named(self, scene):
        for number in range(30):
            scene.commit({b"copy%d" % number: b"same"})
        flip_object(scene, blob_id(b"same"))
        problems = {problem.name: problem for problem in check(scene).problems}
        assert len(problems[blob_id(b"same").hex()].touches) == 20


def test_bytes_that_are_not_canonical_are_told(scene):
    encoded = bytearray(encode_tree(Tree(())))
    longer = bytes([encoded[0], 0xCC, 1]) + bytes(encoded[2:])
    put_pack(scene, seal(bytes([Kind.TREE]), [keyed_id(Kind.TREE, longer)], [longer]))
    (problem,) = check(scene).problems
    assert "canonical" in problem.message


def test_a_list_of_other_chunks_is_told(scene):
    encoded = encode_list(ChunkList((blob_id(b"one"), blob_id(b"two")), (3, 3)))
    put_pack(scene, seal(bytes([Kind.LIST]), [blob_id(b"content")], [encoded]))
    (problem,) = check(scene).problems
    assert (problem.name, "not its content" in problem.message) == (blob_id(b"content").hex(), True)


class TestPacks:
    @pytest.mark.parametrize("quick", [False, True])
    def test_a_missing_one(self, scene, quick):
        gone = pack_of(scene, scene.first)
        scene.storage.delete(pack_path(gone))
        verdict = check(scene, quick=quick)
        assert ("pack", gone.hex()) in {(one.what, one.name) for one in verdict.problems}
        assert scene.first.hex() in {one.name for one in verdict.problems}
        assert not verdict.ok

    @pytest.mark.parametrize("quick", [False, True])
    def test_a_damaged_footer(self, scene, quick):
        pack = pack_of(scene, scene.first)
        flip(scene, pack_path(pack), -40)
        verdict = check(scene, quick=quick)
        assert ("pack", pack.hex()) in {(one.what, one.name) for one in verdict.problems}

    @pytest.mark.parametrize("at", [0, 7])
    def test_its_first_bytes(self, scene, at):
        pack = packs(scene)[0]
        flip(scene, pack_path(pack), at)
        (problem,) = check(scene).problems
        assert (problem.what, problem.name) == ("pack", pack.hex())

    def test_one_under_anothers_name(self, scene):
        one, other = map(pack_path, packs(scene))
        scene.storage.write(one, scene.storage.read(other))
        assert not check(scene).ok

    def test_more_bytes_than_were_written(self, scene):
        pack = packs(scene)[0]
        scene.storage.write(pack_path(pack), scene.storage.read(pack_path(pack)) + b"x")
        assert not check(scene).ok

    def test_unlisted_ones_do_not_matter(self, scene):
        scene.storage.write("packs/" + "0" * 32, b"left behind by a crash")
        assert check(scene).ok


class TestLog:
    def test_a_damaged_operation_behind_the_cached_view(self, scene):
        flip(scene, operation_path(2), 50)
        (problem,) = check(scene).problems
        assert (problem.what, problem.name) == ("operation", operation_path(2))

    def test_a_missing_operation_behind_the_cached_view(self, scene):
        scene.storage.delete(operation_path(2))
        assert operation_path(2) in {problem.name for problem in check(scene).problems}

    def test_a_description_that_is_not_the_first(self, scene):
        """Other chunk sizes, a checksum that fits: only operation 1 knows."""
        import json

        from contentvc.repository import _checksum

        content = json.loads(scene.storage.read("repository.json"))
        content["chunking"]["whole"] += 1
        content["checksum"] = _checksum(content)
        scene.storage.write("repository.json", json.dumps(content, indent=1).encode() + b"\n")
        (problem,) = check(scene).problems
        assert problem.what == "repository"

    def test_a_damaged_bundle(self, monkeypatch):
        monkeypatch.setattr("contentvc.limits.BUNDLE_OPERATIONS", 10)
        scene = Scene()
        for number in range(12):
            scene.move(f"branch/{number}", scene.commit({b"a": b"%d" % number}))
        assert check(scene).ok
        flip(scene, bundle_path(1), 60)
        problems = {problem.what: problem for problem in check(scene).problems}
        assert problems["bundle"].name == bundle_path(1)


class TestCaches:
    def test_a_damaged_index_is_told_but_nothing_is_lost(self, monkeypatch):
        monkeypatch.setattr("contentvc.objects.index._UNCOVERED_PACKS", 2)
        scene = Scene()
        for number in range(3):
            scene.commit({b"a": b"%d" % number})
        (name,) = scene.storage.list("indexes/")
        flip(scene, name, -1)
        verdict = check(scene)
        assert verdict.ok
        assert [(one.what, one.is_cache) for one in verdict.problems] == [("index", True)]

    def test_a_damaged_view_is_made_again(self, scene):
        flip(scene, "view", 20)
        assert check(scene).problems == ()


class TestWhatIsReached:
    def missing(self, scene, **fields):
        """An operation that names a commit which is not there."""
        scene.repository.append(Draft("x", "A", **fields))
        return {problem.name for problem in check(scene, quick=True).problems}

    def test_by_refs(self, scene):
        gone = ObjectId(b"x" * 32)
        assert self.missing(scene, refs=(RefMove("tag/x", None, gone),)) == {gone.hex()}

    def test_by_workspaces_and_merges(self, scene):
        gone, merging = ObjectId(b"x" * 32), ObjectId(b"y" * 32)
        old = scene.repository.view.workspaces[WORKSPACE].head
        move = WorkspaceMove(WORKSPACE, old, Head(None, gone, (merging,)))
        assert self.missing(scene, workspaces=(move,)) == {gone.hex(), merging.hex()}

    def test_by_saved_changes(self, scene):
        gone = ObjectId(b"x" * 32)
        assert self.missing(scene, saved=gone) == {gone.hex()}

    def test_a_saved_change_before_the_horizon_is_not(self, scene):
        scene.repository.append(Draft("x", "A", saved=ObjectId(b"x" * 32)))
        assert self.missing(scene, horizon=scene.repository.view.sequence) == set()

    def test_a_missing_blob(self, scene):
        entry = Entry(b"gone", Mode.FILE, 4, blob_id(b"gone"))
        encoded = encode_tree(Tree((entry,)))
        tree = keyed_id(Kind.TREE, encoded)
        commit = encode_commit(Commit(tree, (), "A", 0, 0, ""))
        root = keyed_id(Kind.COMMIT, commit)
        block = seal(bytes([Kind.COMMIT, Kind.TREE]), [root, tree], [commit, encoded])
        put_pack(scene, block, refs=(RefMove("tag/x", None, root),))
        for quick in (True, False):
            (problem,) = check(scene, quick=quick).problems
            assert problem.name == blob_id(b"gone").hex()
            assert touched(problem) == {(root, b"gone")}


def nested(scene, depth, *, wide=False):
    """A commit of folders inside each other; when wide, each holds the one below twice."""
    trees, below = [], Entry(b"gone", Mode.FILE, 4, blob_id(b"gone"))
    for _ in range(depth):
        names = (b"d", b"e") if wide and trees else (b"d",)
        encoded = encode_tree(Tree(tuple(below._replace(name=name) for name in names)))
        trees.append(encoded)
        below = Entry(b"d", Mode.DIRECTORY, 4, keyed_id(Kind.TREE, encoded))
    commit = encode_commit(Commit(below.id, (), "A", 0, 0, ""))
    root = keyed_id(Kind.COMMIT, commit)
    ids = [root, *(keyed_id(Kind.TREE, encoded) for encoded in trees)]
    kinds = bytes([Kind.COMMIT]) + bytes([Kind.TREE]) * len(trees)
    put_pack(scene, seal(kinds, ids, [commit, *trees]), refs=(RefMove("tag/x", None, root),))
    return root


def test_folders_nested_without_end_are_no_crash(scene):
    root = nested(scene, 3 * sys.getrecursionlimit())
    verdict = check(scene, quick=True)
    assert not verdict.ok
    assert root


def test_folders_that_multiply_end(scene):
    """Forty folders that each hold the next one twice: 2 ** 40 paths to one missing file."""
    nested(scene, 40, wide=True)
    (problem,) = check(scene, quick=True).problems
    assert problem.name == blob_id(b"gone").hex()
    assert len(problem.touches) == 20


def kept(scene, **fields):
    """An operation that keeps a tree whose one file is not stored; the tree."""
    gone = blob_id(b"nobody stored it")
    encoded = encode_tree(Tree((Entry(b"x", Mode.FILE, 16, gone),)))
    tree = keyed_id(Kind.TREE, encoded)
    block = seal(bytes([Kind.TREE]), [tree], [encoded])
    put_pack(scene, block, attributes=effect_attributes(Effect(None, tree)), **fields)
    return gone


def test_what_effects_keep_is_looked_for(scene):
    gone = kept(scene)
    assert [problem.name for problem in check(scene).problems] == [gone.hex()]


def test_what_was_dropped_on_purpose_is_no_problem(scene):
    kept(scene, purged=(blob_id(b"nobody stored it"),))
    assert check(scene).problems == ()
    scene.repository.refresh()
    lost = keyed_id(Kind.TREE, b"a tree")
    scene.repository.append(Draft("x", "A", saved=lost))
    assert [problem.name for problem in check(scene).problems] == [lost.hex()]
    scene.repository.append(Draft("forget", "A", purged=(lost,)))
    assert check(scene).problems == ()
