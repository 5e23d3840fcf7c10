"""Stored: trees and contents that can be read, be they of a repository or just being written."""

from collections.abc import Sequence
from typing import Protocol

from contentvc.ids import ObjectId
from contentvc.snapshots.tree import Entry

__all__ = ["Stored"]


class Stored(Protocol):
    """What reads by id; errors are those of `Repository`."""

    def entries(self, identifier: ObjectId) -> Sequence[Entry]:
        """All entries of a directory."""

    def blob(self, identifier: ObjectId) -> bytes:
        """What a file holds."""
