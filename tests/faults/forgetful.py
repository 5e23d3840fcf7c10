"""One of several processes that work while others forget: as `tests.faults.actor` is called."""

import os
import sys

from contentvc.actions.forget import forget
from contentvc.actions.restore import restore
from contentvc.errors import ContentvcError
from tests.actions.site import Site
from tests.faults.actor import put

EXPECTED = {
    "nothing-to-commit",
    "unknown-path",
    "file-changed",
    "nothing-kept",  # another forgot it first
    "start-over",  # content was dropped while it worked
}


def main(root: str, number: int, rounds: int) -> None:
    """Work, and print what was committed."""
    site, path = Site(root), b"actor-%d" % number
    for turn in range(rounds):
        for act in (_commit, _keep, _forget):
            try:
                act(site, path, b"%d:%d" % (number, turn))
            except ContentvcError as error:
                if error.code not in EXPECTED:
                    raise


def _commit(site: Site, path: bytes, content: bytes) -> None:
    put(site, path, content + b"\n")
    site.commit("work", path)
    print(content.decode(), flush=True)  # noqa: T201 - the test reads it


def _keep(site: Site, path: bytes, content: bytes) -> None:
    put(site, path, b"kept " + content)
    restore(site.context(), [path], "HEAD")


def _forget(site: Site, path: bytes, content: bytes) -> None:
    if not content.endswith(b"0"):
        forget(site.context(), [], [path])


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
