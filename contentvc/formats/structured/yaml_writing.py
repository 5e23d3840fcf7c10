"""YAML, written: one value in the style around it."""

import json
import math
import re
from decimal import Decimal
from typing import Final

from contentvc.formats.items import Tagged, Value
from contentvc.formats.structured.yaml_scalars import plain_value

__all__ = ["in_block", "in_flow", "whole"]

_PLAIN: Final = re.compile(r"[A-Za-z_/.](?:[A-Za-z0-9_/.+() -]*[A-Za-z0-9_/.+()-])?")
"""Text that means itself without quotes wherever it stands."""
_ODD: Final = re.compile(
    "[^\t\n\r\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""What YAML wants escaped, or takes for a line end."""


def in_flow(value: Value) -> str:
    """On one line."""
    if isinstance(value, dict):
        inner = [f"{_scalar(key)}: {in_flow(one)}" for key, one in value.items()]
        return "{" + ", ".join(inner) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(in_flow, value)) + "]"
    if isinstance(value, Tagged):
        return _tagged(value)
    return _scalar(value)


def whole(value: Value) -> str:
    """A document of its own."""
    is_block = isinstance(value, dict | list) and value
    return ("\n".join(_lines(value, "")) if is_block else in_flow(value)) + "\n"  # type: ignore[arg-type]


def in_block(value: Value, indent: str, *, is_element: bool) -> str:
    """What follows the colon or dash of a member that stands at this indent."""
    if not isinstance(value, dict | list) or not value:
        return in_flow(value)
    deeper = indent + "  "
    lines = "\n".join(_lines(value, deeper))
    return lines.removeprefix(deeper) if is_element else "\n" + lines


def _lines(value: dict[str, Value] | list[Value], indent: str) -> list[str]:
    if isinstance(value, dict):
        pairs = [(f"{indent}{_scalar(key)}:", one) for key, one in value.items()]
        return [_after(head, in_block(one, indent, is_element=False)) for head, one in pairs]
    return [_after(f"{indent}-", in_block(one, indent, is_element=True)) for one in value]


def _after(head: str, text: str) -> str:
    return head + text if text.startswith("\n") else f"{head} {text}"


def _tagged(value: Tagged) -> str:
    if value.tag in ("date", "date-time"):
        return str(value.value)
    inner = value.value
    text = json.dumps(inner) if isinstance(inner, str) and not _is_plain(inner) else in_flow(inner)
    return f"{value.tag} {text}"


def _scalar(value: Value) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, str):
        return value if _is_plain(value) else _quoted(value)
    return _digits(value) if isinstance(value, Decimal) else str(value)


def _is_plain(text: str) -> bool:
    return bool(_PLAIN.fullmatch(text)) and plain_value(text) == text and " #" not in text


def _quoted(text: str) -> str:
    return _ODD.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _float(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    digits, sign, exponent = repr(value).partition("e")
    if not sign:
        return digits
    return f"{digits if '.' in digits else digits + '.0'}e{int(exponent):+d}"


def _digits(value: Decimal) -> str:
    """A number that YAML takes for one: with a point, and a sign in its exponent."""
    digits, sign, exponent = str(value).partition("E")
    digits = digits if "." in digits else digits + ".0"
    return f"{digits}e{int(exponent):+d}" if sign else digits
