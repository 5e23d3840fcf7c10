"""Lines that change where every shared line is common: git's classic comparison.

The linear-space variant of Myers' algorithm ("An O(ND) Difference Algorithm and Its Variations",
Algorithmica 1986), searching from both ends to the middle, after lines that the other side lacks
are set aside. Which of several shortest answers it gives is part of what git calls a conflict.
"""

from collections import Counter
from collections.abc import Sequence
from operator import itemgetter
from typing import Final

__all__ = ["Budget", "mark_changed"]

_COST: Final = 256
"""Insertions and deletions looked for in one search; then the farthest point reached is taken."""
_OFTEN: Final = 1024
"""A line that the other side has more often matches nothing worth finding among lines it lacks."""
_NEIGHBOURS: Final = 100
_FAR: Final = 1 << 60


class Budget:
    """Steps that may still be taken, shared by all comparisons of two versions."""

    def __init__(self, steps: int) -> None:
        self.left = steps


def mark_changed(
    old: Sequence[int], new: Sequence[int], budget: Budget
) -> tuple[bytearray, bytearray] | None:
    """A byte for each item of both: 1 if it changed. None where it takes more than the budget."""
    start, end = _shared_ends(old, new)
    inner_old, inner_new = old[start : len(old) - end], new[start : len(new) - end]
    kept_old = _worth(inner_old, Counter(new), len(old))
    kept_new = _worth(inner_new, Counter(old), len(new))
    search = _Search([inner_old[i] for i in kept_old], [inner_new[j] for j in kept_new], budget)
    if not search.run():
        return None
    removed, added = bytearray(len(old)), bytearray(len(new))
    for flags, kept, found, length in (
        (removed, kept_old, search.removed, len(inner_old)),
        (added, kept_new, search.added, len(inner_new)),
    ):
        flags[start : start + length] = b"\1" * length
        for place, changed in zip(kept, found, strict=True):
            flags[start + place] = changed
    return removed, added


def _shared_ends(old: Sequence[int], new: Sequence[int]) -> tuple[int, int]:
    most = min(len(old), len(new))
    start = end = 0
    while start < most and old[start] == new[start]:
        start += 1
    while end < most - start and old[-end - 1] == new[-end - 1]:
        end += 1
    return start, end


def _worth(items: Sequence[int], others: Counter[int], total: int) -> list[int]:
    """Positions of items that can match.

    Not those that the other side lacks, and not very common ones in the midst of such.
    """
    often = min(_root(total), _OFTEN)
    ranks = bytes([0 if not others[item] else 2 if others[item] >= often else 1 for item in items])
    lost = _lost(ranks) if 2 in ranks else frozenset()
    return [place for place, rank in enumerate(ranks) if rank and place not in lost]


def _root(number: int) -> int:
    """About the square root: the power of two that git takes."""
    root = 1
    while number > 0:
        root <<= 1
        number >>= 2
    return root


def _lost(ranks: bytes) -> frozenset[int]:
    """Common items (rank 2) that are few among the unmatched ones (rank 0) around them.

    Around is up to the next item that is worth matching (rank 1), and not far.
    """
    unmatched, common = [0], [0]
    for rank in ranks:
        unmatched.append(unmatched[-1] + (rank == 0))
        common.append(common[-1] + (rank == 2))
    lost: set[int] = set()
    place = ranks.find(2)
    while place >= 0:
        start = max(place - _NEIGHBOURS, 0)
        start = max(ranks.rfind(1, start, place) + 1, start)
        end = ranks.find(1, place + 1, place + 1 + _NEIGHBOURS)
        if end < 0:
            end = min(place + 1 + _NEIGHBOURS, len(ranks))
        before, after = unmatched[place] - unmatched[start], unmatched[end] - unmatched[place]
        # The item itself counts twice, once for each direction.
        of_its_kind = common[end] - common[start] + 1
        if before and after and of_its_kind * 4 < of_its_kind + before + after:
            lost.add(place)
        place = ranks.find(2, place + 1)
    return frozenset(lost)


class _Search:
    """Splits the box of both sequences where a shortest path passes the middle, again and again."""

    def __init__(self, old: Sequence[int], new: Sequence[int], budget: Budget) -> None:
        self._old, self._new, self._budget = old, new, budget
        self.removed, self.added = bytearray(len(old)), bytearray(len(new))
        size = len(old) + len(new) + 3
        self._cost = max(_root(size), _COST)
        # Diagonals run from -len(new) - 1 to len(old) + 1; negative ones wrap around the end.
        self._forward, self._backward = [0] * size, [0] * size

    def run(self) -> bool:
        """Whether it was done within the budget."""
        boxes = [(0, len(self._old), 0, len(self._new), False)]
        while boxes:
            old_start, old_end, new_start, new_end, is_minimal = boxes.pop()
            box = self._shrunk(old_start, old_end, new_start, new_end)
            old_start, old_end, new_start, new_end = box
            if old_start == old_end or new_start == new_end:
                self.removed[old_start:old_end] = b"\1" * (old_end - old_start)
                self.added[new_start:new_end] = b"\1" * (new_end - new_start)
                continue
            middle = self._middle(*box, is_minimal=is_minimal)
            if middle is None:
                return False
            i, j, low, high = middle
            boxes.append((old_start, i, new_start, j, low))
            boxes.append((i, old_end, j, new_end, high))
        return True

    def _shrunk(self, a: int, b: int, c: int, d: int) -> tuple[int, int, int, int]:
        old, new = self._old, self._new
        while a < b and c < d and old[a] == new[c]:
            a, c = a + 1, c + 1
        while a < b and c < d and old[b - 1] == new[d - 1]:
            b, d = b - 1, d - 1
        return a, b, c, d

    def _middle(  # noqa: C901, PLR0912 - two mirrored halves of one search, clearest side by side
        self, off1: int, lim1: int, off2: int, lim2: int, *, is_minimal: bool
    ) -> tuple[int, int, bool, bool] | None:
        """Where to split, and for both parts whether they must be searched to the end.

        None where the budget is spent.
        """
        old, new, ahead, back = self._old, self._new, self._forward, self._backward
        lowest, highest = off1 - lim2, lim1 - off2
        fmin = fmax = off1 - off2
        bmin = bmax = lim1 - lim2
        is_odd = (fmin - bmin) & 1
        ahead[fmin], back[bmin] = off1, lim1
        cost = walked = 0
        while True:
            cost += 1
            self._budget.left -= fmax - fmin + bmax - bmin + 4 + walked
            if self._budget.left < 0:
                return None
            walked = 0
            if fmin > lowest:
                fmin -= 1
                ahead[fmin - 1] = -1
            else:
                fmin += 1
            if fmax < highest:
                fmax += 1
                ahead[fmax + 1] = -1
            else:
                fmax -= 1
            for d in range(fmax, fmin - 1, -2):
                i = ahead[d - 1] + 1 if ahead[d - 1] >= ahead[d + 1] else ahead[d + 1]
                start, j = i, i - d
                while i < lim1 and j < lim2 and old[i] == new[j]:
                    i, j = i + 1, j + 1
                ahead[d] = i
                walked += i - start
                if is_odd and bmin <= d <= bmax and back[d] <= i:
                    return i, j, True, True
            if bmin > lowest:
                bmin -= 1
                back[bmin - 1] = _FAR
            else:
                bmin += 1
            if bmax < highest:
                bmax += 1
                back[bmax + 1] = _FAR
            else:
                bmax -= 1
            for d in range(bmax, bmin - 1, -2):
                i = back[d - 1] if back[d - 1] < back[d + 1] else back[d + 1] - 1
                start, j = i, i - d
                while i > off1 and j > off2 and old[i - 1] == new[j - 1]:
                    i, j = i - 1, j - 1
                back[d] = i
                walked += start - i
                if not is_odd and fmin <= d <= fmax and i <= ahead[d]:
                    return i, j, True, True
            if not is_minimal and cost >= self._cost:
                box = (off1, lim1, off2, lim2)
                return self._farthest(box, range(fmax, fmin - 1, -2), range(bmax, bmin - 1, -2))

    def _farthest(
        self, box: tuple[int, int, int, int], forward: range, backward: range
    ) -> tuple[int, int, bool, bool]:
        """The point farthest from its corner; the part behind it is searched to the end."""
        off1, lim1, off2, lim2 = box
        ahead = [(2 * i - d, i) for d in forward for i in [min(self._forward[d], lim1, lim2 + d)]]
        back = [(2 * i - d, i) for d in backward for i in [max(self._backward[d], off1, off2 + d)]]
        most, most_old = max(ahead, key=itemgetter(0))
        least, least_old = min(back, key=itemgetter(0))
        if lim1 + lim2 - least < most - off1 - off2:
            return most_old, most - most_old, True, False
        return least_old, least - least_old, False, True
