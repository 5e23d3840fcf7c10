"""Apart: how far two branches are ahead and behind, as text and as JSON."""

from typing import TYPE_CHECKING

from contentvc.cli.documents import Json
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone

if TYPE_CHECKING:
    from contentvc.actions.ahead import Standing
    from contentvc.history.graph import Divergence

__all__ = ["apart_json", "apart_text", "standing_json", "standing_line"]


def apart_text(apart: "Divergence") -> str:
    """``2 ahead, 1 behind``; ``the same`` where there is nothing between them."""
    if apart.is_same:
        return "the same"
    more = "" if apart.is_complete else "+"
    told = ((apart.ahead, "ahead"), (apart.behind, "behind"))
    return ", ".join(f"{number:,}{more} {word}" for number, word in told if number or more)


def apart_json(apart: "Divergence | None") -> dict[str, Json]:
    """The same for programs; null where there is nothing to compare."""
    return {
        "ahead": None if apart is None else apart.ahead,
        "behind": None if apart is None else apart.behind,
        "counted": None if apart is None else apart.is_complete,
    }


def standing_line(standing: "Standing", screen: Screen) -> str:
    """How a branch stands to its upstream, and what brings both together."""
    name = escape(standing.upstream.name)
    apart = standing.apart
    if apart is None:
        return f"not in {escape(standing.upstream.remote)} yet{_hint('push', screen)}"
    if apart.is_same:
        return f"the same as {name}"
    verb = "push" if not apart.behind else "sync" if apart.ahead else "pull"
    return f"{apart_text(apart)}: {name}{_hint(verb, screen)}"


def standing_json(standing: "Standing") -> Json:
    """The same for programs."""
    return {
        "remote": standing.upstream.remote,
        "name": standing.upstream.name,
        "commit": standing.upstream.commit.hex() if standing.upstream.commit else None,
        **apart_json(standing.apart),
    }


def _hint(verb: str, screen: Screen) -> str:
    return "  " + screen.paint(f"contentvc {verb}", Tone.HINT)
