"""Trees that nobody here would record, written to disk by `switch` and `restore`.

They are refused before anything is written, in one clear error, and the working tree is usable
afterwards. Nothing outside of it is touched, whatever a tree or somebody beside us does.
"""

import os
from contextlib import suppress
from dataclasses import replace

import pytest

from contentvc import limits
from contentvc.actions.restore import restore
from contentvc.errors import Busy, ContentvcError, Damaged
from contentvc.history.draft import RefMove
from contentvc.ids import ObjectId, blob_id
from contentvc.snapshots.commit import Commit, encode_commit
from contentvc.snapshots.tree import Entry, Mode, Tree, encode_tree
from contentvc.storage import disk
from tests.actions.site import ACTOR, Link, Site
from tests.faults.commands import folder
from tests.faults.seam import Action, each_crash

__all__ = ["folder"]

BASE = {b"a": b"1", b"d/b": b"2"}
EVIL = b"evil\n"


class Forge:
    """Writes trees as they are, and makes a branch of one."""

    def __init__(self, site: Site) -> None:
        self._context = site.context()
        self._writing = self._context.repository.writing()

    def blob(self, content: bytes) -> ObjectId:
        return self._writing.put_blob(content)

    def file(self, name: bytes, content: bytes = EVIL, mode: Mode = Mode.FILE) -> Entry:
        return Entry(name, mode, len(content), self.blob(content))

    def tree(self, *entries: Entry, is_node: bool = False) -> ObjectId:
        return self._writing.put_tree(encode_tree(Tree(entries, is_node=is_node)))

    def folder(self, name: bytes, *entries: Entry, size: int = 0) -> Entry:
        return Entry(name, Mode.DIRECTORY, size, self.tree(*entries))

    def branch(self, tree: ObjectId) -> None:
        commit = Commit(tree, (), ACTOR, 0, 0, "evil")
        identifier = self._writing.put_commit(encode_commit(commit))
        packs = self._writing.finish()
        draft = replace(
            self._context.draft("branch"),
            refs=(RefMove("branch/evil", None, identifier),),
            added=packs,
        )
        self._writing.publish()
        self._context.repository.append(draft)


@pytest.fixture
def site(tmp_path) -> Site:
    beside = tmp_path / "beside"
    beside.mkdir()
    (beside / "kept").write_bytes(b"kept")
    site = Site(tmp_path / "site").init().write(BASE)
    site.commit("base")
    return site


def _outside(site: Site) -> dict[str, list[str]]:
    above = os.path.dirname(os.fsdecode(site.root))
    return {
        folder: sorted(names)
        for folder, _, names in os.walk(above)
        if not folder.startswith(os.fsdecode(site.root))
    }


def _refused(site: Site, *paths: bytes) -> None:
    """Neither switch nor restore takes it, and all is as it was."""
    before, outside, own = site.files(), _outside(site), _own(site)
    errors = []
    for act in (
        lambda: site.switch("evil"),
        lambda: site.switch("evil", force=True),
        *(lambda path=path: restore(site.context(), [path], "evil") for path in paths),
    ):
        with pytest.raises((Damaged, Busy)) as error:
            act()
        errors.append(error.value)
        assert site.files() == before
    assert all(error.message for error in errors)
    assert _outside(site) == outside
    assert _own(site) == own
    assert site.context().head.ref == "branch/main"
    site.write({b"a": b"goes on"}).commit("goes on")
    site.switch("other", create=True)
    assert site.at("HEAD") == BASE | {b"a": b"goes on"}


def _own(site: Site) -> set[bytes]:
    """Names in contentvc's folder, the repository's files aside."""
    top = os.path.join(site.root, b".contentvc")
    return {one for one in os.listdir(top) if not one.startswith(b".contentvc-new")}


NAMES = [
    b".", b"..", b"", b".contentvc", b".ContentVC", b".contentvc.", b".contentvc ", b".contentvc::$x",
    b"CONTEN~1", b".conten\xe2\x80\x8btvc", b"\xef\xbc\x8econtentvc", b"a/b", b"/etc/evil", b"../evil",
    b"x" * 256, b"../../beside/evil",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("deep", [False, True])
def test_names_that_lead_elsewhere(site, name, deep):
    forge = Forge(site)
    try:
        entry = forge.file(name)
        tree = forge.tree(forge.folder(b"f", entry)) if deep else forge.tree(entry)
    except (ContentvcError, ValueError, AssertionError):
        pytest.fail("the name must come into a tree for this test to mean something")
    forge.branch(tree)
    _refused(site, b"f" if deep else b"a")


def test_a_folder_with_the_repositorys_own_name(site):
    forge = Forge(site)
    forge.branch(forge.tree(forge.folder(b".contentvc", forge.file(b"workspace"))))
    _refused(site, b".contentvc")


def test_a_nul_in_a_name(site):
    """Names are joined by NUL, so it is two names, and one too many."""
    forge = Forge(site)
    encoded = encode_tree(Tree((forge.file(b"a"), forge.file(b"bXc"))))
    assert encoded.count(b"bXc") == 1
    forge.branch(forge._writing.put_tree(encoded.replace(b"bXc", b"b\0c")))
    _refused(site, b"a")


@pytest.mark.parametrize("twins", [(b"x", b"x"), (b"y", b"x")], ids=["twice", "not sorted"])
def test_names_that_come_twice_or_in_no_order(site, twins):
    forge = Forge(site)
    forge.branch(
        forge.tree(
            forge.file(twins[0], b"../beside", Mode.SYMLINK),
            forge.folder(twins[1], forge.file(b"kept")),
        )
    )
    _refused(site, b"x/kept")


def test_a_symlink_and_a_path_through_it_in_the_parts_of_a_large_tree(site):
    forge = Forge(site)
    link = forge.tree(forge.file(b"x", b"../beside", Mode.SYMLINK))
    folder = forge.tree(forge.folder(b"x", forge.file(b"kept")))
    parts = (Entry(b"x", Mode.DIRECTORY, 0, link), Entry(b"x!", Mode.DIRECTORY, 0, folder))
    forge.branch(forge.tree(*parts, is_node=True))
    _refused(site, b"x/kept")


def test_a_symlink_that_was_there_before(site):
    """The old version's link goes before the new version's folder comes."""
    site.write({b"x": Link(b"../beside")}).commit("a link")
    forge = Forge(site)
    forge.branch(forge.tree(forge.folder(b"x", forge.file(b"kept"))))
    outside = _outside(site)
    site.switch("evil")
    assert _outside(site) == outside
    assert site.files() == {b"x/kept": EVIL}
    with open(os.path.join(site.root, b"../beside/kept"), "rb") as file:
        assert file.read() == b"kept"


def test_links_lead_where_they_like_and_nothing_is_written_through_them(site):
    forge = Forge(site)
    forge.branch(
        forge.tree(
            forge.file(b"a", b"../beside/kept", Mode.SYMLINK),
            forge.file(b"b", b".contentvc/workspace", Mode.SYMLINK),
            forge.file(b"loop", b"loop", Mode.SYMLINK),
        )
    )
    site.switch("evil")
    site.switch("main")
    assert site.files() == BASE
    with open(os.path.join(site.root, b"../beside/kept"), "rb") as file:
        assert file.read() == b"kept"


@pytest.mark.parametrize("target", [b"", b"nul\0inside", b"x" * 5000], ids=["empty", "nul", "long"])
def test_targets_that_no_link_can_have(site, target):
    forge = Forge(site)
    forge.branch(forge.tree(forge.file(b"good"), forge.file(b"link", target, Mode.SYMLINK)))
    _refused(site, b"link")


def test_too_deep(site):
    forge = Forge(site)
    entry = forge.file(b"end")
    for _ in range(limits.TREE_DEPTH + 2):
        entry = forge.folder(b"d", entry)
    forge.branch(forge.tree(entry))
    _refused(site, b"d")


def test_millions_of_paths_from_a_few_trees(site, monkeypatch):
    """64 folders of 64 folders…: more paths than atoms, from ten objects."""
    monkeypatch.setattr(limits, "TREE_ENTRIES", 100_000)
    forge = Forge(site)
    below = forge.tree(forge.file(b"end"))
    for _ in range(10):
        below = forge.tree(*(Entry(b"%02d" % n, Mode.DIRECTORY, 0, below) for n in range(64)))
    forge.branch(below)
    _refused(site, b"01")


@pytest.mark.parametrize("size", [0, 1, 1000, 200_000], ids=str)
def test_a_size_that_lies(site, size):
    forge = Forge(site)
    lie = forge.file(b"lie")._replace(size=size)
    forge.branch(forge.tree(forge.file(b"good"), lie))
    _half_refused(site, b"lie")


def test_a_size_that_no_disk_has(site):
    forge = Forge(site)
    forge.branch(forge.tree(forge.file(b"huge")._replace(size=1 << 60)))
    _refused(site, b"huge")


@pytest.mark.parametrize("mode", [Mode.FILE, Mode.DIRECTORY, Mode.SYMLINK])
def test_content_that_is_not_there(site, mode):
    forge = Forge(site)
    lost = Entry(b"lost", mode, 4, blob_id(b"lost"))
    forge.branch(forge.tree(forge.file(b"good"), lost))
    (_half_refused if mode is Mode.FILE else _refused)(site, b"lost")


def test_a_tree_where_a_file_is_expected(site):
    forge = Forge(site)
    tree = forge.tree(forge.file(b"x"))
    forge.branch(forge.tree(Entry(b"file", Mode.FILE, 5, tree)))
    _half_refused(site, b"file")


def _half_refused(site: Site, path: bytes) -> None:
    """What shows only when the content is read: then all is as it was before."""
    site.write({path: b"mine", b"good/y": b"mine as well"})
    with pytest.raises(Damaged):
        restore(site.context(), [path], "evil")
    before = site.files()
    assert before == BASE | {path: b"mine", b"good/y": b"mine as well"}
    refs = site.refs()
    for options in ({"force": True}, {"force": True, "create": True, "start": "evil"}):
        with pytest.raises(Damaged):
            site.switch("third" if "create" in options else "evil", **options)
        assert site.files() == before
        assert site.refs() == refs
        assert site.context().head.ref == "branch/main"
        assert {change.path for change in site.status().changes} == {path, b"good/y"}
    assert site.verify().problems == () or path != b"lie"
    site.commit("goes on")
    assert site.at("HEAD") == before


def test_a_crash_on_the_way_there_and_back(folder):
    """From content that cannot be read, each moment of coming back."""

    def prepare(new: str) -> Action:
        site = Site(os.path.join(new, "site")).init().write(BASE)
        site.commit("base")
        forge = Forge(site)
        lost = Entry(b"lost", Mode.FILE, 4, blob_id(b"lost"))
        forge.branch(forge.tree(forge.file(b"d"), forge.file(b"good"), lost))
        site.write({b"lost": b"mine"})

        def act() -> None:
            with pytest.raises(Damaged):
                site.switch("evil", force=True)

        return act

    for crash in each_crash(folder, prepare):
        site = Site(os.path.join(crash.folder, "site"))
        for _ in range(2):  # the first may tell of the damage once more, and then come back
            with suppress(Damaged):
                site.settle()
        site.settle()
        if site.context().head.ref == "branch/evil":
            # It was completed all the same: what stands where the lost file belongs is the user's.
            assert site.files() == {b"d": EVIL, b"good": EVIL, b"lost": b"mine"}
            site.switch("main", force=True)
        assert BASE.items() <= site.files().items()
        assert b"mine" in {*site.files().values(), *(one.get(b"lost") for one in site.saved())}
        site.commit("goes on", allow_empty=True)


@pytest.mark.parametrize("event", ["mkdir", "create", "rename", "unlink"])
def test_a_folder_that_is_swapped_for_a_link_leads_nowhere(site, event):
    """Somebody moves a folder away and puts a link to elsewhere in its place, at each step."""
    beside = os.path.join(os.path.dirname(site.root), b"beside")
    site.switch("other", create=True)
    files = {b"d/b": b"new", b"d/new": b"new", b"d/e/kept": b"new", b"a": b"new"}
    site.write(files).commit("other")
    site.switch("main")
    folder = os.path.join(site.root, b"d")
    for nth in range(1, 12):
        count = 0

        def swap(happening: str, path: bytes, nth: int = nth) -> None:
            nonlocal count
            if happening == event and path.startswith(folder + b"/"):
                count += 1
                if count == nth and os.path.isdir(folder) and not os.path.islink(folder):
                    os.rename(folder, folder + b"-away")
                    os.symlink(beside, folder)

        disk.set_seam(swap)
        try:
            site.switch("other")
        except ContentvcError as error:
            assert error.message  # noqa: PT017 - it may also come through
        finally:
            disk.set_seam(None)
        assert os.listdir(beside) == [b"kept"]
        with open(os.path.join(beside, b"kept"), "rb") as file:
            assert file.read() == b"kept"
        if os.path.islink(folder):
            os.unlink(folder)
            os.rename(folder + b"-away", folder)
        site.settle()
        site.switch("main", force=True)
        assert site.files() == BASE
        if count < nth:
            return
