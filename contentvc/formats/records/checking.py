"""Checking: what is wrong with a file of records, as its format, its key and a schema have it."""

from collections.abc import Iterable, Iterator, Sequence

from contentvc.formats.fast_json import is_strict
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
        self.fields = rules.key
        self._seen: dict[Key, int] = {}

    def problems(self, raws: Sequence[bytes], line: int) -> Iterator[Problem]:
        """Those of the records of one stretch, whose first begins at this line."""
        value_of, check, fields = self._dialect.value, self._check, self.fields
        is_json = not isinstance(self._dialect, Delimited)
        for raw in raws:
            try:
                value = value_of(raw)
            except Unfit as unfit:
                yield located(unfit, line - 1).problem
            else:
                if is_json and (b"NaN" in raw or b"Infinity" in raw) and not is_strict(raw):
                    yield Problem("malformed", "NaN and Infinity are no JSON", None, line)
                if fields:
                    yield from self._of_key(value, line)
                if check is not None:
                    found = check(value)
                    if found:
                        yield from self._of_schema(value, found, line)
            line += raw.count(b"\n")

    def _of_key(self, value: Value, line: int) -> Iterator[Problem]:
        key = key_of(value, self.fields)
        names = ", ".join(self.fields)
        if key is None or '""' in key:
            yield Problem("missing-key", f"it has no {names}", None, line)
            return
        first = self._seen.setdefault(key, line)
        if first != line:
            told = f"it has the same {names} as the record in line {first:,}"
            yield Problem("duplicate-key", told, (Keyed(self.fields, key),), line)

    def _of_schema(
        self, value: Value, found: Iterable[tuple[Path, str]], line: int
    ) -> Iterator[Problem]:
        key = key_of(value, self.fields) if self.fields else None
        record: Path = () if key is None else (Keyed(self.fields, key),)
        for path, words in found:
            yield Problem("schema", words, (*record, *path) or None, line)
