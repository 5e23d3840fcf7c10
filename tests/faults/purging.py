"""One of several processes that work while others purge: as `tests.faults.actor` is called."""

import os
import sys

from contentvc.actions.purge import PurgeRequest, purge
from contentvc.changes.trees import list_files
from contentvc.errors import ContentvcError, Missing
from tests.actions.site import Site
from tests.faults.actor import put

EXPECTED = {
    "nothing-to-commit",
    "file-changed",
    "start-over",  # content was dropped while it worked
}


def main(root: str, number: int, rounds: int) -> None:
    """Work, and print what was committed to stay and what was purged."""
    site = Site(root)
    for turn in range(rounds):
        token = b"%d:%d" % (number, turn)
        if _commit(site, b"kept-%d" % number, b"stays:" + token):
            print("kept", "stays:" + token.decode(), flush=True)  # noqa: T201 - the test reads it
        if number % 3 == 0:
            _purge(site, b"file-%d" % number, b"hidden:" + token)
        else:
            _read(site)


def _read(site: Site) -> None:
    """Every file of HEAD can be read, or it is told that it was purged."""
    repository = site.repository()
    for path, entry in list_files(repository.entries, site.context().base_tree()):
        try:
            size = len(repository.blob(entry.id))
        except Missing as error:
            if error.code != "purged" or not path.startswith(b"file-"):
                raise
        else:
            assert size == entry.size


def _commit(site: Site, path: bytes, content: bytes) -> bool:
    put(site, path, content + b"\n")
    try:
        site.commit("work", path)
    except ContentvcError as error:
        if error.code not in EXPECTED:
            raise
        return False
    return True


def _purge(site: Site, path: bytes, content: bytes) -> None:
    if not _commit(site, path, content):
        return
    try:
        purge(site.context(), PurgeRequest((path,)), "a test")
    except ContentvcError as error:
        if error.code not in EXPECTED:
            raise
    else:
        print("purged", content.decode(), flush=True)  # noqa: T201 - the test reads it


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
