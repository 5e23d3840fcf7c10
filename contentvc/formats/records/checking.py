"""Checking: what is wrong with a file of records, as its format, its key and a schema have it."""

from collections.abc import Iterable, Iterator, Sequence
from json import JSONDecodeError

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
            yield from checking.problems(raws, line)
            line += sum([raw.count(b"\n") for raw in raws])
    except Unfit as unfit:
        yield located(unfit, line - 1).problem


class _Checking:
    """What was seen of one file so far."""

    def __init__(self, dialect: Dialect, rules: Rules, check: Check | None) -> None:
        self._dialect, self._check = dialect, check
        self._is_json = not isinstance(dialect, Delimited)
        self.fields = rules.key
        self._seen: dict[Key, int] = {}
        self._seen_plain: dict[Value, int] = {}

    def problems(self, raws: Sequence[bytes], line: int) -> Iterator[Problem]:
        """Those of the records of one stretch, whose first begins at this line.

        Most stretches have none, which is found out at once for all their records.
        """
        if self._is_json and self._are_sound(raws, line):
            return
        for raw in raws:
            try:
                value = self._dialect.value(raw)
            except Unfit as unfit:
                yield located(unfit, line - 1).problem
            else:
                yield from self._of_record(raw, value, line)
            line += raw.count(b"\n")

    def _are_sound(self, raws: Sequence[bytes], line: int) -> bool:
        """Whether all records of a stretch are; their keys are then noted."""
        if len(self.fields) > 1:
            return False
        keys: list[Value] = []
        name, check = "".join(self.fields), self._check
        try:
            for value in loads_each(raws):
                if check is not None:
                    for _ in check(value):
                        return False
                if name:
                    keys.append(value.get(name) if isinstance(value, dict) else None)
        except JSONDecodeError:
            return False
        if not self._are_new(keys) or (keys and b"".join(raws).count(b"\n") != len(raws)):
            return False
        self._seen_plain.update(zip(keys, range(line, line + len(keys)), strict=True))
        return True

    def _are_new(self, keys: Sequence[Value]) -> bool:
        """Whether keys are texts, or whole numbers, that none had before."""
        if not keys:
            return True
        if set(map(type, keys)) not in ({str}, {int}):
            return False
        fresh = set(keys)
        return (
            len(fresh) == len(keys)
            and "" not in fresh
            and self._seen_plain.keys().isdisjoint(fresh)
        )

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
            return self._seen_plain.setdefault(single, line)
        return self._seen.setdefault(key, line)

    def _of_schema(
        self, value: Value, found: Iterable[tuple[Path, str]], line: int
    ) -> Iterator[Problem]:
        key = key_of(value, self.fields) if self.fields else None
        record: Path = () if key is None else (Keyed(self.fields, key),)
        for path, words in found:
            yield Problem("schema", words, (*record, *path) or None, line)
