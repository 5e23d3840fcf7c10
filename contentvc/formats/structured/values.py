"""Values: when two are the same, and what stands for one where it must be hashed."""

import marshal
from collections.abc import Hashable
from decimal import Decimal
from typing import Any, Final

from contentvc import limits
from contentvc.formats.items import Tagged, Value
from contentvc.formats.problems import Problem, Unfit

__all__ = [
    "check_depth",
    "exact_number",
    "is_surely_same",
    "pin",
    "too_deep",
    "too_large",
]

_EXPONENT: Final = frozenset("eE")
_COLLECTIONS: Final = frozenset({dict, list, Tagged})


def pin(value: Value) -> Hashable:
    """What is equal for two values if, and only if, they are the same."""
    if isinstance(value, dict):
        return dict, tuple(sorted([(key, pin(one)) for key, one in value.items()], key=_first))
    if isinstance(value, list):
        return list, tuple(map(pin, value))
    if isinstance(value, Tagged):
        return Tagged, value.tag, pin(value.value)
    return type(value), repr(value) if isinstance(value, float) else value


def _first(pair: tuple[str, Hashable]) -> str:
    return pair[0]


def check_depth(value: Value) -> None:
    """Refuse a value that is nested deeper than functions that call themselves may go.

    Raises:
        Unfit: it is.
    """
    level: list[Value] = [value]
    for _ in range(limits.DOCUMENT_DEPTH + 1):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return
    raise too_deep(None, None)


def _inside(value: Value) -> list[Value]:
    if isinstance(value, Tagged):
        return _inside(value.value)
    if isinstance(value, dict):
        return [one for one in value.values() if type(one) in _COLLECTIONS]
    return [one for one in value if type(one) in _COLLECTIONS] if isinstance(value, list) else []


def is_surely_same(old: Any, new: Any) -> bool:
    """Whether collections are the same, at the speed of C; False may mean that nobody knows."""
    try:
        return marshal.dumps(old, 2) == marshal.dumps(new, 2)
    except ValueError:
        return False  # Decimals and tags are not among what it writes.


def exact_number(digits: str) -> float | Decimal:
    """A number with a point or an exponent; a Decimal where a float would lose digits of it."""
    number = float(digits)
    # A float keeps fifteen digits whatever they are.
    if repr(number) == digits or (len(digits) < 16 and not _EXPONENT.intersection(digits)):
        return number
    exact = Decimal(digits)
    return number if Decimal(repr(number)) == exact else exact


def too_deep(line: int | None, column: int | None) -> Unfit:
    """The refusal of a document that is nested too deep."""
    most = limits.DOCUMENT_DEPTH
    return Unfit(Problem("malformed", f"it is nested more than {most} deep", None, line, column))


def too_large(line: int | None = None, column: int | None = None) -> Unfit:
    """The refusal of a document that holds too much."""
    most = f"{limits.DOCUMENT_NODES:,} values or {limits.DOCUMENT_BYTES >> 20} MiB"
    return Unfit(Problem("malformed", f"it holds more than {most}", None, line, column))
