"""What new versions of files cost in a repository, and that they are read back."""

import os
import signal
from random import Random

import pytest

from contentvc import limits
from contentvc.objects.blocks import Method
from contentvc.storage.contract import Storage
from contentvc.storage.disk import is_temporary
from contentvc.worktree.workers import Forked, Inline
from tests.actions.site import Site, any_bytes, content_of

LARGE = Random(1).randbytes(400_000)
WORDS = [b"%06x" % Random(number).getrandbits(24) for number in range(10_000)]
TEXT = b" ".join(WORDS[:3000])


@pytest.fixture(params=["inline", "forked"])
def site(request, tmp_path):
    workers = Inline() if request.param == "inline" else Forked(2)
    return Site(tmp_path, workers=workers).init()


def blocks(site):
    """The blocks of the newest pack."""
    repository = site.repository()
    return repository.objects.index.footer(list(repository.view.packs)[-1]).blocks


def deltas(site):
    return [block for block in blocks(site) if block.method is Method.DELTA]


def content(site, path):
    return content_of(os.path.join(site.root, path))


def edited(content, at=1000):
    return content[:at] + b"EDITED" + content[at + 6 :]


def test_a_large_file_with_an_edit(site):
    site.write({b"large": LARGE, b"text": TEXT}).commit()
    report = site.write({b"large": edited(LARGE)}).commit()
    assert report.stored < 1500
    assert len(deltas(site)) >= 1
    assert site.verify().ok
    site.switch("HEAD~1", detach=True)
    assert content(site, b"large") == LARGE
    site.switch("main")
    assert content(site, b"large") == edited(LARGE)


def test_a_small_file_with_an_edit(site):
    site.write({b"a/text": TEXT}).commit()
    report = site.write({b"a/text": edited(TEXT)}).commit()
    assert report.stored < 1200
    assert len(deltas(site)) == 1
    site.switch("HEAD~1", detach=True)
    assert content(site, b"a/text") == TEXT
    assert site.verify().ok


def test_a_file_below_the_limit_is_stored_whole(site):
    site.write({b"text": TEXT[:3000]}).commit()
    site.write({b"text": edited(TEXT[:3000])}).commit()
    assert deltas(site) == []


def test_a_new_file_and_another_content_are_stored_whole(site):
    site.write({b"text": TEXT}).commit()
    site.write({b"text": b" ".join(WORDS[5000:8000]), b"new": b" ".join(WORDS[7000:])}).commit()
    assert deltas(site) == []
    assert site.verify().ok


@pytest.mark.parametrize("new", [b"", b"small now", LARGE[:200_000], LARGE * 2])
def test_files_that_shrink_and_grow(site, new):
    site.write({b"large": LARGE}).commit()
    site.write({b"large": new}).commit()
    site.switch("HEAD~1", detach=True)
    assert content(site, b"large") == LARGE
    site.switch("main")
    assert content(site, b"large") == new


def test_many_versions(site):
    contents = [TEXT]
    for number in range(40):
        site.write({b"text": contents[-1]}).commit(f"version {number}")
        contents.append(edited(contents[-1], 40 * number))
    for back in (39, 20, 0):
        site.switch(f"main~{back}", detach=True)
        assert content(site, b"text") == contents[39 - back]
    assert site.verify().ok


def test_the_independent_reader_reads_them(site, tmp_path_factory):
    import subprocess
    import sys

    site.write({b"large": LARGE, b"text": TEXT}).commit()
    site.write({b"large": edited(LARGE), b"text": edited(TEXT)}).commit()
    target = tmp_path_factory.mktemp("out") / "tree"
    words = ["docs/reader/reader.py", site.repository_folder, "main", str(target)]
    subprocess.run([sys.executable, *words], check=True)
    assert (target / "large").read_bytes() == edited(LARGE)
    assert (target / "text").read_bytes() == edited(TEXT)


def test_a_commit_that_was_killed_midway_is_continued(tmp_path, monkeypatch):
    """The next run takes over the packs that were complete, and stores only the rest."""
    monkeypatch.setattr(limits, "PACK_BYTES", 500_000)
    content = Random(5).randbytes(5_000_000)
    site = Site(tmp_path).init().write({b"large": content})
    killed = os.fork()
    if not killed:
        try:
            Site(tmp_path, wrap=Dying).commit()
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(killed, 0)[1]) == signal.SIGKILL
    folder = os.path.join(site.repository_folder, "packs")
    left = {name: os.stat(os.path.join(folder, name)).st_ino for name in os.listdir(folder)}
    left = {name: inode for name, inode in left.items() if not is_temporary(name)}
    assert len(left) in (3, 4)  # two are on their way at once when the fifth kills it
    site.commit()
    live = {name.hex(): record.length for name, record in site.repository().view.packs.items()}
    assert left.keys() < live.keys()
    assert sum(live.values()) < len(content) + 100_000
    assert all(os.stat(os.path.join(folder, name)).st_ino == left[name] for name in left)
    assert site.verify().ok


class Dying(Storage):
    """The process is killed when a fifth pack is to be uploaded."""

    def __init__(self, inner):
        self._inner = inner
        self._uploads = 0

    def upload(self, name, parts):
        if self._uploads == 4:
            os.kill(os.getpid(), signal.SIGKILL)
        self._uploads += 1
        self._inner.upload(name, parts)

    def read(self, name, span=None):
        return self._inner.read(name, span)

    def write(self, name, content):
        self._inner.write(name, content)

    def create(self, name, content):
        self._inner.create(name, content)

    def delete(self, name):
        self._inner.delete(name)

    def list(self, prefix, after=None):
        return self._inner.list(prefix, after)

    def stamps(self, prefix, after=None):
        return self._inner.stamps(prefix, after)


class TestFromTheOldFile:
    """What both versions share is read from the working file, and never believed."""

    @pytest.fixture
    def site(self, tmp_path) -> Site:
        first = any_bytes(1, 3_000_000)
        second = (
            first[:1_000_000] + b"inserted" + first[1_000_000:2_000_000] + any_bytes(2, 900_000)
        )
        site = Site(tmp_path / "site").init().write({b"large": first})
        site.commit("first")
        site.switch("second", create=True)
        site.write({b"large": second}).commit("second")
        self.first, self.second = first, second
        return site

    def test_there_and_back(self, site):
        for _ in range(2):
            site.switch("main")
            assert site.files() == {b"large": self.first}
            site.switch("second")
            assert site.files() == {b"large": self.second}
        assert site.status(rehash=True).clean

    def test_a_file_that_was_changed_behind_the_back(self, site):
        """As a disk does that loses bits: no stat tells, and none of it may get any further."""
        path = site.root + b"/large"
        status = os.stat(path)
        with open(path, "r+b") as file:
            file.seek(500_000)
            file.write(b"\0" * 100)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        site.switch("main", force=True)
        assert site.files() == {b"large": self.first}
