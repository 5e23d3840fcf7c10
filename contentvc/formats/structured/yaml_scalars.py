"""YAML's scalars: what plain text means by YAML 1.1, and values with tags."""

import re
from functools import lru_cache
from typing import Final

from contentvc import limits
from contentvc.formats.items import Tagged, Value
from contentvc.formats.structured.values import exact_number
from contentvc.formats.structured.yaml_library import RESOLVERS, constructed

__all__ = ["CORE", "plain_value", "tagged_scalar"]

CORE: Final = "tag:yaml.org,2002:"
_DECIMAL: Final = re.compile(r"[-+]?[0-9]+\.[0-9]*(?:[eE][-+][0-9]+)?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@lru_cache(maxsize=4096)
def plain_value(text: str) -> Value:
    """What a plain scalar means.

    Raises:
        ValueError: a number has too many digits.
    """
    for tag, pattern in RESOLVERS.get(text[:1], ()):
        if pattern.match(text):
            return tagged_scalar(tag, text)
    return text


def tagged_scalar(tag: str, text: str) -> Value:
    """What a scalar with a tag means; a tag that is not of the core stays with its text.

    Raises:
        ValueError: the text does not bear out the tag, or a number has too many digits.
    """
    kind = tag.removeprefix(CORE)
    if kind == tag:
        return Tagged(tag, text)
    if kind in ("str", "merge", "value"):
        return text
    if kind == "timestamp":
        return Tagged("date" if _DATE.fullmatch(text) else "date-time", text)
    if kind == "float" and _DECIMAL.fullmatch(text):
        return exact_number(text)
    if kind in ("null", "bool", "int", "float"):
        return _bounded(kind, tag, text)
    return Tagged("!!" + kind, text)


def _bounded(kind: str, tag: str, text: str) -> Value:
    """A number of a size that can be written in decimal again, whatever its base."""
    if len(text) > limits.INTEGER_DIGITS:
        raise ValueError("it has too many digits")
    value: Value = constructed(kind, tag, text)
    if isinstance(value, int) and value.bit_length() > 10 * limits.INTEGER_DIGITS // 3:
        raise ValueError("it has too many digits")
    return value
