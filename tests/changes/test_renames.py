import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.changes.files import ChangeKind, FileChange, classify
from contentvc.changes.renames import RenameLimits, find_renames
from contentvc.changes.similarity import similarity
from contentvc.changes.trees import TreeChange
from contentvc.errors import Missing
from contentvc.ids import blob_id
from contentvc.snapshots.tree import Entry, Mode

PROSE = b"".join(b"line %d of some prose\n" % k for k in range(20))
EDITED = PROSE.replace(b"line 7 ", b"sentence seven ")


def entry(path, content, mode=Mode.FILE, size=None):
    name = path.rpartition(b"/")[2]
    return Entry(name, mode, len(content) if size is None else size, blob_id(content))


class Contents:
    def __init__(self):
        self.stored = {}
        self.read = []

    def changes(self, deleted, added):
        rows = [TreeChange(path, self.entry(path, content), None) for path, content in deleted]
        rows += [TreeChange(path, None, self.entry(path, content)) for path, content in added]
        return classify(sorted(rows))

    def entry(self, path, content):
        self.stored[blob_id(content)] = content
        return entry(path, content)

    def reader(self, identifier):
        self.read.append(identifier)
        return self.stored[identifier]

    def renames(self, deleted, added, bounds=None):
        found = find_renames(self.changes(deleted, added), self.reader, bounds)
        return {row.path: row.old_path for row in found if row.change is ChangeKind.RENAMED}


def kind(old, new):
    return classify([TreeChange(b"p", old, new)])[0].change


def test_each_change_has_its_word():
    file, other = entry(b"p", b"1"), entry(b"p", b"2")
    program, link = entry(b"p", b"1", Mode.EXECUTABLE), entry(b"p", b"1", Mode.SYMLINK)
    assert kind(None, file) == "added"
    assert kind(file, None) == "deleted"
    assert kind(file, other) == "modified"
    assert kind(program, other) == "modified"
    assert kind(file, program) == "mode-changed"
    assert kind(file, link) == "type-changed"
    assert kind(link, program) == "type-changed"
    assert kind(link, entry(b"p", b"2", Mode.SYMLINK)) == "modified"
    assert kind(file, file._replace(attributes=(("k", "v"),))) == "modified"


def test_an_unread_file_of_any_size_is_found_by_its_id():
    large = entry(b"new.bin", b"stands for much", size=10**12)
    rows = classify([TreeChange(b"d/new.bin", None, large), TreeChange(b"old.bin", large, None)])
    found = find_renames(rows, reader_that_must_not_run)
    assert found == [FileChange(b"d/new.bin", ChangeKind.RENAMED, b"old.bin", large, large)]


def reader_that_must_not_run(identifier):
    pytest.fail(f"read {identifier.hex()}")


def test_of_equal_files_the_same_name_wins_then_the_nearest_path():
    contents = Contents()
    deleted = [(b"a/x/one", b"c"), (b"a/y/two", b"c"), (b"q/three", b"c")]
    added = [(b"a/y/other", b"c"), (b"b/one", b"c"), (b"z", b"c")]
    assert contents.renames(deleted, added) == {
        b"b/one": b"a/x/one",
        b"a/y/other": b"a/y/two",
        b"z": b"q/three",
    }
    assert contents.read == []


def test_equal_files_of_a_renamed_folder_keep_their_places():
    contents = Contents()
    deleted = [(b"old/%s/__init__.py" % name, b"same") for name in (b"a", b"b", b"c")]
    added = [(b"new/deep/%s/__init__.py" % name, b"same") for name in (b"b", b"c")]
    assert contents.renames(deleted, added) == {
        b"new/deep/b/__init__.py": b"old/b/__init__.py",
        b"new/deep/c/__init__.py": b"old/c/__init__.py",
    }


def test_an_edited_file_is_found_and_the_most_similar_wins():
    contents = Contents()
    deleted = [(b"a.md", PROSE), (b"b.md", PROSE[: len(PROSE) * 2 // 3])]
    assert contents.renames(deleted, [(b"c.md", EDITED)]) == {b"c.md": b"a.md"}


def test_a_rename_stands_where_the_added_file_stood_and_other_changes_stay():
    contents = Contents()
    rows = contents.changes(
        [(b"b", PROSE), (b"m", b"gone for good")], [(b"a", EDITED), (b"z", b"quite new")]
    )
    found = find_renames(rows, contents.reader)
    assert [(row.path, row.change.value) for row in found] == [
        (b"a", "renamed"),
        (b"m", "deleted"),
        (b"z", "added"),
    ]
    assert (found[0].old, found[0].new) == (rows[1].old, rows[0].new)


def test_unlike_binary_empty_and_large_files_and_symlinks_do_not_pair():
    contents = Contents()
    binary = bytes(range(256)) * 10
    assert contents.renames([(b"a", PROSE)], [(b"b", PROSE[::-1])]) == {}
    assert contents.renames([(b"a", binary)], [(b"b", binary + b"x")]) == {}
    contents.read.clear()
    assert contents.renames([(b"a", b"")], [(b"b", b"")]) == {}
    large = PROSE * 3000
    assert contents.renames([(b"a", large)], [(b"b", large + b"x")]) == {}
    assert contents.read == []
    link = TreeChange(b"l", entry(b"l", PROSE, Mode.SYMLINK), None)
    file = TreeChange(b"m", None, entry(b"m", PROSE))
    assert [row.change for row in find_renames(classify([link, file]), contents.reader)] == [
        ChangeKind.DELETED,
        ChangeKind.ADDED,
    ]


def test_files_whose_sizes_rule_it_out_are_not_read():
    contents = Contents()
    assert contents.renames([(b"a", PROSE)], [(b"b", PROSE * 3)]) == {}
    assert contents.read == []


def test_too_many_files_leave_those_that_kept_their_name_then_none():
    contents = Contents()
    deleted = [(b"a/kept", PROSE), (b"a/other", PROSE + b"1\n")]
    added = [(b"b/kept", EDITED), (b"b/new", EDITED + b"1\n")]
    assert len(contents.renames(deleted, added)) == 2
    assert contents.renames(deleted, added, RenameLimits(files=1)) == {b"b/kept": b"a/kept"}
    contents.read.clear()
    assert contents.renames(deleted, added, RenameLimits(total=100)) == {}
    assert contents.read == []


def test_a_read_that_fails_is_not_hidden():
    def failing(identifier):
        raise Missing("not-stored", identifier.hex())

    with pytest.raises(Missing):
        find_renames(Contents().changes([(b"a", PROSE)], [(b"b", EDITED)]), failing)


def test_many_near_alike_files_of_a_renamed_folder_find_their_own():
    contents = Contents()
    deleted = [(b"old/%d.yaml" % k, PROSE + b"task: name_%d\n" % k) for k in range(60)]
    added = [(b"new/%d.yaml" % k, EDITED + b"task: name_%d\n" % k) for k in range(60)]
    assert contents.renames(deleted, added) == {
        b"new/%d.yaml" % k: b"old/%d.yaml" % k for k in range(60)
    }


def test_similarity_counts_shared_lines_wherever_they_stand():
    lines = PROSE.splitlines(keepends=True)
    assert similarity(PROSE, PROSE) == 100
    assert similarity(PROSE, b"".join(reversed(lines))) == 100
    assert similarity(PROSE, b"".join(lines[:10])) in range(45, 50)
    assert similarity(PROSE, PROSE + PROSE) == 50
    assert similarity(PROSE, b"") == similarity(b"", b"") == 0


def test_an_insertion_into_one_long_line_leaves_the_rest_shared():
    line = b", ".join(b'"key%d": %d' % (k, k * k) for k in range(400))
    assert similarity(line, line[:900] + b'"inserted": true, ' + line[900:]) > 90


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_similarity_is_the_same_both_ways_and_whole_only_for_equal_pieces(a, b):
    assert similarity(a, b) == similarity(b, a)
    assert 0 <= similarity(a, b) <= 100
    assert similarity(a, a) == (100 if a else 0)


names = st.sampled_from([b"a", b"b", b"c/a", b"c/b", b"d/e/a"])
texts = st.sampled_from([b"", b"same\n", PROSE, EDITED, b"\0binary"])


@given(st.dictionaries(names, texts), st.dictionaries(names.map(lambda n: b"new/" + n), texts))
def test_each_file_stays_accounted_for_once(deleted, added):
    contents = Contents()
    rows = contents.changes(deleted.items(), added.items())
    found = find_renames(rows, contents.reader)
    assert found == find_renames(list(rows), contents.reader)
    gone = [row.path for row in found if row.change is ChangeKind.DELETED]
    moved = [row.old_path for row in found if row.change is ChangeKind.RENAMED]
    assert sorted(gone + moved) == sorted(deleted)
    assert sorted(row.path for row in found if row.new) == sorted(added)
    for row in found:
        if row.change is ChangeKind.RENAMED:
            assert similarity(deleted[row.old_path], added[row.path]) >= 50 or (
                deleted[row.old_path] == added[row.path] != b""
            )
