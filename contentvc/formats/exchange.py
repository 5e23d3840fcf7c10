"""Exchange: values as JSON text that programs hand on, and back, without losing anything.

The text is ASCII, so nothing in it can act on a terminal. Numbers are written with all their
digits. What JSON has no word for is ``{"$tag": TAG, "value":
VALUE}``: a date of TOML, a tag of YAML, and with the tag ``number`` what is no finite number. A
mapping that has a key ``$tag`` itself is the value of one whose tag is the empty text.
"""

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import isfinite
from typing import Final, NoReturn

from contentvc import limits
from contentvc.formats.items import Tagged, Value

__all__ = ["NotJson", "dump_plain", "dump_value", "load_plain", "load_value", "measured"]

_TAG: Final = "$tag"
_NUMBER: Final = "number"
_DIGITS: Final = 4_000
"""Characters of one number: Python itself reads no whole number of more than 4,300."""


class NotJson(Exception):
    """Text is no JSON, or a value cannot be told in JSON; the message says why, without a place."""


def dump_value(value: Value) -> str:
    """The text of any value, in one line; `load_value` reads it back."""
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):  # tags, long numbers, NaN
        return "".join(_tokens(_tagged(value)))
    return "".join(_tokens(_tagged(value))) if _TAG in text else text


def dump_plain(value: Value) -> str:
    """The text of a value that JSON has words for; `load_plain` reads it back.

    Raises:
        NotJson: it has a tag, or a number that is not finite.
    """
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return "".join(_tokens(value))


def load_value(text: str | bytes) -> Value:
    """The value of a text that `dump_value` wrote.

    Raises:
        NotJson: it is not so written, too deep, or has a key twice.
    """
    return _untagged(load_plain(text))


def load_plain(text: str | bytes) -> Value:
    """The value of a JSON text, with every digit of its numbers. Bytes are UTF-8.

    Raises:
        NotJson: it is no JSON, too deep, or has a key twice.
    """
    try:
        value: Value = json.loads(
            text.decode("utf-8-sig") if isinstance(text, bytes) else text,
            object_pairs_hook=_unique,
            parse_float=_number,
            parse_int=_whole,
            parse_constant=_refused,
        )
    except (ValueError, ArithmeticError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise NotJson(reason) from error
    if measured(value)[1] > limits.PATCH_DEPTH:
        raise NotJson("it is nested too deeply")
    return value


def measured(value: Value) -> tuple[int, int]:
    """How many values are in a value, itself among them, and how deep they are nested."""
    count, depth, level = 0, 0, [value]
    while level:
        count += len(level)
        depth += 1
        level = [below for one in level for below in _below(one)]
    return count, depth


def _below(value: Value) -> Sequence[Value]:
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return tuple(value.values())
    return (value.value,) if isinstance(value, Tagged) else ()


def _tagged(value: Value) -> Value:
    """The value with its tags as JSON has them."""
    if isinstance(value, Tagged):
        return {_TAG: value.tag, "value": _tagged(value.value)}
    if isinstance(value, list):
        return [_tagged(one) for one in value]
    if isinstance(value, dict):
        told: Value = {key: _tagged(one) for key, one in value.items()}
        return {_TAG: "", "value": told} if _TAG in value else told
    if isinstance(value, float | Decimal) and not _is_finite(value):
        return {_TAG: _NUMBER, "value": str(value)}
    return value


def _untagged(value: Value) -> Value:
    if isinstance(value, list):
        return [_untagged(one) for one in value]
    if not isinstance(value, dict):
        return value
    tag = value.get(_TAG)
    if tag is None:
        return {key: _untagged(one) for key, one in value.items()}
    if not isinstance(tag, str) or value.keys() != {_TAG, "value"}:
        raise NotJson(f"a mapping with {_TAG} has something else than a tag and a value")
    return _meant(tag, value["value"])


def _meant(tag: str, value: Value) -> Value:
    if tag == _NUMBER:
        if not isinstance(value, str):
            raise NotJson("a tagged number is no text")
        try:
            return float(value)
        except ValueError as error:
            raise NotJson(f"{value[:40]!r} is no number") from error
    if tag:
        return Tagged(tag, _untagged(value))
    if not isinstance(value, dict):
        raise NotJson("an untagged mapping is none")
    return {key: _untagged(one) for key, one in value.items()}


def _tokens(value: Value) -> Iterator[str]:
    if isinstance(value, dict):
        between = "{"
        for key, one in value.items():
            yield f"{between}{json.dumps(key)}: "
            yield from _tokens(one)
            between = ", "
        yield "}" if value else "{}"
    elif isinstance(value, list):
        between = "["
        for one in value:
            yield between
            yield from _tokens(one)
            between = ", "
        yield "]" if value else "[]"
    else:
        yield _scalar(value)


def _scalar(value: Value) -> str:
    if isinstance(value, Tagged):
        raise NotJson(f"JSON has no word for a value with the tag {value.tag}")
    if isinstance(value, float | Decimal):
        if not _is_finite(value):
            raise NotJson(f"JSON has no word for the number {value}")
        return str(value) if isinstance(value, Decimal) else repr(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(Decimal(value))  # however many digits it has
    return json.dumps(value)


def _is_finite(value: float | Decimal) -> bool:
    return value.is_finite() if isinstance(value, Decimal) else isfinite(value)


def _unique(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a mapping has a key twice")
    return found


def _number(digits: str) -> float | Decimal:
    """A float where it has all the digits, else a decimal number."""
    if len(digits) > _DIGITS:
        raise ValueError("a number is too long")
    exact, near = Decimal(digits), float(digits)
    return near if isfinite(near) and Decimal(repr(near)) == exact else exact


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise ValueError("a number is too long")
    return int(digits)


def _refused(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")
