"""What one file's change looks like: hunks with changed words, byte ranges, totals."""

import pytest

from contentvc.actions.content import compare_content
from contentvc.changes.files import ChangeKind, FileChange
from contentvc.cli.changes import change_json, change_line, change_lines
from contentvc.cli.diffs import diff_lines
from contentvc.cli.output import Screen
from contentvc.cli.palette import Palette
from contentvc.cli.stat import stat_lines
from contentvc.formats.binary import Range
from contentvc.formats.changes import BinaryChanges, TextChanges
from contentvc.formats.source import source_of
from contentvc.ids import blob_id
from contentvc.snapshots.tree import Entry, Mode

PLAIN = Screen(Palette(is_on=False), width=80, now=0, zone=0)
PAINTED = Screen(Palette(is_on=True), width=80, now=0, zone=0)


def entry(content, mode=Mode.FILE, attributes=()):
    return Entry(b"a", mode, len(content), blob_id(content), attributes)


def changed(old, new, path=b"a", old_path=None, kind=ChangeKind.MODIFIED):
    return FileChange(path, kind, old_path, old and entry(old), new and entry(new))


def shown(old, new, screen=PLAIN, **how):
    change = changed(old, new, **how)
    difference = compare_content(b"x", old and source_of(old), new and source_of(new))
    return list(diff_lines(change, difference, screen))[1:]


def test_a_hunk_is_as_git_writes_it():
    assert shown(b"a\nb\nc\n", b"a\nB\nc\n") == [
        "--- a/a", "+++ b/a", "@@ -1,3 +1,3 @@", " a", "-b", "+B", " c",
    ]  # fmt: skip
    assert shown(b"a\n", b"a\nb\n")[2] == "@@ -1 +1,2 @@"


def test_the_end_of_a_file_without_a_newline_is_told():
    assert shown(b"a", b"a\n")[3:] == ["-a", "\\ No newline at end of file", "+a"]


def test_an_added_file_comes_from_nowhere():
    added = shown(None, b"one\n", kind=ChangeKind.ADDED)
    assert added == ["--- /dev/null", "+++ b/a", "@@ -0,0 +1 @@", "+one"]
    gone = shown(b"one\n", None, kind=ChangeKind.DELETED)
    assert gone == ["--- a/a", "+++ /dev/null", "@@ -1 +0,0 @@", "-one"]


@pytest.mark.parametrize("screen", [PLAIN, PAINTED])
@pytest.mark.parametrize(
    "lines",
    [
        ("\n", "\ta\n", "", "é 漢\n"),
        ("a\n", "b\x1b[31m\n", "\u202ec\n"),
        ("a\r\n", "b\r\n"),
        ("a\r\n", "b\n"),
        ("a\r", "b\n", "\u2028\n", "\x85\n", "\ufeff\n"),
        ("\u200d\xa0\n", "last"),
    ],
)
def test_a_whole_file_is_shown_as_its_lines_are_among_others(lines, screen):
    """In a file that goes on before and after them each line is looked at by itself."""
    content = "".join(lines).encode() + b"\xff\xe2\x82"
    among = shown(b"first\n", b"first\n" + content, screen)
    alone = shown(None, content, screen, kind=ChangeKind.ADDED)
    assert alone[3:] == among[4:]


def test_a_name_with_a_blank_ends_with_a_tab_for_patch():
    assert shown(b"a\n", b"b\n", path=b"a b")[:2] == ["--- a/a b\t", "+++ b/a b\t"]


def test_changed_words_stand_out_in_colour_only():
    old, new = b"one two three four\n", b"one two 3 four\n"
    assert shown(old, new)[3:] == ["-one two three four", "+one two 3 four"]
    assert shown(old, new, PAINTED)[3:] == [
        "\x1b[31m-one two \x1b[0m\x1b[7;31mthree\x1b[0m\x1b[31m four\x1b[0m",
        "\x1b[32m+one two \x1b[0m\x1b[7;32m3\x1b[0m\x1b[32m four\x1b[0m",
    ]


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        (b"a\r\nb\r\n", b"a\r\nB\r\n", [" a", "-b", "+B"]),
        (b"a\n", b"a\r\n", ["-a", "+a\\r"]),
        (b"a\r\nb\n", b"a\nb\n", ["-a\\r", "+a", " b"]),
    ],
)
def test_carriage_returns_are_told_where_they_changed(old, new, lines):
    assert shown(old, new)[3:] == lines
    assert len(shown(old, new, PAINTED)[3:]) == len(lines)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_shown_as_text(encoding):
    old, new = ("\ufeffgrün\nrot\n".encode(encoding), "\ufeffgrün\nblau\n".encode(encoding))
    assert shown(old, new)[3:] == [" \\ufeffgrün", "-rot", "+blau"]


def test_content_cannot_act_on_the_terminal():
    text = "".join(shown(b"a\n", b"\x1b[2J\t\x9b\xff\xe2\x80\xae\n", PLAIN))
    assert "\\x1b[2J\t" in text
    assert not {"\x1b", "\x9b", "\u202e"} & set(text)


def test_binary_content_is_told_by_its_ranges():
    old = bytes(5000)
    new = bytes(100) + b"x" * 20 + bytes(1880) + b"y" + bytes(2999)
    assert shown(old, new) == [
        "Binary: 5.0 KB, 2 ranges changed:",
        "  0x64-0x77  20 bytes",
        "  0x7d0      1 byte",
    ]
    assert shown(old, old[:100] + b"more" + old[100:])[0].startswith("Binary: 5.0 KB → 5.0 KB, 1")
    assert shown(None, old, kind=ChangeKind.ADDED) == ["Binary: 5.0 KB"]


def test_ranges_that_grow_shrink_come_and_go():
    ranges = (Range(0, 0, 0, 5), Range(16, 32, 21, 21), Range(64, 65, 53, 60))
    change = changed(bytes(70), bytes(65))
    assert list(diff_lines(change, BinaryChanges(70, 65, ranges), PLAIN))[1:] == [
        "Binary: 70 bytes → 65 bytes, 3 ranges changed:",
        "  0x0        5 bytes inserted",
        "  0x10-0x1f  16 bytes removed",
        "  0x40       1 byte → 7 bytes",
    ]


def test_many_ranges_are_counted():
    ranges = tuple(Range(100 * n, 100 * n + 1, 100 * n, 100 * n + 1) for n in range(1200))
    lines = list(diff_lines(changed(b"a", b"b"), BinaryChanges(9, 9, ranges), PLAIN))
    assert len(lines) == 13
    assert lines[-1] == "  … and 1,190 more"


def test_content_too_large_to_read_whole_is_not_called_binary():
    size = 17 * 1024 * 1024
    lines = list(
        diff_lines(changed(b"a", b"b"), BinaryChanges(size, size, (Range(0, 1, 0, 1),)), PLAIN)
    )
    assert lines[1] == "Large: 18 MB, 1 range changed:"


def test_a_heading_tells_name_size_mode_and_attributes():
    change = FileChange(
        b"new name", ChangeKind.RENAMED, b"old", entry(b"12"),
        entry(b"1234", Mode.EXECUTABLE, (("k", "v"),)),
    )  # fmt: skip
    told = "2 bytes → 4 bytes, file → executable, attributes changed"
    assert list(diff_lines(change, TextChanges(()), PLAIN)) == [
        f"renamed: old → new name  {told}",
        "attribute k: none → v",
    ]
    assert change_line(change, PLAIN) == "R old → new name"
    assert list(change_lines([change] * 3, PLAIN, 2)) == [f"R old → new name  {told}"] * 2 + [
        "… and 1 more"
    ]


def test_a_change_as_json():
    change = FileChange(
        b"\xff", ChangeKind.ADDED, None, None, entry(b"12", attributes=(("k", "v"),))
    )
    assert change_json(change) == {
        "path": "\ufffd", "path_bytes": "/w==", "old_path": None, "change": "added", "old": None,
        "new": {"id": blob_id(b"12").hex(), "size": 2, "mode": "file", "attributes": {"k": "v"}},
    }  # fmt: skip
    unread = FileChange(
        b"a", ChangeKind.MODIFIED, None, entry(b"1"), Entry(b"a", Mode.FILE, 3, b"")
    )
    assert change_json(unread)["new"] == {"id": None, "size": 3, "mode": "file"}


def test_bars_are_in_proportion_and_fit():
    small, large = b"1\n", b"".join(b"%d\n" % n for n in range(1000))
    rows = [
        (changed(None, small, b"x" * 300), compare_content(b"x", None, source_of(small))),
        (changed(None, large, b"y"), compare_content(b"x", None, source_of(large))),
        (changed(b"\0", b"\1"), BinaryChanges(1, 1, ())),
        (changed(b"1", b"1", kind=ChangeKind.MODE_CHANGED), TextChanges(())),
    ]
    lines = list(stat_lines(rows, PLAIN))
    assert all(len(line) <= 80 for line in lines)
    assert lines[0].endswith("xxx |    1 +")
    assert lines[1].endswith("| 1000 " + "+" * lines[1].count("+"))
    assert lines[1].count("+") >= 10
    assert lines[2].endswith("| Binary 1 byte → 1 byte")
    assert lines[3].endswith("| mode changed")
    assert lines[4] == " 4 files changed, 1,001 lines added"
    assert list(stat_lines([], PLAIN)) == []
