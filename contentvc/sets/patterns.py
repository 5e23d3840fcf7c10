"""Patterns: which paths a content set has, written as people write globs."""

import re
from collections.abc import Callable, Iterable, Sequence
from fnmatch import translate
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple, Self

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

    A path is looked at once, and only patterns are tried that can begin with its first name.

    Raises:
        Usage: as `compile_patterns`.
    """
    rows = [
        (place, _first(pattern), _expression(pattern))
        for place, patterns in enumerate(choices)
        for pattern in patterns
    ]
    firsts = {first for _, first, _ in rows if first is not None}

    @cache
    def compiled(first: str | None) -> _Choice:
        """0.2 s for 1,000 patterns, so not before a path needs them."""
        return _Choice.of((place, one) for place, own, one in rows if own in (None, first))

    def choose(path: bytes) -> int | None:
        text = path.decode("utf-8", "surrogateescape")
        first = text.partition("/")[0]
        places, expression = compiled(first if first in firsts else None)
        found = expression.fullmatch(text) if places else None
        return None if found is None else places[(found.lastindex or 0) - 1]

    return choose


class _Choice(NamedTuple):
    """One expression for several lists, with a group for each of them."""

    places: tuple[int, ...]
    """The list that each group stands for."""
    expression: re.Pattern[str]

    @classmethod
    def of(cls, rows: Iterable[tuple[int, str]]) -> Self:
        """Of expressions with the place of their list, in order."""
        grouped = [(place, [one for _, one in some]) for place, some in groupby(rows, _PLACE)]
        whole = "|".join("(" + "|".join(some) + ")" for _, some in grouped)
        return cls(tuple(place for place, _ in grouped), re.compile(whole, re.DOTALL))


_PLACE: Final = itemgetter(0)


def _first(pattern: str) -> str | None:
    """The first name of all that fits; None where it varies."""
    name = pattern.partition("/")[0]
    return None if _WILD.search(name) else name


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
