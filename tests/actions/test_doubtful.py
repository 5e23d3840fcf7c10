import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc import limits
from contentvc.actions.doubtful import doubtful
from contentvc.changes.edit import FileEdit
from contentvc.formats.registry import candidates, format_named
from contentvc.formats.rules import NO_RULES
from contentvc.formats.source import source_of
from contentvc.formats.structured.yaml_glance import is_surely_yaml
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
    "i_yaml": b"a: 1\nb: [x, 'y', {c: 2.50, d: ~}]\n# said\n? e\n: f\n",
    "j_yml": b"\xef\xbb\xbf- a\n- b:\n    - 12\n",
    "k_yaml": b"",
    "l_yaml": b"a: 2026-99-99\nb: 12 apples\n",
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
    "i_yaml": b"a: 1\n  b: 2\n",
    "j_toml": b"a = 1\n",
    "k_json": b"",
    "l_json": b'{"a": 1, "a": 2}',
    "m_yaml": b"a: 1\na: 2\n",
    "n_yaml": b"a: &x 1\nb: *x\n",
    "o_yaml": b"a: !function f\n",
    "p_yaml": b"a: " + b"1" * 5000 + b"\n",
    "q_yaml": b"[" * 200 + b"]" * 200,
    "r_yaml": b"? [a]\n: b\n",
    "s_yaml": b"<<: {a: 1}\n",
    "u_yaml": b"a: *nothing\n",
    "v_yaml": b"\xff",
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


SCALARS = st.sampled_from(
    ["a", "b", "1", "-2.5", "0x1f", "1:30", "~", "true", "<<", "", "'q'", '"d"', "&x a", "*x", "!t a",
     "2026-01-02", "1e400", "9" * 5000, "0x" + "f" * 5000, "1:99:00", ".inf", "-.nan", "+1.5e+3", "0b12", "1_000", "12 apples", "=", "a: b", "- a", "# c", "{a: 1, a: 2}", "[a, b", "\t", "é"]
)  # fmt: skip
LINES = st.builds(
    lambda indent, key, value: " " * indent + key + value,
    st.sampled_from([0, 0, 2, 4]),
    st.sampled_from(["a: ", "b: ", "1: ", "- ", "? ", "", "---"]),
    SCALARS,
)


@given(st.lists(LINES, max_size=5))
def test_what_a_glance_finds_sound_the_format_finds_sound(lines):
    content = "\n".join(lines).encode()
    if is_surely_yaml(content.decode()):
        reads = format_named("yaml")
        assert list(reads.problems(b"a.yaml", source_of(content), NO_RULES, None)) == []
