"""validate, and what commit refuses, warns of and remembers."""

import json
import os
import shutil
from functools import partial

import pytest

from contentvc import limits
from contentvc.actions import validate
from tests.cli.scenery import planted, visitor

SCHEMA = {"properties": {"ask": {"type": "string"}}, "required": ["ask"]}
GOOD = '{"id": 1, "ask": "a"}\n{"id": 2, "ask": "b"}\n'
BAD = '{"id": 1, "ask": "a"}\n{"id": 2, "ask": 5}\n'


@pytest.fixture
def ada(tmp_path):
    folder = tmp_path / "ground"
    folder.mkdir()
    planted(folder)
    return visitor(folder, tmp_path)


def write(ada, **files):
    for name, text in files.items():
        path = os.path.join(ada.here, name.replace("__", "/").replace("_dot_", ".").encode())
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())


def declare(ada, strictness="error", schema="schema.json", more="", **files):
    text = f'[sets.cases]\npaths = ["cases/**"]\nkey = "id"\nvalidate = "{strictness}"\n{more}\n'
    if schema:
        text += f'schema = "{schema}"\n'
    write(ada, contentvc_dot_toml=text, schema_dot_json=json.dumps(SCHEMA), **files)


def committed(ada, *more, code=0):
    ran = ada.run("commit", "-m", "x", *more)
    assert ran.code == code, ran.err
    return ran


def everything(ada):
    """Refs, HEAD and the working tree."""
    return (
        ada.run("log", "--json").out,
        ada.run("status", "--json").out,
        ada.run("operations", "--json").out,
    )


def problems(ada, *arguments):
    ran = ada.run("validate", "--json", *arguments)
    document = ran.json
    assert ran.code == (0 if document["ok"] else 1)
    return [(one["path"], one["code"], one["line"]) for one in document["problems"]]


def known(ada, *arguments):
    document = ada.run("validate", "--json", *arguments).json
    return document["files"], document["known"]


def test_a_commit_that_breaks_its_set_is_refused_and_leaves_all_as_it_was(ada):
    declare(ada, cases__a_dot_jsonl=GOOD)
    committed(ada)
    write(ada, cases__a_dot_jsonl=BAD, other_dot_txt="x")
    before = everything(ada)
    ran = committed(ada, code=1)
    assert ran.out == ""
    assert ran.err.splitlines() == [
        'cases/a.jsonl:2: [id=2]/ask: 5 is not of type "string" [schema]',
        "error: 1 problem in cases/a.jsonl; nothing was recorded",
        "hint: to record it all the same: --no-verify",
    ]
    assert everything(ada) == before
    assert ada.run("verify").code == 0
    write(ada, cases__a_dot_jsonl=GOOD + '{"id": 3, "ask": "c"}\n')
    committed(ada)
    assert problems(ada) == []


def test_nothing_is_asked_with_no_verify_and_the_commit_says_so(ada):
    declare(ada, cases__a_dot_jsonl=BAD)
    assert "problem" not in committed(ada, "--no-verify", "--attr", "by=Ada").err
    told = ada.run("log", "--json").json["commits"][0]["attributes"]
    assert told == {"by": "Ada", "validation": "skipped"}
    assert problems(ada, "HEAD") == [("cases/a.jsonl", "schema", 2)]


def test_amending_validates_what_the_amended_commit_did(ada):
    declare(ada, cases__a_dot_jsonl=GOOD)
    committed(ada)
    write(ada, cases__a_dot_jsonl=BAD)
    committed(ada, "--no-verify")
    write(ada, other_dot_txt="x")
    committed(ada, "--amend", code=1)
    write(ada, cases__a_dot_jsonl=GOOD.replace("b", "c"))
    committed(ada, "--amend")
    assert ada.run("log", "--json").json["commits"][0]["attributes"] == {}
    write(ada, cases__b_dot_jsonl=BAD)
    committed(ada, "--no-verify")
    os.remove(os.path.join(ada.here, b"cases/b.jsonl"))
    committed(ada, "--amend")


def test_amending_the_first_commit_validates_all_of_it(ada):
    declare(ada, cases__a_dot_jsonl=BAD)
    committed(ada, "--no-verify")
    committed(ada, "--amend", code=1)


def test_a_set_that_warns(ada):
    declare(ada, "warn", cases__a_dot_jsonl=BAD)
    ran = committed(ada)
    assert ran.err.splitlines() == [
        "note: recorded with 1 problem",
        'cases/a.jsonl:2: [id=2]/ask: 5 is not of type "string" [schema]',
    ]
    write(ada, cases__a_dot_jsonl=BAD + "{}\n")
    document = ada.run("commit", "--json", "-m", "y")
    assert document.err == ""
    assert [one["code"] for one in document.json["warnings"]] == ["schema", "missing-key", "schema"]
    assert ada.run("log", "--json").json["commits"][0]["attributes"] == {}


def test_a_set_that_is_not_validated_by_commits(ada):
    declare(ada, "off", cases__a_dot_jsonl=BAD)
    assert committed(ada).err == ""
    assert problems(ada) == [("cases/a.jsonl", "schema", 2)]


def test_only_what_is_recorded_is_validated(ada):
    declare(ada, cases__a_dot_jsonl=GOOD, cases__b_dot_jsonl=BAD)
    committed(ada, "contentvc.toml", "schema.json", "cases/a.jsonl")
    committed(ada, "cases/b.jsonl", code=1)
    committed(ada, "--no-verify", "cases")
    write(ada, cases__a_dot_jsonl=GOOD + '{"id": 3, "ask": "c"}\n')
    committed(ada)  # what was wrong before is not asked for again


def test_a_changed_schema_concerns_all_files_of_its_sets(ada):
    declare(ada, cases__a_dot_jsonl=GOOD)
    committed(ada)
    write(ada, schema_dot_json='{"required": ["source"]}')
    assert "2 problems in cases/a.jsonl" in committed(ada, code=1).err
    write(ada, schema_dot_json='{"$ref": "parts.json"}', parts_dot_json="{}")
    committed(ada)
    write(ada, parts_dot_json='{"required": ["source"]}')
    assert "2 problems in cases/a.jsonl" in committed(ada, code=1).err
    os.remove(os.path.join(ada.here, b"parts.json"))
    assert "parts.json:1:1: there is no such file" in committed(ada, code=1).err


def test_a_changed_declaration_concerns_the_files_that_are_asked_for_something_else(ada):
    declare(ada, schema="", cases__a_dot_jsonl=BAD)
    committed(ada)
    declare(ada)
    assert "1 problem in cases/a.jsonl" in committed(ada, code=1).err
    write(ada, contentvc_dot_toml='[sets.cases]\npaths = ["cases/**"]\nkey = "ask"\n')
    committed(ada)


def test_mistakes_in_the_declaration_are_refused(ada):
    write(ada, contentvc_dot_toml='[sets.cases]\npath = ["x"]\n')
    ran = committed(ada, code=1)
    assert (
        "contentvc.toml:2:1: there is no 'path' here; is 'paths' meant? [bad-declaration]"
        in ran.err
    )
    assert [one[1] for one in problems(ada)] == ["bad-declaration"] * 2
    assert problems(ada, "--set", "cases") == problems(ada)
    committed(ada, "--no-verify")
    assert [one[0] for one in problems(ada, "HEAD")] == ["contentvc.toml"] * 2


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ('{"type": "text"}', "schema.json:1:1: type: "),
        ('{\n"a" 1}', "schema.json:2:5: it is not JSON"),
        ('{"$ref": "http://127.0.0.1:1/x.json"}', "does not lead to a file of the tree"),
        ('{"$ref": "file:///etc/hostname.json"}', "does not lead to a file of the tree"),
        (
            '{"$ref": "../../../../etc/hostname.json"}',
            "etc/hostname.json:1:1: there is no such file",
        ),
        ('{"pattern": "(a"}', "regex"),
    ],
)
def test_a_schema_that_cannot_be_used_is_named(ada, schema, told):
    declare(ada, cases__a_dot_jsonl=GOOD)
    write(ada, schema_dot_json=schema)
    assert told in committed(ada, code=1).err
    ran = ada.run("validate")
    assert (ran.code, told in ran.out) == (1, True)


def test_a_schema_that_is_not_there(ada):
    declare(ada, schema="gone.json", cases__a_dot_jsonl=GOOD)
    assert "gone.json:1:1: there is no such file in this version" in committed(ada, code=1).err


def test_a_schema_behind_a_symlink_is_not_followed(ada, tmp_path):
    (tmp_path / "schema.json").write_text("{}")
    declare(ada, schema="link.json", cases__a_dot_jsonl=GOOD)
    os.symlink(tmp_path / "schema.json", os.path.join(ada.here, b"link.json"))
    assert problems(ada) == [("link.json", "bad-schema", 1)]


def test_a_schema_of_what_has_no_values(ada):
    declare(ada, cases__a_dot_txt="words\n")
    assert problems(ada) == [("cases/a.txt", "schema", None)]


def test_required_attributes_are_told_of_and_never_in_the_way(ada):
    declare(ada, more='required_attributes = ["license"]', cases__a_dot_jsonl=GOOD)
    assert "missing-attribute" in committed(ada).err
    assert problems(ada) == [("cases/a.jsonl", "missing-attribute", None)]
    assert ada.run("attr", "set", "cases", "license=MIT").code == 0
    assert problems(ada) == []
    assert problems(ada, "HEAD") == []
    assert problems(ada, "HEAD~1") == [("cases/a.jsonl", "missing-attribute", None)]
    write(ada, cases__a_dot_jsonl=GOOD + '{"id": 3, "ask": "c"}\n')
    assert problems(ada) == []
    assert committed(ada).err == ""


def test_malformed_files_outside_of_every_set_are_recorded_and_told_of(ada):
    write(ada, a_dot_jsonl='{"id": 1\n', b_dot_csv=b"a,b\n\xff,1\n", c_dot_txt="{")
    ran = committed(ada)
    assert "a.jsonl:" in ran.err
    assert "b.csv:" in ran.err
    assert "c.txt" not in ran.err
    assert [one[0] for one in problems(ada)] == ["a.jsonl", "b.csv"]
    assert problems(ada, "b.csv")[0][0] == "b.csv"


def test_large_files_outside_of_every_set_are_not_looked_at(ada):
    write(ada, big_dot_jsonl="{}\n" * (limits.COMMIT_CHECKED // 3) + "{\n")
    assert committed(ada).err == ""


def test_sound_content_is_not_read_again(ada, monkeypatch):
    read = []
    for name in ("stored_source", "working_source"):
        counted = partial(_counted, getattr(validate, name), read)
        monkeypatch.setattr(validate, name, counted)
    declare(ada, cases__a_dot_jsonl=GOOD, cases__b_dot_jsonl=GOOD.replace("b", "c"))
    committed(ada)
    assert known(ada) == known(ada, "HEAD") == (4, 4)
    assert read == ["contentvc.toml", "schema.json"] * 2
    del read[:]
    write(ada, cases__b_dot_jsonl=GOOD.replace("b", "d"))
    assert known(ada) == (4, 3)
    assert read == ["contentvc.toml", "schema.json", "b.jsonl"]
    assert known(ada) == (4, 4)
    assert read[3:] == ["contentvc.toml", "schema.json"]
    declare(ada, schema="")
    assert known(ada) == (4, 1)


def _counted(make, read, *arguments):
    read.append(arguments[-1].name.decode())
    return make(*arguments)


def own_folder(ada):
    folder = os.path.join(ada.here, b".contentvc/workspaces")
    (name,) = os.listdir(folder)
    return os.path.join(folder, name)


@pytest.mark.parametrize("content", [b"", b"cvcsnd\1\n" + bytes(24), b"x" * 100, None])
def test_what_is_remembered_may_be_lost_or_anything_else(ada, content):
    declare(ada, cases__a_dot_jsonl=GOOD)
    committed(ada)
    path = os.path.join(own_folder(ada), b"sound")
    assert known(ada) == (3, 3)
    if content is None:
        os.remove(path)
    else:
        with open(path, "wb") as file:
            file.write(content)
    assert known(ada) == (3, 0)
    assert known(ada) == (3, 3)


def test_any_bit_of_what_is_remembered_may_flip(ada):
    declare(ada, cases__a_dot_jsonl=GOOD)
    committed(ada)
    path = os.path.join(own_folder(ada), b"sound")
    with open(path, "rb") as file:
        sound = file.read()
    for place in range(len(sound)):
        flipped = bytearray(sound)
        flipped[place] ^= 1
        with open(path, "wb") as file:
            file.write(flipped)
        assert known(ada) == (3, 0)


def test_a_folder_in_the_place_of_what_is_remembered(ada):
    declare(ada, cases__a_dot_jsonl=GOOD)
    os.mkdir(os.path.join(own_folder(ada), b"sound"))
    assert known(ada) == known(ada) == (3, 0)
    committed(ada)


def test_a_merge_that_is_concluded_is_validated(ada):
    declare(ada, cases__a_dot_jsonl=GOOD)
    committed(ada)
    assert ada.run("switch", "-c", "trial").code == 0
    write(ada, cases__b_dot_jsonl=BAD, run_dot_txt="theirs\n")
    committed(ada, "--no-verify")
    assert ada.run("switch", "main").code == 0
    write(ada, run_dot_txt="ours\n")
    committed(ada)
    assert ada.run("merge", "--on-conflict", "stop", "trial").code == 4
    assert ada.run("resolve", "--ours", "run.txt").code == 0
    assert "cases/b.jsonl" in ada.run("commit").err
    write(ada, cases__b_dot_jsonl=GOOD)
    assert ada.run("commit").code == 0
    assert ada.run("log", "--json").json["commits"][0]["attributes"] == {}


def test_going_back_is_always_possible(ada):
    declare(ada, cases__a_dot_jsonl=BAD)
    committed(ada, "--no-verify")
    write(ada, cases__a_dot_jsonl=GOOD)
    committed(ada)
    assert ada.run("rollback", "HEAD~1").code == 0
    assert ada.run("revert", "HEAD").code == 0
    assert ada.run("undo").code == 0
    assert problems(ada, "HEAD") == [("cases/a.jsonl", "schema", 2)]


def test_which_files_are_looked_at(ada):
    declare(ada, cases__a_dot_jsonl=GOOD, plain_dot_txt="x", other__b_dot_jsonl="{}x")
    assert known(ada) == (4, 0)
    assert known(ada, "--set", "cases") == (1, 1)
    assert known(ada, "cases") == (1, 1)
    assert known(ada, "--set", "cases", "other") == (0, 0)
    assert problems(ada, "other") == [("other/b.jsonl", "malformed", 1)]
    ran = ada.run("validate", "--set", "case")
    assert (ran.code, "is cases meant?" in ran.err) == (3, True)
    assert ada.run("validate", "gone").code == 3


def test_gone_files_symlinks_and_purged_content_are_passed_over(ada):
    declare(ada, cases__a_dot_jsonl=BAD, cases__b_dot_jsonl=BAD + "\n")
    os.symlink("a.jsonl", os.path.join(ada.here, b"cases/link.jsonl"))
    committed(ada, "--no-verify")
    assert len(problems(ada)) == 2
    os.remove(os.path.join(ada.here, b"cases/a.jsonl"))
    assert {one[0] for one in problems(ada)} == {"cases/b.jsonl"}
    shutil.rmtree(os.path.join(ada.here, b"cases"))
    assert problems(ada) == []


def test_many_problems_are_counted_and_cut(ada):
    declare(ada, cases__a_dot_jsonl="{}\n" * limits.PROBLEMS, cases__b_dot_jsonl=BAD)
    ran = ada.run("validate")
    lines = ran.out.splitlines()
    assert lines[0].startswith(f"at least {limits.PROBLEMS + 1:,} problems in 2 files")
    assert len(lines) == 13
    assert lines[11] == f"… and at least {limits.PROBLEMS - 10:,} more in cases/a.jsonl"
    document = ada.run("validate", "--json").json
    assert len(document["problems"]) == limits.PROBLEMS + 1
    assert document["cut"] == 1
    details = ada.run("commit", "--json", "-m", "x").json["error"]["details"]
    assert (details["count"], len(details["problems"])) == (limits.PROBLEMS + 1, limits.MISTAKES)


def test_keys_that_are_numbers_texts_and_neither_are_told_apart(ada):
    keys = ["1", '"1"', "true", "1.0", "2", str(2**70), f"{2**70}.0", "3"]
    lines = "".join(f'{{"id": {key}, "ask": "a"}}\n' for key in keys)
    declare(ada, cases__a_dot_jsonl=lines)
    assert problems(ada, "--set", "cases") == []
    write(ada, cases__a_dot_jsonl=lines + lines)
    found = problems(ada, "--set", "cases")
    assert [(code, line) for _, code, line in found] == [
        ("duplicate-key", line) for line in range(9, 17)
    ]
    many = "".join(f'{{"id": {number}, "ask": "a"}}\n' for number in range(60_000))
    write(ada, cases__a_dot_jsonl=many + '{"id": 7, "ask": "a"}\n')
    assert problems(ada, "--set", "cases") == [("cases/a.jsonl", "duplicate-key", 60_001)]
