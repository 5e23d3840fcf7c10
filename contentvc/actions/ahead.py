"""Ahead: how far a branch and its upstream are apart, by what is known here."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from contentvc import limits
from contentvc.actions.context import Context
from contentvc.actions.upstreams import Upstream, upstream_of
from contentvc.ids import ObjectId

if TYPE_CHECKING:
    from contentvc.history.graph import Divergence

__all__ = ["Standing", "standing_of"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A branch beside its upstream."""

    upstream: Upstream
    apart: "Divergence | None"
    """None where the remote was never seen to have the branch."""


def standing_of(
    context: Context, branch: str | None, commit: ObjectId | None, branches: int = 1
) -> Standing | None:
    """How a branch (without ``branch/``) at a commit stands to its upstream; None without one.

    No remote is asked. `branches` of them share the commits that are looked at.
    """
    if branch is None or commit is None:
        return None
    upstream = upstream_of(context, branch)
    if upstream is None:
        return None
    if upstream.commit is None:
        return Standing(upstream, None)
    from contentvc.history.graph import divergence  # noqa: PLC0415 - status needs no other walk

    most = max(limits.AHEAD_COMMITS // branches, 1)
    apart = divergence(commit, upstream.commit, context.repository.commit, most)
    return Standing(upstream, apart)
