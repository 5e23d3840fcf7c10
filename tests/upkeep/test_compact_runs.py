"""Which packs are merged: tiers, limits, and packs that others stand on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc import limits
from contentvc.ids import ObjectId, PackName
from contentvc.objects.blocks import Base, Block, Method
from contentvc.upkeep.compact_runs import (
    RUN_BYTES,
    Run,
    due_runs,
    mergeable_runs,
    movable_packs,
    run_count,
    runs_of,
)

KIB, MIB = limits.KIB, limits.MIB


def pack(run, number=0):
    return PackName(
        b"run%d" % run + bytes(RUN_BYTES - len(b"run%d" % run)) + bytes([0, 0, 0, number])
    )


def block(raw, *bases):
    method = Method.DELTA if bases else Method.ZSTD
    return Block(0, raw // 2, raw, method, 0, raw, bases)


def base(name, number=0):
    return Base(ObjectId(bytes(32)), name, number)


def runs(*sizes):
    return sorted(
        (Run((pack(number),), size) for number, size in enumerate(sizes)), key=lambda run: run.raw
    )


def test_packs_of_one_compaction_are_one_run():
    tables = {pack(1, 0): [block(10)], pack(2): [block(5), block(1)], pack(1, 1): [block(20)]}
    assert run_count(tables.keys()) == 2
    assert runs_of(tables) == [Run((pack(2),), 6), Run((pack(1, 0), pack(1, 1)), 30)]


@pytest.mark.parametrize(
    ("sizes", "merged"),
    [
        ([], 0),
        ([KIB] * 15, 0),
        ([KIB] * 16, 16),
        ([KIB] * 16 + [3 * MIB] * 2, 16),
        ([KIB] * 16 + [3 * MIB] * 3, 19),
        ([KIB] * 3 + [3 * MIB] * 4, 4),
        ([3 * MIB] * 3 + [9 * MIB] * 3, 0),
        ([3 * MIB] * 4 + [9 * MIB] * 3, 7),
        ([40 * MIB] * 4, 1),
    ],
)
def test_a_full_tier_goes_into_the_next(sizes, merged):
    assert len(due_runs(runs(*sizes))) == merged


@given(st.lists(st.integers(1, 100 * MIB), max_size=60))
def test_a_command_never_rewrites_more_than_the_limit(sizes):
    assert sum(run.raw for run in due_runs(runs(*sizes))) <= limits.COMPACT_WITHIN


def test_merging_again_and_again_rewrites_each_byte_a_few_times():
    """Commits of 100 KiB: few runs at any time, and some rewriting for each tier."""
    live, written, most = [], 0, 0
    for number in range(2000):
        live = sorted([*live, Run((pack(number),), 100 * KIB)], key=lambda run: run.raw)
        due = due_runs(live) if len(live) >= limits.COMPACT_RUNS else []
        if len(due) > 1:
            raw = sum(run.raw for run in due)
            written += raw
            live = [run for run in live if run not in due] + [Run((pack(5000 + number),), raw)]
        most = max(most, len(live))
    assert written < 5 * 2000 * 100 * KIB
    assert most < 40


def test_long_packs_are_not_merged_by_hand():
    small, long = Run((pack(1),), 10), Run((pack(2),), 10)
    lengths = {pack(1): 10, pack(2): limits.COMPACT_PACK, pack(3): 10}
    assert mergeable_runs([small, long], lengths) == []
    assert mergeable_runs([small, long, Run((pack(3),), 10)], lengths) == [
        small,
        Run((pack(3),), 10),
    ]


def test_what_a_pack_that_stays_stands_on_stays_too():
    tables = {
        pack(1): [block(10)],
        pack(2): [block(10, base(pack(1)))],
        pack(3): [block(10, base(pack(2)))],
        pack(4): [block(10)],
    }
    every = runs_of(tables)
    assert movable_packs(every, tables) == (pack(1), pack(2), pack(3), pack(4))
    but_third = [run for run in every if run.packs != (pack(3),)]
    assert movable_packs(but_third, tables) == (pack(4),)
