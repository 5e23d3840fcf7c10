"""Servers that run for a whole session of tests, and places for remotes of each kind.

The fixtures stand in `tests/conftest.py`: imported by several modules, each would have its own.
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from benchmarks.datasets import Absent
from benchmarks.proxy import Proxy
from benchmarks.seaweedfs import SeaweedFs

__all__ = ["KINDS", "Places", "places", "proxy", "seaweedfs"]

KINDS = ("folder", "s3")
_BUCKET = "places"
_NUMBERS = count()


@pytest.fixture(scope="session")
def seaweedfs(tmp_path_factory) -> Iterator[SeaweedFs]:
    """A SeaweedFS of this process's own."""
    try:
        server = SeaweedFs(tmp_path_factory.mktemp("seaweedfs") / "server")
    except Absent as absent:
        pytest.skip(str(absent))
    with server:
        server.make_bucket(_BUCKET)
        yield server


class Places:
    """New empty places, in a folder or in a bucket."""

    def __init__(self, folder: Path, server: SeaweedFs) -> None:
        self._folder = folder
        self._server = server

    @property
    def variables(self) -> dict[str, str]:
        """The environment in which all of them are used."""
        return self._server.variables()

    def variables_through(self, proxy: Proxy) -> dict[str, str]:
        """The same, with a proxy before the bucket."""
        return self._server.variables(proxy.port)

    def new(self, kind: str) -> str:
        """Where a remote of that kind may be made: a path, or a URL."""
        number = next(_NUMBERS)
        # A bucket for each would take seven volumes each of the server.
        return f"s3://{_BUCKET}/{number}" if kind == "s3" else str(self._folder / f"place-{number}")


@pytest.fixture
def places(tmp_path, seaweedfs) -> Places:
    """Places that no other test uses."""
    return Places(tmp_path, seaweedfs)


@pytest.fixture
def proxy(seaweedfs) -> Iterator[Proxy]:
    """Stands before the bucket for those who use `Places.variables_through`."""
    with Proxy(seaweedfs.port, pause=0.05) as proxy:
        yield proxy
