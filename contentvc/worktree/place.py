"""Place: where a working tree lies, and where its workspace and its repository are.

The main working tree has a folder ``.contentvc``; a linked one has a file of that name, which
says which workspace it is and where the main tree's folder lies.
"""

import os
from dataclasses import dataclass
from typing import Final

from contentvc import limits
from contentvc.errors import Damaged, Missing, NotAllowed
from contentvc.ids import NAME_BYTES, WorkspaceId
from contentvc.snapshots.names import OWN_FOLDER
from contentvc.storage import disk

__all__ = ["Place", "at", "check_platform", "create", "find", "link", "workspace_folder"]

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


def create(root: bytes, workspace: WorkspaceId) -> Place:
    """Make a folder the main working tree; durable, and visible to `find` only at the very end.

    May be called again after a crash, with another id.

    Raises:
        NotAllowed, Busy: the file system refuses.
    """
    place = Place(root, os.path.join(root, OWN_FOLDER), workspace)
    try:
        disk.make_folders(place.own)
        disk.replace_file_durably(os.path.join(place.folder, _IGNORE), b"*\n")
        name = workspace.hex().encode() + b"\n"
        disk.replace_file_durably(os.path.join(place.folder, _WORKSPACE), name)
    except OSError as error:
        raise disk.explain(error, "set up", place.folder) from error
    return place


def link(root: bytes, folder: bytes, workspace: WorkspaceId) -> Place:
    """Make a folder a linked working tree of the repository in `folder`, a ``.contentvc``.

    Raises:
        NotAllowed: the repository's path is not UTF-8, or the file system refuses.
    """
    place = Place(root, folder, workspace)
    try:
        where = folder.decode()
    except UnicodeDecodeError as error:
        raise NotAllowed(
            "not-supported", f"the repository's path {folder!r} is not UTF-8; it cannot be linked"
        ) from error
    text = f'workspace = "{workspace.hex()}"\nfolder = {_quoted(where)}\n'
    try:
        disk.make_folders(place.own)
        disk.replace_file_durably(place.marker, text.encode())
    except OSError as error:
        raise disk.explain(error, "set up", place.marker) from error
    return place


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
    if os.path.isdir(marker):
        text = _read(os.path.join(marker, _WORKSPACE))
        return None if text is None else Place(root, marker, _workspace(text.strip(), marker))
    text = _read(marker)
    return None if text is None else _linked(root, marker, text)


def _linked(root: bytes, marker: bytes, text: bytes) -> Place:
    import tomllib  # noqa: PLC0415 - only linked workspaces need it, and every command starts here

    if len(text) > limits.SETTINGS_BYTES or text.count(b".") > limits.SETTINGS_DOTS:
        raise _not_understood(marker)  # tomllib's memory grows with the square of dotted keys
    try:
        content = tomllib.loads(text.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _not_understood(marker) from error
    workspace, folder = content.get("workspace"), content.get("folder")
    if not isinstance(workspace, str) or not isinstance(folder, str):
        raise _not_understood(marker)
    if not os.path.isabs(folder) or "\0" in folder:
        raise _not_understood(marker)
    return Place(root, os.fsencode(folder), _workspace(workspace.encode(), marker))


def _workspace(text: bytes, marker: bytes) -> WorkspaceId:
    try:
        name = bytes.fromhex(text.decode())
    except ValueError as error:
        raise _not_understood(marker) from error
    if len(name) != NAME_BYTES:
        raise _not_understood(marker)
    return WorkspaceId(name)


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
        return os.read(fd, limits.JSON_BYTES)
    except OSError as error:
        raise disk.explain(error, "read", path) from error
    finally:
        os.close(fd)


def _quoted(text: str) -> str:
    """A TOML basic string."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in plain) + '"'
