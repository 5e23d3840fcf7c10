"""What a first contentvc.toml says of files that nobody declared."""

from hypothesis import given
from hypothesis import strategies as st

from contentvc.sets.proposal import FoundKey, propose_sets, written
from contentvc.sets.reading import read_declaration


def proposed(*paths, keys=lambda *_: FoundKey(("id",))):
    sets = propose_sets(map(str.encode, paths), keys)
    return {one.name: one.paths for one in sets}


def test_records_of_a_folder_are_a_set_and_so_are_its_documents():
    assert proposed(
        "evals/a.jsonl", "evals/x/b.jsonl", "evals/c.csv", "evals/README.md",
        "prompts/a.md", "prompts/b.yaml", "prompts/deep/c.yaml", "top.jsonl", "README.md",
    ) == {
        "jsonl": ("*.jsonl",),
        "evals": ("evals/**/*.jsonl",),
        "evals-csv": ("evals/**/*.csv",),
        "prompts": ("prompts/**/*.md", "prompts/**/*.yaml"),
    }  # fmt: skip


def test_what_is_in_no_set():
    assert not proposed(
        "contentvc.toml", "README.md", "setup.json", "src/a.py", "src/b.bin", ".github/a.yaml",
        ".github/b.yaml", "one/alone.md",
    )  # fmt: skip
    assert propose_sets([b"\xff/a.jsonl"], lambda *_: FoundKey(())) == ()


def test_folders_are_told_apart_where_their_records_have_no_key_in_common():
    def keys(form, files):
        folders = {path.split(b"/")[1] for path in files}
        return FoundKey(("id",) if len(folders) == 1 else ())

    assert proposed("data/a/1.csv", "data/a/2.csv", "data/b/1.csv", keys=keys) == {
        "data-a": ("data/a/**/*.csv",),
        "data-b": ("data/b/**/*.csv",),
    }
    assert proposed("data/a/1.csv", "data/2.csv", keys=keys) == {"data": ("data/**/*.csv",)}


def test_names_of_folders_that_mean_something_elsewhere():
    assert proposed("we ird[1]*/x.csv", "we-ird-1/y.csv", 'q"uo\n/z.csv') == {
        "we-ird-1": ("we ird[[]1][*]/**/*.csv",),
        "we-ird-1-csv": ("we-ird-1/**/*.csv",),
        "q-uo": ('q"uo\n/**/*.csv',),
    }


NAMES = st.sampled_from(["a", "b c", "[x]", "*", "ü", "a.b", "_", "-", "\x7f", "\n", '"', "x" * 99])
ENDS = st.sampled_from(["a.jsonl", "b.CSV", "c.tsv", "d.json", "e.md", "f.py", "g_yaml", ".csv"])
PATHS = st.tuples(st.lists(NAMES, max_size=3), ENDS).map(lambda one: "/".join([*one[0], one[1]]))
KEYS = st.sampled_from([FoundKey(()), FoundKey(("id",)), FoundKey(('"\\\n',), is_sure=False)])


@given(st.sets(PATHS, max_size=30), st.lists(KEYS, min_size=1, max_size=5))
def test_what_is_proposed_reads_back_and_has_its_files(paths, keys):
    asked = {}

    def find(form, files):
        asked[tuple(files)] = keys[len(asked) % len(keys)]
        return asked[tuple(files)]

    sets = propose_sets(map(str.encode, paths), find)
    declared = read_declaration(written(sets).encode()).sets
    assert [(one.name, one.paths) for one in declared] == [(one.name, one.paths) for one in sets]
    for one, its in zip(declared, sets, strict=True):
        assert one.key == (its.key.fields if its.key else ())
        assert sum(one.has(path.encode()) for path in paths) == its.files
    for path in paths:
        assert sum(one.has(path.encode()) for one in declared) <= 1
