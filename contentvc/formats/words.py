"""Which words changed within changed lines, as byte spans of each line."""

import re
from collections.abc import Sequence
from typing import Final

from contentvc.formats.sequences import shared_runs

__all__ = ["Span", "Words", "changed_words"]

Span = tuple[int, int]
"""First byte and the byte after the last, counted within one line."""

Words = tuple[Span, ...] | None
"""The spans of one line that changed; None where the whole line counts as changed."""

_TOKENS: Final = 20_000
"""Tokens of one side compared; a rewritten chapter is not read word by word."""
_WORK: Final = 100_000
_BLANKS: Final = b" \t\r\n\f\v\0"
"""With NUL, the other half of a blank in UTF-16."""
_KEPT: Final = 3
"""A line that keeps less than one part in this many of its bytes counts as changed whole:
unrelated lines share blanks and brackets, and marks all over a line tell nothing."""

# Two-byte sequences are letters of Latin, Greek, Cyrillic, Hebrew and Arabic, so they build words.
# Longer ones are mostly scripts written without blanks, where each character is a unit.
_UTF8_TOKEN: Final = re.compile(
    rb"(?:\w|[\xc2-\xdf][\x80-\xbf])+|[ \t]+|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
    rb"|\r?\n|.",
    re.DOTALL | re.ASCII,
)
_CHARACTER_TOKEN: Final = re.compile(
    "(?:[A-Za-z0-9_]|[\u0080-\u07ff])+|[ \t]+|\r?\n|.",
    re.DOTALL,
)


def changed_words(
    removed: Sequence[bytes], added: Sequence[bytes], encoding: str = "utf-8"
) -> tuple[list[Words], list[Words]]:
    """The changed spans of lines that stand in for each other, for each line of both sides.

    Words, runs of blanks and single other characters are compared across the whole block, so a
    paragraph that was only wrapped anew shows its line ends as changed. Spans lie at character
    borders, ascend and do not touch. Blocks that are too long to be read by word give None for
    every line.
    """
    nothing: tuple[list[Words], list[Words]] = ([None] * len(removed), [None] * len(added))
    if not removed or not added or max(_length(removed), _length(added)) > 8 * _TOKENS:
        return nothing
    old = [_tokens(line, encoding) for line in removed]
    new = [_tokens(line, encoding) for line in added]
    if max(_length(old), _length(new)) > _TOKENS:
        return nothing
    old_kept, new_kept = bytearray(_length(old)), bytearray(_length(new))
    runs = shared_runs(
        [token for line in old for token in line], [token for line in new for token in line], _WORK
    )
    for old_start, new_start, length in runs:
        old_kept[old_start : old_start + length] = b"\1" * length
        new_kept[new_start : new_start + length] = b"\1" * length
    return _by_line(old, old_kept), _by_line(new, new_kept)


def _by_line(lines: Sequence[Sequence[bytes]], kept: bytearray) -> list[Words]:
    words: list[Words] = []
    start = 0
    for line in lines:
        words.append(_spans(line, kept[start : start + len(line)]))
        start += len(line)
    return words


def _spans(tokens: Sequence[bytes], kept: bytearray) -> Words:
    """The spans of the tokens that were not kept, those with only blanks between them as one."""
    spans: list[Span] = []
    position = worded_to = kept_bytes = all_bytes = 0
    for token, is_kept in zip(tokens, kept, strict=True):
        end = position + len(token)
        is_blank = not token.strip(_BLANKS)
        if not is_blank:
            all_bytes += len(token)
            kept_bytes += len(token) if is_kept else 0
        if not is_kept:
            if spans and worded_to <= spans[-1][1]:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((position, end))
        if not is_kept or not is_blank:
            worded_to = end
        position = end
    return None if kept_bytes * _KEPT < all_bytes else tuple(spans)


def _tokens(line: bytes, encoding: str) -> list[bytes]:
    if encoding == "utf-8":
        return _UTF8_TOKEN.findall(line)
    try:
        text = line.decode(encoding, "surrogatepass")
    except UnicodeDecodeError:  # half a code unit: such content is split as bytes as well
        return _UTF8_TOKEN.findall(line)
    return [token.encode(encoding, "surrogatepass") for token in _CHARACTER_TOKEN.findall(text)]


def _length(items: Sequence[Sequence[object]]) -> int:
    return sum(map(len, items))
