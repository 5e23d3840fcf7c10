"""Unlisted packs: complete, but no operation names them, since who wrote them was killed.

Another session that stores the same content takes them over instead of writing it again. Nobody
vouches for their bytes, so everything in a pack is checked before anything is built on it.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from blake3 import blake3

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import ID_BYTES, NAME_BYTES, Kind, ObjectId, PackName, object_id
from contentvc.objects.lists import decode_list
from contentvc.objects.pack import Footer, pack_path, read_unlisted
from contentvc.objects.store import ObjectStore
from contentvc.snapshots.codec import split_ids
from contentvc.snapshots.operation import PackRecord
from contentvc.storage.contract import NotFound, Storage

__all__ = ["Unlisted"]

_PREFIX: Final = "packs/"
_PART: Final = 4 * limits.MIB

Adopted = tuple[PackRecord, Footer]


class Unlisted:
    """The unlisted packs of a storage, looked at when something is first asked for.

    Args:
        store: tells which packs are live.
        gone: packs that were removed or discarded; their names are never used again.
    """

    def __init__(self, store: ObjectStore, gone: Collection[bytes]) -> None:
        self._store = store
        self._gone = gone
        self._holders: Mapping[ObjectId, Adopted] | None = None
        self._refused: set[PackName] = set()

    def holding(self, identifier: ObjectId) -> Adopted | None:
        """A pack that has this object, everything in it as it should be; None for none."""
        if self._holders is None:
            self._holders = dict(self._look())
        found = self._holders.get(identifier)
        if found is None or found[0].name in self._refused:
            return None
        if not self._is_sound(*found):
            self._refused.add(found[0].name)
            return None
        return found

    def _look(self) -> Iterator[tuple[ObjectId, Adopted]]:
        for path in self._store.storage.list(_PREFIX):
            name = _name_of(path)
            if name is None or name in self._store.live or name in self._gone:
                continue
            try:
                record, footer = _examine(self._store.storage, name)
            except (Damaged, NotFound):
                continue  # cut short, or of a later version: upkeep discards it some day
            if footer.needs <= self._store.live.keys():
                for identifier in split_ids(footer.ids, ID_BYTES):
                    yield ObjectId(identifier), (record, footer)

    def _is_sound(self, record: PackRecord, footer: Footer) -> bool:
        """Whether every object of a pack is what its id says."""
        self._store.index.add(record.name, footer)
        first = 0
        try:
            for number, block in enumerate(footer.blocks):
                raw = self._store.read_block(record.name, number, block)
                for identifier, kind, _, offset, length in footer.block_rows(number, first):
                    _check(kind, identifier, raw[offset : offset + length])
                first += footer.per_block[number]
        except (Damaged, NotFound):
            return False
        return True


def _name_of(path: str) -> PackName | None:
    digits = path.removeprefix(_PREFIX)
    try:
        name = bytes.fromhex(digits)
    except ValueError:
        return None
    return PackName(name) if len(name) == NAME_BYTES and name.hex() == digits else None


def _examine(storage: Storage, name: PackName) -> Adopted:
    """The record and footer of a pack that no operation tells of.

    Its chunk lists count as received: whether whoever wrote them hashed the blobs is not known.
    """
    path, digest, length = pack_path(name), blake3(), 0
    while part := storage.read(path, (length, length + _PART)):
        digest.update(part)
        length += len(part)
        if length > limits.PACK_LENGTH:
            raise Damaged("beyond-limit", f"pack {name.hex()} is longer than a pack can be")
    footer_length, footer = read_unlisted(
        lambda start, end: storage.read(path, (start, end)), name, length
    )
    has_lists = Kind.LIST in footer.kinds
    whole = ObjectId(digest.digest())
    return PackRecord(name, whole, length, footer_length, received=has_lists), footer


def _check(kind: Kind, identifier: ObjectId, content: bytes) -> None:
    if kind is Kind.LIST:
        decode_list(content)
    elif object_id(kind, content) != identifier:
        raise Damaged("damaged", "an object of an unlisted pack does not hash to its id")
