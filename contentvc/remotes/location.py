"""Location: where a remote is, as people write it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from contentvc.errors import Usage
from contentvc.storage.contract import Storage
from contentvc.storage.local import LocalStorage

__all__ = ["Location", "parse_location", "storage_at"]


@dataclass(frozen=True, slots=True)
class Location:
    """A place that holds a replica, or may."""

    kind: str
    """``folder``, ``s3``, ``gs`` or ``az``."""
    text: str
    """As it may be shown and kept; absolute, without credentials."""
    folder: bytes = b""
    """Of a folder: its absolute path."""


def parse_location(text: str, here: bytes) -> Location:
    """The place that `text` names; a path that is not absolute starts at `here`.

    Raises:
        Usage: it names no place that can be used, or holds credentials.
    """
    path = text.removeprefix("file://")
    if "://" in path:
        raise Usage("bad-value", "only folders can be remotes")
    absolute = os.path.normpath(os.path.join(here, os.fsencode(path)))
    return Location("folder", os.fsdecode(absolute), absolute)


def storage_at(location: Location, variables: Mapping[str, str]) -> Storage:  # noqa: ARG001
    """The storage of a location."""
    inner = os.path.join(location.folder, b".contentvc", b"repository")
    return LocalStorage(os.fsdecode(inner if os.path.isdir(inner) else location.folder))
