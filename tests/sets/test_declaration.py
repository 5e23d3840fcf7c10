"""What contentvc.toml says, and what is wrong with it, by line and column."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc import limits
from contentvc.errors import Declined
from contentvc.formats.rules import NO_RULES, Rules
from contentvc.sets.declaration import EMPTY, Declaration, Strictness
from contentvc.sets.reading import examine_declaration, read_declaration

WHOLE = b"""\
[sets.evals]
paths = ["evals/**/*.jsonl"]
key = ["case", "language"]
schema = "schemas/case.schema.json"
required_attributes = ["license"]
format = "jsonl"
validate = "warn"

[sets.prompts]
paths = ["prompts/**", "evals/**"]
unordered = ["tags"]
key = "id"
"""


def mistakes(text: str | bytes) -> list[str]:
    with pytest.raises(Declined) as refused:
        read_declaration(text.encode() if isinstance(text, str) else text)
    assert refused.value.code == "bad-declaration"
    listed = refused.value.details["mistakes"]
    assert isinstance(listed, list)
    assert refused.value.message.startswith(listed[0])
    return [one.removeprefix("contentvc.toml:") for one in listed]


def test_what_is_declared():
    evals, prompts = read_declaration(WHOLE).sets
    assert (evals.name, evals.paths) == ("evals", ("evals/**/*.jsonl",))
    assert evals.rules == Rules("evals", "jsonl", ("case", "language"), ())
    assert evals.schema == "schemas/case.schema.json"
    assert evals.required_attributes == ("license",)
    assert evals.validate is Strictness.WARN
    assert prompts.rules == Rules("prompts", None, ("id",), ("tags",))
    assert prompts.validate is Strictness.ERROR
    assert (prompts.schema, prompts.required_attributes) == (None, ())


def test_the_first_set_that_has_a_path_counts():
    declared = read_declaration(WHOLE)
    assert declared.rules_for(b"evals/a/b.jsonl").set == "evals"
    assert declared.rules_for(b"evals/a/b.md").set == "prompts"
    assert declared.rules_for(b"other/x") == NO_RULES
    assert declared.set_for(b"evals/x.jsonl") == declared.sets[0]
    assert declared.set_for(b"x") is None


@pytest.mark.parametrize("text", [b"", b"# nothing\n", b"[sets]\n", "\ufeff# a mark\n".encode()])
def test_what_declares_nothing(text):
    assert read_declaration(text) == EMPTY == Declaration()
    assert hash(read_declaration(text)) == hash(EMPTY)


P = 'paths = ["a"]\n'


def test_sets_without_mistakes_are_understood_beside_others():
    declared, told = examine_declaration(f"[sets.a]\n{P}[sets.b]\n{P}x = 1\n".encode())
    assert [one.name for one in declared.sets] == ["a"]
    assert [(one.line, one.column) for one in told] == [(5, 1)]
    assert examine_declaration(WHOLE) == (read_declaration(WHOLE), ())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a = " + "[" * 9999, "1:37: it is nested too deeply"),
        ("\n" + "a." * 9999 + "a = 1", "it is nested too deeply"),
        ("a = " + "9" * 9999, "1:1: a number in it has too many digits"),
        ("#" * (limits.DECLARATION_BYTES + 1), "1:1: it has 262,145 bytes"),
        ("".join(f"[sets.s{n}]\n{P}" for n in range(1001)), "there are 1,001 "),
        (
            "".join(f"[sets.s{n}]\npaths = [{', '.join(['1'] * 1000)}]\n" for n in range(11)),
            "there are 11,000 paths",
        ),
        (f"[sets.a]\n{P}{'k' * 100_000} = 1\n", "3:1: there is no 'kkk"),
    ],
)
def test_more_than_is_believed(text, told):
    assert told in mistakes(text)[0][:300]


def test_of_very_many_mistakes_the_first_are_told():
    text = f"[sets.a]\n{P}" + "".join(f"k{number} = 1\n" for number in range(20_000))
    assert len(mistakes(text)) == limits.MISTAKES


def test_as_many_sets_as_are_allowed():
    sets = [f'[sets.s{number}]\npaths = ["a{number}/**/*.x"]\n' for number in range(1000)]
    declared = read_declaration("".join(sets).encode())
    assert declared.rules_for(b"a999/b/c.x").set == "s999"
    assert declared.rules_for(b"a1000/b/c.x") == NO_RULES


@given(st.binary(max_size=200))
def test_any_bytes_are_a_declaration_or_refused(content):
    for start in (b"", b"[sets.a]\npaths = ['a']\n"):
        with suppress(Declined):
            read_declaration(start + content)


_VALUES = st.recursive(
    st.sampled_from(["1", '"a"', "true", "1979-05-27", "nan", "''", '"a/**"']),
    lambda inner: st.lists(inner, max_size=3).map(lambda many: "[" + ", ".join(many) + "]"),
    max_leaves=5,
)
_KEYS = st.sampled_from(
    ["paths", "format", "key", "unordered", "schema", "required_attributes", "validate", "other"]
)


@given(st.dictionaries(_KEYS, _VALUES))
def test_any_value_of_any_key_is_understood_or_named(table):
    lines = [f"{key} = {value}\n" for key, value in table.items()]
    try:
        declared = read_declaration(("[sets.a]\n" + "".join(lines)).encode())
    except Declined as error:
        for one in error.details["mistakes"]:
            line = int(one.split(":")[1])
            assert 1 <= line <= len(lines) + 1
    else:
        assert [one.name for one in declared.sets] == ["a"]
