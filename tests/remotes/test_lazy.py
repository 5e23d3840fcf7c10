"""Lazy repositories: content comes from a remote when it is needed, and only then."""

import os

import pytest

from contentvc.errors import Damaged, Unreachable
from contentvc.ids import blob_id
from contentvc.remotes.lazy import Holder, add_holder, read_holders
from contentvc.worktree import place as places
from tests.actions.site import Site
from tests.remotes.lazy_copies import lazy_replica

SMALL = b"a small file\n"
LARGE = os.urandom(900_000)


@pytest.fixture
def full(tmp_path) -> Site:
    site = Site(tmp_path / "full").init()
    site.write({b"small": SMALL, b"large": LARGE, b"folder/other": b"another\n"})
    site.commit("first")
    site.write({b"small": SMALL + SMALL}).commit("second")
    return site


@pytest.fixture
def site(full, tmp_path) -> Site:
    """A repository that is lazy for `full`."""
    return lazy_replica(full, tmp_path / "lazy")


def test_content_is_brought_when_it_is_read(site):
    repository = site.repository()
    assert not repository.objects.has(blob_id(SMALL))
    assert repository.blob(blob_id(SMALL)) == SMALL
    assert b"".join(repository.stream(blob_id(LARGE))) == LARGE
    assert site.repository().objects.has(blob_id(LARGE))


def test_many_are_brought_by_one_operation(site):
    repository = site.repository()
    before = repository.log.latest().sequence
    repository.objects.bring([blob_id(SMALL), blob_id(LARGE), blob_id(b"another\n")])
    repository.objects.bring([blob_id(SMALL), blob_id(LARGE)])
    assert repository.log.latest().sequence == before + 1
    assert repository.view.sequence == before  # the command goes on at the view it looked at
    assert all(repository.objects.has(blob_id(one)) for one in (SMALL, LARGE))


def test_a_remote_that_is_away_is_named_and_nothing_changes(site, full):
    os.rename(full.root, full.root + b"-away")
    before = site.repository().view.sequence
    with pytest.raises(Unreachable) as failed:
        site.repository().blob(blob_id(SMALL))
    assert failed.value.details["object"] == blob_id(SMALL).hex()
    assert site.repository().view.sequence == before
    os.rename(full.root + b"-away", full.root)
    assert site.repository().blob(blob_id(SMALL)) == SMALL


def test_what_nobody_has_is_damage(site):
    with pytest.raises(Damaged) as failed:
        site.repository().blob(blob_id(b"nowhere"))
    assert failed.value.code == "missing-object"


def test_commits_and_trees_are_never_asked_for(site, full):
    with pytest.raises(Damaged) as failed:
        site.repository().commit(blob_id(SMALL))
    assert failed.value.code == "missing-object"


def test_without_the_file_nothing_is_asked(site):
    os.unlink(places.find(site.root).lazy)
    with pytest.raises(Damaged) as failed:
        site.repository().blob(blob_id(SMALL))
    assert failed.value.code == "missing-object"


def test_the_file_names_each_replica_once_and_tells_when_it_is_damaged(site):
    folder = places.find(site.root).folder
    (one,) = read_holders(folder)
    add_holder(folder, Holder("another name", one.replica))
    assert read_holders(folder) == (one,)
    other = Holder("other", one.replica[::-1])
    add_holder(folder, other)
    assert read_holders(folder) == (one, other)
    with open(places.find(site.root).lazy, "r+b") as file:
        file.seek(20)
        file.write(b"X")
    with pytest.raises(Damaged):
        read_holders(folder)


def test_a_remote_is_found_by_its_replica_after_it_was_renamed(site):
    site.context().remotes.rename("origin", "upstream")
    assert site.repository().blob(blob_id(SMALL)) == SMALL
    site.context().remotes.remove("upstream")
    with pytest.raises(Unreachable):
        site.repository().blob(blob_id(LARGE))


def test_a_forked_child_does_not_ask(site):
    from contentvc.errors import NotAllowed
    from contentvc.worktree.workers import Forked

    repository = site.repository()
    with pytest.raises(NotAllowed) as failed:
        Forked(2).gather(repository.blob, [blob_id(SMALL), blob_id(LARGE)])
    assert failed.value.code == "not-supported"
