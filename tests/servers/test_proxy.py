"""The proxy between a client and a server: what it counts, and what each fault does."""

import http.client
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.proxy import Fault, Proxy, Trouble


class Answering(BaseHTTPRequestHandler):
    """Remembers what was done; answers with what it was sent, or with chunks."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if len(content) == int(self.headers["Content-Length"]):
            self.server.done.append(content)
        self.answer(content)

    def do_GET(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"3\r\nabc\r\n0\r\n\r\n")

    def do_HEAD(self):
        self.send_response(200)
        self.send_header("Content-Length", "12")
        self.end_headers()

    def answer(self, content):
        self.send_response(201 if len(self.server.done) == 1 else 412)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A connection that the proxy cuts is no error here."""


@pytest.fixture
def server():
    with Quiet(("127.0.0.1", 0), Answering) as server:
        server.done = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(server):
    with Proxy(server.server_address[1], pause=0.02) as proxy:
        yield proxy


def put(proxy: Proxy, content: bytes) -> http.client.HTTPResponse | None:
    """The answer; None where the connection ends without a whole one."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
    try:
        connection.request("PUT", "/name", content)
        answer = connection.getresponse()
        answer.content = answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return answer


def test_requests_of_one_connection_are_counted_with_every_byte(proxy):
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
    for method, wanted in (("PUT", b"x" * 100_000), ("GET", b"abc"), ("HEAD", b"")):
        connection.request(method, "/name", wanted if method == "PUT" else None)
        assert connection.getresponse().read() == wanted
    traffic = proxy.traffic
    assert traffic.lines == ("PUT /name", "GET /name", "HEAD /name")
    assert traffic.requests == 3
    assert 100_000 < traffic.sent < 100_500
    assert 100_000 < traffic.received < 101_000
    proxy.reset()
    assert proxy.traffic == ((), 0, 0, ())
    connection.close()


@pytest.mark.parametrize(
    ("fault", "done", "status"),
    [
        (Fault.REFUSED, 0, None),
        (Fault.CUT, 0, None),
        (Fault.STALLED, 0, None),
        (Fault.LOST, 1, None),
        (Fault.TORN, 1, None),
        (Fault.SLOWED, 1, 201),
        (Fault.REPEATED, 2, 412),
        (Fault.BUSY, 0, 503),
    ],
)
def test_each_fault_does_what_it_says(server, proxy, fault, done, status):
    proxy.disturb = lambda _: fault
    content = bytes(range(256)) * 300
    answer = put(proxy, content)
    assert (answer and answer.status) == status
    assert server.done == [content] * done
    assert proxy.traffic.faults == (fault,)
    if status in (201, 412):
        assert answer.content == content
    proxy.disturb = lambda _: None
    assert put(proxy, b"again").content == b"again", "the proxy goes on"


def test_trouble_comes_as_often_as_asked_and_the_same_for_a_seed():
    def drawn(seed, share):
        trouble = Trouble(seed, share)
        return [trouble(None) for _ in range(1000)]

    assert drawn(1, 0.3) == drawn(1, 0.3) != drawn(2, 0.3)
    counts = Counter(drawn(1, 0.3))
    assert 200 < 1000 - counts[None] < 400
    assert set(counts) == {None, *Fault}
    assert not any(drawn(1, 0.0))


def test_latency_waits_once_a_request(server):
    waits = []
    with Proxy(server.server_address[1], latency=0.001) as proxy:
        wait = proxy._stopped.wait
        proxy._stopped.wait = lambda seconds: waits.append(seconds) or wait(seconds)
        assert put(proxy, b"a").status == 201
    assert waits == [0.001]


def test_it_stops_with_connections_open(server):
    with Proxy(server.server_address[1]) as proxy:
        connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
        connection.request("HEAD", "/name")
        connection.getresponse().read()
    assert connection.sock.recv(1) == b"", "it was closed from the other side"
    connection.close()
