"""ObjectStore: reading objects by id, every one verified."""

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Final

from blake3 import blake3
from xxhash import xxh3_64_intdigest

from contentvc import limits
from contentvc.errors import ContentvcError, Damaged
from contentvc.ids import (
    ID_BYTES,
    Kind,
    ObjectId,
    PackName,
    blob_id,
    keyed_id,
    object_id,
    short,
)
from contentvc.objects.ahead import contiguous, read_ahead
from contentvc.objects.blocks import Base, Block, Method
from contentvc.objects.compression import decompress
from contentvc.objects.elsewhere import Elsewhere
from contentvc.objects.guard import new_guard
from contentvc.objects.hashed import Hashed
from contentvc.objects.index import Index
from contentvc.objects.lists import ChunkList, decode_list
from contentvc.objects.nearby import Nearby
from contentvc.objects.pack import pack_path
from contentvc.objects.segment import Place
from contentvc.snapshots.operation import PackRecord
from contentvc.storage.contract import NotFound, Storage

__all__ = ["ObjectStore"]

_CACHED: Final = 16 * limits.MIB
"""Raw bytes of blocks kept, for neighbours that are asked for next."""
_RANGED: Final = 4
"""Chunk lists kept for ranged reads: 70 bytes a chunk."""
_NOWHERE: Final = PackName(b"")


class ObjectStore:
    """Objects in the live packs of one repository. Safe to use from several threads, and forked.

    Args:
        storage: where the packs are.
        reload: brings the live packs up to date (through `cover`); called when a pack is gone,
            since a compaction may have moved what was in it.
    """

    def __init__(self, storage: Storage, reload: Callable[[], object]) -> None:
        self.storage = storage
        self.index = Index(storage)
        self.live: Mapping[PackName, PackRecord] = {}
        self.why_gone: Callable[[ObjectId], ContentvcError | None] = lambda _: None
        """Why an object that is not stored was dropped on purpose; None where it was not."""
        self.elsewhere: Elsewhere | None = None
        """Where content comes from that is not stored here; None where nothing can."""
        self._reload = reload
        self._cache: OrderedDict[tuple[PackName, int], bytes] = OrderedDict()
        self._cached = 0
        self._guard = new_guard()
        self._hashed = Hashed()
        self._proved: set[ObjectId] = set()
        self._ranged: dict[ObjectId, tuple[ChunkList, list[int]]] = {}

    def cover(self, live: Mapping[PackName, PackRecord]) -> None:
        """From now on, these packs are live."""
        self.live = live
        self.index.cover(live)

    def has(self, identifier: ObjectId) -> bool:
        """Whether an object is stored in a live pack."""
        return self.index.find(identifier) is not None

    @property
    def is_partial(self) -> bool:
        """Whether content may be missing here and be had from elsewhere."""
        return self.elsewhere is not None and self.elsewhere.is_asked

    def bring(self, wanted: Iterable[ObjectId]) -> None:
        """Have some blobs here: those that are not are asked for, all of them at once.

        For whoever is about to read many: else each would be asked for when it is read. Where
        there is nobody to ask, nothing happens, and reading tells what is missing.

        Raises:
            Unreachable, Damaged, NotAllowed, Busy: as `Elsewhere.bring`.
        """
        if self.elsewhere is None or not self.elsewhere.is_asked:
            return
        ids = set(wanted)
        missing = ids - self.index.find_each(ids).keys()
        if missing:
            self.cover(self.elsewhere.bring(missing))

    def kind(self, identifier: ObjectId) -> Kind | None:
        """What an object is; None when it is not stored."""
        place = self.index.find(identifier)
        return None if place is None else place.kind

    def read(self, kind: Kind, identifier: ObjectId) -> bytes:
        """The bytes of one object, which hash to its id.

        Raises:
            Damaged: it is not stored (``missing-object``), or not as it was (``damaged``).
            Missing: it was dropped on purpose (``forgotten``).
            Unreachable: it is content that is elsewhere, and there is no answer.
        """
        is_content = kind is Kind.RAW or kind is Kind.LIST
        place = self._locate(identifier) if is_content else self._here(identifier)
        return self._verified(kind, identifier, place)

    def size(self, identifier: ObjectId) -> int:
        """Bytes of a blob."""
        place = self._locate(identifier)
        return self.chunks(identifier).size if place.kind is Kind.LIST else place.length

    def blob(self, identifier: ObjectId) -> bytes:
        """All bytes of a blob. For content that may be large, use `stream`."""
        return b"".join(self.stream(identifier))

    def blobs(self, wanted: Iterable[ObjectId]) -> Iterator[tuple[ObjectId, bytes]]:
        """Small blobs, in the order in which they lie, so each block is decompressed once."""
        return self.read_many(Kind.RAW, wanted)

    def read_many(self, kind: Kind, wanted: Iterable[ObjectId]) -> Iterator[tuple[ObjectId, bytes]]:
        """As `read`, of several objects in the order in which they lie."""
        ids = set(wanted)
        places = self.index.find_each(ids)
        if kind is Kind.RAW and len(places) < len(ids):
            self.bring(ids - places.keys())
            places = self.index.find_each(ids)
        blocks: dict[tuple[PackName, int], list[ObjectId]] = {}
        for identifier, place in places.items():
            blocks.setdefault((place.pack, place.block_number), []).append(identifier)
        for where in sorted(blocks):
            raw = self._block_of(places[blocks[where][0]])
            for identifier in blocks[where]:
                found_kind, _, _, _, offset, length = places[identifier]
                content = raw[offset : offset + length]
                if found_kind is not kind or object_id(kind, content) != identifier:
                    content = self.read(kind, identifier)  # elsewhere by now; or this tells
                yield identifier, content
        for identifier in ids - places.keys():
            yield identifier, self.read(kind, identifier)

    def is_large(self, identifier: ObjectId) -> bool:
        """Whether a blob is stored as a chunk list."""
        return self._locate(identifier).kind is Kind.LIST

    def chunks(self, identifier: ObjectId) -> ChunkList:
        """The chunk list of a large blob."""
        place = self._locate(identifier)
        if place.kind is not Kind.LIST:
            raise Damaged("damaged", f"blob {short(identifier)} has no chunk list")
        return decode_list(self._slice(identifier, place))

    def stream(self, identifier: ObjectId) -> Iterator[bytes]:
        """The bytes of a blob in parts; an error after the last if they are not that blob's.

        Every chunk is verified before it is given. The whole is hashed too, unless its chunk list
        was written here, by a session that hashed it, or was proved before.

        Raises:
            Damaged: as for `read`; what came before must then not be used.
        """
        place = self._locate(identifier)
        if place.kind is not Kind.LIST:
            yield self._verified(Kind.RAW, identifier, place)
            return
        for part in self._whole(identifier, place, None):
            yield bytes(part)

    def stream_near(self, identifier: ObjectId, near: Nearby) -> Iterator[bytes | memoryview]:
        """As `stream`, of a large blob many of whose chunks may be had from a file nearby."""
        return self._whole(identifier, self._locate(identifier), near)

    def prove(self, identifier: ObjectId) -> None:
        """Read a whole blob, wherever it came from, and hash it.

        Raises:
            Damaged: as for `read`, or its chunks are not its content.
        """
        self._proved.discard(identifier)
        place = self._locate(identifier)
        if place.kind is not Kind.LIST:
            self._verified(Kind.RAW, identifier, place)
            return
        digest = blake3()
        for part in self._parts(identifier, decode_list(self._slice(identifier, place)), None):
            digest.update(part)
        self._conclude(identifier, digest.digest())

    def read_range(self, identifier: ObjectId, start: int, end: int) -> bytes:
        """Part of a blob; only the chunks it lies in are read, once the list is proved."""
        place = self._locate(identifier)
        if place.kind is not Kind.LIST:
            return self._verified(Kind.RAW, identifier, place)[start:end]
        chunks, offsets = self._ranged_list(identifier, place)
        first = max(0, bisect_right(offsets, start) - 1)
        last = bisect_left(offsets, end)
        parts = [
            self.read(Kind.RAW, chunk)[max(start - low, 0) : end - low]
            for chunk, low in zip(chunks.ids[first:last], offsets[first:last], strict=False)
        ]
        return b"".join(parts)

    def read_block(self, pack: PackName, number: int, block: Block) -> bytes:
        """The raw bytes of a block, its checksum verified.

        Raises:
            NotFound: the pack is gone.
            Damaged: the block is not as it was written.
        """
        with self._guard:
            cached = self._cache.get((pack, number))
            if cached is not None:
                self._cache.move_to_end((pack, number))
                return cached
        path = pack_path(pack)
        stored = self.storage.read(path, (block.offset, block.offset + block.stored))
        raw = self._decoded(pack, number, block, stored)
        self._keep((pack, number), raw)
        return raw

    def _block_of(self, place: Place) -> bytes:
        """The raw bytes of a block; none where it cannot be read."""
        try:
            return self.read_block(place.pack, place.block_number, place.block)
        except (NotFound, Damaged):
            return b""

    def _locate(self, identifier: ObjectId) -> Place:
        """Where content lies, which is brought here if it is elsewhere."""
        if self.elsewhere is not None and self.index.find(identifier) is None:
            self._reload()
            self.bring((identifier,))
        return self._here(identifier)

    def _here(self, identifier: ObjectId) -> Place:
        place = self.index.find(identifier)
        if place is None:
            self._reload()
            place = self.index.find(identifier)
        if place is None:
            raise self._missing(identifier)
        return place

    def _missing(self, identifier: ObjectId) -> ContentvcError:
        gone = self.why_gone(identifier)
        if gone is not None:
            return gone
        where = "not stored"
        if self.elsewhere is not None and self.elsewhere.is_asked:
            where = f"stored neither here nor at {', '.join(self.elsewhere.names)}"
        packs = sorted(pack.hex() for pack in self.index.unreadable)
        reason = f"; unreadable packs: {', '.join(packs)}" if packs else ""
        return Damaged(
            "missing-object",
            f"object {short(identifier)} is {where}{reason}",
            "run: contentvc verify",
            object=identifier.hex(),
        )

    def _verified(self, kind: Kind, identifier: ObjectId, place: Place) -> bytes:
        content = self._slice(identifier, place)
        if place.kind is not kind or not self._hashed.fits(kind, identifier, content):
            raise self._other(identifier, place)
        return content

    def _slice(self, identifier: ObjectId, place: Place) -> bytes:
        """The bytes at a place; where its pack is gone, from where the newest view has them."""
        try:
            return self._part(place)
        except NotFound:
            self._reload()
        if place.kind is Kind.RAW or place.kind is Kind.LIST:
            self.bring((identifier,))
        again = self.index.find(identifier)
        try:
            if again is not None and again.kind is place.kind:
                return self._part(again)
            raise self._missing(identifier)
        except NotFound as error:
            raise Damaged(
                "missing-object",
                f"object {short(identifier)} cannot be read: {error} is gone",
                "run: contentvc verify",
                object=identifier.hex(),
            ) from error

    def _part(self, place: Place) -> bytes:
        raw = self.read_block(place.pack, place.block_number, place.block)
        content = raw[place.offset : place.offset + place.length]
        if len(content) != place.length:
            raise Damaged("damaged", f"an object of pack {place.pack.hex()} is cut short")
        return content

    def _is_proved(self, identifier: ObjectId, place: Place) -> bool:
        record = self.live.get(place.pack)
        return identifier in self._proved or (record is not None and not record.received)

    def _proved_list(self, identifier: ObjectId, place: Place) -> ChunkList:
        if not self._is_proved(identifier, place):
            self.prove(identifier)
        return decode_list(self._slice(identifier, place))

    def _ranged_list(self, identifier: ObjectId, place: Place) -> tuple[ChunkList, list[int]]:
        """A list and its offsets; the last ones are kept.

        A comparison reads thousands of ranges of two blobs, and to decode the list of 300 MB
        takes a millisecond.
        """
        kept = self._ranged.get(identifier)
        if kept is None or not self._is_proved(identifier, place):
            chunks = self._proved_list(identifier, place)
            kept = chunks, chunks.offsets()
            for old in list(self._ranged)[: len(self._ranged) - _RANGED + 1]:
                self._ranged.pop(old, None)
            self._ranged[identifier] = kept
        return kept

    def _conclude(self, identifier: ObjectId, digest: bytes) -> None:
        if digest != identifier:
            raise Damaged("damaged", f"the chunks of blob {short(identifier)} are not its content")
        self._proved.add(identifier)

    def _whole(
        self, identifier: ObjectId, place: Place, near: Nearby | None
    ) -> Iterator[bytes | memoryview]:
        chunks = decode_list(self._slice(identifier, place))
        digest = None if self._is_proved(identifier, place) else blake3()
        for part in self._parts(identifier, chunks, near):
            if digest is not None:
                digest.update(part)
            yield part
        if digest is not None:
            self._conclude(identifier, digest.digest())

    def _parts(
        self, blob: ObjectId, chunks: ChunkList, near: Nearby | None
    ) -> Iterator[bytes | memoryview]:
        """The chunks of a list, verified, read ahead of the caller."""
        for window, parts_of in read_ahead(chunks, partial(self._window, near)):
            try:
                parts = parts_of()
            except NotFound:  # a compaction moved chunks: here it is looked where they are now
                parts = [self.read(Kind.RAW, chunk) for chunk in window.ids]
            for part, length in zip(parts, window.lengths, strict=True):
                if len(part) != length:
                    raise Damaged(
                        "damaged", f"the chunk list of blob {short(blob)} has wrong lengths"
                    )
                yield part

    def _window(self, near: Nearby | None, window: ChunkList) -> list[bytes | memoryview]:
        """Some chunks that follow each other in a blob; mostly they do so where they lie, too.

        Raises:
            NotFound: a pack is gone, or a chunk is nowhere.
            Damaged: a chunk is not what it was.
        """
        parts: dict[ObjectId, bytes | memoryview] = {}
        if near is not None:
            parts.update(near.take(window.ids))
        rest = [identifier for identifier in window.ids if identifier not in parts]
        found = {identifier: self.index.find(identifier) for identifier in rest}
        places = [place for place in found.values() if place is not None]
        if len(places) < len(found):
            raise NotFound("a chunk")
        content: dict[Place, bytes] = {}
        for run in contiguous(places):
            content.update(zip(run, self._run(run), strict=True))
        for identifier, place in found.items():
            part = b"" if place is None else content[place]
            if blob_id(part) != identifier:
                raise self._other(identifier, place)
            parts[identifier] = part
        return [parts[identifier] for identifier in window.ids]

    def _run(self, run: list[Place]) -> Iterator[bytes]:
        """The objects at places whose blocks follow each other, of one read."""
        first, last = run[0].block, run[-1].block
        end = last.offset + last.stored
        stored = memoryview(self.storage.read(pack_path(run[0].pack), (first.offset, end)))
        for place in run:
            start = place.block.offset - first.offset
            block = stored[start : start + place.block.stored]
            raw = self._decoded(place.pack, place.block_number, place.block, block)
            yield raw[place.offset : place.offset + place.length]

    def _other(self, identifier: ObjectId, place: Place | None) -> Damaged:
        pack = "" if place is None else f" in pack {place.pack.hex()}"
        return Damaged(
            "damaged",
            f"object {short(identifier)}{pack} is not what it was",
            "run: contentvc verify",
            object=identifier.hex(),
        )

    def _decoded(
        self, pack: PackName, number: int, block: Block, stored: bytes | memoryview
    ) -> bytes:
        """The raw bytes of a block, from those that the pack has for it."""
        if len(stored) != block.stored or xxh3_64_intdigest(stored) != block.checksum:
            raise Damaged(
                "damaged",
                f"block {number} of pack {pack.hex()} is damaged",
                "run: contentvc verify",
            )
        if block.method is Method.PLAIN:
            return bytes(stored)
        prefix = self._prefix(pack, number, block) if block.method is Method.DELTA else b""
        return decompress(stored, block.raw, prefix)

    def _prefix(self, pack: PackName, number: int, block: Block) -> bytes:
        """The bytes a delta block stands on.

        Its cost covers all that reading it takes, which ends every chain after a few blocks.
        """
        under = {
            (base.pack or pack, base.block): self._block_under(pack, number, base)
            for base in block.bases
        }
        if block.raw + limits.DELTA_STEP + sum(one.cost for one in under.values()) > block.cost:
            raise Damaged("damaged", f"a delta block of pack {pack.hex()} costs more than it says")
        return b"".join([self.base(base, pack) for base in block.bases])

    def base(self, base: Base, own: PackName = _NOWHERE) -> bytes:
        """The bytes of a base of a delta block in pack `own`, which are those of its object.

        Raises:
            NotFound: the pack is gone.
            Damaged: the object is not there, is of a kind that cannot be a base, or is damaged.
        """
        pack = base.pack or own
        footer = self.index.footer(pack)
        if base.block < len(footer.blocks):
            raw = self.read_block(pack, base.block, footer.blocks[base.block])
            first = sum(footer.per_block[: base.block])
            for identifier, kind, _, offset, length in footer.block_rows(base.block, first):
                content = raw[offset : offset + length]
                if identifier == base.id and self._is_base(kind, identifier, content):
                    return content
        raise Damaged("damaged", f"a base of a delta block, {short(base.id)}, is damaged or gone")

    def _is_base(self, kind: Kind, identifier: ObjectId, content: bytes) -> bool:
        """Whether a base's bytes are its object's: a blob or chunk, or a list with its own id."""
        if kind is Kind.LIST:
            return keyed_id(kind, content[ID_BYTES:]) == content[:ID_BYTES]
        return kind is Kind.RAW and self._hashed.fits(kind, identifier, content)

    def _block_under(self, pack: PackName, number: int, base: Base) -> Block:
        where = base.pack or pack
        blocks = self.index.footer(where).blocks
        if base.block >= len(blocks) or (where == pack and base.block >= number):
            raise Damaged("damaged", f"a delta block of pack {pack.hex()} stands on a later one")
        return blocks[base.block]

    def _keep(self, key: tuple[PackName, int], raw: bytes) -> None:
        with self._guard:
            if key in self._cache:
                return
            self._cache[key] = raw
            self._cached += len(raw)
            while self._cached > _CACHED and len(self._cache) > 1:
                self._cached -= len(self._cache.popitem(last=False)[1])
