"""Remotes: known, renamed, forgotten, and how far branches are from theirs."""

import os

import pytest

from contentvc import limits
from contentvc.actions.branches import delete_branch, list_branches, rename_branch
from contentvc.actions.remotes_change import remove_remote, rename_remote_to, reset_remote
from contentvc.actions.remotes_show import list_remotes, show
from contentvc.actions.upstreams import set_upstream, upstream_of
from contentvc.errors import Damaged, Missing
from contentvc.history.graph import Divergence
from contentvc.remotes.lazy import Holder, add_holder
from tests.actions.site import Site
from tests.actions.team import Team


@pytest.fixture
def team(tmp_path):
    return Team(tmp_path)


def test_an_empty_place_becomes_a_repository_and_that_is_said(tmp_path):
    site = Site(tmp_path / "site").init()
    added = site.add_remote("origin", str(tmp_path / "shared"))
    assert (added.name, added.location, added.created) == (
        "origin",
        str(tmp_path / "shared"),
        True,
    )
    assert not site.add_remote("again", str(tmp_path / "shared")).created
    assert [one.name for one in list_remotes(site.context())] == ["again", "origin"]


def test_a_remote_that_is_removed_is_forgotten_with_all_it_had(team):
    team.ada.push()
    report = remove_remote(team.ada.context(), "origin")
    assert report.refs == 1
    assert team.ada.refs().keys() == {"branch/main"}
    assert list_remotes(team.ada.context()) == ()
    assert team.ada.status().standing is None
    assert team.refs().keys() == {"branch/main"}
    with pytest.raises(Missing):
        remove_remote(team.ada.context(), "origin")


def test_a_remote_that_has_what_is_not_here_is_forgotten_with_a_word(team):
    context = team.ada.context()
    assert not remove_remote(team.ben.context(), "origin").holds
    add_holder(context.place.folder, Holder("origin", context.remotes.known("origin").replica))
    assert remove_remote(team.ada.context(), "origin").holds


def test_a_remote_that_is_renamed_takes_along_what_is_known_of_it(team):
    report = rename_remote_to(team.ada.context(), "origin", "team")
    assert (report.name, report.old_name, report.refs) == ("team", "origin", 1)
    assert team.ada.refs().keys() == {"branch/main", "remote/team/main"}
    assert team.ada.status().standing.upstream.name == "team/main"
    assert team.ada.push().remote == "team"


def test_show_tells_how_far_branches_are_apart(team):
    team.ada.write({b"a": b"two\n"}).commit("of ada")
    team.ada.push()
    team.ben.write({b"b": b"two\n"}).commit("of ben")
    team.ben.write({b"b": b"three\n"}).commit("of ben, again")
    team.ben.switch("mine", create=True)
    before = team.operations(team.ben)
    state = show(team.ben.context(), "origin").state
    assert (state.kind, state.head, state.reserved) == ("folder", "main", ())
    by_name = {one.name: one for one in state.branches}
    assert by_name["main"].apart == Divergence(2, 1)
    assert (by_name["mine"].there, by_name["mine"].apart) == (None, None)
    assert team.operations(team.ben) == before


def test_a_remote_that_is_away_is_shown_as_such(team, tmp_path):
    (tmp_path / "shared").rename(tmp_path / "away")
    report = show(team.ben.context(), "origin")
    assert report.state is None
    assert report.trouble.code == "unreachable"
    with pytest.raises(Missing):
        show(team.ben.context(), "other")


def test_a_copy_that_was_put_in_its_place_is_refused_until_it_is_accepted(team, tmp_path):
    Site(tmp_path / "other").replica_of(team.ada)
    (tmp_path / "shared").rename(tmp_path / "before")
    (tmp_path / "other").rename(tmp_path / "shared")
    with pytest.raises(Damaged):
        team.ben.fetch()
    reset_remote(team.ben.context(), "origin")
    assert team.ben.fetch().refs == ()


def test_a_remote_whose_file_is_not_understood_can_be_removed(team):
    path = os.path.join(os.fsdecode(team.ada.root), ".contentvc/remotes/origin/remote.toml")
    with open(path, "w") as file:
        file.write("odd")
    with pytest.raises(Damaged):
        team.ada.fetch("origin")
    assert remove_remote(team.ada.context(), "origin").location == ""


class TestStanding:
    def test_status_tells_how_far_a_branch_is_from_its_upstream(self, team):
        assert team.ben.status().standing.apart.is_same
        team.ben.write({b"b": b"two\n"}).commit("of ben")
        assert team.ben.status().standing.apart == Divergence(1, 0)
        team.ada.write({b"a": b"two\n"}).commit("of ada")
        team.ada.push()
        assert team.ben.status().standing.apart == Divergence(1, 0)
        team.ben.fetch()
        assert team.ben.status().standing.apart == Divergence(1, 1)

    def test_a_branch_that_was_never_there_is_told_so(self, team):
        team.ben.switch("mine", create=True)
        standing = team.ben.status().standing
        assert (standing.upstream.name, standing.apart) == ("origin/mine", None)

    def test_without_remotes_there_is_nothing_to_tell(self, tmp_path):
        site = Site(tmp_path / "site").init().write({b"a": b"one\n"})
        site.commit()
        assert site.status().standing is None

    def test_on_no_branch_there_is_nothing_to_tell(self, team):
        team.ben.switch("main", detach=True)
        assert team.ben.status().standing is None

    def test_only_so_many_commits_are_looked_at(self, team, monkeypatch):
        for number in range(6):
            team.ben.write({b"b": b"%d\n" % number}).commit("one more")
        monkeypatch.setattr(limits, "AHEAD_COMMITS", 4)
        apart = team.ben.status().standing.apart
        assert not apart.is_complete
        assert 0 < apart.ahead < 6

    def test_branches_tell_it_too(self, team):
        team.ben.write({b"b": b"two\n"}).commit("of ben")
        team.ben.switch("mine", create=True)
        found = {one.name: one.standing for one in list_branches(team.ben.context())}
        assert found["main"].apart == Divergence(1, 0)
        assert found["mine"].apart is None


class TestUpstreams:
    def test_the_file_says_which_remote_each_branch_has(self, team, tmp_path):
        team.ben.add_remote("other", str(tmp_path / "other"))
        set_upstream(team.ben.context().place, "main", "other")
        set_upstream(team.ben.context().place, 'odd "name".1', "origin")
        with open(os.path.join(os.fsdecode(team.ben.root), ".contentvc/upstreams.toml")) as file:
            assert file.read().splitlines()[1:] == [
                '"main" = "other"',
                '"odd \\"name\\".1" = "origin"',
            ]
        context = team.ben.context()
        assert upstream_of(context, "main").remote == "other"
        assert upstream_of(context, 'odd "name".1').remote == "origin"
        assert upstream_of(context, "any").remote == "origin"

    def test_a_branch_that_is_renamed_or_deleted_takes_its_line_along(self, team, tmp_path):
        team.ben.add_remote("other", str(tmp_path / "other"))
        team.ben.switch("mine", create=True)
        team.ben.push("other")
        rename_branch(team.ben.context(), "mine", "yours")
        assert upstream_of(team.ben.context(), "yours").remote == "other"
        assert upstream_of(team.ben.context(), "mine").remote == "origin"
        team.ben.switch("main")
        delete_branch(team.ben.context(), "yours", force=True)
        assert upstream_of(team.ben.context(), "yours").remote == "origin"

    @pytest.mark.parametrize(
        "content", [b"main = 1\n", b'"main" = "origin" # x\n', b"\xff\n", b'"\\x" = "origin"\n']
    )
    def test_a_file_that_is_not_understood_is_named(self, team, content):
        path = os.path.join(os.fsdecode(team.ben.root), ".contentvc/upstreams.toml")
        with open(path, "wb") as file:
            file.write(content)
        with pytest.raises(Damaged) as caught:
            team.ben.status()
        assert caught.value.details["path"] == path

    def test_a_file_beyond_the_limit_is_not_read(self, team, monkeypatch):
        team.ben.push()
        monkeypatch.setattr(limits, "UPSTREAMS_BYTES", 8)
        with pytest.raises(Damaged):
            team.ben.status()
