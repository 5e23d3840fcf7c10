"""Many packs: a replica of so many commits, each in a pack of its own, made in a few seconds."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Final

from contentvc.changes.edit import FileEdit, edit_tree
from contentvc.history.draft import Draft, RefMove
from contentvc.history.log import Clockwork
from contentvc.ids import ObjectId
from contentvc.remotes.layout import LayoutRemote
from contentvc.remotes.memory import Memory
from contentvc.repository import DEFAULT_BRANCH, Repository
from contentvc.snapshots.commit import Commit, encode_commit
from contentvc.snapshots.tree import Mode
from contentvc.storage.contract import Storage
from contentvc.storage.memory import MemoryStorage

__all__ = ["PATHS", "content_of", "copy_to", "many_packs"]

_AUTHOR: Final = "Benchmark <benchmark@content.example>"
_FILES: Final = 400
_BYTES: Final = 2_000
PATHS: Final = tuple(f"prompts/{number % 20:02}/{number:03}.md" for number in range(_FILES))
"""Files of every commit; commit number n, from 0, rewrites the one at n modulo their number."""


def content_of(number: int) -> bytes:
    """What commit `number` writes: nothing in common with other versions."""
    return Random(str(number)).randbytes(_BYTES).hex().encode()


def many_packs(commits: int) -> tuple[MemoryStorage, list[ObjectId]]:
    """A replica as it is after that many pushes of a small commit.

    The first commit has all files; nothing is compacted.

    Returns:
        The replica, and its commits, oldest first.
    """
    storage = MemoryStorage()
    clockwork = Clockwork(_now, os.urandom, time.sleep)
    Repository.create(storage, clockwork, None, Draft("init", _AUTHOR))
    remote = LayoutRemote(storage, clockwork, "s3", "memory", Memory(None))
    remote.refresh()
    base: Commit | None = None
    made: list[ObjectId] = []
    for number in range(commits):
        identifier, base = _commit(remote, number, made[-1] if made else None, base)
        made.append(identifier)
    return storage, made


def copy_to(storage: Storage, replica: Storage) -> None:
    """Puts a replica that nobody has seen yet where it is to be, name by name."""
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda name: storage.write(name, replica.read(name)), replica.list("")))


def _commit(
    remote: LayoutRemote, number: int, last: ObjectId | None, base: Commit | None
) -> tuple[ObjectId, Commit]:
    repository = remote.as_repository
    with repository.writing() as writing:
        edits = {}
        for path, content in _written(number):
            edit = FileEdit(Mode.FILE, len(content), writing.put_blob(content))
            edits[path.encode()] = edit
        before = base.tree if base else None
        tree, _ = edit_tree(repository.entries, before, edits, writing.put_tree)
        parents = (last,) if last else ()
        commit = Commit(tree, parents, _AUTHOR, _now(), 0, f"edit {number}", ())
        identifier = writing.put_commit(encode_commit(commit))
        packs = writing.finish()
        writing.publish()
        moves = (RefMove(DEFAULT_BRANCH, last, identifier),)
        remote.append(Draft("push", _AUTHOR, refs=moves, added=packs))
    return identifier, commit


def _written(number: int) -> Iterator[tuple[str, bytes]]:
    """The first commit writes every file, as if the last round of commits had."""
    for place, path in enumerate(PATHS) if not number else ():
        yield path, content_of(place - _FILES if place else 0)
    if number:
        yield PATHS[number % _FILES], content_of(number)


def _now() -> int:
    return time.time_ns() // 1_000
