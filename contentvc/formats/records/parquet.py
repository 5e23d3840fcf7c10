"""Parquet: tables in columns, compared and merged by key through Arrow."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from contentvc import limits
from contentvc.formats.changes import Changes, ColumnChange, ColumnKind, RecordChanges
from contentvc.formats.contract import Favour, Labels, Merged
from contentvc.formats.items import Path, Piece, Value
from contentvc.formats.problems import Check, Problem, Unfit
from contentvc.formats.records.columns import Rows, Shape, shape_of
from contentvc.formats.records.comparison import Half, compare
from contentvc.formats.records.dialect import Key, malformed
from contentvc.formats.records.differ import is_ordered
from contentvc.formats.records.items import below, step_keys
from contentvc.formats.records.jsonl import canonical, json_text
from contentvc.formats.records.keys import choose_key, duplicates
from contentvc.formats.records.pairing import aligned
from contentvc.formats.records.rest import Rest
from contentvc.formats.rules import Rules
from contentvc.formats.source import NOTHING, Source, source_of

if TYPE_CHECKING:
    from contentvc.formats.records.arrow import Table

__all__ = ["ParquetRecords", "keys_by"]

_NEEDS = "Parquet files need pyarrow: pip install 'contentvc[parquet]'"


class ParquetRecords:
    """Records under typed columns. Without pyarrow no content of it can be read."""

    name = "parquet"

    def diff(self, old: Source, new: Source, rules: Rules) -> RecordChanges:
        """By key, then by column; columns have types.

        Raises:
            Unfit: a version cannot be read, or pyarrow is not installed.
        """
        return _diff(_table(old), _table(new), rules)

    def apply(self, old: bytes, changes: Changes, rules: Rules) -> bytes:
        """A Parquet file is written as a whole, by who has the values in their types."""
        raise malformed("changes of a Parquet file cannot be applied")

    def merge(
        self,
        base: bytes | None,
        ours: bytes,
        theirs: bytes,
        labels: Labels,
        favour: Favour | None,
        rules: Rules,
    ) -> Merged:
        """By key, then by column, where all versions have the same columns of the same types.

        Raises:
            Unfit: a version cannot be read, there is no key, or the columns differ.
        """
        if ours in (theirs, base):
            return Merged(theirs)
        if theirs == base:
            return Merged(ours)
        if base is None:
            raise malformed("two Parquet files without a common one are not merged")
        tables = [_table(source_of(content)) for content in (base, ours, theirs)]
        _require_arrow()
        from contentvc.formats.records.parquet_merge import merge_tables  # noqa: PLC0415 - pyarrow

        return merge_tables([table for table in tables if table is not None], favour, rules)

    def problems(
        self, path: bytes, content: Source, rules: Rules, check: Check | None
    ) -> Iterator[Problem]:
        """What cannot be read, and what breaks the key or the schema."""
        try:
            table = _table(content)
        except Unfit as unfit:
            yield unfit.problem
            return
        if table is None:
            return
        if rules.key:
            yield from _key_problems(keys_by(table, rules.key), rules)
        if check is not None:
            for value in table.values():
                for found, words in check(value):
                    yield Problem("schema", words, found or None)

    def find(self, content: Source, item: Path, rules: Rules) -> Piece | None:
        """A record, or a column of it.

        Raises:
            Unfit: it cannot be read.
        """
        table = _table(content)
        if table is None or not item:
            raise malformed("a file of records is no item")
        fields, meant = step_keys(item[0], partial(_fields, table, rules))
        keys = keys_by(table, fields)
        for place, key in enumerate(keys):
            if key in meant:
                found = below(table.row(place), item[1:])
                return None if found is None else Piece(found[0])
        return None

    def put(self, content: bytes, item: Path, piece: Piece | None, rules: Rules) -> bytes:
        """Values come without the types of the columns."""
        raise malformed("single items of a Parquet file cannot be set")


def keys_by(table: "Table", fields: tuple[str, ...]) -> list[Key | None]:
    """The keys of all records; None where one lacks a value."""
    if not fields or any(name not in table.types for name in fields):
        return [None] * table.rows
    columns = [[canonical(value) for value in table.column(name)] for name in fields]
    rows = zip(*columns, strict=True)
    return [None if None in row else row for row in rows]


def _fields(table: "Table", rules: Rules) -> tuple[str, ...]:
    choice, _ = choose_key(rules.key, list(table.types), [partial(keys_by, table)])
    return choice.fields


def _require_arrow() -> None:
    if find_spec("pyarrow") is None:
        raise malformed(_NEEDS)


def _table(source: Source) -> "Table | None":
    """The table of a version; None where there is no file."""
    if source is NOTHING or not source.size:
        return None
    if source.size > limits.PARQUET_BYTES:
        raise malformed(f"it is larger than {limits.PARQUET_BYTES >> 20} MiB")
    _require_arrow()
    from contentvc.formats.records.arrow import read_table  # noqa: PLC0415 - pyarrow

    return read_table(source.read())


class _Side(NamedTuple):
    """A version as `compare` takes it: its records are numbers, looked up in the table."""

    table: "Table | None"
    keys: Sequence[Key | None]

    @property
    def rows(self) -> int:
        return 0 if self.table is None else self.table.rows


class _Numbered:
    """A dialect whose records are the numbers of rows."""

    quote = None

    def __init__(self, table: "Table | None", places: Sequence[int]) -> None:
        self.columns = () if table is None else tuple(table.types)
        rows = [] if table is None else table.chosen(places)
        self._values = dict(zip(places, rows, strict=True))

    def value(self, raw: bytes) -> Value:
        return self._values[int.from_bytes(raw, "big")]

    def split(self, content: bytes) -> list[bytes]:
        return [content]

    def keys(self, raws: Sequence[bytes], fields: tuple[str, ...]) -> list[Key | None]:
        return [None] * len(raws)

    def written(self, value: Value) -> bytes:
        return json_text(value).encode()


def _diff(old: "Table | None", new: "Table | None", rules: Rules) -> RecordChanges:
    names, versions = _names(old, new), [one for one in (old, new) if one is not None]
    choice, found = choose_key(rules.key, names, [partial(keys_by, one) for one in versions])
    keys = iter(found or [[None] * one.rows for one in versions])
    before, after = (_Side(one, [] if one is None else next(keys)) for one in (old, new))
    shape, retyped = _shape(before, after)
    halves = _halves(before, after, shape, retyped)
    told = frozenset(change.new or "" for change in retyped)
    compared = compare(*halves, choice, shape, told, ordered=is_ordered(rules))
    records = [
        record._replace(old_raw=b"", new_raw=b"", old_line=None, new_line=None)
        for record in compared.records
    ]
    doubled = (
        *duplicates(choice, before.keys, "old", lambda _: ()),
        *duplicates(choice, after.keys, "new", lambda _: ()),
    )
    columns = (*_typed(shape.changes, old, new), *retyped)
    return RecordChanges(choice, columns, tuple(records), compared.counts, doubled)


def _names(old: "Table | None", new: "Table | None") -> list[str]:
    """Columns by which both versions may be matched."""
    if old is None or new is None:
        return [name for one in (old, new) if one is not None for name in one.types]
    return [name for name in new.types if name in old.types]


def _shape(old: _Side, new: _Side) -> tuple[Shape, tuple[ColumnChange, ...]]:
    before, after = (one.table.types if one.table else {} for one in (old, new))
    shape = shape_of(tuple(before), tuple(after), lambda: _matched(old, new))
    common = shape.common or ()
    retyped = [
        ColumnChange(ColumnKind.RETYPED, one, other, before[one], after[other])
        for one, other in common
        if before[one] != after[other]
    ]
    return shape, tuple(retyped)


def _matched(old: _Side, new: _Side) -> tuple[Rows, Rows]:
    pairs = _pairs(old, new)[:2000]
    if old.table is None or new.table is None:
        return [], []
    return old.table.chosen([i for i, _ in pairs]), new.table.chosen([j for _, j in pairs])


def _pairs(old: _Side, new: _Side) -> list[tuple[int, int]]:
    """Rows with the same key, which no other has."""
    places = {key: place for place, key in enumerate(old.keys) if key is not None}
    if len(places) < len(old.keys) or len(set(new.keys)) < len(new.keys):
        return []
    return [(places[key], j) for j, key in enumerate(new.keys) if key in places]


def _halves(
    old: _Side, new: _Side, shape: Shape, retyped: Sequence[ColumnChange]
) -> tuple[Half, Half]:
    """The rows at no shared place; those of one key are compared by column, in Arrow."""
    pairs = _pairs(old, new)
    same: list[tuple[int, int]] = []
    plain = all(one == other for one, other in shape.common or ()) and not retyped
    if old.table is not None and new.table is not None and plain:
        differing = set(
            old.table.differing(new.table, [i for i, _ in pairs], [j for _, j in pairs])
        )
        same = [pair for place, pair in enumerate(pairs) if place not in differing]
    left, right = (
        list(range(-1, -old.rows - 1, -1)),
        list(range(-old.rows - 1, -old.rows - 1 - new.rows, -1)),
    )
    for number, (i, j) in enumerate(same):
        left[i] = right[j] = number
    runs = aligned(left, right)
    return (
        _half(old, [(run.old, run.old + run.length) for run in runs]),
        _half(new, [(run.new, run.new + run.length) for run in runs]),
    )


def _half(side: _Side, shared: Sequence[tuple[int, int]]) -> Half:
    rest = Rest(source_of(b""), b"")
    places: list[int] = []
    done = 0
    for gap, (start, end) in enumerate([*shared, (side.rows, 0)]):
        for place in range(done, start):
            rest.add(place.to_bytes(8, "big"), 0, gap, place, None)
            places.append(place)
        done = end
    return Half(_Numbered(side.table, places), rest, [side.keys[place] for place in places])


def _typed(
    changes: Iterable[ColumnChange], old: "Table | None", new: "Table | None"
) -> Iterator[ColumnChange]:
    for change in changes:
        before = old.types.get(change.old or "") if old else None
        after = new.types.get(change.new or "") if new else None
        yield change._replace(old_type=before, new_type=after)


def _key_problems(keys: Sequence[Key | None], rules: Rules) -> Iterator[Problem]:
    names = ", ".join(rules.key)
    for place, key in enumerate(keys, 1):
        if key is None:
            yield Problem("missing-key", f"row {place:,} has no {names}")
    choice, _ = choose_key(rules.key, (), [])
    for duplicate in duplicates(choice, keys, "new", lambda places: [one + 1 for one in places]):
        rows = ", ".join(f"{row:,}" for row in duplicate.lines)
        yield Problem("duplicate-key", f"rows {rows} have the same {names}", (duplicate.key,))
