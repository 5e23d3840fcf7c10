"""Harvest: what visits of folders found, before it is told by paths and rows."""

from dataclasses import dataclass, field

from contentvc.snapshots.tree import Mode
from contentvc.worktree.found import Reason

__all__ = ["Harvest", "Plain"]

Plain = tuple[bytes, Mode, int, int, int, int]
"""The fields of a `Found`: a plain tuple takes half the time to make, and to send."""


@dataclass(slots=True)
class Harvest:
    """What visits found, as plain values: it is sent between processes. Rows by position."""

    clean: int = 0
    clean_bytes: int = 0
    known: list[int] = field(default_factory=list)
    suspects: list[tuple[int, Plain]] = field(default_factory=list)
    new: list[Plain] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    stale: list[int] = field(default_factory=list)
    skipped: list[tuple[bytes, Reason]] = field(default_factory=list)
    ignored: list[bytes] = field(default_factory=list)
    folders: list[bytes] = field(default_factory=list)
    """New folders, not yet visited."""
    odd: list[bytes] = field(default_factory=list)
    """Paths of folders in the state that are something else now, not yet looked at."""
    leftovers: list[bytes] = field(default_factory=list)
    stamps: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Folders seen to hold nothing unknown, as the fields of `Stamp`."""
    moved: list[bytes] = field(default_factory=list)
    """Files and folders of the state that the file system finds only by folding names."""

    def add(self, other: "Harvest") -> None:
        """Take in what another visitor found."""
        self.clean += other.clean
        self.clean_bytes += other.clean_bytes
        for name in ("known", "suspects", "new", "missing", "stale", "skipped", "ignored",
                     "folders", "odd", "leftovers", "stamps", "moved"):  # fmt: skip
            getattr(self, name).extend(getattr(other, name))
