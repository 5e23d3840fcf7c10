"""The JSON Schema of contentvc.toml as the program's tables have it.

``python -m tests.sets.declaration_schema`` writes it to the file that contentvc comes with.
"""

import json
from pathlib import Path
from typing import Any, Final

from contentvc import limits
from contentvc.formats.registry import FORMATS
from contentvc.sets.fields import FIELDS, SET_NAME, Field, Kind, Strictness

FILE: Final = Path(__file__).parents[2] / "contentvc" / "sets" / "contentvc.schema.json"

_WORD: Final = {"type": "string", "minLength": 1, "maxLength": limits.SET_WORD}
_NAME: Final = r"(?!\.{1,2}(?:/|$))[^/]+"
_PATH: Final = f"^{_NAME}(?:/{_NAME})*$"


def made() -> str:
    """Its text."""
    return json.dumps(_document(), indent=2, ensure_ascii=False) + "\n"


def _document() -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "contentvc.toml",
        "description": "Content sets: named parts of the content, and what they ask.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "sets": {
                "description": "By name. A file is in the first set that has it.",
                "type": "object",
                "maxProperties": limits.CONTENT_SETS,
                "additionalProperties": False,
                "patternProperties": {f"^{SET_NAME}$": _set()},
            }
        },
    }


def _set() -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name, one in FIELDS.items() if one.is_required],
        "properties": {name: _field(one) for name, one in FIELDS.items()},
    }


def _field(field: Field) -> dict[str, Any]:
    default = {"default": json.loads(field.default)} if field.default else {}
    return {"description": field.meaning, **_value(field.kind), **default}


def _value(kind: Kind) -> dict[str, Any]:
    if kind is Kind.PATTERNS:
        return _list({**_WORD, "pattern": _PATH})
    if kind is Kind.NAMES:
        return _list(_WORD)
    if kind is Kind.NAME_OR_NAMES:
        return {"anyOf": [_WORD, _list(_WORD)]}
    if kind is Kind.SCHEMA:
        return {"type": "string", "allOf": [{"pattern": _PATH}, {"pattern": r"\.json$"}]}
    words = [one.name for one in FORMATS] if kind is Kind.FORMAT else list(Strictness)
    return {"enum": [str(word) for word in words]}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "maxItems": limits.SET_WORDS, "items": items}


if __name__ == "__main__":
    FILE.write_text(made())
