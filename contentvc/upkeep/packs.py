"""Examining packs: every byte re-read, every object re-hashed."""

from collections.abc import Iterator
from typing import NamedTuple

from blake3 import blake3

from contentvc.errors import Damaged
from contentvc.ids import Kind, ObjectId, PackName, object_id, short
from contentvc.objects.lists import decode_list, encode_list
from contentvc.objects.pack import Footer, Row, pack_path
from contentvc.objects.store import ObjectStore
from contentvc.snapshots.commit import decode_commit, encode_commit
from contentvc.snapshots.tree import decode_tree, encode_tree
from contentvc.storage.contract import NotFound

__all__ = ["Finding", "examine_pack"]


class Finding(NamedTuple):
    """Something in a pack that is not sound; `object` where it is one object."""

    message: str
    object: ObjectId | None = None


def examine_pack(store: ObjectStore, pack: PackName) -> Iterator[Finding]:
    """Read a whole pack; what is wrong with it, and with each object in it."""
    record = store.live[pack]
    try:
        stored = store.storage.read(pack_path(pack))
        footer = store.index.footer(pack)
    except NotFound:
        yield Finding("it is missing")
        return
    except Damaged as error:
        yield Finding(error.message)
        return
    if len(stored) != record.length or blake3(stored).digest() != record.digest:
        yield Finding("its bytes are not those that were written")
    yield from _examine_blocks(store, pack, footer)


def _examine_blocks(store: ObjectStore, pack: PackName, footer: Footer) -> Iterator[Finding]:
    first = 0
    for number, block in enumerate(footer.blocks):
        rows = list(footer.block_rows(number, first))
        first += len(rows)
        try:
            raw = store.read_block(pack, number, block)
        except (Damaged, NotFound) as error:
            for row in rows:
                yield Finding(str(error), row[0])
            continue
        for row in rows:
            trouble = _trouble(store, row, raw[row[3] : row[3] + row[4]])
            if trouble is not None:
                yield Finding(trouble, row[0])


def _trouble(store: ObjectStore, row: Row, content: bytes) -> str | None:
    """What is wrong with one object's bytes; None when nothing is."""
    identifier, kind = row[0], row[1]
    try:
        if kind is Kind.LIST:
            return _list_trouble(store, identifier, content)
        if object_id(kind, content) != identifier:
            return f"object {short(identifier)} does not hash to its id"
        canonical = _canonical(kind, content)
    except Damaged as error:
        return error.message
    return None if canonical == content else f"object {short(identifier)} is not in canonical form"


def _canonical(kind: Kind, content: bytes) -> bytes:
    if kind is Kind.TREE:
        return encode_tree(decode_tree(content))
    if kind is Kind.COMMIT:
        return encode_commit(decode_commit(content))
    return content


def _list_trouble(store: ObjectStore, identifier: ObjectId, content: bytes) -> str | None:
    if encode_list(decode_list(content)) != content:
        return f"the chunk list of {short(identifier)} is not in canonical form"
    store.prove(identifier)
    return None
