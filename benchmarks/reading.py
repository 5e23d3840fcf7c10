"""Reads files of an old version through the Python API: `reading.py FOLDER REVISION PATHS.json`.

A program of its own, so that an interpreter that has read nothing yet is what is measured.
"""

import json
import sys
import time
from pathlib import Path

from blake3 import blake3

import contentvc

__all__: list[str] = []


def main() -> None:
    """Prints the seconds of opening and of reading, and the hash of all that was read."""
    folder, revision, listed = sys.argv[1:]
    paths = json.loads(Path(listed).read_text())
    start = time.perf_counter()
    tree = contentvc.open(folder).at(revision).tree
    opened = time.perf_counter()
    contents = [tree[path].read() for path in paths]
    read = time.perf_counter()
    answer = {
        "opening": opened - start,
        "reading": read - opened,
        "blake3": blake3(b"".join(contents)).hexdigest(),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
