"""What every format of records keeps, and files to try it on."""

import csv
import io
import json

from hypothesis import strategies as st

from contentvc.formats.changes import ItemKind
from contentvc.formats.contract import Labels
from contentvc.formats.fields import is_same
from contentvc.formats.problems import Unfit
from contentvc.formats.records.sheets import open_sheet
from contentvc.formats.rules import NO_RULES
from contentvc.formats.source import source_of

LABELS = Labels("base", "ours", "theirs")

texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_infinity=False),
    texts,
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
keys = st.one_of(st.integers(0, 12), st.sampled_from(["a", "b", "10", "9", "é"]))


@st.composite
def json_lines(draw, key=keys):
    """JSON Lines with keys that may be there twice or lack, however they may be written."""
    lines = []
    for _ in range(draw(st.integers(0, 6))):
        record = draw(st.dictionaries(st.sampled_from(["q", "a", "meta"]), values, max_size=3))
        if draw(st.integers(0, 9)):
            record = {"id": draw(key), **record}
        spaces = draw(st.sampled_from([None, (",", ":"), (" , ", " : ")]))
        line = json.dumps(record, ensure_ascii=draw(st.booleans()), separators=spaces)
        lines.append(
            line.encode() + draw(st.sampled_from([b"\n"] * 6 + [b"\r\n", b"\n\n", b" \n"]))
        )
    content = draw(st.sampled_from([b"", b"", b"", b"\xef\xbb\xbf", b"\n"])) + b"".join(lines)
    return content if draw(st.booleans()) else content.removesuffix(b"\n")


cells = st.one_of(
    st.sampled_from(["", "a", "b", "1", "1.0", 'say "x"', "two\nlines", "a,b", " c", "é", "\r\n"]),
    st.text(st.sampled_from('ab",;\n\r\t é'), max_size=5),
)


@st.composite
def tables(draw, columns=None, key=None):
    """CSV under some of a few columns, with any quoting that RFC 4180 allows."""
    if columns is None:
        names = st.lists(st.sampled_from(["q", "a", "n", "x, y"]), max_size=3, unique=True)
        columns = ["id", *draw(names)]
    end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=end, quoting=quoting)
    writer.writerow(columns)
    for _ in range(draw(st.integers(0, 6))):
        first = draw(key or st.sampled_from(["1", "2", "3", "10", "x", ""]))
        row = [first, *(draw(cells) for _ in columns[1:])]
        # Python's writer leaves a carriage return alone without quotes, and reads it as a row's end.
        is_safe = quoting == csv.QUOTE_ALL
        writer.writerow([cell if is_safe else cell.replace("\r", "") for cell in row])
        if not draw(st.integers(0, 9)):
            out.write(end)
    content = draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"])) + out.getvalue().encode()
    return content if draw(st.booleans()) else content.removesuffix(end.encode())


def values_of(fmt, content):
    """What the records of a file hold, in order."""
    sheet = open_sheet(content, fmt._opener)
    return sheet.dialect.columns, [sheet.dialect.value(raw) for raw in sheet.raws]


def diff(fmt, old, new, rules=NO_RULES):
    return fmt.diff(source_of(old), source_of(new), rules)


def check_same(fmt, content, rules=NO_RULES):
    """A file does not differ from itself."""
    found = diff(fmt, content, content, rules)
    assert not found.records
    assert not found.columns
    assert not any(found.counts)


def check_applied(fmt, old, new, rules=NO_RULES):
    """The changes, made in the old version, give the new one: records, order, columns."""
    found = diff(fmt, old, new, rules)
    columns, records = values_of(fmt, new)
    got_columns, got = values_of(fmt, fmt.apply(old, found, rules))
    assert got_columns == columns
    assert len(got) == len(records)
    assert all(map(is_same, got, records)), (got, records)
    kinds = [one.kind for one in found.records]
    assert tuple(found.counts)[:4] == tuple(
        map(kinds.count, (ItemKind.ADDED, ItemKind.DELETED, ItemKind.CHANGED, ItemKind.MOVED))
    )


def merged(fmt, base, ours, theirs, rules=NO_RULES, favour=None):
    """The merge, or None where the format is not sure."""
    try:
        return fmt.merge(base, ours, theirs, LABELS, favour, rules)
    except Unfit:
        return None


def check_merge_laws(fmt, base, ours, theirs, rules=NO_RULES):
    """An unchanged side gives the other; both directions give the same; it can be read."""
    assert merged(fmt, base, base, theirs, rules).content == theirs
    assert merged(fmt, base, ours, base, rules).content == ours
    assert merged(fmt, base, ours, ours, rules).content == ours
    one, other = merged(fmt, base, ours, theirs, rules), merged(fmt, base, theirs, ours, rules)
    assert (one is None) == (other is None)
    if one is None:
        return
    values_of(fmt, one.content)
    assert len(one.conflicts) == len(other.conflicts)
    if not one.conflicts:
        assert one.content == other.content
