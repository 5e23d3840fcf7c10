"""Plain text: Markdown, code, notes. Compared by line, shown by word, merged by line."""

import codecs
from collections.abc import Iterator, Sequence
from typing import Final

from contentvc import limits
from contentvc.formats.changes import Changes, TextChanges
from contentvc.formats.contract import Favour, Labels, Merged
from contentvc.formats.itemless import Itemless
from contentvc.formats.problems import Check, Problem, Unfit
from contentvc.formats.rules import NO_RULES, Rules
from contentvc.formats.source import Source
from contentvc.formats.text import apply, encoding_of, is_text, line_changes
from contentvc.formats.text_merge import merge_text

__all__ = ["PlainFormat"]

_WINDOW: Final = 1 * limits.MIB
_SPOKEN: Final = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}


class PlainFormat(Itemless):
    """Lines, for everything that people read as text."""

    name = "text"

    def diff(self, old: Source, new: Source, rules: Rules) -> TextChanges:
        """Hunks with the changed words.

        Raises:
            Unfit: a version is no text, or larger than is compared by line.
        """
        if max(old.size, new.size) > limits.WHOLE_TEXT:
            raise Unfit(Problem("malformed", "it is too large to be compared by line"))
        before, after = old.read(), new.read()
        _check([before, after])
        return TextChanges(line_changes(before, after), encoding_of(before), encoding_of(after))

    def apply(self, old: bytes, changes: Changes, rules: Rules) -> bytes:
        """The text with these hunks in it."""
        if not isinstance(changes, TextChanges):
            raise Unfit(Problem("malformed", "these changes are not of lines"))
        return apply(old, changes.hunks)

    def merge(
        self,
        base: bytes | None,
        ours: bytes,
        theirs: bytes,
        labels: Labels,
        favour: Favour | None,
        rules: Rules = NO_RULES,
    ) -> Merged:
        """Merged by line; conflicts have markers.

        Raises:
            Unfit: a version is no text, or too large to be merged by line, or they have more than
                one encoding.
        """
        versions = [one for one in (base, ours, theirs) if one is not None]
        if max(map(len, versions)) > limits.MERGE_BLOB:
            raise Unfit(Problem("malformed", "it is too large to be merged by line"))
        _check(versions)
        if len({encoding_of(one) for one in versions if one}) > 1:
            raise Unfit(Problem("encoding", "the versions have more than one encoding"))
        return merge_text(base, ours, theirs, labels, favour)

    def problems(
        self,
        path: bytes,
        content: Source,
        rules: Rules,
        check: Check | None,
    ) -> Iterator[Problem]:
        """The first byte that is not valid in the encoding; read in windows."""
        yield from _invalid(content)


def _check(versions: Sequence[bytes]) -> None:
    if not all(map(is_text, versions)):
        raise Unfit(Problem("malformed", "it is not text"))


def _invalid(content: Source) -> Iterator[Problem]:
    """What cannot be decoded; nothing is looked at behind it."""
    encoding = encoding_of(content.span(0, min(2, content.size)))
    decoder = codecs.getincrementaldecoder(encoding)()
    line, column = 1, 1
    for start in range(0, content.size, _WINDOW):
        end = min(start + _WINDOW, content.size)
        try:
            text, problem = decoder.decode(content.span(start, end), end == content.size), None
        except UnicodeDecodeError as error:
            text = error.object[: error.start].decode(encoding)
            problem = f"it is not {_SPOKEN[encoding]}"
        line += text.count("\n")
        column = len(text) - text.rfind("\n") if "\n" in text else column + len(text)
        if problem is not None:
            yield Problem("encoding", problem, None, line, column)
            return
