import pytest

from contentvc import limits
from contentvc.actions.doubtful import doubtful
from contentvc.changes.edit import FileEdit
from contentvc.formats.registry import candidates
from contentvc.formats.rules import NO_RULES
from contentvc.formats.source import source_of
from contentvc.ids import blob_id
from contentvc.snapshots.tree import Mode


def told(folder, **files):
    edits = {}
    for name, content in files.items():
        path = name.replace("_", ".")
        (folder / path).write_bytes(content)
        edits[path.encode()] = FileEdit(Mode.FILE, len(content), blob_id(content))
    return [path.decode() for path in doubtful(str(folder).encode(), edits)]


SOUND = {
    "a_json": b'{"a": [1, 2.5, null]}\n',
    "b_json": b"\xef\xbb\xbf[]",
    "c_jsonl": b'{"a": 1}\n\n{"a": "\xc3\xbc"}\n',
    "d_csv": b"a,b\n1,2\n",
    "e_tsv": b"a\tb\r\n1\t2\r\n",
    "f_csv": b"",
    "G_JSON": b"{}",
    "h_txt": b"{",
}
DOUBTFUL = {
    "a_json": b"{",
    "b_json": b"[NaN]",
    "c_json": b'"\\ud800"',
    "d_json": b"[" * 10_000,
    "e_json": b"\xff",
    "f_jsonl": b'{"a": 1}\n{"a"\n',
    "g_csv": b"a,b\n1\n",
    "h_csv": b'a,b\n"1,2\n',
    "i_yaml": b"a: 1\n",
    "j_toml": b"a = 1\n",
    "k_json": b"",
}


def test_what_is_sound_at_a_glance(tmp_path):
    assert told(tmp_path, **SOUND) == []


@pytest.mark.parametrize("name", SOUND)
def test_no_format_finds_it_malformed(name):
    path, source = name.replace("_", ".").encode(), source_of(SOUND[name])
    reads = next(candidates(path, SOUND[name], NO_RULES))
    found = reads.problems(path, source, NO_RULES, None)
    assert {one.code for one in found}.isdisjoint({"malformed", "encoding"})


def test_what_the_formats_are_to_tell(tmp_path):
    assert told(tmp_path, **DOUBTFUL) == [name.replace("_", ".") for name in DOUBTFUL]


def test_only_so_much_is_looked_at(tmp_path):
    much = b"{" * (limits.COMMIT_CHECKED - 1)
    assert told(tmp_path, a_json=much, b_json=b"{{", c_json=b"{") == ["a.json", "c.json"]


def test_what_is_gone_or_a_link_is_passed_over(tmp_path):
    edits = {b"a.json": FileEdit(Mode.FILE, 1, blob_id(b"{")), b"b.json": None}
    assert doubtful(str(tmp_path).encode(), edits) == {}
    (tmp_path / "a.json").write_bytes(b"{")
    assert list(doubtful(str(tmp_path).encode(), edits)) == [b"a.json"]
    link = {b"a.json": FileEdit(Mode.SYMLINK, 1, blob_id(b"{"))}
    assert doubtful(str(tmp_path).encode(), link) == {}
