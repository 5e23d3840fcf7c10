"""Repairing a log from a copy of the same replica: only what is provably what was there."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from contentvc import limits
from contentvc.errors import Damaged, Missing, Usage
from contentvc.history.bundle import Bundle, bundle_path, encode_bundle
from contentvc.history.log import VIEW_NAME, Clockwork, Log, operation_path
from contentvc.history.view import decode_view, encode_view
from contentvc.ids import ID_BYTES, OperationId, operation_id
from contentvc.repository import DESCRIPTION, Description, read_description
from contentvc.snapshots.operation import Operation, decode_operation
from contentvc.storage import disk
from contentvc.storage.contract import NotFound
from contentvc.storage.local import LocalStorage

__all__ = ["Mended", "mend_description", "mend_log", "write_file"]

_DIGITS: Final = 20


@dataclass(frozen=True, slots=True)
class Mended:
    """What became of one thing that was damaged."""

    what: str
    """``repository``, ``operation``, ``bundle``, ``pack`` or ``object``."""
    name: str
    trouble: str = ""
    """Why it could not be repaired; empty where it was."""


def mend_description(root: str, copy: str) -> Iterator[Mended]:
    """Take ``repository.json`` from a copy, if it is the one that this log began with.

    Raises:
        Usage: the copy is of another repository.
        Missing, Damaged: the copy is none, or is damaged itself.
    """
    theirs = read_description(LocalStorage(copy))
    first = _first(LocalStorage(root)) or _first(LocalStorage(copy))
    try:
        mine: Description | None = read_description(LocalStorage(root))
    except (Damaged, Missing):
        mine = None
    known = mine.repository if mine is not None else first.repository if first else None
    if known is not None and known != theirs.repository:
        raise Usage("bad-value", "that is a copy of another repository", "name a copy of this one")
    if mine is not None and (first is None or first.checksum == mine.checksum):
        return
    if first is None or first.checksum != theirs.checksum:
        yield Mended("repository", DESCRIPTION, "the copy's is not the one this log began with")
        return
    write_file(root, DESCRIPTION, LocalStorage(copy).read(DESCRIPTION))
    yield Mended("repository", DESCRIPTION)


def mend_log(root: str, copy: str, clockwork: Clockwork) -> Iterator[Mended]:
    """Take operations that are damaged or missing from a copy, and make damaged bundles anew.

    An operation is taken only where another one here, the cached view, or what is left of the
    operation itself names its id, and its predecessor here is the one that it names.
    """
    mine, theirs = _Operations(root, clockwork), _Operations(copy, clockwork)
    if mine.description.replica == theirs.description.replica:
        yield from _mend_operations(root, mine, theirs)
    else:
        for sequence in mine.damaged():
            yield Mended("operation", operation_path(sequence), "the copy has a log of its own")
    yield from _mend_bundles(root, clockwork)


class _Operations:
    """The operations of one replica, each looked at by itself."""

    def __init__(self, root: str, clockwork: Clockwork) -> None:
        self.storage = LocalStorage(root)
        self.description = read_description(self.storage)
        ours = self.description
        self.log = Log(self.storage, ours.repository, ours.replica, clockwork)
        self.cached = _cached_end(self.storage)
        """Sequence and id of the last operation that the cached view knows."""

    def id(self, sequence: int) -> OperationId | None:
        """Of an operation that is sound; None for any other."""
        found = self.read(sequence)
        return None if found is None else found[1]

    def read(self, sequence: int) -> tuple[Operation, OperationId] | None:
        try:
            found = self.log.read(sequence) if sequence > 0 else None
        except Damaged:
            return None
        return found if found is not None and found[0].sequence == sequence else None

    def damaged(self) -> list[int]:
        """The numbers that were given to operations which are not sound here, last first."""
        last = self.cached[0]
        for name in self.storage.list("operations/"):
            number = name.rpartition("/")[2]
            if number.isdecimal() and len(number) == _DIGITS:
                last = max(last, int(number))
        return [sequence for sequence in range(last, 0, -1) if self.id(sequence) is None]

    def named(self, sequence: int) -> OperationId | None:
        """The id that a damaged operation had, if something sound here tells it."""
        after = self.read(sequence + 1)
        if after is not None:
            return after[0].previous
        if self.cached[0] == sequence:
            return self.cached[1]
        try:
            stored = self.log.stored(sequence) or b""
        except Damaged:
            return None
        return OperationId(stored[:ID_BYTES]) if len(stored) >= ID_BYTES else None


def _mend_operations(root: str, mine: _Operations, theirs: _Operations) -> Iterator[Mended]:
    """Last first: each that is taken names the one before it."""
    for sequence in mine.damaged():
        path = operation_path(sequence)
        trouble = _trouble(mine, theirs, sequence)
        if not trouble:
            write_file(root, path, theirs.log.stored(sequence) or b"")
        yield Mended("operation", path, trouble)


def _trouble(mine: _Operations, theirs: _Operations, sequence: int) -> str:
    found = theirs.read(sequence)
    if found is None:
        return "the copy has none that is sound"
    if mine.named(sequence) != found[1]:
        return "nothing here tells that the copy's is the same"
    before = mine.id(sequence - 1)
    if before is not None and found[0].previous != before:
        return "the copy's does not follow the one before it"
    return ""


def _mend_bundles(root: str, clockwork: Clockwork) -> Iterator[Mended]:
    """A bundle repeats operations and tells what they add up to, so it can be made from them."""
    mine = _Operations(root, clockwork)
    for name, message in list(mine.log.check()):
        if not name.startswith("bundles/"):
            continue
        first = int(name.rpartition("/")[2][:_DIGITS])
        numbers = range(first, first + limits.BUNDLE_OPERATIONS)
        stored = [mine.log.stored(one) for one in numbers if mine.id(one) is not None]
        if len(stored) < len(numbers) or name != bundle_path(first):
            yield Mended("bundle", name, message)
            continue
        view = encode_view(mine.log.view_at(numbers[-1]))
        bundle = Bundle(first, tuple(one or b"" for one in stored), view)
        write_file(root, name, encode_bundle(bundle))
        yield Mended("bundle", name)


def _first(storage: LocalStorage) -> Operation | None:
    """The first operation, believed without knowing the repository; None if it is not sound."""
    try:
        stored = storage.read(operation_path(1))
        if operation_id(stored[ID_BYTES:]) != stored[:ID_BYTES]:
            return None
        return decode_operation(stored[ID_BYTES:])
    except (NotFound, Damaged):
        return None


def _cached_end(storage: LocalStorage) -> tuple[int, OperationId | None]:
    try:
        view = decode_view(storage.read(VIEW_NAME))
    except (NotFound, Damaged):
        return 0, None
    return view.sequence, view.operation


def write_file(root: str, name: str, content: bytes) -> None:
    """Put durable bytes in the place of a damaged file, or of one that is missing.

    Raises:
        NotAllowed, Busy: the file system refuses.
    """
    path = os.path.join(root, name)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        disk.replace_file_durably(path, content)
    except OSError as error:
        raise disk.explain(error, "write", path) from error
