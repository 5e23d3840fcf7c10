"""What contentvc.toml may say, and where its mistakes are."""

import pytest

from contentvc import limits
from contentvc.errors import Declined
from contentvc.formats.rules import Rules
from contentvc.sets.declaration import Strictness
from contentvc.sets.fields import FIELDS
from contentvc.sets.reading import read_declaration


def mistakes(text):
    with pytest.raises(Declined) as caught:
        read_declaration(text.encode() if isinstance(text, str) else text)
    assert caught.value.code == "bad-declaration"
    told = caught.value.details["mistakes"]
    assert caught.value.message.startswith(told[0])
    assert all(one.startswith("contentvc.toml:") for one in told)
    return [one.removeprefix("contentvc.toml:") for one in told]


def test_everything_that_can_be_said():
    declared = read_declaration(
        b"""\xef\xbb\xbf
[sets.evals]
paths = ["evals/**/*.jsonl"]
key = "case_id"
schema = "schemas/case.schema.json"
required_attributes = ["license"]
format = "jsonl"
validate = "off"
[sets.prompts]
paths = ["prompts/**"]
key = ["a", "b"]
unordered = ["tags"]
"""
    )
    evals, prompts = declared.sets
    assert evals.rules == Rules("evals", "jsonl", ("case_id",))
    assert evals.schema == "schemas/case.schema.json"
    assert evals.required_attributes == ("license",)
    assert evals.validate is Strictness.OFF
    assert prompts.rules == Rules("prompts", None, ("a", "b"), ("tags",))
    assert prompts.validate is Strictness.ERROR
    assert declared.rules_for(b"prompts/a") == prompts.rules
    assert declared.rules_for(b"other") == Rules()


@pytest.mark.parametrize("text", ["", "\n# nothing\n", "[sets]\n"])
def test_a_file_may_declare_nothing(text):
    assert read_declaration(text.encode()).sets == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[set.a]", ["1:2: there is no 'set' here; is 'sets' meant?"]),
        ("sets = 1", ["1:8: 'sets' is a table of tables: [sets.NAME]"]),
        ("[[sets]]", ["1:3: 'sets' is a table of tables: [sets.NAME]"]),
        ("sets.a = 1", ["1:10: 'a' is a table: [sets.a]"]),
        ("[sets.a]\n", ['1:7: paths are missing: paths = ["evals/**/*.jsonl"]']),
        (
            "[sets.'a b']\npaths = ['x']",
            ["1:7: 'a b' is no name of a set: up to 64 letters, digits, '-' and '_'"],
        ),
        ("[sets.a]\npaths = 'x'", ["2:9: 'paths' is a list of strings that is not empty"]),
        ("[sets.a]\npaths = []", ["2:9: 'paths' is a list of strings that is not empty"]),
        ("[sets.a]\npaths = ['x', 1]", ["2:15: this is a string that is not empty"]),
        ("[sets.a]\npaths = ['x', '']", ["2:15: this is a string that is not empty"]),
        (
            "[sets.a]\r\npaths = [\r\n  'x',\r\n\t'/y',\r\n]",
            ["4:2: '/y' is not a pattern of paths from the root"],
        ),
        (
            "[sets.a]\npaths = ['x']\n[sets.b]\npaths = ['x']\npath = 1\n[sets.c]\npath = 1\n",
            [
                "5:1: there is no 'path' here; is 'paths' meant?",
                '6:7: paths are missing: paths = ["evals/**/*.jsonl"]',
                "7:1: there is no 'path' here; is 'paths' meant?",
            ],
        ),
        ("sets = {a = {paths = ['x'], kez = 'b'}}", ["1:29: there is no 'kez' here; is 'key' meant?"]),
        ('"sets"."a"."paths" = ["x"]\nsets.a.\'key\' = 1', ["2:16: 'key' is a string, or a list of them"]),
        ("[sets.a]\npaths = ['ü']; x", None),
        ("[sets.a]\n'größe' = 1\npaths = ['ü', '..']", [
            "2:1: there is no 'größe' here; known: " + ", ".join(FIELDS),
            "3:15: '..' is not a pattern of paths from the root",
        ]),
        ("[sets.a]\npaths=['x']\nkey = []", ["3:7: 'key' is a string, or a list of them"]),
        ("[sets.a]\npaths=['x']\nkey = ''", ["3:7: this is a string that is not empty"]),
        ("[sets.a]\npaths=['x']\nvalidate = true", ["3:12: 'validate' is one of error, warn, off"]),
        ("[sets.a]\npaths=['x']\nschema = '../x'", ["3:10: 'schema' is a path from the root, without '..', that ends with .json"]),
        ("[sets.a]\npaths=['x']\nschema = 1", ["3:10: 'schema' is a path from the root, without '..', that ends with .json"]),
    ],
)  # fmt: skip
def test_mistakes_and_where_they_are(text, told):
    if told is None:
        (only,) = mistakes(text)
        assert only.startswith("2:14: ")
    else:
        assert mistakes(text) == told


def test_a_format_that_does_not_exist():
    (told,) = mistakes("[sets.a]\npaths=['x']\nformat = 'excel'")
    assert told.startswith("3:10: 'format' is one of ")
    assert "binary" in told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[sets.a]\npa\xc3\xbc\xff", "2:4: it is not UTF-8"),
        (b"\xef\xbb\xbf\xff", "1:1: it is not UTF-8"),
        (b"a = '\0'", "1:6: "),
        (b"a = 'x\rb'", "1:7: "),
        (b"a = [", "1:6: "),
        (b"a = 1\r\na = 2", "2:"),
        (b"\xff\xfe[\0s\0", "1:1: it is not UTF-8"),
        (b"a = " + b"[" * 100_000, "1:37: it is nested too deeply"),
        (b"a = " + b"{a=" * 50_000, "1:101: it is nested too deeply"),
        (b"a" + b".a" * 100_000, "1:34: it is nested too deeply"),
        (b"[a" + b".a" * 100_000 + b"]", "1:35: it is nested too deeply"),
        (b"#" * 300_000, "1:1: it has 300,000 bytes, and 262,144 at most"),
    ],
)
def test_files_that_are_no_toml_at_all(content, told):
    (only,) = mistakes(content)
    assert only.startswith(told), only


def test_too_many_of_anything():
    many = "".join(f"sets.s{number}.paths=['a']\n" for number in range(10_000))
    assert mistakes(many) == ["1:1: there are 10,000 content sets, and 1,000 at most"]
    words = "[sets.a]\npaths = [" + "'a'," * 60_000 + "]"
    assert mistakes(words) == ["2:9: 'paths' has 60,000 words, and 1,000 at most"]
    word = f"[sets.a]\npaths = ['a', '{'a' * 2000}']"
    assert mistakes(word) == ["2:15: this has 2,000 characters, and 1,024 at most"]


def test_of_many_mistakes_the_first_are_told():
    text = "[sets.a]\npaths = ['a']\n" + "".join(f"k{number} = 1\n" for number in range(20_000))
    with pytest.raises(Declined, match=r"3:1: .* \(and 19,999 more\)") as caught:
        read_declaration(text.encode())
    assert len(caught.value.details["mistakes"]) == limits.MISTAKES


def test_as_many_sets_as_there_may_be():
    text = "".join(
        f"[sets.s{number}]\npaths = ['{'*/' * 20}**/x[a-c]*']\n"
        for number in range(limits.CONTENT_SETS)
    )
    assert len(read_declaration(text.encode()).sets) == limits.CONTENT_SETS
