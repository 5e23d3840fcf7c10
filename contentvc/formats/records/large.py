"""Large files of records, compared without reading what both versions share."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from xxhash import xxh3_128_digest

from contentvc import limits
from contentvc.formats.changes import Duplicate, RecordChanges
from contentvc.formats.records.chunked import chunked
from contentvc.formats.records.columns import SAME
from contentvc.formats.records.comparison import Half, compare
from contentvc.formats.records.dialect import Dialect, Key
from contentvc.formats.records.keys import choose_key, duplicates
from contentvc.formats.records.pairing import aligned
from contentvc.formats.records.regions import Region, differing_regions
from contentvc.formats.records.rest import Rest
from contentvc.formats.records.sheets import Opened
from contentvc.formats.records.stretches import stretches
from contentvc.formats.records.walking import Edit, edits_in_place
from contentvc.formats.rules import Rules
from contentvc.formats.sequences import Run
from contentvc.formats.source import Source

__all__ = ["Version", "diff_large"]

_WALKED: Final = 16 * limits.MIB
"""Bytes of a region that is first looked at for edits in place."""
_BATCH: Final = 4096
"""Records whose keys are read at once."""
_PROBES: Final = 8
"""Places of what both versions share, spread over the file, at which a key must be one too."""
_PROBE: Final = 64 * limits.KIB


class Version(NamedTuple):
    """One version that is not read whole."""

    source: Source
    opened: Opened


def diff_large(old: Version, new: Version, rules: Rules, *, ordered: bool) -> RecordChanges:
    """What turns one version into another; both have the same columns.

    Only regions that differ are read. So no places are counted, a key that is not declared is
    unique in these regions and in some stretches that both share, and duplicates are told that
    both stand in such regions.

    Raises:
        Unfit: a record that is read is malformed.
    """
    dialect = new.opened.dialect
    heads = len(old.opened.head), len(new.opened.head)
    sources = chunked(old.source, new.source)
    rests = Rest(sources[0], b"\n"), Rest(sources[1], b"\n")
    regions: list[Region] = []
    gap = 0
    for region in differing_regions(*sources, heads, dialect):
        regions.append(region)
        gap = 1 + _collect(region, sources, dialect, rests, gap)
    read = [_reader(rest, dialect) for rest in rests]
    probe = _probe(sources[1], regions, dialect) if not rules.key else []
    names = _names(dialect, rests, probe)
    probed: list[Callable[[tuple[str, ...]], Sequence[Key | None]]] = [
        lambda fields: dialect.keys(probe, fields)
    ]
    choice, keys = choose_key(rules.key, names, [*read, *([] if rules.key else probed)])
    old_keys, new_keys = keys[:2] if keys else [[None] * len(rest) for rest in rests]
    before, after = Half(dialect, rests[0], old_keys), Half(dialect, rests[1], new_keys)
    compared = compare(before, after, choice, SAME, ordered=ordered)
    doubled: tuple[Duplicate, ...] = (
        *duplicates(choice, old_keys, "old", lambda _: ()),
        *duplicates(choice, new_keys, "new", lambda _: ()),
    )
    return RecordChanges(choice, (), compared.records, compared.counts, doubled)


def _collect(
    region: Region,
    sources: tuple[Source, Source],
    dialect: Dialect,
    rests: tuple[Rest, Rest],
    gap: int,
) -> int:
    """Puts the records of a region that differ to the rests; the number of the last gap."""
    spans = (region.old_start, region.old_end), (region.new_start, region.new_end)
    if max(end - start for start, end in spans) > limits.RECORDS_HELD:
        return _collect_streaming(region, sources, dialect, rests, gap)
    if dialect.quote is None and max(end - start for start, end in spans) <= _WALKED:
        before, after = (source.span(*span) for source, span in zip(sources, spans, strict=True))
        edits = edits_in_place(before, after)
        if edits is not None:
            _add_edits(rests, region, (before, after), edits, gap)
            return gap + len(edits)
    old, new = (
        [raw for raws in stretches(source, span[0], dialect, span[1]) for raw in raws]
        for source, span in zip(sources, spans, strict=True)
    )
    runs = aligned(old, new)
    _add(rests[0], old, region.old_start, [(run.old, run.length) for run in runs], gap)
    _add(rests[1], new, region.new_start, [(run.new, run.length) for run in runs], gap)
    return gap + len(runs)


def _add_edits(
    rests: tuple[Rest, Rest],
    region: Region,
    contents: tuple[bytes, bytes],
    edits: Sequence[Edit],
    gap: int,
) -> None:
    for number, edit in enumerate(edits, gap):
        old = contents[0][edit.old_start : edit.old_end]
        new = contents[1][edit.new_start : edit.new_end]
        rests[0].add(old, region.old_start + edit.old_start, number, None, None)
        rests[1].add(new, region.new_start + edit.new_start, number, None, None)


def _add(
    rest: Rest, raws: Sequence[bytes], start: int, shared: Sequence[tuple[int, int]], gap: int
) -> None:
    done, at = 0, start
    for first, length in [*shared, (len(raws), 0)]:
        for raw in raws[done:first]:
            rest.add(raw, at, gap, None, None)
            at += len(raw)
        done = first + length
        at += sum(map(len, raws[first:done]))
        gap += 1


def _collect_streaming(
    region: Region,
    sources: tuple[Source, Source],
    dialect: Dialect,
    rests: tuple[Rest, Rest],
    gap: int,
) -> int:
    """As `_collect`, by fingerprints: a region of any size, of which only these are kept."""
    old = _Printed(sources[0], region.old_start, region.old_end, dialect)
    new = _Printed(sources[1], region.new_start, region.new_end, dialect)
    runs = [run for run in aligned(old.prints, new.prints) if _is_same(run, old, new)]
    old.add_rest(rests[0], [(run.old, run.length) for run in runs], gap)
    new.add_rest(rests[1], [(run.new, run.length) for run in runs], gap)
    return gap + len(runs)


class _Printed:
    """A region's records by their fingerprints and ends."""

    def __init__(self, source: Source, start: int, end: int, dialect: Dialect) -> None:
        self._source, self._dialect = source, dialect
        self.prints: list[bytes] = []
        self.borders = [start]
        for raws in stretches(source, start, dialect, end):
            self.prints += map(xxh3_128_digest, raws)
            for raw in raws:
                self.borders.append(self.borders[-1] + len(raw))

    def records(self, first: int, count: int) -> Iterator[bytes]:
        """Some of them, read again."""
        start, end = self.borders[first], min(self.borders[first + count], self._source.size)
        for raws in stretches(self._source, start, self._dialect, end):
            yield from raws

    def add_rest(self, rest: Rest, shared: Sequence[tuple[int, int]], gap: int) -> None:
        """Puts those that are in no run to the rest."""
        done = 0
        for first, length in [*shared, (len(self.prints), 0)]:
            if done < first:
                for place, raw in enumerate(self.records(done, first - done), done):
                    rest.add(raw, self.borders[place], gap, None, None)
            done = first + length
            gap += 1


def _is_same(run: Run, old: _Printed, new: _Printed) -> bool:
    """Whether records with the same fingerprints have the same bytes."""
    before, after = old.records(run.old, run.length), new.records(run.new, run.length)
    return all(one == other for one, other in zip(before, after, strict=True))


def _reader(rest: Rest, dialect: Dialect) -> Callable[[tuple[str, ...]], list[Key | None]]:
    def read(fields: tuple[str, ...]) -> list[Key | None]:
        keys: list[Key | None] = []
        for start in range(0, len(rest), _BATCH):
            batch = [rest.raw(number) for number in range(start, min(start + _BATCH, len(rest)))]
            keys += dialect.keys(batch, fields)
        return keys

    return read


def _names(dialect: Dialect, rests: tuple[Rest, Rest], probe: Sequence[bytes]) -> Sequence[str]:
    """Fields that may be the key."""
    if dialect.columns is not None:
        return dialect.columns
    first = [*(rest.raw(0) for rest in rests if len(rest)), *probe[:1]][:1]
    value = dialect.value(first[0]) if first else None
    return list(value) if isinstance(value, dict) else []


def _probe(source: Source, regions: Sequence[Region], dialect: Dialect) -> list[bytes]:
    """Some of the records that both versions share, from all over the file."""
    if dialect.quote is not None:
        return []
    borders = [0, *(place for region in regions for place in region[2:]), source.size]
    between = list(zip(borders[::2], borders[1::2], strict=True))
    chosen = between[:: max(1, len(between) // _PROBES)]
    found: list[bytes] = []
    for start, end in chosen:
        piece = source.span(start, min(end, start + _PROBE))
        first, last = piece.find(b"\n") + 1, piece.rfind(b"\n") + 1
        if 0 < first < last:
            found += dialect.split(piece[first:last])
    return found
