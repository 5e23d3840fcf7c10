"""Lazy: which remotes hold content that this repository need not hold itself.

The file ``.contentvc/lazy`` is an authority: without it, content that is not here is lost.
"""

import json
import os
import re
from dataclasses import dataclass
from typing import Final

from xxhash import xxh3_64_hexdigest

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import NAME_BYTES, RepositoryId
from contentvc.storage import disk
from contentvc.worktree.cachefile import cached_bytes

__all__ = ["Holder", "add_holder", "is_holder", "is_lazy", "read_holders"]

_FILE: Final = b"lazy"
_WRITTEN: Final = re.compile(r'holders = (\[[^\n]*\])\nchecksum = "([0-9a-f]{16})"\n')
"""TOML, and nothing else than what is written here."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A replica that holds content which is not here."""

    name: str
    """Of the remote, as it was called when content was first left there."""
    replica: RepositoryId


def is_lazy(folder: bytes) -> bool:
    """Whether the repository in `folder`, a ``.contentvc``, need not hold all content itself."""
    return os.path.lexists(os.path.join(folder, _FILE))


def read_holders(folder: bytes) -> tuple[Holder, ...]:
    """The replicas that hold what is not here, the one that was named first first.

    Raises:
        Damaged: the file is not as it was written.
        NotAllowed, Busy: it cannot be read.
    """
    path = os.path.join(folder, _FILE)
    try:
        text = cached_bytes(path, limits.SETTINGS_BYTES)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise disk.explain(error, "read", path) from error
    try:
        return _holders(text.decode())
    except (ValueError, TypeError) as error:
        shown = os.fsdecode(path)
        raise Damaged(
            "damaged",
            f"{shown} does not say which remotes hold what is not here",
            "delete it, then name the remote that does: contentvc evict REMOTE",
            path=shown,
        ) from error


def is_holder(folder: bytes, replica: RepositoryId) -> bool:
    """Whether content may be left at this replica.

    Raises:
        Damaged, NotAllowed, Busy: as `read_holders`.
    """
    return any(one.replica == replica for one in read_holders(folder))


def add_holder(folder: bytes, holder: Holder) -> None:
    """From now on this replica counts as holding what is not here; durable when it returns.

    Raises:
        Damaged, NotAllowed, Busy: as `read_holders`, or it cannot be written.
    """
    before = read_holders(folder)
    if any(one.replica == holder.replica for one in before):
        return
    rows = [[one.name, one.replica.hex()] for one in (*before, holder)]
    line = json.dumps(rows)
    text = f'holders = {line}\nchecksum = "{xxh3_64_hexdigest(line.encode())}"\n'
    path = os.path.join(folder, _FILE)
    try:
        disk.replace_file_durably(path, text.encode())
    except OSError as error:
        raise disk.explain(error, "write", path) from error


def _holders(text: str) -> tuple[Holder, ...]:
    found = _WRITTEN.fullmatch(text)
    if found is None or xxh3_64_hexdigest(found[1].encode()) != found[2]:
        raise ValueError("it is of another form")
    holders = tuple(Holder(str(name), _replica(digits)) for name, digits in json.loads(found[1]))
    if not holders:
        raise ValueError("it names no replica")
    return holders


def _replica(digits: str) -> RepositoryId:
    name = bytes.fromhex(digits)
    if len(name) != NAME_BYTES:
        raise ValueError("a replica's id has another length")
    return RepositoryId(name)
