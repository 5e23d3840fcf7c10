"""Reading one file as a commit of a bucket has it, in a new interpreter that knows nothing of it.

Run as a program: URL, COMMIT, PATH; prints the bytes.
"""

import os
import sys
import time

from contentvc.changes.trees import lookup
from contentvc.history.log import Clockwork
from contentvc.ids import ObjectId
from contentvc.remotes.location import parse_location, storage_at
from contentvc.repository import Repository
from contentvc.storage.contract import Storage

__all__ = ["read_afar"]


def read_afar(storage: Storage, commit: ObjectId, path: bytes) -> bytes:
    """One file."""
    repository = Repository.open(storage, Clockwork(time.time_ns, os.urandom, time.sleep))
    entry = lookup(repository.entries, repository.commit(commit).tree, path)
    if entry is None:
        raise KeyError(path)
    return repository.blob(entry.id)


if __name__ == "__main__":
    url, commit_hex, name = sys.argv[1:]
    place = storage_at(parse_location(url, b"/"), os.environ)
    sys.stdout.buffer.write(read_afar(place, ObjectId(bytes.fromhex(commit_hex)), name.encode()))
