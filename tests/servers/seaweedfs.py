"""A real SeaweedFS for tests: an S3-compatible server that honours conditional writes.

One server serves a whole run, however many workers it has. Each worker holds a shared lock on a
file; the first of them starts the server, and a keeper process, which waits for the exclusive
lock, ends it when the last worker is gone, even if that was killed.
"""

import fcntl
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

BUCKET = "team"
_KEYS = {"admin": "admin-secret", "writer": "writer-secret", "reader": "reader-secret"}
_ACTIONS = {
    "admin": ["Admin", "Read", "Write", "List"],
    "writer": [f"{action}:{BUCKET}" for action in ("Read", "Write", "List")],
    "reader": [f"{action}:{BUCKET}" for action in ("Read", "List")],
}
_numbers = itertools.count()
_keepers: list[subprocess.Popen] = []
"""They outlive this process, which is not to be told that it left them."""


@dataclass(frozen=True)
class SeaweedFS:
    """A running server."""

    port: int

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def variables(self, who: str = "writer", endpoint: str = "") -> dict[str, str]:
        """The environment in which its buckets are used: as admin, writer or reader."""
        return {
            "AWS_ACCESS_KEY_ID": who,
            "AWS_SECRET_ACCESS_KEY": _KEYS[who],
            "AWS_ENDPOINT_URL": endpoint or self.endpoint,
            "AWS_REGION": "us-east-1",
        }

    def prefix(self) -> str:
        """A folder of the bucket that nothing else uses, ended by a slash."""
        return f"{os.getpid()}-{next(_numbers)}/"

    def url(self) -> str:
        """A location that nothing else uses."""
        return f"s3://{BUCKET}/{self.prefix().rstrip('/')}"


@pytest.fixture(scope="session")
def seaweedfs(tmp_path_factory) -> Iterator[SeaweedFS]:
    base = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        base = base.parent
    server, held = start(base / "seaweedfs")
    yield server
    os.close(held)


def start(folder: Path) -> tuple[SeaweedFS, int]:
    """A server whose files lie in `folder`, and a descriptor that keeps it running."""
    folder.mkdir(exist_ok=True)
    held = os.open(folder / "users", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
    fcntl.flock(held, fcntl.LOCK_SH)
    starting = os.open(folder / "starting", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
    fcntl.flock(starting, fcntl.LOCK_EX)
    try:
        told = folder / "port"
        if not told.exists():
            told.write_text(str(_launch(folder)))
        return SeaweedFS(int(told.read_text())), held
    finally:
        os.close(starting)


def _launch(folder: Path) -> int:
    """Start the server and its keeper; its port, once it has taken a first write."""
    (folder / "s3.json").write_text(json.dumps({"identities": _identities()}))
    ports = _free_ports()
    keeper = subprocess.Popen(
        [sys.executable, __file__, str(folder), *map(str, ports)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    _keepers.append(keeper)
    _wait_for_bucket(SeaweedFS(ports[0]), keeper, folder)
    return ports[0]


def _identities() -> list[dict]:
    return [
        {
            "name": name,
            "credentials": [{"accessKey": name, "secretKey": secret}],
            "actions": _ACTIONS[name],
        }
        for name, secret in _KEYS.items()
    ]


def _free_ports() -> list[int]:
    """Ports for S3, filer, volumes and master; each also has one for gRPC, 10,000 above."""
    found: list[int] = []
    for port in range(20_000 + os.getpid() % 5000, 45_000):
        if all(_is_free(one) for one in (port, port + 10_000)):
            found.append(port)
        if len(found) == 4:
            return found
    raise RuntimeError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as one:
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _wait_for_bucket(server: SeaweedFS, keeper: subprocess.Popen, folder: Path) -> None:
    """Make the bucket as soon as the server can; an administrator's first write makes it."""
    from contentvc.errors import ContentvcError
    from contentvc.storage.bucket import open_bucket

    deadline = time.monotonic() + 60
    while True:
        try:
            made = open_bucket("s3", BUCKET, "", server.variables("admin"), lambda _: None)
            made.write("made", b"")
            made.delete("made")
            open_bucket("s3", BUCKET, "", server.variables()).write("ready", b"")
        except ContentvcError:
            if keeper.poll() is not None or time.monotonic() > deadline:
                log = (folder / "weed.log").read_text(errors="replace")[-3000:]
                raise RuntimeError(f"SeaweedFS does not start:\n{log}") from None
            time.sleep(0.1)
        else:
            return


def _keep(folder: Path, s3: str, filer: str, volume: str, master: str) -> None:
    """Run the server for as long as anybody holds the lock."""
    command = [
        shutil.which("weed", path=str(Path(sys.executable).parent)) or "weed",
        "-logtostderr=true",
        "server",
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-master.port={master}",
        "-master.telemetry=false",
        "-master.volumeSizeLimitMB=256",
        "-master.volumePreallocate=false",
        f"-volume.port={volume}",
        "-volume.max=40",
        "-volume.preStopSeconds=0",
        "-filer",
        f"-filer.port={filer}",
        f"-filer.localSocket={folder}/filer.sock",
        "-s3",
        f"-s3.port={s3}",
        f"-s3.config={folder}/s3.json",
        "-s3.iam=false",
        f"-s3.localSocket={folder}/s3.sock",
    ]
    users = os.open(folder / "users", os.O_RDWR | os.O_CLOEXEC)
    with (folder / "weed.log").open("wb") as log:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            fcntl.flock(users, fcntl.LOCK_EX)
        finally:
            server.kill()
            server.wait()


if __name__ == "__main__":
    _keep(Path(sys.argv[1]), *sys.argv[2:])
