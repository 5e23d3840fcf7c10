"""Proposing: a first contentvc.toml, from the files of the working tree."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from contentvc import limits
from contentvc.actions.context import Context
from contentvc.actions.working import look
from contentvc.errors import Conflict, Declined
from contentvc.formats.problems import Unfit
from contentvc.formats.records.dialect import Sheet
from contentvc.formats.records.differ import fields_of
from contentvc.formats.records.keys import choose_key
from contentvc.formats.records.sheets import (
    Opener,
    keys_of,
    open_csv,
    open_jsonl,
    open_sheet,
    open_tsv,
)
from contentvc.sets.names import DECLARATION
from contentvc.sets.proposal import FoundKey, ProposedSet, propose_sets, written
from contentvc.snapshots.tree import Mode
from contentvc.storage import disk
from contentvc.worktree.landing import check_landing, landing
from contentvc.worktree.reading import Reader

__all__ = ["Proposal", "propose", "write_proposal"]

_OPENERS: Final[dict[str, Opener]] = {"jsonl": open_jsonl, "csv": open_csv, "tsv": open_tsv}
_CUTS: Final = 64
"""Line ends that are tried to find the end of a record in the start of a file."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a first contentvc.toml would say."""

    sets: tuple[ProposedSet, ...]
    text: str


def propose(context: Context) -> Proposal:
    """Look at the files that would be recorded, and group them. Nothing is written.

    Raises:
        Declined: there is nothing that a set could be made of (``nothing-to-propose``).
    """
    paths = _paths(context)
    root = context.place.root
    with Reader(root) as reader:
        sets = propose_sets(paths, _Keys(reader).find)
    if not sets:
        raise Declined(
            "nothing-to-propose",
            "no records, documents or texts were found in folders here",
            "what a content set is: docs/reference/contentvc-toml.md",
        )
    return Proposal(sets, written(sets))


def write_proposal(context: Context) -> Proposal:
    """Write what `propose` says, durable and all or nothing; no file is replaced.

    Raises:
        Conflict: there is a contentvc.toml, or what is called so (``already-exists``).
        Declined: as `propose`.
        NotAllowed, Busy: the file system refuses.
    """
    target = os.path.join(context.place.root, DECLARATION)
    try:
        check_landing(target, is_folder=False, force=False)
        proposal = propose(context)
        with landing(target, is_folder=False, force=False) as beside:
            _write(beside, proposal.text.encode())
    except Conflict as error:
        if error.code != "already-exists":
            raise
        hint = "to see what it could say: contentvc sets propose --print"
        raise Conflict(error.code, "contentvc.toml exists", hint, path="contentvc.toml") from error
    return proposal


def _write(path: bytes, content: bytes) -> None:
    with open(path, "xb") as file:
        file.write(content)
        file.flush()
        disk.fsync_file(file.fileno())


def _paths(context: Context) -> list[bytes]:
    """The files that a commit would record, or has recorded and would not delete."""
    seen = look(context)
    gone = {one.path for one in seen.scan.missing} | set(seen.scan.stale)
    here = {path for path, row in seen.state.items() if row.mode is not Mode.SYMLINK} - gone
    return sorted(here | {one.path for one in seen.scan.new if one.mode is not Mode.SYMLINK})


@dataclass(slots=True)
class _Keys:
    """Finds keys by reading the starts of files, as long as that is not too much."""

    reader: Reader
    left: int = field(default=limits.PROPOSED_BYTES)

    def find(self, form: str, files: Sequence[bytes]) -> FoundKey:
        """The field that names every record of every file that can be read."""
        opener = _OPENERS.get(form)
        if opener is None:
            return FoundKey(())
        starts = list(self._starts(files))
        read = [_sheet(content, opener, is_whole=is_whole) for content, is_whole in starts]
        sheets = [sheet for sheet in read if sheet is not None]
        is_sure = len(starts) == len(files) and all(is_whole for _, is_whole in starts)
        return FoundKey(_key(sheets), is_sure)

    def _starts(self, files: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
        """Bytes at the start of each file, and whether these are all."""
        for path in files:
            most = min(limits.PROPOSED_FILE, self.left)
            if most <= 0:
                return
            with suppress(FileNotFoundError):  # removed since it was found
                content, _ = self.reader.stream(path, partial(_start, most=most + 1))
                self.left -= len(content)
                yield content[:most], len(content) <= most


def _start(parts: Iterator[bytes], most: int) -> bytes:
    found = bytearray()
    for part in parts:
        found += part
        if len(found) >= most:
            break
    return bytes(found[:most])


def _sheet(content: bytes, opener: Opener, *, is_whole: bool) -> Sheet | None:
    """The records at the start of a file; None where it is malformed, which others tell."""
    try:
        whole = content if is_whole else _cut(content, is_quoted=opener is not open_jsonl)
        return open_sheet(whole, opener)
    except Unfit:
        return None


def _cut(content: bytes, *, is_quoted: bool) -> bytes:
    """Up to the last line end that is in no quoted cell, if one is found soon."""
    end = len(content)
    for _ in range(_CUTS):
        end = content.rfind(b"\n", 0, end)
        if end < 0:
            break
        if not is_quoted or content.count(b'"', 0, end) % 2 == 0:
            return content[: end + 1]
    return b""


def _key(sheets: Sequence[Sheet]) -> tuple[str, ...]:
    filled = [sheet for sheet in sheets if sheet.raws]
    if not filled:
        return ()
    try:
        others = [set(fields_of(sheet)) for sheet in filled]
        names = [
            name
            for name in fields_of(filled[0])
            if _can_be_declared(name) and all(name in one for one in others)
        ]
        choice, _ = choose_key((), names, [partial(keys_of, sheet) for sheet in filled])
    except Unfit:
        return ()
    return choice.fields


def _can_be_declared(name: str) -> bool:
    return 0 < len(name) <= limits.SET_WORD and name.isprintable()
