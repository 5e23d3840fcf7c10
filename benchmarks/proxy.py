"""Proxy: stands between a client and an HTTP server on this machine, counts, delays and disturbs.

It understands where messages end and changes nothing in them, so signatures stay valid. Requests of
one connection go one after the other, as they came; connections are independent.
"""

import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from enum import Enum
from io import BufferedIOBase
from random import Random
from threading import Event, Lock, Thread
from typing import Final, NamedTuple, Self

from benchmarks.http_stream import Head, body, read_head

__all__ = ["Disturb", "Fault", "Proxy", "Traffic", "Trouble", "undisturbed"]

_LOCAL: Final = "127.0.0.1"
_SLOWED_PIECES: Final = 8
_BUSY: Final = (
    b"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: 69\r\n\r\n"
    b"<Error><Code>SlowDown</Code><Message>Reduce rate.</Message></Error>\r\n"
)


class Fault(Enum):
    """What can happen to a request on its way."""

    REFUSED = "the connection is closed, and the server hears nothing"
    CUT = "the server gets a part of it, then both connections are closed"
    LOST = "the server does it, and not a byte of its answer arrives"
    TORN = "the server does it, and a part of its answer arrives"
    STALLED = "nothing happens for a while, then the connection is closed"
    SLOWED = "it and its answer trickle through"
    REPEATED = "it is sent twice, and the second answer arrives"
    BUSY = "it is answered with 503 in the server's stead"


class Traffic(NamedTuple):
    """What went through the proxy."""

    lines: tuple[str, ...]
    """Method and target of each request, in the order they came."""
    sent: int
    """Bytes from clients: heads and bodies."""
    received: int
    """Bytes from the server."""
    faults: tuple[Fault, ...] = ()

    @property
    def requests(self) -> int:
        """How many there were."""
        return len(self.lines)


Disturb = Callable[[Head], Fault | None]
"""Decides what happens to a request; called by one thread at a time."""


def undisturbed(_request: Head) -> None:
    """Nothing happens to it."""
    return


class Trouble:
    """Faults at random: one of `faults` for about this share of requests."""

    def __init__(self, seed: int, share: float, faults: Iterable[Fault] = tuple(Fault)) -> None:
        self._random = Random(seed)
        self._share = share
        self._faults = tuple(faults)

    def __call__(self, _request: Head) -> Fault | None:
        """What happens to the next request."""
        hit = self._random.random() < self._share
        return self._random.choice(self._faults) if hit else None


class Proxy:
    """Listens on a port of its own for a server's; a context manager, and stops at its end."""

    def __init__(
        self,
        port: int,
        *,
        latency: float = 0.0,
        disturb: Disturb = undisturbed,
        seed: int = 0,
        pause: float = 0.1,
    ) -> None:
        self._server = (_LOCAL, port)
        self.latency = latency
        """Seconds that each request waits before it goes on."""
        self.disturb = disturb
        self.pause: Final = pause
        """Seconds that a stalled request waits, and all waits of a slowed one together."""
        self._random = Random(seed)
        self._lock: Final = Lock()
        self._stopped: Final = Event()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server((_LOCAL, 0), backlog=256)
        self.reset()

    @property
    def port(self) -> int:
        """Where clients connect."""
        number: int = self._listener.getsockname()[1]
        return number

    @property
    def url(self) -> str:
        """The same as an endpoint."""
        return f"http://{_LOCAL}:{self.port}"

    @property
    def traffic(self) -> Traffic:
        """What went through since the last `reset`."""
        with self._lock:
            return Traffic(tuple(self._lines), self._sent, self._received, tuple(self._faults))

    def reset(self) -> None:
        """Counts from zero again."""
        with self._lock:
            self._lines: list[str] = []
            self._faults: list[Fault] = []
            self._sent = self._received = 0

    def __enter__(self) -> Self:
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        _shut(self._listener)
        self._listener.close()
        with self._lock:
            for wire in self._open:
                _shut(wire)

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:  # the listener is closed
                return
            Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """One connection, to its end."""
        with suppress(OSError, ValueError), closing(client):
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with closing(socket.create_connection(self._server)) as server:
                server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._track(client, server)
                try:
                    self._relay(_Wire(client), _Wire(server))
                finally:
                    self._untrack(client, server)

    def _track(self, *wires: socket.socket) -> None:
        with self._lock:
            self._open.update(wires)
        if self._stopped.is_set():
            raise ConnectionError

    def _untrack(self, *wires: socket.socket) -> None:
        for wire in wires:
            _shut(wire)  # a stream made of it would keep it open
        with self._lock:
            self._open.difference_update(wires)

    def _relay(self, client: "_Wire", server: "_Wire") -> None:
        while request := read_head(client.stream):
            fault = self._begin(request)
            if self._wait(self.latency):
                return
            pieces = self._counted_request(request, client)
            if fault is None:
                server.send(pieces)
                answer = self._answer(request, server, client)
            else:
                answer = self._disturbed(fault, request, pieces, client, server)
            if request.is_last or answer is None or answer.is_last:
                return

    def _begin(self, request: Head) -> Fault | None:
        with self._lock:
            fault = self.disturb(request)
            self._lines.append(request.line)
            if fault:
                self._faults.append(fault)
            return fault

    def _wait(self, seconds: float) -> bool:
        """Whether the proxy was stopped meanwhile."""
        return bool(seconds) and self._stopped.wait(seconds)

    def _counted_request(self, request: Head, client: "_Wire") -> Iterator[bytes]:
        for piece in _whole(request, body(client.stream, request)):
            with self._lock:
                self._sent += len(piece)
            yield piece

    def _counted_answer(self, request: Head, answer: Head, server: "_Wire") -> Iterator[bytes]:
        for piece in _whole(answer, body(server.stream, answer, request)):
            with self._lock:
                self._received += len(piece)
            yield piece

    def _answer(self, request: Head, server: "_Wire", client: "_Wire") -> Head | None:
        """Passes an answer on; its head, or None where there is none."""
        answer = read_head(server.stream)
        if answer:
            client.send(self._counted_answer(request, answer, server))
        return answer

    def _disturbed(
        self,
        fault: Fault,
        request: Head,
        pieces: Iterator[bytes],
        client: "_Wire",
        server: "_Wire",
    ) -> Head | None:
        """The answer's head where the connection goes on."""
        match fault:
            case Fault.REFUSED:
                return None
            case Fault.STALLED:
                self._wait(self.pause)
                return None
            case Fault.CUT:
                server.send(pieces, self._part(len(request.raw) + (request.length or 0)))
                return None
            case Fault.BUSY:
                for _ in pieces:
                    pass
                client.send([_BUSY])
                return request
            case Fault.SLOWED:
                server.send(self._slowly(pieces))
            case Fault.REPEATED:
                kept = list(pieces)
                server.send(kept)
                self._drop(request, server)
                server.send(kept)
            case Fault.LOST | Fault.TORN:
                server.send(pieces)
        return self._disturbed_answer(fault, request, client, server)

    def _disturbed_answer(
        self, fault: Fault, request: Head, client: "_Wire", server: "_Wire"
    ) -> Head | None:
        if fault is Fault.LOST:
            self._drop(request, server)
            return None
        answer = read_head(server.stream)
        if answer is None:
            return None
        pieces = self._counted_answer(request, answer, server)
        if fault is Fault.TORN:
            client.send(pieces, self._part(len(answer.raw) + (answer.length or 0)))
            return None
        client.send(self._slowly(pieces) if fault is Fault.SLOWED else pieces)
        return answer

    def _drop(self, request: Head, server: "_Wire") -> None:
        """Hears the server's answer to its end."""
        answer = read_head(server.stream)
        if answer is None:
            raise ConnectionError
        for _ in self._counted_answer(request, answer, server):
            pass

    def _part(self, whole: int) -> int:
        """Not all of a message."""
        with self._lock:
            return self._random.randrange(max(1, whole))

    def _slowly(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The first pieces in smaller ones, with a wait before each."""
        waits = 0
        for piece in pieces:
            size = -(-len(piece) // _SLOWED_PIECES)
            for start in range(0, len(piece), size):
                if waits < _SLOWED_PIECES:
                    waits += 1
                    self._wait(self.pause / _SLOWED_PIECES)
                yield piece[start : start + size]


class _Wire:
    """One connection: messages are read from its stream, bytes sent as they are."""

    def __init__(self, wire: socket.socket) -> None:
        self._socket = wire
        self.stream: Final[BufferedIOBase] = wire.makefile("rb")

    def send(self, pieces: Iterable[bytes], most: int | None = None) -> None:
        """All of it, or no more than the first `most` bytes."""
        left = most
        for piece in pieces:
            if left is not None and len(piece) >= left:
                self._socket.sendall(piece[:left])
                return
            self._socket.sendall(piece)
            if left is not None:
                left -= len(piece)


def _whole(head: Head, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield head.raw
    yield from rest


def _shut(wire: socket.socket) -> None:
    """Ends it both ways, and wakes whoever waits for it."""
    with suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)
