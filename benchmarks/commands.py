"""Commands: programs run one after the other as one piece of work, timed or weighed.

A run is either timed or weighed, since sampling memory takes processor time from what is sampled.
"""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from benchmarks.memory import GroupMemory

__all__ = ["Argv", "Failed", "Timed", "Weighed", "Work", "run", "time_work", "weigh_work"]

Argv = Sequence[str]
Work = Sequence[Argv]
"""Programs run in order; the wall time of all of them is the time of the work."""

_SAMPLE_SECONDS: Final = 0.002
_SHOWN_BYTES: Final = 600


class Failed(Exception):
    """A program did not exit with 0, or its answer is not what the work must give."""


@dataclass(frozen=True, slots=True)
class Timed:
    """Wall time of work, and what it printed."""

    seconds: float
    output: bytes


@dataclass(frozen=True, slots=True)
class Weighed:
    """The largest memory that the process groups of the work held at once, and what it printed."""

    peak_bytes: int
    output: bytes


def time_work(work: Work, folder: Path, environment: Mapping[str, str]) -> Timed:
    """Runs the work with nothing else going on here.

    Raises:
        Failed: a program of it failed.
    """
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        for argv in work:
            _run_one(argv, folder, environment, output, _wait)
        seconds = time.perf_counter() - start
        return Timed(seconds, _written(output))


def weigh_work(work: Work, folder: Path, environment: Mapping[str, str]) -> Weighed:
    """Runs the work and samples the memory of its processes, children included.

    Raises:
        Failed: a program of it failed.
    """
    peaks = [0]
    memory = GroupMemory()

    def sample(process: subprocess.Popen[bytes]) -> None:
        while process.poll() is None:
            peaks.append(memory.bytes_of(process.pid))
            time.sleep(_SAMPLE_SECONDS)

    with tempfile.TemporaryFile() as output:
        for argv in work:
            _run_one(argv, folder, environment, output, sample)
        return Weighed(max(peaks), _written(output))


def run(argv: Argv, folder: Path, environment: Mapping[str, str]) -> bytes:
    """What one program prints; for preparations that are not measured."""
    return time_work([argv], folder, environment).output


def _wait(process: subprocess.Popen[bytes]) -> None:
    process.wait()


def _run_one(
    argv: Argv,
    folder: Path,
    environment: Mapping[str, str],
    output: IO[bytes],
    attend: Callable[[subprocess.Popen[bytes]], None],
) -> None:
    with (
        tempfile.TemporaryFile() as complaints,
        _started(argv, folder, environment, output, complaints) as process,
    ):
        attend(process)
        if process.returncode != 0:
            said = _written(complaints)[-_SHOWN_BYTES:].decode(errors="replace").strip()
            name = " ".join([Path(argv[0]).name, *argv[1:]])
            raise Failed(f"`{name}` exited with {process.returncode}: {said}")


@contextmanager
def _started(
    argv: Argv,
    folder: Path,
    environment: Mapping[str, str],
    output: IO[bytes],
    complaints: IO[bytes],
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        argv,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=complaints,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _written(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()
