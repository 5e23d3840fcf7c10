"""Spelling: what somebody probably meant."""

from collections.abc import Iterable

__all__ = ["nearest"]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant; None when none is close."""
    from difflib import get_close_matches

    close = get_close_matches(word.casefold(), list(known), n=1, cutoff=0.6)
    return close[0] if close else None
