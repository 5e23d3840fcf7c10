"""TOML, written: one value on one line."""

import json
import re
from decimal import Decimal
from typing import Final

from contentvc.formats.items import Tagged, Value

__all__ = ["inline", "name"]

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


def name(key: str) -> str:
    """A key."""
    return key if _BARE.fullmatch(key) else _quoted(key)


def inline(value: Value) -> str:
    """A value; null, which TOML does not have, is an empty text."""
    if isinstance(value, dict):
        inner = ", ".join(f"{name(key)} = {inline(one)}" for key, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    if isinstance(value, Tagged):
        return str(value.value)
    return _scalar(value)


def _scalar(value: bool | float | Decimal | str | None) -> str:  # noqa: FBT001 - a value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        digits = str(value).replace("E", "e")
        return digits if "." in digits or "e" in digits else digits + ".0"
    return _quoted(value or "") if isinstance(value, str | None) else repr(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
