"""Remotes: the replicas that a repository knows by name, and how each is opened."""

import os
from collections.abc import Callable, Mapping

from contentvc.errors import Conflict, Damaged, Missing, Unreachable, Usage
from contentvc.history.draft import Draft
from contentvc.remotes.known import Known, check_remote_name, read_known, write_known
from contentvc.remotes.layout import LayoutRemote
from contentvc.remotes.location import Location, parse_location, storage_at
from contentvc.remotes.memory import Memory
from contentvc.repository import DESCRIPTION, Clockwork, Description, Repository, read_description
from contentvc.storage import disk
from contentvc.storage.contract import Storage
from contentvc.storage.probe import PROBE

__all__ = ["Remotes", "to_be_read"]


class Remotes:
    """The remotes of one repository: a folder for each.

    Args:
        folder: ``.contentvc/remotes`` of the main working tree; made when it is needed.
        own: what the repository says of itself. Remotes are replicas of the same one.
        clockwork: of the repository.
        variables: environment variables, for the credentials of buckets.
        here: the folder that relative paths start at.
    """

    def __init__(
        self,
        folder: bytes,
        own: Description,
        clockwork: Clockwork,
        variables: Mapping[str, str],
        here: bytes,
    ) -> None:
        self._folder = folder
        self._own = own
        self._clockwork = clockwork
        self._variables = variables
        self._here = here

    def names(self) -> tuple[str, ...]:
        """The names of all remotes, in order.

        Raises:
            Damaged, NotAllowed, Busy: one cannot be read.
        """
        try:
            found = sorted(map(os.fsdecode, os.listdir(self._folder)))
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise disk.explain(error, "read", self._folder) from error
        return tuple(name for name in found if self._read(name) is not None)

    def known(self, name: str) -> Known:
        """What is known of a remote.

        Raises:
            Missing: there is none of that name (``unknown-remote``).
            Damaged, NotAllowed, Busy: it cannot be read.
        """
        known = self._read(name)
        if known is None:
            raise Missing(
                "unknown-remote",
                f"there is no remote {name!r}",
                "list them with: contentvc remote list",
                remote=name,
            )
        return known

    def add(self, name: str, text: str, who: Callable[[], str], command: tuple[str, ...]) -> bool:
        """Know a place as a remote from now on; whether it was empty and is a replica now.

        Args:
            name: of the remote, new.
            text: a path or URL.
            who: tells ``Name <address>``; asked only if a replica is made.
            command: as the log of a replica that is made keeps it.

        Raises:
            Conflict: there is a remote of that name (``already-exists``), or something else than a
                repository is in that place (``not-empty``).
            Damaged: another repository is there (``other-repository``).
            Usage: the name, or the place, is none, or it holds credentials.
            Unreachable, NotAllowed, Busy: the place cannot be read or written.
        """
        check_remote_name(name)
        taken = {other.casefold(): other for other in self.names()}
        if name.casefold() in taken:
            raise Conflict(
                "already-exists",
                f"there is a remote {taken[name.casefold()]} already",
                f"change it with: contentvc remote remove {name}",
                remote=name,
            )
        location = parse_location(text, self._here)
        storage = storage_at(location, self._variables)
        is_new = _is_empty(location, storage)
        if is_new:
            draft = Draft("init", who(), None, command)
            replica = Repository.create(storage, self._clockwork, None, draft, self._own)
            description = replica.description
        else:
            description = read_description(storage)
        self._check_same(description, location)
        write_known(self._path(name), Known(name, location.text, description.replica))
        if is_new:
            Memory(self._path(name)).probed()
        return is_new

    def remove(self, name: str) -> None:
        """Know a remote no more; nothing changes there.

        Raises:
            Missing, Damaged: as `known`.
        """
        folder = self._existing(name)
        try:
            disk.unlink(os.path.join(folder, b"remote.toml"))
            disk.fsync_folder(folder)
            _clear(folder)
        except OSError as error:
            raise disk.explain(error, "remove", folder) from error

    def rename(self, name: str, new: str) -> None:
        """Know a remote by another name.

        Raises:
            Missing: as `known`.
            Conflict: there is one of the new name (``already-exists``).
            Usage: the new name is none.
        """
        check_remote_name(new)
        folder = self._existing(name)
        if self._read(new) is not None:
            raise Conflict("already-exists", f"there is a remote {new} already", remote=new)
        try:
            if os.path.isdir(self._path(new)):
                _clear(self._path(new))  # what a remove that was cut short left
            disk.rename(folder, self._path(new))
            disk.fsync_folder(self._folder)
        except OSError as error:
            raise disk.explain(error, "rename", folder) from error

    def reset(self, name: str) -> None:
        """Forget what was seen of a remote: what it is now is believed from here on.

        Raises:
            Missing: as `known`.
            Damaged: another repository is there (``other-repository``); or it is damaged.
            Unreachable: there was no answer.
        """
        known = self.known(name)
        location = parse_location(known.url, self._here)
        description = _described(location, storage_at(location, self._variables))
        self._check_same(description, location)
        write_known(self._path(name), Known(name, known.url, description.replica))
        Memory(self._path(name)).forget()

    def open(self, name: str) -> LayoutRemote:
        """A remote, as it is now.

        Raises:
            Missing: as `known`.
            Unreachable: there is no answer, or nothing there.
            Damaged: it is not the repository or replica that it was (``other-repository``), went
                back (``went-back``), or is damaged.
        """
        known = self.known(name)
        remote = self._opened(known)
        if remote.repository != self._own.repository or remote.replica != known.replica:
            raise Damaged(
                "other-repository",
                f"{name} ({remote.location}) is another replica than it was",
                f"if that is right: contentvc remote reset {name}",
                remote=name,
            )
        remote.refresh()
        return remote

    def open_at(self, text: str) -> LayoutRemote:
        """The replica in a place that need not be known, to be read.

        It may be of any repository. Its cached view is believed, so that few requests tell where
        its refs are; whoever builds on them adds it as a remote.

        Raises:
            Usage: it is no place, or holds credentials.
            Unreachable: there is no answer, or nothing there.
            Damaged: it is damaged.
        """
        remote = to_be_read(parse_location(text, self._here), self._variables, self._clockwork)
        remote.refresh()
        return remote

    def _opened(self, known: Known) -> LayoutRemote:
        location = parse_location(known.url, self._here)
        storage = storage_at(location, self._variables)
        memory = Memory(self._path(known.name))
        return LayoutRemote(
            storage, self._clockwork, location.kind, location.text, memory, known.name
        )

    def _check_same(self, description: Description, location: Location) -> None:
        if description.repository != self._own.repository:
            raise Damaged(
                "other-repository",
                f"{location.text} holds another repository",
                "repositories that were made apart cannot be remotes of each other; "
                f"get that one with: contentvc clone {location.text}",
            )
        if description.replica == self._own.replica:
            raise Usage("bad-value", f"{location.text} is this very repository")

    def _read(self, name: str) -> Known | None:
        try:
            check_remote_name(name)
        except Usage:
            return None
        return read_known(self._path(name), name)

    def _existing(self, name: str) -> bytes:
        """The folder of a remote, also of one whose file is not understood."""
        folder = self._path(name)
        if not os.path.lexists(os.path.join(folder, b"remote.toml")):
            self.known(name)
        return folder

    def _path(self, name: str) -> bytes:
        return os.path.join(self._folder, os.fsencode(name))


def to_be_read(
    location: Location, variables: Mapping[str, str], clockwork: Clockwork
) -> LayoutRemote:
    """As `Remotes.open_at`, for whoever has no repository; still to be refreshed."""
    storage, memory = storage_at(location, variables), Memory(None)
    return LayoutRemote(storage, clockwork, location.kind, location.text, memory, trusting=True)


def _is_empty(location: Location, storage: Storage) -> bool:
    """Whether a place may become a replica: nothing is there, or what a cut short attempt left.

    Raises:
        Conflict: it holds something else than a repository (``not-empty``).
        NotAllowed, Busy: a folder cannot be read.
    """
    names = _names(location, storage)
    if DESCRIPTION in names:
        return not any(storage.list("operations/"))
    if not all(name.startswith(PROBE) or disk.is_temporary(name) for name in names):
        raise Conflict(
            "not-empty",
            f"{location.text} holds something else than a repository",
            "give an empty folder, or one that is to be made",
        )
    return True


def _names(location: Location, storage: Storage) -> set[str]:
    """What is at the top of a place; in a folder also what a storage never lists."""
    if any(storage.list(DESCRIPTION)):
        return {DESCRIPTION}
    if location.kind != "folder":
        return {name.partition("/")[0] for name in storage.list("")}
    try:
        return set(map(os.fsdecode, os.listdir(location.folder)))
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise disk.explain(error, "read", location.folder) from error


def _described(location: Location, storage: Storage) -> Description:
    """What a place says of itself.

    Raises:
        Unreachable: nothing is there: it is not mounted, or was moved away.
    """
    try:
        return read_description(storage)
    except Missing as error:
        raise Unreachable(
            "unreachable",
            f"there is no repository in {location.text}",
            "is it mounted? was it moved?",
            location=location.text,
        ) from error


def _clear(folder: bytes) -> None:
    """Remove a folder with all that is in it."""
    for where, folders, files in os.walk(folder, topdown=False):
        for name in files:
            disk.unlink(os.path.join(where, name))
        for name in folders:
            disk.rmdir(os.path.join(where, name))
    disk.rmdir(folder)
