r"""Documents: what ``--json`` prints.

One document and a newline; ``schema`` first, all other keys sorted, so that two runs can be
compared as text. The bytes are ASCII, with ``\u`` for the rest: they are the same in every
locale, and nothing in them can act on a terminal.
"""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from contentvc.cli.escape import sound
from contentvc.cli.units import exact_time

__all__ = [
    "SCHEMA",
    "Document",
    "Json",
    "dump",
    "dump_list",
    "json_id",
    "json_path",
    "json_time",
]

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
Document = Mapping[str, Json]

SCHEMA: Final = 1
"""Raised when a key changes its meaning or goes away; a new key does not raise it."""


def dump(document: Document) -> str:
    """The text of a document, without the newline."""
    rest = _dumped(document)
    if "\\ud" in rest:  # maybe half a surrogate pair, which strict readers refuse
        rest = _dumped(_sound(document))
    return f'{{"schema": {SCHEMA}}}' if rest == "{}" else f'{{"schema": {SCHEMA}, {rest[1:]}'


def dump_list(key: str, items: Iterable[Json], beside: Document) -> Iterator[str]:
    """The text of a document whose member `key` is a long list, in parts as the items come.

    Nothing is given before the first item was found, so that an error until then is a document
    of its own. An error after that is raised when the items so far make a list; the caller ends
    the document with `dump_end`.

    Args:
        key: of the list.
        items: its items.
        beside: all other members that come before the list in the order of their keys.
    """
    start = f'{dump(beside)[:-1]}, "{key}": ['
    for item in items:
        yield start + dump_item(item)
        start = ", "
    yield "]" if start == ", " else start + "]"


def json_path(path: bytes, key: str = "path") -> dict[str, Json]:
    """Members for a path: ``path``, and ``path_bytes`` in base64 when it is not UTF-8."""
    try:
        return {key: path.decode()}
    except UnicodeDecodeError:
        return {
            key: path.decode("utf-8", "replace"),
            f"{key}_bytes": b64encode(path).decode("ascii"),
        }


def json_time(time: int, zone: int = 0) -> str:
    """A time (microseconds since 1970) with its zone, exactly."""
    return exact_time(time, zone)


def _dumped(document: Json) -> str:
    return json.dumps(document, sort_keys=True, allow_nan=False)


def _sound(value: Json) -> Json:
    if isinstance(value, str):
        return sound(value)
    if isinstance(value, Mapping):
        return {sound(key): _sound(member) for key, member in value.items()}
    if isinstance(value, Sequence):
        return [_sound(member) for member in value]
    return value
