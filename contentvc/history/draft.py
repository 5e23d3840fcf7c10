"""Draft: an operation that has no place in the log yet."""

from dataclasses import dataclass, replace

from contentvc import limits
from contentvc.errors import Busy, Conflict
from contentvc.history.view import View
from contentvc.ids import ObjectId, PackName, RepositoryId, WorkspaceId, short
from contentvc.snapshots.attributes import Attributes
from contentvc.snapshots.operation import (
    Head,
    Operation,
    PackRecord,
    RefChange,
    Transaction,
    WorkspaceChange,
)

__all__ = ["Draft", "RefMove", "WorkspaceMove"]


@dataclass(frozen=True, slots=True)
class RefMove:
    """A ref that must be at `old` (None: not exist) and goes to `new` (None: is deleted)."""

    name: str
    old: ObjectId | None
    new: ObjectId | None


@dataclass(frozen=True, slots=True)
class WorkspaceMove:
    """A workspace that must stand on `old` and goes to `new`."""

    workspace: WorkspaceId
    old: Head | None
    new: Head | None


@dataclass(frozen=True, slots=True)
class Draft:
    """What an operation is to change; fields as in `Operation`."""

    kind: str
    actor: str
    workspace: WorkspaceId | None = None
    command: tuple[str, ...] = ()
    nonce: bytes = b""
    """16 random bytes; given when they must be known before the operation exists."""
    refs: tuple[RefMove, ...] = ()
    workspaces: tuple[WorkspaceMove, ...] = ()
    saved: ObjectId | None = None
    undoes: tuple[int, ...] = ()
    redoes: tuple[int, ...] = ()
    added: tuple[PackRecord, ...] = ()
    needs: frozenset[PackName] = frozenset()
    """Packs, not among the added ones, that delta blocks of these stand on: they must be live."""
    removed: tuple[PackName, ...] = ()
    discarded: tuple[PackName, ...] = ()
    transaction: Transaction | None = None
    purged: tuple[ObjectId, ...] = ()
    horizon: int = 0
    checksum: bytes = b""
    attributes: Attributes = ()
    written_at: int | None = None
    """Sequence of the view against which objects were found stored already.

    Objects dropped since then may be among them, so the draft no longer fits.
    """

    def check(self, view: View) -> None:
        """Refuse a place where the operation would be void.

        Raises:
            Conflict: a ref or workspace is not what the draft expects (``ref-moved``), a workspace
                would come to a branch that another is on (``checked-out``), or it is the first
                operation of a repository that another has begun (``already-exists``).
            Busy: packs, or objects that are reused, are gone; prepare again (``start-over``).
        """
        if self.checksum and view.sequence:
            raise Conflict("already-exists", "there is a repository here already")
        for move in self.refs:
            _check_ref(move, view)
        if self.transaction is not None:
            _check_transaction(self.transaction, view)
        for workspace in self.workspaces:
            standing = view.workspaces.get(workspace.workspace)
            if (standing.head if standing else None) != workspace.old:
                raise Conflict(
                    "ref-moved", "this workspace changed while the command ran", "try again"
                )
        self._check_free(view)
        if not self._packs_fit(view):
            raise Busy("start-over", "packs changed while the command ran", "try again")
        if self.written_at is not None and view.dropped > self.written_at:
            raise Busy("start-over", "content was dropped while the command ran", "try again")

    def _check_free(self, view: View) -> None:
        """A branch is checked out in one workspace at a time, whoever was quicker."""
        moved = {move.workspace for move in self.workspaces}
        for move in self.workspaces:
            ref = move.new.ref if move.new is not None else None
            if ref is None or (move.old is not None and move.old.ref == ref):
                continue
            for workspace, standing in view.workspaces.items():
                if workspace not in moved and standing.head.ref == ref:
                    name = ref.split("/", 1)[-1]
                    raise Conflict(
                        "checked-out",
                        f"{name} is checked out in workspace {short(workspace)}",
                        "use that working tree, or: contentvc switch --create NAME",
                    )

    def _packs_fit(self, view: View) -> bool:
        """Whether the packs that are added, needed and removed are still there to be so.

        An added pack may be live already, if it is the same one: two commands found a pack that a
        killed one left, or its writer was only slow.
        """
        removed = set(self.removed)
        return (
            all(_is_same(view.packs.get(pack.name, pack), pack) for pack in self.added)
            and {pack.name for pack in self.added}.isdisjoint(view.gone | removed)
            and self.needs <= view.packs.keys()
            and self.needs.isdisjoint(removed)
            and removed <= view.packs.keys()
        )

    def at(
        self, view: View, repository: RepositoryId, replica: RepositoryId, nonce: bytes, time: int
    ) -> Operation:
        """The operation that follows `view`."""
        assert len({move.name for move in self.refs}) == len(self.refs)  # noqa: S101 - none twice
        return Operation(
            repository=repository,
            replica=replica,
            sequence=view.sequence + 1,
            previous=view.operation,
            nonce=self.nonce or nonce,
            time=max(time, view.time),
            kind=self.kind,
            actor=self.actor,
            workspace=self.workspace,
            command=self.command[: limits.COMMAND_WORDS],
            refs=tuple(_ref_change(move, view) for move in self.refs),
            workspaces=tuple(_workspace_change(move, view) for move in self.workspaces),
            saved=self.saved,
            undoes=self.undoes,
            redoes=self.redoes,
            added=tuple(pack for pack in self.added if pack.name not in view.packs),
            removed=self.removed,
            discarded=self.discarded,
            transaction=_transaction(self.transaction, view),
            purged=self.purged,
            horizon=self.horizon,
            checksum=self.checksum,
            attributes=self.attributes,
        )


def _is_same(pack: PackRecord, other: PackRecord) -> bool:
    """Whether two records tell of the same bytes; whether they were received is no part of that."""
    return replace(pack, received=other.received) == other


def _check_ref(move: RefMove, view: View) -> None:
    current = view.refs.get(move.name)
    found = current.id if current else None
    if found != move.old:
        raise Conflict(
            "ref-moved",
            f"{move.name} changed while the command ran: expected {_shown(move.old)}, "
            f"found {_shown(found)}",
            "look at what changed, then try again",
            ref=move.name,
            expected=move.old.hex() if move.old else "",
            found=found.hex() if found else "",
        )
    transaction = view.reserved(move.name)
    if transaction is not None:
        raise Conflict(
            "reserved",
            f"{move.name} is reserved by a push to several remotes that is not settled yet",
            "settle it with: contentvc sync",
            ref=move.name,
            transaction=transaction.hex(),
        )


def _check_transaction(step: Transaction, view: View) -> None:
    if step.phase == "prepare":
        for change in step.refs:
            _check_ref(RefMove(change.name, change.old, change.new), view)
        is_possible = step.id not in view.reservations and step.id not in view.gone
    else:
        is_possible = step.id in view.reservations
    if not is_possible:
        raise Busy("start-over", f"push {short(step.id)} is settled already", "try again")


def _transaction(step: Transaction | None, view: View) -> Transaction | None:
    """The step with the sequences that its refs have in this view."""
    if step is None:
        return None
    moves = (RefMove(change.name, change.old, change.new) for change in step.refs)
    return replace(step, refs=tuple(_ref_change(move, view) for move in moves))


def _shown(identifier: ObjectId | None) -> str:
    return short(identifier) if identifier else "nothing"


def _ref_change(move: RefMove, view: View) -> RefChange:
    current = view.refs.get(move.name)
    return RefChange(move.name, move.old, move.new, current.sequence if current else 0)


def _workspace_change(move: WorkspaceMove, view: View) -> WorkspaceChange:
    current = view.workspaces.get(move.workspace)
    sequence = current.sequence if current else 0
    return WorkspaceChange(move.workspace, move.old, move.new, sequence)
