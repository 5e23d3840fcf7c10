"""One of several processes that work at once: ``python -m tests.faults.actor ROOT NUMBER ROUNDS``.

It writes only its own file, commits it, goes to other branches and restores. Each commit that was
told to have happened is printed, as its id and what the file held.
"""

import os
import sys
from random import Random

from contentvc.actions.restore import restore
from contentvc.errors import ContentvcError
from tests.actions.site import Site

EXPECTED = {
    "nothing-to-commit",  # another recorded it
    "would-overwrite",  # the file differs there
    "unknown-path",  # it is not in that version
    "ref-moved",  # another workspace was quicker
    "checked-out",
    "file-changed",
}


def main(root: str, number: int, rounds: int) -> None:
    """Work, and print what was committed."""
    site, random = Site(root), Random(number)
    path = b"actor-%d" % number
    for turn in range(rounds):
        content = b"%d:%d\n" % (number, turn)
        try:
            act(site, random, path, content)
        except ContentvcError as error:
            if error.code not in EXPECTED:
                raise


def act(site: Site, random: Random, path: bytes, content: bytes) -> None:
    """Something at random, a commit most of the time."""
    kind = random.randrange(8)
    if kind == 0:
        restore(site.context(), [path], "HEAD")
    elif kind == 1:
        site.switch(f"branch-{random.randrange(3)}")
    elif kind == 2:
        site.switch(f"branch-{random.randrange(3)}", force=True)
    else:
        put(site, path, content)
        report = site.commit(content.decode().strip(), *([path] if kind < 7 else []))
        print(report.id.hex(), content.decode().strip(), flush=True)  # noqa: T201 - the test reads it


def put(site: Site, path: bytes, content: bytes) -> None:
    """Write a file at once, since others may record it at any moment."""
    beside = site.root + b"-" + path
    with open(beside, "wb") as file:
        file.write(content)
    os.replace(beside, os.path.join(site.root, path))


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
