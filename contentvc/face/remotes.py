"""Remotes: other replicas of a repository, by the names they have here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from contentvc.actions.remotes_change import (
    add_remote,
    remove_remote,
    rename_remote_to,
    reset_remote,
)
from contentvc.actions.remotes_show import RemoteBranch, RemoteEntry, list_remotes, show
from contentvc.errors import Missing
from contentvc.face.paths import Path, to_bytes, to_text
from contentvc.face.session import Session

__all__ = ["BranchThere", "Remote", "RemoteState", "Remotes"]


@dataclass(frozen=True, slots=True)
class BranchThere:
    """A branch of a remote, beside that of the same name here.

    Example:
        >>> _ = workspace.remotes.add("origin", "shared"), workspace.push()
        >>> _ = Path("support/notes.md").write_text("To do."), workspace.commit("Notes")
        >>> main = workspace.remotes["origin"].look().branches["main"]
        >>> main.ahead, main.behind
        (1, 0)
    """

    there: str | None
    """The id of its version in the remote; None where it is only here."""
    here: str | None
    """The id of its version here; None where it is only there."""
    ahead: int | None
    """Versions that only the branch here has; None where there are not both."""
    behind: int | None
    """Versions that only the branch there has."""


@dataclass(frozen=True, slots=True)
class RemoteState:
    """What a remote that answered is at the moment.

    Example:
        >>> state = workspace.remotes.add("origin", "shared").look()
        >>> state.kind, state.operation, dict(state.branches)["main"].there
        ('folder', 1, None)
    """

    kind: str
    """``folder``, ``s3``, ``gs`` or ``az``."""
    replica: str
    """The id of this very replica."""
    head: str | None
    """The branch that its working tree is on, or that is usual; None where it has no such."""
    operation: int
    """The number of its last operation."""
    time: datetime
    """When that was."""
    branches: Mapping[str, BranchThere]
    """By name: those of the remote, and those that are only here."""
    tags: int
    """How many it has."""
    reserved: tuple[str, ...]
    """Refs that a push to several remotes waits to change."""


@dataclass(frozen=True, slots=True)
class Remote:
    """Another replica that this one fetches from and pushes to.

    Example:
        >>> remote = workspace.remotes.add("origin", "shared")
        >>> remote.name, Path(remote.location).name, remote.created
        ('origin', 'shared', True)
    """

    name: str
    location: str
    """A path or a URL, without credentials."""
    created: bool = False
    """Whether it was empty when it was added, and is a repository since."""
    _session: Session = field(repr=False, compare=False, kw_only=True)

    def look(self) -> RemoteState:
        """Ask how it is; nothing changes here or there.

        Raises:
            Unreachable: there is no answer.
            NotAllowed, Damaged: it cannot be read, or is not to be trusted.
        """
        report = show(self._session.context(), self.name)
        if report.state is None:
            assert report.trouble is not None  # noqa: S101 - one of both is there
            raise report.trouble
        state = report.state
        return RemoteState(
            kind=state.kind,
            replica=state.replica.hex(),
            head=state.head,
            operation=state.operation,
            time=datetime.fromtimestamp(state.time / 1e6).astimezone(),
            branches={one.name: _branch(one) for one in state.branches},
            tags=state.tags,
            reserved=state.reserved,
        )


class Remotes(Mapping[str, Remote]):
    """The remotes of a workspace's repository, by name.

    Example:
        >>> _ = workspace.remotes.add("origin", "shared")
        >>> list(workspace.remotes), "backup" in workspace.remotes
        (['origin'], False)
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def __getitem__(self, name: str) -> Remote:
        """The remote of that name.

        Raises:
            Missing: there is none (``unknown-remote``); it is a `KeyError` too.
        """
        for entry in list_remotes(self._session.context()):
            if entry.name == name:
                return self._remote(entry)
        raise Missing("unknown-remote", f"there is no remote {name!r}")

    def __iter__(self) -> Iterator[str]:
        return (entry.name for entry in list_remotes(self._session.context()))

    def __len__(self) -> int:
        return len(list_remotes(self._session.context()))

    def add(self, name: str, location: Path) -> Remote:
        """Know another replica by a name; an empty location becomes one.

        Args:
            name: for it, new.
            location: a folder, relative to the current one, or ``file://``, ``s3://``, ``gs://`` or
                ``az://``. Credentials come from the environment.

        Raises:
            Conflict: there is a remote of that name (``already-exists``), or the location holds
                something else (``not-empty``).
            Damaged: another repository is there (``other-repository``).
            Usage: the name or the location is none.
            Unreachable, NotAllowed, Busy: the location cannot be read or written.
        """
        text = location if isinstance(location, str) else to_text(to_bytes(location))
        report = add_remote(self._session.context(), name, text)
        return Remote(report.name, report.location, report.created, _session=self._session)

    def rename(self, old: str, new: str) -> Remote:
        """Know a remote, and what it had, by another name.

        Raises:
            Missing, Conflict, Usage: there is none, or there is one of the new name, or it is none.
        """
        rename_remote_to(self._session.context(), old, new)
        return self[new]

    def remove(self, name: str) -> None:
        """Know a remote no more, nor what it had; nothing changes there.

        Raises:
            Missing: there is none.
        """
        remove_remote(self._session.context(), name)

    def reset(self, name: str) -> None:
        """Believe a remote as it is now: it was put back to an earlier state, or is a copy.

        Raises:
            Missing: there is none.
            Unreachable, NotAllowed, Damaged: it cannot be read, or is another repository.
        """
        reset_remote(self._session.context(), name)

    def _remote(self, entry: RemoteEntry) -> Remote:
        return Remote(entry.name, entry.location, _session=self._session)


def _branch(branch: RemoteBranch) -> BranchThere:
    apart = branch.apart
    return BranchThere(
        there=branch.there.hex() if branch.there else None,
        here=branch.here.hex() if branch.here else None,
        ahead=None if apart is None else apart.ahead,
        behind=None if apart is None else apart.behind,
    )
