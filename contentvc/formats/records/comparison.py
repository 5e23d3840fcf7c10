"""Comparison: the changes between the records of two versions that are at no shared place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from json import dumps
from typing import Final, NamedTuple

from xxhash import xxh3_128_digest

from contentvc import limits
from contentvc.formats.changes import (
    ItemChange,
    ItemKind,
    KeyChoice,
    RecordChange,
    RecordCounts,
)
from contentvc.formats.fields import value_changes
from contentvc.formats.items import Keyed, Value
from contentvc.formats.records.columns import Shape
from contentvc.formats.records.dialect import Dialect, Key
from contentvc.formats.records.pairing import Pairs, in_place, paired
from contentvc.formats.records.rest import Rest

__all__ = ["Compared", "Half", "compare"]

_TOLD: Final = 8 * limits.MIB
"""Bytes of differing records that are parsed once and kept; of more, each when it is asked for."""


@dataclass(frozen=True, slots=True)
class Half:
    """What is to be compared of one version."""

    dialect: Dialect
    rest: Rest
    keys: Sequence[Key | None]
    _values: dict[int, Value] = field(default_factory=dict)

    def value(self, number: int) -> Value:
        """What a record holds; parsed once where there are few."""
        if number in self._values:
            return self._values[number]
        value = self.dialect.value(self.rest.raw(number))
        if self.rest.size <= _TOLD:
            self._values[number] = value
        return value


class _Event(NamedTuple):
    """Something that happened to one record; -1 is no number."""

    kind: ItemKind
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class Compared:
    """The records that differ, in the order of the new version."""

    records: Sequence[RecordChange]
    counts: RecordCounts
    pairs: Pairs


def compare(
    old: Half,
    new: Half,
    choice: KeyChoice,
    shape: Shape,
    retyped: frozenset[str] = frozenset(),
    *,
    ordered: bool,
) -> Compared:
    """What became of each record.

    Args:
        old: one version.
        new: another.
        choice: what their keys are of.
        shape: how their columns belong together.
        retyped: columns in which a number of the same worth is no change.
        ordered: whether a record can move.
    """
    told = _Told(old, new, choice, shape, retyped)
    pairs = paired(old.keys, new.keys, told.contents)
    stays = in_place(pairs, old.rest.gaps, new.rest.gaps)
    changed = {j: count for i, j in pairs if (count := len(told.fields(i, j)))}
    told.events = list(_events(old.rest, new.rest, pairs, stays, changed, ordered=ordered))
    kinds = [event.kind for event in told.events]
    counts = RecordCounts(
        added=kinds.count(ItemKind.ADDED),
        deleted=kinds.count(ItemKind.DELETED),
        changed=kinds.count(ItemKind.CHANGED),
        moved=kinds.count(ItemKind.MOVED),
        fields=sum(changed.values()),
    )
    records: Sequence[RecordChange] = told
    if old.rest.size + new.rest.size <= _TOLD:
        records = tuple(told)
    return Compared(records, counts, pairs)


class _Told(Sequence[RecordChange]):
    """The changes, each made from the bytes of its record when it is asked for."""

    def __init__(
        self, old: Half, new: Half, choice: KeyChoice, shape: Shape, retyped: frozenset[str]
    ) -> None:
        self._old, self._new = old, new
        self._choice, self._shape, self._retyped = choice, shape, retyped
        self.events: list[_Event] = []
        self._is_small = old.rest.size + new.rest.size <= _TOLD
        self._fields: dict[tuple[int, int], tuple[ItemChange, ...]] = {}

    def __len__(self) -> int:
        return len(self.events)

    def __getitem__(self, place):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204
        if isinstance(place, slice):
            return [self._change(event) for event in self.events[place]]
        return self._change(self.events[place])

    def __iter__(self) -> Iterator[RecordChange]:
        return map(self._change, self.events)

    def fields(self, i: int, j: int) -> tuple[ItemChange, ...]:
        """What differs within a record that both versions have; of little, found once."""
        known = self._fields.get((i, j))
        if known is None:
            known = self._compared(i, j)
            if self._is_small:
                self._fields[i, j] = known
        return known

    def _compared(self, i: int, j: int) -> tuple[ItemChange, ...]:
        if self._shape.common is None and self._old.rest.raw(i) == self._new.rest.raw(j):
            return ()
        before = self._shape.old_view(self._old.value(i))
        after = self._shape.new_view(self._new.value(j))
        found = value_changes(before, after)
        return tuple([one for one in found if not self._is_retyped(one)])

    def contents(self) -> tuple[list[bytes], list[bytes]]:
        """Fingerprints of what records hold, of both versions.

        Records that have the same are compared by `fields` like any pair, so none is believed.
        """
        old, new = self._old, self._new
        return (
            [_content(self._shape.old_view(old.value(i))) for i in range(len(old.rest))],
            [_content(self._shape.new_view(new.value(j))) for j in range(len(new.rest))],
        )

    def _is_retyped(self, change: ItemChange) -> bool:
        if change.kind is not ItemKind.CHANGED or change.path[0] not in self._retyped:
            return False
        return _worth(change.old) == _worth(change.new)

    def _change(self, event: _Event) -> RecordChange:
        kind, i, j = event
        key = self._key(i, j)
        old_line = self._old.rest.lines[i] if i >= 0 else None
        new_line = self._new.rest.lines[j] if j >= 0 else None
        change = RecordChange(kind, key, old_line, new_line)
        if i >= 0:
            change = change._replace(old=self._old.value(i), old_raw=self._old.rest.raw(i))
        if j >= 0:
            change = change._replace(new=self._new.value(j), new_raw=self._new.rest.raw(j))
        if kind is ItemKind.CHANGED:
            return change._replace(fields=self.fields(i, j))
        return change._replace(place=self._new.rest.places[j] if j >= 0 else None)

    def _key(self, i: int, j: int) -> Keyed | None:
        key = self._new.keys[j] if j >= 0 else self._old.keys[i]
        return None if key is None else Keyed(self._choice.fields, key)


def _events(
    old: Rest,
    new: Rest,
    pairs: Pairs,
    stays: bytearray,
    changed: dict[int, int],
    *,
    ordered: bool,
) -> Iterator[_Event]:
    """In the order of the new version; what was deleted comes before what came after it."""
    gone = [i for i in range(len(old)) if not pairs.is_kept[i]]
    done = 0
    for j in range(len(new)):
        i = pairs.old_of[j]
        while done < len(gone) and (
            old.gaps[gone[done]] < new.gaps[j] or (stays[j] and gone[done] < i)
        ):
            yield _Event(ItemKind.DELETED, gone[done], -1)
            done += 1
        if i < 0:
            yield _Event(ItemKind.ADDED, -1, j)
        elif ordered and not stays[j]:
            yield _Event(ItemKind.MOVED, i, j)
        if j in changed:
            yield _Event(ItemKind.CHANGED, i, j)
    for i in gone[done:]:
        yield _Event(ItemKind.DELETED, i, -1)


def _content(value: Value) -> bytes:
    return xxh3_128_digest(dumps(value, sort_keys=True, default=repr).encode())


def _worth(cell: Value) -> object:
    try:
        return float(cell)  # type: ignore[arg-type]  # what is no number is caught
    except (TypeError, ValueError):
        return cell
