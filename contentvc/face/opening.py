"""Opening: how a program comes by a workspace."""

import os

from contentvc.actions.init import init
from contentvc.errors import Missing
from contentvc.face.paths import Path, to_bytes
from contentvc.face.session import Session
from contentvc.face.workspace import Workspace
from contentvc.history.log import Clockwork
from contentvc.surroundings.author import author as author_of
from contentvc.surroundings.author import checked_author
from contentvc.surroundings.settings import Settings
from contentvc.surroundings.world import World
from contentvc.worktree.place import check_platform, find

__all__ = ["init_workspace", "open_workspace"]


def open_workspace(path: Path = ".", author: str | None = None) -> Workspace:
    """Open the working tree that a folder is in.

    Args:
        path: the root of the working tree, or a folder below it.
        author: ``Name <address>`` of who works in it; without it, as for the command line:
            ``CONTENTVC_AUTHOR``, settings, git's settings, or the login and host.

    Raises:
        Missing: neither that folder nor one above is under contentvc (``not-a-repository``).
        Damaged: the repository needs a newer version of contentvc, or is damaged.
        Usage: the author is none.

    Example:
        >>> contentvc.open("support/prompts").at("v1").message
        'First version'
    """
    world = World.current()
    check_platform(world.platform)
    folder = _folder(world, path)
    if not os.path.isdir(folder):
        shown = folder.decode("utf-8", "replace")
        raise Missing("not-a-repository", f"there is no folder {shown}", path=shown)
    return Workspace(Session(find(folder), world, author))


def init_workspace(path: Path = ".", author: str | None = None) -> Workspace:
    r"""Put a folder under contentvc, and open it; harmless where it is already.

    Args:
        path: the folder; made if it is missing.
        author: as for `contentvc.open`.

    Raises:
        NotAllowed, Busy: the folder cannot be written, or its file system is not safe.
        Usage: the author is none.

    Example:
        >>> new = contentvc.init("evaluations", author="Ada Lovelace <ada@example.org>")
        >>> Path("evaluations/cases.jsonl").write_text('{"input": "2+2"}\n')
        17
        >>> len(new.commit("First cases").tree)
        1
    """
    world = World.current()
    check_platform(world.platform)
    root = _folder(world, path)
    name = None if author is None else checked_author(author, "author")
    who = name or author_of(world, Settings.load(world.config_file, None), os.path.dirname(root))
    made = init(root, Clockwork(world.now, world.random, world.pause), who, ())
    return Workspace(Session(made.place, world, author))


def _folder(world: World, path: Path) -> bytes:
    """Absolute, without symlinks."""
    return os.path.realpath(os.path.join(world.here or b"/", to_bytes(path)))
