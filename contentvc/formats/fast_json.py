"""JSON read fast and exactly: by orjson, and by Python where orjson would round or refuses."""

import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from itertools import accumulate
from typing import Final

import orjson

from contentvc import limits
from contentvc.formats.items import Value

__all__ = ["NotJson", "is_strict", "loads", "loads_each"]

_LONG: Final = b"0" * 16
"""Every decimal of 15 digits comes back from a float as it was; longer ones may not."""
_ZEROS: Final = bytes(0x30 if chr(i) in "0123456789." else i for i in range(256))
_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
"""A string, also one that is not closed: else each sign in it could begin another try."""
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_STEP: Final = dict.fromkeys(b"[{", 1) | dict.fromkeys(b"]}", -1)
_NOT_NUMBERS: Final = re.compile(rb"\b(?:NaN|Infinity)\b")
_FOR_PYTHON: Final = re.compile(rb"\b(?:NaN|Infinity)\b|[0-9][eE]\+?[0-9]{3}")
"""What orjson refuses and Python reads; of numbers like 1e400 a decimal."""


class NotJson(ValueError):
    """Content that is not JSON; `line` and `column` count from 1, columns in characters."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


def loads(content: bytes) -> Value:
    """The value that is written here, in UTF-8.

    A number whose digits a float would lose is a Decimal or a long int. `NaN`, `Infinity` and
    `-Infinity` are read as Python writes them, though they are no JSON: see `is_strict`.

    Raises:
        NotJson: it is malformed, or nested deeper than `limits.NESTING`.
    """
    if content.count(b"[") + content.count(b"{") > limits.NESTING:
        _check_depth(content)
    if _LONG in content.translate(_ZEROS):
        return _exact(content)
    try:
        return orjson.loads(content)  # type: ignore[no-any-return]
    except orjson.JSONDecodeError as error:
        if _FOR_PYTHON.search(content):
            return _exact(content)
        raise _malformed(error) from None


def loads_each(contents: Iterable[bytes]) -> Iterator[Value]:
    """The values of many records, for who checks them.

    Strict JSON, nested at most as deep as orjson reads (1,024 levels); numbers are as near as
    floats and 64 bits are. Each is read when it is asked for: thousands of records at once keep
    the collector of cycles busy.

    Raises:
        json.JSONDecodeError: while reading; a record is malformed.
    """
    return map(orjson.loads, contents)


def is_strict(content: bytes) -> bool:
    """Whether content that `loads` reads is JSON by RFC 8259 too."""
    if not _NOT_NUMBERS.search(content):
        return True
    constants: list[str] = []
    json.loads(content.decode(), parse_constant=constants.append)
    return not constants


def _exact(content: bytes) -> Value:
    try:
        value: Value = json.loads(content.decode(), parse_float=_number, parse_int=_integer)
        # A half of a surrogate pair is no character, and cannot be written anywhere.
        if b"\\u" in content:
            json.dumps(value, ensure_ascii=False, default=str).encode()
    except json.JSONDecodeError as error:
        raise _malformed(error) from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise NotJson("it is not UTF-8", line) from None
    except UnicodeEncodeError:
        raise NotJson("half of a surrogate pair is no character") from None
    except InvalidOperation:
        raise NotJson("a number's exponent is out of range") from None
    return value


def _number(text: str) -> float | Decimal:
    near = float(text)
    exact = Decimal(text)
    return near if exact == Decimal(repr(near)) else exact


def _integer(text: str) -> int | Decimal:
    # Python refuses to turn thousands of digits into an int, as that takes quadratic time.
    return int(text) if len(text) <= limits.INTEGER_DIGITS else Decimal(text)


def _check_depth(content: bytes) -> None:
    brackets = _STRING.sub(b"", content).translate(None, _NO_BRACKETS)
    if max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > limits.NESTING:
        raise NotJson(f"it is nested deeper than {limits.NESTING} levels")


def _malformed(error: json.JSONDecodeError) -> NotJson:
    return NotJson(error.msg, error.lineno, error.colno)
