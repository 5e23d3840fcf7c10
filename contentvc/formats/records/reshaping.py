"""Reshaping: versions of a table brought under one header, before their rows are merged."""

from collections.abc import Iterator, Sequence
from functools import partial

from contentvc.formats.records.columns import Shape
from contentvc.formats.records.delimited import Delimited, row_end, text_of
from contentvc.formats.records.dialect import Sheet, malformed
from contentvc.formats.records.differ import shape_between
from contentvc.formats.records.keys import choose_key
from contentvc.formats.records.sheets import keys_of
from contentvc.formats.rules import Rules

__all__ = ["reshaped", "under_one_header"]


def under_one_header(sheets: Sequence[Sheet], rules: Rules) -> Sequence[Sheet]:
    """Base, ours and theirs with the columns of the side that changed them.

    Rows of the others get an empty cell in a column that is new.

    Raises:
        Unfit: both sides changed the columns, each in its way; or one deleted a column and the
            other changed a cell of it.
    """
    base, ours, theirs = sheets
    if all(_form(one) == _form(base) for one in sheets):
        return sheets
    if _form(ours) == _form(base):
        other, side = ours, theirs
    elif _form(theirs) in {_form(base), _form(ours)}:
        other, side = theirs, ours
    else:
        raise malformed("both sides changed the columns")
    if _form(ours) == _form(theirs):
        like = min(ours, theirs, key=lambda sheet: sheet.head)
        return [reshaped(base, like, shape_between(base, like, rules)), ours, theirs]
    shape = shape_between(base, side, rules)
    _check_dropped(base, other, shape, rules)
    before, between = (reshaped(one, side, shape) for one in (base, other))
    return [before, between, side] if other is ours else [before, side, between]


def reshaped(sheet: Sheet, like: Sheet, shape: Shape) -> Sheet:
    """A version with the columns of another; cells are written as they were."""
    old, new = _delimited(sheet), _delimited(like)
    sources = {name: old.columns.index(before) for before, name in shape.common or ()}
    chosen = [sources.get(name) for name in new.columns]
    raws: list[bytes] = []
    for raw in sheet.raws:
        cells = old.cells(raw)
        row = [b"" if place is None else cells[place] for place in chosen]
        if old.delimiter != new.delimiter:
            row = [new.cell(text_of(cell).decode()) for cell in row]
        if row == [b""]:
            row = [new.cell("")]
        raws.append(new.delimiter.join(row) + raw[row_end(raw) :])
    return Sheet(new, like.head, raws, sheet.newline, sheet.is_closed)


def _form(sheet: Sheet) -> tuple[bytes, tuple[str, ...]]:
    """What two versions have in common whose rows can be compared as they stand."""
    if not isinstance(sheet.dialect, Delimited):
        return (b"", ())
    return (sheet.dialect.delimiter, sheet.dialect.columns)


def _delimited(sheet: Sheet) -> Delimited:
    if isinstance(sheet.dialect, Delimited):
        return sheet.dialect
    raise malformed("records without columns have no header")


def _check_dropped(base: Sheet, other: Sheet, shape: Shape, rules: Rules) -> None:
    """Nothing that a side wrote may be lost with a column that the other one dropped."""
    names = _delimited(base).columns
    kept = {old for old, _ in shape.common or ()}
    dropped = [place for place, name in enumerate(names) if name not in kept]
    if not dropped:
        return
    _, keys = choose_key(rules.key, names, [partial(keys_of, one) for one in (base, other)])
    if not keys:
        raise malformed("a column was dropped, and no key tells which cells it had")
    known = set(zip(keys[0], _cells(base, dropped), strict=True))
    old_keys = set(keys[0])
    for key, cells in zip(keys[1], _cells(other, dropped), strict=True):
        if (any(cells) or key in old_keys) and (key, cells) not in known:
            raise malformed("a cell was changed in a column that the other side dropped")


def _cells(sheet: Sheet, places: Sequence[int]) -> Iterator[tuple[str, ...]]:
    texts = _delimited(sheet).texts
    for raw in sheet.raws:
        row = texts(raw)
        yield tuple(row[place] for place in places)
