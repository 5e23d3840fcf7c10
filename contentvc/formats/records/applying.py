"""Applying: the changes between two versions of a file of records, made in another one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from contentvc.errors import Conflict
from contentvc.formats.changes import (
    ColumnChange,
    ColumnKind,
    ItemChange,
    ItemKind,
    RecordChange,
    RecordChanges,
)
from contentvc.formats.fields import is_same
from contentvc.formats.items import Piece, Value, item_name
from contentvc.formats.records.columns import Shape
from contentvc.formats.records.delimited import Delimited
from contentvc.formats.records.dialect import Key, Sheet, malformed
from contentvc.formats.records.editing import record_text, with_field
from contentvc.formats.records.items import below
from contentvc.formats.records.reshaping import reshaped
from contentvc.formats.records.sheets import keys_of

__all__ = ["apply_records"]


def apply_records(sheet: Sheet, changes: RecordChanges) -> Sheet:
    """The sheet with the changes made: columns first, then records.

    Raises:
        Conflict: a record or a field is not as the changes expect it (``does-not-fit``).
        Unfit: the sheet cannot hold what they put in.
    """
    shaped = _with_columns(sheet, changes.columns) if changes.columns else sheet
    return _with_cells(_Application(sheet, shaped, changes).applied(), changes.columns)


class _Application:
    """Which record of the sheet each change is about."""

    def __init__(self, before: Sheet, sheet: Sheet, changes: RecordChanges) -> None:
        self._before, self._sheet, self._changes = before, sheet, changes
        self._raws: list[bytes | None] = list(sheet.raws)
        self._places: dict[Key | None, list[int]] = {}
        names = {one.new: one.old for one in changes.columns if one.kind is ColumnKind.RENAMED}
        fields = tuple([names.get(name) or name for name in changes.key.fields])
        keys = keys_of(before, fields) if fields else [None] * len(before.raws)
        for place in range(len(keys) - 1, -1, -1):
            self._places.setdefault(keys[place], []).append(place)
        self._lines = before.line_of(range(len(before.raws)))
        self._put_in: list[tuple[int | None, int | None, bytes]] = []

    def applied(self) -> Sheet:
        """All of them made."""
        moved: dict[object, int] = {}
        for change in self._changes.records:
            if change.kind is ItemKind.DELETED:
                self._raws[self._place(change)] = None
            elif change.kind is ItemKind.ADDED:
                piece = Piece(change.new, change.new_raw or None)
                self._insert(change, record_text(self._sheet, piece))
            elif change.kind is ItemKind.CHANGED:
                self._edit(change, moved)
            else:
                self._move(change, moved)
        self._check_added()
        is_closed = self._sheet.is_closed or not self._sheet.raws
        return replace(self._sheet, raws=self._woven(), is_closed=is_closed)

    def _edit(self, change: RecordChange, moved: Mapping[object, int]) -> None:
        if change.key in moved:
            number = moved[change.key]
            place, line, raw = self._put_in[number]
            self._put_in[number] = (place, line, self._edited(raw, change))
            return
        at = self._place(change)
        self._raws[at] = self._edited(self._raw(at), change)

    def _edited(self, raw: bytes, change: RecordChange) -> bytes:
        """One record with its fields changed, written as in the new version where that fits."""
        if raw == change.old_raw and change.new_raw and not self._changes.columns:
            return record_text(self._sheet, Piece(change.new, change.new_raw), raw)
        for one in change.fields:
            raw = _with_change(self._sheet, raw, one, change)
        return raw

    def _move(self, change: RecordChange, moved: dict[object, int]) -> None:
        at = self._place(change)
        moved[change.key] = len(self._put_in)
        self._insert(change, self._raw(at))
        self._raws[at] = None

    def _insert(self, change: RecordChange, raw: bytes) -> None:
        self._put_in.append((change.place, change.new_line, raw))

    def _raw(self, place: int) -> bytes:
        raw = self._raws[place]
        if raw is None:
            raise malformed("a record is changed after it is gone")
        return raw

    def _place(self, change: RecordChange) -> int:
        """Where the record is that a change is about.

        Of several with the same key, or without any, it is the one that holds the same.
        """
        key = None if change.key is None else change.key.values
        found = self._places.get(key, [])
        if key is not None and len(found) == 1 and change.kind is not ItemKind.DELETED:
            return found[0]
        alike = [at for at in reversed(found) if self._holds(at, change.old)]
        for at in [*(at for at in alike if self._lines[at] == change.old_line), *alike]:
            found.remove(at)
            return at
        name = "a record" if change.key is None else item_name((change.key,))
        raise Conflict("does-not-fit", f"{name} is not there as it is expected")

    def _holds(self, place: int, expected: Value) -> bool:
        value = self._before.dialect.value(self._before.raws[place])
        return self._raws[place] is not None and is_same(value, expected)

    def _check_added(self) -> None:
        """A record that comes has a key that no other has, unless the changes know of that."""
        known = {one.key.values for one in self._changes.duplicates}
        for change in self._changes.records:
            if change.kind is not ItemKind.ADDED or change.key is None:
                continue
            key = change.key.values
            still = [at for at in self._places.get(key, []) if self._raws[at] is not None]
            if still and key not in known:
                raise Conflict("does-not-fit", f"{item_name((change.key,))} is there already")

    def _woven(self) -> list[bytes]:
        """Records in order, with what came put where it stands in the new version."""
        kept = [raw for raw in self._raws if raw is not None]
        coming = sorted(self._put_in, key=_wanted)
        line = 1 + self._sheet.head.count(b"\n")
        raws: list[bytes] = []
        done = 0
        for place, new_line, raw in coming:
            while done < len(kept) and not _is_due(place, new_line, len(raws), line):
                raws.append(kept[done])
                line += kept[done].count(b"\n")
                done += 1
            raws.append(raw)
            line += raw.count(b"\n")
        return raws + kept[done:]


def _wanted(coming: tuple[int | None, int | None, bytes]) -> tuple[int, int]:
    """By place, by line; what has neither comes last."""
    place, line, _ = coming
    if place is not None:
        return (0, place)
    return (1, 0) if line is None else (0, line)


def _is_due(place: int | None, new_line: int | None, count: int, line: int) -> bool:
    if place is not None:
        return place <= count
    return new_line is not None and new_line <= line


def _with_change(sheet: Sheet, raw: bytes, one: ItemChange, change: RecordChange) -> bytes:
    found = below(sheet.dialect.value(raw), one.path)
    fits = found is None if one.kind is ItemKind.ADDED else found is not None
    if not fits or (found is not None and not is_same(found[0], one.old)):
        name = item_name((*([] if change.key is None else [change.key]), *one.path))
        raise Conflict("does-not-fit", f"{name} is not as it is expected")
    piece = None if one.kind is ItemKind.DELETED else Piece(one.new)
    if not one.path:
        return record_text(sheet, Piece(one.new), raw)
    return with_field(sheet.dialect, raw, one.path, piece)


def _with_columns(sheet: Sheet, changes: Sequence[ColumnChange]) -> Sheet:
    """Under the new header; cells of new columns are empty so far."""
    if not isinstance(sheet.dialect, Delimited):
        raise malformed("records without columns cannot get any")
    renamed = {one.old: one.new for one in changes if one.kind is ColumnKind.RENAMED}
    gone = {one.old for one in changes if one.kind is ColumnKind.DELETED}
    moved = {one.old for one in changes if one.kind is ColumnKind.MOVED}
    columns = sheet.dialect.columns
    lacking = {one.old for one in changes if one.old is not None} - set(columns)
    if lacking:
        raise Conflict("does-not-fit", f"there is no column {min(map(str, lacking))}")
    kept = [(renamed.get(name, name) or "", name) for name in columns if name not in gone]
    names = [new for new, old in kept if old not in moved]
    for one in sorted(changes, key=lambda change: change.place or 0):
        if one.kind in {ColumnKind.ADDED, ColumnKind.MOVED} and one.new is not None:
            names.insert(len(names) if one.place is None else one.place, one.new)
    like = _headed(sheet, sheet.dialect, tuple(names))
    common = tuple((old, new) for new, old in kept)
    return reshaped(sheet, like, Shape(common=common))


def _headed(sheet: Sheet, dialect: Delimited, names: tuple[str, ...]) -> Sheet:
    """No records, under a header of these names."""
    if len(set(names)) < len(names):
        raise Conflict("does-not-fit", "a column that is to be added is there already")
    mark = sheet.head[: len(sheet.head) - len(sheet.head.lstrip(b"\xef\xbb\xbf"))]
    row = dialect.delimiter.join([dialect.cell(name) for name in names]) if names else b""
    head = mark + row + sheet.newline if names else mark
    return Sheet(Delimited(dialect.delimiter, names), head, [], sheet.newline, sheet.is_closed)


def _with_cells(sheet: Sheet, changes: Sequence[ColumnChange]) -> Sheet:
    """What new columns hold in each record, where that was kept."""
    dialect = sheet.dialect
    filled = [one for one in changes if one.cells and one.new is not None]
    if not filled or not isinstance(dialect, Delimited):
        return sheet
    raws = list(sheet.raws)
    for column in filled:
        if len(column.cells) != len(raws):
            raise Conflict("does-not-fit", f"column {column.new} is of another number of records")
        path = (column.new or "",)
        for place, value in enumerate(column.cells):
            if below(dialect.value(raws[place]), path) != (value,):
                raws[place] = with_field(dialect, raws[place], path, Piece(value))
    return replace(sheet, raws=raws)
