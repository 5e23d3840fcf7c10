"""Flipped bits in anything a working tree's repository is made of.

Reading gives what was recorded, or an error that says what is damaged; a cache is made again
without a word; `verify` names what is not a cache.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from random import Random

import pytest

from contentvc import limits
from contentvc.errors import ContentvcError, Damaged, Missing
from contentvc.history.draft import RefMove
from tests.actions.site import Program, Site, any_bytes

FLIPS = 4
"""Bits flipped in each file, one at a time; the golden files have one in each byte."""
CACHES = ("repository/view", "repository/indexes/", "repository/paths/", "/state", "/lease")
"""Without them everything is found all the same."""
OUTSIDE = (".gitignore", "/checkout", "workspace", "config.toml")
"""Not part of the repository: `verify` does not look at them."""


@pytest.fixture(scope="module")
def template() -> Iterator[Site]:
    """A repository with a bundle, index segments, several packs, and changes on disk."""
    memory = "/dev/shm"  # noqa: S108 - a new folder is made in it
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as made:
        site = Site(os.path.join(made, "site")).init()
        for number in range(20):
            site.write({b"a": b"%d" % number, b"d/%d" % number: b"many\n" * number})
            site.commit(f"number {number}")
        site.write({b"large": any_bytes(1, 400_000), b"p": Program(b"#!")}).commit("large")
        _make_bundle(site)
        site.switch("other", create=True)
        site.write({b"a": b"other"}).commit("other")
        site.write({b"a": b"not recorded", b"new": b"neither"})
        yield site


def _make_bundle(site: Site) -> None:
    from dataclasses import replace

    context = site.context()
    commit = context.resolve("HEAD")
    for number in range(limits.BUNDLE_OPERATIONS):
        old, new = (None, commit) if number % 2 == 0 else (commit, None)
        draft = replace(context.draft("tag"), refs=(RefMove("tag/t", old, new),))
        context.repository.append(draft)


def _names(site: Site) -> list[str]:
    top = os.fsdecode(os.path.join(site.root, b".contentvc"))
    return sorted(
        os.path.relpath(os.path.join(above, name), top)
        for above, _, names in os.walk(top)
        for name in names
    )


def _chosen(names: list[str]) -> list[str]:
    """All but the operations that a bundle replaced, and most of the tags."""
    operations = [name for name in names if "/operations/" in name]
    kept = {*operations[:3], *operations[998:1002], *operations[-4:]}
    return [name for name in names if "/operations/" not in name or name in kept]


@pytest.fixture
def site(template) -> Iterator[Site]:
    copied = os.path.dirname(template.root) + b"/copy"
    shutil.copytree(template.root, copied)
    yield Site(copied)
    shutil.rmtree(copied)


def _truth(site: Site) -> dict[str, object]:
    return {
        "main": site.kinds(site.at("main")),
        "other": site.kinds(site.at("other")),
        "old": site.kinds(site.at("main~10")),
        "changes": [(change.path, change.change) for change in site.status().changes],
    }


def _check_reads(site: Site, truth: dict[str, object]) -> bool:
    """Whether all could be read; what could be is what it was."""
    whole = True
    for what, read in (
        ("main", lambda: site.kinds(site.at("main"))),
        ("other", lambda: site.kinds(site.at("other"))),
        ("old", lambda: site.kinds(site.at("main~10"))),
        ("changes", lambda: [(one.path, one.change) for one in site.status().changes]),
    ):
        try:
            found = read()
        except (Damaged, Missing):
            whole = False
        else:
            assert found == truth[what]
    return whole


def _is_told(site: Site) -> bool:
    try:
        return bool(site.verify().problems)
    except ContentvcError as error:
        return isinstance(error, (Damaged, Missing))


def test_no_flipped_bit_makes_a_wrong_read(site):
    truth = _truth(site)
    assert _check_reads(site, truth)
    top = os.path.join(os.fsdecode(site.root), ".contentvc")
    names = _chosen(_names(site))
    assert {name.split("/")[1] for name in names if "/" in name} >= {
        "packs", "operations", "bundles", "indexes", "view", "repository.json",
    }  # fmt: skip
    random = Random(20)
    for name in names:
        path = os.path.join(top, name)
        with open(path, "rb") as file:
            stored = file.read()
        is_cache = any(part in name for part in CACHES)
        for bit in _bits(stored, random):
            flipped = bytearray(stored)
            flipped[bit // 8] ^= 1 << bit % 8
            with open(path, "wb") as file:
                file.write(flipped)
            whole = _check_reads(site, truth)
            where = f"bit {bit} of {name}"
            if is_cache:
                assert whole, where
            elif not any(part in name for part in OUTSIDE):
                assert _is_told(site), where
        with open(path, "wb") as file:
            file.write(stored)
    assert _check_reads(site, truth)


def _bits(stored: bytes, random: Random) -> list[int]:
    count = 8 * len(stored)
    return sorted({random.randrange(count) for _ in range(min(FLIPS, len(stored)))})


def test_damaged_caches_are_made_again(site):
    top = os.path.join(os.fsdecode(site.root), ".contentvc")
    names = [name for name in _names(site) if any(part in name for part in CACHES)]
    assert len(names) >= 4
    for name in names:
        with open(os.path.join(top, name), "r+b") as file:
            file.write(b"\xff" * 100)
    changes = [change.path for change in site.status().changes]
    assert changes == [b"a", b"new"]
    before = site.verify()
    assert before.ok
    assert {problem.what for problem in before.problems} == {"index"}
    site.commit("after the damage")
    assert site.at("HEAD") == site.files()
    assert site.verify().problems == ()
    assert site.status().clean


def test_what_is_missing_is_told(site):
    top = os.path.join(os.fsdecode(site.root), ".contentvc")
    truth = _truth(site)
    for name in _chosen(_names(site)):
        if "repository/" not in name or any(part in name for part in CACHES):
            continue
        path, away = os.path.join(top, name), os.fsdecode(site.root) + "-away"
        is_last = name == [one for one in _names(site) if "/operations/" in one][-1]
        os.rename(path, away)
        # Without its last operation a log is that of a moment ago: nothing can tell.
        assert is_last or not _check_reads(site, truth) or _is_told(site)
        os.rename(away, path)
