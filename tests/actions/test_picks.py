"""Cherry-pick and revert: single commits, ranges, conflicts in the middle, and the way back."""

import pytest

from contentvc.errors import Conflict, Declined, Missing, Usage
from contentvc.formats.contract import Side
from contentvc.snapshots.merging import MergeKind
from contentvc.surroundings.settings import OnConflict
from tests.actions.site import ACTOR, Site

EVE = "Eve <eve@example.org>"
LINES = [b"line %d\n" % number for number in range(1, 10)]


def text(**changed: bytes) -> bytes:
    """Nine lines, some of them changed: ``n5=b"..."``."""
    lines = list(LINES)
    for name, line in changed.items():
        lines[int(name[1:]) - 1] = line + b"\n"
    return b"".join(lines)


@pytest.fixture
def site(tmp_path) -> Site:
    """On main; the branch other has four commits more, each with one line of the text and a file."""
    site = Site(tmp_path / "site").init().write({b"text": text(), b"keep": b"keep\n"})
    site.commit("base")
    site.switch("other", create=True)
    changed: dict[str, bytes] = {}
    for number in (1, 3, 5, 7):
        changed[f"n{number}"] = b"other %d" % number
        site.write({b"text": text(**changed), b"new/%d" % number: b"%d\n" % number})
        site.commit(f"change {number}\n\nWhy.", author=EVE)
    site.switch("main")
    return site


def subjects(site: Site, most: int) -> list[str]:
    context, found = site.context(), []
    commit = context.head.commit
    while commit is not None and len(found) < most:
        read = context.repository.commit(commit)
        found.append(read.message.split("\n", 1)[0])
        commit = read.parents[0] if read.parents else None
    return found


def test_one_commit_is_picked_with_author_and_message(site):
    report = site.pick("other~1")
    source = site.context().resolve("other~1")
    commit = site.context().base()
    assert commit.message == "change 5\n\nWhy."
    assert commit.author == EVE
    assert commit.attributes == (("cherry-picked-from", source.hex()),)
    assert commit.parents == (report.old,)
    assert site.files() == {b"text": text(n5=b"other 5"), b"keep": b"keep\n", b"new/5": b"5\n"}
    assert site.status(rehash=True).clean
    assert [(one.source, one.id) for one in report.picks] == [(source, report.new)]
    site.undo()
    assert site.context().head.commit == report.old
    assert site.files() == {b"text": text(), b"keep": b"keep\n"}


def test_a_range_is_picked_oldest_first_and_taken_back_at_once(site):
    site.write({b"text": text(n9=b"mine")}).commit("mine")
    before, sequence = site.context().head, site.repository().view.sequence
    report = site.pick("main..other")
    assert [one.subject for one in report.picks] == [f"change {n}" for n in (1, 3, 5, 7)]
    assert subjects(site, 5) == ["change 7", "change 5", "change 3", "change 1", "mine"]
    wanted = text(n1=b"other 1", n3=b"other 3", n5=b"other 5", n7=b"other 7", n9=b"mine")
    assert site.files()[b"text"] == site.at("main")[b"text"] == wanted
    assert site.at("main~2")[b"text"] == text(n1=b"other 1", n3=b"other 3", n9=b"mine")
    assert site.repository().view.sequence == sequence + 1
    assert site.status(rehash=True).clean
    site.undo()
    assert site.context().head == before
    site.redo()
    assert site.files()[b"text"] == wanted
    assert site.verify().ok


def test_what_is_here_already_is_passed_over(site):
    site.pick("other~1")
    sequence = site.repository().view.sequence
    report = site.pick("other~1")
    assert [one.id for one in report.picks] == [None]
    assert site.repository().view.sequence == sequence
    report = site.pick("other~2", "other~1", "other")
    assert [one.id is None for one in report.picks] == [False, True, False]
    assert subjects(site, 4) == ["change 7", "change 3", "change 5", "base"]


def test_uncommitted_changes_come_along_or_refuse(site):
    site.write({b"keep": b"edited\n"})
    site.pick("other~1")
    assert [change.path for change in site.status().changes] == [b"keep"]
    site.write({b"text": b"edited\n"})
    with pytest.raises(Conflict) as failed:
        site.pick("other")
    assert failed.value.code == "would-overwrite"
    assert subjects(site, 1) == ["change 5"]


def test_what_is_not_understood_is_refused(site, tmp_path):
    for revisions in (("main...other",), ("other..main",)):
        with pytest.raises(Usage):
            site.pick(*revisions)
    with pytest.raises(Missing):
        site.pick("nowhere")
    with pytest.raises(Missing) as failed:
        Site(tmp_path / "fresh").init().pick("HEAD")
    assert failed.value.code == "no-commits"


def in_conflict(site: Site) -> Site:
    """Line 5 is changed here, too, so that the third pick stops."""
    return _committed(site.write({b"text": text(n5=b"mine")}))


def _committed(site: Site) -> Site:
    site.commit("mine")
    return site


def test_a_conflict_in_the_middle_changes_nothing_or_stops_there(site):
    in_conflict(site)
    before, files = site.context().head, site.files()
    with pytest.raises(Conflict) as failed:
        site.pick("main..other", on_conflict=OnConflict.FAIL)
    assert failed.value.code == "merge-conflict"
    assert (site.context().head, site.files()) == (before, files)
    report = site.pick("main..other")
    assert [one.subject for one in report.picks] == ["change 1", "change 3"]
    assert report.stopped.picked == site.context().resolve("other~1")
    assert report.stopped.left == (site.context().resolve("other"),)
    assert [row.path for row in report.stopped.conflicts] == [b"text"]
    assert subjects(site, 3) == ["change 3", "change 1", "mine"]
    assert b"<<<<<<< main" in site.files()[b"text"]
    site.undo()
    assert (site.context().head, site.files()) == (before, files)
    site.redo()
    assert site.status().merging == report.stopped


def test_after_the_conflict_the_rest_goes_on(site):
    in_conflict(site).pick("main..other")
    with pytest.raises(Conflict) as failed:
        site.go_on()
    assert failed.value.code == "unresolved"
    resolved = text(n1=b"other 1", n3=b"other 3", n5=b"both")
    site.write({b"text": resolved}).resolve(b"text")
    done = site.go_on()
    assert done.committed.commit.author == EVE
    assert dict(done.committed.commit.attributes)["cherry-picked-from"]
    assert [one.subject for one in done.rest.picks] == ["change 7"]
    assert subjects(site, 5) == ["change 7", "change 5", "change 3", "change 1", "mine"]
    assert site.at("main")[b"text"] == text(n1=b"other 1", n3=b"other 3", n5=b"both", n7=b"other 7")
    assert site.context().head.merging == ()
    assert site.status(rehash=True).clean
    with pytest.raises(Declined):
        site.go_on()


def test_a_commit_between_leaves_the_rest_to_come(site):
    in_conflict(site).pick("main..other")
    site.resolve(b"text", side=Side.THEIRS)
    report = site.commit(message=None)
    assert (report.concluded, report.left) == ("cherry-pick", 1)
    merging = site.status().merging
    assert (merging.picked, len(merging.left), merging.conflicts) == (None, 1, ())
    with pytest.raises(Conflict) as failed:
        site.switch("other")
    assert "--continue" in failed.value.hint
    done = site.go_on()
    assert done.committed is None
    assert subjects(site, 2) == ["change 7", "change 5"]


def test_a_commit_can_be_left_out(site):
    in_conflict(site).pick("main..other")
    site.write({b"text": b"half a thought\n"})
    done = site.go_on(skip=True)
    assert [one.subject for one in done.rest.picks] == ["change 7"]
    assert site.saved()[-1] == {b"text": b"half a thought\n"}
    wanted = text(n1=b"other 1", n3=b"other 3", n5=b"mine", n7=b"other 7")
    assert site.files()[b"text"] == site.at("main")[b"text"] == wanted
    assert b"new/5" not in site.files()
    assert site.status(rehash=True).clean


def test_leaving_the_last_one_out_ends_it(site):
    in_conflict(site).pick("other~1")
    before = site.at("HEAD")
    done = site.go_on(skip=True)
    assert done.rest is None
    assert site.files() == before
    assert site.context().head.merging == ()


def test_a_resolution_that_changes_nothing_is_to_be_left_out(site):
    in_conflict(site).pick("other~1")
    site.resolve(b"text", side=Side.OURS)
    site.remove(b"new/5")
    with pytest.raises(Declined) as failed:
        site.go_on()
    assert "--skip" in failed.value.hint


def test_aborting_takes_the_whole_run_back(site):
    in_conflict(site).write({b"keep": b"edited before\n"})
    before, files = site.context().head, site.files()
    site.pick("main..other")
    site.resolve(b"text", side=Side.THEIRS)
    site.commit(message=None)
    assert site.files()[b"text"] != files[b"text"]
    report = site.abort(MergeKind.CHERRY_PICK)
    assert site.context().head == before
    # What was edited before was recorded with the commit, and is on disk all the same.
    assert site.files() == files
    assert report.new == before.commit
    assert [(one.path, one.change) for one in site.status(rehash=True).changes] == [
        (one.path, one.change) for one in site.status().changes
    ]
    site.undo()
    assert subjects(site, 1) == ["change 5"]
    assert site.status().merging.left


def test_a_revert_takes_one_commit_back_and_keeps_the_rest(site):
    site.switch("other")
    report = site.revert("HEAD~2")
    commit = site.context().base()
    source = site.context().resolve("HEAD~3")
    assert commit.message == f'Revert "change 3"\n\nThis reverts commit {source.hex()}.'
    assert commit.author == ACTOR
    assert commit.attributes == (("reverts", source.hex()),)
    assert site.files()[b"text"] == text(n1=b"other 1", n5=b"other 5", n7=b"other 7")
    assert b"new/3" not in site.files()
    assert report.picks[0].subject == 'Revert "change 3"'
    site.undo()
    assert site.files()[b"new/3"] == b"3\n"


def test_a_range_is_reverted_newest_first(site):
    site.switch("other")
    report = site.revert("main..HEAD")
    assert [one.subject for one in report.picks] == [f'Revert "change {n}"' for n in (7, 5, 3, 1)]
    assert site.at("HEAD") == site.at("main") == site.files()


def test_a_revert_stops_goes_on_and_is_taken_back(site):
    site.switch("other")
    site.write({b"text": text(n3=b"later")}).commit("later")
    files = site.files()
    report = site.revert("HEAD~2", "HEAD~3")
    assert report.stopped.kind is MergeKind.REVERT
    site.abort(MergeKind.REVERT)
    assert site.files() == files
    site.revert("HEAD~2", "HEAD~3")
    while (merging := site.status().merging) is not None:
        if merging.conflicts:
            site.resolve(b"", side=Side.THEIRS)
        site.go_on(MergeKind.REVERT)
    assert subjects(site, 2) == ['Revert "change 3"', 'Revert "change 5"']


def test_a_merge_is_picked_or_reverted_only_with_a_mainline(site):
    site.write({b"mine": b"mine\n"}).commit("mine")
    site.merge("other")
    with pytest.raises(Usage) as failed:
        site.revert("HEAD")
    assert "--mainline" in failed.value.hint
    with pytest.raises(Usage):
        site.revert("HEAD", mainline=3)
    merged = site.context().head.commit
    first = site.context().base().parents[0]
    site.revert("HEAD", mainline=1)
    assert site.files() == {b"text": text(), b"keep": b"keep\n", b"mine": b"mine\n"}
    assert site.context().base().message == (
        "Revert \"Merge branch 'other' into main\"\n\n"
        f"This reverts commit {merged.hex()}, reversing\nchanges made to {first.hex()}."
    )


def test_the_first_commit_can_be_picked_and_reverted(site):
    site.revert("main")
    assert site.files() == {}
    site.pick("main~1")
    assert site.files() == {b"text": text(), b"keep": b"keep\n"}
    assert site.status(rehash=True).clean
