"""Whatever is damaged is taken from a copy, if it is provably what was there."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from contentvc.actions.forget import forget
from contentvc.actions.purge import PurgeRequest, purge
from contentvc.actions.repair import Mended, repair
from contentvc.actions.restore import restore
from contentvc.errors import Damaged, Missing, Usage
from contentvc.ids import PackName, blob_id
from contentvc.objects.pack import Footer
from contentvc.upkeep.rewrite import rewrite_packs
from contentvc.upkeep.sweep import delete_gone
from contentvc.worktree.place import find
from tests.actions.site import ACTOR, Site, any_bytes
from tests.actions.test_purge import decoded
from tests.faults.commands import folder
from tests.faults.seam import each_crash
from tests.faults.test_damage import _make_bundle

__all__ = ["folder"]

LARGE = any_bytes(1, 700_000)


def begun(where: str | Path) -> Site:
    site = Site(os.path.join(where, "site")).init()
    for number in range(3):
        site.write({b"a": b"%d\n" % number, b"d/%d" % number: b"many\n" * 50})
        site.commit(f"number {number}")
    site.write({b"large": LARGE, b"text": b"".join(b"line %d\n" % n for n in range(3000))})
    site.commit("large")
    site.write({b"large": LARGE[:300_000] + b"changed" + LARGE[300_000:], b"a": b"new\n"})
    site.commit("changed")
    site.write({b"a": b"kept by an operation\n"})
    restore(site.context(), [b"a"], "HEAD")
    return site


def copied(site: Site, name: str = "copy") -> Site:
    other = os.path.join(os.path.dirname(os.fsdecode(site.root)), name)
    shutil.copytree(os.fsdecode(site.root), other, symlinks=True)
    return Site(other)


def mend(site: Site, copy: Site) -> list[Mended]:
    return repair(find(site.root), copy.root, site.clockwork, ACTOR, ("verify",))


def names_in(site: Site) -> list[str]:
    top = site.repository_folder
    return sorted(
        os.path.relpath(os.path.join(above, name), top)
        for above, _, names in os.walk(top)
        for name in names
    )


def contents(site: Site) -> dict[str, bytes]:
    top = Path(site.repository_folder)
    return {name: (top / name).read_bytes() for name in names_in(site)}


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for place in range(len(content) // 3, len(content), max(1, len(content) // 7)):
        content[place] ^= 0x55
    path.write_bytes(content)


def flip_first(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


DAMAGES: dict[str, Callable[[Path], None]] = {
    "flipped": flip,
    "first-byte": flip_first,
    "cut": cut,
    "emptied": empty,
    "deleted": Path.unlink,
}


def truth(site: Site) -> object:
    return site.refs(), site.at("main"), site.at("main~1"), site.saved()


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Iterator[Site]:
    return begun(tmp_path_factory.mktemp("template"))


@pytest.fixture
def site(template, tmp_path) -> Site:
    where = tmp_path / "site"
    shutil.copytree(os.fsdecode(template.root), where)
    return Site(where)


class TestFromTheSameReplica:
    @pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
    def test_every_file_in_turn(self, site, damage):
        copy = copied(site)
        whole = contents(copy)
        for name in whole:
            damage(Path(site.repository_folder) / name)
            mended = mend(site, copy)
            assert not [one for one in mended if one.trouble], (name, mended)
            verdict = site.verify()
            assert verdict.ok, (name, verdict.problems)
            assert truth(site) == truth(copy)
            if name != "view" and not name.startswith("indexes/"):
                assert (Path(site.repository_folder) / name).read_bytes() == whole[name], name
                assert mended, name
            (Path(site.repository_folder) / name).write_bytes(whole[name])
        assert contents(copy) == whole

    def test_everything_at_once(self, site):
        copy = copied(site)
        for name in names_in(site):
            if name != "repository.json":
                flip(Path(site.repository_folder) / name)
        mended = mend(site, copy)
        assert site.verify().ok, mended
        assert truth(site) == truth(copy)

    def test_bundles(self, folder):
        site = begun(folder)
        _make_bundle(site)
        copy = copied(site)
        (bundle,) = [name for name in names_in(site) if name.startswith("bundles/")]
        for damage in (flip, Path.unlink):
            path = Path(site.repository_folder) / bundle
            damage(path)
            mend(site, copy)
            assert site.verify().ok
            assert truth(site) == truth(copy)
            shutil.rmtree(site.repository_folder)
            shutil.copytree(copy.repository_folder, site.repository_folder)

    def test_nothing_is_damaged(self, site):
        copy = copied(site)
        before = contents(site)
        assert mend(site, copy) == []
        assert contents(site) == before

    def test_an_operation_of_a_fork_is_not_taken(self, site):
        copy = copied(site)
        site.write({b"a": b"ours\n"}).commit("ours")
        copy.write({b"a": b"theirs\n"}).commit("theirs")
        path = max(name for name in names_in(site) if name.startswith("operations/"))
        flip_first(Path(site.repository_folder) / path)
        damaged = contents(site)[path]
        with pytest.raises(Damaged):
            mend(site, copy)
        assert contents(site)[path] == damaged

    def test_what_the_copy_lacks_is_told(self, site):
        copy = copied(site)
        site.write({b"new": b"not in the copy\n"}).commit("later")
        newest = max(
            (name for name in names_in(site) if name.startswith("packs/")),
            key=lambda name: os.stat(os.path.join(site.repository_folder, name)).st_mtime_ns,
        )
        path = Path(site.repository_folder) / newest
        stored = path.read_bytes()
        path.write_bytes(stored[:10] + bytes([stored[10] ^ 1]) + stored[11:])
        damaged = path.read_bytes()
        mended = mend(site, copy)
        assert [one.what for one in mended if one.trouble]
        aside = Path(site.repository_folder) / "damaged" / path.name
        assert aside.read_bytes() == damaged  # nobody else has what is in it
        assert not site.verify().ok
        assert site.at("main~1") == copy.at("main")


class TestFromOtherPacks:
    """The copy has the same objects in other packs, as one that was compacted has."""

    @pytest.fixture
    def copy(self, site) -> Site:
        copy = copied(site)
        repository = copy.repository()
        packs = tuple(repository.view.packs)
        rewritten = rewrite_packs(repository.objects, os.urandom, packs, frozenset())
        draft = copy.context().draft("repack")
        view = repository.append(replace(draft, added=rewritten.added, removed=rewritten.removed))
        delete_gone(repository.storage, view)
        return copy

    @pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
    def test_objects_are_taken_one_by_one(self, site, copy, damage):
        wanted = truth(site)
        for pack in site.repository().view.packs:
            whole = contents(site)
            damage(Path(site.repository_folder) / "packs" / pack.hex())
            mended = mend(site, copy)
            assert not [one for one in mended if one.trouble]
            assert site.verify().ok, mended
            assert truth(site) == wanted
            last = list(site.repository().log.walk())[-1].operation
            assert last.kind == "repair"
            assert pack in last.removed
            _reset(site, whole)

    def test_all_packs_at_once(self, site, copy):
        wanted, before = truth(site), contents(copy)
        for pack in site.repository().view.packs:
            flip(Path(site.repository_folder) / "packs" / pack.hex())
        mend(site, copy)
        assert site.verify().ok
        assert truth(site) == wanted
        assert contents(copy) == before
        site.write({b"a": b"goes on\n"}).commit("goes on")

    def test_a_pack_of_which_the_copy_lacks_something_is_set_aside(self, site, copy):
        purge(copy.context(), PurgeRequest(ids=(blob_id(b"0\n"),)), "only there")
        (pack,) = [
            one
            for one in site.repository().view.packs
            if blob_id(b"0\n") in [row[0] for row in footer_of(site, one).rows()]
        ]
        path = Path(site.repository_folder) / "packs" / pack.hex()
        stored = bytearray(path.read_bytes())
        for block in footer_of(site, pack).blocks:
            stored[block.offset + block.stored - 1] ^= 1
        path.write_bytes(stored)
        mended = mend(site, copy)
        assert blob_id(b"0\n").hex() in [one.name for one in mended if one.trouble]
        aside = Path(site.repository_folder) / "damaged" / pack.hex()
        assert aside.read_bytes() == stored
        missing = [one.name for one in site.verify().problems]
        assert missing == [blob_id(b"0\n").hex()]
        assert site.at("main") == copy.at("main")
        site.write({b"a": b"0\n"}).commit("again")
        assert site.verify().ok
        purge(site.context(), PurgeRequest(ids=(blob_id(b"new\n"),)), "leaves no trace")
        assert not aside.exists()


def footer_of(site: Site, pack: PackName) -> Footer:
    return site.repository().objects.index.footer(pack)


def _reset(site: Site, whole: dict[str, bytes]) -> None:
    shutil.rmtree(site.repository_folder)
    for name, content in whole.items():
        path = Path(site.repository_folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def test_another_repository_is_refused(tmp_path):
    one, other = begun(tmp_path / "one"), begun(tmp_path / "other")
    for bad, error in ((other, Usage), (one, Usage)):
        with pytest.raises(error):
            mend(one, bad)
    with pytest.raises(Missing):
        mend(one, Site(tmp_path))


def test_interrupted_it_can_be_done_again(folder):
    def prepare(new: str):
        site = Site(os.path.join(new, "site")).init().write({b"a": b"one\n", b"b": b"same\n"})
        site.commit("one")
        site.write({b"a": b"two\n"}).commit("two")
        copy = copied(site)
        for name in names_in(site):
            if name.startswith(("packs/", "operations/")) and not name.endswith("01"):
                flip(Path(site.repository_folder) / name)
        return lambda: mend(Site(os.path.join(new, "site")), Site(copy.root))

    for crash in each_crash(folder, prepare, None):
        site = Site(os.path.join(crash.folder, "site"))
        copy = Site(os.path.join(crash.folder, "copy"))
        mend(site, copy)
        assert site.verify().ok
        assert truth(site) == truth(copy)


def test_what_was_forgotten_does_not_come_back(site):
    site.write({b"a": b"a secret\n"})
    restore(site.context(), [b"a"], "HEAD")
    copy = copied(site)
    forget(site.context(), [site.repository().view.sequence], [])
    for pack in site.repository().view.packs:
        flip(Path(site.repository_folder) / "packs" / pack.hex())
    mend(site, copy)
    assert site.verify().ok
    assert not any(b"a secret" in content for content in decoded(site))
