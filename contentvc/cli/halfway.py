"""Halfway: pushes to several remotes that were cut short, as lines and as JSON."""

from collections.abc import Iterator
from typing import Final

from contentvc.actions.halfway import BreakReport, Halfway, HalfwayReport, RemoteHalfway, State
from contentvc.cli.documents import Document, Json
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone
from contentvc.cli.units import exact_time
from contentvc.history.names import short_name
from contentvc.ids import short
from contentvc.remotes.reservation import Prepared
from contentvc.remotes.settling import Settled

__all__ = [
    "break_json",
    "break_lines",
    "halfway_json",
    "halfway_lines",
    "settled_json",
    "settled_line",
]

_ENDED: Final = {
    "commit": "completed push {}, which was left half-way",
    "abort": "took back push {}, which was left half-way: nothing of it took effect",
    "break": "broke off push {}: the remotes of it may differ now",
}
_REFS_SHOWN: Final = 5


def settled_line(settled: Settled) -> str:
    """How a push that was left half-way ended at a remote."""
    found = settled.prepared
    return _ENDED[settled.phase].format(f"{short(found.id)} of {escape(found.actor)}")


def halfway_lines(report: HalfwayReport, screen: Screen) -> Iterator[str]:
    """What is left half-way at each remote, and which one cannot be reached."""
    if not report.remotes:
        yield "there is no remote yet"
    for remote in report.remotes:
        yield from _remote_lines(remote, screen)


def _remote_lines(remote: RemoteHalfway, screen: Screen) -> Iterator[str]:
    name = screen.paint(escape(remote.name), Tone.NAME)
    if remote.away:
        yield f"{name} {screen.paint('cannot be reached', Tone.CONFLICT)}: {escape(remote.away)}"
    elif not remote.pushes:
        yield f"{name}: nothing is left half-way"
    for push in remote.pushes:
        found = push.prepared
        refs = ", ".join(escape(short_name(one.name)) for one in found.refs[:_REFS_SHOWN])
        more = f" and {len(found.refs) - _REFS_SHOWN} more" if len(found.refs) > _REFS_SHOWN else ""
        since = screen.age(found.time)
        yield f"{name}: push {short(found.id)} of {escape(found.actor)} holds {refs}{more}, {since}"
        yield f"  {_stands(push, remote)}"


def _stands(push: Halfway, remote: RemoteHalfway) -> str:
    if push.state is State.UNDECIDED:
        return "not decided; it may be under way: contentvc sync ends it after a minute"
    if push.state is not State.UNKNOWN:
        verb = "committed" if push.state is State.COMMIT else "given up"
        return f"it was {verb}: contentvc sync {escape(remote.name)} tells it"
    deciding = escape(push.primary) if push.primary else _said(push.prepared)
    last = f"contentvc push {escape(remote.name)} --break {short(push.prepared.id)}"
    return f"{deciding} decides, and cannot be asked: {escape(push.trouble)}; last resort: {last}"


def _said(found: Prepared) -> str:
    """The deciding remote, as those who prepared the push called it."""
    replica = found.primary.hex()[:12] if found.primary else "none"
    said = found.location(found.primary) if found.primary else ""
    return f"replica {replica}" + (f" (said to be {escape(said)})" if said else "")


def halfway_json(report: HalfwayReport) -> Document:
    """The same for programs."""
    return {"remotes": [_remote_json(one) for one in report.remotes]}


def _remote_json(remote: RemoteHalfway) -> Json:
    return {
        "name": remote.name,
        "location": remote.location,
        "away": remote.away or None,
        "pushes": [_push_json(one) for one in remote.pushes],
    }


def _push_json(push: Halfway) -> Json:
    return {
        **_prepared_json(push.prepared),
        "state": push.state.value,
        "primary": push.primary,
        "trouble": push.trouble or None,
        "participants": [
            {
                "replica": one.hex(),
                "location": push.prepared.location(one),
                "decides": one == push.prepared.primary,
            }
            for one in push.prepared.participants
        ],
    }


def _prepared_json(found: Prepared) -> dict[str, Json]:
    return {
        "push": found.id.hex(),
        "actor": found.actor,
        "time": exact_time(found.time),
        "refs": [
            {
                "ref": one.name,
                "old": one.old.hex() if one.old else None,
                "new": one.new.hex() if one.new else None,
            }
            for one in found.refs
        ],
    }


def settled_json(settled: Settled) -> dict[str, Json]:
    """How a push ended at a remote, for programs."""
    return {**_prepared_json(settled.prepared), "ended": settled.phase}


def break_lines(report: BreakReport, screen: Screen) -> Iterator[str]:
    """How a push that was to be broken ended."""
    yield f"{screen.paint(escape(report.remote), Tone.NAME)}: {settled_line(report.settled)}"


def break_json(report: BreakReport) -> Document:
    """The same for programs."""
    return {
        "remote": report.remote,
        "location": report.location,
        **settled_json(report.settled),
    }
