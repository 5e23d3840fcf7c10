"""Patterns: which paths a content set has, written as people write globs."""

import re
from collections.abc import Callable, Sequence
from fnmatch import translate
from functools import cache
from itertools import groupby
from typing import Final

from contentvc.errors import Usage

__all__ = ["ANY_FOLDERS", "compile_choice", "compile_patterns", "is_pattern", "literal_folder"]

ANY_FOLDERS: Final = "**"
"""The name that stands for any number of folders, none included; at the end, for all below."""
_FOLDERS: Final = "(?:[^/]+/)*"
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
    choose = compile_choice([patterns])
    return lambda path: choose(path) is not None


def compile_choice(choices: Sequence[Sequence[str]]) -> Callable[[bytes], int | None]:
    """The place of the first of several lists that has a pattern which a path fits.

    All are one expression, so that a path is looked at once, however many lists there are.

    Raises:
        Usage: as `compile_patterns`.
    """
    groups = ["|".join(map(_expression, patterns)) or r"(?!)" for patterns in choices]
    whole = "|".join(f"({group})" for group in groups) or r"(?!)"

    @cache
    def expression() -> re.Pattern[str]:
        return re.compile(whole, re.DOTALL)  # 0.2 s for 1,000 patterns, so not before it is asked

    def choose(path: bytes) -> int | None:
        found = expression().fullmatch(path.decode("utf-8", "surrogateescape"))
        return None if found is None or found.lastindex is None else found.lastindex - 1

    return choose


def literal_folder(pattern: str) -> bytes:
    """The file or folder that has all that fits a pattern; the empty path is the root."""
    names = pattern.split("/")
    first = next((place for place, name in enumerate(names) if _WILD.search(name)), len(names))
    return "/".join(names[:first]).encode("utf-8", "surrogateescape")


def is_pattern(text: str) -> bool:
    """Whether it can be the pattern of a path from the root."""
    return not any(name in ("", ".", "..") for name in text.split("/"))


def _expression(pattern: str) -> str:
    """A regular expression that takes time polynomial of low degree, whatever the pattern is.

    For what stands between two ``**`` the earliest folders that fit are as good as any, so they
    are an atomic group and never tried again.
    """
    names = pattern.split("/")
    if not is_pattern(pattern):
        raise Usage(
            "bad-value",
            f"{pattern!r} is not a pattern of paths from the root",
            'write it as "evals/**/*.jsonl"',
        )
    grouped = groupby(names, lambda name: name == ANY_FOLDERS)
    sections = [None if is_any else "/".join(map(_name, run)) for is_any, run in grouped]
    last = sections.pop()
    built = "".join(_section(one, is_first=not place) for place, one in enumerate(sections))
    if last is None:
        return built + ".+"
    return built + (_FOLDERS if sections else "") + last


def _section(section: str | None, *, is_first: bool) -> str:
    """What stands before the last ``**``, or between two; itself it is told by what follows."""
    if section is None:
        return ""
    return section + "/" if is_first else f"(?>{_FOLDERS}?{section}/)"


def _name(name: str) -> str:
    translated = translate(name).removeprefix("(?s:").removesuffix(r")\Z")
    return _PARTS.sub(_within, translated)


def _within(part: re.Match[str]) -> str:
    """What matches anything, kept within one name."""
    text = part[0]
    if text.startswith("."):
        return "[^/]" + text[1:]
    return "[^/" + text[2:] if text.startswith("[^") else text
