"""What is purged is gone from every version and every file; everything else is still there."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contentvc.actions.branches import create_ref
from contentvc.actions.content import PurgedDiff, stored_diff
from contentvc.actions.diff import DiffRequest, content_of, diff
from contentvc.actions.dropping import Drop
from contentvc.actions.log import changes_of
from contentvc.actions.purge import PurgeRequest, content_id, purge, survey_purge
from contentvc.actions.restore import restore
from contentvc.actions.workspaces import add_workspace
from contentvc.errors import Busy, Conflict, Damaged, Declined, Missing, Usage
from contentvc.history.names import BRANCH
from contentvc.ids import blob_id
from contentvc.storage import disk
from contentvc.surroundings.settings import OnConflict
from tests.actions.site import Site, any_bytes
from tests.actions.test_forget import everything
from tests.faults.commands import folder
from tests.faults.seam import each_crash, power_losses

__all__ = ["folder"]

TOP = Path(__file__).parent.parent.parent
KEY = b"-----BEGIN KEY----- correct horse battery staple\n"
FILES = {b"a": b"one\n", b"d/b": b"two\n", b"d/key": KEY}


def begun(where: str | Path) -> Site:
    site = Site(os.path.join(where, "site")).init().write(FILES)
    site.commit("first")
    return site


@pytest.fixture
def site(tmp_path) -> Site:
    return begun(tmp_path)


def purge_paths(site: Site, *paths: bytes, reason: str = "a key"):
    return purge(site.context(), PurgeRequest(paths), reason)


def diverge(site: Site) -> None:
    """Both `main`, which the working tree is at, and `side` change the key."""
    create_ref(site.context(), BRANCH, "side", "HEAD", force=False)
    site.write({b"d/key": KEY + b"ours\n"}).commit("ours")
    site.switch("side")
    site.write({b"d/key": KEY + b"theirs\n"}).commit("theirs")
    site.switch("main")


def decoded(site: Site) -> Iterator[bytes]:
    """The raw bytes of every block of every pack, those of delta blocks too."""
    objects = site.repository().objects
    for pack in objects.live:
        for number, block in enumerate(objects.index.footer(pack).blocks):
            yield objects.read_block(pack, number, block)


def holds(site: Site, secret: bytes) -> bool:
    found = any(secret in content for content in everything(site.root))
    return found or any(secret in content for content in decoded(site))


def rest(site: Site) -> dict[bytes, bytes]:
    """What HEAD has apart from what was purged."""
    repository = site.repository()
    from contentvc.changes.trees import list_files

    tree = site.context().base_tree()
    return {
        path: repository.blob(entry.id)
        for path, entry in list_files(repository.entries, tree)
        if not repository.is_purged(entry.id)
    }


class TestWhatGoes:
    def test_every_version_of_a_file_with_every_copy_of_it(self, site):
        site.write({b"d/key": KEY + b"2", b"copy": KEY}).commit("second")
        site.switch("other", create=True)
        site.write({b"d/key": KEY + b"3"}).commit("third")
        head = site.context().head.commit
        site.switch("main")
        survey = survey_purge(site.context(), PurgeRequest((b"d/key",)))
        assert {one.paths for one in survey.contents} == {(b"copy", b"d/key"), (b"d/key",)}
        assert survey.commits == 3
        assert survey.refs == ("branch/main", "branch/other")
        assert survey.size == 3 * len(KEY) + 2
        assert holds(site, b"battery")
        report = purge_paths(site, b"d/key")
        assert report.survey == survey
        assert not holds(site, b"battery")
        assert site.verify().ok
        assert site.refs()["branch/other"] == head
        assert rest(site) == {b"a": b"one\n", b"d/b": b"two\n"}

    def test_a_folder(self, site):
        report = purge_paths(site, b"d")
        assert {one.paths for one in report.survey.contents} == {(b"d/b",), (b"d/key",)}
        assert rest(site) == {b"a": b"one\n"}

    def test_content_by_its_id(self, site):
        repository = site.repository()
        identifier = content_id(repository, blob_id(KEY).hex()[:8])
        assert identifier == blob_id(KEY)
        purge(site.context(), PurgeRequest(ids=(identifier,)), "a key")
        assert not holds(site, b"battery")
        with pytest.raises(Declined):
            purge(site.context(), PurgeRequest(ids=(identifier,)), "a key")

    def test_ids_of_other_things(self, site):
        repository = site.repository()
        assert content_id(repository, "d/key") is None
        assert content_id(repository, "0" * 64) is None
        commit = site.context().head.commit
        for identifier in (commit, repository.commit(commit).tree):
            with pytest.raises(Usage, match="commit or a folder"):
                content_id(repository, identifier.hex())

    def test_what_operations_and_stashes_keep(self, site):
        site.write({b"d/key": KEY + b"uncommitted"})
        restore(site.context(), [b"d/key"], "HEAD")
        site.write({b"d/key": KEY + b"set aside", b"a": b"aside too\n"})
        site.stash()
        site.write({b"d/key": KEY + b"amended away"}).commit("oops")
        site.write({b"d/key": b"none\n"}).commit("never mind", amend=True)
        purge_paths(site, b"d/key")
        assert not holds(site, b"battery")
        assert site.verify().ok
        site.pop()
        assert site.files()[b"a"] == b"aside too\n"

    def test_small_files_that_stand_on_it_are_written_anew(self, site):
        old = any_bytes(1, 60_000)
        site.write({b"big": old}).commit("base")
        new = old[:30_000] + b"changed" + old[30_000:]
        site.write({b"big": new}).commit("delta")
        purge(site.context(), PurgeRequest(ids=(blob_id(old),)), "base")
        assert not holds(site, old)
        assert site.at("HEAD")[b"big"] == new
        assert site.verify().ok

    def test_large_files_lose_the_chunks_that_are_theirs_alone(self, site):
        large = any_bytes(2, 900_000)
        site.write({b"large": large}).commit("large")
        site.write({b"large": large[:500_000] + KEY + large[500_000:], b"d/key": b""}).commit("in")
        site.write({b"large": large}).commit("out")
        changed = site.context().resolver.resolve("HEAD~1")
        found = site.repository().entry(site.repository().commit(changed).tree, b"large")
        purge(site.context(), PurgeRequest(ids=(found.id, blob_id(KEY))), "in the middle")
        assert not holds(site, b"battery")
        assert site.at("HEAD")[b"large"] == large
        assert site.verify().ok

    def test_what_is_a_chunk_of_another_file_stays(self, site):
        large = any_bytes(3, 900_000)
        site.write({b"large": large}).commit("large")
        repository = site.repository()
        chunk = repository.objects.chunks(blob_id(large)).ids[0]
        site.write({b"part": repository.blob(chunk)}).commit("a part")
        with pytest.raises(Declined, match="part of larger files"):
            purge_paths(site, b"part")
        report = purge_paths(site, b"part", b"a")
        assert [one.paths for one in report.survey.stayed] == [(b"part",)]
        assert rest(site)[b"large"] == large

    def test_a_chunk_that_is_also_a_file_stays(self, site):
        large = any_bytes(3, 900_000)
        site.write({b"large": large}).commit("large")
        repository = site.repository()
        part = repository.blob(repository.objects.chunks(blob_id(large)).ids[0])
        site.write({b"part": part}).commit("a part")
        purge_paths(site, b"large")
        assert rest(site)[b"part"] == part
        assert not holds(site, large[-10_000:])
        assert site.verify().ok

    def test_empty_files_stay(self, site):
        site.write({b"d/key": b"", b"other": b""}).commit("emptied")
        purge_paths(site, b"d/key")
        assert rest(site)[b"other"] == b""

    def test_packs_that_nobody_lists_and_half_written_files(self, site):
        with site.repository().writing() as writing:
            writing._store.index.find = lambda _: None  # as if nothing were stored
            writing.put_blob(KEY)
            (orphan,) = writing.finish()
        packs = os.path.join(site.repository_folder, "packs")
        half = [os.path.join(packs, disk.temporary_name()) for _ in range(2)]
        for path in half:
            Path(path).write_bytes(b"half")
        os.utime(half[0], (1, 1))
        report = purge_paths(site, b"d/key")
        assert not holds(site, b"battery")
        assert orphan.name in site.repository().view.gone
        assert [os.path.exists(path) for path in half] == [False, True]
        assert report.unfinished == 1

    @pytest.mark.parametrize("path", [b"nope", b"a/x", b"d/key/x", b""])
    def test_a_path_that_no_version_has(self, site, path):
        with pytest.raises(Missing):
            purge_paths(site, path)

    def test_no_reason(self, site):
        with pytest.raises(Usage):
            purge_paths(site, b"d/key", reason=" ")

    def test_a_damaged_repository(self, site):
        for name in os.listdir(os.path.join(site.repository_folder, "packs")):
            os.unlink(os.path.join(site.repository_folder, "packs", name))
        with pytest.raises(Damaged):
            purge_paths(site, b"d/key")


class TestAfterwards:
    def test_who_reads_it_is_told(self, site):
        report = purge_paths(site, b"d/key", reason="leaked on Monday")
        with pytest.raises(Missing, match=r"was purged on .*: leaked on Monday") as caught:
            site.repository().blob(blob_id(KEY))
        assert caught.value.code == "purged"
        assert caught.value.details["operation"] == report.sequence

    def test_what_is_still_in_working_trees(self, site, tmp_path):
        add_workspace(site.context(), os.fsencode(tmp_path / "second"), create="second")
        report = purge_paths(site, b"d/key")
        assert report.remains.here == (b"d/key",)
        assert report.remains.elsewhere == ((os.fsencode(tmp_path / "second"), b"d/key"),)
        assert site.files() == FILES
        assert site.status().clean
        assert site.status(rehash=True).clean

    def test_a_file_that_is_gone_is_not_missed(self, site):
        purge_paths(site, b"d/key")
        tree = site.context().base_tree()
        site.remove(b"d/key")
        assert site.status().clean
        with pytest.raises(Declined):
            site.commit("nothing")
        site.write({b"a": b"more\n"}).commit("something else")
        repository = site.repository()
        kept = repository.entry(repository.entry(site.context().base_tree(), b"d").id, b"key")
        assert kept == repository.entry(repository.entry(tree, b"d").id, b"key")
        site.write({b"d/key": b"fresh\n"})
        assert len(site.status().changes) == 1
        site.commit("a new one")
        assert site.at("HEAD") == {b"a": b"more\n", b"d/b": b"two\n", b"d/key": b"fresh\n"}

    def test_switching_leaves_it_absent_and_leaves_what_is_there(self, site):
        site.switch("other", create=True)
        site.write({b"d/key": b"harmless\n", b"a": b"other\n"}).commit("other")
        purge(site.context(), PurgeRequest(ids=(blob_id(KEY),)), "a key")
        site.switch("main")
        assert site.files() == {b"a": b"one\n", b"d/b": b"two\n"}
        assert site.status().clean
        site.switch("other")
        assert site.files()[b"d/key"] == b"harmless\n"
        site.undo()
        assert site.status().clean
        site.redo()
        assert site.status().clean
        assert site.files()[b"d/key"] == b"harmless\n"

    def test_the_last_copy_in_a_working_tree_is_not_taken_away(self, site):
        site.switch("other", create=True)
        os.unlink(os.path.join(site.root, b"d/key"))
        site.commit("without")
        site.switch("main")
        purge_paths(site, b"d/key")
        site.switch("other")
        assert site.files()[b"d/key"] == KEY
        assert [change.path for change in site.status().changes] == [b"d/key"]
        with pytest.raises(Conflict) as caught:
            site.commit("comes back")
        assert caught.value.code == "purged-content"
        site.switch("main")
        assert site.status().clean
        assert site.files()[b"d/key"] == KEY

    def test_it_is_in_the_way_of_other_content(self, site):
        site.switch("other", create=True)
        site.write({b"d/key": b"harmless\n"}).commit("other")
        site.switch("main")
        purge(site.context(), PurgeRequest(ids=(blob_id(KEY),)), "a key")
        with pytest.raises(Conflict) as caught:
            site.switch("other")
        assert caught.value.code == "would-overwrite"
        with pytest.raises(Conflict) as caught:
            site.switch("other", force=True)
        assert caught.value.code == "purged-content"
        site.switch("other", discard=True)
        assert site.files()[b"d/key"] == b"harmless\n"
        assert not holds(site, b"battery")

    def test_rolling_back_to_it(self, site):
        site.write({b"d/key": b"harmless\n", b"a": b"changed\n"}).commit("second")
        purge(site.context(), PurgeRequest(ids=(blob_id(KEY),)), "a key")
        site.rollback("HEAD~1")
        assert site.files() == {b"a": b"one\n", b"d/b": b"two\n"}
        assert site.status().clean
        assert site.verify().ok
        site.undo()
        assert site.files()[b"d/key"] == b"harmless\n"

    def test_restoring_it_is_refused_and_its_neighbours_are_restored(self, site):
        purge_paths(site, b"d/key")
        site.remove(b"d/key", b"d/b")
        with pytest.raises(Missing) as caught:
            restore(site.context(), [b"d/key"], "HEAD")
        assert caught.value.code == "purged"
        restore(site.context(), [b"d"], "HEAD")
        assert site.files() == {b"a": b"one\n", b"d/b": b"two\n"}
        site.write({b"d/key": b"mine\n"})
        restore(site.context(), [b"d"], "HEAD")
        assert site.files()[b"d/key"] == b"mine\n"

    def test_stashing_beside_it(self, site):
        purge_paths(site, b"d/key")
        site.remove(b"d/key")
        site.write({b"a": b"changed\n"})
        site.stash()
        assert site.files() == {b"a": b"one\n", b"d/b": b"two\n"}
        site.pop()
        assert site.files() == {b"a": b"changed\n", b"d/b": b"two\n"}

    @pytest.mark.parametrize("size", [100, 400_000])
    def test_it_does_not_come_back_by_accident(self, site, size):
        secret = KEY + any_bytes(5, size)
        site.write({b"secret": secret}).commit("oops")
        purge_paths(site, b"secret")
        site.write({b"elsewhere": secret})
        os.unlink(os.path.join(site.root, b"secret"))
        with pytest.raises(Conflict, match="elsewhere would be stored again") as caught:
            site.commit("again")
        assert caught.value.code == "purged-content"
        with pytest.raises(Conflict):
            site.stash()
        assert not holds(site, secret[:90])
        site.remove(b"elsewhere")
        assert site.status().clean

    def test_a_saved_change_does_not_bring_it_back(self, site):
        purge_paths(site, b"d/key")
        site.write({b"a": KEY})
        with pytest.raises(Conflict) as caught:
            restore(site.context(), [b"a"], "HEAD")
        assert caught.value.code == "purged-content"
        assert site.files()[b"a"] == KEY
        restore(site.context(), [b"a"], "HEAD", discard=True)
        assert site.files()[b"a"] == b"one\n"
        assert not holds(site, b"battery")

    def test_merging_text_of_which_a_version_is_purged(self, site):
        diverge(site)
        purge_paths(site, b"d/key")
        report = site.merge("side", on_conflict=OnConflict.STOP)
        assert [(one.path, one.kind) for one in report.conflicts] == [(b"d/key", "binary")]
        assert [one.items for one in site.conflicts().conflicts] == [()]

    def test_a_merge_in_progress_holds_versions_too(self, site):
        diverge(site)
        site.merge("side", on_conflict=OnConflict.STOP)
        survey = survey_purge(site.context(), PurgeRequest((b"d/key",)))
        assert {path for one in survey.contents for path in one.paths} == {b"d/key"}
        assert survey.commits == 3
        purge_paths(site, b"d/key")
        assert not holds(site, KEY)
        assert [one.path for one in site.conflicts().conflicts] == [b"d/key"]

    def test_diffs_tell(self, site):
        site.write({b"d/key": b"harmless\n"}).commit("second")
        purge(site.context(), PurgeRequest(ids=(blob_id(KEY),)), "a key")
        context = site.context()
        commit = context.base()
        (change,) = changes_of(context.repository, commit)
        difference = stored_diff(context.repository, change)
        assert isinstance(difference, PurgedDiff)
        assert difference.message.endswith(": a key")
        site.write({b"d/key": b"more\n"})
        report = diff(context, DiffRequest("HEAD~1"))
        assert isinstance(content_of(context, report, report.changes[0]), PurgedDiff)

    def test_renames_are_found_beside_it(self, site):
        site.write({b"d/key": KEY * 9, b"a": b"line\n" * 20}).commit("longer")
        site.remove(b"d/key", b"a")
        site.write({b"b": b"line\n" * 20 + b"x\n"}).commit("moved")
        purge_paths(site, b"d/key")
        context = site.context()
        kinds = {str(one.change) for one in changes_of(context.repository, context.base())}
        assert kinds == {"deleted", "renamed"}

    def test_undo_says_that_it_cannot_be_taken_back(self, site):
        site.write({b"a": b"two\n"}).commit("second")
        number = site.repository().view.sequence
        report = purge_paths(site, b"d/key")
        for asked in (None, report.sequence):
            with pytest.raises(Declined, match="purged content"):
                site.undo(asked)
        site.undo(number)
        assert [change.path for change in site.status().changes] == [b"a"]
        site.write({b"a": b"three\n"}).commit("third")
        site.undo()

    def test_an_interrupted_switch_is_completed_without_it(self, folder):
        def prepare(new: str):
            site = begun(new)
            site.switch("other", create=True)
            site.write({b"d/key": b"harmless\n", b"a": b"other\n"}).commit("other")
            purge(site.context(), PurgeRequest(ids=(blob_id(KEY),)), "a key")
            return lambda: Site(os.path.join(new, "site")).switch("main")

        for crash in each_crash(folder, prepare, None):
            site = Site(os.path.join(crash.folder, "site"))
            site.settle()
            assert site.status().clean
            key = {b"d/key": b"harmless\n"} if site.context().head.ref != "branch/main" else {}
            assert site.files().get(b"d/key") == key.get(b"d/key")


class TestOthersMeanwhile:
    def test_a_new_version_goes_too(self, site, monkeypatch):
        import contentvc.actions.purge as module

        turns = []

        def late(context, base, plan: Drop):
            if not turns:
                site.write({b"d/key": KEY + b"another"})
                turns.append(site.commit("another"))
            return drop(context, base, plan)

        drop = module.drop
        monkeypatch.setattr(module, "drop", late)
        report = purge_paths(site, b"d/key")
        assert len(report.survey.contents) == 2
        assert not holds(site, b"battery")
        assert site.verify().ok

    def test_a_writer_that_reuses_it_starts_over(self, site):
        slow = site.context()
        with slow.repository.writing() as writing:
            assert writing.has(blob_id(KEY))
            purge_paths(site, b"d/key")
            slow.repository.objects._reload()
            with pytest.raises(Busy):
                slow.repository.append(slow.draft("x"))

    def test_a_reader_with_an_old_view_is_told(self, site):
        reader = site.repository()
        assert reader.objects.index.find(blob_id(KEY))
        purge_paths(site, b"d/key")
        assert reader.blob(blob_id(b"two\n")) == b"two\n"
        with pytest.raises(Missing, match="purged"):
            reader.blob(blob_id(KEY))

    def test_ten_processes_read_and_write(self, site):
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.faults.purging", site.root, str(number), "5"],
                cwd=TOP,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            for number in range(10)
        ]
        told: list[bytes] = []
        for process in processes:
            out, err = process.communicate(timeout=300)
            assert process.returncode == 0, err.decode()
            told += out.splitlines()
        verdict = site.verify()
        assert verdict.ok, verdict.problems
        purged = [line.split()[1] for line in told if line.startswith(b"purged")]
        kept = [line.split()[1] for line in told if line.startswith(b"kept")]
        assert purged
        assert kept
        for line in kept:
            assert site.repository().blob(blob_id(line + b"\n")) == line + b"\n"
        for line in purged:
            assert not holds(site, line)


@pytest.mark.parametrize(
    "power", [None, power_losses("site/.contentvc")[2]], ids=("killed", "undone")
)
def test_a_crash_leaves_all_of_it_or_nothing(folder, power):
    def prepare(new: str):
        site = begun(new)
        site.write({b"d/key": KEY + b"2", b"a": b"two, longer\n"}).commit("second")
        return lambda: purge_paths(Site(os.path.join(new, "site")), b"d/key")

    for crash in each_crash(folder, prepare, power):
        site = Site(os.path.join(crash.folder, "site"))
        is_gone = site.repository().is_purged(blob_id(KEY))
        if is_gone:
            with pytest.raises(Declined):  # and deletes what the crash left
                purge_paths(site, b"d/key")
        else:
            assert not crash.done
            assert site.at("HEAD")[b"d/key"] == KEY + b"2"
            purge_paths(site, b"d/key")
        assert not holds(site, b"battery")
        assert rest(site)[b"a"] == b"two, longer\n"
        assert site.verify().ok
        site.commit("goes on", allow_empty=True)
