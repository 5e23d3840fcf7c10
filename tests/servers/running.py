"""Servers that run for a whole session of tests, and places for remotes of each kind."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from benchmarks.datasets import Absent
from benchmarks.seaweedfs import SeaweedFs

__all__ = ["Places", "places", "seaweedfs"]

_NUMBERS = count()


@pytest.fixture(scope="session")
def seaweedfs(tmp_path_factory) -> Iterator[SeaweedFs]:
    """A SeaweedFS of this process's own."""
    try:
        server = SeaweedFs(tmp_path_factory.mktemp("seaweedfs") / "server")
    except Absent as absent:
        pytest.skip(str(absent))
    with server:
        yield server


class Places:
    """New empty places, in a folder or in a bucket."""

    def __init__(self, folder: Path, server: SeaweedFs) -> None:
        self._folder = folder
        self._server = server

    def new(self, kind: str) -> str:
        """Where a remote of that kind may be made: a path, or a URL."""
        number = next(_NUMBERS)
        if kind == "folder":
            return str(self._folder / f"remote-{number}")
        bucket = f"bucket-{number}"
        self._server.make_bucket(bucket)
        return f"s3://{bucket}/content"


@pytest.fixture
def places(tmp_path, seaweedfs) -> Places:
    """Places that no other test uses."""
    return Places(tmp_path, seaweedfs)
