"""Servers do not outlive who started them."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress

import pytest

from benchmarks.datasets import Absent
from benchmarks.seaweedfs import SeaweedFs

_STARTING = """
import sys
from pathlib import Path
from benchmarks.seaweedfs import SeaweedFs
with SeaweedFs(Path(sys.argv[1])) as server:
    print(server.port, flush=True)
    sys.stdin.read()
"""


def test_a_server_ends_when_who_started_it_is_killed(tmp_path):
    try:
        SeaweedFs(tmp_path)
    except Absent as absent:
        pytest.skip(str(absent))
    with subprocess.Popen(
        [sys.executable, "-c", _STARTING, str(tmp_path / "server")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    ) as starting:
        port = int(starting.stdout.readline())
        with socket.create_connection(("127.0.0.1", port)) as wire:
            starting.send_signal(signal.SIGKILL)
            starting.wait()
            # The connection is reset or closed when the server is gone.
            wire.settimeout(60)
            with suppress(ConnectionResetError):
                assert wire.recv(1) == b""
