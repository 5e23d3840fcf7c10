"""Holdings: what a remote verifiably holds, told by its packs and not by what is remembered."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from contentvc.errors import Damaged
from contentvc.ids import Kind, ObjectId, PackName
from contentvc.objects.pack import pack_path
from contentvc.remotes.contract import Remote
from contentvc.snapshots.operation import PackRecord
from contentvc.storage.contract import NotFound

__all__ = ["content_held"]

_AT_ONCE: Final = 8
"""Requests under way, since each pack takes one."""
_CONTENT: Final = (Kind.RAW, Kind.LIST)


def content_held(remote: Remote) -> frozenset[ObjectId]:
    """Blobs, chunks and chunk lists in packs that are there in their full length.

    Counted are live packs whose footer is sound, if the packs that they stand on are there too.
    Their content is not read.

    Raises:
        Unreachable, NotAllowed, Damaged: as every call of a remote.
    """
    live = list(remote.view.packs.values())
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        whole = threads.map(lambda record: _is_whole(remote, record), live)
        there = {record.name for record, is_whole in zip(live, whole, strict=True) if is_whole}
    held: set[ObjectId] = set()
    for pack in _standing(remote, there):
        rows = remote.objects.index.footer(pack).rows()
        held.update(row[0] for row in rows if row[1] in _CONTENT)
    return frozenset(held)


def _is_whole(remote: Remote, record: PackRecord) -> bool:
    """Whether a pack ends where its record says."""
    last = record.length - 1
    try:
        return len(remote.objects.storage.read(pack_path(record.name), (last, last + 2))) == 1
    except NotFound:
        return False


def _standing(remote: Remote, there: set[PackName]) -> Iterator[PackName]:
    """Those whose delta blocks have all that they stand on; the order of the log has it first."""
    sound: set[PackName] = set()
    for pack in remote.view.packs:
        if pack not in there:
            continue
        try:
            footer = remote.objects.index.footer(pack)
        except (Damaged, NotFound):
            continue
        if footer.needs <= sound:
            sound.add(pack)
            yield pack
