"""Requests to a bucket with 1,000 commits in 1,000 packs, all of them counted on the way."""

from pathlib import Path

import pytest

from benchmarks.many_packs import PATHS, content_of, copy_to, many_packs
from benchmarks.proxy import Proxy
from benchmarks.reading_afar import read_afar
from contentvc.ids import ObjectId
from contentvc.remotes.location import parse_location, storage_at
from tests.servers.people import Person

COMMITS = 1_000
OLD = 137


@pytest.fixture(scope="module")
def url(seaweedfs) -> str:
    return "s3://places/history"


@pytest.fixture(scope="module")
def commits(seaweedfs, url) -> list[ObjectId]:
    """All commits of the bucket, oldest first."""
    replica, made = many_packs(COMMITS)
    assert len(list(replica.list("packs/"))) == COMMITS
    copy_to(storage_at(parse_location(url, b"/"), seaweedfs.variables()), replica)
    return made


@pytest.fixture(scope="module")
def proxy(seaweedfs):
    with Proxy(seaweedfs.port) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def people(commits, url, proxy, seaweedfs, tmp_path_factory):
    folder: Path = tmp_path_factory.mktemp("people")
    variables = seaweedfs.variables(proxy.port)
    return [Person(folder / name, variables).clone(url) for name in ("ada", "eve")]


def requests(proxy: Proxy, person: Person, *arguments: str) -> tuple[str, ...]:
    """What the command asked the bucket."""
    proxy.reset()
    person.do(*arguments)
    assert proxy.traffic.requests, "the proxy is not in between"
    return proxy.traffic.lines


def test_fetch_with_nothing_new_is_one(proxy, people):
    for person in people:
        lines = requests(proxy, person, "fetch")
        assert len(lines) <= 1, lines


def test_push_of_one_small_commit_is_at_most_six_and_so_is_its_fetch(proxy, people):
    """But for the first push of a clone, which finds out whether the bucket may be written."""
    ada, eve = people
    ada.commit({b"edited.md": b"first edit\n"})
    lines = requests(proxy, ada, "push")
    assert len(lines) <= 6 + 4, lines
    for number in range(3):
        new = ada.commit({b"edited.md": b"edit %d\n" % number})
        lines = requests(proxy, ada, "push")
        assert len(lines) <= 6, lines
        lines = requests(proxy, eve, "fetch")
        assert len(lines) <= 6, lines
        assert eve.refs()["remote/origin/main"] == new


def test_a_small_file_of_an_old_version_is_at_most_eight(proxy, commits, url, seaweedfs):
    for number in (OLD, 1, COMMITS // 2):
        proxy.reset()
        path = PATHS[number % len(PATHS)].encode()
        content = read_afar(url, seaweedfs.variables(proxy.port), commits[number], path)
        assert content == content_of(number)
        assert len(proxy.traffic.lines) <= 8, proxy.traffic.lines
