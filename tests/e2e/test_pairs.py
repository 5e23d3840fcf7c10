"""Every pair of kinds: what is pushed to one and on to the other is the same there and back."""

from random import Random

import pytest

from tests.actions.site import Link, Program
from tests.servers.people import Person, nobody
from tests.servers.running import KINDS

LARGE = Random("large").randbytes(900_000)
FILES = {
    b"prompts/first.md": b"# First\n",
    b"prompts/copy.md": b"# First\n",
    b"evals/cases.jsonl": b"".join(b'{"id": %d, "text": "case %d"}\n' % (n, n) for n in range(300)),
    b"model.bin": LARGE,
    b"run.sh": Program(b"#!/bin/sh\n"),
    b"link": Link(b"prompts/first.md"),
    b"empty": b"",
    b"\xff\xfe not text": b"name",
}


@pytest.fixture
def variables(places):
    return places.variables


@pytest.fixture
def ada(tmp_path, variables):
    """Somebody with two branches, a merge, tags, and a large file in two versions."""
    ada = Person(tmp_path / "ada", variables).init()
    ada.commit(FILES, "first")
    ada.do("tag", "v1")
    ada.do("switch", "--create", "trial")
    ada.commit({b"prompts/second.md": b"# Second\n"}, "on a branch")
    ada.do("switch", "main")
    ada.commit({b"model.bin": LARGE[:400_000] + b"edited" + LARGE[400_000:]}, "edited")
    ada.do("merge", "trial")
    ada.do("tag", "v2")
    return ada


@pytest.mark.parametrize("first", KINDS)
@pytest.mark.parametrize("second", KINDS)
def test_there_and_back(tmp_path, places, variables, ada, first, second):
    here, there = places.new(first), places.new(second)
    ada.do("remote", "add", "here", here)
    ada.do("push", "here", "main", "trial", "--tags")

    eve = Person(tmp_path / "eve", variables).clone(here)
    assert eve.files() == ada.files()
    eve.do("switch", "trial")
    assert eve.shared_refs() == ada.shared_refs()
    eve.do("remote", "add", "there", there)
    eve.do("push", "there", "main", "trial", "--tags")
    eve.check()

    ada.do("remote", "add", "there", there)
    ada.do("fetch", "there")
    refs = ada.refs()
    for branch in ("main", "trial"):
        assert refs[f"remote/there/{branch}"] == refs[f"branch/{branch}"]

    new = eve.commit({b"prompts/third.md": b"# Third\n"}, "goes back")
    eve.do("push", "there", "trial")
    ada.do("switch", "trial")
    ada.do("pull", "there")
    assert ada.refs()["branch/trial"] == new
    assert ada.files()[b"prompts/third.md"] == b"# Third\n"
    ada.do("push", "here", "trial")
    ada.check()

    for place in (here, there):
        seen = nobody(tmp_path, place, variables)
        seen.do("switch", "trial")
        assert seen.shared_refs() == ada.shared_refs()
        assert seen.files() == ada.files()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_pushed_twice_is_there_once(places, variables, ada, kind):
    place = places.new(kind)
    ada.do("remote", "add", "origin", place)
    ada.do("push", "origin")
    before = ada.do("remote", "show", "origin")
    ada.do("push", "origin")
    assert ada.do("remote", "show", "origin") == before
