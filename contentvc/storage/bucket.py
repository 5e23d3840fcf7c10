"""Storage in a bucket of S3, Google Cloud or Azure.

Exactly one of several creators of a name wins because the provider checks the condition
(``If-None-Match: *`` and its like). An answer that is lost leaves open who won, so requests with a
condition are never repeated by the library, which would take its own first success for another's.
"""

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, groupby
from typing import TYPE_CHECKING, Final, TypeVar
from zlib import crc32

from contentvc import limits
from contentvc.errors import Damaged, NotAllowed, Unreachable
from contentvc.storage.bucket_client import Clients, errors, writer
from contentvc.storage.bucket_failure import Failure, Kind, explain, failure_of
from contentvc.storage.bucket_settings import settings_of
from contentvc.storage.contract import AlreadyExists, NotFound, Storage, Unclear

if TYPE_CHECKING:
    from contentvc.storage.bucket_client import Client, Entry

__all__ = ["BucketStorage", "open_bucket"]

Result = TypeVar("Result")
Pause = Callable[[float], None]

_LAST: Final = limits.BUCKET_ATTEMPTS - 1
_SORTS_BELOW: Final = re.compile(r"[ -.]")
_SORTS_NEAR: Final = re.compile(r"[ -/]")


def open_bucket(
    kind: str, bucket: str, prefix: str, variables: Mapping[str, str], pause: Pause = time.sleep
) -> "BucketStorage":
    """The storage of the names in a bucket that start with `prefix`. Asks nothing of it yet.

    Args:
        kind: ``s3``, ``gs`` or ``az``.
        bucket: its name.
        prefix: empty, or ended by ``/``.
        variables: the environment, where credentials and the endpoint are found.
        pause: waits some seconds; between attempts.

    Raises:
        NotAllowed: the client library is not installed (``not-supported``).
        Usage: the environment makes no sense (``bad-value``).
    """
    settings = settings_of(kind, variables)
    at = f" at {settings.endpoint}" if settings.endpoint else ""
    place = f"{kind}://{bucket}/{prefix}".rstrip("/") + at
    return BucketStorage(Clients(kind, bucket, settings), kind, place, prefix, pause)


class BucketStorage(Storage):
    """The names in a bucket that start with a prefix.

    Safe to use from several threads, but not in a process forked from the one that opened it:
    the library's threads are not there, so every call is refused.

    What gets no answer is tried again a few times. Errors of the provider are raised as
    `contentvc.errors`: unreachable, unknown-bucket, permission-denied, disk-full, storage-failed.
    An upload that breaks off may leave parts behind that cost money and that no listing shows;
    a rule of the bucket's life cycle removes them.
    """

    def __init__(self, clients: Clients, kind: str, place: str, prefix: str, pause: Pause) -> None:
        self._clients = clients
        self._kind = kind
        self._place = place
        self._prefix = prefix
        self._pause = pause

    def read(self, name: str, span: tuple[int, int] | None = None) -> bytes:
        key = self._prefix + name
        if span is None:
            return self._asked("read", name, lambda: self._whole(key))
        start, end = span
        if start >= end:
            self._asked("read", name, lambda: self._clients.quick.head(key))
            return b""
        client = self._clients.quick
        return self._asked("read", name, lambda: _read_range(client, key, start, end))

    def write(self, name: str, content: bytes) -> None:
        client = self._client_for(len(content))
        self._asked(
            "write",
            name,
            lambda: client.put(self._prefix + name, content, use_multipart=False),
        )

    def create(self, name: str, content: bytes) -> None:
        client, key = self._client_for(len(content)), self._prefix + name
        is_open = False
        for attempt in range(limits.BUCKET_ATTEMPTS):
            try:
                client.put(key, content, mode="create", use_multipart=False)
            except errors() as error:
                failure = failure_of(error)
                if failure.kind is Kind.EXISTS:
                    raise Unclear(name) if is_open else AlreadyExists(name) from error
                is_open = is_open or failure.arrived
                self._give_up_or_wait(failure, attempt, "write", name, error, is_open=is_open)
            else:
                return

    def upload(self, name: str, parts: Iterable[bytes]) -> None:
        remaining = iter(parts)
        first = _first(remaining, limits.BUCKET_ONE_PUT)
        if sum(map(len, first)) > limits.BUCKET_ONE_PUT:
            again = parts if isinstance(parts, Sequence) else None
            self._upload_parts(name, chain(first, remaining), again)
        else:
            self._upload_whole(name, b"".join(first))

    def delete(self, name: str) -> None:
        client = self._clients.quick
        try:
            self._asked("delete", name, lambda: client.delete(self._prefix + name))
        except NotFound:
            return

    def list(self, prefix: str, after: str | None = None) -> Iterator[str]:
        return (name for name, _ in self.stamps(prefix, after))

    def stamps(self, prefix: str, after: str | None = None) -> Iterator[tuple[str, str]]:
        folder = prefix.rpartition("/")[0]
        found = self._found(folder, max(_before(after or ""), _before(prefix[:-1])))
        for name, stamp in self._sorted(found, len(folder) + 1 if folder else 0):
            if name[: len(prefix)] > prefix:
                return
            if name.startswith(prefix) and name > (after or ""):
                yield name, stamp

    def _sorted(self, found: Iterator[tuple[str, str]], start: int) -> Iterator[tuple[str, str]]:
        """Put into the order of their bytes what a server lists folder by folder.

        Such a server puts ``b/a`` before ``b-c``. Names that this brings into another order than
        their bytes stand together all the same.
        """
        last = ""
        for key, group in groupby(found, lambda one: _SORTS_NEAR.split(one[0][start:])[0]):
            if key < last:
                raise NotAllowed("not-supported", f"{self._place} lists names in no order")
            yield from sorted(group)
            last = key

    def _whole(self, key: str) -> bytes:
        answer = self._clients.quick.get(key)
        if answer.meta["size"] > limits.BUCKET_READ:
            raise Damaged(
                "beyond-limit", f"{self._place}: {key} has {answer.meta['size']} bytes", key=key
            )
        return answer.bytes().to_bytes()

    def _upload_whole(self, name: str, content: bytes) -> None:
        try:
            self.create(name, content)
        except (AlreadyExists, Unclear) as error:
            # A request may also be repeated on its way, and the second answer is the one told.
            if self.read(name, (0, len(content) + 1)) != content:
                raise AlreadyExists(name) from error

    def _upload_parts(
        self, name: str, parts: Iterable[bytes], again: Iterable[bytes] | None
    ) -> None:
        """Upload in parts, which no provider does under a condition: look before.

        Two that upload the same name at once might both succeed; names of packs are random.
        The library repeats single requests, but not all of them: what can be had `again` is sent
        once more.
        """
        if self._length(name) is not None:
            raise AlreadyExists(name)
        try:
            self._send(name, parts)
        except Unreachable:
            if again is None:
                raise
            self._send(name, again)

    def _send(self, name: str, parts: Iterable[bytes]) -> None:
        written = writer(self._clients.repeating, self._prefix + name)
        length = 0
        for piece in _pieces(parts):
            self._sent(name, partial(written.write, piece), None)
            length += len(piece)
        self._sent(name, written.close, length)

    def _sent(self, name: str, call: Callable[[], object], length: int | None) -> None:
        """Hand something over to an upload; its end, where the `length` is given."""
        try:
            call()
        except errors() as error:
            # The answer to the last request may be lost, and its repetition fails for that.
            if length is None or self._length(name) != length:
                failure = failure_of(error)
                raise explain(failure, self._kind, self._place, "write", name) from error

    def _length(self, name: str) -> int | None:
        client = self._clients.quick
        try:
            return self._asked("read", name, lambda: client.head(self._prefix + name))["size"]
        except NotFound:
            return None

    def _found(self, folder: str, after: str) -> Iterator[tuple[str, str]]:
        """Names in a folder with their stamps, in the order of the server."""
        start, attempt = self._prefix + after if len(after) > len(folder) else None, 0
        pages = self._pages(folder, start)
        while True:
            try:
                page = next(pages, ())
            except errors() as error:
                self._give_up_or_wait(failure_of(error), attempt, "list", folder, error)
                attempt += 1
                pages = self._pages(folder, start)
                continue
            if not page:
                return
            for entry in page:
                yield entry["path"][len(self._prefix) :], self._stamp(entry)
            start, attempt = page[-1]["path"], 0

    def _pages(self, folder: str, start: str | None) -> "Iterator[Sequence[Entry]]":
        self._clients.check_process()
        where = (self._prefix + folder).rstrip("/") or None
        return iter(self._clients.quick.list(where, offset=start, chunk_size=limits.BUCKET_PAGE))

    def _stamp(self, entry: "Entry") -> str:
        if not entry["e_tag"]:
            raise NotAllowed(
                "not-supported", f"{self._place} lists names without saying when they changed"
            )
        return entry["e_tag"]

    def _client_for(self, length: int) -> "Client":
        self._clients.check_process()
        return self._clients.quick if length <= limits.BUCKET_SMALL else self._clients.patient

    def _asked(self, verb: str, name: str, call: Callable[[], Result]) -> Result:
        """The answer, after as many attempts as are worth it; the call may be repeated."""
        attempt = 0
        while True:
            self._clients.check_process()
            try:
                return call()
            except errors() as error:
                failure = failure_of(error)
                if failure.kind is Kind.ABSENT:
                    raise NotFound(name) from error
                self._give_up_or_wait(failure, attempt, verb, name, error)
            attempt += 1

    def _give_up_or_wait(
        self,
        failure: Failure,
        attempt: int,
        verb: str,
        name: str,
        error: Exception,
        *,
        is_open: bool = False,
    ) -> None:
        """Return when another attempt is due.

        Raises:
            ContentvcError: none is; `is_open` tells that an earlier one may have taken effect.
        """
        if failure.kind is Kind.PASSING and attempt < _LAST:
            self._pause(_wait(attempt, name))
            return
        if is_open:
            raise Unreachable(
                "unreachable",
                f"{self._place} does not answer: whether {name} was created is not known",
                "it may have been; trying again finds out",
            ) from error
        raise explain(failure, self._kind, self._place, verb, name) from error


def _read_range(client: "Client", key: str, start: int, end: int) -> bytes:
    try:
        return client.get_range(key, start=start, end=end).to_bytes()
    except errors() as error:
        if failure_of(error).kind is Kind.BEYOND:
            return b""
        raise


def _wait(attempt: int, name: str) -> float:
    """Seconds before the next attempt; spread, so that who fails together comes back apart."""
    spread = crc32(f"{os.getpid()} {attempt} {name}".encode()) / (1 << 32)
    return min(3.0, limits.BUCKET_PAUSE * (1 << 2 * attempt)) * (0.5 + spread)


def _first(parts: Iterator[bytes], length: int) -> list[bytes]:
    """The first parts: all of them, or some that are longer together."""
    found, total = [], 0
    for part in parts:
        found.append(part)
        total += len(part)
        if total > length:
            break
    return found


def _pieces(parts: Iterable[bytes]) -> Iterator[memoryview]:
    """The same bytes in pieces of which each fits into a part."""
    for part in parts:
        whole = memoryview(part)
        for start in range(0, len(whole), limits.BUCKET_PART):
            yield whole[start : start + limits.BUCKET_PART]


def _before(name: str) -> str:
    """A name that `name`, and all that are greater, come after in every server's order.

    Some list folder by folder, where ``b/a`` comes before ``b-c``: what sorts before ``/`` is cut
    off. After the name of a folder, some leave out what is in it: a letter less is none of those
    that matter.
    """
    bound = _SORTS_BELOW.split(name, maxsplit=1)[0].rstrip("/")[:-1]
    while bound.endswith("/"):
        bound = bound.rstrip("/")[:-1]
    return bound
