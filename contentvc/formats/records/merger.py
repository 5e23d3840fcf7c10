"""Merger: three versions of a file of records, merged by key, then by field."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from contentvc import limits
from contentvc.formats.contract import Favour, Merged
from contentvc.formats.fields import is_same
from contentvc.formats.items import Keyed
from contentvc.formats.problems import Unfit
from contentvc.formats.records.delimited import Delimited
from contentvc.formats.records.dialect import Key, Sheet, closed_as, malformed
from contentvc.formats.records.differ import fields_of, is_ordered
from contentvc.formats.records.field_merge import Settled, merge_lines, merge_rows, settle
from contentvc.formats.records.keys import choose_key
from contentvc.formats.records.reshaping import under_one_header
from contentvc.formats.records.sheets import Opener, keys_of, open_sheet
from contentvc.formats.records.weaving import both_moved, key_rank, pick, woven
from contentvc.formats.rules import Rules

__all__ = ["merge_records"]


class _Twin(NamedTuple):
    """One of the records that share a key, or have none; told apart by their bytes."""

    key: Key | None
    raw: bytes
    number: int
    """Which of those with the same bytes, from 1."""


Id = Key | _Twin
"""What a record is known by within a merge."""


def merge_records(
    base: bytes | None,
    ours: bytes,
    theirs: bytes,
    favour: Favour | None,
    rules: Rules,
    opener: Opener,
) -> Merged:
    """The records that have what both sides did to the base.

    Raises:
        Unfit: a version is malformed; there is no key; both sides changed records that share a
            key, or the order, or the columns, in different ways.
    """
    if ours in (theirs, base):
        return Merged(theirs)
    if theirs == base:
        return Merged(ours)
    if max(len(ours), len(theirs), len(base or b"")) > limits.MERGE_RECORDS:
        raise malformed("it is too large to be merged by record")
    sheets = [open_sheet(content, opener) for content in (base or b"", ours, theirs)]
    if sheets[0].dialect.columns == ():
        head = min(sheets[1].head, sheets[2].head)
        sheets[0] = Sheet(sheets[1].dialect, head, [], sheets[1].newline, is_closed=True)
    return _Merge(under_one_header(sheets, rules), favour, rules).merged()


@dataclass(frozen=True, slots=True)
class _Versions:
    """The records of the three by their ids, each in order."""

    base: Mapping[Id, bytes]
    ours: Mapping[Id, bytes]
    theirs: Mapping[Id, bytes]


class _Merge:
    """One merge; all three versions have the same columns."""

    def __init__(self, sheets: Sequence[Sheet], favour: Favour | None, rules: Rules) -> None:
        self._sheets = sheets
        self._settled = Settled(favour)
        self._rules = rules
        self._fields, keys = _keys(sheets, rules)
        shared = _shared_keys(keys)
        _check_shared(shared, sheets, keys)
        named = [
            _by_id(sheet.raws, of_sheet, shared)
            for sheet, of_sheet in zip(sheets, keys, strict=True)
        ]
        self._versions = _Versions(named[0], named[1], named[2])

    def merged(self) -> Merged:
        """The bytes; every record in them ends with its line."""
        base, ours, theirs = self._sheets
        head = pick(base.head, ours.head, theirs.head)
        is_closed = pick(base.is_closed, ours.is_closed, theirs.is_closed)
        if head is None:
            raise malformed("both sides changed the header")
        content = head + b"".join(self._raws())
        if not is_closed:
            newline = b"\r\n" if content.endswith(b"\r\n") else b"\n"
            content = closed_as(content, newline, is_closed=False)
        return Merged(content, tuple(self._settled.conflicts))

    def _raws(self) -> list[bytes]:
        """The records; most are the same in all versions, and looked up at once."""
        base, ours, theirs = (
            version.get
            for version in (self._versions.base, self._versions.ours, self._versions.theirs)
        )
        raws: list[bytes] = []
        for one in self._order():
            raw = ours(one)
            if raw != theirs(one):
                raw = self._raw(one, base(one), raw, theirs(one))
            if raw is not None:
                raws.append(raw)
        return raws

    def _order(self) -> list[Id]:
        base, ours, theirs = (
            list(one) for one in (self._versions.base, self._versions.ours, self._versions.theirs)
        )
        if is_ordered(self._rules) and both_moved(base, ours, theirs):
            raise malformed("both sides moved records")
        return woven(base, ours, theirs, _rank)

    def _raw(
        self, one: Id, base: bytes | None, ours: bytes | None, theirs: bytes | None
    ) -> bytes | None:
        """A record that differs between the sides; None where it is not in the merge."""
        if theirs == base:
            return ours
        if ours == base:
            return theirs
        key = one.key if isinstance(one, _Twin) else one
        path = (Keyed(self._fields, key or ()),)
        if base is None or ours is None or theirs is None:
            return self._settle_whole(base, ours, theirs, path)
        dialect = self._sheets[0].dialect
        if isinstance(dialect, Delimited):
            raw = merge_rows(dialect, (base, ours, theirs), path, self._settled)
        else:
            raw = merge_lines(base, ours, theirs, path, self._settled)
        if dialect.split(raw) != [raw] or dialect.keys([raw], self._fields) != [key]:
            raise malformed("what would be merged is no such record")
        return raw

    def _settle_whole(
        self, base: bytes | None, ours: bytes | None, theirs: bytes | None, path: tuple[Keyed]
    ) -> bytes | None:
        """A record that one side deleted and the other edited, or that both added.

        Where only the writing differs, nobody has to decide.
        """
        value = self._sheets[0].dialect.value
        held = [raw for raw in (base, ours, theirs) if raw is not None]
        if len(held) == 2 and is_same(value(held[0]), value(held[1])):
            return min(held) if base is None else None
        return settle(base, ours, theirs, path, self._settled)


def _keys(
    sheets: Sequence[Sheet], rules: Rules
) -> tuple[tuple[str, ...], list[Sequence[Key | None]]]:
    names = next((names for sheet in sheets if (names := fields_of(sheet))), ())
    read = _reader()
    choice, keys = choose_key(rules.key, names, [partial(read, sheet) for sheet in sheets])
    if not choice.fields:
        raise malformed("records without a key are merged as lines")
    return choice.fields, keys


def _shared_keys(versions: Sequence[Sequence[Key | None]]) -> frozenset[Key | None]:
    """Keys that do not name one record in each version, and none."""
    shared: set[Key | None] = {None}
    for keys in versions:
        if len(set(keys)) < len(keys):
            shared.update(key for key, count in Counter(keys).items() if count > 1)
    return frozenset(shared)


def _check_shared(
    shared: frozenset[Key | None],
    sheets: Sequence[Sheet],
    versions: Sequence[Sequence[Key | None]],
) -> None:
    """Of records that share a key, nobody can tell which both sides mean."""
    groups: list[dict[Key | None, list[bytes]]] = [{}, {}, {}]
    for group, sheet, keys in zip(groups, sheets, versions, strict=True):
        if shared.isdisjoint(keys):
            continue
        for key, raw in zip(keys, sheet.raws, strict=True):
            if key in shared:
                group.setdefault(key, []).append(raw)
    for key in shared:
        base, ours, theirs = (group.get(key, []) for group in groups)
        if pick(base, ours, theirs) is None:
            raise malformed("both sides changed records that have the same key, or none")


def _by_id(
    raws: Sequence[bytes], keys: Sequence[Key | None], shared: frozenset[Key | None]
) -> dict[Id, bytes]:
    if shared.isdisjoint(keys):
        return dict(zip(keys, raws, strict=True))  # type: ignore[arg-type]  # none is None
    seen: Counter[tuple[Key | None, bytes]] = Counter()
    named: dict[Id, bytes] = {}
    for key, raw in zip(keys, raws, strict=True):
        if key is not None and key not in shared:
            named[key] = raw
            continue
        seen[key, raw] += 1
        named[_Twin(key, raw, seen[key, raw])] = raw
    return named


def _rank(one: Id) -> Any:
    twin = one if isinstance(one, _Twin) else _Twin(one, b"", 0)
    return (key_rank(twin.key), twin.raw, twin.number)


def _reader() -> Callable[[Sheet, tuple[str, ...]], list[Key | None]]:
    """Keys of the records of a version; those of bytes that another one has too, are read once."""
    known: dict[tuple[str, ...], dict[bytes, Key | None]] = {}

    def read(sheet: Sheet, fields: tuple[str, ...]) -> list[Key | None]:
        seen = known.setdefault(fields, {})
        unread = [raw for raw in sheet.raws if raw not in seen]
        try:
            seen.update(zip(unread, sheet.dialect.keys(unread, fields), strict=True))
        except Unfit:
            return keys_of(sheet, fields)
        return [seen[raw] for raw in sheet.raws]

    return read
