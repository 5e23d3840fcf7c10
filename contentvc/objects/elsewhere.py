"""Elsewhere: where content may come from that is not stored here."""

from collections.abc import Collection, Mapping
from typing import Protocol

from contentvc.ids import ObjectId, PackName
from contentvc.snapshots.operation import PackRecord

__all__ = ["Elsewhere"]


class Elsewhere(Protocol):
    """Other replicas that hold content which this one need not hold itself.

    Safe to use from several threads. Commits and trees are never asked for: they are always here.
    """

    @property
    def is_asked(self) -> bool:
        """Whether there is any such replica; without one, what is missing is lost."""

    @property
    def names(self) -> tuple[str, ...]:
        """What these replicas are called.

        Raises:
            Damaged, NotAllowed, Busy: it cannot be read.
        """

    def bring(self, blobs: Collection[ObjectId]) -> Mapping[PackName, PackRecord]:
        """Store blobs or chunks here, durable and verified; the packs that are live afterwards.

        May be asked for what is here by now. What was purged is not brought, and what none of the
        replicas has is left.

        Raises:
            Unreachable: a replica that may hold some of it gives no answer.
            Damaged: what one sent is not what was asked for.
            NotAllowed: the process was forked since (``not-supported``).
            Busy: there is no room for it.
        """
