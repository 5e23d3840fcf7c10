import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc import limits
from contentvc.changes.edit import FileEdit, edit_tree
from contentvc.changes.trees import TreeChange, diff_trees, list_files, lookup
from contentvc.errors import Conflict, Damaged, Usage
from contentvc.ids import Kind, ObjectId, blob_id, keyed_id
from contentvc.snapshots.tree import EMPTY_TREE, Entry, Mode, Tree, decode_tree, encode_tree


class Trees:
    """Trees kept in memory; counts what is read and stored."""

    def __init__(self):
        self.stored = {}
        self.read = []
        self.put_order = []

    def put(self, encoded):
        identifier = keyed_id(Kind.TREE, encoded)
        self.stored[identifier] = encoded
        self.put_order.append(identifier)
        return identifier

    def entries(self, identifier):
        self.read.append(identifier)
        return self._joined(identifier)

    def _joined(self, identifier):
        tree = decode_tree(self.stored[identifier])
        if not tree.is_node:
            return tree.entries
        return tuple(entry for part in tree.entries for entry in self._joined(part.id))

    def root(self, files):
        edits = {path: edit(content) for path, content in files.items()}
        return edit_tree(self.entries, None, edits, self.put)[0]

    def files(self, root):
        return {path: entry.id for path, entry in list_files(self.entries, root)}


def edit(content, mode=Mode.FILE, attributes=None):
    return FileEdit(mode, len(content), blob_id(content), attributes)


def paths(changes):
    return [change.path for change in changes]


def in_order(files):
    return sorted(files, key=lambda path: path.split(b"/"))


def without_clashes(files):
    """A model of a working tree: no path is a file and a folder at once."""
    folders = {path[:i] for path in files for i, c in enumerate(path) if c == ord("/")}
    return {path: content for path, content in files.items() if path not in folders}


component = st.sampled_from([b"a", b"a.b", b"a-", b"b", b"\xff", b"z z"])
path_names = st.lists(component, min_size=1, max_size=4).map(b"/".join)
contents = st.dictionaries(path_names, st.binary(max_size=2), max_size=12).map(without_clashes)


@given(contents, contents)
def test_diff_names_exactly_the_paths_that_differ(old, new):
    trees = Trees()
    changes = list(diff_trees(trees.entries, trees.root(old), trees.root(new)))
    differing = {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}
    assert paths(changes) == in_order(differing)
    for change in changes:
        assert (change.old and change.old.id) == (
            blob_id(old[change.path]) if change.path in old else None
        )
        assert (change.new and change.new.id) == (
            blob_id(new[change.path]) if change.path in new else None
        )


@given(contents)
def test_no_root_counts_as_an_empty_one(files):
    trees = Trees()
    root = trees.root(files)
    assert paths(diff_trees(trees.entries, None, root)) == in_order(files)
    assert paths(diff_trees(trees.entries, root, None)) == in_order(files)
    assert list(diff_trees(trees.entries, root, root)) == []
    assert list(diff_trees(trees.entries, None, None)) == []


@given(contents, contents)
def test_edits_turn_one_tree_into_the_other_and_history_leaves_no_trace(old, new):
    trees = Trees()
    before, after = trees.root(old), trees.root(new)
    edits = {
        change.path: None
        if change.new is None
        else FileEdit(change.new.mode, change.new.size, change.new.id)
        for change in diff_trees(trees.entries, before, after)
    }
    root, size = edit_tree(trees.entries, before, edits, trees.put)
    assert root == after
    assert size == sum(map(len, new.values()))
    assert trees.files(root) == {path: blob_id(content) for path, content in new.items()}


@given(contents)
def test_lookup_finds_what_is_listed_and_nothing_else(files):
    trees = Trees()
    root = trees.root(files)
    for path, entry in list_files(trees.entries, root):
        assert lookup(trees.entries, root, path) == entry
        assert lookup(trees.entries, root, path + b"/below") is None
        assert lookup(trees.entries, root, path + b"~") is None
    whole = lookup(trees.entries, root, b"")
    assert whole == Entry(b"", Mode.DIRECTORY, sum(map(len, files.values())), root)


def test_lookup_finds_a_folder():
    trees = Trees()
    root = trees.root({b"a/b/c": b"123", b"a/b/d": b"4"})
    found = lookup(trees.entries, root, b"a/b")
    assert found is not None
    assert (found.name, found.mode, found.size) == (b"b", Mode.DIRECTORY, 4)


def test_equal_folders_are_not_read():
    trees = Trees()
    files = {b"same/%d/%d" % (k % 9, k): b"x" for k in range(99)} | {b"other/file": b"1"}
    old, new = trees.root(files), trees.root(files | {b"other/file": b"2"})
    trees.read.clear()
    assert paths(diff_trees(trees.entries, old, new)) == [b"other/file"]
    assert len(trees.read) == 4


def test_a_file_that_becomes_a_folder_is_gone_and_those_below_are_new():
    trees = Trees()
    old, new = trees.root({b"a": b"1", b"b": b""}), trees.root({b"a/x": b"2", b"a/y/z": b"3"})
    forth = list(diff_trees(trees.entries, old, new))
    assert [(c.path, c.old is None, c.new is None) for c in forth] == [
        (b"a", False, True),
        (b"a/x", True, False),
        (b"a/y/z", True, False),
        (b"b", False, True),
    ]
    back = list(diff_trees(trees.entries, new, old))
    assert back == [TreeChange(path, after, before) for path, before, after in forth]


def test_changed_attributes_alone_are_a_change_of_a_file_and_none_of_a_folder():
    trees = Trees()
    old = trees.put(encode_tree(Tree((Entry(b"f", Mode.FILE, 0, blob_id(b"")),))))
    new = trees.put(encode_tree(Tree((Entry(b"f", Mode.FILE, 0, blob_id(b""), (("k", "v"),)),))))
    assert paths(diff_trees(trees.entries, old, new)) == [b"f"]

    def above(attributes):
        entry = Entry(b"d", Mode.DIRECTORY, 0, old, attributes)
        return trees.put(encode_tree(Tree((entry,))))

    assert list(diff_trees(trees.entries, above(()), above((("k", "v"),)))) == []


def nested(trees, depth):
    identifier = trees.put(encode_tree(Tree((Entry(b"f", Mode.FILE, 0, blob_id(b"")),))))
    for _ in range(depth):
        entry = Entry(b"d", Mode.DIRECTORY, 0, identifier)
        identifier = trees.put(encode_tree(Tree((entry,))))
    return identifier


def test_the_deepest_tree_is_walked_and_one_deeper_is_refused():
    trees = Trees()
    assert len(list(list_files(trees.entries, nested(trees, limits.TREE_DEPTH)))) == 1
    with pytest.raises(Damaged) as raised:
        list(list_files(trees.entries, nested(trees, limits.TREE_DEPTH + 1)))
    assert raised.value.code == "beyond-limit"


def test_a_tree_with_endless_paths_is_refused(monkeypatch):
    monkeypatch.setattr(limits, "TREE_ENTRIES", 1000)
    trees = Trees()
    identifier = trees.put(encode_tree(EMPTY_TREE))
    for _ in range(100):
        twice = tuple(Entry(name, Mode.DIRECTORY, 0, identifier) for name in (b"a", b"b"))
        identifier = trees.put(encode_tree(Tree(twice)))
    with pytest.raises(Damaged) as raised:
        list(list_files(trees.entries, identifier))
    assert raised.value.code == "beyond-limit"


def test_an_edit_touches_only_the_folders_on_the_way():
    trees = Trees()
    root = trees.root({b"%d/%d/%d" % (k % 5, k % 7, k): b"x" for k in range(500)})
    trees.read.clear()
    trees.put_order.clear()
    edited, _ = edit_tree(trees.entries, root, {b"3/4/18": edit(b"new")}, trees.put)
    assert len(trees.read) == 3
    assert len(trees.put_order) == 3
    assert trees.put_order[-1] == edited
    assert paths(diff_trees(trees.entries, root, edited)) == [b"3/4/18"]


def test_no_edits_give_the_same_root():
    trees = Trees()
    root = trees.root({b"a/b": b"1", b"c": b"22"})
    assert edit_tree(trees.entries, root, {}, trees.put) == (root, 3)


def test_the_last_file_of_a_folder_takes_the_folder_with_it():
    trees = Trees()
    root = trees.root({b"a/b/c": b"1", b"d": b"2"})
    edited, _ = edit_tree(trees.entries, root, {b"a/b/c": None}, trees.put)
    assert edited == trees.root({b"d": b"2"})
    empty, size = edit_tree(trees.entries, edited, {b"d": None}, trees.put)
    assert (empty, size) == (keyed_id(Kind.TREE, encode_tree(EMPTY_TREE)), 0)


def test_removing_what_is_not_there_changes_nothing():
    trees = Trees()
    root = trees.root({b"a/b": b"1", b"c": b"2"})
    gone = {b"x": None, b"a/x": None, b"y/z": None, b"c/below": None}
    assert edit_tree(trees.entries, root, gone, trees.put) == (root, 2)


@pytest.mark.parametrize("removal_first", [True, False])
def test_a_removed_folder_goes_as_a_whole_and_edits_below_it_count(removal_first):
    trees = Trees()
    root = trees.root({b"a/b/c": b"1", b"a/d": b"2", b"e": b"3"})
    edits = [(b"a", None), (b"a/b/new", edit(b"4"))]
    edited, _ = edit_tree(
        trees.entries, root, dict(edits if removal_first else edits[::-1]), trees.put
    )
    assert edited == trees.root({b"a/b/new": b"4", b"e": b"3"})


def test_a_file_replaces_a_folder_and_a_folder_a_file():
    trees = Trees()
    root = trees.root({b"a/b": b"1", b"c": b"2"})
    edits = {b"a": edit(b"file"), b"a/b": None, b"c/d": edit(b"below")}
    edited, _ = edit_tree(trees.entries, root, edits, trees.put)
    assert edited == trees.root({b"a": b"file", b"c/d": b"below"})


def test_a_file_and_one_below_it_conflict():
    trees = Trees()
    with pytest.raises(Conflict) as raised:
        edit_tree(trees.entries, None, {b"a": edit(b""), b"a/b/c": edit(b"")}, trees.put)
    assert raised.value.code == "file-changed"
    assert "b'a'" in raised.value.message


def test_attributes_stay_unless_others_are_given():
    trees = Trees()
    marked = {b"d/f": edit(b"1", attributes=(("source", "web"),))}
    root, _ = edit_tree(trees.entries, None, marked, trees.put)
    edits = {b"d/f": edit(b"2")}
    edited, _ = edit_tree(trees.entries, root, edits, trees.put)
    found = lookup(trees.entries, edited, b"d/f")
    assert found is not None
    assert (found.id, found.attributes) == (blob_id(b"2"), (("source", "web"),))
    cleared, _ = edit_tree(trees.entries, edited, {b"d/f": edit(b"2", attributes=())}, trees.put)
    assert cleared == trees.root({b"d/f": b"2"})


def test_a_folder_keeps_its_attributes_and_gives_none_to_a_file():
    trees = Trees()
    below = trees.root({b"f": b"1"})
    folder = Entry(b"d", Mode.DIRECTORY, 1, below, (("set", "evals"),))
    root = trees.put(encode_tree(Tree((folder,))))
    edited, _ = edit_tree(trees.entries, root, {b"d/g": edit(b"2")}, trees.put)
    found = lookup(trees.entries, edited, b"d")
    assert found is not None
    assert found.attributes == (("set", "evals"),)
    replaced, _ = edit_tree(trees.entries, root, {b"d": edit(b"3")}, trees.put)
    assert replaced == trees.root({b"d": b"3"})


def test_modes_are_recorded():
    trees = Trees()
    edits = {b"x": edit(b"1", Mode.EXECUTABLE), b"l": edit(b"x", Mode.SYMLINK)}
    root, _ = edit_tree(trees.entries, None, edits, trees.put)
    assert {path: entry.mode for path, entry in list_files(trees.entries, root)} == {
        b"l": Mode.SYMLINK,
        b"x": Mode.EXECUTABLE,
    }


@pytest.mark.parametrize(
    "path",
    [
        b"",
        b"/a",
        b"a/",
        b"a//b",
        b"a/../b",
        b".contentvc/x",
        b"d/.ContentVC/x",
        b"d/.contentvc",
        b"n" * 256,
        b"d/" * (limits.TREE_DEPTH + 1) + b"f",
        b"/".join([b"n" * 200] * 21),
    ],
)
def test_paths_that_could_not_be_read_back_are_refused(path):
    trees = Trees()
    with pytest.raises(Usage) as raised:
        edit_tree(trees.entries, None, {path: edit(b"")}, trees.put)
    assert raised.value.code == "bad-name"


def test_the_deepest_path_is_recorded_and_read_back():
    trees = Trees()
    path = b"d/" * limits.TREE_DEPTH + b"f"
    assert list(trees.files(trees.root({path: b"1"}))) == [path]


def test_a_folder_of_many_files_is_edited_and_compared_like_a_small_one():
    trees = Trees()
    many = {b"d/%05d" % k: b"x" for k in range(limits.TREE_FLAT_ENTRIES * 2)}
    root = trees.root(many)
    edits = {b"d/00007": edit(b"new"), b"d/08000": None, b"d/extra": edit(b"e")}
    edited, size = edit_tree(trees.entries, root, edits, trees.put)
    assert paths(diff_trees(trees.entries, root, edited)) == [b"d/00007", b"d/08000", b"d/extra"]
    assert size == len(many) + 2
    found = lookup(trees.entries, edited, b"d/00007")
    assert found is not None
    assert found.id == ObjectId(blob_id(b"new"))
