"""A line that cuts, stalls, slows, repeats and loses answers, at random, during clone, push, sync.

Whatever a command said, the bucket is sound afterwards, the same command works once the line is
quiet, and nothing is lost or there twice. A longer campaign is a matter of two variables:
``CONTENTVC_TROUBLES=2000 CONTENTVC_SEED=5 pytest tests/e2e/test_trouble_on_the_way.py``.
"""

import os
from pathlib import Path
from random import Random

import pytest

from benchmarks.proxy import Fault, Proxy, Trouble
from tests.servers.people import Person, Refused, nobody
from tests.servers.running import Places

TROUBLES = int(os.environ.get("CONTENTVC_TROUBLES", "200"))
SEED = int(os.environ.get("CONTENTVC_SEED", "1"))
STORIES = 10
"""Each tells so many of all commands, with a bucket of its own."""
EXPECTED = {"unreachable", "storage-failed", "start-over", "ref-moved", "not-fast-forward", "busy"}


@pytest.mark.parametrize("story", range(STORIES))
def test_every_command_is_all_or_nothing(tmp_path, places, seaweedfs, story):
    with Proxy(seaweedfs.port, seed=story, pause=0.05) as proxy:
        _Story(tmp_path, places, proxy, SEED * 1_000 + story).tell(TROUBLES // STORIES)


class _Story:
    """Two people and a bucket; what each has committed is remembered."""

    def __init__(self, folder: Path, places: Places, proxy: Proxy, seed: int) -> None:
        self.folder = folder
        self.place = places.new("s3")
        self.quiet = places.variables
        self.proxy = proxy
        self.random = Random(seed)
        self.trouble = Trouble(seed, share=0.25)
        variables = places.variables_through(proxy)
        ada = Person(folder / "ada", variables).init()
        ada.commit({b"first.bin": self.random.randbytes(200_000)}, "first")
        ada.do("remote", "add", "origin", self.place)
        ada.do("push", "origin")
        self.people = [ada, Person(folder / "eve", variables).clone(self.place)]
        self.committed: dict[bytes, bytes] = dict(ada.files())
        self.messages = ["first"]
        self.number = 0
        self.disturbed = 0

    def tell(self, commands: int) -> None:
        for _ in range(commands):
            self.random.choice((self.sync, self.sync, self.push, self.clone))()
        assert self.disturbed, "no command met any trouble"
        for person in self.people:
            person.do("sync")
        self.people[0].do("sync")
        seen = nobody(self.folder, self.place, self.quiet)
        assert seen.files() == self.committed
        assert [one.files() for one in self.people] == [self.committed] * 2
        log = [one["message"] for one in seen.do("log")["commits"]]
        assert sorted(one for one in log if one in self.messages) == sorted(self.messages)

    def sync(self) -> None:
        person = self.edit()
        self.attempt(person, "sync")
        person.do("sync")

    def push(self) -> None:
        person = self.people[self.random.randrange(2)]
        person.do("sync")
        self.edit(person)
        self.attempt(person, "push")
        person.do("push")

    def clone(self) -> None:
        """One that fails leaves nothing that the next attempt stumbles over."""
        self.number += 1
        person = Person(self.folder / f"guest-{self.number}", self.people[0].variables)
        self.attempt(person, "clone", self.place, str(person.root))
        if not person.is_cloned:
            person.clone(self.place)
        person.do("sync")
        person.check()
        assert (
            person.refs()["branch/main"]
            == nobody(self.folder, self.place, self.quiet).refs()["branch/main"]
        )

    def edit(self, person: Person | None = None) -> Person:
        person = person or self.people[self.random.randrange(2)]
        self.number += 1
        path = b"%s-%d.bin" % (person.name.encode(), self.number)
        self.committed[path] = self.random.randbytes(self.random.choice((50, 5_000, 150_000)))
        self.messages.append(f"edit {self.number}")
        person.commit({path: self.committed[path]}, self.messages[-1])
        return person

    def attempt(self, person: Person, *arguments: str) -> None:
        """With trouble on the line, which ends before this returns."""
        self.proxy.reset()
        self.proxy.disturb = self.trouble
        ran = person.try_to(*arguments)
        self.proxy.disturb = lambda _: None
        if ran.code:
            refused = Refused(arguments, ran)
            assert refused.code in EXPECTED, refused
            assert self.proxy.traffic.faults, f"nothing disturbed it: {refused}"
        self.disturbed += bool(self.proxy.traffic.faults)


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.REPEATED, Fault.TORN])
@pytest.mark.parametrize("which", range(4))
def test_the_answer_of_a_conditional_put_is_lost(tmp_path, places, seaweedfs, fault, which):
    """Each create of a push in turn: it happened once, and the push says so."""
    place, quiet = places.new("s3"), places.variables
    with Proxy(seaweedfs.port, seed=which) as proxy:
        ada = Person(tmp_path / "ada", places.variables_through(proxy)).init()
        ada.commit({b"a": b"a\n"})
        ada.do("remote", "add", "origin", place)
        ada.do("push", "origin")
        before = nobody(tmp_path, place, quiet).do("log")["commits"]
        wanted = ada.commit({b"b": b"b\n"})
        creates = []

        def disturb(request):
            if request.header(b"if-none-match") is None:
                return None
            creates.append(request.line)
            return fault if len(creates) == which + 1 else None

        proxy.disturb = disturb
        ada.do("push")
        proxy.disturb = lambda _: None
        if len(creates) <= which:
            assert which, "a push creates something"
            return
    seen = nobody(tmp_path, place, quiet)
    assert seen.refs()["branch/main"] == wanted
    assert len(seen.do("log")["commits"]) == len(before) + 1
