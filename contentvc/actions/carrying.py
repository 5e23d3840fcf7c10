"""Carrying: files of the working tree go from one content to another, together with an operation.

Everything that writes working files goes this way: what is in the way is found and saved or
refused, a journal is written, then the operation, then the files. Whatever ends it, the next
command finishes it or finds that it never happened (see `standing`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from contentvc.actions.bringing import (
    bring,
    of_content,
    refuse_collisions,
    survey_changes,
    without_purged,
)
from contentvc.actions.context import Context
from contentvc.actions.needed import bring_files
from contentvc.actions.outside import differing_here, of_here
from contentvc.actions.saving import partial_tree, saved_edits
from contentvc.actions.standing import turn_back
from contentvc.actions.working import based, reflagged
from contentvc.changes.edit import FileEdit, edit_of, edit_tree
from contentvc.changes.trees import TreeChange
from contentvc.errors import Conflict, Damaged, Missing
from contentvc.history.draft import Draft, WorkspaceMove
from contentvc.ids import NAME_BYTES, ObjectId
from contentvc.objects.writing import Writing
from contentvc.snapshots.effect import HEAD_FOLLOWED, Effect, effect_attributes
from contentvc.worktree.collisions import Survey
from contentvc.worktree.journal import Journal, remove_journal, write_journal
from contentvc.worktree.state import State
from contentvc.worktree.statefile import keep_state, load_state

__all__ = ["REFUSE", "Carried", "Carrying", "Overwrite", "carry"]


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a person allows to happen to uncommitted content that is in the way."""

    force: bool = False
    """Overwrite it; it is saved with the operation."""
    discard: bool = False
    """Overwrite it and do not save it."""

    @property
    def allowed(self) -> bool:
        """Whether it may be overwritten at all."""
        return self.force or self.discard


REFUSE: Final = Overwrite()
"""Uncommitted content stays, and the command is refused."""


@dataclass(frozen=True, slots=True)
class Carrying:
    """What is to happen."""

    doing: str
    """As a message says it: "switching"."""
    draft: Draft
    """The operation, still without packs, saved change and effect."""
    changes: Sequence[TreeChange]
    """What is to change on disk: from what should be there to what shall be."""
    base_after: ObjectId | None
    """The root tree that the workspace stands on afterwards."""
    trees: tuple[ObjectId | None, ObjectId | None] | None = None
    """Two stored trees whose difference the changes are, where there are such."""
    follows_head: bool = False
    """The changes are those between the trees of HEAD before and after, and the operation's kind
    says so (`HEAD_FOLLOWED`)."""
    kept: frozenset[bytes] = frozenset()
    """Files that are written even where a sparse working tree does not have them."""
    state: State | None = None
    """What is known of the working tree, where more is known than the state file tells."""

    @property
    def matters(self) -> bool:
        """Whether there is something to do even if no file changes."""
        return bool(self.draft.refs or self.draft.workspaces or self.draft.undoes)


@dataclass(frozen=True, slots=True)
class Carried:
    """What happened to uncommitted content in the way."""

    overwritten: tuple[bytes, ...]
    saved: bool
    done: Mapping[bytes, object] = field(default_factory=dict)
    """Paths that held the new content already."""


def carry(context: Context, writing: Writing, plan: Carrying, overwrite: Overwrite) -> Carried:
    """Do it, or change nothing. Only for whoever holds the lease.

    Raises:
        Conflict: uncommitted content is in the way, or others changed what the draft expects.
        Damaged: the new content cannot be read; everything is back as it was.
        Missing: it was dropped on purpose (``forgotten``).
        Unreachable: it is at a remote that gives no answer.
    """
    place, base = context.place, context.base_tree()
    plan = _as_covered(context, plan)
    wanted = plan.changes
    plan = replace(plan, changes=_on_disk(context, plan))
    _refuse_forgotten(context, plan.changes)
    if context.repository.objects.is_partial:
        coming = ((one.path, one.new) for one in plan.changes if one.new is not None)
        bring_files(context.repository, (row for row in coming if not writing.has(row[1].id)))
    state = based(context, plan.state or load_state(place.state), base)
    found = survey_changes(context, state, plan.changes)
    if not overwrite.allowed:
        refuse_collisions(found, plan.doing)
    saved = {} if overwrite.discard else saved_edits(context, writing, found.collisions)
    before, after = _trees(context, writing, plan, found, saved)
    if before == after and not plan.matters:
        return Carried((), saved=False, done=found.done)
    _publish(context, writing, plan, (before, after), saved)
    if before != after:
        state = _bring(context, plan, state, found, overwrite)
    if unclear := _unclear(context, plan, base, wanted, state):
        state = reflagged(context, state, unclear, plan.base_after)
    keep_state(place.state, state)
    remove_journal(place.checkout)
    return Carried(tuple(found.collisions), bool(saved), found.done)


def _as_covered(context: Context, plan: Carrying) -> Carrying:
    """In a sparse working tree, only what concerns its files of the difference of two versions.

    Then the operation tells what it did to files, since its versions do not.
    """
    if context.cover.is_whole or plan.trees is None:
        return plan
    changes = of_here(context, plan.changes, plan.kept)
    return replace(plan, changes=of_content(changes), trees=None)


def _on_disk(context: Context, plan: Carrying) -> Sequence[TreeChange]:
    changes = without_purged(context, plan.changes)
    return changes if plan.trees is None else of_content(changes)


def _unclear(
    context: Context,
    plan: Carrying,
    base: ObjectId | None,
    wanted: Sequence[TreeChange],
    state: State,
) -> set[bytes]:
    """Paths of which the changes made do not tell how they stand to the base tree afterwards."""
    if not (plan.follows_head and plan.trees == (base, plan.base_after)):
        differing = differing_here(context, base, plan.base_after, state)
        return {change.path for change in (*wanted, *differing)}
    return {change.path for change in set(wanted).difference(plan.changes)}


def _bring(
    context: Context, plan: Carrying, state: State, found: Survey, overwrite: Overwrite
) -> State:
    try:
        return bring(
            context, state, plan.changes, found, plan.base_after, overwrite=overwrite.allowed
        )
    except (Damaged, Missing):
        turn_back(context)
        raise


def _refuse_forgotten(context: Context, changes: Sequence[TreeChange]) -> None:
    """Stop before the operation where content that is to come was dropped on purpose."""
    objects = context.repository.objects
    if not context.repository.view.purged:
        return
    for _, _, new in changes:
        if new is not None and not objects.has(new.id) and (error := objects.why_gone(new.id)):
            raise error


def _publish(
    context: Context,
    writing: Writing,
    plan: Carrying,
    trees: tuple[ObjectId | None, ObjectId | None],
    saved: Mapping[bytes, FileEdit | None],
) -> None:
    """The journal, then the operation."""
    before, after = trees
    told = plan.follows_head and trees == plan.trees
    untold = not told if plan.draft.kind in HEAD_FOLLOWED else before != after
    effect = effect_attributes(Effect(before, after)) if untold else ()
    nonce = context.repository.clockwork.random(NAME_BYTES)
    draft = replace(
        plan.draft,
        nonce=nonce,
        workspaces=plan.draft.workspaces or _standing_still(context),
        saved=partial_tree(context, writing, saved),
        added=writing.finish(),
        attributes=(*plan.draft.attributes, *effect),
    )
    if before != after:
        sequence = context.repository.view.sequence
        write_journal(context.place.checkout, Journal(before, after, nonce, sequence))
    writing.publish()
    try:
        context.repository.append(draft)
    except Conflict:
        remove_journal(context.place.checkout)
        raise


def _standing_still(context: Context) -> tuple[WorkspaceMove, ...]:
    """Files change and HEAD does not: the operation is found from the workspace all the same."""
    return (WorkspaceMove(context.workspace, context.head, context.head),)


def _trees(
    context: Context,
    writing: Writing,
    plan: Carrying,
    found: Survey,
    saved: Mapping[bytes, FileEdit | None],
) -> tuple[ObjectId | None, ObjectId | None]:
    """What is on disk before and after, at the paths that change."""
    if plan.trees is not None:
        before, after = plan.trees
        differing = _unlike(plan.changes, found) | dict(saved)
        if differing:
            before, _ = edit_tree(context.repository.entries, before, differing, writing.put_tree)
        return before, after
    old, new = _edits(plan.changes, found)
    return (
        partial_tree(context, writing, old | dict(saved)),
        partial_tree(context, writing, new),
    )


def _unlike(changes: Sequence[TreeChange], found: Survey) -> dict[bytes, FileEdit | None]:
    """Files that were removed by hand, and those that held the new content already."""
    unlike: dict[bytes, FileEdit | None] = {}
    for path, old, new in changes:
        if new is not None and path in found.done:
            unlike[path] = edit_of(new)
        elif old is not None and path not in found.seen:
            unlike[path] = None
    return unlike


def _edits(
    changes: Sequence[TreeChange], found: Survey
) -> tuple[dict[bytes, FileEdit | None], dict[bytes, FileEdit | None]]:
    """What is there, collisions aside, and what will be."""
    differing = [change for change in changes if change.path not in found.done]
    collisions = set(found.collisions)
    old: dict[bytes, FileEdit | None] = {
        path: edit_of(before)
        for path, before, _ in differing
        if before is not None and path in found.seen and path not in collisions
    }
    return old, {path: edit_of(after) for path, _, after in differing if after is not None}
