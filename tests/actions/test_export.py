"""What is exported is the version, byte for byte the same each time, or nothing is left behind."""

import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from contentvc.actions.export import (
    ExportReport,
    ExportRequest,
    Format,
    Tools,
    export,
    exported_parts,
    format_of,
)
from contentvc.actions.progress import Silent
from contentvc.actions.purge import PurgeRequest, purge
from contentvc.errors import Conflict, ContentvcError, Damaged, Declined, Missing, Usage
from contentvc.ids import blob_id
from contentvc.worktree.tar import Member, tar_parts
from contentvc.worktree.workers import Forked, Inline
from tests.actions.site import Link, Program, Site, any_bytes, content_of

FILES = {
    b"a": b"one\n",
    b"d/b": Program(b"#!/bin/sh\n"),
    b"d/link": Link(b"../a"),
    b"d.x": b"sorted between d and d/b by bytes\n",
    b"empty": b"",
    b"large": any_bytes(1, 700_000),
    b"long/" + b"n" * 200: b"a name of 200 bytes\n",
    b"/".join([b"deep" * 10] * 6): b"a path of 245 bytes, which fits the classic header\n",
    "größe".encode(): b"UTF-8\n",
    b"latin-\xe9": b"not UTF-8\n",
    b"long-link": Link(b"t" * 150),
}
TIME = 1_700_000_001_000_000
TOOLS = Tools(Inline(), Silent())


@pytest.fixture
def site(tmp_path) -> Site:
    site = Site(tmp_path / "site").init().write(FILES)
    site.commit("first", time=TIME)
    return site


def request(site: Site, **more) -> ExportRequest:
    commit = site.context().base()
    assert commit is not None
    return ExportRequest(commit.tree, commit.time, **more)


def exported(site: Site, name: str, *, force: bool = False, tools=TOOLS, **more) -> ExportReport:
    target = os.path.join(os.path.dirname(site.root), os.fsencode(name))
    wanted = request(site, **more)
    return export(site.repository(), wanted, target, format_of(name), tools, force=force)


def beside(site: Site, name: str) -> Path:
    return Path(os.fsdecode(site.root)).parent / name


def in_tar(content: bytes) -> dict[bytes, bytes]:
    found = {}
    with tarfile.open(fileobj=io.BytesIO(content), encoding="utf-8") as archive:
        for one in archive:
            assert (one.uid, one.gid, one.uname, one.gname) == (0, 0, "", "")
            assert one.mtime == TIME // 1_000_000
            if one.issym():
                value: bytes = Link(os.fsencode(one.linkname))
            else:
                file = archive.extractfile(one)
                assert file is not None
                value = (Program if one.mode & 0o100 else bytes)(file.read())
            found[os.fsencode(one.name)] = value
    return found


def in_folder(root: Path) -> dict[bytes, bytes]:
    top = os.fsencode(root)
    found = {}
    for above, folders, names in os.walk(top):
        links = [one for one in folders if os.path.islink(os.path.join(above, one))]
        for name in (*names, *links):
            path = os.path.join(above, name)
            found[os.path.relpath(path, top)] = content_of(path)
    return found


class TestFormats:
    def test_tar(self, site):
        report = exported(site, "out.tar")
        content = beside(site, "out.tar").read_bytes()
        assert site.kinds(in_tar(content)) == site.kinds(FILES)
        assert report.files == len(FILES)
        assert report.size == sum(map(len, FILES.values()))
        assert report.digest == blob_id(content).hex()
        assert len(content) % 10240 == 0

    def test_tar_as_gnu_tar_reads_it(self, site, tmp_path):
        exported(site, "out.tar")
        (tmp_path / "made").mkdir()
        subprocess.run(["tar", "-xf", tmp_path / "out.tar", "-C", tmp_path / "made"], check=True)
        assert site.kinds(in_folder(tmp_path / "made")) == site.kinds(FILES)

    def test_tar_zst_is_the_tar(self, site):
        plain, packed = exported(site, "out.tar"), exported(site, "out.tar.zst")
        stored = beside(site, "out.tar.zst").read_bytes()
        content = zstandard.ZstdDecompressor().decompressobj().decompress(stored)
        assert content == beside(site, "out.tar").read_bytes()
        assert packed.digest == plain.digest

    def test_zip(self, site):
        with pytest.raises(Declined, match="not UTF-8"):
            exported(site, "out.zip")
        assert not beside(site, "out.zip").exists()
        site.remove(b"latin-\xe9")
        site.commit("without", time=TIME)
        exported(site, "out.zip")
        with zipfile.ZipFile(beside(site, "out.zip")) as archive:
            assert archive.testzip() is None
            rows = archive.infolist()
            assert {row.compress_type for row in rows} == {zipfile.ZIP_STORED}
            assert [os.fsencode(row.filename) for row in rows] == sorted(site.at("HEAD"))
            for row in rows:
                wanted = site.at("HEAD")[os.fsencode(row.filename)]
                assert archive.read(row) == wanted
                mode = row.external_attr >> 16
                kind = Link if mode & 0o170000 == 0o120000 else Program if mode & 1 else bytes
                assert kind is type(wanted)

    def test_folder(self, site):
        exported(site, "made")
        made = beside(site, "made")
        assert site.kinds(in_folder(made)) == site.kinds(FILES)
        assert os.stat(made / "a").st_mtime_ns == TIME // 1_000_000 * 1_000_000_000

    @pytest.mark.parametrize("form", [Format.TAR, Format.TAR_ZST])
    def test_parts(self, site, form):
        exported(site, f"out.{form}")
        parts, skipped = exported_parts(site.repository(), request(site), form, Silent())
        assert b"".join(parts) == beside(site, f"out.{form}").read_bytes()
        assert skipped == ()

    @pytest.mark.parametrize("form", [Format.FOLDER, Format.ZIP])
    def test_parts_of_what_needs_a_file(self, site, form):
        with pytest.raises(Usage):
            exported_parts(site.repository(), request(site), form, Silent())

    def test_the_bytes_are_those_of_every_machine(self):
        """A change of these digests changes what people compare their archives with."""
        members = [
            Member(b"a", *_file(b"one\n")),
            Member(b"d/b", *_file(b"")),
            Member("ü".encode() * 120, *_file(b"long")),
        ]
        content = b"".join(tar_parts(members, 1_700_000_001))
        told = hashlib.sha256(content).hexdigest()
        assert told == "74580eaf0414e79b900a7b201dc8ffc30ddca57118381522538bda4582abe27e"


def _file(content: bytes):
    from contentvc.snapshots.tree import Mode

    return Mode.FILE, len(content), content


class TestSame:
    def test_other_packs_other_processes_other_order(self, site, tmp_path):
        exported(site, "out.tar")
        other = Site(tmp_path / "other").init()
        for path in reversed(FILES):
            other.write({path: FILES[path]}).commit("one by one")
        other.write({b"a": b"more\n"}).commit("x")
        other.write({b"a": b"one\n"}).commit("back", time=TIME)
        exported(other, "other.tar")
        assert beside(site, "out.tar").read_bytes() == beside(site, "other.tar").read_bytes()

    def test_shared_out(self, site):
        site.write({b"many/%d" % n: b"%d\n" % n for n in range(2500)}).commit("many", time=TIME)
        exported(site, "one.tar")
        exported(site, "two.tar", tools=Tools(Forked(3), Silent()))
        assert beside(site, "one.tar").read_bytes() == beside(site, "two.tar").read_bytes()
        assert sorted(os.listdir(beside(site, ""))) == ["one.tar", "site", "two.tar"]


class TestWhat:
    def test_paths_and_prefix(self, site):
        exported(site, "out.tar", paths=(b"d", b"a", b"d/b"), prefix=b"v1/x/")
        found = in_tar(beside(site, "out.tar").read_bytes())
        assert sorted(found) == [b"v1/x/a", b"v1/x/d/b", b"v1/x/d/link"]
        with pytest.raises(Missing):
            exported(site, "two.tar", paths=(b"nope",))

    @pytest.mark.parametrize("prefix", [b"x", b"/", b"/x/", b"../", b"x/../y/", b"x//", b"\0/"])
    def test_a_prefix_that_leads_elsewhere(self, site, prefix):
        with pytest.raises(Usage):
            exported(site, "out.tar", prefix=prefix)
        assert not beside(site, "out.tar").exists()

    def test_purged_content(self, site):
        purge(site.context(), PurgeRequest((b"d/b", b"a")), "a key")
        for name in ("out.tar", "made", "out.tar.zst"):
            with pytest.raises(Missing, match=r"a and 1 more cannot be exported: .* purged"):
                exported(site, name)
            assert not beside(site, name).exists()
            report = exported(site, name, skip_purged=True)
            assert report.skipped == (b"a", b"d/b")
        assert site.kinds(in_folder(beside(site, "made"))) == {
            path: kind for path, kind in site.kinds(FILES).items() if path not in {b"a", b"d/b"}
        }


class TestPlace:
    @pytest.mark.parametrize("name", ["out.tar", "made"])
    def test_what_is_there_stays(self, site, name):
        place = beside(site, name)
        make: Callable[[Path], object] = Path.touch if "." in name else Path.mkdir
        make(place)
        with pytest.raises(Conflict) as caught:
            exported(site, name)
        assert caught.value.code == "already-exists"
        exported(site, name, force=True)
        assert place.is_dir() or place.stat().st_size

    def test_what_force_does_not_replace(self, site):
        beside(site, "made").mkdir()
        (beside(site, "made") / "mine").write_bytes(b"mine")
        beside(site, "out.tar").mkdir()
        beside(site, "file").write_bytes(b"mine")
        for name in ("made", "out.tar", "file"):
            with pytest.raises(Conflict):
                exported(site, name, force=True)
        assert (beside(site, "made") / "mine").read_bytes() == b"mine"

    def test_nothing_is_left_of_what_fails(self, site):
        packs = os.path.join(site.repository_folder, "packs")
        for name in os.listdir(packs):
            path = Path(packs) / name
            content = bytearray(path.read_bytes())
            content[40] ^= 1
            path.write_bytes(content)
        for name in ("out.tar", "made", "out.tar.zst", "out.zip"):
            with pytest.raises((Damaged, ContentvcError)):
                exported(site, name)
        assert os.listdir(beside(site, "")) == ["site"]

    def test_a_folder_that_is_not_there(self, site):
        with pytest.raises(ContentvcError):
            exported(site, "no/such/out.tar")

    def test_a_second_export_does_not_replace_the_first(self, site):
        exported(site, "out.tar")
        shutil.copy(beside(site, "out.tar"), beside(site, "kept"))
        with pytest.raises(Conflict):
            exported(site, "out.tar")
        assert beside(site, "out.tar").read_bytes() == beside(site, "kept").read_bytes()


def test_format_of():
    names = ["a.tar", "a.TAR", "a.tar.zst", "a.zip", "a", "a.zst", "tar"]
    assert [format_of(name).value for name in names] == [
        "tar", "tar", "tar.zst", "zip", "folder", "folder", "folder"
    ]  # fmt: skip
