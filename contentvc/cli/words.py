"""Words: which of the words on a command line are revisions and which are paths, as in git."""

import os
from collections.abc import Sequence
from typing import NamedTuple

from contentvc.changes.trees import lookup
from contentvc.cli.escape import escape
from contentvc.cli.paths import inside
from contentvc.cli.session import Session
from contentvc.errors import ContentvcError, Missing, Usage
from contentvc.history.revisions import split_range

__all__ = ["Words", "after_dashes", "told_apart"]


class Words(NamedTuple):
    """What was meant."""

    revisions: tuple[str, ...]
    paths: tuple[bytes, ...]
    """Of the working tree; the empty path is its root."""


def told_apart(session: Session, words: Sequence[str] | None, most: int) -> Words:
    """Revisions come first, then paths; ``--`` between them says so where both would do.

    Args:
        session: whose command line it is.
        words: the arguments that are neither options nor their values.
        most: revisions the command takes; a range is one.

    Raises:
        Missing: a word is neither a revision nor a path.
        Usage: a word is both; there are too many revisions; a path is outside.
    """
    words = words or ()
    marked = after_dashes(session, words)
    if marked is None:
        before = _leading_revisions(session, words)
        for word in words[len(before) :]:
            _check_path(session, word)
    else:
        before = words[: len(words) - marked]
    if len(before) > most:
        raise Usage("usage", f"{escape(before[most])} is one revision too many", "see the help")
    root, here = session.place.root, session.here
    return Words(tuple(before), tuple(inside(root, here, word) for word in words[len(before) :]))


def after_dashes(session: Session, words: Sequence[str]) -> int | None:
    """How many words stand after ``--``; None without one. The parser takes it away."""
    typed = session.arguments
    if "--" not in typed:
        return None
    after = typed[typed.index("--") + 1 :]
    is_mark = list(words[len(words) - len(after) :]) == list(after)  # and no option's value
    return len(after) if is_mark else None


def _leading_revisions(session: Session, words: Sequence[str]) -> Sequence[str]:
    for place, word in enumerate(words):
        exists = os.path.lexists(os.path.join(session.here, os.fsencode(word)))
        if not _is_revision(session, word, exists=exists):
            return words[:place]
        if exists:
            raise Usage(
                "usage",
                f"{escape(word)} is both a revision and a path",
                "put -- before paths, and after revisions",
            )
    return words


def _is_revision(session: Session, word: str, *, exists: bool) -> bool:
    try:
        for end in (split_range(word) or (word,))[:2]:
            session.context.resolve(end)
    except Missing as error:
        if error.code == "unknown-revision" or exists:
            return False
        raise
    except ContentvcError:
        if exists:
            return False
        raise
    return True


def _check_path(session: Session, word: str) -> None:
    """Refuse what is neither on disk nor recorded: most likely a revision with a mistake in it."""
    if os.path.lexists(os.path.join(session.here, os.fsencode(word))):
        return
    path = inside(session.place.root, session.here, word)
    tree = session.context.base_tree()
    if tree is None or lookup(session.repository.entries, tree, path) is None:
        raise Missing(
            "unknown-revision",
            f"{escape(word)} is neither a revision nor a path",
            "put -- before a path that is gone",
        )
