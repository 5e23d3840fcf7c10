"""Sweep: pack files that no operation lists, or lists no more."""

from collections.abc import Iterator

from contentvc.history.view import View
from contentvc.ids import NAME_BYTES, PackName
from contentvc.objects.pack import pack_path
from contentvc.storage.contract import Storage

__all__ = ["delete_gone", "pack_files"]


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
