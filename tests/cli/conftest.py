import os

import pytest

from contentvc.ids import WorkspaceId
from contentvc.worktree import place
from tests.cli.terminal import Terminal


@pytest.fixture
def outside(tmp_path):
    """Somebody in an empty folder, with an empty home."""
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    variables = {"HOME": str(home), "LOGNAME": "ada", "TERM": "xterm", "PATH": ""}
    return Terminal(os.fsencode(os.path.realpath(here)), variables)


@pytest.fixture
def tree(outside):
    """Somebody at the root of a working tree."""
    place.create(outside.here, WorkspaceId(bytes(16)))
    return outside
