# ruff: noqa: S103 - permissions are what is tested
"""Trees on disk for the tests of this folder."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from contentvc.ids import blob_id
from contentvc.snapshots.tree import Mode
from contentvc.worktree.found import Scan
from contentvc.worktree.ignore import IgnoreRules
from contentvc.worktree.scan import scan
from contentvc.worktree.state import CLEAN, State
from contentvc.worktree.workers import Forked, Inline, Workers

FUTURE = 1 << 62
"""As the moment a scan began: everything read was old by then."""
OLD = 1_600_000_000_123_456_789
"""Nanoseconds since 1970: a time that files may have had for long."""
BASE = blob_id(b"some tree")


class Link(bytes):
    """A symlink's target, where content is expected."""


def write(root: bytes, files: dict[bytes, bytes]) -> None:
    for path, content in files.items():
        whole = os.path.join(root, path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        if isinstance(content, Link):
            os.symlink(content, whole)
        else:
            with open(whole, "wb") as file:
                file.write(content)


def content_of(root: bytes, path: bytes) -> bytes:
    whole = os.path.join(root, path)
    if os.path.islink(whole):
        return os.readlink(whole)
    with open(whole, "rb") as file:
        return file.read()


def look(root: bytes, state: State | None = None, workers: Workers | None = None, **more) -> Scan:
    rules = IgnoreRules(root, use_git=False)
    return scan(root, state or State.empty(), rules, workers or Inline(), **more)


def age(root: bytes) -> None:
    """Set all times back, so that whatever changes later has others, however coarse the clock is."""
    for folder, folders, files in os.walk(root, topdown=False):
        for name in [*files, *folders]:
            os.utime(os.path.join(folder, name), ns=(OLD, OLD), follow_symlinks=False)
    os.utime(root, ns=(OLD, OLD))


def recorded(root: bytes, since: int = FUTURE) -> State:
    """The state of a tree long after everything in it was recorded."""
    age(root)
    rows = {
        found.path: found.row(blob_id(content_of(root, found.path)), CLEAN, since)
        for found in look(root).new
    }
    return State.empty().replace(rows, base_tree=BASE)


def paths(items) -> list[bytes]:
    return [getattr(item, "path", None) or item[0].path for item in items]


def snapshot(root: bytes) -> dict[bytes, tuple[Mode, bytes]]:
    """Everything below a folder, as a model to compare with."""
    found = {}
    for folder, folders, files in os.walk(root):
        for name in [*files, *(f for f in folders if os.path.islink(os.path.join(folder, f)))]:
            whole = os.path.join(folder, name)
            path = os.path.relpath(whole, root)
            if os.path.islink(whole):
                found[path] = (Mode.SYMLINK, os.readlink(whole))
            else:
                mode = Mode.EXECUTABLE if os.access(whole, os.X_OK) else Mode.FILE
                found[path] = (mode, content_of(root, path))
    return found


@contextmanager
def shared_folder() -> Iterator[bytes]:
    """A folder that every user may enter, unlike pytest's."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        yield os.fsencode(folder)


def without_privileges(work: Callable[[], Any]) -> Any:
    """Run something as a user whom permissions bind; tests are often run as root."""

    def bound(child: int) -> Any:
        if not child:
            return None
        if os.geteuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        return work()

    return Forked(2).gather(bound, [0, 1])[1]
