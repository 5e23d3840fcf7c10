"""sync: what others did comes here, what was done here goes to the remotes."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from contentvc.actions.branches import create_ref
from contentvc.actions.halfway import State, break_push, halfway, settle_here
from contentvc.actions.noting import set_notes
from contentvc.actions.purge import PurgeRequest, purge
from contentvc.errors import Conflict, Missing, Unreachable, Usage
from contentvc.history.draft import Draft, RefMove
from contentvc.history.names import BRANCH, TAG
from contentvc.ids import blob_id
from contentvc.remotes import together
from contentvc.surroundings.settings import OnConflict
from tests.actions.site import Site
from tests.actions.team import Team

MAIN = "branch/main"
T = b"T" * 16


@pytest.fixture
def team(tmp_path):
    return Team(tmp_path)


@pytest.fixture
def pair(team, tmp_path):
    """Both people know a second folder, ``backup``, that has what the first has."""
    team.ada.add_remote("backup", str(tmp_path / "backup"))
    team.ada.push("backup")
    team.ben.add_remote("backup", str(tmp_path / "backup"))
    return team


def refs_of(site, name):
    return {ref: one.id for ref, one in remote(site, name).view.refs.items()}


def remote(site, name):
    return site.context().remotes.open(name)


def kinds(site, name):
    """The kinds and phases of a remote's operations, from the first."""
    there = remote(site, name)
    found = [there.operation(number)[0] for number in range(1, there.view.sequence + 1)]
    return [one.transaction.phase if one.transaction else one.kind for one in found]


def by(report, name):
    return next(one for one in report.remotes if one.name == name)


def test_it_brings_and_gives_at_once(team):
    team.ada.write({b"a": b"of ada\n"}).commit("of ada")
    team.ada.sync()
    team.ben.write({b"b": b"of ben\n"}).commit("of ben")
    report = team.ben.sync()
    assert team.ben.files() == {b"a": b"of ada\n", b"b": b"of ben\n"}
    assert team.refs()[MAIN] == report.commit == team.ben.refs()[MAIN]
    assert team.ben.refs()["remote/origin/main"] == report.commit
    assert [one.ref for one in by(report, "origin").pushed] == [MAIN]
    assert (report.tries, report.transaction, report.is_stopped) == (1, None, False)
    team.ada.sync()
    assert team.ada.files() == team.ben.files()


def test_where_nothing_is_new_nothing_is_written(team):
    team.ada.sync()
    there, here = team.shared().view.sequence, team.operations(team.ada)
    report = team.ada.sync()
    assert (team.shared().view.sequence, team.operations(team.ada)) == (there, here)
    (one,) = report.remotes
    assert (one.fetched, one.integrated, one.pushed) == ((), (), ())


def test_both_appended_records_and_edited_others_without_a_conflict(team):
    def records(*texts):
        return b"".join(b'{"id": %d, "text": "%s"}\n' % (n, t) for n, t in enumerate(texts))

    team.ada.write({b"r.jsonl": records(b"one", b"two", b"three")}).commit("records")
    team.ada.sync()
    team.ben.sync()
    old = team.ada.files()[b"r.jsonl"]
    team.ada.write({b"r.jsonl": old.replace(b"one", b"ONE") + b'{"id": 10, "text": "a"}\n'})
    team.ada.commit("of ada")
    team.ben.write({b"r.jsonl": old.replace(b"two", b"TWO") + b'{"id": 11, "text": "b"}\n'})
    team.ben.commit("of ben")
    team.ada.sync()
    team.ben.sync()
    team.ada.sync()
    merged = team.ada.files()[b"r.jsonl"]
    assert merged == team.ben.files()[b"r.jsonl"]
    assert all(text in merged for text in (b"ONE", b"TWO", b'"a"', b'"b"'))


def test_uncommitted_changes_come_along_and_are_never_recorded(team):
    team.ada.write({b"a": b"of ada\n"}).commit("of ada")
    team.ada.sync()
    team.ben.write({b"b": b"not recorded\n", b"new": b"neither\n"})
    team.ben.sync()
    assert team.ben.files() == {b"a": b"of ada\n", b"b": b"not recorded\n", b"new": b"neither\n"}
    assert team.refs()[MAIN] == team.ada.refs()[MAIN]


def test_uncommitted_changes_in_the_way_stop_it_with_their_paths(team):
    team.ada.write({b"a": b"of ada\n"}).commit("of ada")
    team.ada.sync()
    team.ben.write({b"a": b"not recorded\n"})
    with pytest.raises(Conflict) as refused:
        team.ben.sync()
    assert refused.value.code == "would-overwrite"
    assert "a" in refused.value.message
    assert team.ben.files()[b"a"] == b"not recorded\n"


def test_conflicts_fail_or_stop_or_are_decided(team):
    team.ada.write({b"a": b"of ada\n"}).commit("of ada")
    team.ada.sync()
    team.ben.write({b"a": b"of ben\n"}).commit("of ben")
    before = team.refs()
    with pytest.raises(Conflict) as refused:
        team.ben.sync()
    assert refused.value.code == "merge-conflict"
    assert team.ben.sync(on_conflict=OnConflict.STOP).is_stopped
    assert team.refs() == before
    with pytest.raises(Conflict) as merging:
        team.ben.sync()
    assert merging.value.code == "merging"


def test_a_side_can_win(team):
    team.ada.write({b"a": b"of ada\n"}).commit("of ada")
    team.ada.sync()
    team.ben.write({b"a": b"of ben\n"}).commit("of ben")
    team.ben.sync(on_conflict=OnConflict.OURS)
    assert team.ben.files()[b"a"] == b"of ben\n"
    assert team.refs()[MAIN] == team.ben.refs()[MAIN]


def test_tags_and_notes_go_along_and_tags_that_differ_stay(team):
    create_ref(team.ada.context(), TAG, "v1", "HEAD", force=False)
    set_notes(team.ada.context(), "HEAD", (("score", "1"),))
    team.ada.sync()
    team.ben.write({b"b": b"of ben\n"}).commit("of ben")
    create_ref(team.ben.context(), TAG, "v1", "HEAD", force=False)
    report = team.ben.sync()
    (kept,) = by(report, "origin").kept
    assert (kept.ref, kept.reason.value) == ("tag/v1", "tag-differs")
    assert team.refs()["tag/v1"] == team.ada.refs()["tag/v1"] == kept.there
    assert team.ben.refs()["note/commits"] == team.refs()["note/commits"]


def test_all_branches_where_asked_and_those_that_others_moved_are_told(team):
    for name in ("mine", "behind", "apart"):
        create_ref(team.ada.context(), BRANCH, name, "HEAD", force=False)
    team.ada.sync(branches=True)
    assert {"branch/mine", "branch/behind", "branch/apart"} <= team.refs().keys()
    old = team.ada.refs()[MAIN]
    team.ada.write({b"a": b"two\n"}).commit("second")
    new = team.ada.refs()[MAIN]
    moves = [RefMove(f"branch/{name}", old, new) for name in ("behind", "apart")]
    team.ada.sync()
    there = team.shared()
    there.append(Draft("push", "E", refs=tuple(moves)))
    team.ada.switch("apart")
    team.ada.write({b"b": b"apart\n"}).commit("apart")
    team.ada.switch("main")
    report = team.ada.sync(branches=True)
    kept = {one.ref: one.reason.value for one in by(report, "origin").kept}
    assert kept == {"branch/behind": "behind", "branch/apart": "diverged"}


def test_only_the_current_branch_without_being_asked(team):
    create_ref(team.ada.context(), BRANCH, "mine", "HEAD", force=False)
    team.ada.sync()
    assert "branch/mine" not in team.refs()


def test_it_needs_a_branch_and_remotes_that_exist(team, tmp_path):
    for act, code in (
        (lambda: team.ada.sync("nowhere"), "unknown-remote"),
        (lambda: team.ada.sync(independent=("nowhere",)), "unknown-remote"),
        (lambda: Site(tmp_path / "new").init().sync(), "no-remote"),
        (lambda: Site(tmp_path / "newer").init().sync(everything=True), "no-remote"),
    ):
        with pytest.raises(Missing) as missing:
            act()
        assert missing.value.code == code
    team.ada.switch("HEAD", detach=True)
    with pytest.raises(Usage):
        team.ada.sync()


def test_several_remotes_move_together(pair):
    pair.ada.write({b"a": b"of ada\n"}).commit("of ada")
    report = pair.ada.sync(everything=True)
    assert report.transaction is not None
    for name in ("origin", "backup"):
        assert refs_of(pair.ada, name)[MAIN] == report.commit
        assert kinds(pair.ada, name)[-2:] == ["prepare", "commit"]
        assert not remote(pair.ada, name).view.reservations
    assert pair.ada.refs()["remote/backup/main"] == report.commit


def test_one_of_several_that_lacks_nothing_takes_no_part(pair):
    pair.ada.write({b"a": b"of ada\n"}).commit("of ada")
    pair.ada.push("backup")
    report = pair.ada.sync("origin", "backup")
    assert report.transaction is None
    assert kinds(pair.ada, "origin")[-1] == "sync"


def test_one_that_is_away_keeps_all_of_them_where_they_are(pair, tmp_path):
    before = refs_of(pair.ada, "origin")
    (tmp_path / "backup").rename(tmp_path / "gone")
    pair.ada.write({b"a": b"of ada\n"}).commit("of ada")
    with pytest.raises(Unreachable):
        pair.ada.sync(everything=True)
    assert refs_of(pair.ada, "origin") == before


def test_an_independent_one_may_be_away_and_catches_up(pair, tmp_path):
    (tmp_path / "backup").rename(tmp_path / "gone")
    pair.ada.write({b"a": b"of ada\n"}).commit("of ada")
    report = pair.ada.sync(everything=True, independent=("backup",))
    assert by(report, "backup").away
    assert by(report, "backup").is_independent
    assert refs_of(pair.ada, "origin")[MAIN] == report.commit
    (tmp_path / "gone").rename(tmp_path / "backup")
    report = pair.ada.sync(everything=True, independent=("backup",))
    assert not by(report, "backup").away
    assert refs_of(pair.ada, "backup")[MAIN] == report.commit
    assert "prepare" not in kinds(pair.ada, "backup")


def cut_short(monkeypatch, site, *, decided):
    """A sync with all remotes that ended before, or just after, its decision."""

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if decided:
            patch.setattr(together, "_commit", stop)
        else:
            patch.setattr(together, "_decide", stop)
            patch.setattr(together, "_give_up", lambda *_: None)
        with pytest.raises(KeyboardInterrupt):
            site.sync(everything=True)


@pytest.mark.parametrize("decided", [True, False])
@pytest.mark.parametrize("act", ["sync", "sync-all", "push-each"])
def test_what_was_cut_short_is_settled_by_the_next_command_of_another_clone(
    pair, monkeypatch, decided, act
):
    pair.ada.write({b"a": b"of ada\n"}).commit("of ada")
    wanted = pair.ada.refs()[MAIN]
    cut_short(monkeypatch, pair.ada, decided=decided)
    pair.ben._clock = two_minutes_later
    pair.ben.write({b"b": b"of ben\n"}).commit("of ben")
    if act == "sync-all":
        report = pair.ben.sync(everything=True)
        settled = [one for each in report.remotes for one in each.settled]
        assert {one.phase for one in settled} == {"commit" if decided else "abort"}
        assert {one.prepared.actor for one in settled} == {pair.ada.context().actor}
    else:
        for name in ("origin", "backup"):
            pair.ben.pull(name) if act == "push-each" else None
            pair.ben.sync(name) if act == "sync" else pushed(pair.ben, name)
    for name in ("origin", "backup"):
        assert not remote(pair.ben, name).view.reservations
        assert ("commit" in kinds(pair.ben, name)) is (decided or act == "sync-all")
        assert (wanted in history(pair.ben, name)) is decided
    assert refs_of(pair.ben, "origin")[MAIN] == refs_of(pair.ben, "backup")[MAIN]


def two_minutes_later():
    """By then nobody waits for a push that is not decided."""
    return time.time_ns() // 1000 + 120_000_000


def pushed(site, name):
    """Push; what had been decided comes in first, where it moved the branch."""
    with suppress(Conflict):
        site.push(name)
        return
    site.pull(name)
    site.push(name)


def history(site, name):
    """All commits that the branch has there."""
    there = remote(site, name)
    repository = site.repository()
    todo, found = [there.view.refs[MAIN].id], set()
    while todo:
        one = todo.pop()
        if one not in found:
            found.add(one)
            todo += repository.commit(one).parents
    return found


def test_status_tells_what_was_left_and_which_remote_is_away(pair, monkeypatch, tmp_path):
    assert [one.pushes for one in halfway(pair.ada.context(), ()).remotes] == [(), ()]
    pair.ada.write({b"a": b"of ada\n"}).commit("of ada")
    cut_short(monkeypatch, pair.ada, decided=False)
    found = halfway(pair.ben.context(), ()).remotes
    names = {one.name: one.pushes[0] for one in found}
    assert {push.state for push in names.values()} == {State.UNDECIDED}
    assert {push.prepared.actor for push in names.values()} == {pair.ada.context().actor}
    assert [change.name for change in names["origin"].prepared.refs] == [MAIN]
    primary, other = by_rank(pair.ben)
    assert names["origin"].primary == primary
    assert names["origin"].prepared.location(remote(pair.ben, primary).replica)
    (tmp_path / folder_of(primary)).rename(tmp_path / "gone")
    found = {one.name: one for one in halfway(pair.ben.context(), ()).remotes}
    assert found[primary].away
    assert found[other].pushes[0].state is State.UNKNOWN
    assert found[other].pushes[0].trouble


def test_status_tells_what_is_decided(pair, monkeypatch):
    pair.ada.write({b"a": b"of ada\n"}).commit("of ada")
    cut_short(monkeypatch, pair.ada, decided=True)
    primary, other = by_rank(pair.ben)
    (left,) = halfway(pair.ben.context(), [other]).remotes
    assert left.pushes[0].state is State.COMMIT
    (none,) = halfway(pair.ben.context(), [primary]).remotes
    assert none.pushes == ()


def by_rank(site):
    """The remote that decides, and the other."""
    return sorted(("origin", "backup"), key=lambda name: site.context().remotes.known(name).replica)


def folder_of(name):
    return {"origin": "shared", "backup": "backup"}[name]


def test_without_the_deciding_remote_it_waits_until_a_person_breaks_it(pair, monkeypatch, tmp_path):
    pair.ada.write({b"a": b"of ada\n"}).commit("of ada")
    cut_short(monkeypatch, pair.ada, decided=True)
    primary, other = by_rank(pair.ben)
    (tmp_path / folder_of(primary)).rename(tmp_path / "gone")
    pair.ben.write({b"b": b"of ben\n"}).commit("of ben")
    for act in (pair.ben.push, pair.ben.sync):
        with pytest.raises(Unreachable) as stuck:
            act(other)
        assert "--break" in stuck.value.hint
    push = stuck.value.details["transaction"]
    report = break_push(pair.ben.context(), other, push[:12])
    assert report.settled.phase == "break"
    assert kinds(pair.ben, other)[-1] == "break"
    pair.ben.sync(other)
    (tmp_path / "gone").rename(tmp_path / folder_of(primary))
    report = pair.ben.sync(everything=True)
    assert refs_of(pair.ben, "origin")[MAIN] == refs_of(pair.ben, "backup")[MAIN]


def test_breaking_does_what_the_deciding_remote_says_where_it_answers(pair, monkeypatch):
    pair.ada.write({b"a": b"of ada\n"}).commit("of ada")
    cut_short(monkeypatch, pair.ada, decided=True)
    _, other = by_rank(pair.ben)
    (push,) = remote(pair.ben, other).view.reservations
    report = break_push(pair.ben.context(), other, push.hex())
    assert report.settled.phase == "commit"
    assert refs_of(pair.ben, other)[MAIN] == pair.ada.refs()[MAIN]
    for wrong in (push.hex(), "ff" * 16, ""):
        with pytest.raises(Missing) as missing:
            break_push(pair.ben.context(), other, wrong)
        assert missing.value.code == "unknown-transaction"


@pytest.mark.parametrize("_", range(3))
def test_what_others_left_in_this_repository_is_settled_too(team, _):
    """Somebody has this very repository as a remote, and pushed to it and another together.

    Either of them decides, as their ids are random.
    """
    other = remote(team.ada, "origin")
    own = team.ada.context().remotes.open_at(team.ada.repository_folder)
    new = team.ada.refs()[MAIN]
    for one in (own, other):
        participants = tuple(sorted([own.replica, other.replica]))
        change = together.RefChange("branch/trial", None, new, 0)
        step = together.Transaction("prepare", T, participants, participants[0], (change,))
        one.append(Draft("push", "Eve <e@example.org>", transaction=step))
    team.ada._clock = two_minutes_later
    team.ada.switch("trial2", create=True)
    team.ada.sync()
    assert team.ada.repository().view.reserved("branch/trial") == T
    with pytest.raises(Conflict) as refused:
        team.ada.switch("trial", create=True)
    assert refused.value.code == "reserved"
    settle_here(team.ada.context(), ["branch/trial"])
    team.ada.switch("trial", create=True)
    team.ada.sync()
    assert refs_of(team.ada, "origin")["branch/trial"] == new


def test_what_remotes_say_of_others_is_never_opened(team, tmp_path):
    """A stranger's operation names a place and an unknown remote that is to decide."""
    there = remote(team.ada, "origin")
    old = there.view.refs[MAIN].id
    decides = bytes(16)
    step = together.Transaction(
        "prepare", T, (decides, there.replica), decides, (together.RefChange(MAIN, old, old, 0),)
    )
    trap = tmp_path / "trap"
    location = (f"location-{decides.hex()}", str(trap))
    there.append(Draft("push", "Eve <e@example.org>", transaction=step, attributes=(location,)))
    team.ada.write({b"a": b"of ada\n"}).commit("of ada")
    with pytest.raises(Conflict) as refused:
        team.ada.sync()
    assert refused.value.code == "reserved"
    assert str(trap) in refused.value.message
    assert not trap.exists()


def test_many_at_once_lose_and_double_nothing(team, tmp_path):
    people = [Site(tmp_path / f"p{n}").replica_of(team.ada) for n in range(6)]
    for site in people:
        site.add_remote("origin", team.location)
        site.pull()

    def work(numbered):
        number, site = numbered
        for turn in range(3):
            site.write({b"f%d-%d" % (number, turn): b"%d\n" % number})
            site.commit(f"{number} {turn}")
            site.sync()

    with ThreadPoolExecutor(len(people)) as threads:
        list(threads.map(work, enumerate(people)))
    team.ada.sync()
    wanted = {b"f%d-%d" % (number, turn) for number in range(len(people)) for turn in range(3)}
    assert wanted == team.ada.files().keys() - {b"a", b"b"}
    repository = team.ada.repository()
    messages = [repository.commit(one).message for one in history(team.ada, "origin")]
    for number in range(len(people)):
        for turn in range(3):
            assert messages.count(f"{number} {turn}") == 1
    assert team.ada.verify().ok


def test_what_was_purged_on_one_side_is_told(team):
    secret = b"the key of something\n"
    team.ada.write({b"key": secret}).commit("a key")
    team.ada.sync()
    team.ben.sync()
    purge(team.ben.context(), PurgeRequest((b"key",)), "a key")
    report = team.ben.sync()
    (one,) = report.remotes
    assert one.purged_here == (blob_id(secret),)
    assert one.purged_there == ()
    assert not team.ben.repository().objects.has(blob_id(secret))
