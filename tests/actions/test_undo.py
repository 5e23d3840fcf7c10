"""Undo and redo: after every other command, in several workspaces, after interruptions."""

import os

import pytest

from contentvc.actions.branches import create_ref, delete_branch
from contentvc.actions.forget import forget
from contentvc.actions.operations import list_operations
from contentvc.actions.restore import restore
from contentvc.actions.workspaces import add_workspace
from contentvc.changes.trees import list_files
from contentvc.errors import Conflict, Damaged, Declined, Missing, Usage
from contentvc.history.draft import Draft, RefMove
from contentvc.history.names import BRANCH
from contentvc.objects.pack import pack_path
from tests.actions.site import ACTOR, Site
from tests.faults.commands import COLLIDING, COMMANDS, NOT_TAKEN_BACK, folder, prepared, seen
from tests.faults.seam import run_crashing

__all__ = ["folder"]


@pytest.fixture
def site(folder) -> Site:
    return prepared(folder)


@pytest.mark.parametrize(
    "name",
    [name for name in sorted(COMMANDS.keys() - NOT_TAKEN_BACK) if name[:4] not in ("undo", "redo")],
)
def test_every_command_is_taken_back_and_done_again(site, name):
    command = COMMANDS[name]
    command.prepare(site)
    before = seen(site)
    command.run(site)
    after = seen(site)
    for _ in range(2):
        site.undo()
        assert seen(site) == before
        site.redo()
        assert seen(site) == after
    site.undo()
    told = [(change.path, change.change) for change in site.status().changes]
    assert [(one.path, one.change) for one in site.status(rehash=True).changes] == told
    assert site.verify().ok


def test_command_after_command_back_to_the_first(site):
    states = [seen(site)]
    acts = [
        lambda: site.commit("third"),
        lambda: site.stash() if site.status().changes else site.write({b"z": b"z"}).stash(),
        lambda: site.switch("other", force=True),
        lambda: site.rollback("main"),
        lambda: site.pop(force=True),
        lambda: create_ref(site.context(), BRANCH, "third", "HEAD", force=False),
        lambda: site.commit("fourth"),
        lambda: site.switch("main", force=True),
    ]
    for act in acts:
        if act is acts[1]:
            site.write({b"z": b"z"})
            states[-1] = seen(site)
        act()
        states.append(seen(site))
    for state in states[-2::-1]:
        site.undo()
        now = seen(site)
        assert (now.refs, now.head) == (state.refs, state.head)
        assert now.files == state.files | ({} if b"z" in state.files else _extra(now))
    site.undo()  # the switch of the preparation
    for state in states:
        site.redo()
        now = seen(site)
        assert (now.refs, now.head) == (state.refs, state.head)
    assert now.files == states[-1].files
    with pytest.raises(Declined) as failed:
        site.redo()
    assert failed.value.code == "nothing-to-undo"


def _extra(now) -> dict:
    """The file that was written between two commands, and which no command takes back."""
    return {path: content for path, content in now.files.items() if path == b"z"}


def test_nothing_is_left_to_take_back_after_the_first_command(folder):
    site = Site(os.path.join(folder, "site")).init().write({b"a": b"1"})
    with pytest.raises(Declined) as failed:
        site.undo()
    assert failed.value.code == "nothing-to-undo"
    site.commit("first")
    site.undo()
    assert site.refs() == {}
    assert site.files() == {b"a": b"1"}
    assert [change.path for change in site.status().changes] == [b"a"]
    with pytest.raises(Declined):
        site.undo()
    site.commit("first again")
    assert site.at("main") == {b"a": b"1"}


def test_a_command_after_an_undo_ends_what_can_be_redone(site):
    site.commit("third")
    site.undo()
    site.commit("another third")
    with pytest.raises(Declined):
        site.redo()
    site.undo()
    site.redo()
    assert site.context().base().message == "another third"


def test_edits_made_since_come_along(site):
    site.switch("other")
    site.write({b"twin": b"edited after the switch\n", b"mine too": b"new\n"})
    before = seen(prepared(os.path.join(site.root.decode(), "..", "again")))
    with pytest.raises(Conflict) as failed:
        site.undo()  # the twin would go away
    assert failed.value.code == "would-overwrite"
    assert failed.value.details["paths"] == ["twin"]
    site.write({b"twin": b"the same in both\n"})
    site.undo()
    assert seen(site).files == before.files | {b"mine too": (bytes, b"new\n")}


def test_what_is_overwritten_by_force_comes_back_with_redo(site):
    site.switch("other")
    edited = {b"a": b"edited\n", b"twin": b"edited too\n"}
    site.write(edited)
    report = site.undo(force=True)
    assert set(report.overwritten) == edited.keys()
    assert report.saved
    assert site.saved()[-1] == edited
    site.redo()
    assert site.files().items() >= edited.items()


def test_what_a_restore_overwrote_and_removed_comes_back(site):
    site.write(COLLIDING).remove(b"d/b")
    files = site.files()
    restore(site.context(), [b"a", b"d", b"gone"], None)
    assert site.files()[b"d/b"] == b"first b\n"
    site.undo()
    assert site.files() == files


def test_a_restore_of_clean_files_can_be_taken_back(site):
    restore(site.context(), [b"a"], "other")
    assert site.files()[b"a"] == b"second a, which is longer\n"
    site.undo()
    assert site.files()[b"a"] == b"first a\n"


def test_a_restore_that_changes_nothing_is_no_operation(site):
    sequence = site.repository().view.sequence
    restore(site.context(), [b"a"], None)
    assert site.repository().view.sequence == sequence


def test_commits_of_a_remote_are_named(site):
    third = site.commit("third").id
    repository = site.repository()
    move = RefMove("remote/origin/main", None, third)
    repository.append(Draft(kind="push", actor=ACTOR, refs=(move,)))
    report = site.undo()
    assert report.published == ("origin/main",)
    assert site.refs()["remote/origin/main"] == third
    assert site.redo().published == ()


def test_a_fetch_or_a_push_is_passed_over(site):
    site.commit("third")
    repository = site.repository()
    workspace = site.context().workspace
    for kind in ("fetch", "push", "compact"):
        repository.append(Draft(kind=kind, actor=ACTOR, workspace=workspace))
    assert site.undo().operation.kind == "commit"
    with pytest.raises(Usage):
        site.undo(repository.view.sequence)


class TestByNumber:
    def test_an_older_operation_whose_refs_nobody_moved(self, site):
        tag = site.commit("third").id
        create_ref(site.context(), BRANCH, "third", "HEAD", force=False)
        number = site.repository().view.sequence
        site.write({b"more": b"1"}).commit("fourth")
        report = site.undo(number)
        assert report.operation.sequence == number
        assert "branch/third" not in site.refs()
        assert site.refs()["branch/main"] != tag
        with pytest.raises(Declined):
            site.undo(number)
        site.redo()
        assert site.refs()["branch/third"] == tag

    def test_an_older_commit_is_refused_naming_what_came_after(self, site):
        site.commit("third")
        number = site.repository().view.sequence
        site.write({b"more": b"1"}).commit("fourth")
        with pytest.raises(Conflict) as failed:
            site.undo(number)
        assert failed.value.code == "ref-moved"
        assert f"by operation {number + 1}" in failed.value.message

    @pytest.mark.parametrize("number", [999, 0, -1])
    def test_no_such_operation(self, site, number):
        with pytest.raises(Missing):
            site.undo(number)

    def test_init_is_not_taken_back(self, site):
        with pytest.raises(Usage):
            site.undo(1)

    def test_an_old_restore_gives_back_what_it_kept(self, site):
        site.write(COLLIDING)
        restore(site.context(), [b"a"], None)
        number = site.repository().view.sequence
        site.write({b"more": b"1"}).commit("fourth", b"more")
        site.undo(number)
        assert site.files()[b"a"] == COLLIDING[b"a"]
        assert {change.path for change in site.status().changes} >= {b"a"}


class TestSeveralWorkspaces:
    @pytest.fixture
    def second(self, site) -> Site:
        root = os.path.join(os.path.dirname(site.root), b"second")
        add_workspace(site.context(), root, "other")
        return Site(root, clock=lambda: 1_800_000_000_000_000)

    def test_each_takes_back_its_own(self, site, second):
        third = site.commit("third")
        second.write({b"s": b"1"}).commit("second's")
        report = site.undo()
        assert report.operation.refs[0].new == third.id
        assert second.at("HEAD")[b"s"] == b"1"
        second.undo()
        assert b"s" not in second.at("HEAD")
        assert second.files()[b"s"] == b"1"

    def test_a_branch_is_not_taken_from_another_workspace(self, site, second):
        create_ref(site.context(), BRANCH, "third", "HEAD", force=False)
        second.switch("third")
        with pytest.raises(Conflict) as failed:
            site.undo()
        assert failed.value.code == "checked-out"

    def test_no_way_back_to_a_branch_that_another_is_on(self, site, second):
        site.stash()
        site.switch("third", create=True)
        second.switch("main")
        with pytest.raises(Conflict) as failed:
            site.undo()
        assert failed.value.code == "checked-out"

    def test_back_on_a_branch_that_was_moved_means_where_it_is_now(self, site, second):
        site.switch("third", create=True)
        second.switch("main")
        newer = second.write({b"a": b"newer\n"}).commit("newer").id
        second.switch("other")
        site.undo()
        assert site.context().head.commit == newer
        assert site.files()[b"a"] == b"newer\n"
        assert site.files()[b"notes"] == b"never recorded\n"

    def test_back_on_a_moved_branch_brings_what_was_saved(self, site, second):
        site.write(COLLIDING)
        site.switch("third", create=True, start="other", force=True)
        second.switch("main")
        second.write({b"program": b"newer\n"}).commit("newer")
        second.switch("other")
        site.undo()
        assert site.files()[b"program"] == b"newer\n"
        assert site.files().items() >= COLLIDING.items()

    def test_what_another_did_is_not_taken_back_here(self, site, second):
        second.write({b"s": b"1"}).commit("second's")
        with pytest.raises(Usage) as failed:
            site.undo(site.repository().view.sequence)
        assert "workspace" in failed.value.message


def test_a_deleted_branch_comes_back_under_a_workspace(site):
    old = site.refs()["branch/other"]
    delete_branch(site.context(), "other", force=True)
    site.undo()
    assert site.refs()["branch/other"] == old


def test_a_branch_that_one_stands_on_is_not_taken_away(site):
    create_ref(site.context(), BRANCH, "third", "HEAD", force=False)
    number = site.repository().view.sequence
    site.switch("third")
    with pytest.raises(Conflict) as failed:
        site.undo(number)
    assert failed.value.code == "checked-out"


def test_the_branch_before_is_gone(site):
    site.switch("third", create=True)
    delete_branch(site.context(), "main", force=True)
    number = site.repository().view.sequence - 1
    with pytest.raises(Conflict) as failed:
        site.undo(number)
    assert "main" in failed.value.message
    site.undo()
    site.undo()
    assert site.context().head.ref == "branch/main"


@pytest.mark.parametrize("verb", ["undo", "redo"])
def test_after_an_interrupted_checkout(site, verb):
    before = seen(site)
    if verb == "redo":
        site.switch("other")
        after = seen(site)
        site.undo()
    for nth in range(1, 200):
        act = site.redo if verb == "redo" else lambda: site.switch("other")
        assert run_crashing(act, nth), "it came through"
        if site.context().head.ref == "branch/other":
            break
    if verb == "redo":
        site.settle()
        assert seen(site) == after
    site.undo()
    assert seen(site) == before


class TestDamage:
    def _lose(self, site: Site, path: bytes, revision: str) -> None:
        """Damage the block that holds a file of a commit."""
        context = site.context()
        repository = context.repository
        tree = repository.commit(context.resolve(revision)).tree
        entry = dict(list_files(repository.entries, tree))[path]
        place = repository.objects.index.find(entry.id)
        name = os.path.join(site.repository_folder, pack_path(place.pack))
        with open(name, "r+b") as file:
            file.seek(place.block.offset)
            content = file.read(place.block.stored)
            file.seek(place.block.offset)
            file.write(bytes(byte ^ 255 for byte in content))

    def test_an_undo_that_cannot_be_read_changes_nothing(self, site):
        site.switch("other")
        before = seen(site)
        self._lose(site, b"d/e/f", "main")
        with pytest.raises(Damaged):
            site.undo()
        site.settle()
        assert seen(site) == before
        site.commit("goes on", allow_empty=True)

    def test_a_rollback_that_cannot_be_read_changes_nothing(self, site):
        site.stash()
        before = seen(site)
        self._lose(site, b"new/deep/y", "other")
        with pytest.raises(Damaged):
            site.rollback("other")
        site.settle()
        assert seen(site) == before

    def test_a_restore_that_cannot_be_read_changes_nothing(self, site):
        site.write(COLLIDING)
        before = seen(site)
        self._lose(site, b"d/e/f", "main")
        site.remove(b"d/e/f")
        with pytest.raises(Damaged):
            restore(site.context(), [b"a", b"d", b"gone"], None)
        site.settle()
        assert site.files() == {
            path: content for path, (_, content) in before.files.items() if path != b"d/e/f"
        }


class TestForgotten:
    def test_by_number(self, site):
        site.write(COLLIDING)
        restore(site.context(), [b"a"], None)
        number = site.repository().view.sequence
        forget(site.context(), [number], [])
        before = seen(site)
        with pytest.raises(Missing) as failed:
            site.undo(number)
        assert failed.value.code == "forgotten"
        assert failed.value.details == {"operation": number}
        assert seen(site) == before
        (entry,) = [
            one for one in list_operations(site.context(), None) if one.operation.sequence == number
        ]
        assert entry.is_forgotten

    def test_by_path(self, site):
        site.write(COLLIDING)
        site.switch("other", force=True)
        forget(site.context(), [], [b"new/deep/y"])
        before = seen(site)
        with pytest.raises(Missing) as failed:
            site.undo()
        assert failed.value.code == "forgotten"
        assert seen(site) == before
        site.commit("goes on", allow_empty=True)
        assert site.verify().ok
