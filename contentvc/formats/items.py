"""Items: where in a file something is, as a path, and as people write it.

A path's steps are the keys of mappings, the places of list elements, and elements or records that
are known by a key. Written down they stand between slashes: ``model/temperature``, ``tools/0``,
``tools/[name=search]/args``, and ``[case_id=17]/expected`` for a field of a record. A format of
records also takes a first step without brackets for the key: ``17/expected``.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from contentvc.errors import Usage

if TYPE_CHECKING:
    from decimal import Decimal  # 4 ms, for numbers that few files have

__all__ = [
    "Keyed",
    "Path",
    "Piece",
    "Step",
    "Tagged",
    "Value",
    "item_name",
    "parse_item",
    "split_item",
    "starts_with",
]

Value: TypeAlias = (
    "bool | int | float | Decimal | str | Tagged | list[Value] | dict[str, Value] | None"
)
"""What a document or a record holds. A number whose digits a float would lose is a Decimal; what
JSON has no word for (dates, YAML's own tags) is Tagged."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """A scalar or a collection with a tag: ``!function utils.process``, a date of TOML."""

    tag: str
    """As the format names it: ``!function``, ``date``, ``date-time``, ``time``."""
    value: Value


@dataclass(frozen=True, slots=True)
class Keyed:
    """A record, or an element of a list, that is known by the values of its key fields."""

    fields: tuple[str, ...]
    values: tuple[str, ...]
    """Each as canonical JSON: ``17`` and ``"17"`` are different keys."""


Step: TypeAlias = str | int | Keyed
Path: TypeAlias = tuple[Step, ...]
"""The empty path is the whole file."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One item of a file."""

    value: Value
    raw: bytes | None = None
    """How it is written in the file it comes from, without what is around it; None where it
    comes from no file. In records: the record with its line end."""
    line: int | None = None
    """Where it begins, from 1; None where it comes from no file, or none is kept."""


_PLAIN: Final = re.compile(r"[^\[\]/~=,\"\s\\][^\[\]/~=,\"\\]*")
_INTEGER: Final = re.compile(r"0|[1-9][0-9]*")
_ESCAPES: Final = {"~": "~0", "/": "~1", "[": "~2", "]": "~3", "=": "~4", ",": "~5"}
_UNESCAPE: Final = re.compile(r"~[0-5]")
_MEANT: Final = {code: sign for sign, code in _ESCAPES.items()}


def item_name(path: Path) -> str:
    """The path as people write it; `parse_item` reads it back."""
    return "/".join(map(_written, path))


def parse_item(text: str) -> Path:
    """The path that is written so.

    A step of digits alone is a place in a list; a key of a mapping that looks so is written in
    double quotes.

    Raises:
        Usage: a bracket is not closed, or holds no key (``bad-value``).
    """
    return tuple(map(_read, text.split("/"))) if text else ()


def split_item(text: str, exists: Callable[[str], bool]) -> tuple[str, str | None]:
    """``PATH#ITEM`` in two; None where all of it is a path.

    A path that exists wins over splitting, the longest first; where none does, the first ``#``
    splits.
    """
    places = [place for place, sign in enumerate(text) if sign == "#"]
    if not places or exists(text):
        return text, None
    found = next((place for place in reversed(places) if exists(text[:place])), places[0])
    return text[:found], text[found + 1 :]


def starts_with(path: Path, start: Path) -> bool:
    """Whether an item is another one, or inside it.

    A record's key may be written without its brackets, as formats of records take it.
    """
    if len(start) > len(path):
        return False
    return all(_is_meant(step, one) for step, one in zip(path, start, strict=False))


def _is_meant(step: Step, written: Step) -> bool:
    if step == written:
        return True
    if not isinstance(step, Keyed) or isinstance(written, Keyed) or len(step.values) != 1:
        return False
    plain = str(written)
    return step.values[0] in (plain, json.dumps(plain, ensure_ascii=False))


def _written(step: Step) -> str:
    if isinstance(step, int):
        return str(step)
    if isinstance(step, Keyed):
        pairs = zip(step.fields, step.values, strict=True)
        return "[" + ",".join(f"{_escaped(name)}={_key(value)}" for name, value in pairs) + "]"
    return f'"{_escaped(step)}"' if _INTEGER.fullmatch(step) or not step else _escaped(step)


def _key(canonical: str) -> str:
    """A key's value: a string as it is unless it would be taken for something else."""
    value = json.loads(canonical)
    if isinstance(value, str) and _PLAIN.fullmatch(value) and not _is_json(value):
        return _escaped(value)
    return _escaped(canonical)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(sign, sign) for sign in text)


def _meant(text: str) -> str:
    return _UNESCAPE.sub(lambda found: _MEANT[found[0]], text)


def _read(step: str) -> Step:
    if _INTEGER.fullmatch(step):
        return int(step)
    if step.startswith("["):
        return _keyed(step)
    if len(step) > 1 and step.startswith('"') and step.endswith('"'):
        return _meant(step[1:-1])
    return _meant(step)


def _keyed(step: str) -> Keyed:
    pairs = [pair.partition("=") for pair in step[1:-1].split(",")]
    if not step.endswith("]") or not all(name and sign for name, sign, _ in pairs):
        raise Usage(
            "bad-value",
            f"{step} is no item of a file",
            "a record or an element is written [FIELD=VALUE]",
        )
    names = tuple(_meant(name) for name, _, _ in pairs)
    return Keyed(names, tuple(_canonical(_meant(value)) for _, _, value in pairs))


def _canonical(text: str) -> str:
    """Text that is JSON as it is; any other is a string."""
    if _is_json(text):
        return text
    return json.dumps(text, ensure_ascii=False)
