"""Items on the command line: cat, history, conflicts and resolve of one record or value."""

import json
import os
from pathlib import Path

import pytest

SETS = '[sets.cases]\npaths = ["**/*.jsonl"]\nkey = "id"\n'


def rows(*answers, start=1):
    found = enumerate(answers, start)
    return "".join(json.dumps({"id": n, "answer": one}) + "\n" for n, one in found)


class Ground:
    """A working tree, and somebody in it."""

    def __init__(self, terminal):
        self.terminal = terminal
        self.root = Path(os.fsdecode(terminal.here))
        self._minute = 0
        self.run("init")
        self.write("contentvc.toml", SETS)

    def run(self, *words, code=0):
        ran = self.terminal.run(*words)
        assert ran.code == code, ran
        return ran

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def read(self, name):
        return (self.root / name).read_text()

    def commit(self, **files):
        for name, text in files.items():
            self.write(name, text)
        self._minute += 1  # a history is walked by its times
        self.run(
            "commit", "--no-verify", "-m", "a commit", "--date", f"2027-02-01 00:{self._minute:02}"
        )

    def clash(self, name, base, ours, theirs):
        """A merge that stopped at one file."""
        self.commit(**{name: base})
        self.run("switch", "-c", "trial")
        self.commit(**{name: theirs})
        self.run("switch", "main")
        self.commit(**{name: ours})
        self.run("merge", "trial", "--on-conflict", "stop", code=4)


@pytest.fixture
def ground(outside):
    return Ground(outside)


@pytest.fixture
def stopped(ground):
    """Two records of a file are in conflict."""
    ground.clash("a.jsonl", rows("a", "b", "c"), rows("ours", "ours", "x"), rows("t", "t", "c"))
    return ground


def left(ground):
    conflicts = ground.run("conflicts", "--json").json["conflicts"]
    return [item["item"] for conflict in conflicts for item in conflict["items"]]


def test_one_item_is_decided_and_the_rest_of_the_file_stays(stopped):
    stopped.write("a.jsonl", rows("ours", "ours", "edited since") + rows("new", start=9))
    ran = stopped.run("resolve", "a.jsonl#1", "--theirs")
    assert ran.out.startswith("a.jsonl#[id=1]/answer resolved; 1 conflict left\n")
    assert stopped.read("a.jsonl") == rows("t", "ours", "edited since") + rows("new", start=9)
    assert left(stopped) == ["[id=2]/answer"]
    stopped.run("resolve", "a.jsonl#[id=2]/answer", "--value", '"mine"')
    assert left(stopped) == []
    stopped.run("commit")
    stopped.run("verify")
    assert json.loads(stopped.run("cat", "HEAD:a.jsonl#2").out)["answer"] == "mine"


def test_what_resolving_an_item_did_is_taken_back(stopped):
    edited = rows("ours", "half", "a thought")
    stopped.write("a.jsonl", edited)
    document = stopped.run("resolve", "--json", "a.jsonl#", "--base").json
    assert (document["saved"], document["left"]) == (True, [])
    assert [one["item"] for one in document["items"]] == ["[id=1]/answer", "[id=2]/answer"]
    assert stopped.read("a.jsonl") == rows("a", "b", "a thought")
    stopped.run("undo")
    assert stopped.read("a.jsonl") == edited
    assert len(left(stopped)) == 2


def test_an_item_is_decided_as_it_is_in_the_file(stopped):
    stopped.write("a.jsonl", rows("something else", "ours", "x"))
    stopped.run("resolve", "a.jsonl#1")
    assert left(stopped) == ["[id=2]/answer"]
    assert stopped.read("a.jsonl") == rows("something else", "ours", "x")


def test_rules_that_change_meanwhile_do_not_count(stopped):
    stopped.write("contentvc.toml", "")
    assert left(stopped) == ["[id=1]/answer", "[id=2]/answer"]
    stopped.run("resolve", "a.jsonl#2", "--theirs")
    assert left(stopped) == ["[id=1]/answer"]


def test_a_deleted_record_comes_back_or_goes(ground):
    base = rows("a", "b", "c")
    ground.clash("a.jsonl", base, rows("a", start=1) + rows("c", start=3), rows("a", "edited", "c"))
    assert left(ground) == ["[id=2]"]
    ground.run("resolve", "a.jsonl#2", "--theirs")
    assert sorted(ground.read("a.jsonl").splitlines()) == sorted(
        rows("a", "edited", "c").splitlines()
    )
    ground.run("undo")
    ground.run("resolve", "a.jsonl#2", "--ours")
    assert ground.read("a.jsonl") == rows("a") + rows("c", start=3)


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("a.jsonl#7", "--ours"), 3, "unknown-item"),
        (("a.jsonl#1/question", "--ours"), 3, "unknown-item"),
        (("b.jsonl#1", "--ours"), 3, "unknown-path"),
        (("a.jsonl", "--value", "1"), 2, "usage"),
        (("a.jsonl#1", "a.jsonl#2", "--value", "1"), 2, "usage"),
        (("a.jsonl#1/answer", "--value", "Lyon"), 2, "bad-value"),
        (("a.jsonl#1", "--value", "1", "--ours"), 2, "usage"),
        (("a.jsonl#1", "--force"), 2, "usage"),
        (("a.jsonl#1", ".", "--ours"), 2, "usage"),
        (("a.jsonl#[id", "--ours"), 2, "bad-value"),
        (("a.jsonl#1", "--value", "{}"), 3, "unknown-item"),
    ],
)
def test_what_cannot_be_decided_is_refused_and_nothing_changes(stopped, words, code, error):
    before = stopped.read("a.jsonl")
    ran = stopped.run("resolve", "--json", *words, code=code)
    assert ran.json["error"]["code"] == error
    assert stopped.read("a.jsonl") == before
    assert len(left(stopped)) == 2


def test_a_file_that_is_no_records_any_more_is_to_be_mended_first(stopped):
    stopped.write("a.jsonl", "{broken\n")
    ran = stopped.run("resolve", "--json", "a.jsonl#1", "--ours", code=4)
    assert ran.json["error"]["code"] == "does-not-fit"
    (stopped.root / "a.jsonl").unlink()
    ran = stopped.run("resolve", "--json", "a.jsonl#1", "--ours", code=3)
    assert ran.json["error"]["code"] == "unknown-path"
    stopped.run("resolve", "a.jsonl", "--theirs")
    assert stopped.read("a.jsonl") == rows("t", "t", "c")


@pytest.mark.parametrize("name", ["a.txt", "a.bin"])
def test_text_and_binary_content_are_decided_as_a_whole(ground, name):
    zero = "\0" if name == "a.bin" else ""
    ground.clash(name, f"base{zero}\n", f"ours{zero}\n", f"theirs{zero}\n")
    ran = ground.run("resolve", "--json", f"{name}#1", "--ours", code=3)
    assert ran.json["error"]["code"] == "unknown-item"
    assert "decided as a whole" in ran.json["error"]["message"]


def test_a_name_with_a_number_sign_is_not_split(ground):
    ground.clash("a#1.jsonl", rows("a"), rows("ours"), rows("theirs"))
    assert ground.run("cat", "HEAD:a#1.jsonl").out == rows("ours")
    assert ground.run("history", "a#1.jsonl", code=2).err.startswith("error: a#1.jsonl names no")
    assert '"ours" → ' not in ground.run("history", "a#1.jsonl#1").out
    ground.run("resolve", "a#1.jsonl#1", "--theirs")
    assert ground.read("a#1.jsonl") == rows("theirs")
    ground.run("undo")
    ground.run("resolve", "a#1.jsonl", "--ours")
    assert ground.read("a#1.jsonl") == rows("ours")


def test_history_follows_a_record_through_renames_merges_and_its_end(ground):
    ground.commit(**{"a.jsonl": rows("a", "b", "c", "d")})
    ground.commit(**{"a.jsonl": rows("a", "b", "c", "e")})  # of another record
    (ground.root / "a.jsonl").rename(ground.root / "b.jsonl")
    ground.commit(**{"b.jsonl": rows("x", "b", "c", "e")})
    ground.run("switch", "-c", "trial")
    ground.commit(**{"b.jsonl": rows("y", "b", "c", "e")})
    ground.run("switch", "main")
    ground.commit(**{"b.jsonl": rows("x", "b", "c", "f")})
    ground.run("merge", "trial")
    ground.commit(**{"b.jsonl": rows("b", "c", "f", start=2)})
    versions = ground.run("history", "--json", "b.jsonl#1").json["versions"]
    assert [one["kind"] for one in versions] == ["deleted", "changed", "changed", "added"]
    assert [one["path"] for one in versions] == ["b.jsonl"] * 3 + ["a.jsonl"]
    answers = [one["new"] and one["new"]["answer"] for one in versions]
    assert answers == [None, "y", "x", "a"]
    last = ground.run("history", "--json", "-n", "1", "--from", "HEAD~1", "b.jsonl#1").json
    assert [one["new"]["answer"] for one in last["versions"]] == ["y"]
    field = ground.run("history", "--json", "b.jsonl#1/answer").json["versions"]
    assert [one["old"] for one in field] == ["y", "x", "a", None]


def test_versions_that_cannot_be_read_by_item_have_none(ground):
    ground.commit(**{"a.jsonl": rows("a")})
    ground.commit(**{"a.jsonl": "{broken\n"})
    ground.commit(**{"a.jsonl": rows("b")})
    versions = ground.run("history", "--json", "a.jsonl#1").json["versions"]
    assert [one["kind"] for one in versions] == ["added", "deleted", "added"]


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("a.jsonl#7", "unknown-item"),
        ("none.jsonl#7", "unknown-path"),
        ("a.txt#7", "unknown-item"),
        ("a.jsonl", "usage"),
        ("a.jsonl#[", "bad-value"),
    ],
)
def test_a_history_that_is_none_is_refused(ground, target, error):
    ground.commit(**{"a.jsonl": rows("a"), "a.txt": "text\n"})
    code = 2 if error in ("usage", "bad-value") else 3
    assert ground.run("history", "--json", target, code=code).json["error"]["code"] == error
    if error != "usage":
        ran = ground.run("cat", "--json", f"HEAD:{target}", code=code)
        assert ran.json["error"]["code"] == error


def test_one_item_is_written_as_it_stands_in_the_file(ground):
    text = '{"id":  1, "n": 1.50}\n{"id": "1"}\n'
    ground.commit(**{"a.jsonl": text, "d/b.jsonl": rows("x")})
    assert ground.run("cat", "HEAD:a.jsonl#[id=1]").out == '{"id":  1, "n": 1.50}\n'
    document = ground.run("cat", "--json", "HEAD:a.jsonl#1/n").json
    assert (document["value"], document["line"], document["item"]) == (1.5, 1, "1/n")
    document = ground.run("cat", "--json", ":./d/b.jsonl#1").json
    assert document["path"] == "d/b.jsonl"
    ran = ground.run("cat", "--json", "HEAD:d#1", code=2)
    assert ran.json["error"]["code"] == "usage"


DOCUMENTS = {
    "a.json": '{{\n  "model": {{"name": "{}", "t": {}}},\n  "stop": ["x"]\n}}\n',
    "a.yaml": "model:\n  name: {}  # which\n  t: {}\nstop: [x]\n",
    "a.toml": 'stop = ["x"]\n\n[model]\nname = "{}"\nt = {}  # how\n',
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_values_of_documents_are_decided_in_their_own_text(ground, name):
    text = DOCUMENTS[name]
    base, ours, theirs = (text.format(*one) for one in (("base", 1), ("ours", 1), ("theirs", 2)))
    ground.clash(name, base, ours, theirs)
    assert ground.read(name) == text.format("ours", 2)
    assert left(ground) == ["model/name"]
    ground.run("resolve", f"{name}#model/name", "--theirs")
    assert ground.read(name) == text.format("theirs", 2)
    ground.run("undo")
    ground.run("resolve", f"{name}#model", "--base")
    assert ground.read(name) == text.format("base", 2)
    ground.run("commit")
    document = ground.run("history", "--json", f"{name}#model/name").json
    assert document["versions"][0]["new"] == "base"
    out = ground.run("history", f"{name}#model/t").out
    assert "      t: 1 → 2\n" in out
