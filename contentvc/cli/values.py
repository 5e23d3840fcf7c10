"""Values: what documents and records hold, as one line that a person reads.

A value is written as compact JSON; a number as its digits, a tagged value behind its tag. What is
too long is shortened: of one value the end, of two that differ what they share.
"""

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import isfinite
from typing import Final, NamedTuple

from contentvc.cli.documents import Json
from contentvc.cli.escape import escape
from contentvc.cli.palette import width_of
from contentvc.errors import Usage
from contentvc.formats.items import Keyed, Tagged, Value
from contentvc.formats.words import Words, changed_words

__all__ = ["Part", "key_text", "shortened", "value_json", "value_of", "value_parts", "value_text"]

_AROUND: Final = 24
"""Characters shown on either side of a change in a long text: a few words."""
_LONG: Final = 4096
"""Characters of one text that are compared by word; what is longer is compared from its ends."""
_KEY: Final = 40
"""Columns of a record's key."""
_MORE: Final = "…"


class Part(NamedTuple):
    """A piece of shown text, already escaped."""

    text: str
    is_changed: bool


def value_text(value: Value, room: int) -> str:
    """A value in at most so many columns, escaped; no more of it is written than fits."""
    told = ""
    for token in _tokens(value, room):
        told += token
        if len(told) > room:
            break
    return shortened(told, room)


def value_json(value: Value) -> Json:
    """A value in a document, as `formats.exchange` has it: what JSON has no word for is tagged.

    The tag of a number whose digits JSON's readers would lose is ``number``.
    """
    if isinstance(value, Tagged):
        return {"$tag": value.tag, "value": value_json(value.value)}
    if isinstance(value, dict):
        told = {key: value_json(one) for key, one in value.items()}
        return {"$tag": "", "value": told} if "$tag" in told else told
    if isinstance(value, list):
        return [value_json(one) for one in value]
    if isinstance(value, Decimal) or (isinstance(value, float) and not isfinite(value)):
        return {"$tag": "number", "value": str(value)}
    return value


def value_of(text: str) -> Value:
    """The value that a person wrote as JSON.

    Raises:
        Usage: it is none (``bad-value``).
    """
    from contentvc.formats.exchange import NotJson, load_value

    try:
        return load_value(text)
    except NotJson as error:
        raise Usage(
            "bad-value", f"{text[:40]!r} is no JSON: {error}", "a text stands in double quotes"
        ) from error


def key_text(key: Keyed, *, only_texts: bool = False) -> str:
    """The values of a key: ``17``, ``fr, 2024``; a text that looks like a number is quoted.

    Args:
        key: of a record.
        only_texts: all keys of its file are texts, as in CSV, so that quotes would say nothing.
    """
    return shortened(", ".join(_plain(one, only_texts=only_texts) for one in key.values), _KEY)


def shortened(text: str, room: int) -> str:
    """The beginning of an escaped text that is too long for so many columns."""
    if len(text) <= room // 2 or width_of(text) <= room:
        return text
    text = text[:room]
    while width_of(text) >= room:
        text = text[:-1]
    return text + _MORE


def value_parts(old: Value, new: Value, room: int) -> tuple[list[Part], list[Part]]:
    """Two values that differ, each in at most so many columns.

    Of long texts only what is around their changes is kept.
    """
    if isinstance(old, str) and isinstance(new, str):
        return _text_parts(old, new, room)
    return [Part(value_text(old, room), False)], [Part(value_text(new, room), False)]


def _tokens(value: Value, room: int) -> Iterator[str]:
    if isinstance(value, str):
        yield _quoted(value[: room + 1]) if len(value) > room else _quoted(value)
    elif isinstance(value, Tagged):
        yield escape(value.tag) + " "
        yield from _tokens(value.value, room)
    elif isinstance(value, dict):
        yield from _mapping(value, room)
    elif isinstance(value, list):
        yield "["
        for number, one in enumerate(value):
            yield ", " if number else ""
            yield from _tokens(one, room)
        yield "]"
    else:
        yield _scalar(value)


def _mapping(value: dict[str, Value], room: int) -> Iterator[str]:
    yield "{"
    for number, (key, one) in enumerate(value.items()):
        yield (", " if number else "") + _quoted(key[: room + 1]) + ": "
        yield from _tokens(one, room)
    yield "}"


def _scalar(value: bool | float | Decimal | None) -> str:
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


def _quoted(text: str) -> str:
    return escape(json.dumps(text, ensure_ascii=False))


def _plain(canonical: str, *, only_texts: bool) -> str:
    """A key's value without quotes where these say nothing."""
    value = json.loads(canonical)
    if not isinstance(value, str) or not value or not value.isprintable():
        return escape(canonical)
    if only_texts:
        return escape(value)
    try:
        json.loads(value)
    except ValueError:
        return escape(value)
    return escape(canonical)


def _text_parts(old: str, new: str, room: int) -> tuple[list[Part], list[Part]]:
    before, after = _differing(old, new)
    return _quoted_parts(before, room), _quoted_parts(after, room)


_Cuts = list[tuple[str, bool]]


def _differing(old: str, new: str) -> tuple[_Cuts, _Cuts]:
    """Both texts in pieces, each with whether it is changed."""
    if max(len(old), len(new)) <= _LONG:
        a, b = old.encode("utf-8", "surrogatepass"), new.encode("utf-8", "surrogatepass")
        (removed,), (added,) = changed_words([a], [b])
        if removed and added:
            return _cut(a, removed), _cut(b, added)
    start = _shared(old, new)
    rest = min(len(old), len(new)) - start
    end = _shared(old[::-1][:rest], new[::-1][:rest])
    return _middle(old, start, end), _middle(new, start, end)


def _shared(old: str, new: str) -> int:
    """How many characters at the start are the same."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(old), len(new)))


def _cut(content: bytes, words: Words) -> _Cuts:
    cuts: _Cuts = []
    position = 0
    for start, end in words or ():
        cuts.append((content[position:start].decode("utf-8", "surrogatepass"), False))
        cuts.append((content[start:end].decode("utf-8", "surrogatepass"), True))
        position = end
    cuts.append((content[position:].decode("utf-8", "surrogatepass"), False))
    return cuts


def _middle(text: str, start: int, end: int) -> _Cuts:
    stop = len(text) - end
    return [(text[:start], False), (text[start:stop], True), (text[stop:], False)]


def _quoted_parts(cuts: _Cuts, room: int) -> list[Part]:
    """The pieces in quotes, what is shared shortened where they would not fit."""
    whole = [Part(_inner(text), changed) for text, changed in cuts]
    if _width(whole) > room - 2:
        whole = [Part(_inner(text), changed) for text, changed in _around(cuts)]
    return [Part('"', False), *_fitting(whole, room - 2), Part('"', False)]


def _inner(text: str) -> str:
    return _quoted(text)[1:-1]


def _around(cuts: _Cuts) -> Iterator[tuple[str, bool]]:
    last = len(cuts) - 1
    for number, (text, changed) in enumerate(cuts):
        if changed or len(text) <= 2 * _AROUND:
            yield text, changed
            continue
        head = text[:_AROUND] if number else ""
        tail = text[-_AROUND:] if number < last else ""
        yield head + _MORE + tail, False


def _fitting(parts: Sequence[Part], room: int) -> Iterator[Part]:
    for part in parts:
        if room <= 0:
            return
        shown = shortened(part.text, room)
        yield Part(shown, part.is_changed)
        room -= width_of(shown) if shown == part.text else room


def _width(parts: Sequence[Part]) -> int:
    return sum(width_of(part.text) for part in parts)
