"""One JSON document of prompts, a hundred times, with one edit from each version to the next."""

from pathlib import Path
from random import Random
from typing import Final

from zstandard import ZstdCompressor

from benchmarks.bench import Bench
from benchmarks.documents import Writer
from benchmarks.rows import COMPRESSED, FIRST_SIZE
from benchmarks.trees import write_files
from benchmarks.words import SUBJECTS

__all__ = ["measure_prompts_json"]

_GROUP: Final = "prompts-json"
_SIZE: Final = f"{_GROUP}/size"
_NAME: Final = "prompts.json"
_BYTES: Final = 2_000_000
_VERSIONS: Final = 100
_SEED: Final = 20_260_405
_LEVEL: Final = 6
"""Fixed here, so that the yardstick stays the same when contentvc compresses at another level."""


def measure_prompts_json(bench: Bench) -> None:
    """What both sides store of all versions, beside one of them compressed as one stream.

    Raises:
        Failed: a command failed.
    """
    prompts = _Prompts()
    folder = bench.folder / _GROUP
    for side in bench.sides:
        (folder / side.name).mkdir(parents=True)
        side.prepare(folder / side.name)
    _commit(bench, folder, prompts, "version 0")
    compressed = ZstdCompressor(level=_LEVEL).compress(prompts.content())
    bench.record(_SIZE, COMPRESSED, len(compressed))
    bench.record(_SIZE, FIRST_SIZE, bench.ours.taken(folder / bench.ours.name))
    for number in range(1, _VERSIONS):
        prompts.edit()
        _commit(bench, folder, prompts, f"version {number}")
    for side in bench.sides:
        bench.record(_SIZE, side.name, side.sizes(folder / side.name).whole)


def _commit(bench: Bench, folder: Path, prompts: "_Prompts", message: str) -> None:
    for side in bench.sides:
        write_files(folder / side.name, {_NAME: prompts.content()})
        bench.once(side, side.commit(message), folder)


class _Prompts:
    """The document: every prompt is an object of its own, one field a line."""

    def __init__(self) -> None:
        self._random = Random(_SEED)
        self._writer = Writer(self._random)
        self._prompts: list[str] = []
        total = 0
        while total < _BYTES:
            self._prompts.append(self._prompt(len(self._prompts)))
            total += len(self._prompts[-1])

    def content(self) -> bytes:
        return ('{"prompts": [\n' + ",\n".join(self._prompts) + "\n]}\n").encode()

    def edit(self) -> None:
        """The text of one prompt gets a new last sentence."""
        place = self._random.randrange(len(self._prompts))
        prompt = self._prompts[place]
        kept = prompt[: prompt.rindex(". ") + 2] if ". " in prompt else prompt.removesuffix('"\n}')
        self._prompts[place] = f'{kept}{self._writer.sentence()}"\n}}'

    def _prompt(self, number: int) -> str:
        random = self._random
        return (
            f'{{\n  "id": "p{number:05}",\n  "subject": "{random.choice(SUBJECTS)}",\n'
            f'  "temperature": {random.choice((0.0, 0.2, 0.7, 1.0))},\n'
            f'  "system": "{self._writer.sentence()}",\n'
            f'  "text": "{self._writer.paragraph()} {self._writer.paragraph()}"\n}}'
        )
