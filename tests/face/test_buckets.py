"""Repositories that are read where they are: in a bucket, or by a file:// URL."""

import pickle

import pytest

import contentvc
from tests.actions.site import ACTOR
from tests.servers.running import seaweedfs

__all__ = ["seaweedfs"]

URL = "s3://team/shared/support"


@pytest.fixture
def workspace(tmp_path):
    workspace = contentvc.init(tmp_path / "work", author=ACTOR)
    for number in range(1, 4):
        (tmp_path / "work" / "prompt.md").write_text(f"Version {number}.\n")
        workspace.commit(f"Version {number}")
    return workspace


@pytest.fixture(scope="module")
def variables(seaweedfs):
    seaweedfs.make_bucket("team")
    return seaweedfs.variables(who="writer")


@pytest.fixture
def bucket(variables, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def test_an_old_file_is_read_from_a_bucket(bucket, workspace):
    workspace.remotes.add("origin", URL)
    workspace.push()
    repository = contentvc.open_repository(URL)
    assert repository.path == URL
    assert repository.at("main~2").tree["prompt.md"].text() == "Version 1.\n"
    assert next(one.message for one in repository.log("main")) == "Version 3"
    version = repository.at("main~1")
    assert pickle.loads(pickle.dumps(version)).tree["prompt.md"].text() == "Version 2.\n"  # noqa: S301
    workspace.remotes.remove("origin")


def test_what_is_pushed_while_it_is_open_is_seen(bucket, workspace, tmp_path):
    url = f"{URL}-2"
    workspace.remotes.add("origin", url)
    workspace.push()
    repository = contentvc.open_repository(url)
    before = repository.at("main")
    (tmp_path / "work" / "prompt.md").write_text("Newer.\n")
    workspace.commit("Newer")
    workspace.push()
    assert repository.at("main").tree["prompt.md"].text() == "Newer.\n"
    assert before.tree["prompt.md"].text() == "Version 3.\n"
    assert repository.as_of(2).at("main") == before


def test_a_bucket_without_a_repository_does_not_answer(bucket):
    with pytest.raises(contentvc.Unreachable):
        contentvc.open_repository("s3://team/nothing")


def test_a_url_of_a_folder(workspace, tmp_path):
    repository = contentvc.open_repository((tmp_path / "work").as_uri())
    assert repository.at("main").message == "Version 3"


@pytest.mark.parametrize("url", ["s3://key:secret@team/x", "ftp://team/x", "s3://"])
def test_urls_that_are_none(url):
    with pytest.raises(contentvc.Usage) as caught:
        contentvc.open_repository(url)
    assert "secret" not in caught.value.message
