"""A real evaluation suite shared through a folder and a bucket at once, as a team does it.

Where the archives are not at hand, the same is done with content made here.
"""

import json
import shutil
from random import Random

import pytest

from benchmarks.datasets import Absent, Version, lm_eval
from benchmarks.proxy import Fault
from tests.actions.site import Program
from tests.servers.people import Person, nobody
from tests.servers.running import KINDS

MOST = 1_500
"""Files of each revision that are taken of the real suite; all of them take minutes."""


def made() -> tuple[Version, Version]:
    first = {f"tasks/{n % 7}/task-{n}.yaml": b"task: %d\nmetric: acc\n" % n for n in range(300)}
    second = {path: text for path, text in first.items() if not path.endswith("3.yaml")}
    second |= {"tasks/large.bin": Random(1).randbytes(700_000), "tasks/run.sh": b"#!/bin/sh\n"}
    return Version(first), Version(second, frozenset({"tasks/run.sh"}))


@pytest.fixture(scope="module")
def versions():
    try:
        return tuple(map(some, lm_eval()))
    except Absent:
        return made()


def some(version: Version) -> Version:
    step = -(-len(version.files) // MOST)
    return Version({path: version.files[path] for path in sorted(version.files)[::step]})


def files_of(version: Version) -> dict[bytes, bytes]:
    return {
        path.encode(): Program(content) if path in version.executables else content
        for path, content in version.files.items()
    }


def put(person: Person, version: Version) -> None:
    for path in person.root.iterdir():
        if path.name != ".contentvc":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    person.write(files_of(version))


@pytest.fixture
def ada(tmp_path, versions, places):
    """Somebody with both revisions, who knows a folder and a bucket."""
    ada = Person(tmp_path / "ada", places.variables).init()
    for number, version in enumerate(versions, 1):
        put(ada, version)
        ada.commit(message=f"revision {number}")
        ada.do("tag", f"v{number}")
    ada.places = {"folder": places.new("folder"), "bucket": places.new("s3")}
    for name, place in ada.places.items():
        ada.do("remote", "add", name, place)
    return ada


def test_pushed_to_both_at_once_and_cloned_from_each(tmp_path, places, ada, versions):
    ada.do("sync", "--all")
    for place in ada.places.values():
        seen = nobody(tmp_path, place, places.variables)
        assert seen.shared_refs() == ada.shared_refs()
        assert seen.files() == files_of(versions[1])
        seen.do("switch", "--create", "earlier", "v1")
        assert seen.files() == files_of(versions[0])
    ada.check()


@pytest.mark.parametrize("requests", [2, 3, 4])
def test_one_is_taken_away_and_another_clone_settles_it(tmp_path, places, proxy, requests):
    """The bucket answers so many requests of a sync, and then none until it is back."""
    quiet = places.variables
    where = {"folder": places.new("folder"), "bucket": places.new("s3")}
    ada = Person(tmp_path / "ada", places.variables_through(proxy)).init()
    ada.commit({b"a.md": b"first\n"})
    for name, place in where.items():
        ada.do("remote", "add", name, place)
    ada.do("sync", "--all")
    eve = Person(tmp_path / "eve", quiet).clone(where["folder"])
    eve.do("remote", "add", "bucket", where["bucket"])
    new = ada.commit({b"a.md": b"second\n"})
    seen = []

    def go_away(request):
        seen.append(request.line)
        return Fault.REFUSED if len(seen) > requests else None

    proxy.disturb = go_away
    ran = ada.try_to("sync", "--all")
    assert len(seen) > requests, "it was taken away in the middle"
    assert ran.code == 5 or "does not answer" in ran.out, ran
    eve.hurry = 50
    eve.do("sync", "--all")
    assert [one["pushes"] for one in eve.do("sync", "--status")["remotes"]] == [[], []]
    heads = {nobody(tmp_path, place, quiet).refs()["branch/main"] for place in where.values()}
    assert len(heads) == 1, "both moved, or none"
    ada.variables |= quiet
    ada.do("sync", "--all")
    for place in where.values():
        assert nobody(tmp_path, place, quiet).refs()["branch/main"] == new


def records(count: int, **changed: str) -> bytes:
    return b"".join(
        json.dumps({"id": f"r{n}", "text": changed.get(f"r{n}", f"record {n}")}).encode() + b"\n"
        for n in range(count)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_edits_of_different_records_of_one_file_need_nobody(tmp_path, places, kind):
    variables, place = places.variables, places.new(kind)
    declared = {b"contentvc.toml": b'[sets.cases]\npaths = ["cases.jsonl"]\nkey = "id"\n'}
    ada = Person(tmp_path / "ada", variables).init()
    ada.commit(declared | {b"cases.jsonl": records(50)})
    ada.do("remote", "add", "origin", place)
    ada.do("sync")
    eve = Person(tmp_path / "eve", variables).clone(place)
    appended = {
        name: b'{"id": "%s", "text": "appended"}\n' % name.encode() for name in ("ada", "eve")
    }
    ada.commit({b"cases.jsonl": records(50, r10="by ada") + appended["ada"]})
    eve.commit({b"cases.jsonl": records(50, r11="by eve") + appended["eve"]})
    ada.do("sync")
    eve.do("sync")
    ada.do("sync")
    assert ada.files() == eve.files()
    lines = ada.files()[b"cases.jsonl"].splitlines(keepends=True)
    merged = records(50, r10="by ada", r11="by eve").splitlines(keepends=True)
    assert sorted(lines) == sorted([*merged, *appended.values()])
    assert nobody(tmp_path, place, variables).files() == ada.files()
