"""Purged elsewhere: content that was purged in one replica is known to be gone in the other too.

A commit that travels may name content that was purged where it comes from. An operation of the kind
``purge`` tells so where it goes, before the commit is there: then a read says why the content is
gone, and nobody takes it for damage. It drops nothing, as nothing of it is there, and belongs to no
workspace, so that undo passes over it.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING

from contentvc.actions.context import Context
from contentvc.history.draft import Draft
from contentvc.history.dropped import PURGE, reason_attribute
from contentvc.ids import ObjectId
from contentvc.objects.store import ObjectStore

if TYPE_CHECKING:
    from contentvc.remotes.contract import Remote
    from contentvc.remotes.receiving import Received
    from contentvc.remotes.sending import Sent

__all__ = ["told_here", "told_there"]


def told_here(context: Context, remote: "Remote", received: "Received") -> int:
    """Tell here of what is gone there; the sequence from which on what was found stored holds.

    Raises:
        Busy: content was dropped here since (``start-over``).
    """
    if not received.purged:
        return received.written_at
    draft = _draft(context, received.purged, remote.objects, received.written_at)
    return context.repository.append(draft).sequence


def told_there(context: Context, remote: "Remote", sent: "Sent") -> int:
    """Tell there of what is gone here, likewise.

    Raises:
        Busy: content was dropped there since (``start-over``).
        Unreachable, NotAllowed: the remote cannot be written.
    """
    if not sent.purged:
        return sent.written_at
    draft = _draft(context, sent.purged, context.repository.objects, sent.written_at)
    return remote.append(draft).sequence


def _draft(
    context: Context, ids: Collection[ObjectId], gone_from: ObjectStore, written_at: int
) -> Draft:
    return Draft(
        PURGE,
        context.actor,
        purged=tuple(sorted(ids)),
        attributes=(reason_attribute(_reason(ids, gone_from)),),
        written_at=written_at,
    )


def _reason(ids: Collection[ObjectId], gone_from: ObjectStore) -> str:
    """That of the first content which has one."""
    for identifier in sorted(ids):
        error = gone_from.why_gone(identifier)
        if error is not None and (reason := error.details.get("reason")):
            return str(reason)
    return "purged elsewhere"
