"""The formats of documents, one for each language they are written in."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from contentvc import limits
from contentvc.errors import Missing
from contentvc.formats.changes import Changes, StructuredChanges
from contentvc.formats.contract import Favour, Labels, Merged
from contentvc.formats.fields import is_same
from contentvc.formats.items import Path, Piece, Value
from contentvc.formats.problems import Check, Problem, Unfit
from contentvc.formats.rules import Rules
from contentvc.formats.source import Source
from contentvc.formats.structured.differences import differences
from contentvc.formats.structured.editing import applied, at, with_item, without_item
from contentvc.formats.structured.language import Language, bare, decoded, encoded, says
from contentvc.formats.structured.merging import not_sure
from contentvc.formats.structured.nodes import Document
from contentvc.formats.structured.places import line_of, place_of
from contentvc.formats.structured.values import check_depth, too_deep, too_large

__all__ = ["DocumentFormat"]

_LINE_FEED: Final = re.compile(r"(?<!\r)\n")


class DocumentFormat:
    """Documents in one language: compared and merged by path."""

    def __init__(self, name: str, load: Callable[[], Language]) -> None:
        """Args: its word; what reads it."""
        self.name: Final = name
        self._load = load

    def diff(self, old: Source, new: Source, rules: Rules) -> StructuredChanges:
        """Changes by path.

        Raises:
            Unfit: a version is malformed, or they are documents of different kinds.
        """
        before, after = self._value(old), self._value(new)
        _check_kinds(before, after)
        try:
            changes = tuple(differences(before, after, rules))
        except RecursionError as error:
            raise too_deep(None, None) from error
        # What is the same need not be walked; what is told of is, by others.
        check_depth([value for one in changes for value in (one.old, one.new)])
        return StructuredChanges(changes)

    def apply(self, old: bytes, changes: Changes, rules: Rules) -> bytes:
        """The document with these changes, all else as it was written.

        Raises:
            Conflict: something that they expect is not so (``does-not-fit``).
            Unfit: it cannot be read, or cannot be written with these changes for sure.
        """
        if not isinstance(changes, StructuredChanges):
            raise Unfit(Problem("malformed", "these changes are not of documents"))
        document = self._read(old)
        target = applied(document.root.value, changes.changes)
        return self._rewritten(old, document, target, rules)

    def merge(
        self,
        base: bytes | None,
        ours: bytes,
        theirs: bytes,
        labels: Labels,
        favour: Favour | None,
        rules: Rules,
    ) -> Merged:
        """Merged by path: by line where that gives what the values say, else piece by piece.

        Raises:
            Unfit: a version is malformed, they are documents of different kinds, or the pieces
                cannot be put together for sure.
        """
        if theirs in (ours, base):
            return Merged(ours)
        if ours == base:
            return Merged(theirs)
        from contentvc.formats.structured.merge import (  # noqa: PLC0415 - comparing needs none of it
            Versions,
            merged_documents,
        )

        versions = Versions(base, ours, theirs)
        return merged_documents(self._load(), self._read, versions, favour, rules)

    def problems(
        self, path: bytes, content: Source, rules: Rules, check: Check | None
    ) -> Iterator[Problem]:
        """What keeps it from being read, or else what is odd in it, and what a schema says."""
        try:
            document = self._read(content.read()) if self._is_small(content) else None
        except Unfit as error:
            yield error.problem
            return
        if document is None:
            yield too_large().problem
            return
        yield from self._load().warnings(document.text)
        for item, message in () if check is None else check(bare(document.root.value)):
            place = _place(self._load(), document, item)
            line, column = (None, None) if place is None else place_of(document.text, place)
            yield Problem("schema", message, item, line, column)

    def find(self, content: Source, item: Path, rules: Rules) -> Piece | None:
        """The value there, with its text where it has one of its own.

        Raises:
            Unfit: the file cannot be read.
        """
        if not self._is_small(content):
            raise too_large()
        document = self._read(content.read())
        return _found(self._load(), document, item)

    def put(self, content: bytes, item: Path, piece: Piece | None, rules: Rules) -> bytes:
        """The document with one item set or taken out, all else as it was written.

        Raises:
            Missing: what it would be in is not there (``unknown-item``).
            Unfit: the file cannot be read, or cannot be written so for sure.
        """
        document = self._read(content)
        value = document.root.value
        if piece is None:
            return self._rewritten(content, document, without_item(value, item), rules)
        target = with_item(value, item, piece.value)
        if piece.raw is not None:
            text = self._load().with_raw(document, item, piece.raw.decode("utf-8", "replace"))
            if text is not None and self._says(text, target):
                return encoded(text)
        return self._rewritten(content, document, target, rules)

    def _read(self, content: bytes) -> Document:
        if len(content) > limits.DOCUMENT_BYTES:
            raise too_large()
        document = self._load().read(decoded(content))
        check_depth(document.root.value)
        return document

    def _is_small(self, content: Source) -> bool:
        return content.size <= limits.DOCUMENT_BYTES

    def _value(self, content: Source) -> Value:
        if not self._is_small(content):
            raise too_large()
        return self._load().read(decoded(content.read())).root.value

    def _rewritten(self, old: bytes, document: Document, target: Value, rules: Rules) -> bytes:
        if is_same(document.root.value, target):
            return old
        text = self._load().rewritten(document, target, rules)
        if text is not None and old.count(b"\n") == old.count(b"\r\n") > 0:
            text = _LINE_FEED.sub("\r\n", text)
        if text is None or not self._says(text, target):
            raise not_sure("it cannot be written with this change")
        return encoded(text)

    def _says(self, text: str, value: Value) -> bool:
        return says(self._load(), text, value)


def _found(language: Language, document: Document, item: Path) -> Piece | None:
    try:
        value = at(document.root.value, item)
    except Missing:
        return None
    raw, place = language.raw(document, item), language.place(document, item)
    if raw is None or place is None:
        return Piece(value)
    return Piece(value, encoded(raw), line_of(document.text, place))


def _place(language: Language, document: Document, item: Path) -> int | None:
    """Where an item begins, or else the nearest thing that it is in."""
    ends = (language.place(document, item[:length]) for length in range(len(item), -1, -1))
    return next((one for one in ends if one is not None), None)


def _check_kinds(before: Value, after: Value) -> None:
    """Documents that are no collections, or not the same one, say more as text."""
    if type(before) is not type(after) or not isinstance(before, dict | list):
        raise Unfit(Problem("malformed", "the versions are different kinds of documents"))
