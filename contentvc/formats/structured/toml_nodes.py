"""TOML's nodes: sections, statements, and what stands between brackets."""

import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from functools import partial
from typing import Any

from contentvc import limits
from contentvc.formats.items import Path, Step, Tagged, Value, item_name
from contentvc.formats.problems import Problem, Unfit
from contentvc.formats.rules import NO_RULES
from contentvc.formats.structured.matching import key_fields, keyed
from contentvc.formats.structured.nodes import Branch, Holds, Member, Node
from contentvc.formats.structured.toml_text import (
    Section,
    Statement,
    Unclear,
    blank_end,
    keys_at,
    value_end,
)
from contentvc.formats.structured.values import exact_number, too_deep, too_large

__all__ = ["parsed", "section_paths", "sections_branch", "value_node"]


def parsed(text: str) -> dict[str, Value]:
    """The value of a whole document.

    Raises:
        Unfit: it is malformed, or beyond a limit.
    """
    if text.count(",") + text.count("=") > limits.DOCUMENT_NODES:
        raise too_large()
    try:
        found = tomllib.loads(text, parse_float=exact_number)
    except tomllib.TOMLDecodeError as error:
        raise _malformed(str(error)) from error
    except RecursionError as error:
        raise too_deep(None, None) from error
    except (ValueError, ArithmeticError) as error:
        raise Unfit(Problem("malformed", f"a number cannot be read: {error}")) from error
    return {key: _value(one) for key, one in found.items()}


def _malformed(words: str) -> Unfit:
    message, _, place = words.partition(" (at ")
    numbers = [int(part) for part in place.replace(",", "").rstrip(")").split() if part.isdigit()]
    small = message[:1].lower() + message[1:]
    if len(numbers) != 2:
        return Unfit(Problem("malformed", f"at its end: {small}"))
    line, column = numbers
    return Unfit(Problem("malformed", f"line {line}, column {column}: {small}", None, line, column))


def _value(found: Any) -> Value:
    if isinstance(found, dict):
        return {key: _value(one) for key, one in found.items()}
    if isinstance(found, list):
        return [_value(one) for one in found]
    if isinstance(found, datetime):
        return Tagged("date-time", found.isoformat())
    if isinstance(found, date | time):
        return Tagged("date" if isinstance(found, date) else "time", found.isoformat())
    if isinstance(found, int) and found.bit_length() > 10 * limits.INTEGER_DIGITS // 3:
        raise Unfit(Problem("malformed", "a number cannot be read: it has too many digits"))
    value: Value = found
    return value


def section_paths(found: Sequence[Section]) -> list[Path]:
    """Where in the document's value each section is."""
    counts: dict[Path, int] = {}
    paths: list[Path] = []
    for section in found:
        path: Path = ()
        for place, key in enumerate(section.keys, 1):
            path = (*path, key)
            if section.is_element and place == len(section.keys):
                counts[path] = counts.get(path, 0) + 1
            if path in counts:
                path = (*path, counts[path] - 1)
        paths.append(path)
    return paths


def sections_branch(text: str, start: int, found: Sequence[Section], root: Value) -> Branch:
    """The document as its sections, each known by its header; elements by a key, if they have."""
    members: list[Member] = []
    known = _known(root, section_paths(found))
    for section, key in zip(found, known, strict=True):
        node = _section_node(text, section)
        before, head = text[section.begin : section.start], text[section.start : section.head_end]
        members.append(Member(key, before, head, node))
    end = found[-1].end if found else start
    return Branch(Holds.MAPPING, "", "", tuple(members), text[end:])


def _known(root: Value, paths: Sequence[Path]) -> Iterator[str]:
    """The paths, with keys for places where elements have one: the same where they moved."""
    keys: dict[Path, tuple[str, ...]] = {}
    for path in paths:
        value, known = root, []
        for depth, step in enumerate(path):
            inner = value[step]  # type: ignore[index]
            named: Step = step
            if isinstance(value, list):
                if path[:depth] not in keys:
                    keys[path[:depth]] = key_fields([value], NO_RULES)
                fields = keys[path[:depth]]
                named = keyed(inner, fields) if fields else step
            known.append(item_name((named,)))
            value = inner
        yield json.dumps(known)


def _section_node(text: str, section: Section) -> Node:
    values = {json.dumps(one.keys): text[one.value : one.value_end] for one in section.statements}
    value: Value = {**values}
    branch = partial(_statements_branch, text, section)
    return Node(text, section.head_end, section.end, value, branch)


def _statements_branch(text: str, section: Section) -> Branch:
    members = tuple(_statement(text, one) for one in section.statements)
    return Branch(Holds.MAPPING, "", "", members, "")


def _statement(text: str, one: Statement) -> Member:
    node = value_node(text, one.value, one.value_end)
    before, head = text[one.begin : one.start], text[one.start : one.value]
    return Member(json.dumps(one.keys), before, head, node, text[one.value_end : one.end])


def value_node(text: str, start: int, end: int) -> Node:
    """A value of a statement, or inside one."""
    value = parsed(f"x = {text[start:end]}")["x"]
    if text[start] not in "[{":
        return Node(text, start, end, value)
    try:
        branch = _bracketed(text, start, end)
    except Unclear:
        return Node(text, start, end, value)
    return Node(text, start, end, value, lambda: branch)


def _bracketed(text: str, start: int, end: int) -> Branch:
    holds = Holds.MAPPING if text[start] == "{" else Holds.SEQUENCE
    members: list[Member] = []
    place = last = start + 1
    while True:
        first = blank_end(text, place)
        if first >= end - 1:
            # A comma after the last member is what stands before the bracket.
            ended = [*members[:-1], *(replace(one, after="") for one in members[-1:])]
            return Branch(holds, ",", text[start], tuple(ended), text[last:end])
        key, inner = ("", first) if holds is Holds.SEQUENCE else _key(text, first)
        last = value_end(text, inner)
        after = blank_end(text, last)
        node = value_node(text, inner, last)
        head, rest = text[first:inner], text[last:after]
        members.append(Member(key, text[place:first], head, node, rest))
        place = after + 1 if text[after] == "," else end - 1


def _key(text: str, place: int) -> tuple[str, int]:
    keys, equals = keys_at(text, place)
    if len(keys) > 1 or text[equals] != "=":
        raise Unclear
    return keys[0], blank_end(text, equals + 1)
