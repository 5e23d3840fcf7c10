"""Field merge: three versions of one record, merged field by field in their own text."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from contentvc.formats.contract import Favour, ItemConflict
from contentvc.formats.fast_json import loads
from contentvc.formats.fields import is_same
from contentvc.formats.items import Path, item_name
from contentvc.formats.records.delimited import Delimited, row_end, text_of
from contentvc.formats.records.json_members import Frame, Member, is_object, object_text
from contentvc.formats.records.weaving import pick, woven

__all__ = ["Settled", "merge_lines", "merge_rows", "settle"]


@dataclass(slots=True)
class Settled:
    """How clashes are settled, and those that are left."""

    favour: Favour | None
    conflicts: list[ItemConflict] = field(default_factory=list)


class _Same(Protocol):
    def __call__(self, one: bytes, other: bytes) -> bool: ...


def settle(
    base: bytes | None, ours: bytes | None, theirs: bytes | None, path: Path, settled: Settled
) -> bytes | None:
    """One item that both sides changed, each in its way: the favoured side, else ours for now."""
    if settled.favour is None:
        settled.conflicts.append(ItemConflict(item_name(path), base, ours, theirs, path))
    return theirs if settled.favour is Favour.THEIRS else ours


def merge_lines(base: bytes, ours: bytes, theirs: bytes, path: Path, settled: Settled) -> bytes:
    """A line of JSON that both sides changed.

    Raises:
        Unfit: an object has a member twice.
    """
    return _merge_present(base, ours, theirs, path, settled)


def merge_rows(
    dialect: Delimited, versions: Sequence[bytes], path: Path, settled: Settled
) -> bytes:
    """A row that both sides changed, given base, ours and theirs under the same columns."""
    rows = [dialect.cells(raw) for raw in versions]
    ends = [raw[row_end(raw) :] for raw in versions]
    cells: list[bytes] = []
    for name, base, ours, theirs in zip(dialect.columns, *rows, strict=True):
        merged = _pick_value(base, ours, theirs, _same_text)
        if merged is None:
            merged = settle(base, ours, theirs, (*path, name), settled)
        cells.append(merged or b"")
    return dialect.delimiter.join(cells) + _pick_blanks(ends[0], ends[1], ends[2])


def _merge_values(
    base: bytes | None, ours: bytes | None, theirs: bytes | None, path: Path, settled: Settled
) -> bytes | None:
    """One value, with None where a side does not have it."""
    if ours is None or theirs is None:
        left = theirs if ours is None else ours
        if base is None or left is None:
            return left
        return None if _same_value(left, base) else settle(base, ours, theirs, path, settled)
    if base is not None:
        return _merge_present(base, ours, theirs, path, settled)
    return (
        min(ours, theirs)
        if _same_value(ours, theirs)
        else settle(base, ours, theirs, path, settled)
    )


def _merge_present(base: bytes, ours: bytes, theirs: bytes, path: Path, settled: Settled) -> bytes:
    merged = _pick_value(base, ours, theirs, _same_value)
    if merged is not None:
        return merged
    if is_object(base) and is_object(ours) and is_object(theirs):
        return _merge_objects(base, ours, theirs, path, settled)
    return settle(base, ours, theirs, path, settled) or ours


def _merge_objects(base: bytes, ours: bytes, theirs: bytes, path: Path, settled: Settled) -> bytes:
    versions = [object_text(text) for text in (base, ours, theirs)]
    members = [{one.name: one for one in version.members} for version in versions]
    merged: list[Member] = []
    for name in woven(list(members[0]), list(members[1]), list(members[2]), str):
        found = [version.get(name) for version in members]
        values = [None if one is None else one.value for one in found]
        value = _merge_values(values[0], values[1], values[2], (*path, name), settled)
        if value is not None:
            merged.append(_written([one for one in found if one is not None], found, value))
    frame = Frame(*map(_pick_blanks, *(version.frame for version in versions)))
    return replace(versions[0], frame=frame, members=tuple(merged)).text


def _written(present: Sequence[Member], found: Sequence[Member | None], value: bytes) -> Member:
    """A member with what is written around its value, as the side that changed that has it."""
    base = found[0] or present[0]
    ours, theirs = (one or base for one in found[1:])
    return Member(
        base.name,
        _pick_blanks(base.label, ours.label, theirs.label),
        value,
        _pick_known(base.before, ours.before, theirs.before),
        _pick_known(base.after, ours.after, theirs.after),
    )


def _pick_value(base: bytes, ours: bytes, theirs: bytes, same: _Same) -> bytes | None:
    """The text that changed; by what it means, where only one side changed that."""
    picked = pick(base, ours, theirs)
    if picked is not None:
        return picked
    if same(ours, theirs):
        return min(ours, theirs)
    if same(ours, base):
        return theirs
    return ours if same(theirs, base) else None


def _pick_blanks(base: bytes, ours: bytes, theirs: bytes) -> bytes:
    picked = pick(base, ours, theirs)
    return min(ours, theirs) if picked is None else picked


def _pick_known(base: bytes | None, ours: bytes | None, theirs: bytes | None) -> bytes | None:
    """Blanks that only a member with neighbours has."""
    known = [one for one in (base, ours, theirs) if one is not None]
    if not known:
        return None
    least = min(known)
    return _pick_blanks(*(least if one is None else one for one in (base, ours, theirs)))


def _same_value(one: bytes, other: bytes) -> bool:
    return one == other or is_same(loads(one), loads(other))


def _same_text(one: bytes, other: bytes) -> bool:
    return text_of(one) == text_of(other)
