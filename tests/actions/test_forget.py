"""What is forgotten is gone from every file; everything else is still there."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from contentvc.actions.forget import forget, forgotten_files, is_forgotten
from contentvc.actions.restore import restore
from contentvc.errors import Busy, ContentvcError, Declined, Missing
from contentvc.history.draft import Draft, RefMove
from contentvc.ids import blob_id
from contentvc.objects.pack import pack_path
from contentvc.objects.writing import Writing
from contentvc.snapshots.effect import Effect, effect_attributes
from contentvc.storage import disk
from tests.actions.site import Site, any_bytes
from tests.faults.commands import folder
from tests.faults.seam import each_crash, power_losses

__all__ = ["folder"]

TOP = Path(__file__).parent.parent.parent
SECRET = b"password=correct horse battery staple\n"
FILES = {b"a": b"one\n", b"d/b": b"two\n", b"d/c": b"three\n"}


def site_in(folder: str | Path) -> Site:
    return Site(os.path.join(folder, "site"))


def begun(folder: str | Path) -> Site:
    site = site_in(folder).init().write(FILES)
    site.commit("first")
    return site


def keep(site: Site, files: dict[bytes, bytes]) -> int:
    """Have a command overwrite these files; the operation that keeps them."""
    site.write(files)
    restore(site.context(), sorted(files), "HEAD")
    return site.repository().view.sequence


@pytest.fixture
def site(tmp_path) -> Site:
    return begun(tmp_path)


def everything(root: bytes) -> Iterator[bytes]:
    """All bytes in a folder: of each file as they are, and of each zstd frame in it."""
    for above, _, names in os.walk(os.path.join(root, b".contentvc")):
        for name in names:
            yield name
            with open(os.path.join(above, name), "rb") as file:
                content = file.read()
            yield content
            yield from frames(content)


def frames(content: bytes) -> Iterator[bytes]:
    at = content.find(zstandard.MAGIC_NUMBER.to_bytes(4, "little"))
    while at >= 0:
        try:
            reader = zstandard.ZstdDecompressor().decompressobj()
            yield reader.decompress(content[at:])
        except zstandard.ZstdError:
            pass  # the same four bytes by chance
        at = content.find(zstandard.MAGIC_NUMBER.to_bytes(4, "little"), at + 1)


def holds(site: Site, secret: bytes) -> bool:
    return any(secret in content for content in everything(site.root))


def operation(site: Site, sequence: int):
    found = site.repository().log.read(sequence)
    assert found is not None
    return found[0]


class TestOperation:
    def test_its_bytes_and_names_are_gone(self, site):
        number = keep(site, {b"a": SECRET, b"d/b": b"two, changed\n"})
        assert holds(site, SECRET)
        kept = operation(site, number)
        report = forget(site.context(), [number], [])
        assert not holds(site, SECRET)
        assert {file.path for file in report.dropped} == {b"a", b"d/b"}
        assert report.stayed == ()
        assert report.freed > 0
        assert is_forgotten(site.repository(), kept)
        assert site.verify().ok
        assert site.at("HEAD") == FILES

    def test_reading_it_says_why(self, site):
        number = keep(site, {b"a": SECRET})
        saved = operation(site, number).saved
        forget(site.context(), [number], [])
        for read in (
            lambda: site.repository().blob(blob_id(SECRET)),
            lambda: site.repository().tree(saved),
            lambda: site.context().version(saved.hex()[:12]),
            lambda: restore(site.context(), [b"a"], saved.hex()),
        ):
            with pytest.raises(Missing, match=f"was dropped by operation {number + 1}") as caught:
                read()
            assert caught.value.code == "forgotten"

    def test_stored_again_it_can_be_read_again(self, site):
        number = keep(site, {b"a": SECRET})
        forget(site.context(), [number], [])
        site.write({b"a": SECRET}).commit("on purpose")
        assert site.at("HEAD")[b"a"] == SECRET
        assert site.verify().ok
        with pytest.raises((Declined, Missing)):
            forget(site.context(), [number], [])

    def test_what_is_committed_stays(self, site):
        number = keep(site, {b"a": SECRET, b"d/b": FILES[b"a"]})
        report = forget(site.context(), [number], [])
        assert [file.path for file in report.stayed] == [b"d/b"]
        assert [file.path for file in report.dropped] == [b"a"]
        assert site.at("HEAD") == FILES

    def test_what_a_branch_once_had_stays(self, site):
        site.write({b"a": SECRET}).commit("oops")
        site.write({b"a": b"one\n"}).commit("never mind", amend=True)
        number = keep(site, {b"a": SECRET})
        report = forget(site.context(), [number], [])
        assert [file.path for file in report.stayed] == [b"a"]
        assert site.at("main@{1}")[b"a"] == SECRET

    def test_what_another_operation_keeps_stays(self, site):
        first, second = keep(site, {b"a": SECRET}), keep(site, {b"a": SECRET})
        with pytest.raises(Declined) as caught:
            forget(site.context(), [first], [])
        assert caught.value.details["paths"] == ["a"]
        assert len(forget(site.context(), [first, second], []).dropped) == 2
        assert not holds(site, SECRET)

    def test_effects_are_kept_content_too(self, site):
        context = site.context()
        with context.repository.writing() as writing:
            tree = kept_tree(writing, b"a", SECRET)
            draft = Draft(
                "restore", "A", added=writing.finish(),
                attributes=effect_attributes(Effect(tree, None)),
            )  # fmt: skip
            context.repository.append(draft)
        assert holds(site, SECRET)
        forget(site.context(), [context.repository.view.sequence], [])
        assert not holds(site, SECRET)
        assert site.verify().ok

    @pytest.mark.parametrize("number", [0, 99])
    def test_one_that_is_not_there(self, site, number):
        with pytest.raises(Missing) as caught:
            forget(site.context(), [number], [])
        assert caught.value.code == "unknown-operation"

    def test_one_that_keeps_nothing(self, site):
        with pytest.raises(Missing) as caught:
            forget(site.context(), [2], [])
        assert caught.value.code == "nothing-kept"

    def test_an_earlier_view(self, site):
        number = keep(site, {b"a": SECRET})
        forget(site.context(), [number], [])
        from contentvc.repository import Repository

        before = Repository.open(site.repository().storage, site.clockwork, number)
        with pytest.raises(Missing, match="was dropped"):
            before.blob(blob_id(SECRET))


def kept_tree(writing: Writing, name: bytes, content: bytes):
    from contentvc.snapshots.tree import Entry, Mode, Tree, encode_tree

    blob = writing.put_blob(content)
    return writing.put_tree(encode_tree(Tree((Entry(name, Mode.FILE, len(content), blob),))))


class TestPath:
    def test_every_copy_goes_and_neighbours_stay(self, site):
        numbers = [keep(site, {b"a": SECRET + b"%d" % n, b"d/b": b"other %d" % n}) for n in (1, 2)]
        report = forget(site.context(), [], [b"a"])
        assert [(file.sequence, file.path) for file in report.dropped] == [
            (number, b"a") for number in numbers
        ]
        assert not holds(site, SECRET)
        for number, n in zip(numbers, (1, 2), strict=True):
            saved = operation(site, number).saved
            assert list(forgotten_files(site.repository(), saved)) == [b"a"]
            assert not is_forgotten(site.repository(), operation(site, number))
            restore(site.context(), [b"d/b"], saved.hex())
            assert site.files()[b"d/b"] == b"other %d" % n
        assert site.verify().ok

    def test_a_folder(self, site):
        keep(site, {b"d/b": SECRET, b"d/c": SECRET + b"2", b"a": b"stays"})
        report = forget(site.context(), [], [b"d"])
        assert {file.path for file in report.dropped} == {b"d/b", b"d/c"}
        assert not holds(site, SECRET)
        assert holds(site, b"stays")

    def test_the_same_content_under_another_name_stays(self, site):
        keep(site, {b"a": SECRET, b"d/b": SECRET})
        with pytest.raises(Declined):
            forget(site.context(), [], [b"a"])
        assert len(forget(site.context(), [], [b"a", b"d"]).dropped) == 2
        assert not holds(site, SECRET)

    def test_nothing_of_that_name(self, site):
        keep(site, {b"a": SECRET})
        for path in (b"nope", b"a/x", b"d"):
            with pytest.raises(Missing):
                forget(site.context(), [], [path])


def test_large_files_lose_the_chunks_that_are_theirs_alone(site):
    large = any_bytes(1, 900_000)
    site.write({b"large": large}).commit("large")
    changed = large[:500_000] + SECRET + large[500_000:]
    number = keep(site, {b"large": changed})
    assert holds(site, SECRET)
    report = forget(site.context(), [number], [])
    assert report.dropped[0].size == len(changed)
    assert not holds(site, SECRET)
    assert site.at("HEAD")[b"large"] == large
    assert site.verify().ok


def test_packs_of_killed_commands_go_too(site):
    number = keep(site, {b"a": SECRET})
    with site.repository().writing() as writing:
        writing._store.index.find = lambda _: None  # as if nothing were stored
        writing.put_blob(SECRET)
        (orphan,) = writing.finish()
    packs = os.path.join(site.repository_folder, "packs")
    half = os.path.join(packs, disk.temporary_name())
    with open(half, "wb") as file:
        file.write(SECRET)
    os.utime(half, (1, 1))
    forget(site.context(), [number], [])
    assert not holds(site, SECRET)
    assert orphan.name in site.repository().view.gone


def test_it_can_be_forgotten_with_a_segment_and_bundles(site):
    numbers = [keep(site, {b"a": SECRET + b"%d" % n}) for n in range(20)]
    assert list(site.repository().objects.index.segments())
    forget(site.context(), numbers, [])
    assert not holds(site, SECRET)
    assert site.verify().ok
    keep(site, {b"a": SECRET})
    assert site.verify().ok


class TestOthersMeanwhile:
    def test_a_writer_that_reuses_it_starts_over(self, site):
        number = keep(site, {b"a": SECRET})
        slow = site.context()
        with slow.repository.writing() as writing:
            assert writing.has(blob_id(SECRET))
            forget(site.context(), [number], [])
            slow.repository.objects._reload()  # a reader would, where a pack is gone
            with pytest.raises(Busy) as caught:
                slow.repository.append(slow.draft("x"))
            assert caught.value.code == "start-over"
        site.write({b"a": SECRET}).commit("again")
        assert site.at("HEAD")[b"a"] == SECRET

    def test_what_came_to_be_needed_stays(self, site, monkeypatch):
        """Somebody commits the content between the decision and the operation."""
        import contentvc.actions.forget as module

        number = keep(site, {b"a": SECRET, b"d/b": b"goes"})
        decide, turns = module._decide, []

        def late(repository, choice):
            decide(repository, choice)
            if not turns:
                turns.append(site.write({b"a": SECRET}).commit("needs it"))

        monkeypatch.setattr(module, "_decide", late)
        report = forget(site.context(), [number], [])
        assert [file.path for file in report.dropped] == [b"d/b"]
        assert site.at("HEAD")[b"a"] == SECRET
        assert site.verify().ok
        files = set(os.listdir(os.path.join(site.repository_folder, "packs")))
        assert files == {pack_path(one).split("/")[1] for one in site.repository().view.packs}

    def test_unrelated_work_does_not_stop_it(self, site, monkeypatch):
        import contentvc.actions.forget as module

        number = keep(site, {b"a": SECRET})
        decide, turns = module._decide, []

        def late(repository, choice):
            decide(repository, choice)
            turns.append(site.write({b"d/b": b"%d" % len(turns)}).commit("something else"))

        monkeypatch.setattr(module, "_decide", late)
        forget(site.context(), [number], [])
        assert len(turns) == 1
        assert not holds(site, SECRET)
        assert site.verify().ok

    def test_a_reader_with_an_old_view_reads_on(self, site):
        number = keep(site, {b"a": SECRET, b"d/b": b"kept elsewhere"})
        keep(site, {b"d/b": b"kept elsewhere"})
        reader = site.repository()
        assert reader.objects.index.find(blob_id(b"kept elsewhere"))
        forget(site.context(), [number], [])
        assert reader.blob(blob_id(b"kept elsewhere")) == b"kept elsewhere"
        with pytest.raises(Missing):
            reader.blob(blob_id(SECRET))

    def test_ten_processes_commit_and_restore(self, site):
        for number in range(3):
            site.switch(f"branch-{number}", create=True, start="main")
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.faults.forgetful", site.root, str(number), "6"],
                cwd=TOP,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            for number in range(10)
        ]
        told: list[bytes] = []
        for process in processes:
            out, err = process.communicate(timeout=300)
            assert process.returncode == 0, err.decode()
            told += out.splitlines()
        assert told
        verdict = site.verify()
        assert verdict.ok, verdict.problems
        for line in told:
            assert line in site.repository().blob(blob_id(line + b"\n"))
        walked = [one.operation.kind for one in site.repository().log.walk()]
        assert "forget" in walked


POWERS = (None, *power_losses("site/.contentvc"))


@pytest.mark.parametrize("power", POWERS[:1] + POWERS[3:4], ids=("killed", "undone"))
def test_a_crash_leaves_all_of_it_or_nothing(folder, power):
    number = 0

    def prepare(new: str):
        nonlocal number
        site = begun(new)
        number = keep(site, {b"a": SECRET, b"d/b": b"goes too"})
        keep(site, {b"d/c": b"is kept by another"})
        return lambda: forget(site_in(new).context(), [number], [])

    for crash in each_crash(folder, prepare, power):
        site = site_in(crash.folder)
        kept = operation(site, number)
        if is_forgotten(site.repository(), kept):
            with pytest.raises(ContentvcError):
                site.repository().blob(blob_id(SECRET))
            other = keep(site, {b"a": b"something else"})
            forget(site.context(), [other], [])  # deletes what the crash left
        else:
            assert not crash.done
            assert site.in_tree(kept.saved)[b"a"] == SECRET
            forget(site.context(), [number], [])
        assert not holds(site, SECRET)
        assert any(tree == {b"d/c": b"is kept by another"} for tree in trees(site))
        assert site.at("HEAD") == FILES
        assert site.verify().ok
        site.commit("goes on", allow_empty=True)


def trees(site: Site) -> Iterator[dict[bytes, bytes]]:
    repository = site.repository()
    for one in repository.log.walk():
        if one.operation.saved and not is_forgotten(repository, one.operation):
            yield site.in_tree(one.operation.saved)


def test_branches_of_other_workspaces_and_refs_count(site):
    """A ref that is no branch keeps what it leads to."""
    site.write({b"a": SECRET}).commit("set aside")
    commit = site.context().head.commit
    context = site.context()
    context.repository.append(Draft("stash", "A", refs=(RefMove("stash/1", None, commit),)))
    site.switch("main")
    number = keep(site, {b"a": SECRET + b"!", b"d/b": SECRET})
    report = forget(site.context(), [number], [])
    assert [file.path for file in report.stayed] == [b"d/b"]
