"""A secret that was committed and taken back never leaves the machine, whatever is pushed after."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from contentvc.history.log import Clockwork
from contentvc.remotes.location import parse_location, storage_at
from contentvc.repository import Repository
from contentvc.storage.contract import Storage
from tests.servers.people import Person, nobody
from tests.servers.running import KINDS

SECRET = b"token-3f9a1c2b7d04-never-to-be-shared"
NAME = b"a-name-nobody-may-read"
MESSAGE = "a-message-nobody-may-read"
NEIGHBOURS = {
    b"prompts/%02d.md" % n: b"# Prompt %d\nAnswer in %d words.\n" % (n, n) for n in range(40)
}
LARGE = b"".join(b"%08d of a large file, line by line\n" % n for n in range(40_000))


@pytest.fixture(params=KINDS)
def place(request, places):
    return places.new(request.param)


@pytest.fixture
def ada(tmp_path, places):
    """Somebody who committed a secret among other things, and took it back."""
    ada = Person(tmp_path / "ada", places.variables).init()
    ada.commit({b"large.txt": LARGE}, "before")
    secret = {b"prompts/" + NAME: SECRET, b"large.txt": LARGE[:700_000] + SECRET + LARGE[700_000:]}
    ada.commit(NEIGHBOURS | secret, MESSAGE)
    ada.do("undo")
    os.unlink(ada.root / "prompts" / os.fsdecode(NAME))
    ada.write({b"large.txt": LARGE})
    # The neighbours' blobs are stored already, in blocks that hold the secret too.
    ada.commit({b"large.txt": LARGE + b"one more line\n"}, "without it")
    return ada


def test_not_one_byte_of_it_arrives(tmp_path, places, ada, place):
    variables = places.variables
    assert SECRET in b"".join(everything(ada.site.repository().storage)), "it is here"
    ada.do("remote", "add", "origin", place)
    ada.do("push", "origin")
    eve = Person(tmp_path / "eve", variables).clone(place)
    eve.commit({b"more.md": b"more\n"})
    eve.do("push")
    ada.do("fetch")
    ada.do("sync")
    bob = Person(tmp_path / "bob", variables).clone(str(ada.root))
    bob.check()
    wanted = {path for path in ada.files() if path.startswith(b"prompts/")}
    assert wanted == set(NEIGHBOURS)
    storages = (
        storage_at(parse_location(place, b"/"), variables),
        eve.site.repository().storage,
        bob.site.repository().storage,
    )
    for storage in storages:
        for content in everything(storage):
            for secret in (SECRET, NAME, MESSAGE.encode()):
                assert secret not in content
    nobody(tmp_path, place, variables)


def test_neither_saved_changes_nor_stashes_arrive(tmp_path, places, ada, place):
    ada.write({b"large.txt": SECRET})
    ada.do("restore", "large.txt")
    ada.write({b"large.txt": SECRET + b" once more"})
    ada.do("stash", "push", "-m", MESSAGE)
    ada.do("remote", "add", "origin", place)
    ada.do("sync")
    for content in everything(storage_at(parse_location(place, b"/"), places.variables)):
        assert SECRET not in content
        assert MESSAGE.encode() not in content


def everything(storage: Storage) -> Iterator[bytes]:
    """All that is stored: names, files as they lie there, and what is in every block of packs."""
    for name in storage.list(""):
        yield name.encode()
        yield storage.read(name)
    clockwork = Clockwork(lambda: 0, os.urandom, lambda _: None)
    repository = Repository.open(storage, clockwork)
    listed = {f"packs/{pack.hex()}" for pack in repository.view.packs}
    assert set(storage.list("packs/")) == listed, "what follows is every pack"
    for pack in repository.view.packs:
        for number, block in enumerate(repository.objects.index.footer(pack).blocks):
            yield repository.objects.read_block(pack, number, block)


def test_the_search_finds_what_is_there(tmp_path):
    ada = Person(Path(tmp_path) / "ada").init()
    ada.commit(NEIGHBOURS | {b"prompts/x": SECRET})
    assert any(SECRET in content for content in everything(ada.site.repository().storage))
