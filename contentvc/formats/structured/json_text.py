"""JSON: read exactly by the standard library, and opened member by member at its speed."""

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

from contentvc import limits
from contentvc.formats.items import Path, Tagged, Value
from contentvc.formats.problems import Problem, Unfit
from contentvc.formats.structured.language import TreeLanguage
from contentvc.formats.structured.nodes import Branch, Document, Holds, Member, Node
from contentvc.formats.structured.places import place_of
from contentvc.formats.structured.values import exact_number, too_deep, too_large

__all__ = ["JsonText"]

_scanstring: Final[Callable[[str, int], tuple[str, int]]] = json.decoder.scanstring  # type: ignore[attr-defined]

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_HALVES: Final = re.compile("[\ud800-\udfff]")
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|-?Infinity|NaN', re.DOTALL)


class _Duplicate(Exception):
    """An object has a key twice."""


class JsonText(TreeLanguage):
    """The language of ``.json`` files."""

    name = "json"
    comment = ""

    def read(self, text: str) -> Document:
        """The document; `text` may begin with a byte-order mark.

        Raises:
            Unfit: it is malformed, or beyond a limit.
        """
        start = _SPACE.match(text, text.startswith("\ufeff")).end()  # type: ignore[union-attr]
        root, end = _decode(text, start)
        rest = _SPACE.match(text, end).end()  # type: ignore[union-attr]
        if rest != len(text):
            raise _malformed("something follows after the document", text, rest)
        return Document(text[:start], _node(text, start, end, root), text[end:])

    def warnings(self, text: str) -> Iterator[Problem]:
        """What is read although it is no JSON: numbers that are none."""
        for found in _TOKEN.finditer(text):
            if found[0][-1] in "Ny":
                line, column = place_of(text, found.start())
                yield Problem("malformed", f"JSON has no {found[0]}", None, line, column)

    def fresh(self, value: Value) -> str:
        """A whole document."""
        return _written(value, "", "  ") + "\n"

    def written(self, value: Value, branch: Branch) -> str:
        """A value as a member of a branch has it."""
        last = branch.members[-1].before if branch.members else ""
        _, is_lined, indent = last.rpartition("\n")
        if not is_lined:
            return _written(value, "", "")
        outer = branch.closing.rpartition("\n")[2].rstrip("]}")
        step = indent.removeprefix(outer) or "  "
        text = _written(value, indent, step)
        return text.replace("\n", "\r\n") if "\r\n" in last else text

    def member(self, key: str, value: Value, branch: Branch) -> Member:
        """A new member, as those of the branch are written."""
        text = self.written(value, branch)
        last = branch.members[-1] if branch.members else None
        has_keys = branch.holds is Holds.MAPPING
        colon = ": " if last is None else last.head[len(last.head.rstrip(": \t\r\n")) :]
        head = _quoted(key) + colon if has_keys else ""
        before = "" if last is None else last.before
        if last is not None and not before and len(branch.members) == 1:
            before = " "
        return Member(key, before, head, Node(text, 0, len(text), value))


def _decode(text: str, start: int) -> tuple[Value, int]:
    if len(text) > limits.DOCUMENT_BYTES or _values(text) > limits.DOCUMENT_NODES:
        raise too_large()
    try:
        value, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise _malformed(error.msg, text, error.pos) from error
    except RecursionError as error:
        raise too_deep(None, None) from error
    except _Duplicate as error:
        raise _duplicate(text) from error
    except (ValueError, ArithmeticError) as error:
        raise Unfit(Problem("malformed", f"a number cannot be read: {error}")) from error
    return value, end


def _values(text: str) -> int:
    """At least so many as there can be."""
    return text.count(",") + text.count("[") + text.count("{")


def _object(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Duplicate
    return made


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_float=exact_number)


def _malformed(message: str, text: str, place: int) -> Unfit:
    line, column = place_of(text, place)
    words = message[:1].lower() + message[1:]
    return Unfit(Problem("malformed", f"line {line}, column {column}: {words}", None, line, column))


def _duplicate(text: str) -> Unfit:
    """The refusal that names the key which an object has twice, and where."""
    open_keys: list[set[str] | None] = []
    last: tuple[str, int] = ("", 0)
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign in "{[":
            open_keys.append(set() if sign == "{" else None)
        elif sign in "}]":
            open_keys.pop()
        elif sign == ":":
            keys = open_keys[-1]
            assert keys is not None  # noqa: S101 - the text was read up to this duplicate
            if last[0] in keys:
                return _twice(text, *last)
            keys.add(last[0])
        elif sign[0] == '"':
            last = (_scanstring(sign, 1)[0], token.start())
    raise AssertionError("there is a duplicate")


def _twice(text: str, key: str, place: int) -> Unfit:
    line, column = place_of(text, place)
    message = f"line {line}, column {column}: the key {key!r} stands twice in one object"
    path: Path = (key,)
    return Unfit(Problem("duplicate-key", message, path, line, column))


def _node(text: str, start: int, end: int, value: Value) -> Node:
    if isinstance(value, dict):
        return Node(text, start, end, value, lambda: _opened(text, start, Holds.MAPPING))
    if isinstance(value, list):
        return Node(text, start, end, value, lambda: _opened(text, start, Holds.SEQUENCE))
    return Node(text, start, end, value)


def _opened(text: str, start: int, holds: Holds) -> Branch:
    """The members of the object or array that begins there; each value is read at once."""
    members: list[Member] = []
    place = start + 1
    while True:
        first = _skip(text, place)
        if text[first] in "}]":
            return Branch(holds, ",", text[start], tuple(members), text[place : first + 1])
        key, inner = "", first
        if holds is Holds.MAPPING:
            key, colon = _scanstring(text, first + 1)
            inner = _skip(text, _skip(text, colon) + 1)
        value, end = _DECODER.raw_decode(text, inner)
        after = _skip(text, end)
        node = _node(text, inner, end, value)
        is_last = text[after] != ","
        rest = "" if is_last else text[end:after]
        members.append(Member(key, text[place:first], text[first:inner], node, rest))
        place = end if is_last else after + 1


def _skip(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    assert found is not None  # noqa: S101 - no space is space too
    return found.end()


def _written(value: Any, indent: str, step: str) -> str:
    if isinstance(value, Tagged):
        return _written(value.value, indent, step)
    if isinstance(value, Decimal):
        return str(value)
    if not isinstance(value, dict | list) or not value:
        return _quoted(value)
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    deeper = indent + step
    if isinstance(value, dict):
        inner = [f"{_quoted(key)}: {_written(one, deeper, step)}" for key, one in value.items()]
    else:
        inner = [_written(one, deeper, step) for one in value]
    if not step:
        return opening + ", ".join(inner) + closing
    lines = f",\n{deeper}".join(inner)
    return f"{opening}\n{deeper}{lines}\n{indent}{closing}"


def _quoted(value: Value) -> str:
    text = json.dumps(value, ensure_ascii=False)
    # Halves of surrogate pairs are written as they were read: escaped.
    return text if text.isascii() or not _HALVES.search(text) else json.dumps(value)
