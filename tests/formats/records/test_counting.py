"""Records that are counted as they stream by, against those that are read."""

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from contentvc.formats.problems import Unfit
from contentvc.formats.records.counting import COUNTERS
from contentvc.formats.records.sheets import open_csv, open_jsonl, open_sheet
from tests.formats.records.test_parquet import parquet

PIECES = st.sampled_from(
    [b"a", b",", b'"', b'""', b"\n", b"\r\n", b"\r", b" ", b"\n\n", b'"x\ny"', b"{}"]
)
CONTENTS = st.lists(PIECES, max_size=25).map(b"".join)
CUTS = st.lists(st.integers(0, 60), max_size=5)


def cut(content, places):
    borders = [0, *sorted(place for place in places if place < len(content)), len(content)]
    return [content[a:b] for a, b in pairwise(borders)]


@given(CONTENTS, CUTS)
@example(b"", [])
@example(b"{}", [1])
@example(b" \n\t\r\n", [])
def test_lines_of_json(content, places):
    read = open_sheet(content, open_jsonl).raws
    assert COUNTERS["jsonl"](cut(content, places)) == len([one for one in read if one.strip()])


@given(CONTENTS, CUTS)
@example(b"a,b\n1,2", [4])
@example(b'a,b\r\n"1\r\n\r\n",2\r\n', [3, 4, 5])
@example(b"a\r1\r\r2\r", [])
def test_rows(content, places):
    try:
        read = open_sheet(b"a,b\n" + content, open_csv).raws
    except Unfit:
        return
    assert COUNTERS["csv"](cut(b"a,b\n" + content, places)) == len(
        [one for one in read if one.strip(b"\r\n")]
    )


def test_no_file_has_less_than_no_record():
    assert [COUNTERS[name]([]) for name in ("jsonl", "csv", "tsv")] == [0, 0, 0]


def test_rows_of_a_table_are_what_its_footer_says():
    content = parquet([{"id": number} for number in range(5)])
    assert COUNTERS["parquet"]([content[:7], content[7:]]) == 5
    assert COUNTERS["parquet"]([content[:-1]]) is None
    assert COUNTERS["parquet"]([]) is None
