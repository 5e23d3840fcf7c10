"""Plain text: what can stand in a line without acting on a terminal or deceiving a reader.

A name or a message may hold escape sequences that move the cursor, set the title or hide text,
and controls that turn the direction of writing around, so that one name looks like another.
"""

import re
import unicodedata
from typing import Final

__all__ = ["decoded", "is_hidden", "is_plain", "sound"]

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories: controls, format characters, halves of surrogate pairs, separators."""
_JOINERS: Final = "\u200c\u200d"
"""Format characters that Persian, Indian scripts and many emoji are written with."""
_SURROGATES: Final = re.compile("[\ud800-\udfff]+")


def is_plain(text: str) -> bool:
    """Whether nothing in a text is hidden."""
    return text.isprintable() or not any(map(is_hidden, text))


def is_hidden(character: str) -> bool:
    """Whether a character acts on what is around it rather than being shown itself."""
    return unicodedata.category(character) in _HIDDEN and character not in _JOINERS


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
