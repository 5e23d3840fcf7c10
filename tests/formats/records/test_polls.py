"""Four revisions of a real table, as records: what is found is what a dictionary finds."""

import csv
import io
import tarfile
from itertools import combinations
from pathlib import Path
from random import Random

import pytest
import zstandard

from contentvc.formats.changes import ItemKind
from contentvc.formats.records.formats import CSV
from contentvc.formats.rules import NO_RULES, Rules
from contentvc.formats.source import source_of

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "raw-polls.tar.zst"


def real_revisions():
    with SHARED.open("rb") as packed:
        content = zstandard.ZstdDecompressor().stream_reader(packed).read()
    with tarfile.open(fileobj=io.BytesIO(content)) as files:
        return [files.extractfile(name).read() for name in sorted(files.getnames())]


def made_revisions():
    """A table like it: four revisions, columns that come, quoted names, rows that move."""
    random = Random(538)
    names = ["poll_id", "question_id", "pollster", "pct", "comment"]
    rows = [
        {
            "poll_id": str(number // 2),
            "question_id": str(1000 + number),
            "pollster": random.choice(["Plain", "With, comma", 'With "quotes"', "Two\nlines"]),
            "pct": str(random.randrange(100)),
            "comment": random.choice(["", "note"]),
        }
        for number in range(600)
    ]
    revisions = []
    for number in range(4):
        if number == 1:
            names = [*names[:3], "methodology", *names[3:]]
        for row in random.sample(rows, 150):
            row["pct"] = str(random.randrange(100))
        for row in rows:
            row.setdefault("methodology", "Live Phone")
        del rows[random.randrange(len(rows))]
        rows.insert(3, rows.pop(-1))
        rows.append({**rows[0], "question_id": str(5000 + number)})
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, names, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        revisions.append(out.getvalue().encode())
    return revisions


def by_key(content, column):
    rows = csv.DictReader(io.StringIO(content.decode(), newline=""))
    return {row[column]: row for row in rows}


def check_found(old, new, rules, column):
    found = CSV.diff(source_of(old), source_of(new), rules)
    assert found.key.fields == (column,)
    before, after = by_key(old, column), by_key(new, column)
    kinds = {kind: {} for kind in ItemKind}
    for record in found.records:
        kinds[record.kind][record.key.values[0].strip('"')] = record
    assert kinds[ItemKind.ADDED].keys() == after.keys() - before.keys()
    assert kinds[ItemKind.DELETED].keys() == before.keys() - after.keys()
    columns = [name for name in next(iter(after.values())) if name in next(iter(before.values()))]
    expected = {
        key: {
            (name,): (before[key][name], after[key][name])
            for name in columns
            if before[key][name] != after[key][name]
        }
        for key in before.keys() & after.keys()
    }
    expected = {key: fields for key, fields in expected.items() if fields}
    assert {
        key: {one.path: (one.old, one.new) for one in record.fields}
        for key, record in kinds[ItemKind.CHANGED].items()
    } == expected
    assert found.counts.fields == sum(map(len, expected.values()))


@pytest.mark.parametrize("rules", [NO_RULES, Rules(key=("question_id",))])
@pytest.mark.parametrize(
    "revisions",
    [
        made_revisions,
        pytest.param(
            real_revisions,
            marks=pytest.mark.skipif(not SHARED.exists(), reason="no shared content"),
        ),
    ],
)
def test_every_change_is_what_a_dictionary_finds(revisions, rules):
    for old, new in combinations(revisions(), 2):
        check_found(old, new, rules, "question_id")


@pytest.mark.skipif(not SHARED.exists(), reason="no shared content")
def test_merging_real_revisions_with_an_unchanged_side_gives_the_other():
    first, second, *_ = real_revisions()
    assert CSV.merge(first, first, second, None, None, NO_RULES).content == second
    assert CSV.merge(first, second, first, None, None, NO_RULES).content == second
