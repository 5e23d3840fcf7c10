"""``contentvc revert``: records the opposite of single commits."""

from typing import Final

import typer

from contentvc.actions.carrying import Overwrite
from contentvc.cli.aborted import Abort
from contentvc.cli.conflicting import OnConflictFlag
from contentvc.cli.overwriting import Discard, Force
from contentvc.cli.picked import Continue, Mainline, Revisions, Skip, Wanted, run_command
from contentvc.cli.session import Session
from contentvc.snapshots.merging import MergeKind

__all__ = ["EXAMPLES", "revert"]

EXAMPLES: Final = (
    ("contentvc revert HEAD~2", "take back what that commit changed, and keep what came after"),
    ("contentvc revert HEAD~3..HEAD", "the last three, newest first"),
    ("contentvc revert -m 1 HEAD", "take back a merge"),
)


def revert(
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
    """Record new commits that take back what single ones changed. History stays.

    Other ways back: restore (files in my tree, no commit), rollback (a new commit equal to an old
    one), undo (takes back my last command).
    """
    overwrite = Overwrite(force=force, discard=discard)
    kind = MergeKind.REVERT
    wanted = Wanted(kind, mainline, on_conflict, goes_on, skip, abort, overwrite)
    run_command(Session.of(ctx), revisions, wanted)
