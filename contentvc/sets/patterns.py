"""Patterns: which paths a content set has, written as people write globs."""

import re
from collections.abc import Callable, Sequence
from fnmatch import translate
from typing import Final

from contentvc.errors import Usage

__all__ = ["ANY_FOLDERS", "compile_patterns", "is_pattern", "literal_folder"]

ANY_FOLDERS: Final = "**"
"""The name that stands for any number of folders, none included; at the end, for all below."""
_WILD: Final = re.compile(r"[*?\[]")
_PARTS: Final = re.compile(r"\\.|\[\^?\]?[^\]]*\]|\.\*?\??", re.DOTALL)
"""Of what `fnmatch` translates: an escaped sign, a set, and what stands for other signs."""


def compile_patterns(patterns: Sequence[str]) -> Callable[[bytes], bool]:
    """Whether a path from the root fits one of the patterns.

    ``*``, ``?`` and ``[...]`` stay within one name and also match names with a dot in front;
    upper and lower case differ. A file's name on its own is a file at the root.

    Raises:
        Usage: a pattern is empty, begins or ends with a slash, or has an empty name, ``.`` or
            ``..`` in it (``bad-value``).
    """
    expression = re.compile("|".join(map(_expression, patterns)) or r"(?!)", re.DOTALL)

    def fits(path: bytes) -> bool:
        return expression.fullmatch(path.decode("utf-8", "surrogateescape")) is not None

    return fits


def literal_folder(pattern: str) -> bytes:
    """The file or folder that has all that fits a pattern; the empty path is the root."""
    names = pattern.split("/")
    first = next((place for place, name in enumerate(names) if _WILD.search(name)), len(names))
    return "/".join(names[:first]).encode("utf-8", "surrogateescape")


def is_pattern(text: str) -> bool:
    """Whether it can be the pattern of a path from the root."""
    return not any(name in ("", ".", "..") for name in text.split("/"))


def _expression(pattern: str) -> str:
    names = pattern.split("/")
    if not is_pattern(pattern):
        raise Usage(
            "bad-value",
            f"{pattern!r} is not a pattern of paths from the root",
            'write it as "evals/**/*.jsonl"',
        )
    parts = [_name(name, is_last=place == len(names) - 1) for place, name in enumerate(names)]
    return "(?:" + "".join(parts) + ")"


def _name(name: str, *, is_last: bool) -> str:
    if name == ANY_FOLDERS:
        return ".+" if is_last else "(?:[^/]+/)*"
    translated = translate(name).removeprefix("(?s:").removesuffix(r")\Z")
    body = _PARTS.sub(_within, translated)
    return body if is_last else body + "/"


def _within(part: re.Match[str]) -> str:
    """What matches anything, kept within one name."""
    text = part[0]
    if text.startswith("."):
        return "[^/]" + text[1:]
    return "[^/" + text[2:] if text.startswith("[^") else text
