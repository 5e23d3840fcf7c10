"""What all tests share: where shared suites are found, and how hypothesis runs."""

import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# Suites and helpers that several tests use are imported as `tests.contracts...`, `tests.faults...`.
sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.servers.running import places, proxy, seaweedfs

__all__ = ["places", "proxy", "seaweedfs"]

# A deadline would fail tests whenever the machine is busy.
settings.register_profile("contentvc", deadline=None)
settings.load_profile("contentvc")

# Started in the background, this process may ignore Ctrl-C, and so would the programs it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Slow tests stand together: a worker that is done takes over some of another's."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)
