"""Apart: how far two branches are ahead and behind, as text and as JSON."""

from contentvc.cli.documents import Json
from contentvc.history.graph import Divergence

__all__ = ["apart_json", "apart_text"]


def apart_text(apart: Divergence) -> str:
    """``2 ahead, 1 behind``; ``the same`` where there is nothing between them."""
    more = "" if apart.is_complete else "+"
    told = [
        f"{number:,}{more} {word}"
        for number, word in ((apart.ahead, "ahead"), (apart.behind, "behind"))
        if number or more
    ]
    return ", ".join(told) or "the same"


def apart_json(apart: Divergence | None) -> dict[str, Json]:
    """The same for programs; null where there is nothing to compare."""
    return {
        "ahead": None if apart is None else apart.ahead,
        "behind": None if apart is None else apart.behind,
        "counted": None if apart is None else apart.is_complete,
    }
