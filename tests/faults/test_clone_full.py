"""A disk that runs full at each write of a clone: one clear error, and the next attempt works."""

import errno
from itertools import count
from random import Random

import pytest

from contentvc.errors import ContentvcError
from tests.faults.seam import fail_from
from tests.servers.people import Person, Refused

STEP = 8
"""Of so many writes one is tried: each costs half a dozen commands."""
FILES = {
    b"a.md": b"a\n",
    b"folder/b.md": b"b\n",
    b"large.bin": Random(1).randbytes(300_000),
}


@pytest.fixture
def remote(tmp_path):
    """A folder that was pushed to."""
    ada = Person(tmp_path / "ada").init()
    ada.commit(FILES, "first")
    ada.commit({b"a.md": b"edited\n"}, "second")
    ada.do("remote", "add", "origin", str(tmp_path / "remote"))
    ada.do("push", "origin")
    return ada


@pytest.mark.parametrize("options", [(), ("--lazy",)])
def test_one_clear_error_and_the_next_attempt_works(tmp_path, remote, options):
    place = str(tmp_path / "remote")

    refused = 0
    for nth in count(1, STEP):
        eve = Person(tmp_path / str(nth) / "eve")
        outcome = fail_from(lambda eve=eve: eve.clone(place, *options), nth, errno.ENOSPC)
        if outcome.error is not None:
            refused += 1
            assert isinstance(outcome.error, Refused | ContentvcError), outcome.error
            assert outcome.error.code in {"disk-full", "storage-failed"}, outcome.error
        if not eve.is_cloned:
            eve.clone(place, *options)
        eve.do("fetch")
        assert eve.do("status")["clean"], "also where the clone was left half done"
        assert eve.files() == remote.files()
        assert eve.refs()["branch/main"] == remote.refs()["branch/main"]
        eve.check()
        if not outcome.hit:
            break
    assert refused > 5
    remote.check()
