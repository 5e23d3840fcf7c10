"""Storage that fails on purpose, for tests of everything above it.

`FaultyStorage` wraps any storage with faults, which compose: each call passes every fault before
it takes effect and, in the same order, after it did. What goes wrong, and when, is the same at
every run.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random
from threading import Lock
from typing import Final, NamedTuple

from contentvc.errors import Busy
from contentvc.storage.contract import AlreadyExists, Storage, StorageError, Unclear

__all__ = [
    "Call",
    "DelayListing",
    "Fail",
    "Fault",
    "FaultyStorage",
    "IgnoreConditions",
    "LoseAnswer",
    "RepeatAnswer",
    "RunFull",
    "Tear",
    "When",
    "always",
    "nth",
    "share",
]


class Call(NamedTuple):
    """One call of a storage."""

    verb: str
    """The method: read, write, create, upload, delete, list or stamps."""
    name: str
    """The name, or the prefix of a list or of stamps."""
    size: int
    """Bytes that come with it; for an upload they are not known beforehand."""


When = Callable[[Call], bool]
"""Which calls a fault hits. It is asked once for each call, in order."""

_WRITING: Final = ("write", "create", "upload")


def always(*verbs: str, prefix: str = "") -> When:
    """Every call of these verbs (of all, where none is given) on names with this prefix."""
    return lambda call: _concerns(call, verbs, prefix)


def nth(numbers: Iterable[int], *verbs: str, prefix: str = "") -> When:
    """The calls with these numbers, counted from 1 among those that `always` would hit."""
    hit, counted, lock = frozenset(numbers), [0], Lock()

    def when(call: Call) -> bool:
        if not _concerns(call, verbs, prefix):
            return False
        with lock:
            counted[0] += 1
            return counted[0] in hit

    return when


def share(part: float, seed: int, *verbs: str, prefix: str = "") -> When:
    """About this part (0 to 1) of the calls that `always` would hit, chosen by the seed."""
    random, lock = Random(seed), Lock()  # noqa: S311 - it must repeat itself

    def when(call: Call) -> bool:
        if not _concerns(call, verbs, prefix):
            return False
        with lock:
            return random.random() < part

    return when


def _concerns(call: Call, verbs: Sequence[str], prefix: str) -> bool:
    return (not verbs or call.verb in verbs) and call.name.startswith(prefix)


class Fault:
    """Something that goes wrong; this one never does. Faults override what they need."""

    def before(self, call: Call) -> None:
        """Asked before the call takes effect; raising prevents it."""

    def after(self, call: Call) -> None:
        """Asked when it took effect; raising loses the answer."""

    def parts(
        self,
        call: Call,  # noqa: ARG002 - for those that override it
        parts: Iterable[bytes],
    ) -> Iterable[bytes]:
        """What is uploaded instead of the parts of an upload."""
        return parts

    def creates_blindly(self, call: Call) -> bool:  # noqa: ARG002 - for those that override it
        """Whether a create replaces what is there."""
        return False

    def hides(self, name: str) -> bool:  # noqa: ARG002 - for those that override it
        """Whether a list, or stamps, leave out this name; asked for each name they would tell."""
        return False


class Fail(Fault):
    """Calls fail before they take effect; with `Unclear`, the caller cannot know that."""

    def __init__(self, when: When, error: type[StorageError] = StorageError) -> None:
        self._when = when
        self._error = error

    def before(self, call: Call) -> None:
        if self._when(call):
            raise self._error(f"{call.verb} {call.name}: it failed")


class LoseAnswer(Fault):
    """Calls take effect and the answer is lost."""

    def __init__(self, when: When) -> None:
        self._when = when

    def after(self, call: Call) -> None:
        if self._when(call):
            raise Unclear(f"{call.verb} {call.name}: the answer was lost")


class RepeatAnswer(Fault):
    """Creates take effect, are repeated on the way, and the second answer is the one told."""

    def __init__(self, when: When) -> None:
        self._when = when

    def after(self, call: Call) -> None:
        if call.verb == "create" and self._when(call):
            raise AlreadyExists(call.name)


class Tear(Fault):
    """Uploads break off after some bytes."""

    def __init__(self, when: When, length: int) -> None:
        self._when = when
        self._length = length

    def parts(self, call: Call, parts: Iterable[bytes]) -> Iterable[bytes]:
        return self._torn(call, parts) if self._when(call) else parts

    def _torn(self, call: Call, parts: Iterable[bytes]) -> Iterator[bytes]:
        left = self._length
        for part in parts:
            if len(part) > left:
                yield part[:left]
                break
            left -= len(part)
            yield part
        raise StorageError(f"upload {call.name}: torn after {self._length} bytes")


class RunFull(Fault):
    """Once this many bytes were written, no more fit. Deleting makes no room."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._lock = Lock()

    def before(self, call: Call) -> None:
        if call.verb in _WRITING:
            self._take(call.name, call.size)

    def parts(self, call: Call, parts: Iterable[bytes]) -> Iterator[bytes]:
        for part in parts:
            self._take(call.name, len(part))
            yield part

    def _take(self, name: str, size: int) -> None:
        with self._lock:
            if size > self._room or self._room == 0:
                self._room = 0
                raise Busy("disk-full", f"cannot write {name}: the storage is full", "make room")
            self._room -= size


class IgnoreConditions(Fault):
    """Creates replace what is there and say that all went well, as some S3 servers do."""

    def __init__(self, when: When) -> None:
        self._when = when

    def creates_blindly(self, call: Call) -> bool:
        return self._when(call)


class DelayListing(Fault):
    """A new name is missing from the first lists that would show it."""

    def __init__(self, lists: int, when: When) -> None:
        self._lists = lists
        self._when = when
        self._left: dict[str, int] = {}
        self._lock = Lock()

    def after(self, call: Call) -> None:
        if call.verb in _WRITING and self._when(call):
            with self._lock:
                self._left.setdefault(call.name, self._lists)

    def hides(self, name: str) -> bool:
        with self._lock:
            left = self._left.get(name, 0)
            if left:
                self._left[name] = left - 1
            return left > 0


class FaultyStorage(Storage):
    """Another storage with faults, asked in their order. Without faults it is that storage."""

    def __init__(self, inner: Storage, *faults: Fault) -> None:
        self._inner = inner
        self._faults = faults

    def read(self, name: str, span: tuple[int, int] | None = None) -> bytes:
        call = self._begin("read", name)
        content = self._inner.read(name, span)
        self._end(call)
        return content

    def write(self, name: str, content: bytes) -> None:
        call = self._begin("write", name, len(content))
        self._inner.write(name, content)
        self._end(call)

    def create(self, name: str, content: bytes) -> None:
        call = self._begin("create", name, len(content))
        if any(fault.creates_blindly(call) for fault in self._faults):
            self._inner.write(name, content)
        else:
            self._inner.create(name, content)
        self._end(call)

    def upload(self, name: str, parts: Iterable[bytes]) -> None:
        call = self._begin("upload", name)
        for fault in self._faults:
            parts = fault.parts(call, parts)
        self._inner.upload(name, parts)
        self._end(call)

    def delete(self, name: str) -> None:
        call = self._begin("delete", name)
        self._inner.delete(name)
        self._end(call)

    def list(self, prefix: str, after: str | None = None) -> Iterator[str]:
        call = self._begin("list", prefix)
        for name in self._inner.list(prefix, after):
            if not any(fault.hides(name) for fault in self._faults):
                yield name
        self._end(call)

    def stamps(self, prefix: str, after: str | None = None) -> Iterator[tuple[str, str]]:
        call = self._begin("stamps", prefix)
        for name, stamp in self._inner.stamps(prefix, after):
            if not any(fault.hides(name) for fault in self._faults):
                yield name, stamp
        self._end(call)

    def _begin(self, verb: str, name: str, size: int = 0) -> Call:
        call = Call(verb, name, size)
        for fault in self._faults:
            fault.before(call)
        return call

    def _end(self, call: Call) -> None:
        for fault in self._faults:
            fault.after(call)
