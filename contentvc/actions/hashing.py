"""Hashing files of the working tree, without storing them."""

from collections.abc import Generator, Sequence
from functools import partial

from contentvc.actions.context import Context
from contentvc.errors import NotAllowed
from contentvc.ids import ObjectId
from contentvc.worktree.found import Found
from contentvc.worktree.reading import Reader

__all__ = ["hash_files"]

_BATCH = 512


def hash_files(context: Context, files: Sequence[Found]) -> dict[bytes, ObjectId]:
    """The blob id of each file; those that cannot be read, or are gone, are left out."""
    if not files:
        return {}
    context.progress.start(len(files), sum(found.size for found in files), "Reading files")
    batches = [files[start : start + _BATCH] for start in range(0, len(files), _BATCH)]
    ids: dict[bytes, ObjectId] = {}
    work = partial(_hash_batch, context.place.root)
    results = context.workers.converse(work, batches, lambda question: question)
    for batch, result in zip(batches, results, strict=True):
        ids.update(result)
        context.progress.advance(len(batch), sum(found.size for found in batch))
    context.progress.finish()
    return ids


def _hash_batch(
    root: bytes, batch: Sequence[Found]
) -> Generator[None, None, list[tuple[bytes, ObjectId]]]:
    """Runs in a worker, and has no questions."""
    ids: list[tuple[bytes, ObjectId]] = []
    yield from ()
    with Reader(root) as reader:
        for found in batch:
            try:
                ids.append((found.path, reader.hash(found.path)))
            except (FileNotFoundError, NotAllowed):
                continue
    return ids
