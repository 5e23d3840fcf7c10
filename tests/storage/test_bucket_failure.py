"""What goes wrong between a client and a bucket, and what is made of it."""

import os
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pytest
from obstore.exceptions import GenericError

from benchmarks.proxy import Fault, Proxy
from contentvc import limits
from contentvc.errors import Busy, Damaged, NotAllowed, Unreachable
from contentvc.remotes.location import parse_location, storage_at
from contentvc.storage import bucket_client
from contentvc.storage.bucket import open_bucket
from contentvc.storage.bucket_failure import Kind, explain, failure_of
from contentvc.storage.contract import AlreadyExists, NotFound, Unclear
from contentvc.storage.probe import check_exclusive
from contentvc.storage.settle import create_settled
from tests.servers.running import seaweedfs
from tests.storage.test_bucket import BUCKET, prefix, variables

__all__ = ["seaweedfs", "variables"]

LARGE = [bytes([number]) * (3 << 20) for number in range(7)]


@pytest.fixture
def proxy(seaweedfs):
    with Proxy(seaweedfs.port, pause=0.05) as proxy:
        yield proxy


@pytest.fixture
def afar(seaweedfs, variables, proxy):
    """The bucket through the proxy; it waits for nothing."""
    return open_bucket(
        "s3", BUCKET, prefix(), seaweedfs.variables(proxy.port, "writer"), lambda _: None
    )


def once(fault, method=""):
    """The fault for the first request of that method."""
    hit = []

    def disturb(request):
        if not hit and request.line.startswith(method):
            hit.append(request)
            return fault
        return None

    return disturb


def each_once(fault):
    """The fault for the first of each kind of request."""
    seen = set()

    def disturb(request):
        method, _, target = request.line.partition(" ")
        query = target.partition("?")[2]
        kind = method, tuple(sorted(part.partition("=")[0] for part in query.split("&")))
        if kind in seen:
            return None
        seen.add(kind)
        return fault

    return disturb


class TestLostAnswers:
    def test_of_a_create_are_unclear_and_can_be_settled(self, afar, proxy):
        proxy.disturb = once(Fault.LOST, "PUT")
        with pytest.raises(Unclear):
            afar.create("operations/1", b"ours")
        assert afar.read("operations/1") == b"ours"
        proxy.disturb = once(Fault.LOST, "PUT")
        create_settled(afar, "operations/2", b"ours")
        assert afar.read("operations/2") == b"ours"

    def test_of_a_create_that_lost(self, afar, proxy):
        afar.create("operations/1", b"theirs")
        proxy.disturb = once(Fault.LOST, "PUT")
        with pytest.raises(AlreadyExists):
            create_settled(afar, "operations/1", b"ours")
        assert afar.read("operations/1") == b"theirs"

    def test_a_create_that_did_not_arrive_is_made_again(self, afar, proxy):
        proxy.disturb = once(Fault.BUSY, "PUT")
        afar.create("operations/1", b"ours")
        assert afar.read("operations/1") == b"ours"

    def test_a_repeated_create_can_be_settled(self, afar, proxy):
        proxy.disturb = once(Fault.REPEATED, "PUT")
        create_settled(afar, "operations/1", b"ours")
        assert afar.read("operations/1") == b"ours"

    def test_without_an_end_it_is_not_known_what_became_of_a_create(self, afar, proxy):
        proxy.disturb = lambda _: Fault.LOST
        with pytest.raises(Unreachable, match="whether operations/1 was created is not known"):
            afar.create("operations/1", b"ours")
        assert proxy.traffic.requests == limits.BUCKET_ATTEMPTS
        proxy.disturb = lambda _: Fault.REFUSED
        with pytest.raises(Unreachable):
            create_settled(afar, "operations/2", b"ours")
        proxy.disturb = lambda _: None
        create_settled(afar, "operations/1", b"ours")
        create_settled(afar, "operations/2", b"ours")
        assert list(afar.list("")) == ["operations/1", "operations/2"]

    @pytest.mark.parametrize("parts", [[b"small", b"er"], LARGE], ids=["small", "large"])
    @pytest.mark.parametrize("fault", [Fault.LOST, Fault.REPEATED])
    def test_of_an_upload_are_settled(self, afar, proxy, fault, parts):
        proxy.disturb = each_once(fault)
        afar.upload("packs/x", parts)
        assert proxy.traffic.faults
        assert afar.read("packs/x") == b"".join(parts)


@pytest.mark.parametrize("fault", Fault)
def test_every_call_survives_every_fault(afar, proxy, fault):
    proxy.disturb = each_once(fault)
    afar.write("view", b"1")
    afar.write("view", b"22")
    create_settled(afar, "operations/1", b"one")
    afar.upload("packs/a", [b"small"])
    afar.upload("packs/b", LARGE)
    assert [afar.read("view"), afar.read("view", (1, 9)), afar.read("view", (5, 9))] == [
        b"22",
        b"2",
        b"",
    ]
    names = ["operations/1", "packs/a", "packs/b", "view"]
    assert list(afar.list("")) == [name for name, _ in afar.stamps("")] == names
    assert afar.read("packs/b") == b"".join(LARGE)
    afar.delete("view")
    with pytest.raises(NotFound):
        afar.read("view")
    assert set(proxy.traffic.faults) == {fault}


def test_pages_of_a_list_are_asked_for_again(afar, proxy, monkeypatch):
    monkeypatch.setattr(limits, "BUCKET_PAGE", 4)
    names = [f"operations/{number:020}" for number in range(10)]
    for name in names:
        afar.create(name, b"")
    counted = Counter()

    def disturb(request):
        counted[request.line] += 1
        return Fault.TORN if counted[request.line] <= 2 else None

    proxy.disturb = disturb
    assert list(afar.list("operations/")) == names
    assert proxy.traffic.faults


class TestRequests:
    """How many each call makes; what is built on them counts on it."""

    def requests(self, proxy, call):
        proxy.reset()
        call()
        return [line.split(" ")[0] for line in proxy.traffic.lines]

    def test_of_small_calls(self, afar, proxy):
        assert self.requests(proxy, lambda: afar.create("a", b"1")) == ["PUT"]
        assert self.requests(proxy, lambda: afar.upload("b", [b"1", b"2"])) == ["PUT"]
        assert self.requests(proxy, lambda: afar.write("c", b"1")) == ["PUT"]
        assert self.requests(proxy, lambda: afar.read("a")) == ["GET"]
        assert self.requests(proxy, lambda: afar.read("a", (0, 100))) == ["GET"]
        assert self.requests(proxy, lambda: list(afar.stamps(""))) == ["GET"]
        assert self.requests(proxy, lambda: list(afar.list("", "b"))) == ["GET"]
        assert self.requests(proxy, lambda: afar.delete("c")) == ["DELETE"]

    def test_of_an_upload_in_parts(self, afar, proxy):
        lines = self.requests(proxy, lambda: afar.upload("packs/x", LARGE))
        parts = -(-sum(map(len, LARGE)) // limits.BUCKET_PART)
        assert Counter(lines) == {"HEAD": 1, "POST": 2, "PUT": parts}

    def test_a_large_upload_looks_before(self, afar):
        afar.create("packs/x", b"there")
        with pytest.raises(AlreadyExists):
            afar.upload("packs/x", LARGE)
        assert afar.read("packs/x") == b"there"


class TestLargeUploads:
    def test_hold_a_few_parts(self, afar, proxy):
        proxy.latency = 0.05  # so that the source could run ahead
        ahead = []

        def parts():
            for number in range(128):
                ahead.append((number << 20) - proxy.traffic.sent)
                yield bytes([number]) * (1 << 20)

        afar.upload("packs/x", parts())
        assert max(ahead) <= (limits.BUCKET_PARTS + 2) * limits.BUCKET_PART
        assert afar.read("packs/x", ((128 << 20) - 1, 1 << 40)) == bytes([127])

    def test_that_break_off_leave_nothing(self, afar):
        def parts():
            yield from LARGE
            raise OSError("the source failed")

        with pytest.raises(OSError, match="the source failed"):
            afar.upload("packs/x", parts())
        assert list(afar.list("")) == []
        afar.upload("packs/x", LARGE)
        assert afar.read("packs/x") == b"".join(LARGE)

    def test_may_come_from_the_same_bucket(self, afar):
        afar.upload("packs/x", LARGE)
        length = sum(map(len, LARGE))
        spans = [(start, start + (4 << 20)) for start in range(0, length, 4 << 20)]
        afar.upload("packs/y", (afar.read("packs/x", span) for span in spans))
        assert afar.read("packs/y") == afar.read("packs/x")


@pytest.mark.usefixtures("variables")
class TestRefusals:
    def open(self, seaweedfs, who="writer", bucket=BUCKET, **more):
        return open_bucket(
            "s3", bucket, "sets/", seaweedfs.variables(who=who) | more, lambda _: None
        )

    @pytest.mark.parametrize(
        "wrong", [{"AWS_ACCESS_KEY_ID": "nobody"}, {"AWS_SECRET_ACCESS_KEY": "no"}]
    )
    def test_wrong_credentials(self, seaweedfs, wrong):
        with pytest.raises(NotAllowed, match="credentials are not accepted") as caught:
            self.open(seaweedfs, **wrong).read("view")
        assert caught.value.code == "permission-denied"
        assert "AWS_ACCESS_KEY_ID" in caught.value.hint

    def test_a_reader_cannot_write_and_is_told_which_permission(self, seaweedfs):
        storage = self.open(seaweedfs, "reader")
        assert list(storage.list("operations/")) == []
        for call in (
            lambda: storage.create("a", b""),
            lambda: storage.write("a", b""),
            lambda: storage.upload("a", [b""]),
            lambda: storage.upload("a", LARGE),
        ):
            with pytest.raises(NotAllowed, match=f"in s3://{BUCKET}/sets at http") as caught:
                call()
            assert "s3:PutObject" in caught.value.hint
        with pytest.raises(NotAllowed) as caught:
            storage.delete("a")
        assert "s3:DeleteObject" in caught.value.hint

    def test_a_bucket_that_is_not_there(self, seaweedfs):
        storage = self.open(seaweedfs, "content", "nothing-here")
        for call in (
            lambda: storage.read("view"),
            lambda: storage.read("view", (0, 1)),
            lambda: list(storage.list("operations/")),
        ):
            with pytest.raises(Unreachable, match="there is no such bucket") as caught:
                call()
            assert caught.value.code == "unknown-bucket"
            assert caught.value.hint

    def test_only_the_variables_that_were_given_count(self, seaweedfs, monkeypatch):
        for name, value in {
            "AWS_SESSION_TOKEN": "stale",
            "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
            "AWS_SKIP_SIGNATURE": "true",
            "AWS_REGION": "nowhere",
        }.items():
            monkeypatch.setenv(name, value)
        storage = self.open(seaweedfs)
        storage.write("a", b"1")
        assert storage.read("a") == b"1"

    def test_a_server_that_is_silent_is_asked_again(self, seaweedfs, monkeypatch):
        monkeypatch.setattr(limits, "BUCKET_ANSWER", 1)
        with Proxy(seaweedfs.port, disturb=once(Fault.STALLED), pause=3600) as proxy:
            endpoint = {"AWS_ENDPOINT_URL": proxy.url}
            storage = self.open(seaweedfs, **endpoint)
            create_settled(storage, f"{prefix()}view", b"1")
            assert proxy.traffic.requests == 2

    def test_a_server_that_is_down(self, seaweedfs):
        with Proxy(seaweedfs.port) as gone:
            url = gone.url
        waited = []
        storage = open_bucket(
            "s3",
            BUCKET,
            "sets/",
            seaweedfs.variables() | {"AWS_ENDPOINT_URL": url},
            waited.append,
        )
        for call in (
            lambda: storage.read("view"),
            lambda: storage.create("a", b""),
            lambda: list(storage.list("")),
            lambda: storage.upload("a", LARGE),
        ):
            waited.clear()
            with pytest.raises(Unreachable) as caught:
                call()
            assert caught.value.code == "unreachable"
            assert f"s3://{BUCKET}/sets at {url} does not answer" in caught.value.message
            assert caught.value.hint
            assert len(waited) == limits.BUCKET_ATTEMPTS - 1
            assert 1 < sum(waited) < 10

    def test_another_process_is_refused_before_it_hangs(self, seaweedfs):
        storage = self.open(seaweedfs)
        storage.write("a", b"1")
        child = os.fork()
        if child == 0:
            code = 0
            for call in (
                lambda: storage.read("a"),
                lambda: storage.create("b", b""),
                lambda: list(storage.list("")),
            ):
                try:
                    call()
                except RuntimeError:
                    code += 1
            os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
        assert storage.read("a") == b"1"

    def test_without_the_library_the_command_that_installs_it_is_told(self, monkeypatch):
        bucket_client._library.cache_clear()
        monkeypatch.setitem(sys.modules, "obstore.store", None)
        with pytest.raises(NotAllowed) as caught:
            storage_at(parse_location("s3://team", b"/"), {})
        assert caught.value.code == "not-supported"
        assert caught.value.hint == "run: pip install 'contentvc[s3]'"
        bucket_client._library.cache_clear()


def test_credentials_that_only_a_machine_in_the_cloud_has_are_not_waited_for():
    error = GenericError(
        "Generic S3 error: Error performing PUT http://169.254.169.254/latest/api/token - HTTP "
        "error: error sending request\n HttpError {\n kind: Timeout, source"
    )
    failure = failure_of(error)
    assert failure.kind is Kind.LASTING
    told = explain(failure, "s3", "s3://team", "read", "view")
    assert isinstance(told, NotAllowed)
    assert told.message == "s3://team: no credentials were found"
    assert "AWS_ACCESS_KEY_ID" in told.hint


class Canned(BaseHTTPRequestHandler):
    """A server that answers as it is told, or keeps names without looking at conditions."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append((self.command, self.path, self.headers))
        status, content = self.server.canned or self.kept(sent)
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", '"x"')
        self.send_header("Last-Modified", "Thu, 26 Nov 2026 07:10:58 GMT")
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_DELETE = do_POST = do_HEAD = answer  # noqa: N815

    def kept(self, sent):
        if self.command == "PUT":
            self.server.names[self.path] = sent
            return 200, b""
        if self.command == "DELETE":
            self.server.names.pop(self.path, None)
            return 204, b""
        content = self.server.names.get(self.path)
        return (404, b"") if content is None else (200, content)

    def log_message(self, *_):
        pass


@pytest.fixture
def canned():
    with ThreadingHTTPServer(("127.0.0.1", 0), Canned) as server:
        server.daemon_threads = True
        server.canned, server.names, server.asked = None, {}, []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def told(canned):
    """A bucket of the canned server."""
    variables = {
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{canned.server_port}",
    }
    return open_bucket("s3", "team", "", variables, lambda _: None)


def test_a_server_that_ignores_conditions_is_refused(told):
    numbers = iter(range(1, 100))
    with pytest.raises(NotAllowed, match="creates a name that exists a second time") as caught:
        check_exclusive(told, lambda count: bytes([next(numbers)]) * count)
    assert caught.value.code == "unsafe-storage"


def _code(code):
    return f"<Error><Code>{code}</Code></Error>".encode()


@pytest.mark.parametrize(
    ("status", "content", "error", "code", "hint"),
    [
        (503, _code("SlowDown"), Unreachable, "unreachable", "try again"),
        (500, b"", Unreachable, "unreachable", "try again"),
        (429, b"", Unreachable, "unreachable", "try again"),
        (403, _code("AccessDenied"), NotAllowed, "permission-denied", "s3:GetObject"),
        (403, _code("RequestTimeTooSkewed"), NotAllowed, "permission-denied", "clock"),
        (401, b"", NotAllowed, "permission-denied", "AWS_ACCESS_KEY_ID"),
        (400, _code("ExpiredToken"), NotAllowed, "permission-denied", "renew"),
        (400, _code("AuthorizationHeaderMalformed"), NotAllowed, "permission-denied", "AWS_REGION"),
        (301, b"", NotAllowed, "permission-denied", "AWS_REGION"),
        (507, b"", Busy, "disk-full", "room"),
        (400, _code("Other"), Busy, "storage-failed", "provider"),
        (404, _code("NoSuchBucket"), Unreachable, "unknown-bucket", "check its name"),
        (418, b"HttpError { kind: Connect", Busy, "storage-failed", "provider"),
    ],
)
def test_every_answer_has_a_meaning(told, canned, status, content, error, code, hint):
    canned.canned = status, content
    with pytest.raises(error) as caught:
        told.read("view")
    assert caught.value.code == code
    assert hint in caught.value.hint
    again = caught.value.code == "unreachable"
    assert len(canned.asked) == (limits.BUCKET_ATTEMPTS if again else 1)
    with pytest.raises(error):
        told.create("operations/1", b"x")


def test_a_server_cannot_talk_away_that_a_create_arrived(told, canned):
    canned.canned = 500, b"HttpError { kind: Connect"
    with pytest.raises(Unreachable, match="whether operations/1 was created is not known"):
        told.create("operations/1", b"x")


def test_a_create_in_progress_elsewhere_is_waited_for(told, canned):
    canned.canned = 409, _code("ConditionalRequestConflict")
    with pytest.raises(Unreachable, match="not known"):
        told.create("operations/1", b"x")
    assert len(canned.asked) == limits.BUCKET_ATTEMPTS


def _listing(*names, etag="<ETag>&quot;1&quot;</ETag>"):
    entries = "".join(
        f"<Contents><Key>{name}</Key><LastModified>2026-11-26T07:10:58.000Z</LastModified>"
        f"<Size>1</Size>{etag}</Contents>"
        for name in names
    )
    return (
        f"<ListBucketResult><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>".encode()
    )


def test_a_listing_in_no_order_is_refused(told, canned):
    canned.canned = 200, _listing("operations/2", "operations/1")
    with pytest.raises(NotAllowed, match="lists names in no order"):
        list(told.list("operations/"))


def test_a_listing_by_folders_is_put_in_order(told, canned):
    canned.canned = 200, _listing("b/a", "b/c/a", "b-c", "b.c", "b0")
    assert list(told.list("")) == ["b-c", "b.c", "b/a", "b/c/a", "b0"]
    assert list(told.list("b", "b.c")) == ["b/a", "b/c/a", "b0"]


def test_what_is_larger_than_believed_is_not_read_whole(told, canned, monkeypatch):
    monkeypatch.setattr(limits, "BUCKET_READ", 10)
    canned.names["/team/view"] = b"12345678901"
    with pytest.raises(Damaged) as caught:
        told.read("view")
    assert caught.value.code == "beyond-limit"


def test_a_server_that_ignores_ranges_is_not_believed(told, canned):
    canned.names["/team/view"] = b"12345678901"
    with pytest.raises(Busy):
        told.read("view", (2, 4))


class TestOtherProviders:
    """Not the real services: what is sent to them, and that it is understood."""

    def gs(self, canned):
        return open_bucket(
            "gs",
            "team",
            "sets/",
            {
                "GOOGLE_BASE_URL": f"http://127.0.0.1:{canned.server_port}",
                "GOOGLE_BEARER_TOKEN": "token",
            },
            lambda _: None,
        )

    def az(self, canned):
        return open_bucket(
            "az",
            "team",
            "sets/",
            {
                "AZURE_STORAGE_ACCOUNT": "account",
                "AZURE_STORAGE_KEY": "c2VjcmV0",
                "AZURE_STORAGE_ENDPOINT": f"http://127.0.0.1:{canned.server_port}",
            },
            lambda _: None,
        )

    @pytest.mark.parametrize(
        ("make", "header", "value", "status"),
        [
            ("gs", "x-goog-if-generation-match", "0", 412),
            ("az", "If-None-Match", "*", 409),
        ],
    )
    def test_a_create_has_its_condition(self, canned, make, header, value, status):
        storage = getattr(self, make)(canned)
        storage.create("operations/1", b"x")
        _, path, headers = canned.asked[-1]
        assert unquote(path).endswith("/sets/operations/1")
        assert headers[header] == value
        canned.canned = status, _code("ConditionNotMet")
        with pytest.raises(AlreadyExists):
            storage.create("operations/1", b"x")

    @pytest.mark.parametrize("make", ["gs", "az"])
    def test_missing_names_and_refusals(self, canned, make):
        storage = getattr(self, make)(canned)
        with pytest.raises(NotFound):
            storage.read("view")
        canned.canned = 404, b""
        storage.delete("view")
        canned.canned = 403, _code("AccessDenied")
        with pytest.raises(NotAllowed, match=rf"read view in {make}://team/sets at http") as caught:
            storage.read("view")
        assert caught.value.hint

    def test_listings(self, canned):
        canned.canned = 200, _listing("sets/operations/1", "sets/operations/2")
        assert list(self.gs(canned).stamps("operations/")) == [
            ("operations/1", '"1"'),
            ("operations/2", '"1"'),
        ]
        blobs = "".join(
            f"<Blob><Name>sets/operations/{number}</Name><Properties>"
            "<Last-Modified>Thu, 26 Nov 2026 07:10:58 GMT</Last-Modified>"
            f"<Content-Length>1</Content-Length><Content-Type>a/b</Content-Type><Etag>{number}</Etag>"
            "</Properties></Blob>"
            for number in (1, 2)
        )
        canned.canned = (
            200,
            f"<EnumerationResults><Blobs>{blobs}</Blobs></EnumerationResults>".encode(),
        )
        assert list(self.az(canned).stamps("operations/")) == [
            ("operations/1", "1"),
            ("operations/2", "2"),
        ]
        assert list(self.az(canned).list("operations/", "operations/1")) == ["operations/2"]
