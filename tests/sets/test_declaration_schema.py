"""The JSON Schema that contentvc comes with, and `read_declaration`, allow the same."""

import json

import jsonschema_rs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contentvc import limits
from contentvc.errors import Declined
from contentvc.sets.declaration_schema import schema_text
from contentvc.sets.fields import FIELDS
from contentvc.sets.reading import read_declaration
from tests.sets.declaration_schema import made

SCHEMA = json.loads(schema_text())
VALID = jsonschema_rs.validator_for(SCHEMA)

WORDS = st.sampled_from(
    ["a", "*", "**/*.jsonl", "a/b", "a/b.json", "../a.json", ".json", "a\n.json", "a.json\n", "", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "...", "a\n",
     "\n", "a/\n", ".\n", "ä", "jsonl", "text", "warn", "error", "x" * 1024, "ä" * 1024, "x" * 1025]
)  # fmt: skip
SCALARS = WORDS | st.sampled_from([1, 1.5, True, False])
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.just({}) | st.just([["a"]])
GOOD = st.fixed_dictionaries(
    {"paths": st.lists(st.sampled_from(["a", "**/*.md"]), min_size=1, max_size=2)}
)
SETS = GOOD | st.dictionaries(st.sampled_from([*FIELDS, "path", ""]), VALUES, max_size=4)
NAMES = st.sampled_from(["a", "A-1_b", "", "-a", "ä", "a b", "a.b", "a\n", "x" * 64, "x" * 65])
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "sets": st.dictionaries(NAMES, SETS | SCALARS, max_size=3) | VALUES,
        "other": SCALARS,
    },
)


def is_read(document):
    try:
        read_declaration(as_toml(document).encode())
    except Declined:
        return False
    return True


def as_toml(document):
    return "".join(f"{written(key)} = {written(value)}\n" for key, value in document.items())


def written(value):
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{written(key)} = {written(one)}" for key, one in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


@settings(max_examples=1000)
@given(DOCUMENTS)
@example({"sets": {"a": {"paths": ["x"], "schema": "a/b.json"}}})
def test_they_agree(document):
    assert is_read(document) is VALID.is_valid(document)


@pytest.mark.parametrize("field", FIELDS)
def test_they_agree_on_each_field(field):
    @settings(max_examples=200)
    @given(VALUES)
    def agree(value):
        document = {"sets": {"a": {"paths": ["x"], field: value}}}
        assert is_read(document) is VALID.is_valid(document)

    agree()


@pytest.mark.parametrize(
    "document",
    [
        {"sets": {f"s{number}": {"paths": ["a"]} for number in range(limits.CONTENT_SETS + more)}}
        for more in (0, 1)
    ]
    + [{"sets": {"a": {"paths": ["a"] * (limits.SET_WORDS + more)}}} for more in (0, 1)],
    ids=["most sets", "too many sets", "most words", "too many words"],
)
def test_they_agree_on_how_many(document):
    assert is_read(document) is VALID.is_valid(document)


@pytest.mark.parametrize(("field", "about"), FIELDS.items())
def test_examples_and_defaults_are_allowed(field, about):
    for value in filter(None, (about.example, about.default)):
        paths = "" if field == "paths" else "paths = ['a']\n"
        table = f"[sets.a]\n{paths}{field} = {value}\n"
        assert len(read_declaration(table.encode()).sets) == 1


def test_the_file_is_as_the_tables_say():
    assert schema_text() == made(), "write it with: python -m tests.sets.declaration_schema"
    jsonschema_rs.meta.validate(SCHEMA)
