"""Incoming: what a remote's packs hold, looked into newest first and ever more at once.

A fetch finds what it wants in the newest packs, a clone needs all of them; which it is shows while
history is walked. A small pack is read whole at once, of a larger one its end first, where commits
and trees lie. Nothing that is read here is believed before it is checked.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Final

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import Kind, ObjectId, PackName, short
from contentvc.objects.blocks import Base, Block, Method
from contentvc.objects.compression import decompress
from contentvc.objects.lists import ChunkList, decode_list
from contentvc.objects.pack import decode_footer, pack_path
from contentvc.objects.proof import check_object
from contentvc.objects.store import ObjectStore
from contentvc.remotes.checking import check_stored, plain
from contentvc.remotes.ranges import in_order
from contentvc.remotes.sources import Contents, Leads, Spot
from contentvc.snapshots.commit import Commit, decode_commit
from contentvc.snapshots.operation import PackRecord
from contentvc.snapshots.tree import decode_columns
from contentvc.storage.contract import NotFound

__all__ = ["Incoming"]

_SMALL: Final = 1 * limits.MIB
"""Packs up to here are read whole at once."""
_TAIL: Final = 256 * limits.KIB
"""Bytes before the footer that are read along: trees and commits mostly fit."""
_AT_ONCE: Final = 32
"""Packs whose ends are being read."""
_HELD: Final = 64 * limits.MIB
"""Bytes of packs that are kept once they were read; what is beyond is read again."""
_DECODED: Final = 32 * limits.MIB
"""Raw bytes of blocks of trees and commits that are kept: levels of trees share blocks."""


@dataclass(frozen=True, slots=True)
class _Looked:
    """A pack that was looked into, and the end of it as it was read."""

    contents: Contents
    start: int
    end: memoryview


class Incoming:
    """A source on another replica.

    Objects that are stored here are read here: what a fetch finds so needs no request.

    Args:
        remote: the objects of the other replica.
        here: those of this one.
        threads: where packs are read.
    """

    def __init__(self, remote: ObjectStore, here: ObjectStore, threads: ThreadPoolExecutor) -> None:
        self._remote = remote
        self._storage = remote.storage
        self._here = here
        self._threads = threads
        self._live = dict(remote.live)
        self._unseen = list(self._live)
        self._number = {pack: number for number, pack in enumerate(self._live)}
        self._looked: dict[PackName, _Looked] = {}
        self._held = 0
        self._window = 1
        self._where: dict[ObjectId, Spot] = {}
        self._decoded: OrderedDict[tuple[PackName, int], bytes] = OrderedDict()
        self._decoded_bytes = 0

    def commits(self, wanted: Collection[ObjectId]) -> dict[ObjectId, Commit]:
        """All of these commits."""
        return {
            identifier: decode_commit(encoded)
            for identifier, encoded in self._read_many(Kind.COMMIT, wanted)
        }

    def trees(self, wanted: Collection[ObjectId]) -> Iterator[Leads]:
        """What all of these trees lead to; their names are checked."""
        for _, encoded in self._read_many(Kind.TREE, wanted):
            columns = decode_columns(encoded)
            yield Leads(columns.modes, columns.ids)

    def chunk_list(self, identifier: ObjectId) -> ChunkList:
        """The chunks of a large blob."""
        ((_, content),) = self._read(Kind.LIST, [identifier])
        return decode_list(content)

    def spots(self, wanted: Collection[ObjectId]) -> dict[ObjectId, Spot]:
        """Where those of these objects lie that are there, after looking everywhere."""
        self._look_for(wanted)
        return {one: self._where[one] for one in wanted if one in self._where}

    def packs(self, wanted: Iterable[PackName]) -> list[PackName]:
        """These packs, oldest first."""
        return sorted(wanted, key=self._number.__getitem__)

    def contents(self, pack: PackName) -> Contents:
        """What is in a pack."""
        if pack not in self._looked:
            self._look([pack])
        return self._looked[pack].contents

    def span(self, pack: PackName, start: int, end: int) -> bytes | memoryview:
        """A range of a pack's bytes, of those that were kept or from the remote."""
        looked = self._looked.get(pack)
        if looked is not None and start >= looked.start:
            return looked.end[start - looked.start : end - looked.start]
        return self._storage.read(pack_path(pack), (start, end))

    def raw(self, pack: PackName, number: int) -> bytes:
        """The bytes of a block, whatever it stands on."""
        kept = self._decoded.get((pack, number))
        if kept is not None:
            self._decoded.move_to_end((pack, number))
            return kept
        block = self._block(pack, number)
        stored = self.span(pack, block.offset, block.offset + block.stored)
        check_stored(pack, number, block, stored)
        if block.method is Method.DELTA:
            raw = decompress(bytes(stored), block.raw, self._prefix(pack, number, block))
        else:
            raw = plain(block, stored)
        self._keep((pack, number), raw)
        return raw

    def look_into(self, packs: Iterable[PackName]) -> None:
        """Look into packs that are known to be needed, several at once."""
        self._look([pack for pack in packs if pack not in self._looked])

    def _block(self, pack: PackName, number: int) -> Block:
        blocks = self.contents(pack).footer.blocks
        if number >= len(blocks):
            raise Damaged("damaged", f"a delta block stands on no block of pack {pack.hex()}")
        return blocks[number]

    def _prefix(self, pack: PackName, number: int, block: Block) -> bytes:
        """What a delta block stands on, at its remote; its cost ends every chain.

        Raises:
            Damaged: it costs more than it says, or stands on a later block.
        """
        cost = block.raw + limits.DELTA_STEP
        under: dict[tuple[PackName, int], int] = {}
        for base in block.bases:
            where = base.pack or pack
            if where not in self._live or (where == pack and base.block >= number):
                raise Damaged("damaged", f"a delta block of pack {pack.hex()} stands on nothing")
            under[where, base.block] = self._block(where, base.block).cost
        if cost + sum(under.values()) > block.cost:
            raise Damaged("damaged", f"a delta block of pack {pack.hex()} costs more than it says")
        return b"".join([self._base(base, base.pack or pack) for base in block.bases])

    def _base(self, base: Base, pack: PackName) -> bytes:
        raw = self.raw(pack, base.block)
        for identifier, kind, _, offset, length in self.contents(pack).rows(base.block):
            if identifier == base.id:
                content = raw[offset : offset + length]
                check_object(kind, identifier, content)
                return content
        raise Damaged("damaged", f"a base of a delta block, {short(base.id)}, is not there")

    def _keep(self, key: tuple[PackName, int], raw: bytes) -> None:
        self._decoded[key] = raw
        self._decoded_bytes += len(raw)
        while self._decoded_bytes > _DECODED and len(self._decoded) > 1:
            self._decoded_bytes -= len(self._decoded.popitem(last=False)[1])

    def _read_many(
        self, kind: Kind, wanted: Collection[ObjectId]
    ) -> Iterator[tuple[ObjectId, bytes]]:
        """Objects from here or there, each of them proved to be itself."""
        at_home = self._here.index.find_each(wanted) if self._here.live else {}
        near = {one for one in wanted if one in at_home and at_home[one].kind is kind}
        yield from self._here.read_many(kind, near)
        yield from self._read(kind, [one for one in wanted if one not in near])

    def _read(self, kind: Kind, wanted: Sequence[ObjectId]) -> Iterator[tuple[ObjectId, bytes]]:
        """Objects from there, in the order in which they lie."""
        self._look_for(wanted)
        for one in wanted:
            if one not in self._where:
                raise self.missing(one)
        blocks: dict[tuple[int, int], list[ObjectId]] = {}
        for one in wanted:
            kind_there, pack, number = self._where[one]
            if kind_there is not kind:
                raise self.missing(one)
            blocks.setdefault((self._number[pack], number), []).append(one)
        for where in sorted(blocks):
            yield from self._of_block(kind, blocks[where])

    def _of_block(self, kind: Kind, wanted: Sequence[ObjectId]) -> Iterator[tuple[ObjectId, bytes]]:
        """Some objects that lie in one block."""
        _, pack, number = self._where[wanted[0]]
        raw = self.raw(pack, number)
        rows = {row[0]: row for row in self._looked[pack].contents.rows(number)}
        for one in wanted:
            _, _, _, offset, length = rows[one]
            content = raw[offset : offset + length]
            check_object(kind, one, content)
            yield one, content

    def missing(self, identifier: ObjectId) -> Damaged:
        """The error for an object that no pack there has."""
        return Damaged(
            "missing-object",
            f"object {short(identifier)} is not stored there",
            "run there: contentvc verify",
            object=identifier.hex(),
        )

    def _look_for(self, wanted: Collection[ObjectId]) -> None:
        """Look into packs, newest first, until all these objects were found or none is left."""
        missing = [one for one in wanted if one not in self._where]
        while missing and self._unseen:
            packs = list(islice(reversed(self._unseen), self._window))
            self._look(packs)
            del self._unseen[len(self._unseen) - len(packs) :]
            self._window *= 2
            missing = [one for one in missing if one not in self._where]

    def _look(self, packs: Collection[PackName]) -> None:
        records = [self._live[pack] for pack in packs if pack not in self._looked]
        ends = in_order(records, _read_of, self._end_of, self._threads, _AT_ONCE)
        for record, looked in zip(records, ends, strict=True):
            self._note(record.name, looked)

    def _note(self, pack: PackName, looked: _Looked) -> None:
        self._remote.index.add(pack, looked.contents.footer)
        for identifier, spot in looked.contents.spots(pack):
            self._where.setdefault(identifier, spot)
        self._held += len(looked.end)
        if self._held > _HELD:
            self._held -= len(looked.end)
            length = self._live[pack].length
            looked = _Looked(looked.contents, length, memoryview(b""))
        self._looked[pack] = looked

    def _end_of(self, record: PackRecord) -> _Looked:
        """Read the footer of a pack, and what lies before it. Called in threads."""
        if not record.footer_length <= record.length <= limits.PACK_LENGTH:
            raise Damaged("beyond-limit", f"pack {record.name.hex()} declares impossible lengths")
        path, length = pack_path(record.name), record.length
        start = 0 if length <= _SMALL else max(0, length - record.footer_length - _TAIL)
        try:
            end = memoryview(self._storage.read(path, (start, length)))
        except NotFound as error:
            raise NotFound(path) from error

        def read(low: int, high: int) -> bytes:
            if low >= start:
                return bytes(end[low - start : high - start])
            return self._storage.read(path, (low, high))

        footer = decode_footer(read(length - record.footer_length, length), record, read)
        return _Looked(Contents(footer), start, end)


def _read_of(record: PackRecord) -> int:
    """Bytes that are read at the end of a pack."""
    return record.length if record.length <= _SMALL else record.footer_length + _TAIL
