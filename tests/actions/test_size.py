"""What is told of sizes adds up, and is told without reading content."""

import os

import pytest

from contentvc.actions.purge import PurgeRequest, purge
from contentvc.actions.size import size
from contentvc.errors import Missing
from contentvc.storage.local import LocalStorage
from tests.actions.site import Site, any_bytes

LARGE = any_bytes(1, 700_000)


@pytest.fixture
def site(tmp_path) -> Site:
    site = Site(tmp_path / "site").init()
    site.write({b"a": b"one\n", b"d/large": LARGE, b"d/e/b": b"twice\n", b"copy": b"twice\n"})
    site.commit("first")
    site.write({b"d/large": LARGE[:300_000] + b"in the middle" + LARGE[300_000:]})
    site.commit("second")
    site.write({b"a": b"two, longer\n"}).commit("third")
    return site


def test_content_counts_once(site):
    report = size(site.context())
    assert report.content == len(LARGE) + 13 + len(b"two, longer\n") + len(b"twice\n")
    assert report.history == report.content + len(LARGE) + len(b"one\n")
    assert report.version == site.context().head.commit


def test_what_is_on_disk_adds_up(site):
    report = size(site.context())
    folder = site.repository_folder
    packs = os.path.join(folder, "packs")
    assert report.stored.bytes == sum(
        os.path.getsize(os.path.join(packs, name)) for name in os.listdir(packs)
    )
    assert report.stored.packs == len(os.listdir(packs))
    assert report.stored.delta_blocks >= 1
    everything = sum(
        os.path.getsize(os.path.join(above, name))
        for above, _, names in os.walk(folder)
        for name in names
        if name not in {"view", "repository.json"}
    )
    assert report.total == everything


def test_folders_commits_and_files(site):
    report = size(site.context())
    rows = {row.path: row for row in report.folders}
    assert next(iter(rows)) == b"d"
    assert rows[b"d"].files == 2
    assert rows[b"copy"].content == len(b"twice\n")
    assert rows[b"d"].content == len(LARGE) + 13  # twice is counted at the first path
    assert [one.subject for one in report.commits] == ["first", "second", "third"]
    assert report.commits[1].content == len(LARGE) + 13
    assert report.commits[1].stored < len(LARGE) / 2
    assert report.files[0].path == b"d/large"
    assert report.files[0].files == 2
    assert sum(row.stored for row in report.files) <= report.stored.bytes


def test_a_folder_of_a_version(site):
    report = size(site.context(), "HEAD~1", b"d")
    assert [row.path for row in report.folders] == [b"d/large", b"d/e"]
    for path in (b"nope", b"a"):
        with pytest.raises(Missing):
            size(site.context(), "HEAD", path)


def test_before_the_first_commit(tmp_path):
    report = size(Site(tmp_path / "new").init().context())
    assert (report.version, report.content, report.history, report.folders) == (None, 0, 0, ())


def test_what_was_purged_takes_nothing(site):
    before = size(site.context())
    purge(site.context(), PurgeRequest((b"d/large",)), "a test")
    report = size(site.context())
    assert report.content == before.content - len(LARGE) - 13
    assert report.stored.bytes < before.stored.bytes / 10
    assert b"d/large" not in {row.path for row in report.files}


def test_no_content_is_read(site, monkeypatch):
    read = LocalStorage.read
    total = 0

    def counted(self, name, span=None):
        nonlocal total
        found = read(self, name, span)
        if name.startswith("packs/"):
            total += len(found)
        return found

    monkeypatch.setattr(LocalStorage, "read", counted)
    report = size(site.context())
    assert total < report.stored.bytes / 20
