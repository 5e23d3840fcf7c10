"""Reshaping: versions of a table brought under one header, before their rows are merged."""

from collections.abc import Sequence

from contentvc.formats.records.columns import Shape
from contentvc.formats.records.delimited import Delimited, row_end, text_of
from contentvc.formats.records.dialect import Sheet, malformed
from contentvc.formats.records.differ import shape_between
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
    _check_dropped(base, other, shape)
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


def _check_dropped(base: Sheet, other: Sheet, shape: Shape) -> None:
    """Nothing that a side wrote may be lost with a column that the other one dropped."""
    columns = _delimited(base).columns
    kept = {old for old, _ in shape.common or ()}
    dropped = [place for place, name in enumerate(columns) if name not in kept]
    if not dropped:
        return
    known = set(base.raws)
    rows = [_delimited(base).cells(raw) for raw in base.raws]
    before = {tuple(row[place] for place in dropped) for row in rows}
    for raw in other.raws:
        if raw in known:
            continue
        cells = _delimited(other).cells(raw)
        written = tuple(cells[place] for place in dropped)
        if any(written) and written not in before:
            raise malformed("a cell was changed in a column that the other side dropped")
