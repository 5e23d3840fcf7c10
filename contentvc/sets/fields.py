"""Fields: what can stand in a content set's table in ``contentvc.toml``.

One table: the reader, the JSON Schema and the reference are made from it.
"""

from enum import StrEnum
from typing import Final, NamedTuple

__all__ = ["FIELDS", "SET_NAME", "Field", "Kind", "Strictness"]

SET_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"
"""A set's name, whole."""


class Strictness(StrEnum):
    """What `commit` does about content that breaks what its set asks."""

    ERROR = "error"
    WARN = "warn"
    OFF = "off"


class Kind(StrEnum):
    """What values a field takes, in words for people."""

    PATTERNS = "list of patterns"
    NAMES = "list of strings"
    NAME_OR_NAMES = "string, or list of strings"
    FORMAT = "name of a format"
    SCHEMA = "path of a .json file, from the root"
    STRICTNESS = "error, warn or off"


class Field(NamedTuple):
    """One key of a content set."""

    kind: Kind
    example: str
    """In TOML."""
    meaning: str
    default: str = ""
    """In TOML; empty where there is none."""
    is_required: bool = False


FIELDS: Final[dict[str, Field]] = {
    "paths": Field(
        Kind.PATTERNS,
        '["evals/**/*.jsonl"]',
        "The files that are in it. A file is in the first set that has it.",
        is_required=True,
    ),
    "format": Field(
        Kind.FORMAT,
        '"jsonl"',
        "How its files are read, where their names do not tell it.",
    ),
    "key": Field(
        Kind.NAME_OR_NAMES,
        '"case_id"',
        "The fields that name a record, or an element of a list. Without it, a field is taken "
        "that names every record of the versions that are compared, if there is one.",
    ),
    "unordered": Field(
        Kind.NAMES,
        '["tags"]',
        'Names of lists whose order means nothing, at any depth; "*" is every list, and the '
        "records of a file.",
    ),
    "schema": Field(
        Kind.SCHEMA,
        '"schemas/case.schema.json"',
        "A JSON Schema in the same version: for each record, or for each file that is one "
        "document.",
    ),
    "required_attributes": Field(
        Kind.NAMES,
        '["license"]',
        "Attributes that each of its files must have.",
    ),
    "validate": Field(
        Kind.STRICTNESS,
        '"warn"',
        "What commit does about problems in what it records: refuse it, tell of them, or not look.",
        default='"error"',
    ),
}
