"""Textual records: JSONL, CSV and TSV as formats."""

from collections.abc import Iterator

from contentvc import limits
from contentvc.formats.changes import Changes, RecordChanges
from contentvc.formats.contract import Favour, Labels, Merged
from contentvc.formats.items import Path, Piece
from contentvc.formats.problems import Check, Problem
from contentvc.formats.records.applying import apply_records
from contentvc.formats.records.checking import problems_of
from contentvc.formats.records.dialect import malformed
from contentvc.formats.records.differ import diff_sheets, is_alike, is_ordered
from contentvc.formats.records.editing import field_text, put_record
from contentvc.formats.records.items import below, places_of
from contentvc.formats.records.large import Version, diff_large
from contentvc.formats.records.merger import merge_records
from contentvc.formats.records.sheets import Opener, open_sheet, opened
from contentvc.formats.rules import Rules
from contentvc.formats.source import Source

__all__ = ["TextualRecords"]


class TextualRecords:
    """A file of records that is text: read by its opener."""

    def __init__(self, name: str, opener: Opener) -> None:
        self._name, self._opener = name, opener

    @property
    def name(self) -> str:
        """jsonl, csv, tsv."""
        return self._name

    def diff(self, old: Source, new: Source, rules: Rules) -> RecordChanges:
        """By key, then by field.

        Raises:
            Unfit: a version is malformed.
        """
        if max(old.size, new.size) > limits.RECORDS_WHOLE:
            found = self._diff_large(old, new, rules)
            if found is not None:
                return found
        before, after = (open_sheet(one.read(), self._opener) for one in (old, new))
        return diff_sheets(before, after, rules)

    def _diff_large(self, old: Source, new: Source, rules: Rules) -> RecordChanges | None:
        """Without reading all of it; None where the columns changed, which is in every row."""
        before, after = (Version(one, opened(one, self._opener)) for one in (old, new))
        if is_alike(before.opened.dialect, after.opened.dialect):
            return diff_large(before, after, rules, ordered=is_ordered(rules))
        if max(old.size, new.size) > limits.MERGE_RECORDS:
            raise malformed("it is too large to be compared under other columns")
        return None

    def apply(self, old: bytes, changes: Changes, rules: Rules) -> bytes:
        """The records with these changes made."""
        if not isinstance(changes, RecordChanges):
            raise malformed("these changes are not of records")
        return apply_records(open_sheet(old, self._opener), changes).content

    def merge(
        self,
        base: bytes | None,
        ours: bytes,
        theirs: bytes,
        labels: Labels,
        favour: Favour | None,
        rules: Rules,
    ) -> Merged:
        """By key, then by field. In a conflict ours stands in place, and the file is sound.

        Raises:
            Unfit: a version is malformed, or records are not told apart well enough to be sure.
        """
        return merge_records(base, ours, theirs, favour, rules, self._opener)

    def problems(
        self, path: bytes, content: Source, rules: Rules, check: Check | None
    ) -> Iterator[Problem]:
        """What is malformed, and what breaks the key or the schema."""
        return problems_of(content, rules, check, self._opener)

    def find(self, content: Source, item: Path, rules: Rules) -> Piece | None:
        """A record, or a field of it.

        Raises:
            Unfit: the file is malformed.
        """
        sheet = open_sheet(content.read(), self._opener)
        if not item:
            raise malformed("a file of records is no item")
        places = places_of(sheet, item[0], rules)
        if not places:
            return None
        raw = sheet.raws[places[0]]
        found = below(sheet.dialect.value(raw), item[1:])
        if found is None:
            return None
        text = field_text(sheet.dialect, raw, item[1:]) if len(item) > 1 else raw
        return Piece(found[0], text, sheet.line_of(places[:1])[0])

    def put(self, content: bytes, item: Path, piece: Piece | None, rules: Rules) -> bytes:
        """One record or field set, or taken out."""
        return put_record(open_sheet(content, self._opener), item, piece, rules).content
