"""A journal is read back whole or not at all."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.errors import Busy
from contentvc.ids import ObjectId
from contentvc.worktree.journal import Journal, read_journal, remove_journal, write_journal
from tests.faults.seam import each_crash, each_failure, power_losses

trees = st.none() | st.binary(min_size=32, max_size=32).map(ObjectId)
SAMPLE = Journal(None, ObjectId(bytes(range(32))), bytes(16), 7)


@pytest.fixture
def path(tmp_path):
    return os.fsencode(tmp_path / "checkout")


@given(trees, trees, st.binary(min_size=16, max_size=16), st.integers(0, (1 << 63) - 1))
def test_round_trip(tmp_path_factory, before, after, nonce, sequence):
    path = os.fsencode(tmp_path_factory.getbasetemp() / "checkout")
    journal = Journal(before, after, nonce, sequence)
    write_journal(path, journal)
    assert read_journal(path) == journal
    remove_journal(path)
    assert read_journal(path) is None
    remove_journal(path)


def test_any_flipped_bit_or_cut_is_none(path):
    write_journal(path, SAMPLE)
    with open(path, "rb") as file:
        stored = file.read()
    for position in range(len(stored)):
        for bit in range(8):
            changed = bytearray(stored)
            changed[position] ^= 1 << bit
            with open(path, "wb") as file:
                file.write(changed)
            assert read_journal(path) is None
        with open(path, "wb") as file:
            file.write(stored[:position])
        assert read_journal(path) is None


@given(st.binary(max_size=200))
def test_random_bytes(tmp_path_factory, content):
    path = os.fsencode(tmp_path_factory.getbasetemp() / "random")
    with open(path, "wb") as file:
        file.write(content)
    assert read_journal(path) is None


@pytest.mark.parametrize("power", [None, *power_losses()])
def test_durable_once_written(tmp_path, power):
    def prepare(folder):
        return lambda: write_journal(os.fsencode(folder) + b"/checkout", SAMPLE)

    for crash in each_crash(tmp_path, prepare, power):
        found = read_journal(os.fsencode(crash.folder) + b"/checkout")
        assert found in ((SAMPLE,) if crash.done else (None, SAMPLE))


def test_a_full_disk(tmp_path):
    def prepare(folder):
        return lambda: write_journal(os.fsencode(folder) + b"/checkout", SAMPLE)

    for outcome in each_failure(tmp_path, prepare, 28):
        assert outcome.hit == isinstance(outcome.error, Busy)
        assert read_journal(os.fsencode(outcome.folder) + b"/checkout") in (None, SAMPLE)
