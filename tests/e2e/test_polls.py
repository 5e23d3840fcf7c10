"""Four revisions of a table of polls: told, followed and merged by record.

Where the archive is not at hand, the same is done with a table made here.
"""

import csv
import io
import json
from pathlib import Path

import pytest

from benchmarks.datasets import Absent, raw_polls
from tests.cli.terminal import start

FILE = "raw-polls.csv"
KEY = "question_id"
SETS = f'[sets.polls]\npaths = ["{FILE}"]\nkey = "{KEY}"\n'


def made():
    """Four revisions: rows change, come and go; a column comes."""
    rows = {
        str(n): {KEY: str(n), "pollster": f"Pollster {n % 7}", "pct": f"{n % 50}.5", "comment": ""}
        for n in range(1000, 1400)
    }
    first = _table(rows)
    for n in range(1000, 1400, 9):
        rows[str(n)]["pct"] = "51.25"
    rows["1003"]["comment"] = 'said "no", then\nchanged'
    for n in range(1100, 1105):
        del rows[str(n)]
    second = _table(rows)
    rows = {key: {**row, "method": "phone"} for key, row in rows.items()}
    rows |= {str(n): {**rows["1000"], KEY: str(n)} for n in range(2000, 2040)}
    third = _table(rows)
    rows["2001"]["pollster"] = "Another"
    return first, second, third, _table(rows)


def _table(rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, list(next(iter(rows.values()))), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows.values())
    return text.getvalue().encode()


@pytest.fixture(scope="module", params=["made", "real"])
def revisions(request):
    if request.param == "made":
        return made()
    try:
        return raw_polls()
    except Absent as absent:
        pytest.skip(str(absent))


@pytest.fixture(scope="module")
def polls(revisions, tmp_path_factory):
    """A repository with each revision as a commit, and the key declared."""
    root = tmp_path_factory.mktemp("polls")
    contentvc(root, "init")
    (root / "contentvc.toml").write_text(SETS)
    for number, content in enumerate(revisions, 1):
        (root / FILE).write_bytes(content)
        contentvc(root, "commit", "-m", f"revision {number}")
    return root


def contentvc(root: Path, *arguments: str, code: int = 0) -> dict:
    done = start("--json", *arguments, cwd=root)
    assert done.returncode == code, done.stdout
    return json.loads(done.stdout)


def told(root: Path, *arguments: str) -> bytes:
    done = start(*arguments, cwd=root)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows_of(content: bytes) -> dict[str, dict[str, str]]:
    rows = csv.DictReader(io.StringIO(content.decode(), newline=""))
    return {row[KEY]: row for row in rows}


def plainly(old: bytes, new: bytes) -> dict[str, set]:
    """What two dictionaries say: keys that came and went, and the cells of columns both have."""
    before, after = rows_of(old), rows_of(new)
    columns = {*next(iter(before.values()))} & {*next(iter(after.values()))}
    return {
        "added": after.keys() - before.keys(),
        "deleted": before.keys() - after.keys(),
        "changed": {
            (key, column, before[key][column], after[key][column])
            for key in before.keys() & after.keys()
            for column in columns
            if before[key][column] != after[key][column]
        },
    }


def key_of(item: str) -> str:
    return item.removeprefix(f"[{KEY}=").removesuffix("]").strip('"')


@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_change_found_is_what_a_plain_comparison_finds(polls, revisions, number):
    document = contentvc(polls, "diff", f"HEAD~{4 - number}", f"HEAD~{3 - number}")
    (change,) = document["changes"]
    terms = change["terms"]
    assert terms["kind"] == "records"
    assert terms["key"] == {"fields": [KEY], "inferred": False}
    expected = plainly(*revisions[number - 1 : number + 1])
    found = {"added": set(), "deleted": set(), "changed": set()}
    for record in terms["records"]:
        key = key_of(record["item"])
        if record["kind"] == "changed":
            found["changed"] |= {
                (key, field["item"], field["old"], field["new"]) for field in record["fields"]
            }
        elif record["kind"] != "moved":
            found[record["kind"]].add(key)
    assert found == expected
    assert terms["counts"]["added"] == len(expected["added"])
    assert terms["counts"]["fields"] == len(expected["changed"])


def test_the_columns_that_came_are_told_apart_from_the_cells(polls, revisions):
    for number in (1, 2, 3):
        old, new = (next(iter(rows_of(one).values())) for one in revisions[number - 1 : number + 1])
        document = contentvc(polls, "diff", f"HEAD~{4 - number}", f"HEAD~{3 - number}")
        columns = document["changes"][0]["terms"]["columns"]
        come = {one["new"] for one in columns if one["kind"] in ("added", "renamed")}
        gone = {one["old"] for one in columns if one["kind"] in ("deleted", "renamed")}
        assert (come, gone) == (new.keys() - old.keys(), old.keys() - new.keys())


def test_the_history_of_a_record_is_what_became_of_it(polls, revisions):
    versions = [rows_of(one) for one in revisions]
    changed = plainly(revisions[2], revisions[3])["changed"]
    for key in sorted({key for key, *_ in changed})[:3]:
        rows = [one.get(key) for one in versions]
        distinct = [b for a, b in zip([None, *rows], rows, strict=False) if a != b]
        document = contentvc(polls, "history", f"{FILE}#{key}")
        assert [one["new"] for one in document["versions"]] == distinct[::-1]
        assert document["versions"][-1]["kind"] == "added"
        assert document["versions"][0]["commit"]["message"] == "revision 4"
        cells = {(f["item"], f["old"], f["new"]) for f in document["versions"][0]["changes"]}
        assert cells == {cell[1:] for cell in changed if cell[0] == key}


def test_one_record_is_written_as_it_stands_in_the_file(polls, revisions):
    key = next(iter(rows_of(revisions[0])))
    line = told(polls, "cat", f"HEAD~3:{FILE}#{key}")
    assert line in revisions[0]
    assert line.endswith(b"\n")
    assert contentvc(polls, "cat", f"HEAD~3:{FILE}#{key}")["value"] == rows_of(revisions[0])[key]


def test_diff_and_history_are_shown_by_record(polls, revisions):
    changed = sorted(plainly(revisions[2], revisions[3])["changed"])
    shown = told(polls, "diff", "HEAD~1", "HEAD")
    assert f"by {KEY}: ".encode() in shown
    assert changed[0][0].encode() in shown
    assert b"revision 4" in told(polls, "history", f"{FILE}#{changed[0][0]}")


class Cells:
    """A table whose single cells are edited in place, as a careful person does."""

    def __init__(self, content: bytes) -> None:
        self.lines = content.splitlines(keepends=True)
        self.columns = self.lines[0].strip().split(b",")
        self.end = b"\r\n" if self.lines[0].endswith(b"\r\n") else b"\n"
        place = self.columns.index(KEY.encode())
        self.plain = [
            n
            for n, line in enumerate(self.lines)
            if n and b'"' not in line and line.count(b",") == len(self.columns) - 1
            and line.split(b",")[place].isdigit()
        ]  # fmt: skip

    def key(self, line: int) -> str:
        return self.lines[line].split(b",")[self.columns.index(KEY.encode())].decode()

    def set(self, line: int, column: str, value: bytes) -> None:
        cells = self.lines[line].removesuffix(self.end).split(b",")
        cells[self.columns.index(column.encode())] = value
        self.lines[line] = b",".join(cells) + self.end

    def append(self, key: str) -> None:
        cells = self.lines[self.plain[0]].rstrip(b"\r\n").split(b",")
        cells[self.columns.index(KEY.encode())] = key.encode()
        if not self.lines[-1].endswith(b"\n"):
            self.lines[-1] += self.end
        self.lines.append(b",".join(cells) + self.end)

    @property
    def content(self) -> bytes:
        return b"".join(self.lines)


@pytest.fixture
def branches(polls, revisions):
    """Makes two branches from the last revision, each with an edit of the table."""

    def make(ours, theirs):
        contentvc(polls, "switch", "main")
        for name, edit in (("theirs", theirs), ("ours", ours)):
            contentvc(polls, "switch", "main")
            contentvc(polls, "switch", "-c", f"{name}-{make.number}")
            table = Cells(revisions[3])
            edit(table)
            (polls / FILE).write_bytes(table.content)
            contentvc(polls, "commit", "-m", name)
        make.number += 1
        return f"theirs-{make.number - 1}"

    make.number = 0
    yield make
    for name in contentvc(polls, "branch")["branches"]:
        if name["name"] != "main":
            contentvc(polls, "switch", "main")
            contentvc(polls, "branch", "-D", name["name"])


def test_branches_that_edited_apart_and_both_appended_merge(polls, revisions, branches):
    places = Cells(revisions[3]).plain[:40]

    def ours(table):
        for line in places[0::2]:
            table.set(line, "comment", b"ours")
        table.append("900001")

    def theirs(table):
        for line in places[1::2]:
            table.set(line, "comment", b"theirs")
        table.set(places[0], "pollster", b"Theirs")
        table.append("900000")

    source = branches(ours, theirs)
    merged = contentvc(polls, "merge", source)
    assert merged["outcome"] == "merged"
    expected, others = Cells(revisions[3]), Cells(revisions[3])
    ours(expected)
    theirs(others)
    for line in places[1::2]:
        expected.set(line, "comment", b"theirs")
    expected.set(places[0], "pollster", b"Theirs")
    expected.lines.insert(-1, others.lines[-1])
    assert (polls / FILE).read_bytes() == expected.content


def test_branches_that_edited_one_cell_are_resolved_by_record(polls, revisions, branches):
    first, second, third, fourth, *_ = Cells(revisions[3]).plain

    def edit(word):
        def act(table):
            table.set(first, "comment", word)
            table.set(second, "pollster", word)
            table.set(third if word == b"theirs" else fourth, "pollster", b"both")

        return act

    source = branches(edit(b"ours"), edit(b"theirs"))
    contentvc(polls, "merge", source, "--on-conflict", "stop", code=4)
    table = Cells((polls / FILE).read_bytes())  # as parseable as before, with ours in place
    keys = [table.key(line) for line in (first, second)]
    (conflict,) = contentvc(polls, "conflicts")["conflicts"]
    items = {key_of(one["item"].split("/")[0]): one for one in conflict["items"]}
    assert sorted(items) == sorted(keys)
    assert b"ours" in items[keys[0]]["ours"].encode()
    contentvc(polls, "resolve", f"{FILE}#{keys[0]}", "--theirs")
    (left,) = contentvc(polls, "conflicts")["conflicts"][0]["items"]
    assert key_of(left["item"].split("/")[0]) == keys[1]
    contentvc(polls, "resolve", f"{FILE}#{left['item']}", "--value", '"A third"')
    contentvc(polls, "commit")
    expected = Cells(revisions[3])
    edit(b"theirs")(expected)
    edit(b"ours")(expected)
    expected.set(first, "comment", b"theirs")
    expected.set(second, "pollster", b"A third")
    assert (polls / FILE).read_bytes() == expected.content
