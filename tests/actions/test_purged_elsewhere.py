"""Content that was purged on one side: commits that name it travel, and nobody takes it for damage."""

import pytest

from contentvc.actions.purge import PurgeRequest, purge
from contentvc.errors import Missing
from contentvc.upkeep.verify import verify
from tests.actions.site import Site
from tests.actions.team import Team


@pytest.fixture
def team(tmp_path):
    return Team(tmp_path)


def gone(site):
    with pytest.raises(Missing) as caught:
        site.at("main")
    assert caught.value.code == "purged"
    return caught.value.details["reason"]


def test_a_push_tells_the_remote_and_a_fetch_whoever_comes_after(team):
    team.ada.write({b"key": b"a secret key\n" * 50, b"c": b"more\n"}).commit("with a key")
    purge(team.ada.context(), PurgeRequest((b"key",)), "it is a key")
    team.ada.push()
    assert verify(team.shared(), quick=False).ok
    team.ben.fetch()
    team.ben.merge("origin/main")
    assert team.ben.files() == {b"a": b"one\n", b"b": b"one\n", b"c": b"more\n"}
    assert gone(team.ben) == "it is a key"
    assert team.ben.verify().ok
    assert team.ben.fetch().refs == ()


def test_undo_passes_over_what_was_told(team):
    team.ada.write({b"key": b"a secret key\n" * 50}).commit("with a key")
    purge(team.ada.context(), PurgeRequest((b"key",)), "it is a key")
    team.ada.push()
    team.ben.write({b"b": b"two\n"}).commit("of ben")
    team.ben.fetch()
    assert team.ben.undo().operation.kind == "commit"


def test_what_was_purged_after_it_was_pushed_stays_there_and_does_not_hinder(team):
    team.ada.write({b"key": b"a secret key\n" * 50}).commit("with a key")
    team.ada.push()
    purge(team.ada.context(), PurgeRequest((b"key",)), "it is a key")
    team.ada.write({b"c": b"more\n"}).commit("more")
    team.ada.push()
    team.ben.pull()
    assert team.ben.files()[b"key"] == b"a secret key\n" * 50
    assert verify(team.shared(), quick=False).ok
    team.ben.write({b"d": b"more\n"}).commit("of ben")
    team.ben.push()
    team.ada.pull()
    assert team.ada.files()[b"d"] == b"more\n"
    assert team.ada.verify().ok


def test_a_new_clone_of_it_is_sound(team, tmp_path):
    team.ada.write({b"key": b"a secret key\n" * 50}).commit("with a key")
    purge(team.ada.context(), PurgeRequest((b"key",)), "it is a key")
    team.ada.push()
    other = Site(tmp_path / "other").replica_of(team.ada)
    other.add_remote("origin", team.location)
    other.pull()
    assert other.verify().ok
    assert gone(other) == "it is a key"
