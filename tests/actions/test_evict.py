"""Evict: what goes, what stays, and that everything can still be read."""

import os
import shutil
from random import Random

import pytest

from contentvc.actions.compact import compact
from contentvc.actions.evict import EvictRequest, KeepRecent, evict
from contentvc.actions.forget import forget
from contentvc.actions.purge import PurgeRequest, purge
from contentvc.actions.repair import repair
from contentvc.actions.size import size
from contentvc.errors import Missing, Unreachable
from contentvc.history.draft import Draft, RefMove
from contentvc.ids import blob_id
from contentvc.worktree import place as places
from tests.actions.site import ACTOR, Site
from tests.remotes.lazy_copies import full_replica


def noise(seed: int, length: int) -> bytes:
    return Random(seed).randbytes(length)


OLD = noise(1, 400_000)
CASES = b"".join(
    b'{"id": %d, "text": "%s"}\n' % (n, noise(n, 20).hex().encode()) for n in range(20_000)
)
EDITED = CASES.replace(b'"id": 500,', b'"id": 500, "new": 1,')


@pytest.fixture
def site(tmp_path) -> Site:
    site = Site(tmp_path / "site").init()
    site.write({b"old": OLD, b"cases.jsonl": CASES, b"small": b"first\n"}).commit("first")
    site.write({b"cases.jsonl": EDITED, b"small": b"second\n"}).remove(b"old").commit("second")
    return site


@pytest.fixture
def origin(site, tmp_path) -> Site:
    return full_replica(site, tmp_path / "origin")


def has(site: Site, content: bytes) -> bool:
    return site.repository().objects.has(blob_id(content))


def content(site: Site, path: bytes) -> bytes:
    with open(os.path.join(site.root, path), "rb") as file:
        return file.read()


def run(site: Site, **keep: int):
    return evict(site.context(), EvictRequest(keep=KeepRecent(**keep)))


def test_old_content_goes_and_comes_back(site, origin):
    before = sum(pack.length for pack in site.repository().view.packs.values())
    report = run(site)
    after = sum(pack.length for pack in site.repository().view.packs.values())
    assert report.freed == before - after > 300_000
    assert report.evicted.files == 3
    assert report.evicted.size == len(OLD) + len(CASES) + len(b"first\n")
    assert not has(site, OLD)
    assert not has(site, CASES)
    assert has(site, EDITED)
    assert report.only_here.files == 0
    assert site.repository().blob(blob_id(OLD)) == OLD
    assert site.repository().blob(blob_id(CASES)) == CASES
    assert site.repository().blob(blob_id(EDITED)) == EDITED
    assert site.verify().ok


def test_what_is_checked_out_is_read_without_the_remote(site, origin):
    run(site)
    os.rename(origin.root, origin.root + b"-away")
    repository = site.repository()
    assert repository.blob(blob_id(EDITED)) == EDITED  # its blocks stood on what went
    assert repository.blob(blob_id(b"second\n")) == b"second\n"
    assert not site.status().changes
    with pytest.raises(Unreachable):
        site.switch("HEAD~1", detach=True)
    assert content(site, b"cases.jsonl") == EDITED
    os.rename(origin.root + b"-away", origin.root)
    site.switch("HEAD~1", detach=True)
    assert content(site, b"old") == OLD


def test_recent_commits_stay(site, origin):
    assert run(site, commits=2).sequence is None
    assert run(site, seconds=3600).sequence is None
    assert has(site, OLD)
    assert run(site, commits=1).evicted.files == 3


def test_what_the_remote_does_not_have_stays(site, origin):
    only = noise(7, 300_000)
    site.write({b"only": only}).commit("third")
    site.remove(b"only").commit("fourth")
    report = run(site)
    assert report.only_here.files == 1
    assert report.only_here.size == len(only)
    assert has(site, only)


def test_what_nothing_leads_to_at_the_remote_stays(site, origin):
    """Its packs hold it, but a compaction there may drop it."""
    theirs = origin.repository()
    ref = theirs.view.refs["branch/main"]
    theirs.append(Draft("delete", ACTOR, refs=(RefMove("branch/main", ref.id, None),)))
    assert run(site).sequence is None
    assert has(site, OLD)


def test_a_pack_that_is_cut_short_holds_nothing(site, origin):
    theirs = origin.repository()
    for pack in theirs.view.packs:
        path = os.path.join(os.fsencode(origin.repository_folder), b"packs", pack.hex().encode())
        os.truncate(path, os.path.getsize(path) - 1)
    assert run(site).sequence is None
    assert has(site, OLD)


def test_stashed_and_saved_content_stays(site, origin):
    site.write({b"small": b"first\n", b"other": OLD})
    site.stash()
    report = run(site)
    assert has(site, OLD)
    assert has(site, b"first\n")
    assert report.evicted.files == 1
    site.pop()
    assert content(site, b"other") == OLD


def test_evicting_again_finds_nothing(site, origin):
    assert run(site).sequence is not None
    assert run(site).sequence is None


def test_there_must_be_a_remote(site):
    with pytest.raises(Missing) as failed:
        run(site)
    assert failed.value.code == "no-remote"


def test_a_remote_that_is_away_changes_nothing(site, origin):
    os.rename(origin.root, origin.root + b"-away")
    with pytest.raises(Unreachable):
        run(site)
    assert has(site, OLD)
    assert not os.path.lexists(places.find(site.root).lazy)


def test_upkeep_works_on_what_is_left(site, origin):
    run(site)
    before = site.repository().view.sequence
    compact(site.context(), 0)
    assert size(site.context()).content == len(EDITED) + len(b"second\n")
    assert site.verify().ok
    assert not has(site, OLD)
    brought = [o.kind for o, _, _ in site.repository().log.walk(before + 1) if o.kind == "bring"]
    assert not brought
    assert site.repository().blob(blob_id(OLD)) == OLD


def test_purge_takes_content_that_is_at_the_remote(site, origin):
    run(site)
    report = purge(site.context(), PurgeRequest(paths=(b"old",)), "personal")
    assert [one.id for one in report.survey.contents] == [blob_id(OLD)]
    with pytest.raises(Missing) as failed:
        site.repository().blob(blob_id(OLD))
    assert failed.value.code == "purged"
    assert not has(site, OLD)
    assert site.verify().ok


def test_repair_does_not_ask_for_what_is_at_the_remote(site, origin, tmp_path):
    run(site)
    shutil.copytree(os.fsdecode(site.root), tmp_path / "backup")
    for pack in site.repository().view.packs:
        path = os.path.join(os.fsencode(site.repository_folder), b"packs", pack.hex().encode())
        with open(path, "r+b") as file:
            file.seek(30)
            file.write(b"damaged")
    assert not site.verify().ok
    place = places.find(site.root)
    mended = repair(place, os.fsencode(tmp_path / "backup"), site.clockwork, ACTOR, ())
    assert mended
    assert not [one for one in mended if one.trouble]
    assert site.verify().ok


def test_forgotten_content_is_not_asked_for(site, origin):
    run(site)
    site.write({b"small": b"lost\n"}).switch("main~1", detach=True, force=True)
    site.switch("main", force=True)
    forget(site.context(), (), (b"small",))
    with pytest.raises(Missing) as failed:
        site.repository().blob(blob_id(b"lost\n"))
    assert failed.value.code == "forgotten"
