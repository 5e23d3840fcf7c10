import base64
import json

from hypothesis import example, given
from hypothesis import strategies as st

from contentvc.cli.documents import dump, json_path

TEXT = st.text(st.characters(exclude_categories=()))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=10,
)


def test_schema_comes_first_and_the_rest_is_sorted():
    assert dump({"b": 1, "a": {"d": 2, "c": "é"}}) == (
        '{"schema": 1, "a": {"c": "\\u00e9", "d": 2}, "b": 1}'
    )
    assert dump({}) == '{"schema": 1}'


@given(st.dictionaries(st.text(), VALUES))
@example({"name": "half \ud83d of a pair"})
@example({"name": "a backslash \\ud83d"})
@example({"name": "whole \U0001f600"})
def test_any_document_can_be_read_back_and_is_plain_ascii(document):
    text = dump(document)
    assert text.isascii()
    assert text.isprintable()
    back = json.loads(text)
    json.dumps(back, ensure_ascii=False).encode()
    assert set(back) == set(document) | {"schema"}


@given(st.dictionaries(st.text().filter("schema".__ne__), st.text() | st.integers()))
def test_sound_values_come_back_as_they_were(document):
    assert json.loads(dump(document)) == {"schema": 1, **document}


@given(st.binary())
@example(b"caf\xe9")
def test_every_path_can_be_had_exactly(path):
    members = json_path(path, "old_path")
    assert members["old_path"] == path.decode("utf-8", "replace")
    exact = members.get("old_path_bytes")
    assert (base64.b64decode(exact) if exact else members["old_path"].encode()) == path


def test_paths_that_are_utf8_have_no_bytes():
    assert json_path("é".encode()) == {"path": "é"}
