"""An object store on its own, with packs made block by block."""

from random import Random

from xxhash import xxh3_64_intdigest

from contentvc.ids import Kind, PackName, blob_id
from contentvc.limits import DELTA_STEP
from contentvc.objects.blocks import Base, Method, SealedBlock, seal
from contentvc.objects.chunker import Chunking
from contentvc.objects.compression import compress
from contentvc.objects.pack import PackBuilder, pack_path
from contentvc.objects.store import ObjectStore
from contentvc.objects.writing import Writing
from contentvc.storage.memory import MemoryStorage


class Shelf:
    """A storage, a store, and the live packs; `reload` counts and may change what is live."""

    def __init__(self, storage=None):
        self.storage = storage or MemoryStorage()
        self.random = Random(1).randbytes
        self.live = {}
        self.after_reload = None
        self.reloads = 0
        self.store = self.reopened()

    def reopened(self):
        """Another store on the same storage and packs."""
        self.store = ObjectStore(self.storage, self._reload)
        self.store.cover(self.live)
        return self.store

    def _reload(self):
        self.reloads += 1
        if self.after_reload is not None:
            self.live = self.after_reload
        self.store.cover(self.live)

    def writing(self, chunking=None):
        return Writing(self.store, self.random, chunking or Chunking())

    def add(self, records):
        """Packs become live, as an operation would make them."""
        self.live = self.live | {record.name: record for record in records}
        self.store.cover(self.live)

    def put(self, *contents):
        """Small blobs in one new pack; its name."""
        with self.writing() as writing:
            for content in contents:
                writing.put_blob(content)
            records = writing.finish()
        self.add(records)
        return records[0].name if records else None

    def put_blocks(self, *blocks):
        """Sealed blocks in one new pack; its name."""
        builder = PackBuilder(PackName(self.random(16)))
        for block in blocks:
            builder.add(block)
        record, _ = builder.upload(self.storage)
        self.add([record])
        return record.name

    def save(self):
        self.store.index.save(self.random(16))

    def segments(self):
        return list(self.storage.list("indexes/"))

    def flip(self, name, at):
        """Damage one byte of a stored file."""
        content = bytearray(self.storage.read(name))
        content[at] ^= 1
        self.storage.write(name, bytes(content))

    def flip_pack(self, pack, at):
        self.flip(pack_path(pack), at)


def raw(*contents):
    """A block of blobs."""
    return seal(bytes(len(contents)), [blob_id(one) for one in contents], contents)


def delta(content, *bases, prefix=None, under=0, cost=None):
    """A delta block of one blob against (content, pack, block); `under` is what the bases cost."""
    stored = compress(content, b"".join(base[0] for base in bases) if prefix is None else prefix)
    return SealedBlock(
        stored=stored,
        raw=len(content),
        method=Method.DELTA,
        checksum=xxh3_64_intdigest(stored),
        kinds=bytes([Kind.RAW]),
        ids=blob_id(content),
        lengths=(len(content),),
        cost=len(content) + DELTA_STEP + under if cost is None else cost,
        bases=tuple(Base(blob_id(base), pack, block) for base, pack, block in bases),
    )
