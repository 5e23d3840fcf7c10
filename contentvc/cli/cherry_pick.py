"""``contentvc cherry-pick``: does again here what single commits changed elsewhere."""

from typing import Final

import typer

from contentvc.actions.carrying import Overwrite
from contentvc.cli.aborted import Abort
from contentvc.cli.conflicting import OnConflictFlag
from contentvc.cli.overwriting import Discard, Force
from contentvc.cli.picked import Continue, Mainline, Revisions, Skip, Wanted, run_command
from contentvc.cli.session import Session
from contentvc.snapshots.merging import MergeKind

__all__ = ["EXAMPLES", "cherry_pick"]

EXAMPLES: Final = (
    ("contentvc cherry-pick terse", "what the newest commit of terse changed, as a commit here"),
    ("contentvc cherry-pick main..terse", "all that terse has and main has not, oldest first"),
    ("contentvc cherry-pick --continue", "after conflicts were resolved"),
)


def cherry_pick(
    ctx: typer.Context,
    revisions: Revisions = None,
    mainline: Mainline = None,
    on_conflict: OnConflictFlag = None,
    goes_on: Continue = False,
    skip: Skip = False,
    abort: Abort = False,
    force: Force = False,
    discard: Discard = False,
) -> None:
    """Do again here what single commits changed elsewhere; each becomes a commit of its own.

    Message and author are kept, and an attribute tells where it is from. All of them are there
    or none is, and one undo takes them back. At a conflict it stops: edit, `contentvc resolve`,
    then --continue.
    """
    overwrite = Overwrite(force=force, discard=discard)
    kind = MergeKind.CHERRY_PICK
    wanted = Wanted(kind, mainline, on_conflict, goes_on, skip, abort, overwrite)
    run_command(Session.of(ctx), revisions, wanted)
