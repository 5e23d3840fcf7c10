"""Index segments: for many packs at once, where each object lies.

A segment is a head (the packs and their blocks) and 256 buckets, one for each first byte of an
id, each with a checksum of its own, so that one object in a large repository takes one ranged
read. Segments are caches: whatever is wrong with one, it is dropped and packs' footers serve.

Ids do not compress, so only their first half is kept: nobody can make two objects that share 128
bits of a hash, and every read checks the whole id anyway. The rest of a row does compress once
bytes of equal weight lie together: of 69,000 objects it takes 6 bytes a row instead of 13.
"""

from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from struct import Struct
from typing import Final, NamedTuple

from xxhash import xxh3_64_intdigest

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import ID_BYTES, NAME_BYTES, Kind, ObjectId, PackName
from contentvc.objects.blocks import Block, decode_blocks, encode_blocks
from contentvc.objects.compression import compress, decompress
from contentvc.objects.pack import Row
from contentvc.snapshots.codec import (
    decode,
    encode,
    ids_column,
    integer,
    octets,
    split_ids,
    u32_column,
    u32_values,
    u64_column,
    u64_values,
)

__all__ = ["Place", "Segment", "build_segment"]

_MAGIC: Final = b"CVINDEX2"
_ANY_MAGIC: Final = b"CVINDEX"
_START: Final = Struct("<8sQQ")
"""Magic, length of the head, XXH3-64 of the head."""
_KINDS: Final = tuple(Kind)
_VERSION: Final = 1
_SHAPE: Final = (int, *(bytes,) * 10)
_BUCKETS: Final = 256
_KEY: Final = ID_BYTES // 2
"""Bytes of an id that are kept."""
_TAIL: Final = _KEY - 1
"""Those in a bucket, which tells the first."""
_ROW: Final = Struct("<3I")
_PLACE: Final = 1 + 3 * 4
"""Kind, block, offset and length, before they are compressed."""
_ENTRY: Final = 4 + 4 + 8
"""What the head has for each bucket: rows, length, checksum."""


class Place(NamedTuple):
    """Where an object lies."""

    kind: Kind
    pack: PackName
    block_number: int
    block: Block
    offset: int
    length: int


class _Bucket(NamedTuple):
    tails: bytes
    """Keys without the first byte."""
    kinds: bytes
    planes: bytes
    """Block, offset and length of every row; a reader wants few of them, so they stay as stored."""

    def place(self, at: int) -> tuple[int, int, int]:
        """Block, offset and length of one row."""
        block, offset, length = _ROW.unpack(self.planes[at :: len(self.kinds)])
        return block, offset, length

    def places(self) -> Iterator[tuple[int, int, int]]:
        """The same of all rows."""
        size = 4 * len(self.kinds)
        columns = [self.planes[size * n : size * (n + 1)] for n in range(3)]
        return zip(*[_from_planes(column, len(self.kinds)) for column in columns], strict=True)


def build_segment(packs: Mapping[PackName, tuple[Sequence[Block], Iterable[Row]]]) -> bytes:
    """The bytes of a segment that covers these packs."""
    names = sorted(packs)
    blocks: list[Block] = []
    owners: list[int] = []
    firsts: list[int] = []
    rows: list[tuple[bytes, int, int, int, int]] = []
    for owner, name in enumerate(names):
        first = len(blocks)
        firsts.append(first)
        blocks.extend(packs[name][0])
        owners.extend([owner] * (len(blocks) - first))
        rows.extend([(row[0], row[1], first + row[2], row[3], row[4]) for row in packs[name][1]])
    rows.sort()
    counts, buckets = _encode_buckets(rows)
    head = encode(
        [
            _VERSION,
            ids_column(names),
            u32_column(firsts),
            u32_column(owners),
            u64_column([block.offset for block in blocks]),
            *encode_blocks(blocks),
            b"".join(
                [
                    u32_column(counts),
                    u32_column(list(map(len, buckets))),
                    u64_column([xxh3_64_intdigest(bucket) for bucket in buckets]),
                ]
            ),
        ]
    )
    start = _START.pack(_MAGIC, len(head), xxh3_64_intdigest(head))
    return b"".join([start, head, *buckets])


def _encode_buckets(
    rows: list[tuple[bytes, int, int, int, int]],
) -> tuple[list[int], list[bytes]]:
    """How many rows each bucket has, and its bytes."""
    bounds = [bisect_left(rows, (bytes([first]),)) for first in range(_BUCKETS)] + [len(rows)]
    counts = [bounds[n + 1] - bounds[n] for n in range(_BUCKETS)]
    return counts, [_encode_bucket(rows[bounds[n] : bounds[n + 1]]) for n in range(_BUCKETS)]


def _encode_bucket(rows: list[tuple[bytes, int, int, int, int]]) -> bytes:
    if not rows:
        return b""
    ids, kinds, *numbers = zip(*rows, strict=True)
    tails = b"".join([identifier[1:_KEY] for identifier in ids])
    return tails + compress(bytes(kinds) + b"".join(map(_planes, numbers)))


def _planes(values: Sequence[int]) -> bytes:
    """A column of u32: the lowest bytes of all values, then the second lowest, and so on."""
    column = u32_column(values)
    return b"".join([column[plane::4] for plane in range(4)])


def _from_planes(planes: bytes, count: int) -> Sequence[int]:
    column = bytearray(4 * count)
    for plane in range(4):
        column[plane::4] = planes[plane * count : (plane + 1) * count]
    return u32_values(bytes(column), count)


class Segment:
    """A segment being read: its head at once, its buckets when they are asked for.

    Args:
        read: gives the half-open range (start, end) of the segment's bytes.

    Raises:
        Damaged: the head is not as a segment has it; a bucket is checked when it is read.
    """

    def __init__(self, read: Callable[[int, int], bytes]) -> None:
        self._read = read
        start = read(0, _START.size)
        if len(start) != _START.size:
            raise Damaged("damaged", "an index segment is cut short")
        magic, length, checksum = _START.unpack(start)
        if magic != _MAGIC and magic.startswith(_ANY_MAGIC):
            raise Damaged("needs-newer", "an index segment is of another version")
        if magic != _MAGIC or length > limits.FOOTER_BYTES:
            raise Damaged("damaged", "an index segment does not start as one")
        head = read(_START.size, _START.size + length)
        if xxh3_64_intdigest(head) != checksum or len(head) != length:
            raise Damaged("damaged", "the head of an index segment is damaged")
        self._decode_head(head)
        self._buckets: dict[int, _Bucket] = {}

    def _decode_head(self, head: bytes) -> None:
        fields = decode(head, _SHAPE, what="an index segment", limit=limits.FOOTER_BYTES)
        if integer(fields[0]) != _VERSION:
            raise Damaged("damaged", "an index segment is of an unknown version")
        self.packs = tuple(map(PackName, split_ids(octets(fields[1]), NAME_BYTES)))
        self._firsts = u32_values(octets(fields[2]), len(self.packs))
        count = len(octets(fields[7]))
        self._owners = u32_values(octets(fields[3]), count)
        self._blocks = decode_blocks(fields[5:10], u64_values(octets(fields[4]), count))
        if count and max(self._owners) >= len(self.packs):
            raise Damaged("damaged", "an index segment has a block of no pack")
        table = octets(fields[10], _BUCKETS * _ENTRY)
        self._counts = u32_values(table[: _BUCKETS * 4], _BUCKETS)
        lengths = u32_values(table[_BUCKETS * 4 : _BUCKETS * 8], _BUCKETS)
        self._checksums = u64_values(table[_BUCKETS * 8 :], _BUCKETS)
        self._starts = list(accumulate(lengths, initial=_START.size + len(head)))

    @property
    def objects(self) -> int:
        """How many rows the segment has."""
        return sum(self._counts)

    @property
    def length(self) -> int:
        """Its bytes, all together."""
        return self._starts[-1]

    def find(self, identifier: bytes, live: Container[PackName]) -> Place | None:
        """Where an object lies in a live pack; None when none of the segment's has it.

        An object that two writers stored at once lies in two packs, until one is compacted.
        """
        bucket = self._bucket(identifier[0])
        tails, tail = bucket.tails, identifier[1:_KEY]
        low, high = 0, len(bucket.kinds)
        while low < high:
            middle = (low + high) // 2
            if tails[middle * _TAIL : (middle + 1) * _TAIL] < tail:
                low = middle + 1
            else:
                high = middle
        while tails[low * _TAIL : (low + 1) * _TAIL] == tail:
            place = self._place(bucket, low)
            if place.pack in live:
                return place
            low += 1
        return None

    def starting_with(self, prefix: bytes, odd: int | None) -> Iterator[Place]:
        """Where objects lie whose key starts with whole bytes and maybe a further half byte."""
        start = prefix[:_KEY]
        firsts = [start[0]] if start else range(_BUCKETS)
        for first in firsts:
            bucket = self._bucket(first)
            for at in range(len(bucket.kinds)):
                key = _key(first, bucket, at)
                is_odd = odd is None or len(prefix) >= _KEY or key[len(prefix)] >> 4 == odd
                if is_odd and key.startswith(start):
                    yield self._place(bucket, at)

    def contents(self) -> dict[PackName, tuple[list[Block], list[Row]]]:
        """Everything in it, by pack, as `build_segment` takes it, but only the keys of ids."""
        contents: dict[PackName, tuple[list[Block], list[Row]]]
        contents = {name: ([], []) for name in self.packs}
        for owner, block in zip(self._owners, self._blocks, strict=True):
            contents[self.packs[owner]][0].append(block)
        for first in range(_BUCKETS):
            bucket = self._bucket(first)
            for at, (place, offset, length) in enumerate(bucket.places()):
                owner = self._owner(place)
                kind, number = Kind(bucket.kinds[at]), place - self._firsts[owner]
                row = (_key(first, bucket, at), kind, number, offset, length)
                contents[self.packs[owner]][1].append(row)
        return contents

    def tables(self) -> Iterator[tuple[PackName, Sequence[Block]]]:
        """The blocks of each pack."""
        ends = [*self._firsts[1:], len(self._blocks)]
        for pack, first, end in zip(self.packs, self._firsts, ends, strict=False):
            yield pack, self._blocks[first:end]

    def check(self) -> None:
        """Read every bucket, so that damage anywhere shows."""
        for first in range(_BUCKETS):
            for block, _, _ in self._bucket(first).places():
                self._owner(block)

    def _place(self, bucket: _Bucket, at: int) -> Place:
        block, offset, length = bucket.place(at)
        owner = self._owner(block)
        number = block - self._firsts[owner]
        kind = _KINDS[bucket.kinds[at]]
        return Place(kind, self.packs[owner], number, self._blocks[block], offset, length)

    def _owner(self, block: int) -> int:
        if block >= len(self._owners):
            raise Damaged("damaged", "a bucket of an index segment names no block")
        return self._owners[block]

    def _bucket(self, first: int) -> _Bucket:
        bucket = self._buckets.get(first)
        if bucket is None:
            bucket = self._buckets[first] = self._load(first)
        return bucket

    def _load(self, first: int) -> _Bucket:
        count = self._counts[first]
        start, end = self._starts[first], self._starts[first + 1]
        stored = self._read(start, end)
        if len(stored) != end - start or xxh3_64_intdigest(stored) != self._checksums[first]:
            raise Damaged("damaged", "a bucket of an index segment is damaged")
        if not count:
            return _Bucket(b"", b"", b"")
        tails, frame = stored[: count * _TAIL], stored[count * _TAIL :]
        places = decompress(frame, count * _PLACE, limit=limits.FOOTER_BYTES)
        kinds, planes = places[:count], places[count:]
        if max(kinds) > max(Kind):
            raise Damaged("damaged", "a bucket of an index segment has an object of no kind")
        return _Bucket(tails, kinds, planes)


def _key(first: int, bucket: _Bucket, at: int) -> ObjectId:
    return ObjectId(bytes([first]) + bucket.tails[at * _TAIL : (at + 1) * _TAIL])
