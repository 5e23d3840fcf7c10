"""A crash at every change to the disk of commands that concern a remote, in a folder.

Afterwards either side is as before or as after, both are sound, and the same command, given again,
brings them there.
"""

import os
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from contentvc.actions.merge import Outcome
from contentvc.actions.noting import set_notes
from contentvc.actions.remotes_change import remove_remote, rename_remote_to
from contentvc.actions.remotes_show import list_remotes
from contentvc.actions.upstreams import upstream_of
from contentvc.errors import ContentvcError, Missing
from contentvc.upkeep.verify import verify
from tests.actions.team import Team
from tests.faults.commands import clock, folder
from tests.faults.seam import each_crash

__all__ = ["folder"]


class Scene(NamedTuple):
    """What somebody is about to do, and how what came of it is told."""

    prepare: Callable[[Team], Any]
    run: Callable[[Team], Any]
    again: Callable[[Team], Any]
    """The next command, after which all must be as if nothing had been cut."""


def _ada_pushed(team: Team) -> None:
    _ada_has_more(team)
    team.ada.push()


def _ada_has_more(team: Team) -> None:
    team.ada.write({b"a": b"of ada\n", b"large": bytes(range(256)) * 1000}).commit("of ada")
    set_notes(team.ada.context(), "HEAD", (("by", "ada"),))


def _both_have_more(team: Team) -> None:
    _ada_pushed(team)
    team.ben.write({b"b": b"of ben\n"}).commit("of ben")
    set_notes(team.ben.context(), "HEAD", (("by", "ben"),))
    team.ben.write({b"loose": b"not recorded\n"})


def _new_branch(team: Team) -> None:
    team.ada.switch("trial", create=True)
    team.ada.write({b"a": b"trial\n"}).commit("trial")
    team.ada.push()
    team.ben.fetch()


def _pulled(team: Team) -> None:
    team.ben.settle()
    assert team.ben.pull().integrated.merge.outcome in (Outcome.UP_TO_DATE, Outcome.MERGED)


def _renamed(team: Team) -> None:
    if [one.name for one in list_remotes(team.ada.context())] == ["origin"]:
        rename_remote_to(team.ada.context(), "origin", "team")
    team.ada.fetch("team", prune=True)


def _removed(team: Team) -> None:
    if list_remotes(team.ada.context()):
        remove_remote(team.ada.context(), "origin")


def _added(team: Team) -> None:
    if "other" not in team.ada.context().remotes.names():
        team.ada.add_remote("other", team.location + "-2")
    team.ada.push("other")


def _switched(team: Team) -> None:
    team.ben.settle()
    team.ben.switch("trial")


SCENES = {
    "push": Scene(_ada_has_more, lambda team: team.ada.push(), lambda team: team.ada.push()),
    "fetch": Scene(_ada_pushed, lambda team: team.ben.fetch(), lambda team: team.ben.fetch()),
    "pull": Scene(_both_have_more, lambda team: team.ben.pull(), _pulled),
    "remote-add": Scene(
        lambda _: None,
        lambda team: (team.ada.add_remote("other", team.location + "-2"), team.ada.push("other")),
        _added,
    ),
    "remote-rename": Scene(
        _ada_pushed, lambda team: rename_remote_to(team.ada.context(), "origin", "team"), _renamed
    ),
    "remote-remove": Scene(
        _ada_pushed, lambda team: remove_remote(team.ada.context(), "origin"), _removed
    ),
    "switch-remote": Scene(_new_branch, lambda team: team.ben.switch("trial"), _switched),
}


def _team(where: str) -> Team:
    team = Team.__new__(Team)
    team.meet(where, clock)
    return team


def _seen(team: Team) -> tuple[object, ...]:
    """Trees rather than commits where a merge may have been made at another place in the log."""
    refs = [site.refs() for site in (team.ada, team.ben)]
    files = [site.files() for site in (team.ada, team.ben)]
    names = [one.name for one in list_remotes(team.ada.context())]
    heads = [site.context().head for site in (team.ada, team.ben)]
    return (*refs, *files, team.refs(), names, heads)


def _check_sound(team: Team) -> None:
    for repository in (team.shared(), team.ada.repository(), team.ben.repository()):
        verdict = verify(repository, quick=False)
        assert verdict.ok, verdict.problems


@pytest.mark.parametrize("name", SCENES)
def test_either_side_is_old_or_new_and_the_same_command_settles_it(folder, name):
    scene = SCENES[name]

    def prepared(where: str) -> Team:
        os.makedirs(where, exist_ok=True)
        team = Team(where, clock)
        scene.prepare(team)
        return team

    whole = prepared(os.path.join(folder, "whole"))
    scene.run(whole)
    scene.again(whole)
    wanted = _seen(whole)
    allowed = {}

    def prepare(where: str) -> Callable[[], object]:
        team = prepared(where)
        allowed[where] = _places(team)
        return lambda: scene.run(_team(where))

    turns = 0
    after = _places(whole)
    for crash in each_crash(folder, prepare, None):
        turns += 1
        team = _team(crash.folder)
        before = allowed[crash.folder]
        for place, commits in _places(team).items():
            assert commits in (before.get(place), after.get(place)), place
        _check_sound(team)
        try:
            scene.again(team)
        except ContentvcError as error:
            raise AssertionError(crash) from error
        assert _seen(team) == wanted
        _check_sound(team)
    assert turns > 3


def _places(team: Team) -> dict[tuple[str, str], bytes]:
    """Where every ref is on each side."""
    sides = {"ada": team.ada.refs(), "ben": team.ben.refs(), "shared": team.refs()}
    return {(side, ref): commit for side, refs in sides.items() for ref, commit in refs.items()}


def test_an_upstream_is_the_old_or_the_new(folder):
    def prepare(where: str) -> Callable[[], object]:
        os.makedirs(where, exist_ok=True)
        team = Team(where, clock)
        team.ada.add_remote("other", team.location + "-2")
        team.ada.switch("trial", create=True)
        return lambda: _team(where).ada.push("other")

    for crash in each_crash(folder, prepare, None):
        team = _team(crash.folder)
        remote = upstream_of(team.ada.context(), "trial").remote
        assert remote in ("origin", "other")
        assert remote == "other" or not crash.done
        with pytest.raises(Missing):
            team.ada.pull("origin")
