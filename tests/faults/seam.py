"""Ending, cutting off or failing an action at each of its changes to the disk, through one seam.

Three things can happen at a change: the process dies just before it (`run_crashing`), the power
fails just before it (`run_crashing` with a `PowerLoss`), or the system refuses it (`fail_at`,
`fail_from`). `each_crash` and `each_failure` go through all changes of an action, one at a time,
each in a new folder, until one run comes through. Actions must run in one process; threads are
fine.
"""

import errno
import os
import shutil
import stat
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final, Literal, NamedTuple, NoReturn

from contentvc.storage import disk

__all__ = [
    "Crash",
    "Outcome",
    "PowerLoss",
    "crash_points",
    "each_crash",
    "each_failure",
    "fail_at",
    "fail_from",
    "power_losses",
    "run_crashing",
]

Action = Callable[[], object]
Prepare = Callable[[str], Action]
"""Sets up an empty folder and returns the action to be ended or failed in it."""

_KILLED: Final = 137
_FREEING: Final = frozenset({"unlink", "rmdir"})
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class PowerLoss:
    """What a power failure does to the files and names below `root`.

    The model is what POSIX leaves open, taken to its ends. Of a file, the bytes that were there at
    its last fsync are kept; those written since are `kept`, `cut` off or `zeroed`. Of a folder,
    what changed up to its last fsync is kept; creations, links, renames, removals since are all
    `kept` or all `undone`, latest first. An fsync of a file says nothing of its name, one of a
    folder nothing of the folders above. What was there before the action counts as durable.

    Left out: some of a folder's changes kept and others not, and a renamed file coming back under
    a temporary name that was itself created since the last fsync.
    """

    root: str
    """In `each_crash` relative to each folder; empty for all of it."""
    content: Literal["kept", "cut", "zeroed"]
    folders: Literal["kept", "undone"]


def power_losses(root: str = "") -> tuple[PowerLoss, ...]:
    """Every kind of power failure."""
    return (
        PowerLoss(root, "cut", "kept"),
        PowerLoss(root, "zeroed", "kept"),
        PowerLoss(root, "kept", "undone"),
        PowerLoss(root, "cut", "undone"),
    )


class Crash(NamedTuple):
    """What one turn of `each_crash` left."""

    folder: str
    done: bool
    """Whether the action came through, in the last turn."""


class Outcome(NamedTuple):
    """How an action ended that was made to fail."""

    hit: bool
    """Whether it got as far as the change that fails."""
    error: Exception | None
    """What it raised."""
    folder: str = ""
    """Where, in `each_failure`."""


def crash_points(action: Action) -> int:
    """Run the action; how many changes it made, so at how many points it can be ended."""
    counter = _Counter(_nothing)
    _run_with(counter, action)
    return counter.number


def run_crashing(action: Action, nth: int, power: PowerLoss | None = None) -> bool:
    """Run the action in a child that dies just before the nth change; whether it got so far.

    With `power`, the disk is then what a power failure at that moment leaves; also where the
    action came through, so that what it promised to be durable can be checked.

    Raises:
        AssertionError: the action raised, with its traceback.
    """
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        # The child runs nothing but the action, and needs no lock another thread may hold.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        os.close(reader)
        _run_child(action, nth, power, writer)
    os.close(writer)
    with open(reader, "rb") as pipe:
        report = pipe.read().decode()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, _KILLED), f"the action ended with {code}:\n{report}"
    return code == _KILLED


def each_crash(
    parent: str | os.PathLike[str], prepare: Prepare, power: PowerLoss | None = None
) -> Iterator[Crash]:
    """Crash at every change in turn, each in a new folder; what each crash left.

    Last comes the turn that was not hit, with the power failing right after it where it does.
    """
    for nth, folder in enumerate(_folders(parent), 1):
        action = prepare(folder)
        placed = power and replace(power, root=os.path.join(folder, power.root))
        done = not run_crashing(action, nth, placed)
        assert nth > 1 or not done, "the action changed nothing"
        yield Crash(folder, done)
        if done:
            return


def _folders(parent: str | os.PathLike[str]) -> Iterator[str]:
    while True:
        yield tempfile.mkdtemp(dir=parent)


def fail_at(action: Action, nth: int, code: int) -> Outcome:
    """Run the action, its nth change failing with this `errno`."""
    return _run_failing(action, lambda number, _event: number == nth, code)


def fail_from(action: Action, nth: int, code: int) -> Outcome:
    """As `fail_at`, and all later changes fail too; but a full disk lets files be removed."""
    spared = _FREEING if code in _FULL else frozenset()
    return _run_failing(action, lambda number, event: number >= nth and event not in spared, code)


def each_failure(
    parent: str | os.PathLike[str],
    prepare: Prepare,
    code: int,
    fail: Callable[[Action, int, int], Outcome] = fail_at,
) -> Iterator[Outcome]:
    """Fail at every change in turn, each in a new folder. Last comes the one that was not hit."""
    for nth, folder in enumerate(_folders(parent), 1):
        outcome = fail(prepare(folder), nth, code)
        assert nth > 1 or outcome.hit, "the action changed nothing"
        yield outcome._replace(folder=folder)
        if not outcome.hit:
            return


class _Counter:
    """The seam: numbers the events and tells them to `react` before they happen."""

    def __init__(
        self,
        react: Callable[[int, str], None],
        observe: Callable[[str, bytes], None] | None = None,
    ) -> None:
        self.number = 0
        self._react = react
        self._observe = observe
        self._lock = Lock()

    def __call__(self, event: str, path: bytes) -> None:
        with self._lock:
            self.number += 1
            self._react(self.number, event)
            if self._observe:
                self._observe(event, path)


def _nothing(number: int, event: str) -> None:
    pass


def _run_with(seam: disk.Seam, action: Action) -> None:
    disk.set_seam(seam)
    try:
        action()
    finally:
        disk.set_seam(None)


def _run_failing(action: Action, fails: Callable[[int, str], bool], code: int) -> Outcome:
    hit = [False]

    def react(number: int, event: str) -> None:
        if fails(number, event):
            hit[0] = True
            raise OSError(code, os.strerror(code))

    try:
        _run_with(_Counter(react), action)
    except Exception as error:  # noqa: BLE001 - the test judges it
        return Outcome(hit[0], error)
    return Outcome(hit[0], None)


def _run_child(action: Action, nth: int, power: PowerLoss | None, writer: int) -> NoReturn:
    code = 1
    try:
        ruin = _Ruin(power) if power else None

        def crash(number: int, _event: str) -> None:
            if number == nth:
                if ruin:
                    ruin.strike()
                os._exit(_KILLED)

        _run_with(_Counter(crash, ruin and ruin.observe), action)
        if ruin:
            ruin.strike()
        code = 0
    except BaseException:  # noqa: BLE001 - told to the parent
        os.write(writer, traceback.format_exc().encode()[:60_000])
    finally:
        os._exit(code)


class _Ruin:
    """Follows what is not yet durable below a folder, and takes it away when the power fails.

    Files whose name goes get a second one in a folder of graves beside the root: so they can come
    back, and their inode is not given to another file meanwhile.
    """

    def __init__(self, power: PowerLoss) -> None:
        self._power = power
        self._root = os.path.realpath(os.fsencode(power.root))
        above = os.path.dirname(self._root)
        while not os.path.isdir(above):
            above = os.path.dirname(above)
        self._graves = tempfile.mkdtemp(prefix=b"graves-", dir=above)
        self._buried = 0
        self._durable_length: dict[tuple[int, int], int] = {}
        self._undo: list[tuple[bytes, Callable[[], None]]] = []

    def observe(self, event: str, path: bytes) -> None:
        """Note a change that is about to happen."""
        folder = os.path.realpath(os.path.dirname(path))
        path = os.path.join(folder, os.path.basename(path))
        if event == "fsync_folder":
            path = os.path.realpath(path)
            self._undo = [item for item in self._undo if item[0] != path]
        elif not path.startswith(self._root + b"/"):
            return
        elif event in ("write", "fsync"):
            self._note_content(event, path)
        elif event not in ("chmod", "touch"):
            self._undo.append((folder, self._way_back(event, path)))

    def strike(self) -> None:
        """Leave on the disk what the power failure leaves."""
        if self._power.content != "kept":
            for path in (*_files(self._root), *_files(self._graves)):
                self._spoil(path)
        if self._power.folders == "undone":
            for _, undo in reversed(self._undo):
                undo()
        shutil.rmtree(self._graves)

    def _note_content(self, event: str, path: bytes) -> None:
        status = os.stat(path)
        inode = (status.st_dev, status.st_ino)
        if event == "write":
            self._durable_length.setdefault(inode, status.st_size)
        else:
            self._durable_length.pop(inode, None)

    def _way_back(self, event: str, path: bytes) -> Callable[[], None]:
        if event == "mkdir":
            return lambda: shutil.rmtree(path) if os.path.isdir(path) else None
        if event == "rmdir":
            return lambda: _make_again(path)
        if os.path.lexists(path):
            grave = self._bury(path)
            return lambda: _bring_back(grave, path)
        return lambda: os.unlink(path) if os.path.lexists(path) else None

    def _bury(self, path: bytes) -> bytes:
        self._buried += 1
        grave = os.path.join(self._graves, b"%d" % self._buried)
        os.link(path, grave, follow_symlinks=False)
        return grave

    def _spoil(self, path: bytes) -> None:
        status = os.lstat(path)
        length = self._durable_length.get((status.st_dev, status.st_ino))
        if length is None or not stat.S_ISREG(status.st_mode) or length >= status.st_size:
            return
        os.truncate(path, length)
        if self._power.content == "zeroed":
            os.truncate(path, status.st_size)


def _files(folder: bytes) -> list[bytes]:
    return [os.path.join(above, name) for above, _, names in os.walk(folder) for name in names]


def _make_again(path: bytes) -> None:
    if os.path.isdir(os.path.dirname(path)) and not os.path.lexists(path):
        os.mkdir(path)


def _bring_back(grave: bytes, path: bytes) -> None:
    """Give a buried file its name again; where its folder is gone for good, so is the file."""
    if os.path.isdir(os.path.dirname(path)):
        os.replace(grave, path)
