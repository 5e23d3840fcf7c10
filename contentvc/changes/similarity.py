"""How alike two texts are, and which of many texts are worth comparing with one."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from xxhash import xxh3_64_intdigest

__all__ = ["Pieces", "Suggestions", "path_end", "percent_shared", "pieces_of", "similarity"]

Pieces = Counter[int]
"""Fingerprints of the pieces of a content, each with the bytes it stands for."""

_PIECE: Final = re.compile(
    rb"[^\n]{0,79}\n|[^\n]{0,126}?[acegikmoqsuwy02468\"\])}][\s,;>]|[^\n]{1,128}\n?"
)
"""A short line whole. A longer one is cut where the bytes beside a gap between words say so, about
every second gap, so that an insertion moves no cut but those beside it."""
_WIDELY_SHARED: Final = 32
"""A piece that more deleted files than this hold (a licence line, a bracket) suggests no pair."""
_SUGGESTIONS: Final = 8
"""Deleted files compared in full with each added one: those that share most of the rest."""


def similarity(old: bytes, new: bytes) -> int:
    """Percent of the longer content's bytes that lie in pieces both share, rounded down.

    Pieces are lines; long lines are cut further. A piece that stands several times counts as
    often as both have it. Where it stands does not matter, so moved paragraphs cost nothing.
    """
    if not old or not new:
        return 0
    return percent_shared(pieces_of(old), len(old), pieces_of(new), len(new))


def pieces_of(content: bytes) -> Pieces:
    """The pieces of a content, to compare it with many others."""
    pieces: Pieces = Counter()
    for piece, count in Counter(_PIECE.findall(content)).items():
        if piece:
            pieces[xxh3_64_intdigest(piece)] = count * len(piece)
    return pieces


def percent_shared(old: Pieces, old_length: int, new: Pieces, new_length: int) -> int:
    """`similarity` of two contents whose pieces are known; not both lengths may be zero."""
    shared = sum([min(old[piece], new[piece]) for piece in old.keys() & new.keys()])
    return shared * 100 // max(old_length, new_length)


def path_end(parts: int, path: bytes) -> bytes:
    """The last names of a path, `parts` of them or fewer."""
    return b"/".join(path.rsplit(b"/", parts)[-parts:])


class Suggestions:
    """Which deleted files are worth comparing with an added one."""

    def __init__(self, known: Sequence[tuple[bytes, Pieces]]) -> None:
        self._holders: defaultdict[int, list[int]] = defaultdict(list)
        self._ends: defaultdict[bytes, list[int]] = defaultdict(list)
        for place, (path, pieces) in enumerate(known):
            for piece in pieces:
                self._holders[piece].append(place)
            for parts in (1, 2, 3):
                self._ends[path_end(parts, path)].append(place)

    def of(self, path: bytes, pieces: Pieces) -> list[int]:
        """Those that share most bytes in rare pieces, and some of the nearest path end."""
        votes: Counter[int] = Counter()
        for piece, weight in pieces.items():
            holders = self._holders.get(piece, ())
            if len(holders) <= _WIDELY_SHARED:
                for place in holders:
                    votes[place] += weight
        best = sorted(votes, key=lambda place: (-votes[place], place))[:_SUGGESTIONS]
        for parts in (3, 2, 1):
            named = self._ends.get(path_end(parts, path))
            if named:
                best += [place for place in named[:_SUGGESTIONS] if place not in best]
                break
        return best
