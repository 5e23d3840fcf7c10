"""Push plan: what a push would do to the refs of a remote, and what it must not do."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from contentvc.actions.context import Context
from contentvc.actions.notes import NOTES
from contentvc.actions.tracking import tracking_ref
from contentvc.errors import Conflict, Missing, Usage
from contentvc.history.graph import divergence
from contentvc.history.names import BRANCH, TAG, check_ref_name, short_name
from contentvc.history.view import View
from contentvc.ids import ObjectId, short

__all__ = ["Plan", "PushStep", "Pushed", "Wish", "plan", "wishes"]


class PushStep(StrEnum):
    """What a push does to a ref of the remote. The words are those of ``--json``."""

    NEW = "new"
    FORWARD = "forward"
    FORCED = "forced"
    DELETED = "deleted"
    UP_TO_DATE = "up-to-date"


@dataclass(frozen=True, slots=True)
class Wish:
    """Where a ref of the remote is to be; None: gone."""

    ref: str
    commit: ObjectId | None


@dataclass(frozen=True, slots=True)
class Pushed:
    """A ref of the remote, and what becomes of it."""

    ref: str
    old: ObjectId | None
    new: ObjectId | None
    step: PushStep


@dataclass(frozen=True, slots=True)
class Plan:
    """What a push does."""

    refs: tuple[Pushed, ...]
    notes_left: bool
    """The remote has notes that are not here yet, so those of here stay."""


def wishes(context: Context, names: Sequence[str], *, tags: bool, delete: bool) -> tuple[Wish, ...]:
    """What is asked for.

    Raises:
        Missing: a name is none of a branch or tag (``unknown-ref``), or has no commit yet.
        Usage: a name is that of both, or nothing says what is meant.
    """
    if delete:
        if not names or tags:
            raise Usage("usage", "--delete needs the names of what is to be deleted", _HELP)
        return tuple(
            Wish(ref, None) for ref in dict.fromkeys(_there(context, one) for one in names)
        )
    refs = [_named(context, name) for name in names]
    if tags:
        refs += [ref for ref in context.repository.view.refs if ref.startswith(TAG)]
    elif not refs:
        refs = [_current(context)]
    return tuple(Wish(ref, _commit(context, ref)) for ref in dict.fromkeys(refs))


def plan(
    context: Context, remote: str, there: View, wanted: Sequence[Wish], *, lease: bool
) -> Plan:
    """What the wishes mean for a remote that is so.

    Raises:
        Conflict: something would be lost, or is not to be touched; see `push`.
        Missing: what is to be deleted is not there.
    """
    refs = [_planned(context, remote, there, wish, lease=lease) for wish in wanted]
    notes, left = _notes(context, there) if any(wish.commit for wish in wanted) else (None, False)
    if notes is not None:
        refs.append(notes)
    return Plan(tuple(refs), left)


_HELP = "see: contentvc push --help"


def _named(context: Context, name: str) -> str:
    """The branch or tag of a name; ``branch/…`` and ``tag/…`` tell which."""
    if name in ("HEAD", "@"):
        return _current(context)
    refs = context.repository.view.refs
    found = [ref for ref in (name, BRANCH + name, TAG + name) if _is_pushed(ref) and ref in refs]
    if len(found) > 1:
        raise Usage(
            "usage", f"{name} is a branch and a tag", f"write {BRANCH}{name}, or {TAG}{name}"
        )
    if not found:
        if ":" in name:
            raise Usage("bad-name", f"{name!r} is no ref: a ref has the same name there", _HELP)
        raise Missing(
            "unknown-ref",
            f"there is no branch or tag {name}",
            "list them with: contentvc branch, contentvc tag",
        )
    return found[0]


def _there(context: Context, name: str) -> str:
    """What is to be deleted: a branch, unless it is called a tag here or in its name."""
    if _is_pushed(name):
        return name
    check_ref_name(name)
    refs = context.repository.view.refs
    return TAG + name if TAG + name in refs and BRANCH + name not in refs else BRANCH + name


def _is_pushed(ref: str) -> bool:
    return ref.startswith((BRANCH, TAG))


def _current(context: Context) -> str:
    ref = context.head.ref
    if ref is None:
        raise Usage("usage", "HEAD is on no branch", "name what to push: contentvc push REMOTE REF")
    return ref


def _commit(context: Context, ref: str) -> ObjectId:
    target = context.repository.view.refs.get(ref)
    if target is None:
        raise Missing(
            "no-commits",
            f"{short_name(ref)} has no commit yet",
            "record one with: contentvc commit",
        )
    return target.id


def _planned(context: Context, remote: str, there: View, wish: Wish, *, lease: bool) -> Pushed:
    target = there.refs.get(wish.ref)
    old = target.id if target else None
    if old == wish.commit and old is not None:
        return Pushed(wish.ref, old, old, PushStep.UP_TO_DATE)
    _check_free(remote, there, wish.ref)
    if wish.commit is None:
        return Pushed(wish.ref, _deletable(context, remote, wish.ref, old), None, PushStep.DELETED)
    if lease and wish.ref.startswith(BRANCH):
        _check_lease(context, remote, wish.ref, old)
    if old is None:
        return Pushed(wish.ref, None, wish.commit, PushStep.NEW)
    if _follows(context, wish, old):
        return Pushed(wish.ref, old, wish.commit, PushStep.FORWARD)
    if not lease:
        raise _not_forward(remote, wish.ref, old)
    return Pushed(wish.ref, old, wish.commit, PushStep.FORCED)


def _follows(context: Context, wish: Wish, old: ObjectId) -> bool:
    """Whether a branch only moves on; a tag does not move."""
    if wish.commit is None or wish.ref.startswith(TAG):
        return False
    repository = context.repository
    if not repository.objects.has(old):
        return False
    return divergence(wish.commit, old, repository.commit).behind == 0


def _check_free(remote: str, there: View, ref: str) -> None:
    if there.reserved(ref) is not None:
        raise Conflict(
            "reserved",
            f"{short_name(ref)} of {remote} is reserved by a push to several remotes",
            "settle that with: contentvc sync",
            ref=ref,
        )
    if any(standing.head.ref == ref for standing in there.workspaces.values()):
        raise Conflict(
            "checked-out",
            f"{short_name(ref)} is checked out in a working tree of {remote}",
            "push another branch and merge it there, or push to a folder without a working tree",
            ref=ref,
        )


def _check_lease(context: Context, remote: str, ref: str, old: ObjectId | None) -> None:
    known = context.repository.view.refs.get(tracking_ref(remote, ref))
    if (known.id if known else None) != old:
        seen = f"at {short(known.id)}" if known else "missing"
        raise Conflict(
            "ref-moved",
            f"{short_name(ref)} of {remote} is at {short(old) if old else 'no commit'}; "
            f"when it was last seen it was {seen}",
            f"look at what changed: contentvc fetch {remote}",
            ref=ref,
        )


def _deletable(context: Context, remote: str, ref: str, old: ObjectId | None) -> ObjectId:
    if old is None:
        raise Missing(
            "unknown-ref",
            f"{remote} has no {ref.replace('/', ' ', 1)}",
            f"see what it has: contentvc remote show {remote}",
        )
    if not context.repository.objects.has(old):
        raise _not_forward(remote, ref, old)
    return old


def _not_forward(remote: str, ref: str, old: ObjectId) -> Conflict:
    if ref.startswith(TAG):
        return Conflict(
            "already-exists",
            f"{remote} has another tag {short_name(ref)}, at {short(old)}",
            "give yours another name, or replace that one: --force-with-lease",
            ref=ref,
        )
    return Conflict(
        "not-fast-forward",
        f"{short_name(ref)} of {remote} has commits that are not in yours",
        f"bring them in first: contentvc sync, or contentvc pull {remote}",
        ref=ref,
    )


def _notes(context: Context, there: View) -> tuple[Pushed | None, bool]:
    """What becomes of the notes, and whether they have to stay."""
    ours, theirs = context.repository.view.refs.get(NOTES), there.refs.get(NOTES)
    if ours is None or (theirs is not None and ours.id == theirs.id):
        return None, False
    if theirs is None:
        return Pushed(NOTES, None, ours.id, PushStep.NEW), False
    repository = context.repository
    known = repository.objects.has(theirs.id)
    apart = divergence(ours.id, theirs.id, repository.commit) if known else None
    if apart is not None and not apart.behind and there.reserved(NOTES) is None:
        return Pushed(NOTES, theirs.id, ours.id, PushStep.FORWARD), False
    return None, apart is None or bool(apart.ahead)
