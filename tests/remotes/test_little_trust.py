"""A remote that is wrong, on purpose or not: caught and named, and nothing changes here."""

import os
import shutil
from dataclasses import replace

import pytest

from contentvc.changes.trees import list_files
from contentvc.errors import ContentvcError, Damaged, Unreachable
from contentvc.history.draft import Draft
from contentvc.history.log import operation_path
from contentvc.history.view import Ref, decode_view, encode_view
from contentvc.ids import ObjectId
from contentvc.limits import MIB
from contentvc.remotes.layout import LayoutRemote
from contentvc.remotes.memory import Memory
from contentvc.remotes.seen import Seen, read_seen, write_seen
from contentvc.repository import Repository
from contentvc.storage.local import LocalStorage
from contentvc.storage.memory import MemoryStorage
from tests.history.logs import pack
from tests.history.scenes import clockwork
from tests.remotes.clones import ACTOR, MAIN, TRACKED, Clone, copied, replica_on


@pytest.fixture
def writer(tmp_path):
    """Who pushes, and has pushed once."""
    shared = MemoryStorage()
    writer = Clone(shared, tmp_path / "writer")
    replica_on(shared, writer.repository.description)
    push(writer, b"one")
    return writer


@pytest.fixture
def shared(writer):
    """The remote's storage."""
    return writer.counted._inner


@pytest.fixture
def clone(shared, writer, tmp_path):
    """Who fetched what was there first."""
    clone = Clone(shared, tmp_path / "clone", 2, writer.repository.description)
    clone.fetch()
    return clone


def push(who, content):
    who.commit({b"a.txt": content * 10, b"b/c.txt": b"beside " + content})
    who.push()


def refused(clone, command=None):
    """The error of a fetch, after which everything here is as it was."""
    before = clone.repository.view
    seen = read_seen(clone.folder + b"/seen")
    with pytest.raises(ContentvcError) as caught:
        (command or clone.fetch)()
    assert clone.open().view == before
    assert read_seen(clone.folder + b"/seen") == seen
    return caught.value


def last_operation(storage):
    return list(storage.list("operations/"))[-1]


def pack_names(storage):
    return list(storage.list("packs/"))


class TestALogThatWentBack:
    def test_operations_that_are_gone(self, shared, writer, clone):
        backup = copied(shared)
        push(writer, b"two")
        clone.fetch()
        shared._contents = backup._contents
        error = refused(clone)
        assert (type(error), error.code) == (Damaged, "went-back")
        assert error.message.startswith("origin: ")
        assert "contentvc remote reset origin" in error.hint

    @pytest.mark.parametrize("forget", [(), ("view",), ("view", "indexes")])
    def test_a_copy_that_went_on(self, shared, writer, clone, forget):
        backup = copied(shared)
        push(writer, b"two")
        clone.fetch()
        shared._contents = backup._contents
        elsewhere = Clone(
            shared, clone.folder.decode() + "-other", 3, writer.repository.description
        )
        elsewhere.pull()
        push(elsewhere, b"another two")
        drop(clone, forget)
        assert refused(clone).code == "went-back"

    def test_a_copy_that_went_on_further_than_what_was_seen(self, shared, writer, clone):
        backup = copied(shared)
        push(writer, b"two")
        clone.fetch()
        shared._contents = backup._contents
        elsewhere = Clone(
            shared, clone.folder.decode() + "-other", 3, writer.repository.description
        )
        elsewhere.pull()
        for content in (b"x", b"y", b"z"):
            push(elsewhere, content)
        assert refused(clone).code == "went-back"
        drop(clone, ("view",))
        assert refused(clone).code == "went-back"

    def test_nothing_is_pushed_there_either(self, shared, writer, clone):
        backup = copied(shared)
        push(writer, b"two")
        clone.pull()
        shared._contents = dict(backup._contents)
        clone.commit({b"mine.txt": b"mine"})
        assert refused(clone, clone.push).code == "went-back"
        assert shared._contents == backup._contents

    def test_one_command_notices_it_while_it_runs(self, shared, writer, clone):
        remote = clone.remote()
        backup = copied(shared)
        push(writer, b"two")
        remote.refresh()
        shared._contents = backup._contents
        with pytest.raises(Damaged) as caught:
            remote.refresh()
        assert caught.value.code == "went-back"

    def test_it_is_believed_once_it_was_accepted(self, shared, writer, clone):
        backup = copied(shared)
        push(writer, b"two")
        clone.fetch()
        shared._contents = backup._contents
        refused(clone)
        clone.memory.forget()
        clone.fetch()
        assert clone.repository.view.refs[TRACKED] is not None
        assert clone.memory.seen().sequence == clone.remote().view.sequence

    def test_without_what_was_seen_only_the_check_is_lost(self, shared, writer, clone):
        backup = copied(shared)
        push(writer, b"two")
        clone.fetch()
        shared._contents = backup._contents
        drop(clone, ("view", "seen"))
        assert clone.remote().view.sequence == 2

    def test_an_operation_that_moved_into_a_bundle_or_a_folder_is_still_the_same(
        self, shared, clone
    ):
        stamps = dict(shared.stamps("operations/"))
        clone.memory.keep(
            type(last := clone.memory.last())(last.description, last.view, "another stamp")
        )
        clone.counted.reset()
        clone.fetch()
        assert clone.counted.total == 2
        assert clone.memory.last().stamp == stamps[operation_path(last.view.sequence)]


class TestAnotherRepository:
    @pytest.mark.parametrize("is_same_repository", [False, True])
    def test_in_the_same_place(self, shared, writer, clone, is_same_repository):
        like = writer.repository.description if is_same_repository else None
        shared._contents.clear()
        Repository.create(shared, clockwork(50), None, Draft("init", ACTOR), like)
        error = refused(clone)
        assert error.code == "other-repository"
        assert "origin" in error.message
        assert "remote reset origin" in error.hint

    def test_also_where_caches_are_gone(self, shared, writer, clone):
        shared._contents.clear()
        replica_on(shared, writer.repository.description, 50)
        drop(clone, ("view",))
        assert refused(clone).code == "other-repository"

    def test_an_empty_place_does_not_answer(self, shared, clone):
        shared._contents.clear()
        error = refused(clone)
        assert isinstance(error, Unreachable)

    def test_a_description_that_is_damaged(self, shared, clone):
        shared._contents["repository.json"] = b"{" * 100_000
        drop(clone, ("view",))
        assert refused(clone).code == "damaged"


class TestWrongBytes:
    def test_no_flipped_byte_of_a_new_pack_comes_through(self, shared, writer, clone, tmp_path):
        before = set(pack_names(shared))
        push(writer, b"two")
        (name,) = set(pack_names(shared)) - before
        whole = shared.read(name)
        refusals = 0
        for at in range(0, len(whole), 5):
            shared._contents[name] = whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :]
            try:
                clone.fetch()
            except Damaged:
                refusals += 1
                continue
            # Nobody reads this byte: what came is what was pushed.
            assert read_all(clone) == {b"a.txt": b"two" * 10, b"b/c.txt": b"beside two"}
            clone = Clone(shared, f"{tmp_path}/{at}", at, writer.repository.description)
        assert refusals > len(whole) // 6

    def test_a_pack_that_is_missing(self, shared, writer, clone):
        before = set(pack_names(shared))
        push(writer, b"two")
        for name in set(pack_names(shared)) - before:
            shared.delete(name)
        assert refused(clone).code in ("missing-object", "damaged")

    def test_an_operation_that_does_not_hash_to_its_id(self, shared, writer, clone):
        push(writer, b"two")
        name = last_operation(shared)
        shared._contents[name] = shared.read(name)[:-1] + b"?"
        assert refused(clone).code == "damaged"

    def test_an_operation_that_is_missing(self, shared, writer, clone):
        push(writer, b"two")
        push(writer, b"three")
        shared.delete(list(shared.list("operations/"))[-2])
        assert refused(clone).code == "damaged"

    def test_an_operation_of_another_replica(self, shared, writer, clone, tmp_path):
        other = MemoryStorage()
        replica_on(other, writer.repository.description, 60)
        second = Clone(other, tmp_path / "second", 4, writer.repository.description)
        push(second, b"x")
        push(second, b"y")
        push(writer, b"two")
        name = last_operation(shared)
        shared._contents[name] = other.read(name)
        assert refused(clone).code == "damaged"


def test_a_gigantic_file_is_not_read_whole(tmp_path):
    storage = LocalStorage(f"{tmp_path}/shared")
    writer = Clone(storage, tmp_path / "writer")
    replica_on(storage, writer.repository.description)
    push(writer, b"one")
    clone = Clone(storage, tmp_path / "clone", 2, writer.repository.description)
    clone.fetch()
    with open(f"{tmp_path}/shared/{operation_path(3)}", "wb") as file:
        file.truncate(1 << 40)
    clone.counted.reset()
    assert refused(clone).code == "beyond-limit"
    assert clone.counted.read_bytes < 100 * MIB


class TestHostileListings:
    @pytest.mark.parametrize(
        "name",
        [
            "operations/99999999999999999999",
            "operations/4",
            "operations/x\x1b[2J",
            "operations/" + "9" * 4000,
        ],
    )
    def test_names_that_are_none_of_an_operation(self, shared, clone, name):
        shared._contents[name] = b"?"
        error = refused(clone)
        assert error.code == "damaged"
        assert "\x1b" not in error.message
        assert len(error.message) < 400

    @pytest.mark.parametrize(
        "name",
        ["indexes/../../seen", "indexes/remote.toml", "indexes/" + "0" * 32, "indexes/\x1b"],
    )
    def test_segments_with_hostile_names_or_bytes_are_passed_over(self, shared, clone, name):
        seen = (clone.folder + b"/seen", read_seen(clone.folder + b"/seen"))
        before = list(clone.memory.segments.list("indexes/"))
        shared._contents[name] = b"CVINDEX2" + bytes([255]) * 500
        remote = clone.remote()
        index = remote.objects.index
        index._borrow()
        assert remote.objects.has(remote.view.refs[MAIN].id)
        assert read_seen(seen[0]) == seen[1]
        assert list(clone.memory.segments.list("indexes/")) == before


class TestViewsThatLie:
    def test_a_cached_view_that_does_not_fit_the_log_is_passed_over(self, shared):
        view = decode_view(shared.read("view"))
        wrong = ObjectId(bytes(32))
        lie = replace(view, operation=wrong, refs={MAIN: Ref(wrong, 1)})
        shared.write("view", encode_view(lie))
        assert fresh(shared).view.refs[MAIN].id == view.refs[MAIN].id

    def test_one_of_an_operation_that_is_not_there_yet(self, shared):
        view = decode_view(shared.read("view"))
        shared.write("view", encode_view(replace(view, sequence=10**9)))
        assert fresh(shared).view == view

    def test_who_only_reads_finds_nothing_where_refs_lead_to_nothing(self, shared):
        lie_about(shared, refs={MAIN: Ref(ObjectId(b"n" * 32), 2)})
        with pytest.raises(Damaged) as caught:
            fresh(shared).as_repository.commit(ObjectId(b"n" * 32))
        assert caught.value.code == "missing-object"

    def test_who_only_reads_finds_nothing_where_packs_are_not_there(self, shared, writer):
        lie_about(shared, packs={pack(1).name: pack(1)})
        with pytest.raises(Damaged):
            fresh(shared).as_repository.commit(writer.head.commit)

    def test_gigantic_lengths_of_packs_are_not_believed(self, shared, writer):
        view = decode_view(shared.read("view"))
        huge = {
            name: type(one)(one.name, one.digest, (1 << 32) - 1, (1 << 32) - 2)
            for name, one in view.packs.items()
        }
        lie_about(shared, packs=huge)
        with pytest.raises(Damaged):
            fresh(shared).as_repository.commit(writer.head.commit)

    def test_one_who_was_there_before_does_not_read_it(self, shared, writer, clone):
        push(writer, b"two")
        lie_about(shared, refs={MAIN: Ref(ObjectId(b"n" * 32), 2)})
        clone.fetch()
        assert clone.repository.view.refs[TRACKED].id == writer.head.commit

    def test_who_knows_it_by_name_replays_the_log_and_believes_none(self, shared, writer, tmp_path):
        lie_about(shared, refs={})
        clone = Clone(shared, tmp_path / "new", 8, writer.repository.description)
        assert clone.remote().view.refs[MAIN].id == writer.head.commit
        clone.commit({b"mine.txt": b"mine"})
        clone.push()
        writer.fetch()
        assert writer.repository.view.refs[TRACKED].id == clone.head.commit


class TestWhatIsKept:
    def test_a_file_that_is_cut_short_or_flipped_says_nothing(self, clone):
        path = clone.folder + b"/seen"
        with open(path, "rb") as file:
            whole = file.read()
        assert read_seen(path) is not None
        for wrong in (b"", whole[:-1], whole + b"x", whole[:20] + b"\0" + whole[21:], b"\0" * 4000):
            with open(path, "wb") as file:
                file.write(wrong)
            assert read_seen(path) is None

    def test_it_never_goes_back_by_itself(self, tmp_path):
        path = bytes(tmp_path / "seen")
        later = Seen(bytes(16), 9, bytes(32))
        write_seen(path, later)
        write_seen(path, Seen(bytes(16), 8, bytes(32)))
        assert read_seen(path) == later
        other = Seen(b"r" * 16, 1, bytes(32))
        write_seen(path, other)
        assert read_seen(path) == other

    def test_what_is_remembered_of_the_view_may_be_damaged(self, writer, clone):
        path = clone.folder + b"/view"
        with open(path, "rb") as file:
            whole = file.read()
        for wrong in (b"", whole[:-1], whole[:30] + b"\0\0" + whole[32:], b"\0" * 5000):
            with open(path, "wb") as file:
                file.write(wrong)
            assert clone.remote().view.refs[MAIN].id == writer.head.commit


def drop(clone, names):
    """Delete caches, as anybody may at any time."""
    for name in names:
        path = clone.folder.decode() + "/" + name
        shutil.rmtree(path, ignore_errors=True) if name == "indexes" else os.unlink(path)


def read_all(clone):
    repository = clone.open()
    tree = repository.commit(repository.view.refs[TRACKED].id).tree
    return {path: repository.blob(one.id) for path, one in list_files(repository.entries, tree)}


def fresh(storage):
    """The remote as somebody who never saw it opens it."""
    remote = LayoutRemote(
        storage, clockwork(9), "folder", "/srv/shared", Memory(None), trusting=True
    )
    remote.refresh()
    return remote


def lie_about(storage, **fields):
    view = fresh(storage).view
    storage.write("view", encode_view(replace(view, **fields)))
