"""JSON Lines: every line is a record."""

import json
from collections.abc import Sequence
from decimal import Decimal
from json.encoder import encode_basestring

from contentvc import limits
from contentvc.formats.fast_json import NotJson, loads
from contentvc.formats.items import Value
from contentvc.formats.problems import Problem, Unfit
from contentvc.formats.records.dialect import Key, malformed, with_blanks

__all__ = ["JsonLines", "canonical", "json_text"]


class JsonLines:
    """Records that are JSON values, mostly objects; each has fields of its own."""

    columns = None
    quote = None

    def split(self, content: bytes) -> list[bytes]:
        """Lines, blank ones with the record before them."""
        lines = content.splitlines(keepends=True) if b"\r" not in content else _lines(content)
        lines = with_blanks(lines, bytes.isspace)
        if len(content) > limits.RECORD_BYTES < max(map(len, lines), default=0):
            raise malformed(f"a record is longer than {limits.RECORD_BYTES >> 20} MiB")
        return lines

    def value(self, raw: bytes) -> Value:
        """The value of the line."""
        try:
            return loads(raw)
        except NotJson as error:
            raise _unfit(error, raw) from None

    def keys(self, raws: Sequence[bytes], fields: tuple[str, ...]) -> list[Key | None]:
        """The canonical values of these members."""
        return [key_of(self.value(raw), fields) for raw in raws]

    def written(self, value: Value) -> bytes:
        """As Python's json writes it, with characters as they are."""
        return json_text(value).encode()


def key_of(value: Value, fields: tuple[str, ...]) -> Key | None:
    """The key of a record, given its value."""
    if not isinstance(value, dict):
        return None
    found = tuple([canonical(value.get(name)) for name in fields])
    return None if None in found else found  # type: ignore[return-value]  # no None is left


def canonical(value: Value) -> str | None:
    """A scalar as canonical JSON; None for what is no key: null, lists, objects."""
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, int | float | Decimal):
        return json_text(value)
    return None


def json_text(value: Value) -> str:
    """The value as one line of JSON.

    Raises:
        Unfit: JSON has no word for it.
    """
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        pairs = [f"{encode_basestring(name)}: {json_text(one)}" for name, one in value.items()]
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(json_text, value)) + "]"
    if value is not None and not isinstance(value, str | int | float):
        raise malformed("JSON has no word for a value with a tag")
    return json.dumps(value, ensure_ascii=False)


def _unfit(error: NotJson, raw: bytes) -> Unfit:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return Unfit(Problem("encoding", "it is not UTF-8", None, error.line))
    written = raw.rstrip()
    lines = written.count(b"\n") + 1
    if error.line > lines:  # what is not closed ends after the line end, as the parser sees it
        return malformed(error.message, lines, len(written.rpartition(b"\n")[2].decode()) + 1)
    return malformed(error.message, error.line, error.column)


def _lines(content: bytes) -> list[bytes]:
    """Lines that end with a newline alone: a carriage return is a blank to JSON."""
    parts = content.split(b"\n")
    lines = [part + b"\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines
