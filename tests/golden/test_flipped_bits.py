"""One flipped bit anywhere is told of by `verify`, or was in a cache; and no read is ever wrong.

One bit of every byte of every file is flipped, which bit it is changes from byte to byte. With
CONTENTVC_EVERY_BIT=1 in the environment it is every bit, which takes some minutes.
"""

import json
import os
from pathlib import Path

import pytest

from contentvc.errors import Damaged
from contentvc.ids import ObjectId
from contentvc.repository import Repository
from contentvc.storage.memory import MemoryStorage
from contentvc.upkeep.verify import verify
from tests.golden.small import files
from tests.history.scenes import clockwork

HERE = Path(__file__).parent
FOLDER = HERE / "layout-1"
NAMES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file())
STORED = {name: (FOLDER / name).read_bytes() for name in NAMES}
EXPECTED = json.loads((HERE / "layout-1.json").read_text())["commits"]
EVERY_BIT = bool(os.environ.get("CONTENTVC_EVERY_BIT"))
CLOCKWORK = clockwork()


class Overlaid(MemoryStorage):
    """The golden files, one of them damaged."""

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__()
        self._contents = STORED | {name: content}


def flips(content: bytes):
    """Number of a bit and the content with that bit flipped."""
    bits = range(8 * len(content))
    chosen = bits if EVERY_BIT else (8 * byte + byte * 5 % 8 for byte in range(len(content)))
    for bit in chosen:
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        yield bit, bytes(flipped)


def is_told(storage: MemoryStorage) -> bool:
    """Whether opening or verifying says that something is wrong."""
    try:
        return not verify(Repository.open(storage, CLOCKWORK), quick=False).ok
    except Damaged:
        return True


def check_reads(storage: MemoryStorage) -> bool:
    """Whether everything could be read; nothing that could be read differs from what it was."""
    try:
        repository = Repository.open(storage, CLOCKWORK)
    except Damaged:
        return False
    complete = True
    for commit, expected in EXPECTED.items():
        try:
            tree = repository.commit(ObjectId(bytes.fromhex(commit))).tree
            found = files(repository, tree)
        except Damaged:
            complete = False
            continue
        assert {path.hex(): [mode, blob.hex()] for path, mode, blob in found} == expected
    return complete


@pytest.mark.parametrize("name", NAMES)
def test_a_flipped_bit_is_told_of_or_was_in_a_cache(name):
    is_cache = name == "view" or name.startswith("indexes/")
    for bit, content in flips(STORED[name]):
        storage = Overlaid(name, content)
        assert is_cache or is_told(storage), f"bit {bit} of {name} was not noticed"
        complete = check_reads(storage)
        assert complete or not is_cache, f"bit {bit} of the cache {name} made something unreadable"
