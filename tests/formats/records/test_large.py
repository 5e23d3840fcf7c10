"""Large files of records: what both versions share is not read, and nothing is told otherwise."""

import csv
import io
import json
from random import Random

import pytest

from contentvc import limits
from contentvc.formats.problems import Unfit
from contentvc.formats.records.formats import CSV, JSONL
from contentvc.formats.rules import NO_RULES, Rules
from contentvc.formats.source import Source, source_of
from contentvc.ids import blob_id
from contentvc.objects.chunker import Chunking, windows_of

SIZES = Chunking(minimum=1024, average=4096, maximum=16384, whole=4096)


class Stored:
    """A version in chunks, that knows which of its bytes were read."""

    def __init__(self, content):
        self.content = content
        self.read = bytearray(len(content))
        self.listed = [
            (blob_id(bytes(chunk)), len(chunk))
            for window in windows_of([content], SIZES)
            for chunk in window.chunks()
        ]

    def source(self):
        return Source(len(self.content), self._all, self._span, lambda: self.listed)

    def _all(self):
        raise AssertionError("it is read as a whole")

    def _span(self, start, end):
        self.read[start:end] = b"\1" * (end - start)
        return self.content[start:end]


def lines(count, seed=1):
    random = Random(seed)
    return [
        json.dumps({"id": number, "text": random.randbytes(60).hex(), "n": random.random()})
        for number in range(count)
    ]


def joined(records):
    return "".join(record + "\n" for record in records).encode()


def rows(count, *, quoted=False, changed=()):
    random = Random(2)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["id", "text", "n"])
    for number in range(count):
        text = random.randbytes(50).hex() + ("x" if number in changed else "")
        writer.writerow([number, f'{text}\n"{number}"' if quoted else text, number % 7])
    return out.getvalue().encode()


def edited(records):
    new = list(records)
    new[700] = new[700].replace('"n": 0', '"n": 1')
    new[2500] = json.dumps({"id": 2500, "text": "other"})
    del new[1500]
    new.insert(2000, json.dumps({"id": 9999}))
    new.append(json.dumps({"id": 10000}))
    new.insert(100, new.pop(2900))
    return new


@pytest.fixture
def large(monkeypatch):
    monkeypatch.setattr(limits, "RECORDS_WHOLE", 1024)


def told(changes):
    return [(one.kind, one.key, one.fields, one.old, one.new) for one in changes.records]


def compared(fmt, old, new, rules=NO_RULES):
    before, after = Stored(old), Stored(new)
    return fmt.diff(before.source(), after.source(), rules), before, after


def test_the_same_is_told_as_of_files_read_whole(monkeypatch):
    old = lines(4000)
    before, after = joined(old), joined(edited(old))
    small = JSONL.diff(source_of(before), source_of(after), Rules(key=("id",)))
    monkeypatch.setattr(limits, "RECORDS_WHOLE", 1024)
    found, *_ = compared(JSONL, before, after, Rules(key=("id",)))
    assert told(found) == told(small)
    assert found.counts == small.counts
    assert found.counts[:4] == (2, 1, 2, 1)


def test_chunks_that_both_versions_have_are_not_read(large):
    old = lines(9000)
    found, before, after = compared(JSONL, joined(old), joined(edited(old)))
    assert found.key.fields == ("id",)
    shared = {chunk for chunk, _ in before.listed} & {chunk for chunk, _ in after.listed}
    assert len(shared) > 50
    assert sum(before.read) < len(before.read) / 3
    # Beside the regions, some stretches are looked at to find the key.
    assert sum(after.read) < len(after.read) * 2 / 3


def test_with_a_declared_key_only_regions_are_read(large):
    old = lines(4000)
    _, before, after = compared(JSONL, joined(old), joined(edited(old)), Rules(key=("id",)))
    assert sum(before.read) < len(before.read) / 3
    assert sum(after.read) < len(after.read) / 3


def test_records_are_read_again_where_they_are_too_many_to_keep(large, monkeypatch):
    old = lines(3000)
    before, after = joined(old), joined(lines(3000, seed=5))
    whole, *_ = compared(JSONL, before, after)
    monkeypatch.setattr(limits, "RECORDS_HELD", 4096)
    found, *_ = compared(JSONL, before, after)
    assert found.counts == whole.counts
    assert found.counts.changed == 3000
    assert told(found) == told(whole)


@pytest.mark.parametrize("quoted", [False, True])
def test_rows_of_a_large_table_are_told_as_of_a_small_one(monkeypatch, quoted):
    old = rows(3000, quoted=quoted)
    new = rows(3000, quoted=quoted, changed={1000, 2000})
    small = CSV.diff(source_of(old), source_of(new), Rules(key=("id",)))
    monkeypatch.setattr(limits, "RECORDS_WHOLE", 1024)
    found, before, _ = compared(CSV, old, new, Rules(key=("id",)))
    assert told(found) == told(small)
    assert found.counts.changed == 2
    assert sum(before.read) < len(before.read) / 2


def test_a_quote_that_opens_in_one_version_alone_is_not_skipped_over(monkeypatch):
    old = rows(3000)
    new = old.replace(b"\n1000,", b'\n1000,"').replace(b"\n2900,", b'\n2900,"', 1)
    whole = rows(3000, quoted=True)
    torn = whole.replace(b'"\n1000,', b'"""\n1000,', 1)
    for before, after in ((old, new), (whole, torn)):
        results = []
        for most in (limits.RECORDS_WHOLE, 1024):
            monkeypatch.setattr(limits, "RECORDS_WHOLE", most)
            try:
                results.append(told(compared_any(CSV, before, after)))
            except Unfit as unfit:
                results.append(unfit.problem.code)
        assert results[0] == results[1]


def compared_any(fmt, old, new):
    if limits.RECORDS_WHOLE > 1024:
        return fmt.diff(source_of(old), source_of(new), NO_RULES)
    return compared(fmt, old, new)[0]
