"""File: one file of a version."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, overload

from contentvc.errors import Usage
from contentvc.face.paths import to_text
from contentvc.face.reader import Reader
from contentvc.face.stream import buffered
from contentvc.snapshots.tree import Entry, Mode

__all__ = ["File"]


@dataclass(frozen=True, slots=True)
class File:
    r"""A file or symbolic link of a version. It is a value: equal if path, mode and content are.

    Every byte that is read was checked against the file's id; nothing is written to disk. A file
    may be used in any number of threads and forked processes at once, and pickled to other
    processes that can see the repository's folder.

    Example:
        >>> file = workspace.at("v1").tree["prompts/support.md"]
        >>> file.path, file.size
        ('prompts/support.md', 21)
        >>> file.text()
        'Be brief.\nBe polite.\n'
    """

    _reader: Reader = field(repr=False, compare=False)
    path: str
    """From the root of the version, with ``/``; what is not UTF-8 in it is text as in
    `os.fsdecode`."""
    _entry: Entry = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes of the content."""
        return self._entry.size

    @property
    def id(self) -> str:
        """The BLAKE3 hash of the content in hexadecimal, which is what ``b3sum`` prints.

        Equal content has equal ids wherever it is.

        Example:
            >>> tree = workspace.at("v1").tree
            >>> tree["prompts/support.md"].id == workspace.at("main").tree["prompts/support.md"].id
            False
        """
        return self._entry.id.hex()

    @property
    def is_executable(self) -> bool:
        """Whether it may be run as a program."""
        return self._entry.mode is Mode.EXECUTABLE

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link, whose content is its target."""
        return self._entry.mode is Mode.SYMLINK

    @property
    def target(self) -> str:
        """Where a symbolic link leads, as it was recorded; what is there is not looked at.

        Raises:
            Usage: it is no link.
        """
        if not self.is_link:
            raise Usage("usage", f"{self.path} is not a symbolic link")
        return to_text(self.read())

    @property
    def attributes(self) -> Mapping[str, str]:
        """Metadata that was attached to the file."""
        return dict(self._entry.attributes)

    def read(self) -> bytes:
        """All of the content. For what is larger than memory there is `open`.

        Raises:
            Damaged: the stored bytes are not what they were.
        """
        return self._reader.replica.blob(self._entry.id)

    def text(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """All of the content as text, line ends as they are.

        Raises:
            UnicodeDecodeError: it is not in that encoding.
            Damaged: as `read`.
        """
        return self.read().decode(encoding, errors)

    def json(self) -> Any:
        """The content of a JSON file.

        Raises:
            ValueError: it is no JSON.
            Damaged: as `read`.

        Example:
            >>> workspace.at("v1").tree["model.json"].json()
            {'model': 'small', 'temperature': 0.2}
        """
        import json  # noqa: PLC0415 - whoever reads no JSON need not import it

        return json.loads(self.read())

    @overload
    def open(self, mode: Literal["rb"] = "rb") -> io.BufferedReader: ...

    @overload
    def open(
        self, mode: Literal["r"], encoding: str = "utf-8", newline: str | None = None
    ) -> io.TextIOWrapper: ...

    def open(
        self, mode: Literal["rb", "r"] = "rb", encoding: str = "utf-8", newline: str | None = None
    ) -> io.BufferedReader | io.TextIOWrapper:
        r"""The content as a file object that can seek: binary, or text with mode ``"r"``.

        About one chunk is in memory at a time (64 KiB on average), however large the file is. A
        file object belongs to one thread; open another one in each.

        Raises:
            Damaged: while reading, as `read`.

        Example:
            >>> with workspace.at("v1").tree["evals/cases.jsonl"].open("r") as lines:
            ...     print(sum(1 for line in lines))
            3
            >>> with workspace.at("v1").tree["evals/cases.jsonl"].open() as file:
            ...     _ = file.seek(-3, 2)
            ...     file.read()
            b'"}\n'
        """
        raw = buffered(self._reader.replica, self._entry.id, self._entry.size)
        if mode == "rb":
            return raw
        return io.TextIOWrapper(raw, encoding=encoding, newline=newline)
