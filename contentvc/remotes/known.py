"""Known: a remote as this repository knows it: its name, where it is, which replica it is."""

import json
import os
import re
from dataclasses import dataclass
from typing import Final

from contentvc import limits
from contentvc.errors import Damaged, NotAllowed, Usage
from contentvc.ids import RepositoryId
from contentvc.storage import disk
from contentvc.worktree.cachefile import cached_bytes

__all__ = ["Known", "check_remote_name", "read_known", "write_known"]

_FILE: Final = b"remote.toml"
_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9_-])?")
_WRITTEN: Final = re.compile(r'url = ("[^\n]*")\nreplica = "([0-9a-f]{32})"\n')
"""TOML, and nothing else than what is written here: a parser of TOML takes memory by the square of
what it is given."""


@dataclass(frozen=True, slots=True)
class Known:
    """What `remote.toml` in a remote's folder says."""

    name: str
    url: str
    """Where it is: an absolute path or a URL, never with credentials."""
    replica: RepositoryId


def check_remote_name(name: str) -> None:
    """Refuse a name for a remote that could not be a folder and a part of a ref.

    Raises:
        Usage: with the reason.
    """
    if not _NAME.fullmatch(name) or ".." in name or name.endswith(".lock"):
        raise Usage(
            "bad-name",
            f"{name!r} cannot be the name of a remote",
            "use up to 64 letters, digits, - _ and ., starting with a letter or digit",
        )


def read_known(folder: bytes, name: str) -> Known | None:
    """What is known of a remote whose folder this is; None where there is no such remote.

    Raises:
        Damaged: its file is not understood.
        NotAllowed, Busy: it cannot be read.
    """
    path = os.path.join(folder, _FILE)
    try:
        text = cached_bytes(path, limits.SETTINGS_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise disk.explain(error, "read", path) from error
    try:
        return _known(name, text)
    except ValueError as error:
        shown = os.fsdecode(path)
        raise Damaged(
            "damaged",
            f"{shown} does not say where the remote {name} is",
            f"forget it with: contentvc remote remove {name}",
            path=shown,
        ) from error


def write_known(folder: bytes, known: Known) -> None:
    """Make a folder that of a remote, or change what is known of it; durable, old or new.

    Raises:
        NotAllowed: the location is not UTF-8, or the file system refuses.
    """
    try:
        text = f'url = {_quoted(known.url)}\nreplica = "{known.replica.hex()}"\n'.encode()
    except UnicodeEncodeError as error:
        raise NotAllowed("not-supported", "a remote's location must be UTF-8") from error
    path = os.path.join(folder, _FILE)
    try:
        disk.make_folders(folder)
        disk.replace_file_durably(path, text)
    except OSError as error:
        raise disk.explain(error, "write", path) from error


def _known(name: str, text: bytes) -> Known:
    found = _WRITTEN.fullmatch(text.decode())
    if found is None:
        raise ValueError("it is of another form")
    return Known(name, json.loads(found[1]), RepositoryId(bytes.fromhex(found[2])))


def _quoted(text: str) -> str:
    """A TOML basic string: as JSON has strings, but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
