"""The HTTP transport against a real server: what is a line that is down, and what a refusal."""

import base64
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.transport import HallRefuses, HttpTransport, LineDown, Request, verify_request

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SHA = "ab" * 32


class Stub(BaseHTTPRequestHandler):
    """Answers as the server's `answer` says and keeps what it was asked."""

    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = f"http://{self.headers['Host']}{self.path}"
        self.server.asked.append((Request(self.command, url, dict(self.headers)), body))
        status, headers, content = self.server.answer
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_POST = do_HEAD = do_PATCH = _answer

    def log_message(self, *arguments: object) -> None:
        """Nothing: the test's own output is enough."""


@pytest.fixture
def hall() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Stub) as server:
        server.daemon_threads = True
        server.asked, server.answer = [], (200, {}, b"frame")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def transport(hall) -> Iterator[HttpTransport]:
    made = HttpTransport(f"http://127.0.0.1:{hall.server_port}/", "terminal-1", KEY)
    yield made
    made._pool.clear()


def find(key_id: str):
    return KEY.public_key() if key_id == "terminal-1" else None


def test_a_frame_is_posted_signed_and_its_answer_returned(hall, transport):
    assert transport.post("/envelopes", b"data") == b"frame"
    ((request, body),) = hall.asked
    assert (request.method, request.url.partition("/sync")[2], body) == (
        "POST",
        "/v1/envelopes",
        b"data",
    )
    assert verify_request(request, body, find) == "terminal-1"


@pytest.mark.parametrize("what", ["body", "method", "path", "key", "digest", "unsigned"])
def test_an_altered_request_is_not_signed(hall, transport, what):
    transport.post("/envelopes", b"data")
    ((request, body),) = hall.asked
    lookup = find
    if what == "body":
        body = b"date"
    elif what == "method":
        request.method = "PATCH"
    elif what == "path":
        request.url = request.url.replace("envelopes", "feed")
    elif what == "key":
        lookup = lambda key_id: Ed25519PrivateKey.generate().public_key()  # noqa: E731
    elif what == "digest":
        request.headers.pop("Content-Digest")
    else:
        request.headers.pop("Signature")
    with pytest.raises(PermissionError):
        verify_request(request, body, lookup)


@pytest.mark.parametrize(("told", "holds"), [("256", True), ("512 256", True), ("512", False)])
def test_a_request_tells_the_sha_256_of_its_content_whatever_else_it_tells(told, holds):
    body = b"data"
    digests = {bits: hashlib.new(f"sha{bits}", body).digest() for bits in told.split()}
    values = [f"sha-{bits}=:{base64.b64encode(raw).decode()}:" for bits, raw in digests.items()]
    covered = '("@method" "@path" "content-digest");keyid="terminal-1"'
    lines = ['"@method": POST', '"@path": /sync/v1/feed', f'"content-digest": {", ".join(values)}']
    signed = "\n".join([*lines, f'"@signature-params": {covered}']).encode()
    headers = {"Content-Digest": ", ".join(values), "Signature-Input": f"a={covered}"}
    headers["Signature"] = f"a=:{base64.b64encode(KEY.sign(signed)).decode()}:"
    request = Request("POST", "http://hall/sync/v1/feed", headers)
    if holds:
        assert verify_request(request, body, find) == "terminal-1"
    else:
        with pytest.raises(PermissionError):
            verify_request(request, body, find)


@pytest.mark.parametrize("header", ["Signature", "Signature-Input", "Content-Digest"])
@pytest.mark.parametrize(
    "value", ["", "garbage", "sig1=", "=::", 'sig1=("@method")', "\x00", "é" * 99]
)
def test_garbage_in_a_signature_is_no_signature(hall, transport, header, value):
    transport.post("/envelopes", b"data")
    ((request, body),) = hall.asked
    request.headers[header] = value
    with pytest.raises(PermissionError):
        verify_request(request, body, find)


def test_a_terminal_whose_clock_is_a_year_off_may_still_deliver(hall, transport, monkeypatch):
    import http_message_signatures.signatures as library

    class YearsAgo(library.datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return super().now(tz) - library.datetime.timedelta(days=366)

    with monkeypatch.context() as patched:
        patched.setattr(library.datetime, "datetime", YearsAgo)
        transport.post("/envelopes", b"data")
    ((request, body),) = hall.asked
    assert verify_request(request, body, find) == "terminal-1"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_an_answer_that_says_later_is_a_line_that_is_down(hall, transport, status):
    hall.answer = (status, {"Retry-After": "17"}, b"")
    with pytest.raises(LineDown, match=str(status)) as caught:
        transport.post("/envelopes", b"")
    assert caught.value.retry_after == 17


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 409, 413, 422, 460])
def test_any_other_answer_is_a_refusal_with_its_reason(hall, transport, status):
    hall.answer = (
        status,
        {"Location": "http://127.0.0.1:1/"},
        '{"title": "终端已撤销\\u202e"}'.encode(),
    )
    with pytest.raises(HallRefuses, match=f"{status}: 终端已撤销$"):
        transport.post("/envelopes", b"")


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b'{"title": 7}', b"\xff"])
def test_a_refusal_without_a_reason_is_still_a_refusal(hall, transport, content):
    hall.answer = (404, {}, content)
    with pytest.raises(HallRefuses, match="404"):
        transport.post("/envelopes", b"")


def test_nobody_there_is_a_line_that_is_down():
    transport = HttpTransport("http://127.0.0.1:1", "terminal-1", KEY)
    with pytest.raises(LineDown, match="no answer from the hall"):
        transport.post("/envelopes", b"")


def test_an_answer_that_breaks_off_is_a_line_that_is_down(hall, transport):
    hall.answer = (200, {"Content-Length": "100", "Connection": "close"}, b"half")
    with pytest.raises(LineDown):
        transport.post("/envelopes", b"")


def test_offsets_are_read_from_the_answer(hall, transport):
    hall.answer = (200, {"Upload-Offset": "42"}, b"")
    assert transport.blob_offset(SHA) == 42
    hall.answer = (204, {"Upload-Offset": "43"}, b"")
    assert transport.send_piece(SHA, 42, b"x", 100) == 43
    (_, _), (request, body) = hall.asked
    assert (request.headers["Upload-Length"], body) == ("100", b"x")


@pytest.mark.parametrize("headers", [{}, {"Upload-Offset": "many"}])
def test_an_answer_without_its_offset_is_a_line_that_is_down(hall, transport, headers):
    # Something between terminal and hall answered in its place.
    hall.answer = (200, headers, b"")
    with pytest.raises(LineDown):
        transport.blob_offset(SHA)


@pytest.mark.parametrize(
    ("status", "headers", "content", "expected"),
    [
        (206, {"Content-Range": "bytes 0-3/9", "Upload-Length": "9"}, b"data", (b"data", 9)),
        (206, {"Upload-Length": "9"}, b"data", (b"data", 9)),
        (206, {"Upload-Length": "9"}, b"", (b"", 9)),
        (416, {"Content-Range": "bytes */9"}, b"a problem", (b"", 9)),
    ],
    ids=["a piece", "of an older hall", "no more of an older hall", "no more"],
)
def test_a_piece_of_a_file_and_its_length_are_read(
    hall, transport, status, headers, content, expected
):
    hall.answer = (status, headers, content)
    assert transport.fetch_piece(SHA, "case", 0, 4) == expected


@pytest.mark.parametrize("status", [206, 416])
def test_a_piece_of_a_file_without_a_length_is_a_line_that_is_down(hall, transport, status):
    hall.answer = (status, {}, b"data")
    with pytest.raises(LineDown):
        transport.fetch_piece(SHA, "case", 0, 4)
