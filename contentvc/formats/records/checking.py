"""Checking: what is wrong with a file of records, as its format, its key and a schema have it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from json import JSONDecodeError
from operator import itemgetter, methodcaller
from typing import Any, Final

from contentvc.formats.fast_json import is_strict, loads_each
from contentvc.formats.items import Keyed, Path, Value
from contentvc.formats.problems import Check, Problem, Unfit
from contentvc.formats.records.delimited import Delimited
from contentvc.formats.records.dialect import Dialect, Key
from contentvc.formats.records.jsonl import key_of
from contentvc.formats.records.sheets import Opener, located, opened
from contentvc.formats.records.stretches import stretches
from contentvc.formats.rules import Rules
from contentvc.formats.source import Source

__all__ = ["problems_of"]

_AT_ONCE: Final = 128
"""Records whose values are held at once: so few that Python does not look for cycles in them."""
_NEWLINE: Final = methodcaller("find", b"\n")


def problems_of(
    content: Source, rules: Rules, check: Check | None, opener: Opener
) -> Iterator[Problem]:
    """Every problem, in file order, with its line; what is after a malformed record is read on.

    Memory is bounded by the keys; a file is read in stretches.
    """
    try:
        found = opened(content, opener)
    except Unfit as unfit:
        yield unfit.problem
        return
    checking = _Checking(found.dialect, rules, check)
    line = 1 + found.head.count(b"\n")
    lacking = [name for name in rules.key if name not in (found.dialect.columns or rules.key)]
    if lacking:
        yield Problem("missing-key", f"there is no column {lacking[0]}", None, 1)
        checking.fields = ()
    try:
        for raws in stretches(content, len(found.head), found.dialect):
            lines = _lines(raws)
            yield from checking.problems(raws, line, lines)
            line += lines
    except Unfit as unfit:
        yield located(unfit, line - 1).problem


def _lines(raws: Sequence[bytes]) -> int:
    """Lines of records; mostly each is one, and finding its end is far faster than counting."""
    if sum(map(_NEWLINE, raws)) + len(raws) == sum(map(len, raws)):
        return len(raws)
    return sum([raw.count(b"\n") for raw in raws])


class _Checking:
    """What was seen of one file so far."""

    def __init__(self, dialect: Dialect, rules: Rules, check: Check | None) -> None:
        self._dialect, self._check = dialect, check
        self._is_json = not isinstance(dialect, Delimited)
        self.fields = rules.key
        self._seen: dict[Key, int] = {}
        self._seen_plain: dict[Value, int] = {}
        self._plain: set[Value] = set()
        """All keys that are texts or whole numbers, wherever they are noted with their lines."""
        self._noted: list[tuple[int, list[Any]]] = []
        """Sound stretches whose keys are not in `_seen_plain` yet: first line and keys."""

    def problems(self, raws: Sequence[bytes], line: int, lines: int) -> Iterator[Problem]:
        """Those of the records of one stretch, which begins at this line and has so many.

        Most stretches have none, which is found out at once for all their records.
        """
        if self._is_json and self._are_sound(raws, line, lines):
            return
        for first, keys in self._noted:
            self._seen_plain.update(zip(keys, range(first, first + len(keys)), strict=True))
        self._noted.clear()
        for raw in raws:
            try:
                value = self._dialect.value(raw)
            except Unfit as unfit:
                yield located(unfit, line - 1).problem
            else:
                yield from self._of_record(raw, value, line)
            line += raw.count(b"\n")

    def _are_sound(self, raws: Sequence[bytes], line: int, lines: int) -> bool:
        """Whether all records of a stretch are; their keys are then noted."""
        if len(self.fields) > 1 or (self.fields and lines != len(raws)):
            return False
        keys: list[Any] = []
        for start in range(0, len(raws), _AT_ONCE):
            try:
                values: list[Any] = list(loads_each(raws[start : start + _AT_ONCE]))
                keys += map(itemgetter(self.fields[0]), values) if self.fields else ()
            except (JSONDecodeError, LookupError, TypeError):
                return False
            if self._check is not None and any(chain.from_iterable(map(self._check, values))):
                return False
        if not self._are_new(keys):
            return False
        self._noted.append((line, keys))
        return True

    def _are_new(self, keys: Sequence[Any]) -> bool:
        """Whether keys are texts, or whole numbers, that none had before."""
        if not keys:
            return True
        if set(map(type, keys)) not in ({str}, {int}) or "" in keys:
            return False
        before = len(self._plain)
        self._plain.update(keys)
        return len(self._plain) == before + len(keys)

    def _of_record(self, raw: bytes, value: Value, line: int) -> Iterator[Problem]:
        if self._is_json and (b"NaN" in raw or b"Infinity" in raw) and not is_strict(raw):
            yield Problem("malformed", "NaN and Infinity are no JSON", None, line)
        if self.fields:
            yield from self._of_key(value, line)
        if self._check is not None:
            yield from self._of_schema(value, self._check(value), line)

    def _of_key(self, value: Value, line: int) -> Iterator[Problem]:
        key = key_of(value, self.fields)
        names = ", ".join(self.fields)
        if key is None or '""' in key:
            yield Problem("missing-key", f"it has no {names}", None, line)
            return
        first = self._first(value, key, line)
        if first != line:
            told = f"it has the same {names} as the record in line {first:,}"
            yield Problem("duplicate-key", told, (Keyed(self.fields, key),), line)

    def _first(self, value: Value, key: Key, line: int) -> int:
        """The line of the first record with this key, which may be this one."""
        single = value.get(self.fields[0]) if isinstance(value, dict) else None
        if len(self.fields) == 1 and type(single) in (str, int):
            self._plain.add(single)
            return self._seen_plain.setdefault(single, line)
        return self._seen.setdefault(key, line)

    def _of_schema(
        self, value: Value, found: Iterable[tuple[Path, str]], line: int
    ) -> Iterator[Problem]:
        key = key_of(value, self.fields) if self.fields else None
        record: Path = () if key is None else (Keyed(self.fields, key),)
        for path, words in found:
            yield Problem("schema", words, (*record, *path) or None, line)
