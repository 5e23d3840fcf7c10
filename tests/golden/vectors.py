"""The bytes of every fixed value, as the code makes them now."""

from collections.abc import Iterator

import zstandard

from contentvc import ids
from contentvc.history import bundle, path_segment, view
from contentvc.ids import RepositoryId
from contentvc.objects import lists, pack, segment
from contentvc.repository import _describe
from contentvc.snapshots import attributes, codec, commit, merging, operation, tree
from tests.golden import values

COMPRESSED = {"bundle": 16, "path segment": 40, "footer": 0, "footer, empty": 0}
"""Vectors that hold a zstd frame, and where it starts. Its bytes depend on zstd's version."""


def vectors() -> dict[str, bytes]:
    """Name and bytes of each vector."""
    return dict(_vectors())


def _vectors() -> Iterator[tuple[str, bytes]]:
    yield "attributes", attributes.encode_attributes(values.ATTRIBUTES)
    for name, one in values.TREES.items():
        yield name, tree.encode_tree(one)
    for name, one in values.COMMITS.items():
        yield name, commit.encode_commit(one)
    for name, one in values.LISTS.items():
        yield name, lists.encode_list(one)
    yield "ref changes", operation.encode_refs(values.REF_CHANGES)
    yield "pack records", operation.encode_packs(values.PACK_RECORDS)
    for name, one in values.HEADS.items():
        yield name, operation.encode_head(one)
    for name, one in values.MERGINGS.items():
        yield name, merging.encode_merging(one)
    for name, one in values.OPERATIONS.items():
        yield name, operation.encode_operation(one)
    yield "operation, unknown features", operation.encode_operation(values.FEATURES)
    for name, one in values.VIEWS.items():
        yield name, view.encode_view(one)
    for name, one in values.BUNDLES.items():
        yield name, bundle.encode_bundle(one)
    for name, one in values.FOOTERS.items():
        yield name, pack._encode_footer(one)
    yield "segment", segment.build_segment(values.SEGMENT)
    owner = RepositoryId(b"\xa5" * 16)
    yield "path segment", path_segment.build_path_segment(owner, values.PATH_TOUCHES)
    yield "repository.json", _describe(lambda count: b"\xa5" * count, None)
    yield from _ids()
    yield "names", codec.join_names([b"a", b"\xff", b"longer name"])


def _ids() -> Iterator[tuple[str, bytes]]:
    for kind in ids.Kind:
        yield f"id of kind {kind}", ids.object_id(kind, b"content")
    yield "id of an operation", ids.operation_id(b"content")


def footer_frames(stored: bytes) -> tuple[bytes, bytes]:
    """The frame of ids and that of the message."""
    middle = len(stored) - 24 - int.from_bytes(stored[-16:-8], "little")
    return stored[:middle], stored[middle:-24]


def uncompressed(name: str, stored: bytes) -> bytes:
    """The bytes that do not depend on zstd's version: the message of a compressed vector."""
    if name not in COMPRESSED:
        return stored
    frame = stored[COMPRESSED[name] :]
    if name.startswith("footer"):
        frame = footer_frames(stored)[1]
    return zstandard.ZstdDecompressor().decompress(frame)
