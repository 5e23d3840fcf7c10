"""Place: where a working tree lies, and where its workspace and its repository are.

The main working tree has a folder ``.contentvc``; a linked one has a file of that name, which
says which workspace it is and where the main tree's folder lies.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from contentvc import limits
from contentvc.errors import Damaged, Missing, NotAllowed
from contentvc.ids import WorkspaceId
from contentvc.snapshots.names import OWN_FOLDER
from contentvc.storage import disk
from contentvc.worktree.marker import (
    Marker,
    NotAMarker,
    check_sparse,
    decode_linked,
    decode_main,
    encode_linked,
    encode_main,
)

__all__ = ["Place", "at", "check_platform", "create", "find", "link", "mark", "workspace_folder"]

_WORKSPACE: Final = b"workspace"
_IGNORE: Final = b".gitignore"


@dataclass(frozen=True, slots=True)
class Place:
    """A working tree. Paths are absolute; what they name need not exist, except `root`."""

    root: bytes
    """The folder whose content is recorded."""
    folder: bytes
    """The ``.contentvc`` folder of the main working tree."""
    workspace: WorkspaceId
    sparse: tuple[bytes, ...] = ()
    """The paths whose files are here, sorted; empty where all are."""

    @property
    def marker(self) -> bytes:
        """``.contentvc`` in this tree: the folder, or the file of a linked workspace."""
        return os.path.join(self.root, OWN_FOLDER)

    @property
    def is_linked(self) -> bool:
        """Whether the repository lies in another working tree."""
        return self.folder != self.marker

    @property
    def repository(self) -> str:
        """The folder of the replica, as `LocalStorage` takes it."""
        return os.fsdecode(os.path.join(self.folder, b"repository"))

    @property
    def config(self) -> bytes:
        """The repository's settings, shared by its workspaces."""
        return os.path.join(self.folder, b"config.toml")

    @property
    def remotes(self) -> bytes:
        """What is known of the repository's remotes: a folder for each."""
        return os.path.join(self.folder, b"remotes")

    @property
    def lazy(self) -> bytes:
        """Names the remotes that hold content which is not here; there only where some do."""
        return os.path.join(self.folder, b"lazy")

    @property
    def own(self) -> bytes:
        """The folder of this workspace's caches, journal and lease."""
        return workspace_folder(self.folder, self.workspace)

    @property
    def sound(self) -> bytes:
        """The cache of contents that were found to be as their content sets ask."""
        return os.path.join(self.own, b"sound")

    @property
    def state(self) -> bytes:
        """The cache of stat data and blob ids."""
        return os.path.join(self.own, b"state")

    @property
    def checkout(self) -> bytes:
        """The journal of a checkout under way."""
        return os.path.join(self.own, b"checkout")

    @property
    def lease(self) -> bytes:
        """The file that is locked while a command changes the working tree or records it."""
        return os.path.join(self.own, b"lease")


def workspace_folder(folder: bytes, workspace: WorkspaceId) -> bytes:
    """Where the workspace of this id keeps its files, below the main ``.contentvc`` folder."""
    return os.path.join(folder, b"workspaces", workspace.hex().encode())


def find(start: bytes) -> Place:
    """The working tree that `start` (an absolute path) is in: the nearest one upwards.

    A ``.contentvc`` folder that names no workspace was left by an `init` that did not finish and
    is passed over.

    Raises:
        Missing: there is none.
        Damaged: there is one, and what it says is not understood.
    """
    folder = os.path.normpath(start)
    while True:
        place = at(folder)
        if place is not None:
            return place
        above = os.path.dirname(folder)
        if above == folder:
            shown = os.fsencode(start).decode("utf-8", "replace")
            raise Missing(
                "not-a-repository", f"{shown} is not under contentvc", "run: contentvc init"
            )
        folder = above


def create(root: bytes, workspace: WorkspaceId, sparse: Sequence[bytes] = ()) -> Place:
    """Make a folder the main working tree; durable, and visible to `find` only at the very end.

    May be called again after a crash, with another id. With `sparse`, only files at these paths
    and below them are to be in it.

    Raises:
        Usage: a sparse path is no path below the root.
        NotAllowed, Busy: the file system refuses, or there are too many sparse paths.
    """
    place = Place(root, os.path.join(root, OWN_FOLDER), workspace, check_sparse(sparse))
    try:
        disk.make_folders(place.own)
        disk.replace_file_durably(os.path.join(place.folder, _IGNORE), b"*\n")
    except OSError as error:
        raise disk.explain(error, "set up", place.folder) from error
    mark(place)
    return place


def link(root: bytes, folder: bytes, workspace: WorkspaceId, sparse: Sequence[bytes] = ()) -> Place:
    """Make a folder a linked working tree of the repository in `folder`, a ``.contentvc``.

    Raises:
        Usage: as `create`.
        NotAllowed: the repository's path is not UTF-8, or the file system refuses.
    """
    place = Place(root, folder, workspace, check_sparse(sparse))
    try:
        disk.make_folders(place.own)
    except OSError as error:
        raise disk.explain(error, "set up", place.marker) from error
    mark(place)
    return place


def mark(place: Place) -> None:
    """Write the marker of a working tree, durably and at once: a reader sees the old or the new.

    Raises:
        NotAllowed: the repository's path is not UTF-8, or the file system refuses.
    """
    marker = Marker(place.workspace, place.sparse)
    path, encoded = os.path.join(place.folder, _WORKSPACE), encode_main(marker)
    if place.is_linked:
        path, encoded = place.marker, encode_linked(replace(marker, folder=_text(place.folder)))
    try:
        disk.replace_file_durably(path, encoded)
    except OSError as error:
        raise disk.explain(error, "set up", place.marker) from error


def _text(folder: bytes) -> str:
    try:
        return folder.decode()
    except UnicodeDecodeError as error:
        raise NotAllowed(
            "not-supported", f"the repository's path {folder!r} is not UTF-8; it cannot be linked"
        ) from error


def check_platform(platform: str) -> None:
    """Refuse where working trees are not supported; `platform` is as in ``sys.platform``.

    Raises:
        NotAllowed: on Windows.
    """
    if platform in ("win32", "cygwin"):
        raise NotAllowed(
            "not-supported",
            "contentvc does not run on Windows yet",
            "use it in the Windows Subsystem for Linux",
        )


def at(root: bytes) -> Place | None:
    """The working tree whose root is this very folder; None where it is the root of none.

    Raises:
        Damaged: what it says of itself is not understood.
    """
    marker = os.path.join(root, OWN_FOLDER)
    is_main = os.path.isdir(marker)
    text = _read(os.path.join(marker, _WORKSPACE) if is_main else marker)
    if text is None:
        return None
    try:
        said = decode_main(text) if is_main else decode_linked(text)
    except NotAMarker as error:
        raise _not_understood(marker) from error
    if said.folder is None:
        return Place(root, marker, said.workspace, said.sparse)
    if not os.path.isabs(said.folder) or "\0" in said.folder:
        raise _not_understood(marker)
    return Place(root, os.fsencode(said.folder), said.workspace, said.sparse)


def _not_understood(marker: bytes) -> Damaged:
    shown = marker.decode("utf-8", "replace")
    return Damaged("damaged", f"{shown} does not say which workspace this is", path=shown)


def _read(path: bytes) -> bytes | None:
    """The start of a small file; None where there is no such file."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise disk.explain(error, "read", path) from error
    try:
        return os.read(fd, limits.MARKER_BYTES)
    except OSError as error:
        raise disk.explain(error, "read", path) from error
    finally:
        os.close(fd)
