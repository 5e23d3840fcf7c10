"""Integrate: what was fetched from a remote comes into the current branch and the notes."""

from dataclasses import dataclass, replace

from contentvc.actions.carrying import REFUSE, Overwrite
from contentvc.actions.context import Context
from contentvc.actions.merge import FastForward, MergeReport, MergeRequest, merge
from contentvc.actions.notes_merge import NotesMerged, merge_notes
from contentvc.actions.stopping import favour_of
from contentvc.actions.tracking import tracking_ref
from contentvc.history.names import BRANCH, full_name, short_name
from contentvc.surroundings.settings import OnConflict

__all__ = ["IntegrateRequest", "Integrated", "integrate"]


@dataclass(frozen=True, slots=True)
class IntegrateRequest:
    """What to bring in, and how."""

    remote: str
    branch: str | None
    """The branch of the remote, without ``branch/``; None: only notes."""
    message: str | None = None
    author: str | None = None
    fast_forward: FastForward = FastForward.ALLOWED
    on_conflict: OnConflict = OnConflict.FAIL
    allow_unrelated: bool = False
    overwrite: Overwrite = REFUSE


@dataclass(frozen=True, slots=True)
class Integrated:
    """What came in."""

    merge: MergeReport | None
    """Into the branch; None where the remote has no such branch."""
    notes: NotesMerged | None
    """None where there was nothing to bring."""


def integrate(context: Context, request: IntegrateRequest) -> Integrated:
    """Merge what is remembered of a remote's branch into the current one, then the notes.

    Nothing is asked of the remote. The branch moves on where it has nothing of its own; otherwise a
    commit records the merge, which the formats make; stopped at conflicts, it is in progress.

    Raises:
        Conflict: as `merge`; then nothing was changed.
    """
    merged = None
    if request.branch is not None:
        ref = tracking_ref(request.remote, BRANCH + request.branch)
        if ref in context.repository.view.refs:
            merged = _merged(context, request, ref)
    notes = merge_notes(context, request.remote, favour_of(request.on_conflict))
    return Integrated(merged, notes)


def _merged(context: Context, request: IntegrateRequest, ref: str) -> MergeReport:
    name = short_name(ref)
    report = merge(
        context,
        MergeRequest(
            revision=name if full_name(name, context.repository.view.refs) == ref else ref,
            message=request.message,
            author=request.author,
            fast_forward=request.fast_forward,
            on_conflict=request.on_conflict,
            allow_unrelated=request.allow_unrelated,
            overwrite=request.overwrite,
        ),
    )
    return replace(report, source=name)
