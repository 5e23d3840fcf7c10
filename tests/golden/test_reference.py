"""docs/reference/format.md says what the code does: field counts, magics, limits, contexts."""

import re
from pathlib import Path

import pytest

from contentvc import ids, limits
from contentvc.history import bundle, path_segment, view
from contentvc.objects import lists, pack, segment
from contentvc.remotes import memory, seen
from contentvc.snapshots import commit, operation, tree
from contentvc.worktree import journal, statefile

TEXT = (Path(__file__).parent.parent.parent / "docs" / "reference" / "format.md").read_text()


def section(heading):
    """The text below a heading, up to the next one of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def fields(heading):
    """The numbers of the fields in the tables of a section."""
    numbers = []
    for first, last in re.findall(
        r"^\| (\d+)(?: to (\d+))? \|(?! zeros)", section(heading), re.MULTILINE
    ):
        numbers += range(int(first), int(last or first) + 1)
    return numbers


@pytest.mark.parametrize(
    ("heading", "shape"),
    [
        ("Operations", operation._SHAPE),
        ("Ref changes", operation._REF_SHAPE),
        ("Pack records", operation._PACK_SHAPE),
        ("Transaction steps", operation._TRANSACTION_SHAPE),
        ("Trees", tree._SHAPE),
        ("Commits", commit._SHAPE),
    ],
)
def test_every_field_has_a_row(heading, shape):
    assert fields(heading) == list(range(len(shape)))


@pytest.mark.parametrize(
    ("heading", "shape", "magic"),
    [
        ("Bundles", bundle._SHAPE, bundle._MAGIC),
        ("View", view._SHAPE, view._MAGIC),
        ("Packs", pack._SHAPE, pack.MAGIC),
        ("Packs", pack._SHAPE, pack._END_MAGIC),
        ("Index segments", segment._SHAPE, segment._MAGIC),
        ("Path segments", path_segment._SHAPE, path_segment._MAGIC),
        ("Chunk lists", lists._SHAPE, b""),
        ("Journal of a checkout", journal._SHAPE, journal._MAGIC),
        ("State", (), statefile._MAGIC),
        ("What was seen of a remote", seen._SHAPE, seen._MAGIC),
        ("A remote as it was", memory._SHAPE, memory._MAGIC),
    ],
)
def test_every_field_of_a_file_has_a_row_and_its_magic_is_named(heading, shape, magic):
    bytes_rows = {8, 16, 32, 1}  # tables of bytes have widths in their first column
    rows = fields(heading)
    start = next((at for at in range(len(rows) + 1) if rows[at:] == list(range(len(shape)))), None)
    assert start is not None
    assert set(rows[:start]) <= bytes_rows
    ends = {b"\n": " and a newline", b"\3": " and the byte 3"}
    name = magic[:-1] if magic[-1:] in ends else magic
    named = f"`{name.decode()}`" + ends.get(magic[-1:], "")
    assert not magic or named in section(heading)


def test_the_contexts_of_ids_are_named():
    for context in (*ids._CONTEXTS.values(), ids._OPERATION_CONTEXT):
        assert f"`{context}`" in section("Ids")


def test_kinds_methods_and_modes_are_numbered_as_they_are_stored():
    from contentvc.objects.blocks import Method

    assert "0 raw, 1 chunk list, 2 tree, 3 commit" in TEXT
    assert [one.value for one in ids.Kind] == [0, 1, 2, 3]
    assert [one.name for one in ids.Kind] == ["RAW", "LIST", "TREE", "COMMIT"]
    assert "0 plain, 1 zstd, 2 delta" in TEXT
    assert [one.name.lower() for one in Method] == ["plain", "zstd", "delta"]
    assert "0 file, 1 executable, 2 symlink, 3 directory" in TEXT
    assert [one.name.lower() for one in tree.Mode] == ["file", "executable", "symlink", "directory"]


def shown(number):
    """A number as the table of limits writes it."""
    for unit, name in ((limits.GIB, "GiB"), (limits.MIB, "MiB")):
        if number % unit == 0 and number >= unit:
            return f"{number // unit} {name}"
    return f"{number:,}"


LIMITS = {
    "bytes of a name": (limits.NAME_LENGTH,),
    "bytes of a tree": (limits.TREE_BYTES,),
    "entries of a flat tree": (limits.TREE_FLAT_ENTRIES,),
    "attributes of one entry, commit or operation; all their bytes": (
        limits.ATTRIBUTES,
        limits.ATTRIBUTES * limits.ATTRIBUTE_BYTES,
    ),
    "bytes of a commit; parents": (limits.COMMIT_BYTES, limits.PARENTS),
    "bytes of an operation": (limits.OPERATION_BYTES,),
    "bytes of a bundle, decompressed": (limits.BUNDLE_BYTES,),
    "bytes of a view": (limits.VIEW_BYTES,),
    "raw bytes of a block": (limits.BLOCK_RAW,),
    "length of a pack": (limits.PACK_LENGTH,),
    "objects of a pack; blocks": (limits.PACK_OBJECTS, limits.PACK_BLOCKS),
    "bytes of a footer, or of an index segment's head": (limits.FOOTER_BYTES,),
    "bytes of a path segment, stored and decompressed": (limits.PATH_SEGMENT_BYTES,),
    "chunks of a blob": (limits.CHUNKS,),
    "bases of a delta block; its cost": (limits.DELTA_BASES, limits.DELTA_COST),
    "window of a frame": (1 << limits.WINDOW_LOG,),
}


def test_the_table_of_limits_is_the_one_in_the_code():
    rows = dict(re.findall(r"^\| (.+?) \| (.+?) \|$", section("Limits"), re.MULTILINE))
    expected = {name: "; ".join(map(shown, values)) for name, values in LIMITS.items()}
    assert {name: rows.get(name) for name in expected} == expected


def test_other_numbers_in_the_text():
    assert f"{limits.DELTA_STEP:,}" in TEXT
    assert f"{limits.DELTA_COST:,}" in TEXT
    assert f"{limits.PACK_CLOSED_OBJECTS:,} objects" in TEXT
    assert f"{limits.BUNDLE_OPERATIONS:,} operations" in TEXT
    assert f"at most {limits.COMMAND_WORDS:,} words" in TEXT
    assert f"more than {limits.TREE_FLAT_ENTRIES:,} entries" in TEXT
    assert f"more than {path_segment.LISTED:,} against one parent" in TEXT
    assert tree._CUT_BITS == 10
