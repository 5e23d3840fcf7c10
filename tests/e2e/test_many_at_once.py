"""Many people who run `sync` on one branch at once, each a process of its own."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cli.terminal import start
from tests.servers.people import Person, nobody
from tests.servers.running import KINDS

PEOPLE = int(os.environ.get("CONTENTVC_PEOPLE", "4"))
ROUNDS = 2


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_lost_or_there_twice(tmp_path, places, kind):
    location = places.new(kind)
    first = Person(tmp_path / "person-0", places.variables).init()
    first.commit({b"first.md": b"first\n"})
    first.do("remote", "add", "origin", location)
    first.do("push", "origin")
    others = [Person(tmp_path / f"person-{n}", places.variables) for n in range(1, PEOPLE)]
    people = [first, *(person.clone(location) for person in others)]

    def work(person: Person) -> None:
        for number in range(ROUNDS):
            name = f"{person.name}-{number}"
            person.write({name.encode(): name.encode()})
            for words in (("commit", "-m", name), ("sync",)):
                done = start(*words, cwd=person.root, env=person.variables)
                assert done.returncode == 0, done.stderr.decode()

    with ThreadPoolExecutor(PEOPLE) as threads:
        list(threads.map(work, people))

    seen = nobody(tmp_path, location, places.variables)
    names = {f"{person.name}-{number}" for person in people for number in range(ROUNDS)}
    assert {name.decode() for name in seen.files()} == names | {"first.md"}
    messages = [commit["message"] for commit in seen.do("log")["commits"]]
    assert sorted(one for one in messages if one in names) == sorted(names)
    for person in people:
        person.do("sync")
        assert person.files() == seen.files()
        person.check()
