"""Walking: records that were edited in place, found without looking at each of the others."""

from collections.abc import Sequence
from typing import Final, NamedTuple

__all__ = ["Edit", "edits_in_place"]

_IN_A_ROW: Final = 8
"""Records in a row that differ, after which the versions count as out of step."""
_FIRST_STEP: Final = 256


class Edit(NamedTuple):
    """A line of the old stretch and what stands in its place in the new one."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def edits_in_place(old: bytes, new: bytes) -> Sequence[Edit] | None:
    """The lines that differ where both stretches go line by line, at the speed of comparing bytes.

    None where they do not: lines came or went, are blank, or the last one is not closed.
    """
    edits: list[Edit] = []
    i = j = in_a_row = 0
    while True:
        same = _same_at(old, i, new, j)
        if i + same == len(old) and j + same == len(new):
            return edits
        start = old.rfind(b"\n", i, i + same) + 1 or i
        edit = Edit(
            start, old.find(b"\n", i + same) + 1, start - i + j, new.find(b"\n", j + same) + 1
        )
        in_a_row = in_a_row + 1 if start == i and edits else 0
        if in_a_row == _IN_A_ROW or not _is_sound(edit, old, new):
            return None
        edits.append(edit)
        i, j = edit.old_end, edit.new_end


def _is_sound(edit: Edit, old: bytes, new: bytes) -> bool:
    before, after = old[edit.old_start : edit.old_end], new[edit.new_start : edit.new_end]
    return bool(before.strip() and after.strip())


def _same_at(old: bytes, i: int, new: bytes, j: int) -> int:
    """Bytes that are equal from these places on."""
    most = min(len(old) - i, len(new) - j)
    same, step = 0, _FIRST_STEP
    while same < most and old[i + same : i + same + step] == new[j + same : j + same + step]:
        same, step = same + step, 2 * step
    while same < most and step:
        if old[i + same : i + same + step] == new[j + same : j + same + step]:
            same += step
        step //= 2
    return min(same, most)
