"""Seeded bytes: as fast as a disk takes them, the same in every run and on every machine."""

from collections.abc import Iterator
from typing import Final

from blake3 import blake3

__all__ = ["seeded_bytes"]

_STEP: Final = 1 << 22


def seeded_bytes(seed: str, length: int, step: int = _STEP) -> Iterator[bytes]:
    """Incompressible bytes in pieces of `step`, the last one shorter: BLAKE3's extended output."""
    stream = blake3(seed.encode())
    for start in range(0, length, step):
        yield stream.digest(length=min(step, length - start), seek=start)
