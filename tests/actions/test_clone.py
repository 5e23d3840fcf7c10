"""Clone: a replica and a working tree, made in steps that may be done again."""

import os

import pytest

from contentvc.actions.clone import CloneReport, CloneRequest, Surroundings, clone, folder_of
from contentvc.actions.context import Context
from contentvc.actions.log import LogRequest, log
from contentvc.actions.progress import Silent
from contentvc.errors import Conflict, Missing, Unreachable
from contentvc.ids import blob_id
from contentvc.repository import Repository
from contentvc.worktree.place import Place, find
from contentvc.worktree.workers import Inline
from tests.actions.site import ACTOR, Site

SMALL = b"a small file\n"
LARGE = os.urandom(900_000)


def surroundings(site: Site) -> Surroundings:
    def context(repository: Repository, place: Place) -> Context:
        return Context(
            repository=repository,
            place=place,
            who=lambda: ACTOR,
            command=("clone",),
            now=site.clockwork.now(),
            zone=0,
            workers=Inline(),
            progress=Silent(),
            on_wait=lambda: None,
        )

    return Surroundings(site.clockwork, lambda: ACTOR, ("clone",), {}, b"/", context)


def made(site: Site, folder: os.PathLike[str], **more: object) -> CloneReport:
    request = CloneRequest(os.fsdecode(site.root), os.fsencode(folder), **more)  # type: ignore[arg-type]
    return clone(request, surroundings(site))


def content(site: Site, path: bytes) -> bytes:
    with open(os.path.join(site.root, path), "rb") as file:
        return file.read()


@pytest.fixture
def full(tmp_path) -> Site:
    site = Site(tmp_path / "full").init()
    site.write({b"small": SMALL, b"large": LARGE, b"folder/other": b"another\n"})
    site.commit("first")
    site.switch("other", create=True)
    site.write({b"folder/other": b"on the other branch\n"}).commit("second")
    site.switch("main")
    return site


def test_a_clone_has_everything(full, tmp_path):
    report = made(full, tmp_path / "clone")
    site = Site(tmp_path / "clone")
    mine, theirs = site.repository(), full.repository()
    assert mine.description.repository == theirs.description.repository
    assert mine.description.replica != theirs.description.replica
    assert report.ref == "branch/main"
    assert report.commit == theirs.view.refs["branch/main"].id == mine.view.refs["branch/main"].id
    assert mine.view.refs["remote/origin/other"].id == theirs.view.refs["branch/other"].id
    assert content(site, b"large") == LARGE
    assert (report.files, report.size) == (3, len(SMALL) + len(LARGE) + len(b"another\n"))
    assert not site.status().changes
    assert site.verify().ok
    assert not os.path.lexists(os.path.join(find(site.root).folder, b"clone"))
    site.write({b"new": b"new\n"}).commit("goes on")


def test_another_branch_or_a_tag(full, tmp_path):
    from contentvc.actions.branches import create_ref
    from contentvc.history.names import TAG

    create_ref(full.context(), TAG, "v1", "main", force=False)
    assert made(full, tmp_path / "one", branch="other").ref == "branch/other"
    assert content(Site(tmp_path / "one"), b"folder/other") == b"on the other branch\n"
    report = made(full, tmp_path / "two", branch="v1")
    assert report.ref is None
    assert report.commit == full.repository().view.refs["branch/main"].id
    with pytest.raises(Missing):
        made(full, tmp_path / "three", branch="nothing")
    assert not os.path.lexists(tmp_path / "three")


def test_an_empty_remote(tmp_path):
    empty = Site(tmp_path / "empty").init()
    report = made(empty, tmp_path / "clone")
    assert (report.ref, report.commit) == ("branch/main", None)
    Site(tmp_path / "clone").write({b"a": b"a\n"}).commit("first")


def test_a_folder_that_is_not_empty_is_refused(full, tmp_path):
    (tmp_path / "clone").mkdir()
    (tmp_path / "clone" / "mine").write_text("mine")
    with pytest.raises(Conflict) as failed:
        made(full, tmp_path / "clone")
    assert failed.value.code == "not-empty"
    assert os.listdir(tmp_path / "clone") == ["mine"]
    made(full, tmp_path / "other")
    with pytest.raises(Conflict):
        made(full, tmp_path / "other")


def test_nothing_there(tmp_path):
    site = Site(tmp_path / "away")
    with pytest.raises(Missing):
        made(site, tmp_path / "clone")
    assert not os.path.lexists(tmp_path / "clone")


def test_a_lazy_clone_has_what_is_checked_out(full, tmp_path):
    full.remove(b"large").commit("without")
    report = made(full, tmp_path / "clone", lazy=True)
    assert report.lazy
    site = Site(tmp_path / "clone")
    assert not site.status().changes
    assert site.repository().objects.has(blob_id(SMALL))
    assert not site.repository().objects.has(blob_id(LARGE))
    verdict = site.verify()
    assert verdict.ok
    assert verdict.elsewhere == 2
    assert verdict.holders == ("origin",)
    os.rename(full.root, full.root + b"-away")
    assert len(list(log(site.context(), LogRequest("HEAD")))) == 2
    with pytest.raises(Unreachable) as failed:
        site.switch("HEAD~1", detach=True)
    assert failed.value.details["path"] == "large"
    assert not site.status().changes
    os.rename(full.root + b"-away", full.root)
    site.switch("HEAD~1", detach=True)
    assert content(site, b"large") == LARGE


def test_a_sparse_clone_has_some_files(full, tmp_path):
    with pytest.raises(Missing):
        made(full, tmp_path / "clone", paths=(b"nothing",))
    report = made(full, tmp_path / "clone", paths=(b"folder",), lazy=False)
    assert report.resumed
    assert (report.place.sparse, report.files) == ((b"folder",), 1)
    site = Site(tmp_path / "clone")
    assert not os.path.lexists(os.path.join(site.root, b"large"))
    assert not site.status().changes
    site.write({b"folder/other": b"edited\n"}).commit("edit")
    assert set(site.at("main")) == {b"small", b"large", b"folder/other"}


def test_a_lazy_sparse_clone_has_the_content_of_some_files(full, tmp_path):
    made(full, tmp_path / "clone", paths=(b"folder",), lazy=True)
    site = Site(tmp_path / "clone")
    assert site.repository().objects.has(blob_id(b"another\n"))
    assert not site.repository().objects.has(blob_id(LARGE))


def test_another_clone_in_the_same_folder_is_refused(full, tmp_path):
    with pytest.raises(Missing):
        made(full, tmp_path / "clone", paths=(b"nothing",))
    with pytest.raises(Conflict) as failed:
        made(full, tmp_path / "clone", lazy=True)
    assert failed.value.code == "not-empty"


def test_what_a_clone_is_called():
    assert folder_of("s3://bucket/team/evals/") == "evals"
    assert folder_of("../evals") == "evals"
    assert folder_of("/") == ""
    assert folder_of("s3://") == ""
