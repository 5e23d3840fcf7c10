"""Path segments: for many commits at once, what each follows and which paths it changes.

A path stands in it as a hash, together with every folder above it, so that the commits that touch
a file or a folder are found without reading commits or trees. Two paths may share a hash: what a
segment names is looked at, what it does not name is passed over. Segments are caches, made here
from commits that were read here; whatever is wrong with one, it is dropped.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from struct import Struct
from typing import Final, NamedTuple

from xxhash import xxh3_64_intdigest

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.ids import ID_BYTES, ObjectId, RepositoryId
from contentvc.objects.compression import compress, decompress
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

__all__ = ["LISTED", "Link", "PathSegment", "Touch", "build_path_segment", "path_hash"]

_MAGIC: Final = b"CVPATHS1"
_START: Final = Struct("<8s16sQQ")
"""Magic, repository, length of the message, XXH3-64 of the frame that follows."""
_VERSION: Final = 1
_SHAPE: Final = (int, *(bytes,) * 7)
_HASH: Final = 0xFFFFFFFF
LISTED: Final = 4096
"""Paths listed of one commit against one parent. A commit that changes more is looked at whenever
a path is asked for, which is quick and seldom: imports, and files that are all formatted anew."""


class Link(NamedTuple):
    """What walking history needs of a commit."""

    time: int
    """Microseconds since 1970-01-01 UTC."""
    parents: tuple[ObjectId, ...]


class Touch(NamedTuple):
    """A commit as a segment has it."""

    id: ObjectId
    link: Link
    changed: tuple[Collection[int], ...] | None
    """Against each parent, or against nothing for a commit without one, the hashes of all paths
    that differ; None where these are too many to list, and trees have to be asked."""

    @property
    def rows(self) -> int:
        """What it adds to a segment: the commit, and its paths or what finding them cost."""
        return 1 + (LISTED if self.changed is None else sum(map(len, self.changed)))


def path_hash(path: bytes) -> int:
    """What stands for a path: 32 bits, so that of 5,000 commits none is looked at in vain."""
    return xxh3_64_intdigest(path) & _HASH


def build_path_segment(repository: RepositoryId, touches: Sequence[Touch]) -> bytes:
    """The bytes of a segment that covers these commits, each of which comes once."""
    rows: list[int] = []
    edge = 0
    for touch in touches:
        for number, hashes in enumerate(touch.changed or ()):
            rows.extend([one << 32 | edge + number for one in hashes])
        edge += max(1, len(touch.link.parents))
    rows.sort()
    message = encode(
        [
            _VERSION,
            ids_column([touch.id for touch in touches]),
            u64_column([touch.link.time for touch in touches]),
            bytes([len(touch.link.parents) for touch in touches]),
            ids_column([parent for touch in touches for parent in touch.link.parents]),
            bytes([touch.changed is None for touch in touches]),
            u32_column([row >> 32 for row in rows]),
            u32_column([row & _HASH for row in rows]),
        ]
    )
    frame = compress(message)
    return _START.pack(_MAGIC, repository, len(message), xxh3_64_intdigest(frame)) + frame


class PathSegment:
    """A segment that was read.

    Args:
        repository: whose it must be.
        stored: all of its bytes.

    Raises:
        Damaged: the bytes are not as a segment of this repository has them.
    """

    def __init__(self, repository: RepositoryId, stored: bytes) -> None:
        if len(stored) < _START.size:
            raise Damaged("damaged", "a path segment is cut short")
        magic, owner, length, checksum = _START.unpack_from(stored)
        frame = memoryview(stored)[_START.size :]
        if magic != _MAGIC or owner != repository or xxh3_64_intdigest(frame) != checksum:
            raise Damaged("damaged", "a path segment is damaged, or of another repository")
        message = decompress(frame, length, limit=limits.PATH_SEGMENT_BYTES)
        fields = decode(message, _SHAPE, what="a path segment", limit=limits.PATH_SEGMENT_BYTES)
        if integer(fields[0]) != _VERSION:
            raise Damaged("damaged", "a path segment is of an unknown version")
        self._decode_commits(*map(octets, fields[1:6]))
        hashes, edges = octets(fields[6]), octets(fields[7])
        self._hashes = u32_values(hashes, len(hashes) // 4)
        self._edges = u32_values(edges, len(self._hashes))

    def _decode_commits(
        self, ids: bytes, times: bytes, counts: bytes, parents: bytes, unlisted: bytes
    ) -> None:
        """Everything at once: walking history asks for most of it, a function call each."""
        widths = (len(ids), len(times), len(unlisted), len(parents))
        count = len(counts)
        if widths != (ID_BYTES * count, 8 * count, count, ID_BYTES * sum(counts)):
            raise Damaged("damaged", "a path segment has columns that do not fit")
        if max(counts, default=0) > limits.PARENTS:
            raise Damaged("beyond-limit", "a path segment has a commit with too many parents")
        starts = list(accumulate(counts, initial=0))
        above = [ObjectId(one) for one in split_ids(parents, ID_BYTES)]
        of_each = [tuple(above[start:end]) for start, end in pairwise(starts)]
        moments = u64_values(times, count)
        self._ids = [ObjectId(one) for one in split_ids(ids, ID_BYTES)]
        self.links = dict(zip(self._ids, map(Link, moments, of_each), strict=True))
        """What each commit follows that the segment covers."""
        self._edges_at = list(accumulate([count or 1 for count in counts], initial=0))
        self._unlisted = [place for place, flag in enumerate(unlisted) if flag]
        if len(self.links) != count:
            raise Damaged("damaged", "a path segment has a commit twice")

    @property
    def rows(self) -> int:
        """How much it holds: paths of all commits, and the commits."""
        return len(self._hashes) + len(self._ids)

    def candidates(self, hashes: Iterable[int]) -> set[ObjectId]:
        """The commits that may differ, from every one of their parents, in a path of these.

        Raises:
            Damaged: a row names no commit.
        """
        edges: set[int] = set()
        for one in hashes:
            first = bisect_left(self._hashes, one)
            edges.update(self._edges[first : bisect_right(self._hashes, one, first)])
        if edges and max(edges) >= self._edges_at[-1]:
            raise Damaged("damaged", "a path segment has a path of no commit")
        hits = Counter([bisect_right(self._edges_at, edge) - 1 for edge in edges])
        starts = self._edges_at
        found = [place for place, hit in hits.items() if hit == starts[place + 1] - starts[place]]
        return {self._ids[place] for place in found + self._unlisted}

    def touches(self) -> Iterator[Touch]:
        """Everything in it, as `build_path_segment` takes it.

        Raises:
            Damaged: a row names no commit.
        """
        if self._edges and max(self._edges) >= self._edges_at[-1]:
            raise Damaged("damaged", "a path segment has a path of no commit")
        changed: list[list[int]] = [[] for _ in range(self._edges_at[-1])]
        for one, edge in zip(self._hashes, self._edges, strict=True):
            changed[edge].append(one)
        unlisted = set(self._unlisted)
        for place, identifier in enumerate(self._ids):
            listed = tuple(changed[self._edges_at[place] : self._edges_at[place + 1]])
            paths = None if place in unlisted else listed
            yield Touch(identifier, self.links[identifier], paths)
