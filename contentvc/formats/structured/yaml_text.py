"""YAML: read from the parser's events, so that nothing is built before it is counted."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from contentvc import limits
from contentvc.formats.items import Tagged, Value
from contentvc.formats.problems import Problem, Unfit
from contentvc.formats.structured.places import place_of
from contentvc.formats.structured.values import too_deep, too_large
from contentvc.formats.structured.yaml_library import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
    YamlFault,
    events,
)
from contentvc.formats.structured.yaml_scalars import CORE, plain_value, tagged_scalar

__all__ = ["Part", "parts"]


@dataclass(slots=True, eq=False)
class Part:
    """A node of YAML, with where it begins and ends in the text."""

    start: int
    end: int
    tag: str | None = None
    value: Value = None
    """Of a collection once it is closed."""
    children: list["Part"] | None = None
    """Keys and values in turn of a mapping; None of scalars and aliases."""
    is_mapping: bool = False
    is_flow: bool = False
    is_plain: bool = False
    size: int = 1
    """Values in it, those of aliases included."""
    depth: int = 0
    """Collections inside one another in it, likewise."""
    keys: list[str] = field(default_factory=list)
    """Of a mapping."""
    opening: int = 0
    """Where the bracket of a flow collection ends."""


def parts(text: str) -> list[Part]:
    """The root of each document.

    Raises:
        Unfit: it is malformed, beyond a limit, has duplicate keys, keys that are collections, or
            aliases inside what they name.
    """
    if len(text) > limits.DOCUMENT_BYTES:
        raise too_large()
    shift = text.startswith("\ufeff")
    try:
        return _Reading(text, int(shift)).roots(events(text[shift:]))
    except YamlFault as error:
        raise _malformed(error) from error


class _Reading:
    def __init__(self, text: str, shift: int) -> None:
        self.text = text
        self.shift = shift
        self.open: list[Part] = []
        self.anchors: dict[str, Part] = {}
        self.named: list[str | None] = []
        self.values = 0

    def roots(self, found_events: Iterator[Any]) -> list[Part]:
        found: list[Part] = []
        for event in found_events:
            if isinstance(event, DocumentStartEvent):
                self.anchors.clear()
            elif isinstance(event, AliasEvent | ScalarEvent | CollectionStartEvent):
                self._begin(event, found)
            elif isinstance(event, CollectionEndEvent):
                self._end(event)
        return found

    def _begin(self, event: Any, roots: list[Part]) -> None:
        part = self._part(event)
        (self.open[-1].children if self.open else roots).append(part)  # type: ignore[union-attr]
        self._count(part)
        if isinstance(event, CollectionStartEvent):
            if len(self.open) >= limits.DOCUMENT_DEPTH:
                raise too_deep(*place_of(self.text, part.start))
            self.open.append(part)
            self.named.append(event.anchor)
        elif isinstance(event, ScalarEvent) and event.anchor is not None:
            self.anchors[event.anchor] = part

    def _part(self, event: Any) -> Part:
        start, end = event.start_mark.index + self.shift, event.end_mark.index + self.shift
        if isinstance(event, AliasEvent):
            return self._alias(event, start, end)
        if isinstance(event, ScalarEvent):
            value = self._scalar(event, start)
            return Part(start, end, event.tag, value, is_plain=event.implicit[0])
        is_mapping = isinstance(event, MappingStartEvent)
        is_flow = bool(event.flow_style)
        return Part(start, end, event.tag, None, [], is_mapping, is_flow, opening=end)

    def _alias(self, event: Any, start: int, end: int) -> Part:
        named = self.anchors.get(event.anchor)
        if named is None or event.anchor in self.named:
            why = "names what it is in" if event.anchor in self.named else "names nothing"
            raise self._refused("malformed", f"the alias *{event.anchor} {why}", start)
        return Part(start, end, None, named.value, None, size=named.size, depth=named.depth)

    def _scalar(self, event: Any, start: int) -> Value:
        text = event.value
        try:
            if event.tag is not None and event.tag != "!":
                return tagged_scalar(event.tag, text)
            return plain_value(text) if event.implicit[0] else text
        except (ValueError, ArithmeticError) as error:
            raise self._refused("malformed", f"a number cannot be read: {error}", start) from error

    def _count(self, part: Part) -> None:
        self.values += part.size
        if self.values > limits.DOCUMENT_NODES:
            raise too_large(*place_of(self.text, part.start))

    def _end(self, event: Any) -> None:
        part = self.open.pop()
        children = part.children or []
        part.size += sum([child.size for child in children])
        part.depth = 1 + max([child.depth for child in children], default=0)
        if part.depth > limits.DOCUMENT_DEPTH:
            raise too_deep(*place_of(self.text, part.start))
        part.end = event.end_mark.index + self.shift
        value = self._mapping(part) if part.is_mapping else [one.value for one in children]
        part.value = _with_tag(part, value)
        anchor = self.named.pop()
        if anchor is not None:
            self.anchors[anchor] = part

    def _mapping(self, part: Part) -> dict[str, Value]:
        children = part.children or []
        own: dict[str, Value] = {}
        merged: dict[str, Value] = {}
        for key, value in zip(children[::2], children[1::2], strict=True):
            name = self._key(key)
            if name in own or (name == "<<" and merged):
                raise self._twice(name, key.start)
            part.keys.append(name)
            if is_merge(key):
                merged = self._merged(value)
            else:
                own[name] = value.value
        return {**merged, **own} if merged else own

    def _merged(self, part: Part) -> dict[str, Value]:
        given = part.value if isinstance(part.value, list) else [part.value]
        merged: dict[str, Value] = {}
        for one in given:
            if not isinstance(one, dict):
                raise self._refused("malformed", "<< takes mappings", part.start)
            merged = {**one, **merged}
        return merged

    def _key(self, part: Part) -> str:
        if part.children is not None or isinstance(part.value, dict | list):
            raise self._refused("malformed", "a key is a collection", part.start)
        if isinstance(part.value, str):
            return part.value
        if isinstance(part.value, Tagged):
            return str(part.value.value)
        return self.text[part.start : part.end] if part.is_plain else str(part.value)

    def _twice(self, name: str, start: int) -> Unfit:
        return self._refused(
            "duplicate-key", f"the key {name!r} stands twice in one mapping", start
        )

    def _refused(self, code: str, message: str, place: int) -> Unfit:
        line, column = place_of(self.text, place)
        words = f"line {line}, column {column}: {message}"
        return Unfit(Problem(code, words, None, line, column))


def is_merge(key: Part) -> bool:
    """Whether a key is ``<<``, which takes in other mappings."""
    return key.is_plain and key.value == "<<" and key.tag is None


def _with_tag(part: Part, value: Value) -> Value:
    tag = part.tag
    if tag in (None, "!", f"{CORE}map", f"{CORE}seq"):
        return value
    assert tag is not None  # noqa: S101 - it is one of those above
    return Tagged("!!" + tag.removeprefix(CORE) if tag.startswith(CORE) else tag, value)


def _malformed(error: YamlFault) -> Unfit:
    if error.line is None or error.column is None:
        return Unfit(Problem("malformed", f"it is no YAML: {error}"))
    line, column = error.line + 1, error.column + 1
    words = f"line {line}, column {column}: {error}"
    return Unfit(Problem("malformed", words, None, line, column))
