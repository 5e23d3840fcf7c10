r"""Escape: what comes from a repository must not be able to act on the terminal or deceive.

A name or a message may hold escape sequences that move the cursor, set the title or hide text,
and controls that turn the direction of writing around, so that one name looks like another.
They are shown in Python's notation: ``\x1b``, ``\u202e``. A backslash itself stays as it is;
who needs the exact bytes asks for JSON.
"""

import re
import unicodedata
from typing import Final

__all__ = ["decoded", "escape", "escape_line", "sound"]

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories: controls, format characters, halves of surrogate pairs, separators."""
_JOINERS: Final = "\u200c\u200d"
"""Format characters that Persian, Indian scripts and many emoji are written with."""
_SURROGATES: Final = re.compile("[\ud800-\udfff]+")


def escape(text: str | bytes) -> str:
    """One piece of text for one line: a name, a path, a value."""
    shown = decoded(text)
    if shown.isprintable():
        return shown
    return "".join(map(_shown, shown))


def escape_line(text: str | bytes) -> str:
    """A line of content or of a message: as `escape`, but tabs stay."""
    return "\t".join(map(escape, decoded(text).split("\t")))


def decoded(text: str | bytes) -> str:
    """Text from bytes that should be UTF-8; what is not becomes U+FFFD."""
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else sound(text)


def sound(text: str) -> str:
    """Text that can be encoded: bytes that Python smuggled in as surrogates become U+FFFD.

    They come from arguments and environment variables that are not UTF-8.
    """
    if text.isascii():
        return text
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return _SURROGATES.sub("\ufffd", text)


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _HIDDEN or character in _JOINERS:
        return character
    return repr(character)[1:-1]
