"""Runs: the packs that one command wrote, and which of them are worth merging.

Merging all small packs each time would rewrite everything again and again. So runs are sorted into
tiers, each four times as large as the one before, and a tier is merged when it has four runs: each
object is then rewritten once a tier, and few runs are left at any time. (The log-structured merge
tree: O'Neil and others, 1996.)
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from contentvc import limits
from contentvc.ids import PackName
from contentvc.objects.blocks import Base, Block

__all__ = [
    "RUN_BYTES",
    "Run",
    "due_runs",
    "mergeable_runs",
    "movable_packs",
    "run_count",
    "runs_of",
]

RUN_BYTES: Final = 12
"""Packs of one compaction share so many random bytes of their names, so that the next one sees
that they are one run; the rest is a number."""
_FAN: Final = 4
_TIER: Final = 2 * limits.MIB
"""Raw bytes below which a run is of the lowest tier: some twenty commits of a few files each."""

Tables = Mapping[PackName, Sequence[Block]]


@dataclass(frozen=True, slots=True)
class Run:
    """The packs of one run, oldest first."""

    packs: tuple[PackName, ...]
    raw: int
    """Raw bytes of their blocks: what merging them takes."""

    @property
    def tier(self) -> int:
        """0 for the smallest runs, one more for each four times the size."""
        tier, size = 0, _TIER
        while self.raw >= size:
            tier, size = tier + 1, size * _FAN
        return tier


def run_count(packs: AbstractSet[PackName]) -> int:
    """How many runs these packs are."""
    return len({pack[:RUN_BYTES] for pack in packs})


def runs_of(tables: Tables) -> list[Run]:
    """The runs of all live packs, the smallest first."""
    members: dict[bytes, list[PackName]] = {}
    for pack in tables:
        members.setdefault(pack[:RUN_BYTES], []).append(pack)
    runs = [Run(tuple(packs), sum(map(_raw, map(tables.get, packs)))) for packs in members.values()]
    return sorted(runs, key=lambda run: run.raw)


def due_runs(runs: Sequence[Run]) -> list[Run]:
    """Those that are to be merged within a command that does something else; none if none are.

    A tier that is full goes into the next one, which may be full by that.
    """
    due: list[Run] = []
    for tier in range(max((run.tier for run in runs), default=-1) + 1):
        members = [run for run in runs if run.tier == tier]
        full = limits.COMPACT_RUNS if tier == 0 else _FAN
        if len(members) + (1 if due and tier else 0) >= full:
            due += members
        elif due:
            break
    return list(_within(due))


def mergeable_runs(runs: Sequence[Run], lengths: Mapping[PackName, int]) -> list[Run]:
    """Those that a compaction by hand merges: all but long packs; none where that is one run."""
    small = [run for run in runs if any(lengths[pack] < limits.COMPACT_PACK for pack in run.packs)]
    return small if len(small) > 1 else []


def movable_packs(runs: Sequence[Run], tables: Tables) -> tuple[PackName, ...]:
    """The packs of these runs but those that others stand on; oldest first.

    A pack whose blocks another pack's delta blocks stand on stays, unless that one goes as well.
    """
    wanted = {pack for run in runs for pack in run.packs}
    staying = [pack for pack in tables if pack not in wanted]
    while staying:
        needed = {base.pack for pack in staying for base in _bases(tables[pack])} & wanted
        wanted -= needed
        staying = list(needed)
    return tuple(pack for pack in tables if pack in wanted)


def _within(due: Sequence[Run]) -> Iterator[Run]:
    """The smallest of them, as many as a command may rewrite."""
    raw = 0
    for run in sorted(due, key=lambda run: run.raw):
        raw += run.raw
        if raw > limits.COMPACT_WITHIN:
            return
        yield run


def _raw(blocks: Sequence[Block] | None) -> int:
    return sum(block.raw for block in blocks or ())


def _bases(blocks: Sequence[Block]) -> Iterator[Base]:
    for block in blocks:
        yield from (base for base in block.bases if base.pack)
