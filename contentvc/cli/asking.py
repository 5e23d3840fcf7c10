"""Asking: whether a person wants what cannot be taken back."""

from collections.abc import Iterable

from contentvc.cli.session import Session
from contentvc.errors import Usage

__all__ = ["agreed"]


def agreed(session: Session, lines: Iterable[str], question: str) -> bool:
    """Show what is about to happen and ask, on the terminal; what prints it may be redirected.

    Raises:
        Usage: there is nobody to ask.
    """
    edge = session.edge
    if not edge.can_ask or session.options.json:
        raise Usage(
            "not-a-terminal",
            "this cannot be taken back, and there is nobody to ask",
            "look first with: --dry-run; then give --yes",
        )
    for line in lines:
        edge.stderr.write(line + "\n")
    edge.stderr.write(f"{question} [y/N] ")
    edge.stderr.flush()
    return edge.stdin.readline().strip().lower() in ("y", "yes")
