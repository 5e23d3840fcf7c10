"""Reading one file as a commit of a bucket has it, in a new interpreter that knows nothing of it.

Run as a program: URL, COMMIT, PATH; prints the bytes.
"""

import os
import sys
import time
from collections.abc import Mapping

from contentvc.changes.trees import lookup
from contentvc.history.log import Clockwork
from contentvc.ids import ObjectId
from contentvc.remotes.location import parse_location
from contentvc.remotes.remotes import to_be_read

__all__ = ["read_afar"]


def read_afar(url: str, variables: Mapping[str, str], commit: ObjectId, path: bytes) -> bytes:
    """One file."""
    location = parse_location(url, b"/")
    remote = to_be_read(location, variables, Clockwork(time.time_ns, os.urandom, time.sleep))
    remote.refresh()
    repository = remote.as_repository
    entry = lookup(repository.entries, repository.commit(commit).tree, path)
    if entry is None:
        raise KeyError(path)
    return repository.blob(entry.id)


if __name__ == "__main__":
    url, commit_hex, name = sys.argv[1:]
    sys.stdout.buffer.write(
        read_afar(url, os.environ, ObjectId(bytes.fromhex(commit_hex)), name.encode())
    )
