r"""Patterns: the lines of an ignore file, with git's meaning (gitignore(5), git's wildmatch).

A pattern without a slash is compared to the name alone, any other one to the path below the
folder of its file. ``*`` and ``?`` stop at a slash, ``**`` between slashes does not, ``[...]`` is
a set of bytes, a backslash takes the next byte as it is, a slash at the end asks for a folder.

This is not left to `pathspec`: its expressions also match everything below what they match, so
re-including a folder re-includes the files in it, which git does not; and importing it costs
30 ms, a third of what a command may take.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

__all__ = ["Pattern", "parse_patterns"]

_SPECIAL: Final = re.compile(rb"[*?\[\\]")
_BOM: Final = b"\xef\xbb\xbf"
_SLASH: Final = b"/"
_ANY: Final = rb"[^/]"
_NOTHING: Final = rb"(?!)"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line of an ignore file."""

    text: bytes
    """The line as it stands there."""
    line: int
    includes: bool
    """It begins with ``!``: what it matches is not ignored."""
    folders_only: bool
    by_name: bool
    """It is compared to the last name of a path, not to the path."""
    matches: Callable[[bytes], object]
    """Truthy for a name or path that fits."""


def parse_patterns(content: bytes) -> tuple[Pattern, ...]:
    """The patterns of an ignore file in its order. Every file is one: nothing is an error."""
    lines = content.removeprefix(_BOM).split(b"\n")
    parsed = (_parse(line.removesuffix(b"\r"), number) for number, line in enumerate(lines, 1))
    return tuple(pattern for pattern in parsed if pattern is not None)


def _parse(line: bytes, number: int) -> Pattern | None:
    if line.startswith(b"#"):
        return None
    text = _without_blanks_at_end(line.split(b"\0", 1)[0])
    includes = text.startswith(b"!")
    bare = text[1:] if includes else text
    folders_only = bare.endswith(_SLASH)
    if folders_only:
        bare = bare[:-1]
    if not bare:
        return None
    by_name = _SLASH not in bare
    bare = bare.removeprefix(_SLASH)
    return Pattern(text, number, includes, folders_only, by_name, _matcher(bare, by_name=by_name))


def _without_blanks_at_end(line: bytes) -> bytes:
    bare = line.rstrip(b" ")
    escapes = len(bare) - len(bare.rstrip(b"\\"))
    return bare + b" " if escapes % 2 and len(bare) < len(line) else bare


def _matcher(bare: bytes, *, by_name: bool) -> Callable[[bytes], object]:
    special = _SPECIAL.search(bare)
    if special is None:
        return bare.__eq__
    if by_name and bare.startswith(b"*") and not _SPECIAL.search(bare, 1):
        ending = bare[1:]
        return lambda name: name.endswith(ending)
    return _Lazy(bare, special.start())


class _Lazy:
    """Compiled when first asked: of a long ignore file most patterns often are not."""

    __slots__ = ("_bare", "_expression", "_plain")

    def __init__(self, bare: bytes, plain: int) -> None:
        self._bare = bare
        self._plain = plain
        self._expression: re.Pattern[bytes] | None = None

    def __call__(self, path: bytes) -> object:
        if self._expression is None:
            self._expression = re.compile(_expression(self._bare, self._plain), re.DOTALL)
        return self._expression.fullmatch(path)


def _expression(bare: bytes, plain: int) -> bytes:
    r"""A regular expression that takes time polynomial of low degree, whatever the pattern is.

    Wherever a star follows, the earliest place for what stands before it is as good as any, so it
    is an atomic group and never tried again: ``*a*b*c`` is ``(?>[^/]*?a)(?>[^/]*?b)[^/]*c``. The
    same holds for all that stands between two ``**``.

    git takes the bytes before the first special one off before it matches, so a ``**`` right after
    them counts as if it began the pattern.
    """
    sections: list[bytes] = []
    crossings: list[bytes] = []
    gaps: list[tuple[bool, bytes]] = [(False, re.escape(bare[:plain]))]
    for token in _tokens(bare, plain):
        if token == b"*":
            gaps.append((True, b""))
        elif token in _CROSSINGS:
            sections.append(_section(gaps, is_last=False))
            crossings.append(_CROSSINGS[token])
            gaps = [(False, b"")]
        else:
            gaps[-1] = (gaps[-1][0], gaps[-1][1] + token)
    sections.append(_section(gaps, is_last=True))
    built = sections[0]
    last = len(crossings) - 1
    for number, (crossing, section) in enumerate(zip(crossings, sections[1:], strict=True)):
        built += crossing + section if number == last else b"(?>" + crossing + section + b")"
    return built


_CROSSINGS: Final = {b"**/": rb"(?:.*?/)??", b"**": rb".*?"}
"""What may span folders: none or some of them, each with its slash; anything at all."""


def _section(gaps: list[tuple[bool, bytes]], *, is_last: bool) -> bytes:
    """What stands between two crossings: runs of fixed length, each but the first after a star."""
    built = b""
    for number, (starred, fixed) in enumerate(gaps):
        if not starred:
            built += fixed
        elif is_last and number == len(gaps) - 1:
            built += _ANY + b"*" + fixed
        else:
            built += b"(?>" + _ANY + b"*?" + fixed + b")"
    return built


def _tokens(bare: bytes, start: int) -> Iterator[bytes]:
    """``*``, ``**`` and ``**/`` as they are; everything else as an expression of fixed length."""
    at = start
    while at < len(bare):
        byte = bare[at : at + 1]
        if byte == b"*":
            token, at = _stars(bare, at, start)
        elif byte == b"[":
            token, at = _set(bare, at + 1)
        elif byte == b"\\":
            following = bare[at + 1 : at + 2]
            token, at = re.escape(following) if following else _NOTHING, at + 2
        else:
            token, at = _ANY if byte == b"?" else re.escape(byte), at + 1
        yield token


def _stars(bare: bytes, at: int, start: int) -> tuple[bytes, int]:
    end = at
    while bare[end : end + 1] == b"*":
        end += 1
    opens = at == start or bare[at - 1 : at] == _SLASH
    if end - at == 1 or not opens:
        return b"*", end
    if bare[end : end + 1] == _SLASH:
        return b"**/", end + 1
    closes = end == len(bare) or bare[end : end + 2] == b"\\/"
    return (b"**" if closes else b"*"), end


def _set(bare: bytes, at: int) -> tuple[bytes, int]:
    """The expression of a set whose ``[`` is before `at`, and where the pattern goes on.

    A set that is not closed, or names an unknown class, matches nothing.
    """
    negated = bare[at : at + 1] in (b"!", b"^")
    at += negated
    members: set[int] = set()
    previous = 0
    first = True
    while first or bare[at : at + 1] != b"]":
        first = False
        taken, previous, at = _member(bare, at, previous)
        if taken is None:
            return _NOTHING, len(bare)
        members |= taken
    if negated:
        members = set(range(256)) - members
    members.discard(_SLASH[0])
    chosen = b"".join(b"\\x%02x" % member for member in sorted(members))
    return (b"[" + chosen + b"]" if members else _NOTHING), at + 1


def _member(bare: bytes, at: int, previous: int) -> tuple[set[int] | None, int, int]:
    """Bytes one member of a set adds, the byte that may begin a range, and where to go on."""
    byte = bare[at : at + 1]
    if byte == b"\\":
        at += 1
        byte = bare[at : at + 1]
    elif byte == b"-" and previous and bare[at + 1 : at + 2] not in (b"", b"]"):
        at += 2 if bare[at + 1 : at + 2] == b"\\" else 1
        last = bare[at : at + 1]
        return (set(range(previous, last[0] + 1)) if last else None), 0, at + 1
    elif bare[at : at + 2] == b"[:":
        end = bare.find(b"]", at + 2)
        if end < 0:
            return None, 0, at
        if end > at + 2 and bare[end - 1 : end] == b":":
            return _CLASSES.get(bare[at + 2 : end - 1]), 0, end + 1
    return ({byte[0]} if byte else None), byte[0] if byte else 0, at + 1


def _where(holds: Callable[[str], bool]) -> set[int]:
    return {byte for byte in range(128) if holds(chr(byte))}


_CLASSES: Final = {
    b"alnum": _where(str.isalnum),
    b"alpha": _where(str.isalpha),
    b"blank": set(b" \t"),
    b"cntrl": {*range(32), 127},
    b"digit": set(b"0123456789"),
    b"graph": set(range(33, 127)),
    b"lower": _where(str.islower),
    b"print": set(range(32, 127)),
    b"punct": {byte for byte in range(33, 127) if not chr(byte).isalnum()},
    b"space": set(b" \t\n\v\f\r"),
    b"upper": _where(str.isupper),
    b"xdigit": set(b"0123456789abcdefABCDEF"),
}
