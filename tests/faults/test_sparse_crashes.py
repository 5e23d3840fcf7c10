"""A crash at every change to the disk while a working tree gets more files, or fewer.

At each moment the tree reads as one without changes besides those that were there before, and the
same command completes it.
"""

import errno
from collections.abc import Callable

import pytest

from contentvc.errors import ContentvcError
from tests.actions.site import Site
from tests.faults.commands import FIRST, LOOSE, folder, prepared, site_in
from tests.faults.seam import each_crash, each_failure, fail_from, power_losses

__all__ = ["folder"]

SOME, OTHERS = (b"a", b"d", b"keep", b"program"), (b"d/e", b"gone", b"keep", b"link")
KINDS = ("killed", "cut", "zeroed", "undone", "cut-undone")
POWERS = dict(zip(KINDS, (None, *power_losses("site")), strict=True))


def sparse(folder: str) -> Site:
    site = prepared(folder)
    site.sparse(*SOME)
    return site


def changes(site: Site) -> set[bytes]:
    return {one.path for one in site.status().changes}


def expected(paths: tuple[bytes, ...]) -> dict[bytes, bytes]:
    kept = (one for one in FIRST if not paths or any(_is_in(one, path) for path in paths))
    return {path: FIRST[path] for path in kept} | LOOSE


def _is_in(path: bytes, above: bytes) -> bool:
    return path == above or path.startswith(above + b"/")


@pytest.mark.parametrize("paths", [OTHERS, (), SOME], ids=["others", "everything", "the-same"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_moment_reads_as_unchanged(folder, paths, kind):
    power = POWERS[kind]
    if power is not None and paths == SOME:
        return
    wanted: dict[str, object] = {}

    def prepare(new: str) -> Callable[[], object]:
        site = sparse(new)
        wanted[new] = changes(site)
        return lambda: site_in(new).sparse(*paths)

    moments = 0
    for crash in each_crash(folder, prepare, power):
        moments += 1
        site = site_in(crash.folder)
        place = site.context().place
        assert place.sparse in (SOME, paths)
        assert not crash.done or place.sparse == paths
        if power is None:
            assert changes(site) == wanted[crash.folder] == set(LOOSE)
            site.commit("in between", b"keep")
            assert site.kinds(site.at("HEAD")) == site.kinds(FIRST | {b"keep": LOOSE[b"keep"]})
            site.sparse(*paths)
            assert site.kinds(site.files()) == site.kinds(expected(paths))
        else:
            # What the system had not written yet is in the repository, and nobody is asked to
            # believe that it was deleted: what is not as recorded is told.
            site.status()
            assert LOOSE.items() <= site.files().items()
        assert site.verify().ok
    assert moments > (0 if paths == SOME else 5)


def test_a_full_disk(folder):
    def prepare(new: str) -> Callable[[], object]:
        sparse(new)
        return lambda: site_in(new).sparse(*OTHERS)

    for outcome in each_failure(folder, prepare, errno.ENOSPC, fail_from):
        site = site_in(outcome.folder)
        error = outcome.error
        assert error is None or (isinstance(error, ContentvcError) and error.code == "disk-full")
        assert changes(site) == set(LOOSE)
        site.sparse(*OTHERS)
        assert site.kinds(site.files()) == site.kinds(expected(OTHERS))
