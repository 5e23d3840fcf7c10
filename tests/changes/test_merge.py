from random import Random

import pytest

from contentvc import limits
from contentvc.changes import beside
from contentvc.changes.conflicts import ConflictKind, edits_to
from contentvc.changes.edit import FileEdit, edit_tree
from contentvc.changes.merge import merge_trees
from contentvc.changes.trees import list_files, lookup
from contentvc.formats.contract import Favour, Labels, Side
from contentvc.ids import blob_id
from contentvc.snapshots.tree import Mode
from tests.changes.histories import Memory

LABELS = Labels("base", "main", "topic/x")
TEXT = b"".join(b"line %d of a text\n" % k for k in range(12))


def edited(number, text=TEXT):
    return text.replace(b"line %d " % number, b"edited %d " % number)


def files_of(content):
    return {
        path: (Mode.FILE, one) if isinstance(one, bytes) else one for path, one in content.items()
    }


class Merge:
    """One merge of three sets of files, bytes or (mode, bytes)."""

    def __init__(self, base, ours, theirs, favour=None):
        self.memory = Memory()
        self.sides = [files_of(one) for one in (base, ours, theirs)]
        self.merge, self.files = self.memory.merge(*self.sides, LABELS, favour)
        self.conflicts = self.merge.conflicts

    @property
    def kinds(self):
        return [(one.kind.value, one.path) for one in self.conflicts]

    def after(self, side):
        """All files once a person took one side of every conflict."""
        root = self.memory.merged(self.memory.root(self.sides[1]), self.merge)
        edits = {}
        for conflict in self.conflicts:
            edits.update(edits_to(conflict, side))
        tree, _ = edit_tree(self.memory.entries, root, edits, self.memory.put)
        return self.memory.files(tree)


def favoured(base, ours, theirs):
    return [Merge(base, ours, theirs, favour).files for favour in Favour]


def test_edits_of_both_sides_come_together():
    merged = Merge(
        {b"a": TEXT, b"b": TEXT, b"c": TEXT},
        {b"a": edited(1), b"b": edited(1), b"c": TEXT, b"ours": b"o\n"},
        {b"a": edited(9), b"b": TEXT, b"c": edited(9), b"theirs": b"t\n"},
    )
    assert not merged.conflicts
    assert merged.files == files_of(
        {
            b"a": edited(9, edited(1)),
            b"b": edited(1),
            b"c": edited(9),
            b"ours": b"o\n",
            b"theirs": b"t\n",
        }
    )
    assert set(merged.merge.files) == {b"a", b"c", b"theirs"}


def test_the_same_lines_edited_is_a_content_conflict():
    versions = {b"a": TEXT}, {b"a": edited(3)}, {b"a": TEXT.replace(b"line 3 ", b"third ")}
    merged = Merge(*versions)
    assert merged.kinds == [("content", b"a")]
    (conflict,) = merged.conflicts
    assert [item.item for item in conflict.items] == ["line 4"]
    assert b"<<<<<<< main\n" in merged.files[b"a"][1]
    assert b">>>>>>> topic/x\n" in merged.files[b"a"][1]
    for side, version in zip((Side.BASE, Side.OURS, Side.THEIRS), versions, strict=True):
        assert merged.after(side) == files_of(version)
    assert favoured(*versions) == [files_of(versions[1]), files_of(versions[2])]


def test_binary_content_and_symlinks_are_never_merged_by_line():
    for mode, contents in (
        (Mode.FILE, (b"\0base", b"\0ours", b"\0theirs")),
        (Mode.SYMLINK, (b"base\n", b"ours\n", b"theirs\n")),
    ):
        versions = [{b"a": (mode, content)} for content in contents]
        merged = Merge(*versions)
        assert merged.kinds == [("binary", b"a")]
        assert merged.files == versions[1]
        assert merged.after(Side.THEIRS) == versions[2]
        assert favoured(*versions) == [versions[1], versions[2]]


def test_a_large_file_is_not_read():
    memory = Memory()
    size = limits.MERGE_BLOB + 1
    roots = [
        edit_tree(
            memory.entries, None, {b"a": FileEdit(Mode.FILE, size, blob_id(one))}, memory.put
        )[0]
        for one in (b"1", b"2", b"3")
    ]
    merge = merge_trees(memory.entries, memory.read, *roots, labels=LABELS)
    assert [one.kind for one in merge.conflicts] == [ConflictKind.BINARY]
    assert not merge.files
    assert not memory.reads


def test_what_both_added_is_compared_without_a_base():
    versions = {}, {b"a": b"title\nours\n"}, {b"a": b"title\ntheirs\n"}
    merged = Merge(*versions)
    assert merged.kinds == [("added-twice", b"a")]
    assert merged.files[b"a"][1].startswith(b"title\n<<<<<<< main\nours\n")
    assert merged.after(Side.THEIRS) == files_of(versions[2])
    assert merged.after(Side.BASE) == {}
    assert favoured(*versions) == [files_of(versions[1]), files_of(versions[2])]
    assert not Merge({}, {b"a": TEXT}, {b"a": TEXT}).conflicts


def test_delete_against_edit_keeps_the_edited_file():
    versions = {b"a": TEXT, b"k": b"k"}, {b"k": b"k"}, {b"a": edited(2), b"k": b"k"}
    merged = Merge(*versions)
    assert merged.kinds == [("deleted-by-us", b"a")]
    assert merged.files == files_of(versions[2])
    assert merged.after(Side.OURS) == files_of(versions[1])
    assert favoured(*versions) == [files_of(versions[1]), files_of(versions[2])]
    turned = Merge(versions[0], versions[2], versions[1])
    assert turned.kinds == [("deleted-by-them", b"a")]
    assert turned.files == files_of(versions[2])
    assert turned.after(Side.THEIRS) == files_of(versions[1])


def test_both_deleting_is_no_conflict():
    merged = Merge({b"a": TEXT, b"k": b"k"}, {b"k": b"k"}, {b"k": b"k"})
    assert not merged.conflicts
    assert not merged.merge.files


def test_an_edit_follows_a_rename():
    for base, ours, theirs in (
        ({b"a": TEXT}, {b"b": TEXT}, {b"a": edited(2)}),
        ({b"a": TEXT}, {b"a": edited(2)}, {b"d/b": TEXT}),
        ({b"a": TEXT}, {b"b": edited(9)}, {b"a": edited(2)}),
    ):
        merged = Merge(base, ours, theirs)
        assert not merged.conflicts
        (content,) = merged.files.values()
        assert b"edited 2 " in content[1]
        assert b"a" not in merged.files


def test_a_clash_in_a_renamed_file_keeps_the_new_name_whatever_is_taken():
    merged = Merge({b"a": TEXT}, {b"a": edited(2)}, {b"b": TEXT.replace(b"line 2 ", b"second ")})
    assert merged.kinds == [("content", b"b")]
    assert b"<<<<<<< main:a\n" in merged.files[b"b"][1]
    assert b">>>>>>> topic/x:b\n" in merged.files[b"b"][1]
    assert merged.after(Side.OURS) == files_of({b"b": edited(2)})


def test_a_renamed_file_that_the_other_side_deleted_is_a_conflict():
    versions = {b"a": TEXT, b"k": b"k"}, {b"k": b"k"}, {b"b": TEXT, b"k": b"k"}
    merged = Merge(*versions)
    assert merged.kinds == [("deleted-by-us", b"b")]
    assert merged.files == files_of(versions[2])
    assert favoured(*versions) == [files_of(versions[1]), files_of(versions[2])]


def test_renamed_apart_stays_under_both_names():
    versions = {b"a": TEXT}, {b"b": edited(1)}, {b"c": edited(9)}
    both = edited(9, edited(1))
    merged = Merge(*versions)
    assert merged.kinds == [("renamed-apart", b"b")]
    assert merged.conflicts[0].also == (b"c",)
    assert merged.files == files_of({b"b": both, b"c": both})
    assert merged.after(Side.THEIRS) == files_of(versions[2])
    assert merged.after(Side.BASE) == files_of(versions[0])
    assert favoured(*versions) == [files_of({b"b": both}), files_of({b"c": both})]


def test_two_files_renamed_onto_one_name():
    other = TEXT.replace(b"line", b"verse")
    edited_other = other.replace(b"verse 3 ", b"stanza 3 ")
    base = {b"a": TEXT, b"b": other}
    merged = Merge(base, {b"c": TEXT, b"b": edited_other}, {b"a": edited(1), b"c": other})
    assert merged.kinds == [("renamed-together", b"c")]
    assert set(merged.files) == {b"c"}
    content = merged.files[b"c"][1]
    assert set((edited(1) + edited_other).splitlines()) <= set(content.splitlines())
    assert merged.after(Side.OURS) == files_of({b"c": TEXT})
    assert merged.after(Side.THEIRS) == files_of({b"c": other})


def test_a_name_both_renamed_onto_and_added():
    merged = Merge({b"a": TEXT}, {b"a": edited(1), b"c": b"new\n"}, {b"c": edited(9)})
    assert merged.kinds == [("renamed-together", b"c")]
    content = merged.files[b"c"][1]
    assert b"new\n" in content
    assert b"edited 1 " in content
    assert b"edited 9 " in content


def test_a_file_and_a_folder_of_one_name():
    base, with_file, with_folder = (
        {b"k": b"k"},
        {b"a": b"file\n", b"k": b"k"},
        {b"a/x": b"x", b"k": b"k"},
    )
    merged = Merge(base, with_file, with_folder)
    assert merged.kinds == [("file-and-folder", b"a~main")]
    assert merged.files == files_of({b"a~main": b"file\n", b"a/x": b"x", b"k": b"k"})
    assert merged.after(Side.OURS) == files_of(with_file)
    assert merged.after(Side.THEIRS) == files_of(with_folder)
    assert favoured(base, with_file, with_folder) == [files_of(with_file), files_of(with_folder)]
    turned = Merge(base, with_folder, with_file)
    assert turned.kinds == [("file-and-folder", b"a~topic_x")]
    assert turned.files == files_of({b"a~topic_x": b"file\n", b"a/x": b"x", b"k": b"k"})
    assert favoured(base, with_folder, with_file) == [files_of(with_folder), files_of(with_file)]


def test_a_folder_of_ours_keeps_what_nobody_touched():
    base = {b"d": TEXT}
    ours = {b"d/x": b"x\n", b"d/y": b"y\n"}
    merged = Merge(base, ours, {b"d": edited(2)})
    assert merged.files == files_of({**ours, b"d~topic_x": edited(2)})


def test_a_file_and_symlink_of_one_name():
    link = {b"a": (Mode.SYMLINK, b"target")}
    versions = {b"a": TEXT}, link, {b"a": edited(1)}
    merged = Merge(*versions)
    assert merged.kinds == [("type", b"a")]
    assert merged.files == link
    assert merged.after(Side.THEIRS) == files_of(versions[2])


def test_modes_merge_beside_content():
    program = {b"a": (Mode.EXECUTABLE, TEXT)}
    merged = Merge({b"a": TEXT}, program, {b"a": edited(1)})
    assert not merged.conflicts
    assert merged.files == {b"a": (Mode.EXECUTABLE, edited(1))}
    assert Merge({}, program, {b"a": TEXT}).kinds == [("mode", b"a")]
    assert favoured({}, program, {b"a": TEXT}) == [program, files_of({b"a": TEXT})]


@pytest.mark.parametrize("favour", [None, *Favour])
def test_attributes_merge_by_key(favour):
    memory = Memory()

    def root(*attributes):
        edit = FileEdit(Mode.FILE, 1, memory.keep(b"x"), attributes)
        return edit_tree(memory.entries, None, {b"a": edit}, memory.put)[0]

    base = root(("gone", "1"), ("kept", "1"), ("other", "1"))
    ours = root(("kept", "1"), ("other", "ours"), ("ours", "1"))
    theirs = root(("gone", "1"), ("kept", "2"), ("other", "theirs"), ("theirs", "1"))
    merge = merge_trees(
        memory.entries, memory.read, base, ours, theirs, labels=LABELS, favour=favour
    )
    assert [one.kind.value for one in merge.conflicts] == ([] if favour else ["attributes"])
    other = "theirs" if favour is Favour.THEIRS else "ours"
    assert merge.files[b"a"].attributes == (
        ("kept", "2"),
        ("other", other),
        ("ours", "1"),
        ("theirs", "1"),
    )
    assert not memory.reads


def test_a_new_file_follows_its_folder():
    base = {b"old/a": TEXT, b"old/b": edited(1)}
    ours = {b"new/a": TEXT, b"new/b": edited(1)}
    merged = Merge(base, ours, {**base, b"old/c": b"fresh\n"})
    assert not merged.conflicts
    assert merged.files == files_of({**ours, b"new/c": b"fresh\n"})
    turned = Merge(base, {**base, b"old/c": b"fresh\n"}, ours)
    assert turned.files == merged.files


def test_a_folder_goes_where_most_of_its_files_went():
    base = {b"old/%d" % k: TEXT + b"%d\n" % k for k in range(3)}
    ours = {b"new/0": base[b"old/0"], b"new/1": base[b"old/1"], b"else/2": base[b"old/2"]}
    merged = Merge(base, ours, {**base, b"old/c": b"fresh\n"})
    assert b"new/c" in merged.files


def test_a_folder_that_still_has_files_did_not_move():
    base = {b"old/%d" % k: TEXT + b"%d\n" % k for k in range(3)}
    ours = {b"new/0": base[b"old/0"], b"new/1": base[b"old/1"], b"old/2": base[b"old/2"]}
    merged = Merge(base, ours, {**base, b"old/c": b"fresh\n"})
    assert b"old/c" in merged.files


def test_a_new_file_stays_where_something_is_in_the_way_of_its_new_place():
    base = {b"old/a": TEXT, b"new/c": b"other\n"}
    ours = {b"new/a": TEXT, b"new/c": b"other\n"}
    merged = Merge(base, ours, {**base, b"old/c": b"fresh\n"})
    assert merged.files == files_of({**ours, b"old/c": b"fresh\n"})


def test_plain_edits_read_only_what_both_changed():
    base = {b"d%d/f%d" % (k % 7, k): TEXT + b"%d\n" % k for k in range(60)}
    paths = sorted(base)
    ours = base | {path: edited(1, base[path]) for path in paths[:30]}
    theirs = base | {path: edited(9, base[path]) for path in paths[28:50]}
    theirs[b"new"] = b"added\n"
    merged = Merge(base, ours, theirs)
    assert not merged.conflicts
    assert len(merged.memory.reads) == 3 * 2


def test_folders_that_nobody_touched_are_not_read():
    memory = Memory()
    base = {b"same/deep/a": TEXT, b"ours/a": TEXT, b"theirs/a": TEXT}
    versions = base, base | {b"ours/a": edited(1)}, base | {b"theirs/a": edited(1)}
    roots = [memory.root(files_of(one)) for one in versions]
    same = lookup(memory.entries, roots[0], b"same")
    read = []

    def entries(identifier):
        read.append(identifier)
        return memory.entries(identifier)

    merge = merge_trees(entries, memory.read, *roots, labels=LABELS)
    assert set(merge.files) == {b"theirs/a"}
    assert same.id not in read


def test_histories_that_share_nothing_have_an_empty_base():
    memory = Memory()
    ours, theirs = memory.root(files_of({b"a": TEXT})), memory.root(files_of({b"b": TEXT}))
    merge = merge_trees(memory.entries, memory.read, None, ours, theirs, labels=LABELS)
    assert not merge.conflicts
    assert set(merge.files) == {b"b"}
    assert not merge_trees(memory.entries, memory.read, None, ours, None, labels=LABELS).files
    whole = merge_trees(memory.entries, memory.read, None, None, theirs, labels=LABELS)
    assert set(whole.files) == {path for path, _ in list_files(memory.entries, theirs)}


@pytest.mark.parametrize("seed", range(40))
def test_what_is_looked_up_merges_as_what_is_compared(seed, monkeypatch):

    random = Random(seed)
    names = [b"a", b"b", b"d/a", b"d/b", b"d/e/a", b"f/a", b"g/h/a", b"g/h/b"]
    texts = [b"".join(b"%d\n" % random.randrange(3) for _ in range(6)) for _ in range(5)]

    def side(base):
        files = dict(base)
        for _ in range(random.randrange(4)):
            path = random.choice(names)
            for other in list(files):
                if other.startswith(path + b"/") or path.startswith(other + b"/"):
                    del files[other]
            if random.random() < 0.3 and files:
                files[path] = files.pop(random.choice(sorted(files)))
            elif random.random() < 0.2:
                files.pop(path, None)
            else:
                files[path] = (Mode.FILE, random.choice(texts))
        return files

    for _ in range(20):
        base = side({name: (Mode.FILE, random.choice(texts)) for name in names})
        ours, theirs = side(base), side(base)
        memory = Memory()
        few = memory.merge(base, ours, theirs, LABELS)
        with monkeypatch.context() as patch:
            patch.setattr(beside, "_FEW", -1)
            assert memory.merge(base, ours, theirs, LABELS) == few
