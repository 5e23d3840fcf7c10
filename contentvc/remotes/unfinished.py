"""Unfinished: packs that were written for an operation that does not exist yet.

A transfer that is cut short leaves them behind, complete but unlisted. The next one takes over
those that hold what it wants, in place of moving the same bytes again. Which there are is a cache:
whether a pack is there, and what is in it, is read from the pack itself.
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Final, NamedTuple

from xxhash import xxh3_64_intdigest

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.history.view import View
from contentvc.ids import ID_BYTES, Kind, ObjectId, PackName
from contentvc.objects.pack import Footer, pack_path, read_footer
from contentvc.objects.store import ObjectStore
from contentvc.snapshots.codec import split_ids
from contentvc.snapshots.operation import PackRecord, decode_packs, encode_packs
from contentvc.storage.contract import NotFound, Storage

__all__ = ["Left", "Unfinished", "objects_of"]

_MAGIC: Final = b"CVLEFT1\n"
_START: Final = len(_MAGIC) + 8


class Left(NamedTuple):
    """A pack that was left, and what is in it."""

    record: PackRecord
    footer: Footer

    @property
    def ids(self) -> set[ObjectId]:
        """The objects in it."""
        return set(map(ObjectId, split_ids(self.footer.ids, ID_BYTES)))


class Unfinished:
    """The packs of one direction, in a file.

    Args:
        storage: where the file is.
        name: of the file.
    """

    def __init__(self, storage: Storage, name: str) -> None:
        self._storage = storage
        self._name = name
        self._records = self._read()

    def add(self, record: PackRecord) -> None:
        """A pack is durable, and no operation tells of it yet."""
        self._records[record.name] = record
        self._write()

    def left(
        self,
        store: ObjectStore,
        view: View,
        wanted: Mapping[ObjectId, Kind],
        fits: Callable[[set[ObjectId]], bool],
    ) -> list[Left]:
        """The packs that may be taken over, each after what it stands on; others are forgotten.

        Args:
            store: where the packs are.
            view: the newest one there. What it lists, or tells to be gone, is left no longer.
            wanted: what is to be moved, and as what each object is stored.
            fits: whether a pack with these objects may be used.
        """
        if not self._records:
            return []
        found: list[Left] = []
        live = set(view.packs)
        for name, record in self._records.items():
            is_left = name not in view.packs and name not in view.gone
            footer = _footer_of(store, record) if is_left else None
            if footer is not None and footer.needs <= live and _is_so_stored(footer, wanted):
                one = Left(record, footer)
                if fits(one.ids):
                    live.add(name)
                    found.append(one)
        self._records = {one.record.name: one.record for one in found}
        self._write()
        return found

    def _read(self) -> dict[PackName, PackRecord]:
        try:
            stored = self._storage.read(self._name, (0, limits.OPERATION_BYTES))
            packs = decode_packs(stored[_START:]) if _is_sound(stored) else ()
            return {record.name: record for record in packs}
        except (NotFound, Damaged):
            return {}

    def _write(self) -> None:
        encoded = encode_packs(self._records.values())
        checksum = xxh3_64_intdigest(encoded).to_bytes(8, "little")
        self._storage.write(self._name, _MAGIC + checksum + encoded)


def _is_sound(stored: bytes) -> bool:
    checksum = xxh3_64_intdigest(stored[_START:]).to_bytes(8, "little")
    return stored.startswith(_MAGIC) and stored[len(_MAGIC) : _START] == checksum


def _footer_of(store: ObjectStore, record: PackRecord) -> Footer | None:
    """The footer of a pack, where it is there in its full length."""
    path = pack_path(record.name)
    with suppress(NotFound):
        return store.index.footer(record.name)  # it was written a moment ago, by this program
    try:
        return read_footer(lambda start, end: store.storage.read(path, (start, end)), record)
    except (NotFound, Damaged):
        return None


def _is_so_stored(footer: Footer, wanted: Mapping[ObjectId, Kind]) -> bool:
    """Whether what is wanted of a pack is stored in it as it is wanted."""
    ids = split_ids(footer.ids, ID_BYTES)
    return all(
        wanted.get(ObjectId(one), kind) == kind for one, kind in zip(ids, footer.kinds, strict=True)
    )


def objects_of(left: Collection[Left]) -> set[ObjectId]:
    """Everything in these packs."""
    return {identifier for one in left for identifier in one.ids}
