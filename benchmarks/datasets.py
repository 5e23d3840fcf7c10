"""Data sets: the content that is measured, made from a seed or unpacked from `../shared/data`."""

import io
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from zstandard import ZstdDecompressor

from benchmarks.documents import SUFFIXES, Folder, Writer
from benchmarks.words import SUBJECTS

__all__ = [
    "SHARED",
    "Absent",
    "Edits",
    "Version",
    "five_thousand",
    "lm_eval",
    "raw_polls",
    "small_files",
    "ten_files",
]

SHARED: Final = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
"""Real content sets, kept beside the project folder; benchmarks that need them say when absent."""

_SEED: Final = 20_260_401
_AREAS: Final = ("prompts", "evals", "documents", "fewshot", "rubrics", "personas")
_SUFFIX_WEIGHTS: Final = (45, 35, 20)
_CHANGED_SHARE: Final = 4
"""One file of so many differs in the second version."""


class Absent(Exception):
    """A data set that cannot be made here; the message says what is not there."""


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a folder of files: content by path, and which paths are executable."""

    files: Mapping[str, bytes]
    executables: frozenset[str] = frozenset()

    @property
    def total_bytes(self) -> int:
        """Bytes of all files."""
        return sum(map(len, self.files.values()))


def small_files() -> tuple[Version, Version]:
    """35,000 files, about 20 MB in about 1,500 folders; then a quarter of them edited."""
    random = Random(_SEED)
    writer = Writer(random)
    first = _written(random, writer, files=35_000, folders=1_500)
    second = dict(first)
    for path in random.sample(sorted(first), len(first) // _CHANGED_SHARE):
        second[path] = _edited(writer, path, first[path])
    return Version(first), Version(second)


def five_thousand() -> "Edits":
    """5,000 files in about 200 folders, to be edited twenty at a time."""
    return Edits(seed=_SEED + 1, files=5_000, folders=200)


def ten_files() -> Version:
    """A repository as small as they come."""
    random = Random(_SEED + 2)
    return Version(_written(random, Writer(random), files=10, folders=2))


def lm_eval() -> tuple[Version, Version]:
    """Two revisions of a real evaluation suite: 4,127 and 15,375 files.

    Raises:
        Absent: the archives are not beside the project folder.
    """
    first, second = (_unpacked(SHARED / f"lm-eval-tasks-v{number}.tar.zst") for number in (1, 2))
    return first, second


def raw_polls() -> tuple[bytes, ...]:
    """Four revisions of a real table of polls, oldest first: CSV, 9,559 to 11,475 rows.

    Raises:
        Absent: the archive is not beside the project folder.
    """
    files = _unpacked(SHARED / "raw-polls.tar.zst").files
    return tuple(files[name] for name in sorted(files))


class Edits:
    """A version, and an endless series of edits of a few of its files each."""

    def __init__(self, *, seed: int, files: int, folders: int) -> None:
        self._random = Random(seed)
        self._writer = Writer(self._random)
        self._files = _written(self._random, self._writer, files=files, folders=folders)
        self._paths = sorted(self._files)

    @property
    def version(self) -> Version:
        """The files as they stand after the edits made so far."""
        return Version(dict(self._files))

    def next(self, count: int = 20) -> Mapping[str, bytes]:
        """The new content of the next `count` edited files."""
        changed = {
            path: _edited(self._writer, path, self._files[path])
            for path in self._random.sample(self._paths, count)
        }
        self._files.update(changed)
        return changed


def _edited(writer: Writer, path: str, content: bytes) -> bytes:
    while (edited := writer.edited(path, content.decode()).encode()) == content:
        pass  # a word was replaced by itself
    return edited


def _written(random: Random, writer: Writer, *, files: int, folders: int) -> dict[str, bytes]:
    shared = [writer.folder(path) for path in _folder_paths(random, folders)]
    sizes = [random.lognormvariate(0, 1) for _ in shared]
    places = sorted(random.choices(range(len(shared)), weights=sizes, k=files))
    return dict(_documents(random, writer, [shared[place] for place in places]))


def _documents(random: Random, writer: Writer, places: list[Folder]) -> Iterator[tuple[str, bytes]]:
    for number, folder in enumerate(places):
        suffix = random.choices(SUFFIXES, weights=_SUFFIX_WEIGHTS)[0]
        name = f"{folder.subject}_{folder.language}_{number:05d}"
        content = writer.document(suffix, folder, name).encode()
        yield f"{folder.path}/{name}{suffix}", content


def _folder_paths(random: Random, count: int) -> list[str]:
    """Paths two to five folders deep; deeper ones lie below ones that have files themselves."""
    paths = list(_AREAS)
    while len(paths) < count:
        parent = random.choice(paths)
        if parent.count("/") < 4:
            path = f"{parent}/{random.choice(SUBJECTS)}"
            paths.append(f"{path}_{len(paths)}" if random.random() < 0.5 or path in paths else path)
    return paths


def _unpacked(archive: Path) -> Version:
    if not archive.exists():
        raise Absent(f"{archive.name} is not in ../shared/data")
    with archive.open("rb") as packed:
        raw = ZstdDecompressor().stream_reader(packed).read()
    files: dict[str, bytes] = {}
    executables: set[str] = set()
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        for member in tar:
            content = tar.extractfile(member)
            if content is not None:
                files[member.name] = content.read()
                if member.mode & 0o100:
                    executables.add(member.name)
    return Version(files, frozenset(executables))
