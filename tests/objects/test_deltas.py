"""Versions of large blobs, stored against each other."""

from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import Kind, blob_id
from contentvc.objects.alignment import Alignment, Piece
from contentvc.objects.blocks import Method
from contentvc.objects.chunker import Chunking
from contentvc.objects.deltas import Trials, footing
from contentvc.objects.lists import ChunkList
from contentvc.objects.pack import pack_path
from tests.objects.shelf import Shelf, raw

SMALL = Chunking(minimum=512, average=2048, maximum=8192, whole=1024)
FIRST = Random(1).randbytes(100_000)


@pytest.fixture
def shelf():
    return Shelf()


def put(shelf, content, old=None):
    """A version that replaces `old`; bytes it took."""
    with shelf.writing(SMALL) as writing:
        blob, size = writing.put_stream([content], old)
        records = writing.finish()
        shelf.add(records)
    assert (blob, size) == (blob_id(content), len(content))
    return sum(record.length for record in records)


def edited(content, at, new=b"an edit"):
    return content[:at] + new + content[at + len(new) :]


def newest(shelf):
    return shelf.reopened().index.footer(list(shelf.live)[-1])


def methods(shelf):
    return [block.method for block in newest(shelf).blocks]


class TestVersions:
    @pytest.mark.parametrize(
        "new",
        [
            edited(FIRST, 50_000),
            FIRST[:50_000] + b"inserted" + FIRST[50_000:],
            FIRST[:50_000] + FIRST[50_009:],
            FIRST + b"appended",
            b"put before it" + FIRST,
            edited(edited(FIRST, 20_000), 80_000),
        ],
    )
    def test_an_edit_costs_about_what_it_is(self, shelf, new):
        put(shelf, FIRST)
        assert put(shelf, new, blob_id(FIRST)) < 1500
        assert set(methods(shelf)) == {Method.DELTA}
        assert shelf.reopened().blob(blob_id(new)) == new

    def test_the_list_stands_on_the_old_list(self, shelf):
        put(shelf, FIRST)
        put(shelf, edited(FIRST, 50_000), blob_id(FIRST))
        (last,) = [row for row in newest(shelf).rows() if row[1] is Kind.LIST]
        block = newest(shelf).blocks[last[2]]
        assert [base.id for base in block.bases] == [blob_id(FIRST)]
        assert block.stored < block.raw / 2

    def test_needs_are_the_packs_of_the_bases(self, shelf):
        put(shelf, FIRST)
        (old,) = shelf.live
        put(shelf, edited(FIRST, 50_000), blob_id(FIRST))
        assert newest(shelf).needs == {old}
        records = list(shelf.live.values())
        assert shelf.store.index.needs(records[1:]) == {old}
        assert shelf.store.index.needs(records) == frozenset()

    @pytest.mark.parametrize("new", [b"", b"small now", FIRST[:3000], FIRST[40_000:], FIRST * 3])
    def test_files_that_shrink_and_grow(self, shelf, new):
        put(shelf, FIRST)
        put(shelf, new, blob_id(FIRST))
        assert shelf.reopened().blob(blob_id(new)) == new

    def test_a_file_that_was_small(self, shelf):
        shelf.put(FIRST[:1000])
        put(shelf, FIRST[:5000], blob_id(FIRST[:1000]))
        assert shelf.reopened().blob(blob_id(FIRST[:5000])) == FIRST[:5000]

    @pytest.mark.parametrize("old", [b"", b"never stored"])
    def test_without_anything_to_stand_on(self, shelf, old):
        shelf.put(b"")
        put(shelf, FIRST, blob_id(old))
        assert Method.DELTA not in methods(shelf)
        assert shelf.reopened().blob(blob_id(FIRST)) == FIRST

    def test_of_a_rewritten_file_few_deltas_are_tried(self, shelf, monkeypatch):
        from contentvc.objects import large

        tried = []
        seal_delta = large.seal_delta
        monkeypatch.setattr(large, "seal_delta", lambda *a: tried.append(1) or seal_delta(*a))
        put(shelf, Random(2).randbytes(200_000))
        put(shelf, Random(3).randbytes(200_000), blob_id(Random(2).randbytes(200_000)))
        assert Method.DELTA not in methods(shelf)
        assert 1 <= len(tried) < 40 < len(newest(shelf).blocks)

    def test_text_that_shares_less_than_half_is_stored_alone(self, shelf):
        words = [b"%06x " % Random(n).getrandbits(24) for n in range(20_000)]
        other = [word if n % 5 else b"other " for n, word in enumerate(words)]
        put(shelf, b"".join(words))
        put(shelf, b"".join(other), blob_id(b"".join(words)))
        assert shelf.reopened().blob(blob_id(b"".join(other))) == b"".join(other)

    def test_a_chain_ends_at_the_limit_and_begins_anew(self, shelf):
        """Each version changes the same chunk."""
        version, costs = FIRST, []
        put(shelf, version)
        for number in range(100):
            new = edited(version, 50_000, b"version %d" % number)
            put(shelf, new, blob_id(version))
            version = new
            chunks = [block for block in newest(shelf).blocks if block.method is not Method.ZSTD]
            costs.append(chunks[0].cost)
        assert max(costs) <= limits.DELTA_COST
        assert sum(a > b for a, b in pairwise(costs)) >= 1
        assert shelf.reopened().blob(blob_id(version)) == version

    @settings(max_examples=30, deadline=None)
    @given(
        st.lists(
            st.lists(
                st.tuples(
                    st.integers(0, 100_000), st.integers(0, 20_000), st.binary(max_size=3000)
                ),
                max_size=4,
            ),
            max_size=6,
        )
    )
    def test_what_was_written_is_read(self, versions):
        shelf, contents = Shelf(), [FIRST]
        put(shelf, FIRST)
        for edits in versions:
            new = contents[-1]
            for at, gone, came in edits:
                new = new[:at] + came + new[at + gone :]
            put(shelf, new, blob_id(contents[-1]))
            contents.append(new)
        store = shelf.reopened()
        for content in contents:
            assert store.blob(blob_id(content)) == content


class TestTrouble:
    def test_damaged_old_content_does_not_stop_a_new_version(self, shelf):
        put(shelf, FIRST)
        (old,) = shelf.live
        for block in newest(shelf).blocks:
            shelf.flip_pack(old, block.offset + 3)
        shelf.reopened()
        put(shelf, edited(FIRST, 50_000), blob_id(FIRST))
        assert Method.DELTA not in methods(shelf)

    @pytest.mark.parametrize("how", ["gone", "damaged"])
    def test_a_version_on_lost_content_is_told(self, shelf, how):
        put(shelf, FIRST)
        (old,) = shelf.live
        new = edited(FIRST, 50_000)
        put(shelf, new, blob_id(FIRST))
        if how == "gone":
            shelf.storage.delete(pack_path(old))
        else:
            place = shelf.store.index.find(newest(shelf).blocks[0].bases[0].id)
            shelf.flip_pack(old, place.block.offset + 5)
        with pytest.raises(Damaged):
            shelf.reopened().blob(blob_id(new))

    def test_a_pack_that_is_not_live_is_no_footing(self, shelf):
        put(shelf, FIRST)
        shelf.live = {}
        shelf.reopened()
        assert footing(shelf.store, Kind.RAW, 100, [blob_id(FIRST)]) is None

    def test_needs_that_lie_are_refused(self, shelf):
        put(shelf, FIRST)
        put(shelf, edited(FIRST, 50_000), blob_id(FIRST))
        record = list(shelf.live.values())[-1]
        from contentvc.objects import pack as packs

        footer = replace(newest(shelf), needs=frozenset())
        ending = packs._encode_footer(footer)
        stored = shelf.storage.read(pack_path(record.name))[: -record.footer_length] + ending
        shelf.storage.write(pack_path(record.name), stored)
        shelf.add([replace(record, length=len(stored), footer_length=len(ending))])
        with pytest.raises(Damaged, match="does not name"):
            shelf.reopened().index.footer(record.name)


class TestFooting:
    def test_as_many_bases_as_the_limits_allow(self, shelf):
        contents = [bytes([number]) * 1000 for number in range(12)]
        shelf.put_blocks(*map(raw, contents))
        found = footing(shelf.store, Kind.RAW, 10, map(blob_id, contents))
        assert [base.id for base in found.bases] == list(
            map(blob_id, contents[: limits.DELTA_BASES])
        )
        assert found.cost == 10 + limits.DELTA_STEP + 8 * 1000

    def test_a_block_is_counted_once(self, shelf):
        contents = [bytes([number]) * 1000 for number in range(3)]
        shelf.put_blocks(raw(*contents))
        found = footing(shelf.store, Kind.RAW, 10, map(blob_id, contents))
        assert len(found.bases) == 3
        assert found.cost == 10 + limits.DELTA_STEP + 3000

    def test_what_is_too_costly_is_left_out(self, shelf):
        large, small = bytes(limits.DELTA_COST - 1000), b"small"
        shelf.put_blocks(raw(large), raw(small))
        found = footing(shelf.store, Kind.RAW, 10, map(blob_id, (large, small)))
        assert [base.id for base in found.bases] == [blob_id(small)]

    def test_other_kinds_are_left_out(self, shelf):
        put(shelf, FIRST)
        assert footing(shelf.store, Kind.RAW, 10, [blob_id(FIRST)]) is None
        assert footing(shelf.store, Kind.LIST, 10, [blob_id(FIRST)]) is not None


class TestAlignment:
    def align(self, old, new):
        """What each new chunk, told by a letter and of ten bytes, replaces of the old ones."""
        ids = [blob_id(letter.encode()) for letter in old]
        alignment = Alignment(ChunkList(tuple(ids), (10,) * len(ids)))
        settled = []
        for letter in new:
            content = None if letter in old else letter.encode()
            settled += alignment.take(Piece(blob_id(letter.encode()), 10, content))
        settled += alignment.end()
        return [sorted(piece.replaces) for piece in settled]

    @pytest.mark.parametrize(
        ("old", "new", "expected"),
        [
            ("abc", "abc", []),
            ("abc", "aXc", [[1]]),
            ("abcd", "aXYd", [[1], [2]]),
            ("abcd", "aXd", [[1, 2]]),
            ("abc", "aXYc", [[1], [1]]),
            ("abc", "abXc", [[]]),
            ("abc", "abcX", [[]]),
            ("abc", "abX", [[2]]),
            ("abc", "XYZ", [[0], [1], [2]]),
            ("", "XY", [[], []]),
            ("abcdef", "defXabc", [[]]),
            ("aabaa", "aaXaa", [[2]]),
        ],
    )
    def test_runs(self, old, new, expected):
        assert self.align(old, new) == expected

    def test_a_long_run_is_not_held_back(self):
        old = [blob_id(b"%d" % number) for number in range(100)]
        alignment = Alignment(ChunkList(tuple(old), (10,) * 100))
        settled = [
            len(list(alignment.take(Piece(blob_id(b"new %d" % number), 10, b"x"))))
            for number in range(100)
        ]
        assert max(settled) == 32
        assert len(list(alignment.end())) == 100 - sum(settled)


def test_trials_end_after_failures_in_a_row():
    trials = Trials()
    for _ in range(15):
        trials.note(kept=False)
    assert trials.goes_on
    trials.note(kept=True)
    for _ in range(16):
        assert trials.goes_on
        trials.note(kept=False)
    assert not trials.goes_on
    trials.note_shared()
    assert trials.goes_on
