"""Size: what is stored, told from footers alone: no content is read."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from contentvc.ids import Kind, ObjectId, PackName
from contentvc.objects.blocks import Block, Method
from contentvc.objects.store import ObjectStore

__all__ = ["Stored", "measure"]


@dataclass(slots=True)
class Stored:
    """The live packs, added up."""

    packs: int = 0
    bytes: int = 0
    """Of all packs, their footers included."""
    blocks: int = 0
    delta_blocks: int = 0
    delta_bytes: int = 0
    """What delta blocks take."""
    content: int = 0
    """Bytes of all distinct content, if each were stored whole."""
    shares: dict[ObjectId, float] = field(default_factory=dict)
    """Stored bytes of each blob: its share of its block, by length; of a large one of its chunks.

    A chunk of several blobs is shared out among them.
    """

    def share(self, blobs: Iterable[ObjectId]) -> int:
        """Stored bytes of some distinct blobs together."""
        return round(sum(self.shares.get(blob, 0.0) for blob in blobs))


def measure(store: ObjectStore) -> Stored:
    """Add up what the live packs hold.

    Raises:
        Damaged: a footer or a chunk list cannot be read.
        NotFound: a pack is gone.
    """
    stored = Stored()
    lengths: dict[ObjectId, int] = {}
    lists: list[ObjectId] = []
    for pack, record in store.live.items():
        stored.packs += 1
        stored.bytes += record.length
        _add_pack(store, pack, stored, lengths, lists)
    _share_chunks(store, stored, lengths, lists)
    stored.content += sum(lengths.values())
    return stored


def _add_pack(
    store: ObjectStore,
    pack: PackName,
    stored: Stored,
    lengths: dict[ObjectId, int],
    lists: list[ObjectId],
) -> None:
    footer = store.index.footer(pack)
    stored.blocks += len(footer.blocks)
    for block in footer.blocks:
        if block.method == Method.DELTA:
            stored.delta_blocks += 1
            stored.delta_bytes += block.stored
    rates = [_rate(block) for block in footer.blocks]
    for identifier, kind, block_number, _, length in footer.rows():
        if kind is Kind.RAW:
            lengths[identifier] = length
        elif kind is Kind.LIST:
            lists.append(identifier)
        else:
            continue
        stored.shares[identifier] = length * rates[block_number]


def _rate(block: Block) -> float:
    """Stored bytes for each raw one."""
    return block.stored / block.raw if block.raw else 0.0


def _share_chunks(
    store: ObjectStore, stored: Stored, lengths: dict[ObjectId, int], lists: list[ObjectId]
) -> None:
    chunks = {blob: store.chunks(blob) for blob in dict.fromkeys(lists)}
    owners: dict[ObjectId, int] = {}
    for listed in chunks.values():
        for chunk in set(listed.ids):
            owners[chunk] = owners.get(chunk, 0) + 1
    for blob, listed in chunks.items():
        shares = sum(stored.shares.get(chunk, 0.0) / owners[chunk] for chunk in set(listed.ids))
        stored.shares[blob] += shares
        stored.content += listed.size
    for chunk in owners:
        lengths.pop(chunk, None)
