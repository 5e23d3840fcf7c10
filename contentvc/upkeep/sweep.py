"""Sweep: pack files that no operation lists, or lists no more."""

from collections.abc import Iterator
from typing import Final

from contentvc import limits
from contentvc.history.view import View
from contentvc.ids import NAME_BYTES, PackName
from contentvc.objects.pack import pack_path
from contentvc.repository import Repository
from contentvc.storage.contract import Storage

__all__ = ["delete_gone", "delete_unread", "pack_files"]

_SECOND: Final = 1_000_000


def pack_files(storage: Storage) -> Iterator[PackName]:
    """The names of all packs that are stored, live or not."""
    for path in storage.list("packs/"):
        try:
            name = bytes.fromhex(path.removeprefix("packs/"))
        except ValueError:
            continue  # nothing of ours
        if len(name) == NAME_BYTES and path == pack_path(PackName(name)):
            yield PackName(name)


def delete_gone(storage: Storage, view: View) -> None:
    """Delete the files of packs that an operation removed or discarded.

    Their names are never used again, so this may be done at any time and by anyone. A reader whose
    view is older finds a pack gone, reads the newest view, and goes on.
    """
    for pack in list(pack_files(storage)):
        if pack in view.gone and pack not in view.packs:
            storage.delete(pack_path(pack))


def delete_unread(repository: Repository) -> None:
    """As `delete_gone`, but for what others may be in the middle of reading.

    Where somebody works, readers are quick and look again. A replica without a workspace is there
    for others, far away and for hours: the files of packs that were moved or dropped in its last
    day stay, so that a clone that began before that ends without beginning again.
    """
    view = repository.view
    spared = frozenset[PackName]() if view.workspaces else frozenset(_gone_lately(repository))
    for pack in list(pack_files(repository.storage)):
        if pack in view.gone and pack not in spared:
            repository.storage.delete(pack_path(pack))


def _gone_lately(repository: Repository) -> Iterator[PackName]:
    """Packs that operations of the grace period removed or discarded."""
    since = repository.clockwork.now() - limits.READERS_GRACE * _SECOND
    for number in range(repository.view.sequence, 0, -1):
        found = repository.log.read(number)
        if found is None or found[0].time < since:
            return
        yield from found[0].removed
        yield from found[0].discarded
