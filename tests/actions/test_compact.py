"""Compaction by hand: what it moves, what it drops, and what it leaves alone."""

import os

import pytest

from contentvc import limits
from contentvc.actions.compact import compact, planned, preview
from contentvc.actions.compact_a_little import compact_a_little
from contentvc.actions.forget import forget
from contentvc.actions.repacking import append_or_discard, prepared_repack
from contentvc.errors import Busy, Damaged, Missing, Usage
from contentvc.history.graph import ancestors
from contentvc.storage.local import LocalStorage
from contentvc.upkeep.compact_write import moving
from contentvc.upkeep.sweep import pack_files
from tests.actions.site import Site

DAY = 86_400 * 1_000_000


class Clock:
    """Moves only when it is told to."""

    def __init__(self):
        self.now = 1_800_000_000_000_000

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def site(tmp_path, clock):
    return Site(tmp_path / "site", clock=clock).init()


def history(site, commits=12):
    """Some files that change, one that stays; the content of each version."""
    versions = []
    for number in range(commits):
        site.write(
            {
                b"prompts/a.md": b"a, version %d\n" % number * 20,
                b"prompts/b.md": b"b, version %d\n" % (number // 2) * 20,
                b"evals/deep/c.jsonl": b'{"n": %d}\n' % number * 50,
                b"stays": b"the same\n",
            }
        )
        site.commit(f"version {number}")
        versions.append(site.files())
    return versions


def contents(site):
    """Every version that the branch leads to, newest first."""
    repository = site.repository()
    head = repository.view.refs["branch/main"].id
    return [site.at(commit.hex()) for commit in ancestors([head], repository.commit)]


def limits_small(monkeypatch, size=4096):
    """Blocks and packs so small that a little content fills several."""
    for name in ("COMPACT_FILES", "COMPACT_TREES", "BLOCK_TARGET"):
        monkeypatch.setattr(limits, name, size // 4)
    monkeypatch.setattr(limits, "DELTA_COST", size)
    monkeypatch.setattr(limits, "COMPACT_BATCH", size)


def check(site, versions):
    assert contents(site) == versions[::-1]
    verdict = site.verify()
    assert verdict.problems == ()
    assert set(pack_files(site.repository().storage)) == set(site.repository().view.packs)


def test_everything_reads_back_the_same(site):
    versions = history(site)
    report = compact(site.context())
    assert (report.packs, report.packs_after, report.dropped) == (12, 1, 0)
    assert report.stored_after < report.stored
    check(site, versions)


def test_of_long_histories_several_packs_are_one_run(site, monkeypatch):
    versions = history(site)
    limits_small(monkeypatch)
    assert compact(site.context()).packs_after == 2
    check(site, versions)
    assert not compact(site.context()).operations


def test_nothing_is_done_twice(site):
    history(site)
    compact(site.context())
    before = site.repository().view.sequence
    report = compact(site.context())
    assert not report.operations
    assert site.repository().view.sequence == before


def test_a_preview_changes_nothing_and_foretells(site):
    history(site)
    view = site.repository().view
    told = preview(site.context())
    assert site.repository().view == view
    done = compact(site.context())
    assert (told.merged, told.merged_bytes) == (done.merged, done.merged_bytes) == (
        len(view.packs), sum(pack.length for pack in view.packs.values())
    )  # fmt: skip
    assert (told.packs_after, told.stored_after) == (None, None)


def grown_stale(site, clock, monkeypatch, operations=4):
    """A commit that was amended away and a stash that was dropped, past the undo window."""
    monkeypatch.setattr(limits, "UNDO_OPERATIONS", operations)
    site.write({b"a": b"regretted " * 500})
    site.commit("regretted")
    regretted = site.context().head.commit
    site.write({b"a": b"better\n"})
    site.commit("better", amend=True)
    clock.now += 31 * DAY
    for number in range(operations):
        site.commit(f"later {number}", allow_empty=True)
    return regretted


def test_what_is_past_the_undo_window_is_dropped(site, clock, monkeypatch):
    regretted = grown_stale(site, clock, monkeypatch)
    told = preview(site.context())
    report = compact(site.context())
    repository = site.repository()
    assert report.dropped == told.dropped == 3  # the commit, its tree, its file
    assert report.horizon == repository.view.horizon == told.horizon == 3
    assert repository.view.dropped == repository.view.sequence
    assert not repository.objects.has(regretted)
    assert site.verify().problems == ()
    assert site.at("HEAD")[b"a"] == b"better\n"


def test_no_byte_of_it_stays(site, clock, monkeypatch):
    grown_stale(site, clock, monkeypatch)
    compact(site.context())
    repository = site.repository()
    for pack in repository.view.packs:
        footer = repository.objects.index.footer(pack)
        for number, block in enumerate(footer.blocks):
            assert b"regretted " not in repository.objects.read_block(pack, number, block)
    assert set(pack_files(repository.storage)) == set(repository.view.packs)


def test_inside_the_window_nothing_is_dropped(site, clock, monkeypatch):
    regretted = grown_stale(site, clock, monkeypatch)
    report = compact(site.context(), 32 * 86_400)
    assert (report.dropped, report.horizon) == (0, 0)
    assert site.repository().objects.has(regretted)


def test_the_last_operations_of_a_workspace_stay_however_old(site, clock, monkeypatch):
    regretted = grown_stale(site, clock, monkeypatch)
    monkeypatch.setattr(limits, "UNDO_OPERATIONS", 5)
    compact(site.context())
    assert site.repository().objects.has(regretted)


def test_undo_works_inside_the_window(site, clock, monkeypatch):
    site.write({b"a": b"one\n"})
    site.commit("one")
    site.write({b"a": b"two\n"})
    site.commit("two")
    compact(site.context(), 0)
    site.undo()
    assert site.context().repository.commit(site.context().head.commit).message == "one"
    site.redo()
    assert site.at("HEAD") == {b"a": b"two\n"}


def test_undo_says_that_what_it_needs_was_dropped(site, clock, monkeypatch):
    grown_stale(site, clock, monkeypatch)
    compact(site.context())
    with pytest.raises(Missing, match=r"operation 3 cannot be taken back: .* dropped") as raised:
        site.undo(3)
    assert raised.value.code == "past-window"


def test_reading_what_was_dropped_says_so(site, clock, monkeypatch):
    regretted = grown_stale(site, clock, monkeypatch)
    compact(site.context())
    with pytest.raises(Missing, match="dropped by operation 9") as raised:
        site.repository().commit(regretted)
    assert raised.value.code == "past-window"


def test_compaction_is_not_taken_back(site):
    history(site)
    compact(site.context())
    last = site.repository().view.sequence
    with pytest.raises(Usage, match="of the kind repack"):
        site.undo(last)
    assert site.undo().operation.kind == "commit"


def test_saved_changes_stay(site, monkeypatch):
    history(site, 2)
    site.write({b"notes": b"not recorded\n"})
    site.stash()
    compact(site.context(), 0)
    site.pop()
    assert site.files()[b"notes"] == b"not recorded\n"
    assert site.verify().problems == ()


def test_what_was_forgotten_stays_forgotten(site):
    history(site, 3)
    site.write({b"notes": b"secret\n"})
    site.stash()
    forget(site.context(), [site.repository().view.sequence], [])
    compact(site.context())
    assert site.verify().problems == ()


@pytest.mark.parametrize("size", [300_000, 3_000_000])
def test_large_files_stay_what_they_are(site, size):
    content, versions = bytearray(os.urandom(size)), []
    for number in range(8):
        content[number * 1000 : number * 1000 + 10] = b"0123456789"
        site.write({b"large": bytes(content), b"small": b"%d" % number})
        site.commit(f"version {number}")
        versions.append(site.files())
    before = site.repository().view.packs
    report = compact(site.context())
    assert report.stored_after < sum(pack.length for pack in before.values())
    check(site, versions)


def deepest(repository):
    """The longest chain of delta blocks."""
    index = repository.objects.index

    def depth(pack, number):
        block = index.footer(pack).blocks[number]
        return max((1 + depth(base.pack or pack, base.block) for base in block.bases), default=0)

    return max(
        depth(pack, number)
        for pack in repository.view.packs
        for number in range(len(index.footer(pack).blocks))
    )


def test_chains_of_deltas_are_shortened(site, monkeypatch):
    monkeypatch.setattr(limits, "COMPACT_COST", 600_000)
    content, versions = bytearray(os.urandom(200_000)), []
    for number in range(10):
        content[100 + number] ^= 1
        site.write({b"large": bytes(content)})
        site.commit(f"version {number}")
        versions.append(site.files())
    before = deepest(site.repository())
    compact(site.context())
    assert 0 < deepest(site.repository()) < before
    check(site, versions)


def test_a_long_pack_is_left_alone_and_what_it_stands_on_too(site, monkeypatch):
    content = os.urandom(300_000)
    site.write({b"large": content})
    site.commit("one")
    site.write(
        {b"large": content[:150_000] + b"!" + content[150_001:], b"other": os.urandom(90_000)}
    )
    site.commit("two")
    history(site, 3)
    packs = list(site.repository().view.packs)
    longest = site.repository().view.packs[packs[1]].length
    monkeypatch.setattr(limits, "COMPACT_PACK", longest)
    compact(site.context())
    after = site.repository().view.packs
    assert set(packs[:2]) <= set(after)
    assert len(after) == 3
    assert site.verify().problems == ()


def test_packs_left_behind_are_removed_after_a_week(site, clock):
    history(site, 2)
    storage = LocalStorage(site.repository_folder)
    (pack, *_) = site.repository().view.packs
    stored = storage.read(f"packs/{pack.hex()}")
    for name, age in (("a" * 32, 8), ("b" * 32, 6)):
        storage.write(f"packs/{name}", stored)
        then = clock.now / 1_000_000 - age * 86_400
        os.utime(os.path.join(site.repository_folder, "packs", name), (then, then))
    report = compact(site.context())
    assert report.discarded == 1
    names = {one.hex() for one in pack_files(storage)}
    assert "a" * 32 not in names
    assert "b" * 32 in names
    assert bytes.fromhex("a" * 32) in site.repository().view.gone


def test_small_packs_are_merged_by_themselves(site, monkeypatch):
    monkeypatch.setattr(limits, "COMPACT_RUNS", 8)
    versions = history(site, 7)
    assert not compact_a_little(site.context())
    site.write({b"prompts/a.md": b"once more\n"})
    site.commit("the eighth")
    versions.append(site.files())
    assert compact_a_little(site.context())
    assert len(site.repository().view.packs) == 1
    check(site, versions)


def test_merging_by_itself_keeps_few_packs_and_rewrites_little(site, monkeypatch):
    monkeypatch.setattr(limits, "COMPACT_RUNS", 4)
    monkeypatch.setattr("contentvc.upkeep.compact_runs._TIER", 8 * 1024)
    versions, most, written = [], 0, 0
    for number in range(40):
        site.write({b"a": b"version %d " % number * 100})
        site.commit(f"version {number}")
        versions.append(site.files())
        if compact_a_little(site.context()):
            written += 1
        most = max(most, len(site.repository().view.packs))
    assert most < 14
    assert written <= 14
    check(site, versions)


def test_what_is_too_much_for_a_command_waits(site, monkeypatch):
    monkeypatch.setattr(limits, "COMPACT_RUNS", 4)
    monkeypatch.setattr(limits, "COMPACT_WITHIN", 100)
    history(site, 6)
    assert not compact_a_little(site.context())
    assert len(site.repository().view.packs) == 6


def test_damage_is_not_written_anew(site):
    history(site, 3)
    (pack, *_) = site.repository().view.packs
    path = os.path.join(site.repository_folder, "packs", pack.hex())
    with open(path, "r+b") as file:
        file.seek(20)
        file.write(b"\xff\xff")
    packs = site.repository().view.packs
    with pytest.raises(Damaged):
        compact(site.context())
    assert not compact_a_little(site.context())
    assert site.repository().view.packs == packs


class TestAtOnce:
    def test_a_commit_that_stands_on_what_is_moved_has_it_started_over(self, site):
        """Its delta block names the pack that its base lies in."""
        text = b"".join(b"line %d of what is asked\n" % number for number in range(2000))
        site.write({b"long.md": text}).commit("long")
        history(site)
        context = site.context()
        plan = planned(context, 0)
        what = moving(context.repository.objects, plan.packs, plan.walk)
        draft = prepared_repack(context, plan.base, what, plan.walk, lambda *_: None)
        site.write({b"long.md": text + b"one more\n"}).commit("longer")
        repository = site.repository()
        newest = list(repository.view.packs)[-1]
        assert not repository.objects.index.footer(newest).needs.isdisjoint(what.names)
        with pytest.raises(Busy):
            append_or_discard(context, draft)
        compact(site.context())
        assert site.verify().ok
        assert site.files()[b"long.md"] == text + b"one more\n"
