import json
from decimal import Decimal

import pytest

from contentvc import limits
from contentvc.errors import Declined
from contentvc.formats.items import Tagged
from contentvc.ids import blob_id
from contentvc.sets.schema import compile_schema


def compiled(schema, path=b"schemas/case.json", **others):
    files = {path: schema if isinstance(schema, bytes) else json.dumps(schema).encode()}
    files |= {
        f"schemas/{name}.json".encode(): json.dumps(one).encode() for name, one in others.items()
    }
    return compile_schema(path, files.get)


def refusal(*schema, **others):
    with pytest.raises(Declined) as caught:
        compiled(*schema, **others)
    assert caught.value.code == "bad-schema"
    return caught.value


def test_where_and_in_which_words_a_value_breaks_it():
    check = compiled({"properties": {"a": {"items": {"type": "integer"}}}, "required": ["b"]}).check
    assert list(check({"a": [1], "b": 0})) == []
    told = sorted(check({"a": [1, "x"]}))
    assert told == [((), '"b" is a required property'), (("a", 1), '"x" is not of type "integer"')]


def test_the_draft_is_what_schema_says():
    then = {"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "string"}]}
    assert list(compiled(then).check([1]))
    assert not list(compiled({"prefixItems": [{"type": "string"}]}).check(["x"]))
    assert list(compiled({"prefixItems": [{"type": "string"}]}).check([1]))


def test_numbers_without_loss_and_what_json_has_no_word_for():
    check = compiled({"properties": {"n": {"maximum": 10}, "day": {"pattern": "^2026"}}}).check
    assert list(check({"n": 10**40}))
    assert list(check({"n": Decimal("10.00000000000000000001")}))
    assert not list(check({"n": Decimal("9.99999999999999999999")}))
    assert not list(check({"day": Tagged("date", "2026-01-01")}))
    assert list(check({"day": Tagged("date", "2025-01-01")}))
    assert not list(check({"day": [Tagged("!x", {"a": Tagged("!y", 1)})]}))


def test_text_that_is_no_unicode_is_told_of():
    assert list(compiled({"type": "string"}).check("\ud800"))


def test_references_lead_to_files_of_the_tree():
    schema = compiled(
        {"properties": {"a": {"$ref": "parts.json#/$defs/a"}}},
        parts={"$defs": {"a": {"type": "integer"}}},
    )
    assert list(schema.check({"a": "x"})) == [(("a",), '"x" is not of type "integer"')]
    assert set(schema.files) == {b"schemas/case.json", b"schemas/parts.json"}
    content = json.dumps({"$defs": {"a": {"type": "integer"}}}).encode()
    assert schema.files[b"schemas/parts.json"] == blob_id(content)


def test_references_count_from_the_schemas_own_id():
    schema = compiled(
        {"$id": "https://example.org/s/case.json", "$ref": "parts.json"}, parts={"type": "integer"}
    )
    assert list(schema.check("x"))
    assert (
        "does not lead"
        in refusal({"$id": "https://example.org/s/case.json", "$ref": "../x.json"}).message
    )


def test_a_name_with_signs_of_its_own():
    files = {
        b"a b/\xc3\xbc%.json": b'{"$ref": "c%20d.json"}',
        b"a b/c d.json": b'{"type": "integer"}',
    }
    assert list(compile_schema(b"a b/\xc3\xbc%.json", files.get).check("x"))


@pytest.mark.parametrize(
    "reference",
    [
        "http://127.0.0.1:1/x.json",
        "https://example.org/x.json",
        "file:///etc/hostname",
        "//host/x.json",
        "tree://host/x.json",
        "..%2f..%2fx.json",
        "x/%00.json",
    ],
)
def test_references_that_lead_elsewhere(reference):
    assert "does not lead to a file of the tree" in refusal({"$ref": reference}).message


def test_a_reference_above_the_root_stays_below_it():
    assert (
        "etc/hosts.json:1:1: there is no such file"
        in refusal({"$ref": "../../../etc/hosts.json"}).message
    )


def test_what_is_missing():
    assert refusal({"$ref": "gone.json"}).details["path"] == "schemas/gone.json"
    with pytest.raises(Declined, match="no such file"):
        compile_schema(b"x.json", lambda _: None)
    with pytest.raises(Declined, match="does not end with"):
        compile_schema(b"x.yaml", lambda _: b"{}")
    assert "x" in refusal({"$ref": "#/$defs/x"}).message


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        (b'{"type": "integer",\n }', "schemas/case.json:2:2: it is not JSON"),
        (b'{"a":\n"\xff"}', "schemas/case.json:2:1: it is not UTF-8"),
        (b'{"minimum": NaN}', "there is no NaN"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"not":' * 400 + b"{}" + b"}" * 400, "ecursion"),
        (b"[]", "is not of types"),
        ({"type": "intger"}, "type: "),
        ({"pattern": "(a"}, "regex"),
        ({"pattern": "(?:a{1000}){1000}"}, "regex"),
        ({"minLength": -1}, "minLength: "),
        ({"$schema": "https://example.org/own"}, "own"),
        (b'{"maximum": ' + b"9" * 10_000 + b"}", "not JSON"),
    ],
)
def test_what_cannot_be_a_schema(schema, told):
    assert told in refusal(schema).message


def test_loops_of_references_end():
    assert not list(compiled({"$ref": "#"}).check(1))
    loop = compiled({"$ref": "b.json"}, b={"$ref": "case.json"})
    assert not list(loop.check(1))
    tree = compiled({"properties": {"a": {"$ref": "#"}}, "type": "object"})
    assert list(tree.check({"a": {"a": 1}})) == [(("a", "a"), '1 is not of type "object"')]


def test_patterns_that_try_everything_end():
    check = compiled({"pattern": r"^(a|aa)+\1c$"}).check
    assert len(list(check("a" * 5000 + "b"))) == 1


def test_sizes_have_limits():
    assert "bytes" in refusal(b" " * (limits.SCHEMA_BYTES + 1)).message
    others = {f"p{i}": {"$ref": f"p{i + 1}.json"} for i in range(limits.SCHEMA_FILES + 1)}
    assert "files" in refusal({"$ref": "p0.json"}, **others).message


def test_what_is_told_is_short_and_not_too_much():
    check = compiled({"items": {"type": "integer"}}).check
    told = list(check(["x" * 10_000] * 1000))
    assert len(told) == limits.SCHEMA_ERRORS
    assert all(len(message) <= limits.PROBLEM_WORDS + 1 for _, message in told)
    assert told[0][1].endswith('is not of type "integer"')
