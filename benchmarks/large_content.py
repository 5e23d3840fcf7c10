"""Large content: evaluation records and embeddings in two files, and edits scattered in them.

No stretch of either file stands in it twice: only between versions is there anything to share.
"""

import os
import struct
from array import array
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from random import Random
from statistics import NormalDist
from typing import Final

from benchmarks.seeded import seeded_bytes
from benchmarks.words import SUBJECTS, zipf_table

__all__ = ["LargeContent"]

_RECORDS: Final = "records.jsonl"
_EMBEDDINGS: Final = "embeddings.npy"
_RECORD_BYTES: Final = 280_000_000
_VECTORS: Final = 175_781
"""Of 768 values of four bytes each: 540 MB."""
_DIMENSION: Final = 768
_HEADER_BYTES: Final = 128
_ENDLESS: Final = 1 << 40
_POOL: Final = 1 << 21
"""Upper halves of values repeat after so many; the lower halves between them never do."""
_LEAST: Final = 12
"""Words of a prompt that edits choose from; every prompt has more."""


class LargeContent:
    """280 MB of JSONL and 540 MB of float32, or a share of both."""

    names: Final = (_RECORDS, _EMBEDDINGS)

    def __init__(self, scale: float) -> None:
        self._record_bytes = round(_RECORD_BYTES * scale)
        self._vectors = round(_VECTORS * scale)

    @property
    def total_bytes(self) -> int:
        """What both files take, to a few kilobytes."""
        return self._record_bytes + self._vectors * _DIMENSION * 4

    def write(self, folder: Path) -> None:
        """The first version, into a folder that is made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / _RECORDS).open("wb") as file:
            written = 0
            records = _records()
            while written < self._record_bytes:
                written += file.write(next(records))
        with (folder / _EMBEDDINGS).open("wb") as file:
            file.write(_npy_header(self._vectors))
            file.writelines(_normal_values(self._vectors * _DIMENSION))

    def edit(self, folder: Path, seed: int, count: int) -> int:
        """Makes `count` edits, half in each file; the same seed gives the same edits.

        Returns:
            The bytes that were edited: those put in, in both files.
        """
        random = Random(seed)
        return _edit_records(folder / _RECORDS, random, count // 2) + _edit_values(
            folder / _EMBEDDINGS, random, count - count // 2
        )


def _records() -> Iterator[bytes]:
    """Evaluation records of about 1.2 kB without end."""
    random = Random(_RECORDS)
    table = zipf_table(1 << 16)
    words = map(table.__getitem__, chain.from_iterable(_indexes()))
    number = 0
    while True:
        number += 1
        prompt = " ".join(islice(words, _LEAST + int(random.random() * 140)))
        answer = " ".join(islice(words, 4 + int(random.random() * 180)))
        yield (
            f'{{"id": "r{number:07}", "subject": "{random.choice(SUBJECTS)}", '
            f'"prompt": "{prompt}.", "answer": "{answer}.", '
            f'"scores": {{"f1": {random.random():.4f}, "judge": {random.randrange(1, 11)}}}}}\n'
        ).encode()


def _indexes() -> Iterator["array[int]"]:
    for piece in seeded_bytes(_RECORDS, _ENDLESS):
        yield array("H", piece)


def _npy_header(vectors: int) -> bytes:
    """NumPy's format, version 1.0: what `numpy.load` needs to know, padded to 128 bytes."""
    shape = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({vectors}, {_DIMENSION}), }}"
    text = shape.ljust(_HEADER_BYTES - 11).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def _normal_values(count: int) -> Iterator[bytes]:
    """Little-endian float32, normally distributed: the upper halves decide how large they are."""
    uppers = _upper_halves()
    for lower in seeded_bytes(_EMBEDDINGS, 2 * count, 2 * _POOL):
        values = array("H", bytes(2 * len(lower)))
        values[0::2] = array("H", lower)
        values[1::2] = uppers[: len(lower) // 2]
        yield values.tobytes()


def _upper_halves() -> "array[int]":
    """Of normal values, at random: sign, exponent and the first bits of the fraction."""
    normal = NormalDist()
    quantiles = [normal.inv_cdf((place + 0.5) / (1 << 16)) for place in range(1 << 16)]
    halves = [struct.unpack("<HH", struct.pack("<f", quantile))[1] for quantile in quantiles]
    places = array("H", b"".join(seeded_bytes("upper halves", 2 * _POOL)))
    return array("H", map(halves.__getitem__, places))


def _edit_records(path: Path, random: Random, count: int) -> int:
    """Writes the new file beside the old one and renames it, as editors do."""
    places = sorted((random.randrange(path.stat().st_size) for _ in range(count)), reverse=True)
    words = zipf_table(1 << 12)
    beside = path.with_suffix(".new")
    edited = end = 0
    with path.open("rb") as old, beside.open("wb") as new:
        for line in old:
            end += len(line)
            written = line
            while places and places[-1] < end:
                places.pop()
                written, put_in = _reworded(written, random, random.choice(words).encode())
                edited += put_in
            new.write(written)
    os.replace(beside, path)
    return edited


def _reworded(line: bytes, random: Random, word: bytes) -> tuple[bytes, int]:
    """A word put into the prompt, or in the place of another one."""
    head, tail = line.split(b'"prompt": "', 1)
    words = tail.split(b" ", _LEAST)
    place = random.randrange(1, _LEAST)
    if random.random() < 0.5:
        words.insert(place, word)
    else:
        words[place] = word
    return head + b'"prompt": "' + b" ".join(words), len(word) + 1


def _edit_values(path: Path, random: Random, count: int) -> int:
    """Overwrites one to four neighbouring values at a time."""
    last = path.stat().st_size - 16
    edited = 0
    with path.open("r+b") as file:
        for _ in range(count):
            values = [random.gauss(0, 1) for _ in range(random.randint(1, 4))]
            file.seek(random.randrange(_HEADER_BYTES, last, 4))
            edited += file.write(struct.pack(f"<{len(values)}f", *values))
    return edited
