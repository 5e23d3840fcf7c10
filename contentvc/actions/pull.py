"""Pull: what a remote has comes here, and into the current branch."""

from dataclasses import dataclass

from contentvc.actions.carrying import REFUSE, Overwrite
from contentvc.actions.context import Context
from contentvc.actions.fetch import FetchReport, fetch_from
from contentvc.actions.heads import branch_of, check_not_merging
from contentvc.actions.integrate import Integrated, IntegrateRequest, integrate
from contentvc.actions.merge import FastForward
from contentvc.actions.upstreams import remote_for
from contentvc.errors import Missing, Usage
from contentvc.history.names import BRANCH
from contentvc.surroundings.settings import OnConflict

__all__ = ["PullReport", "PullRequest", "pull"]


@dataclass(frozen=True, slots=True)
class PullRequest:
    """Where from, and how it is merged."""

    remote: str | None = None
    """None: that of the current branch, or the usual one."""
    fast_forward: FastForward = FastForward.ALLOWED
    on_conflict: OnConflict = OnConflict.FAIL
    allow_unrelated: bool = False
    overwrite: Overwrite = REFUSE


@dataclass(frozen=True, slots=True)
class PullReport:
    """What was fetched, and what came into the branch."""

    fetched: FetchReport
    integrated: Integrated


def pull(context: Context, request: PullRequest) -> PullReport:
    """Fetch, then merge the branch of the same name; uncommitted changes come along.

    Raises:
        Missing, Usage, Unreachable, NotAllowed, Damaged: as `fetch`; HEAD is on no branch; the
            remote has no branch of that name (``unknown-ref``).
        Conflict: as `merge`. What was fetched stays, the branch is as before.
    """
    check_not_merging(context, "pulling")
    branch = branch_of(context.head)
    if branch is None:
        raise Usage(
            "usage", "HEAD is on no branch", "go to one: contentvc switch NAME; or contentvc fetch"
        )
    name = remote_for(context, request.remote, branch)
    remote = context.remotes.open(name)
    fetched = fetch_from(context, name, remote, prune=False)
    if BRANCH + branch not in remote.view.refs:
        raise Missing(
            "unknown-ref",
            f"{name} has no branch {branch}",
            f"give it yours: contentvc push {name} {branch}",
        )
    wanted = IntegrateRequest(
        remote=name,
        branch=branch,
        fast_forward=request.fast_forward,
        on_conflict=request.on_conflict,
        allow_unrelated=request.allow_unrelated,
        overwrite=request.overwrite,
    )
    return PullReport(fetched, integrate(context, wanted))
