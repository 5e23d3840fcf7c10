"""Differ: the changes between two versions of a file of records."""

from collections.abc import Iterable, Iterator, Sequence

from contentvc.formats.changes import (
    ColumnChange,
    ColumnKind,
    RecordChanges,
)
from contentvc.formats.items import Value
from contentvc.formats.records.columns import SAME, Rows, Shape, shape_of, type_of
from contentvc.formats.records.comparison import Compared, Half, compare
from contentvc.formats.records.delimited import Delimited
from contentvc.formats.records.dialect import Dialect, Key, Sheet
from contentvc.formats.records.keys import choose_key, duplicates
from contentvc.formats.records.pairing import aligned
from contentvc.formats.records.rest import Rest
from contentvc.formats.records.sheets import keys_of
from contentvc.formats.rules import Rules
from contentvc.formats.source import source_of

__all__ = ["diff_sheets", "fields_of", "is_alike", "is_ordered", "shape_between"]


def diff_sheets(old: Sheet, new: Sheet, rules: Rules) -> RecordChanges:
    """What turns one version into another, both whole in memory.

    Raises:
        Unfit: a record is malformed.
    """
    shape = shape_between(old, new, rules)
    choice, keys = choose_key(
        rules.key,
        _names(old, new, shape),
        [
            lambda fields: keys_of(old, shape.old_fields(fields)),
            lambda fields: keys_of(new, fields),
        ],
    )
    old_keys, new_keys = keys or ([None] * len(old.raws), [None] * len(new.raws))
    before, after = _halves(old, new, old_keys, new_keys, shape)
    compared = compare(before, after, choice, shape, ordered=is_ordered(rules))
    retyped = _retyped((old, new), (before, after), compared, shape)
    if retyped:
        told = frozenset(change.new or "" for change in retyped)
        compared = compare(before, after, choice, shape, told, ordered=is_ordered(rules))
    doubled = (
        *duplicates(choice, old_keys, "old", old.line_of),
        *duplicates(choice, new_keys, "new", new.line_of),
    )
    columns = _filled((*shape.changes, *retyped), new)
    return RecordChanges(choice, columns, compared.records, compared.counts, doubled)


def is_ordered(rules: Rules) -> bool:
    """Whether the order of records means anything."""
    return "*" not in rules.unordered


def fields_of(sheet: Sheet) -> Sequence[str]:
    """The names of a version's columns, or of its first record's fields."""
    if sheet.dialect.columns is not None:
        return sheet.dialect.columns
    first = sheet.dialect.value(sheet.raws[0]) if sheet.raws else None
    return list(first) if isinstance(first, dict) else []


def shape_between(old: Sheet, new: Sheet, rules: Rules) -> Shape:
    """How their columns belong together; records that have none are compared as they are."""
    before, after = old.dialect, new.dialect
    if before.columns is None or after.columns is None or is_alike(before, after):
        return SAME
    return shape_of(before.columns, after.columns, lambda: _matched(old, new, rules))


def is_alike(old: Dialect, new: Dialect) -> bool:
    """Whether the rows of two versions can be compared as they stand."""
    signs = {one.delimiter for one in (old, new) if isinstance(one, Delimited)}
    return old.columns == new.columns and len(signs) < 2


def _matched(old: Sheet, new: Sheet, rules: Rules) -> tuple[Rows, Rows]:
    """Records that belong together: by a key under the same name, else by their place."""
    names = [name for name in fields_of(new) if name in fields_of(old)]
    declared = rules.key if set(rules.key) <= set(names) else ()
    choice, keys = choose_key(
        declared, names, [lambda one: keys_of(old, one), lambda one: keys_of(new, one)]
    )
    if choice.fields:
        places = {key: place for place, key in enumerate(keys[0]) if key is not None}
        pairs = [(places[key], j) for j, key in enumerate(keys[1]) if key in places]
    else:
        pairs = [(place, place) for place in range(min(len(old.raws), len(new.raws)))]
    chosen = pairs[:: max(1, len(pairs) // 2000)]
    return [_row(old, i) for i, _ in chosen], [_row(new, j) for _, j in chosen]


def _row(sheet: Sheet, place: int) -> dict[str, Value]:
    value = sheet.dialect.value(sheet.raws[place])
    return value if isinstance(value, dict) else {}


def _names(old: Sheet, new: Sheet, shape: Shape) -> Sequence[str]:
    """Fields by which both versions may be matched."""
    if shape.common is not None and old.raws and new.raws:
        return [name for _, name in shape.common]
    return fields_of(new) or fields_of(old)


def _halves(
    old: Sheet,
    new: Sheet,
    old_keys: Sequence[Key | None],
    new_keys: Sequence[Key | None],
    shape: Shape,
) -> tuple[Half, Half]:
    """The records at no shared place."""
    runs = aligned(_items(old, 0, shape), _items(new, 1, shape))
    before = [(run.old, run.old + run.length) for run in runs]
    after = [(run.new, run.new + run.length) for run in runs]
    return _half(old, old_keys, before), _half(new, new_keys, after)


def _items(sheet: Sheet, side: int, shape: Shape) -> Sequence[bytes]:
    """What records are aligned by: their bytes, or their cells in the columns of both."""
    if shape.common is None or not isinstance(sheet.dialect, Delimited):
        return sheet.raws
    columns = sheet.dialect.columns
    chosen = [columns.index(pair[side]) for pair in shape.common]
    cells = map(sheet.dialect.cells, sheet.raws)
    return [b"\n".join([row[place] for place in chosen]) for row in cells]


def _half(sheet: Sheet, keys: Sequence[Key | None], shared: Iterable[tuple[int, int]]) -> Half:
    rest = Rest(source_of(b""), sheet.newline)
    chosen: list[int] = []
    done = 0
    for gap, (start, end) in enumerate([*shared, (len(sheet.raws), 0)]):
        for place in range(done, start):
            rest.add(sheet.raws[place], 0, gap, place, None)
            chosen.append(place)
        done = end
    rest.lines[:] = sheet.line_of(chosen)
    return Half(sheet.dialect, rest, [keys[place] for place in chosen])


def _retyped(
    sheets: tuple[Sheet, Sheet], halves: tuple[Half, Half], compared: Compared, shape: Shape
) -> tuple[ColumnChange, ...]:
    """Columns whose cells look like another type in every record, told once for all of them."""
    old, new = halves
    columns = sheets[1].dialect.columns
    if columns is None or 2 * compared.counts.changed < len(sheets[1].raws):
        return ()
    pairs = list(compared.pairs)
    rows = _rows(old, [i for i, _ in pairs]), _rows(new, [j for _, j in pairs])
    shared = set(range(len(sheets[1].raws))).difference(new.rest.places)
    still = [_row(sheets[1], place) for place in shared]
    names = shape.common or tuple(zip(columns, columns, strict=True))
    found = _types(names, *rows)
    return tuple([one for one in found if not any(row[one.new or ""] for row in still)])


def _rows(half: Half, numbers: Iterable[int]) -> list[dict[str, Value]]:
    values = map(half.value, numbers)
    return [value for value in values if isinstance(value, dict)]


def _types(
    names: Iterable[tuple[str, str]],
    old: Sequence[dict[str, Value]],
    new: Sequence[dict[str, Value]],
) -> Iterator[ColumnChange]:
    for before, after in names:
        texts = [[str(row[name]) for row in rows] for name, rows in ((before, old), (after, new))]
        if any(one == other and one for one, other in zip(*texts, strict=True)):
            continue
        types = [type_of(cells) for cells in texts]
        if types[0] != types[1] and "text" not in types:
            yield ColumnChange(ColumnKind.RETYPED, before, after, types[0], types[1])


def _filled(columns: Iterable[ColumnChange], new: Sheet) -> tuple[ColumnChange, ...]:
    """The changes with what `apply` needs of them."""
    return tuple([_with_cells(column, new) for column in columns])


def _with_cells(column: ColumnChange, new: Sheet) -> ColumnChange:
    if column.kind not in {ColumnKind.ADDED, ColumnKind.RETYPED}:
        return column
    place = (new.dialect.columns or ()).index(column.new or "")
    if not isinstance(new.dialect, Delimited):
        return column
    return column._replace(cells=tuple([new.dialect.texts(raw)[place] for raw in new.raws]))
