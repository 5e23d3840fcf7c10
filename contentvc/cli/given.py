"""Given: what people type, as actions take it."""

from collections.abc import Sequence

from contentvc.cli.paths import inside
from contentvc.cli.session import Session
from contentvc.errors import Usage
from contentvc.history.moments import parse_moment
from contentvc.snapshots.attributes import Attributes

__all__ = ["attributes_of", "paths_of", "time_of"]


def paths_of(session: Session, texts: Sequence[str] | None) -> tuple[bytes, ...]:
    """Paths of the working tree, given relative to where the person stands.

    Raises:
        Usage: one is outside of the working tree.
    """
    root = session.place.root
    return tuple(inside(root, session.here, text) for text in texts or ())


def attributes_of(texts: Sequence[str] | None) -> Attributes:
    """``KEY=VALUE`` pairs; of a key given twice the last counts.

    Raises:
        Usage: one has no ``=`` or no key.
    """
    pairs: dict[str, str] = {}
    for text in texts or ():
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise Usage("bad-value", f"{text!r} is no attribute", "write KEY=VALUE")
        pairs[key] = value
    return tuple(sorted(pairs.items()))


def time_of(session: Session, text: str | None) -> int | None:
    """Microseconds since 1970; None when nothing was given.

    Raises:
        Usage: the text is no time.
    """
    if text is None:
        return None
    return parse_moment(text, session.edge.now(), session.edge.zone)
