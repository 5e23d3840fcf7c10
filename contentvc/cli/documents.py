r"""Documents: what ``--json`` prints.

One document and a newline; ``schema`` first, all other keys sorted, so that two runs can be
compared as text. The bytes are ASCII, with ``\u`` for the rest: they are the same in every
locale, and nothing in them can act on a terminal.
"""

from binascii import b2a_base64
from collections.abc import Mapping, Sequence
from typing import Final

from contentvc.cli.escape import sound
from contentvc.cli.units import exact_time

__all__ = [
    "SCHEMA",
    "Document",
    "Json",
    "dump",
    "dump_item",
    "json_path",
    "json_time",
    "list_end",
    "list_start",
]

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
Document = Mapping[str, Json]

SCHEMA: Final = 1
"""Raised when a key changes its meaning or goes away; a new key does not raise it."""


def dump(document: Document) -> str:
    """The text of a document, without the newline."""
    rest = dump_item(document)
    return f'{{"schema": {SCHEMA}}}' if rest == "{}" else f'{{"schema": {SCHEMA}, {rest[1:]}'


def dump_item(item: Json) -> str:
    """The text of a part of a document."""
    text = _dumped(item)
    if "\\ud" in text:  # maybe half a surrogate pair, which strict readers refuse
        text = _dumped(_sound(item))
    return text


def list_start(key: str, beside: Document) -> str:
    """The text of a document up to the first item of its list `key`.

    A list of any length is printed as it comes, and need not be held. Other members stand
    `beside` it, in the order of their keys.
    """
    before = {name: member for name, member in beside.items() if name < key}
    return f'{dump(before)[:-1]}, "{key}": ['


def list_end(key: str, beside: Document) -> str:
    """The text of that document from after the last item."""
    after = {name: member for name, member in beside.items() if name > key}
    return f"], {dump_item(after)[1:]}" if after else "]}"


def json_path(path: bytes, key: str = "path") -> dict[str, Json]:
    """Members for a path: ``path``, and ``path_bytes`` in base64 when it is not UTF-8."""
    try:
        return {key: path.decode()}
    except UnicodeDecodeError:
        return {
            key: path.decode("utf-8", "replace"),
            f"{key}_bytes": b2a_base64(path, newline=False).decode("ascii"),
        }


def json_time(time: int, zone: int = 0) -> str:
    """A time (microseconds since 1970) with its zone, exactly."""
    return exact_time(time, zone)


def _dumped(document: Json) -> str:
    import json

    return json.dumps(document, sort_keys=True, allow_nan=False)


def _sound(value: Json) -> Json:
    if isinstance(value, str):
        return sound(value)
    if isinstance(value, Mapping):
        return {sound(key): _sound(member) for key, member in value.items()}
    if isinstance(value, Sequence):
        return [_sound(member) for member in value]
    return value
