"""Several working trees on one repository, side by side."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from contentvc.actions.elsewhere import Condition, find_workspace, list_workspaces
from contentvc.actions.workspaces import add_workspace, remove_workspace, revive_workspace
from contentvc.errors import Conflict, Damaged, Missing, Usage
from contentvc.ids import WorkspaceId
from contentvc.worktree.found import Reason
from tests.actions.site import Site

FILES = {b"a": b"one\n", b"d/b": b"two\n", b".contentvcignore": b"*.log\n"}


@pytest.fixture
def site(tmp_path) -> Site:
    site = Site(tmp_path / "main").init().write(FILES)
    site.commit("first")
    site.switch("other", create=True)
    site.write({b"only": b"on the other branch\n"}).commit("second")
    site.switch("main")
    return site


def beside(site: Site, name: bytes) -> bytes:
    return os.path.join(os.path.dirname(site.root), name)


def add(site: Site, name: bytes, revision: str = "HEAD", **more: object) -> Site:
    root = beside(site, name)
    add_workspace(site.context(), root, revision, **more)  # type: ignore[arg-type]
    return Site(root)


def entry(site: Site, root: bytes):
    return find_workspace(site.context(), os.fsdecode(root), root)


def remove(site: Site, other: Site, **more: object):
    return remove_workspace(site.context(), entry(site, other.root), **more)  # type: ignore[arg-type]


def listed(site: Site):
    return {one.root: one for one in list_workspaces(site.context())}


class TestAdd:
    def test_on_its_branch(self, site):
        second = add(site, b"second", "other")
        assert second.context().head.ref == "branch/other"
        assert second.files() == second.at("other")
        assert second.status().clean
        second.write({b"only": b"changed\n"}).commit("third")
        assert site.at("other")[b"only"] == b"changed\n"
        assert site.files() == FILES
        with pytest.raises(Conflict) as caught:
            site.switch("other")
        assert caught.value.code == "checked-out"

    def test_detached_where_the_branch_is_taken(self, site):
        report = add_workspace(site.context(), beside(site, b"second"), "main")
        assert (report.head.ref, report.taken) == (None, "main")
        assert report.head.commit == site.context().head.commit
        assert add_workspace(site.context(), beside(site, b"third")).taken is None

    def test_a_new_branch(self, site):
        second = add(site, b"second", "other", create="fresh")
        assert second.context().head.ref == "branch/fresh"
        assert site.refs()["branch/fresh"] == site.refs()["branch/other"]
        for name in ("fresh", "main"):
            with pytest.raises(Conflict) as caught:
                add(site, b"third", create=name)
            assert caught.value.code == "already-exists"
        assert not os.path.exists(beside(site, b"third"))

    def test_before_the_first_commit(self, tmp_path):
        site = Site(tmp_path / "main").init()
        second = add(site, b"second", create="fresh")
        second.write({b"x": b"1"}).commit("first of all")
        assert set(site.refs()) == {"branch/fresh"}
        with pytest.raises(Missing):
            add(site, b"third")

    def test_a_folder_that_is_not_empty(self, site, tmp_path):
        (tmp_path / "full").mkdir()
        (tmp_path / "full" / "x").touch()
        with pytest.raises(Conflict, match="not empty"):
            add(site, b"full")
        other = Site(tmp_path / "alien").init()
        for root in (other.root, site.root):
            with pytest.raises(Conflict, match="of its own"):
                add_workspace(site.context(), root)
        linked = add(other, b"linked", create="x")
        with pytest.raises(Conflict, match="of its own"):
            add_workspace(site.context(), linked.root)

    def test_two_at_once_are_not_on_one_branch(self, site):
        slow = site.context()
        add(site, b"second", "other")
        report = add_workspace(slow, beside(site, b"third"), "other")
        heads = [one.head.ref for one in list_workspaces(site.context())]
        assert heads.count("branch/other") == 1
        assert report.taken == "other"
        assert Site(report.place.root).files() == site.at("other")


class TestNested:
    def test_the_outer_tree_passes_it_over(self, site):
        inner = add(site, b"main/in/ner", "other")
        inner.write({b"new": b"of the inner one\n"})
        report = site.status()
        assert report.clean
        assert [(one.path, one.reason) for one in report.skipped] == [(b"in/ner", Reason.NESTED)]
        site.write({b"in/outer": b"of the outer one\n"}).commit("both")
        assert set(site.at("HEAD")) == {*FILES, b"in/outer"}
        inner.commit("inner")
        assert b"new" in inner.at("HEAD")
        site.switch("main")
        assert inner.status().clean

    def test_what_is_recorded_around_it_is_not_shadowed(self, site):
        os.unlink(os.path.join(site.root, b"d/b"))
        with pytest.raises(Conflict, match="is recorded"):
            add(site, b"main/d", "other")
        with pytest.raises(Usage):
            add(site, b"main/.contentvc/x", "other")
        assert len(listed(site)) == 1


class TestList:
    def test_what_it_tells(self, site):
        second = add(site, b"second", "other")
        main, other = list_workspaces(site.context())
        assert (main.root, main.is_main, main.is_here) == (site.root, True, True)
        assert (other.root, other.is_main, other.is_here) == (second.root, False, False)
        assert [one.condition for one in (main, other)] == [Condition.READY] * 2
        assert [one.is_here for one in list_workspaces(second.context())] == [False, True]

    def test_by_path_and_by_id(self, site):
        second = add(site, b"second", "other")
        found = entry(site, second.root)
        digits = found.id.hex()
        for name in (digits, digits[:4], digits[:12].upper()):
            assert find_workspace(site.context(), name, b"/nowhere") == found
        for name in (digits[:3], "nothing", digits + "0"):
            with pytest.raises(Missing) as caught:
                find_workspace(site.context(), name, b"/nowhere")
            assert caught.value.code == "unknown-workspace"

    def test_a_branch_that_others_moved(self, site):
        second = add(site, b"second", "other")
        assert not listed(site)[second.root].is_behind
        context = site.context()
        move = replace(
            context.draft("push"),
            refs=(replace_ref("branch/other", site.refs()["branch/other"], context.head.commit),),
        )
        context.repository.append(move)
        assert listed(site)[second.root].is_behind

    def test_a_deleted_folder_is_missing_and_comes_back(self, site):
        second = add(site, b"second", "other")
        second.write({b"a": b"never recorded"})
        shutil.rmtree(second.root)
        assert listed(site)[second.root].condition is Condition.MISSING
        assert add_workspace(site.context(), second.root).existed
        assert second.files() == second.at("other")
        assert second.status().clean
        assert second.context().head.ref == "branch/other"

    def test_a_lost_marker_is_mended_and_no_file_is_touched(self, site):
        second = add(site, b"second", "other")
        second.write({b"a": b"changed", b"new": b"new"}).remove(b"only")
        os.unlink(second.root + b"/.contentvc")
        assert listed(site)[second.root].condition is Condition.UNFINISHED
        add_workspace(site.context(), second.root)
        assert second.files() == {
            **second.at("other"),
            b"a": b"changed",
            b"new": b"new",
        }
        assert [one.path for one in second.status().changes] == [b"a", b"new"]

    def test_a_moved_folder(self, site):
        second = add(site, b"second", "other")
        moved = Site(beside(site, b"moved"))
        os.rename(second.root, moved.root)
        assert moved.status().clean
        assert listed(site)[second.root].condition is Condition.MISSING
        assert listed(moved)[moved.root].condition is Condition.READY
        assert listed(site)[moved.root].condition is Condition.READY

    def test_a_moved_folder_that_is_added(self, site):
        second = add(site, b"second", "other")
        moved = Site(beside(site, b"moved"))
        os.rename(second.root, moved.root)
        moved.write({b"a": b"mine"})
        assert add_workspace(site.context(), moved.root).existed
        assert listed(site)[moved.root].condition is Condition.READY
        assert moved.files()[b"a"] == b"mine"

    def test_a_copied_folder_is_no_second_one(self, site):
        second = add(site, b"second", "other")
        shutil.copytree(second.root, beside(site, b"copy"))
        with pytest.raises(Conflict, match="is a copy"):
            add(site, b"copy")
        list_workspaces(Site(beside(site, b"copy")).context())
        assert second.root in listed(site)

    def test_a_moved_repository(self, site):
        second = add(site, b"second", "other")
        second.write({b"a": b"mine"})
        moved = Site(beside(site, b"main-2"))
        os.rename(site.root, moved.root)
        assert listed(moved)[second.root].condition is Condition.UNFINISHED
        assert add_workspace(moved.context(), second.root).existed
        assert [one.path for one in second.status().changes] == [b"a"]

    def test_a_copied_repository_does_not_take_the_trees_of_the_first(self, site):
        second = add(site, b"second", "other")
        copy = Site(beside(site, b"main-2"))
        shutil.copytree(site.root, copy.root)
        assert listed(copy)[second.root].condition is Condition.UNFINISHED
        assert not remove(copy, second).stays
        assert second.files() == site.at("other")
        assert second.status().clean


def test_many_at_once(site):
    """Threads add, commit in, list and remove workspaces; one of them gets the branch."""

    def work(number: int) -> str | None:
        own = add(site, b"own-%d" % number, "other")
        ref = own.context().head.ref
        own.switch(f"own-{number}", create=True)
        own.write({b"a": b"%d" % number}).commit(f"of {number}")
        assert own.root in listed(site)
        if number % 2:
            assert not remove(site, own).stays
        return ref

    with ThreadPoolExecutor(8) as pool:
        refs = list(pool.map(work, range(8)))
    assert len([ref for ref in refs if ref is not None]) >= 1
    assert set(listed(site)) == {site.root, *(beside(site, b"own-%d" % n) for n in range(0, 8, 2))}
    for number in range(8):
        assert site.at(f"own-{number}")[b"a"] == b"%d" % number
    assert site.verify().ok
    assert len(os.listdir(os.path.join(site.root, b".contentvc/workspaces"))) == 5


def test_one_of_many_gets_the_branch(site):
    barrier = Barrier(6)

    def work(number: int) -> str | None:
        context = site.context()
        barrier.wait()
        return add_workspace(context, beside(site, b"own-%d" % number), "other").head.ref

    with ThreadPoolExecutor(6) as pool:
        refs = list(pool.map(work, range(6)))
    assert refs.count("branch/other") == 1
    assert refs.count(None) == 5


def replace_ref(name, old, new):
    from contentvc.history.draft import RefMove

    return RefMove(name, old, new)


HOSTILE = [b"", b"relative", b"/", b"/a/../b", b"/a\0b", b"/" + b"x" * 5000, b"\xff\xfe", b"/etc"]


class TestHostile:
    @pytest.mark.parametrize("note", HOSTILE)
    def test_a_note_is_no_authority(self, site, note):
        second = add(site, b"second", "other")
        own = second.context().place.own
        with open(own + b"/root", "wb") as file:
            file.write(note)
        (found,) = [one for one in list_workspaces(site.context()) if not one.is_main]
        assert found.condition is not Condition.READY
        before = second.files()
        report = remove_workspace(site.context(), found)
        assert not report.changes
        assert second.files() == before
        assert os.path.isdir("/etc")
        assert not os.path.exists(own)

    def test_a_note_that_is_no_file(self, site):
        second = add(site, b"second", "other")
        note = second.context().place.own + b"/root"
        os.unlink(note)
        os.mkfifo(note)
        assert None in listed(site)
        os.unlink(note)
        os.symlink(b"/etc/passwd", note)
        assert None in listed(site)

    @pytest.mark.parametrize("marker", [b"", b"workspace = 3", b'workspace = "00"\nfolder = "x"'])
    def test_a_marker_that_is_none(self, site, marker):
        second = add(site, b"second", "other")
        with open(second.root + b"/.contentvc", "wb") as file:
            file.write(marker)
        assert listed(site)[second.root].condition is Condition.UNFINISHED
        with pytest.raises(Damaged):
            add_workspace(site.context(), second.root)
        before = second.files()
        remove(site, second)
        assert second.files() == before


class TestRemove:
    def test_a_clean_one(self, site):
        second = add(site, b"second", "other")
        own = second.context().place.own
        report = remove(site, second)
        assert (report.stays, report.saved, report.changes) == (False, False, ())
        assert not os.path.exists(second.root)
        assert not os.path.exists(own)
        assert set(listed(site)) == {site.root}
        site.switch("other")
        assert site.verify().ok

    def test_not_the_main_one_and_not_this_one(self, site):
        second = add(site, b"second", "other")
        for one in (site, second):
            for other in (site, second):
                if other is site or one is second:
                    with pytest.raises(Usage):
                        remove(one, other)
        assert second.files() == site.at("other")

    def test_uncommitted_changes_refuse(self, site):
        second = add(site, b"second", "other").write({b"a": b"mine", b"new": b"new"})
        with pytest.raises(Conflict) as caught:
            remove(site, second)
        assert caught.value.details["paths"] == ["a", "new"]
        assert second.files()[b"a"] == b"mine"
        second.write(second.at("other")).remove(b"new", b"only")
        with pytest.raises(Conflict):  # a removal is a change, too
            remove(site, second)

    def test_forced_they_are_kept(self, site):
        second = add(site, b"second", "other").write({b"a": b"mine", b"x/new": b"new"})
        report = remove(site, second, force=True)
        assert report.saved
        assert not report.stays
        assert site.saved() == [{b"a": b"mine", b"x/new": b"new"}]
        assert site.verify().ok

    def test_discarded_they_are_lost(self, site):
        second = add(site, b"second", "other").write({b"a": b"mine", b"x/new": b"new"})
        report = remove(site, second, discard=True)
        assert not report.saved
        assert not os.path.exists(second.root)
        assert site.saved() == []

    def test_ignored_files_and_secrets_stay(self, site):
        second = add(site, b"second", "other").write({b"d/x.log": b"1", b".env": b"KEY"})
        report = remove(site, second)
        assert report.stays
        assert second.files() == {b"d/x.log": b"1", b".env": b"KEY"}
        assert not os.path.exists(second.root + b"/.contentvc")

    def test_a_recorded_secret_is_not_kept_by_itself(self, site):
        second = add(site, b"second", "other").write({b".env": b"KEY"})
        second.commit("with a secret", b".env")
        second.write({b".env": b"ANOTHER"})
        with pytest.raises(Conflict) as caught:
            remove(site, second, force=True)
        assert caught.value.code == "looks-like-secret"
        assert second.status().changes
        remove(site, second, discard=True)
        assert not os.path.exists(second.root)

    def test_one_whose_folder_is_gone(self, site):
        second = add(site, b"second", "other")
        shutil.rmtree(second.root)
        remove(site, second)
        assert set(listed(site)) == {site.root}

    def test_a_command_in_it_says_what_to_do(self, site):
        second = add(site, b"second", "other").write({b"x.log": b"1"})
        with open(second.root + b"/.contentvc", "rb") as file:
            marker = file.read()
        remove(site, second)
        with open(second.root + b"/.contentvc", "wb") as file:
            file.write(marker)  # as a backup may bring it back
        with pytest.raises(Missing, match="was removed") as caught:
            second.status()
        assert "workspace add" in caught.value.hint
        add_workspace(site.context(), second.root, "other")
        assert second.context().head.ref == "branch/other"
        assert second.files() == {**site.at("other"), b"x.log": b"1"}


class TestRevive:
    def removed(self, site, **more):
        second = add(site, b"second", "other").write(
            {b"a": b"mine", b"x/new": b"new", b"x.log": b"ignored"}
        )
        remove(site, second, **more)
        logged = site.repository().log.read(site.repository().view.sequence)
        assert logged is not None
        return second, logged[0]

    def revive(self, site, operation):
        (move,) = operation.workspaces
        root = dict(operation.attributes)["root"].encode()
        return revive_workspace(
            site.context(),
            move.workspace,
            move.old,
            root,
            saved=operation.saved,
            back=operation,
        )

    def test_as_it_was(self, site):
        second, operation = self.removed(site, force=True)
        report = self.revive(site, operation)
        assert second.context().head.ref == "branch/other"
        assert second.context().workspace == operation.workspaces[0].workspace
        assert second.files() == {
            **site.at("other"),
            b"a": b"mine",
            b"x/new": b"new",
            b"x.log": b"ignored",
        }
        assert {one.path for one in second.status().changes} == {b"a", b"x/new"}
        assert report.head.ref == "branch/other"
        last = site.repository().log.read(site.repository().view.sequence)
        assert last is not None
        assert last[0].undoes == (operation.sequence,)
        second.commit("goes on")
        assert site.verify().ok

    def test_where_its_branch_is_taken(self, site):
        second, operation = self.removed(site, force=True)
        site.switch("other")
        assert self.revive(site, operation).head.ref is None
        assert second.files()[b"a"] == b"mine"

    def test_not_twice_and_not_over_another(self, site):
        second, operation = self.removed(site, force=True)
        os.unlink(second.root + b"/x.log")
        third = add(site, b"second", "other")
        with pytest.raises(Conflict):
            self.revive(site, operation)
        remove(site, third)
        self.revive(site, operation)
        with pytest.raises(Conflict):
            self.revive(site, operation)


class TestUndo:
    def test_an_addition_is_taken_back_and_done_again(self, site):
        second = add(site, b"second", "other", create="third")
        site.undo()
        assert not os.path.exists(second.root)
        assert "branch/third" not in site.refs()
        site.redo()
        assert second.context().head.ref == "branch/third"
        assert second.files() == site.at("other")
        site.undo()
        assert not os.path.exists(second.root)

    def test_an_addition_with_changes_since_is_not_lost(self, site):
        second = add(site, b"second", "other").write({b"a": b"mine"})
        with pytest.raises(Conflict) as failed:
            site.undo()
        assert failed.value.details["paths"] == ["a"]
        assert site.undo(force=True).saved
        assert not os.path.exists(second.root)
        site.redo()
        assert second.files()[b"a"] == b"mine"

    def test_an_addition_that_went_on_elsewhere_stays(self, site):
        second = add(site, b"second", "other").write({b"a": b"mine"})
        second.commit("more")
        with pytest.raises(Conflict) as failed:
            site.undo()
        assert failed.value.code == "ref-moved"
        assert second.files()[b"a"] == b"mine"

    def test_a_removal_is_taken_back_and_done_again(self, site):
        second = add(site, b"second", "other").write({b"a": b"mine", b"x/new": b"new"})
        files = second.files()
        remove(site, second, force=True)
        for _ in range(2):
            site.undo()
            assert second.files() == files
            assert second.context().head.ref == "branch/other"
            site.redo(force=True)
            assert not os.path.exists(second.root)
        assert site.verify().ok


def test_an_unknown_workspace_has_no_head(site):
    place = replace(site.context().place, workspace=WorkspaceId(bytes(16)))
    with pytest.raises(Missing, match="not in the repository's log"):
        _ = replace(site.context(), place=place).head
