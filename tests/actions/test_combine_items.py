"""Merges of whole trees with records and documents in them: by item, also from merged bases."""

import json
from itertools import permutations

import pytest

from contentvc import limits
from contentvc.actions.combine import base_tree
from contentvc.changes.conflicts import ConflictKind
from contentvc.formats.contract import Favour
from contentvc.snapshots.tree import Mode
from tests.actions.test_combine import Scene

SETS = b'[sets.cases]\npaths = ["**/cases.*"]\nkey = "id"\n'


def lines(*rows):
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def row(number, answer="a", **more):
    return {"id": number, "answer": answer, **more}


def table(*rows):
    return b"id,answer\n" + b"".join(b"%d,%s\n" % (n, one.encode()) for n, one in rows)


class Story:
    """Commits of the file ``cases.jsonl``, and of whatever else is given."""

    def __init__(self, root, name=b"cases.jsonl", sets=SETS):
        self.scene = Scene(root)
        self.name, self.sets = name, sets
        self._number = 0

    def commit(self, content, *parents, **others):
        self._number += 1
        files = {self.name: (Mode.FILE, content)}
        if self.sets is not None:
            files[b"contentvc.toml"] = (Mode.FILE, self.sets)
        files |= {name.encode(): (Mode.FILE, one) for name, one in others.items()}
        return self.scene.commit(self._number, parents, files)

    def merge(self, ours, theirs, favour=None):
        self.scene.record()
        return self.scene.merge(ours, theirs, favour=favour)

    def content(self, combined):
        return self.scene.files(combined.tree)[self.name][1]


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path)


BASE = (row(1), row(2), row(3))


def test_records_edited_apart_never_conflict(story):
    base = story.commit(lines(*BASE))
    ours = story.commit(lines(row(1, "ours"), row(2), row(3), row(7)), base)
    theirs = story.commit(lines(row(1, more=1), row(2, "theirs"), row(3), row(5)), base)
    wanted = [row(1, "ours", more=1), row(2, "theirs"), row(3), row(5), row(7)]
    for one, other in ((ours, theirs), (theirs, ours)):
        combined = story.merge(one, other)
        assert not combined.conflicts
        assert list(map(json.loads, story.content(combined).splitlines())) == wanted


def test_a_record_that_both_changed_leaves_ours_and_is_named(story):
    base = story.commit(lines(*BASE))
    ours = story.commit(lines(row(1, "ours"), row(2, "x"), row(3)), base)
    theirs = story.commit(lines(row(1, "theirs"), row(2), row(3, "y")), base)
    combined = story.merge(ours, theirs)
    (conflict,) = combined.conflicts
    assert conflict.kind is ConflictKind.ITEMS
    assert conflict.by_item.left == ("[id=1]/answer",)
    assert (conflict.by_item.set, conflict.by_item.key) == ("cases", ("id",))
    assert story.content(combined) == lines(row(1, "ours"), row(2, "x"), row(3, "y"))
    for favour in Favour:
        combined = story.merge(ours, theirs, favour)
        assert not combined.conflicts
        assert json.loads(story.content(combined).splitlines()[0])["answer"] == favour.value


@pytest.mark.parametrize("sets", [SETS, None], ids=["declared", "inferred"])
@pytest.mark.parametrize("solved", [("x", "y"), ("z", "x"), ("y", "x")])
def test_what_criss_cross_merges_decided_apart_is_a_conflict_again(tmp_path, solved, sets):
    """With ours in place in the merged base, one of the decisions would win without a word."""
    story = Story(tmp_path, sets=sets)
    root = story.commit(lines(*BASE))
    left = story.commit(lines(row(1, "x"), row(2), row(3)), root)
    right = story.commit(lines(row(1, "y"), row(2), row(3)), root)
    one = story.commit(lines(row(1, solved[0]), row(2), row(3)), left, right)
    other = story.commit(lines(row(1, solved[1]), row(2), row(3)), right, left)
    for ours, theirs in permutations((one, other)):
        combined = story.merge(ours, theirs)
        (conflict,) = combined.conflicts
        assert conflict.kind is ConflictKind.CONTENT
        assert b"<<<<<<< ours\n" in story.content(combined)


def test_what_criss_cross_merges_decided_alike_is_decided(story):
    root = story.commit(lines(*BASE, *map(row, range(4, 12))))
    rest = list(map(row, range(4, 12)))
    left = story.commit(lines(row(1, "x"), row(2), row(3), *rest), root)
    right = story.commit(lines(row(1, "y"), row(2), row(3), *rest), root)
    one = story.commit(lines(row(1, "z"), row(2), row(3, "one"), *rest), left, right)
    other = story.commit(
        lines(row(1, "z"), row(2), row(3), *rest[:-1], row(11, "two")), right, left
    )
    story.scene.record()
    scene = story.scene
    base = base_tree(scene.context, scene.fresh, scene.writing, one, other)
    assert b"<<<<<<<<< " in scene.files(base)[b"cases.jsonl"][1]
    combined = story.merge(one, other)
    assert not combined.conflicts
    wanted = lines(row(1, "z"), row(2), row(3, "one"), *rest[:-1], row(11, "two"))
    assert story.content(combined) == wanted


def test_a_base_that_merged_without_conflicts_is_merged_from_by_record(story):
    root = story.commit(lines(*BASE))
    left = story.commit(lines(row(1, "x"), row(2), row(3)), root)
    right = story.commit(lines(row(1), row(2, "y"), row(3)), root)
    both = (row(1, "x"), row(2, "y"))
    one = story.commit(lines(*both, row(3, more=1)), left, right)
    other = story.commit(lines(*both, row(3, "z")), right, left)
    combined = story.merge(one, other)
    assert not combined.conflicts
    assert json.loads(story.content(combined).splitlines()[2]) == row(3, "z", more=1)


def test_rules_come_from_the_side_that_declared_them(tmp_path):
    """One side declares the key; records are matched by it in the merge already."""
    story = Story(tmp_path, b"cases.csv", sets=None)
    base = story.commit(table((1, "a"), (2, "a"), (3, "a")))
    declared = {"contentvc.toml": SETS}
    ours = story.commit(table((1, "x"), (2, "a"), (3, "a")), base, **declared)
    theirs = story.commit(table((1, "y"), (2, "b"), (3, "a")), base)
    for one, other in permutations((ours, theirs)):
        (conflict,) = story.merge(one, other).conflicts
        assert conflict.by_item.set == "cases"
        assert conflict.by_item.left == ('[id="1"]/answer',)


def test_what_no_format_reads_is_merged_by_line(story):
    base = story.commit(b"{broken\n" + lines(*BASE))
    ours = story.commit(b"{broken\n" + lines(row(1, "x"), row(2), row(3)), base)
    theirs = story.commit(b"{broken\n" + lines(row(1, "y"), row(2), row(3)), base)
    (conflict,) = story.merge(ours, theirs).conflicts
    assert conflict.kind is ConflictKind.CONTENT
    assert conflict.by_item is None


def test_a_file_that_both_made_is_merged_by_record(story):
    base = story.commit(b"", other=b"x")
    story.name = b"new/cases.jsonl"
    ours = story.commit(lines(row(1), row(2, "ours")), base)
    theirs = story.commit(lines(row(2, "theirs"), row(3)), base)
    (conflict,) = [one for one in story.merge(ours, theirs).conflicts if b"new/" in one.path]
    assert conflict.kind is ConflictKind.ADDED_TWICE
    assert conflict.by_item is not None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (b"a.json", '{{"a": {}, "b": {}, "c": {}}}\n'),
        (b"a.yaml", "a: {}\nb: {}\nc: {}\n"),
        (b"a.toml", "a = {}\nb = {}\nc = {}\n"),
    ],
)
def test_documents_merge_by_value_and_from_marked_bases_by_line(tmp_path, name, text):
    def document(*values):
        return text.format(*values).encode()

    story = Story(tmp_path, name)
    root = story.commit(document(1, 1, 1))
    left = story.commit(document(2, 1, 1), root)
    right = story.commit(document(3, 1, 4), root)
    (conflict,) = story.merge(left, right).conflicts
    assert conflict.kind is ConflictKind.ITEMS
    assert conflict.by_item.left == ("a",)
    assert story.content(story.merge(left, right)) == document(2, 1, 4)
    one = story.commit(document(2, 1, 4), left, right)
    other = story.commit(document(3, 1, 4), right, left)
    (conflict,) = story.merge(one, other).conflicts
    assert conflict.kind is ConflictKind.CONTENT
    apart = [story.commit(document(1, 5, 1), root), story.commit(document(1, 1, 6), root)]
    for ours, theirs in permutations(apart):
        combined = story.merge(ours, theirs)
        assert not combined.conflicts
        assert story.content(combined) == document(1, 5, 6)


def test_records_have_a_limit_of_their_own(story, monkeypatch):
    base = story.commit(lines(*BASE), other=b"a\nb\nc\n" * 9)
    edits = b"a\nb\nc\n" * 9
    ours = story.commit(lines(row(1, "x"), *BASE[1:]), base, other=b"ours\n" + edits)
    theirs = story.commit(lines(*BASE[:2], row(3, "y")), base, other=edits + b"theirs\n")
    monkeypatch.setattr(limits, "MERGE_BLOB", 40)
    combined = story.merge(ours, theirs)
    assert [(one.path, one.kind) for one in combined.conflicts] == [(b"other", ConflictKind.BINARY)]
    assert story.content(combined) == lines(row(1, "x"), row(2), row(3, "y"))
    monkeypatch.setattr(limits, "MERGE_RECORDS", 40)
    kinds = {one.kind for one in story.merge(ours, theirs).conflicts}
    assert kinds == {ConflictKind.BINARY}


def test_more_items_than_anybody_decides_one_by_one_are_decided_as_a_whole(story, monkeypatch):
    base = story.commit(lines(*BASE))
    ours = story.commit(lines(row(1, "x"), row(2, "x"), row(3)), base)
    theirs = story.commit(lines(row(1, "y"), row(2, "y"), row(3)), base)
    monkeypatch.setattr(limits, "CONFLICT_ITEMS", 2)
    (conflict,) = story.merge(ours, theirs).conflicts
    assert (conflict.kind, conflict.by_item) == (ConflictKind.ITEMS, None)
    assert len(conflict.items) == 2
