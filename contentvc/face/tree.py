"""Tree: one folder of a version with all that is below it."""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from contentvc import limits
from contentvc.changes.trees import list_files
from contentvc.errors import Damaged, Missing
from contentvc.face.file import File
from contentvc.face.glob import Pattern
from contentvc.face.paths import Path, to_bytes, to_text
from contentvc.face.reader import Reader
from contentvc.ids import ObjectId
from contentvc.snapshots.tree import Entry, Mode

__all__ = ["Tree"]


@dataclass(frozen=True, slots=True)
class Tree(Mapping[str, File]):
    r"""A folder of a version: a mapping from paths to files, all those in folders below included.

    Paths are relative to the folder. Looking one up reads only the folders on the way to it, which
    are kept in memory. As with `File`, any number of threads and processes may use one.

    Example:
        >>> tree = workspace.at("v1").tree
        >>> list(tree)
        ['evals/cases.jsonl', 'model.json', 'prompts/router.md', 'prompts/support.md']
        >>> "prompts/support.md" in tree, "prompts" in tree, len(tree)
        (True, False, 4)
        >>> tree["prompts/support.md"].text()
        'Be brief.\nBe polite.\n'
    """

    _reader: Reader = field(repr=False, compare=False)
    path: str
    """From the root of the version; empty for the root itself."""
    _id: ObjectId = field(repr=False)

    @property
    def id(self) -> str:
        """Names all content of the folder: equal if and only if every file, name and mode is.

        Example:
            >>> old, new = workspace.at("v1").tree, workspace.at("main").tree
            >>> old.id == new.id, old.folder("evals").id == new.folder("evals").id
            (False, True)
        """
        return self._id.hex()

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry.size for entry in self._reader.replica.entries(self._id))

    def __getitem__(self, path: Path) -> File:
        """The file at a path.

        Raises:
            Missing: there is none (``unknown-path``); it is a `KeyError` too.
        """
        wanted = to_bytes(path)
        entry = self._find(wanted)
        if entry is None or entry.mode is Mode.DIRECTORY:
            raise self._missing(wanted, entry)
        return self._file(wanted, entry)

    def __contains__(self, path: object) -> bool:
        if not isinstance(path, str | bytes | os.PathLike):
            return False
        entry = self._find(to_bytes(path))
        return entry is not None and entry.mode is not Mode.DIRECTORY

    def __iter__(self) -> Iterator[str]:
        for path, _ in list_files(self._reader.replica.entries, self._id):
            yield to_text(path)

    def __len__(self) -> int:
        return sum(1 for _ in list_files(self._reader.replica.entries, self._id))

    def files(self) -> Iterator[File]:
        """All files, in the order of their paths; quicker than looking each one up.

        Example:
            >>> sum(file.size for file in workspace.at("v1").tree.files())
            156
        """
        for path, entry in list_files(self._reader.replica.entries, self._id):
            yield self._file(path, entry)

    def folder(self, path: Path) -> "Tree":
        """A folder below this one, as a tree of its own; a slash at the end does not count.

        Raises:
            Missing: there is none (``unknown-path``).

        Example:
            >>> list(workspace.at("v1").tree.folder("prompts"))
            ['router.md', 'support.md']
        """
        wanted = to_bytes(path).rstrip(b"/")
        entry = self._find(wanted)
        if entry is None or entry.mode is not Mode.DIRECTORY:
            raise Missing("unknown-path", f"there is no folder {self._whole(wanted)}")
        return Tree(self._reader, self._whole(wanted), entry.id)

    def folders(self) -> Iterator["Tree"]:
        """The folders directly in this one.

        Example:
            >>> [folder.path for folder in workspace.at("v1").tree.folders()]
            ['evals', 'prompts']
        """
        for entry in self._reader.replica.entries(self._id):
            if entry.mode is Mode.DIRECTORY:
                yield Tree(self._reader, self._whole(entry.name), entry.id)

    def glob(self, pattern: str) -> Iterator[File]:
        """The files whose path fits a pattern, in the order of their paths.

        In a pattern ``*`` stands for any characters of one name, ``?`` for one, ``[…]`` for one
        of several, and ``**`` as a whole name for any number of folders. Case counts, and names
        that begin with a dot are like others. Folders that cannot fit are not read.

        Raises:
            Usage: the pattern is empty, or has an empty name in it.

        Example:
            >>> [file.path for file in workspace.at("v1").tree.glob("**/*.md")]
            ['prompts/router.md', 'prompts/support.md']
        """
        yield from self._fitting(Pattern.of(pattern), b"", self._id)

    def read_many(self, files: Iterable[Path | File]) -> Iterator[tuple[File, bytes]]:
        r"""The content of many files, given as paths or as files of this repository.

        They come in the order in which they are stored, so that each stored block is read once:
        for thousands of small files several times as fast as one by one.

        Raises:
            Missing: there is no file at a path; then nothing is read.
            Damaged: as `File.read`.

        Example:
            >>> tree = workspace.at("v1").tree
            >>> texts = {file.path: content for file, content in tree.read_many(tree)}
            >>> texts["prompts/router.md"]
            b'Choose a model.\n'
        """
        wanted: dict[ObjectId, list[File]] = {}
        for one in files:
            file = one if isinstance(one, File) else self[one]
            wanted.setdefault(file._entry.id, []).append(file)  # noqa: SLF001 - of our own room
        for identifier, content in self._contents(wanted):
            for file in wanted[identifier]:
                yield file, content

    def _contents(self, wanted: Collection[ObjectId]) -> Iterator[tuple[ObjectId, bytes]]:
        replica = self._reader.replica
        replica.objects.bring(wanted)
        large = {identifier for identifier in wanted if replica.objects.is_large(identifier)}
        yield from replica.blobs(one for one in wanted if one not in large)
        for identifier in large:
            yield identifier, replica.blob(identifier)

    def _find(self, path: bytes) -> Entry | None:
        """The entry at a path; None where there is none, or for no path."""
        replica = self._reader.replica
        folder: ObjectId | None = self._id
        entry: Entry | None = None
        for name in path.split(b"/"):
            if folder is None:
                return None
            entry = replica.entry(folder, name)
            if entry is None:
                return None
            folder = entry.id if entry.mode is Mode.DIRECTORY else None
        return entry

    def _fitting(self, pattern: Pattern, prefix: bytes, folder: ObjectId) -> Iterator[File]:
        if prefix.count(b"/") > limits.TREE_DEPTH:
            raise Damaged("beyond-limit", f"{self._whole(prefix)} lies too deep")
        for entry in self._reader.replica.entries(folder):
            after = pattern.after(to_text(entry.name))
            if entry.mode is not Mode.DIRECTORY:
                if after.is_complete:
                    yield self._file(prefix + entry.name, entry)
            elif after.is_open:
                yield from self._fitting(after, prefix + entry.name + b"/", entry.id)

    def _file(self, path: bytes, entry: Entry) -> File:
        return File(self._reader, self._whole(path), entry)

    def _whole(self, path: bytes) -> str:
        return f"{self.path}/{to_text(path)}" if self.path else to_text(path)

    def _missing(self, path: bytes, found: Entry | None) -> Missing:
        if found is not None:
            hint = f"it is a folder; that is: .folder({to_text(path)!r})"
        else:
            hint = "iterate over the tree to see what there is"
        return Missing("unknown-path", f"there is no file {self._whole(path)}", hint)
