"""The port between a terminal and its hall, and its HTTP implementation.

A transport moves bytes and tells a line that is down from a hall that refuses;
it opens no frame and knows no database. Requests are signed as in RFC 9421
with a Content-Digest (RFC 9530). The signature's age is not judged: a terminal
whose clock is wrong by a year must still be able to deliver, and everything
that can be replayed is idempotent or sealed to the terminal.
"""

import http.client
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import urllib3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    algorithms,
)

from sync import elapsed
from sync.pace import Pace

FRAME_TYPE = "application/vnd.jishiban.frame"
PIECE_TYPE = "application/offset+octet-stream"
#: OpenSSL's X509_V_FLAG_NO_CHECK_TIME, for which Python's ssl has no name.
_NO_CHECK_TIME = 0x200000
COVERED = ("@method", "@path", "content-digest")


class LineDown(OSError):
    """No answer, or one that says *later*: try again. ``retry_after`` is in seconds."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        """``reason`` is shown to staff and admins as it is."""
        super().__init__(reason)
        self.retry_after = retry_after


class HallRefuses(RuntimeError):
    """The hall answered and will not take this; trying again as it is cannot help."""


class NeedsUpdate(HallRefuses):
    """The hall does not read what this program writes.

    It goes on in another version, if ``supported``, which the hall tells, has one; else after an
    update of one side.
    """

    def __init__(self, reason: str, supported: Any = None) -> None:
        """``supported`` is as it came."""
        super().__init__(reason)
        self.supported = supported


class Transport(Protocol):
    """Moves frames and pieces of blobs to the hall and brings its answers back."""

    def post(self, path: str, frame: bytes) -> bytes:
        """Deliver a frame and return the answering frame; LineDown or HallRefuses."""

    def blob_offset(self, sha256: str) -> int:
        """Return how many bytes of a blob the hall has; LineDown or HallRefuses."""

    def send_piece(self, sha256: str, offset: int, piece: bytes, total: int) -> int:
        """Deliver one piece and return the new offset; LineDown or HallRefuses."""


@dataclass(slots=True)
class Request:
    """What a signature covers, in the shape the signature library reads."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


class _Signer(HTTPSignatureKeyResolver):
    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    def resolve_private_key(self, key_id: str) -> Any:
        return self._key


class _Lookup(HTTPSignatureKeyResolver):
    def __init__(self, find: Callable[[str], Ed25519PublicKey | None]) -> None:
        self._find = find
        self.key_id = ""

    def resolve_public_key(self, key_id: str) -> Any:
        key = self._find(key_id)
        if key is None:
            raise PermissionError("the signer is not known here")
        self.key_id = key_id
        return key


class _AgelessVerifier(HTTPMessageVerifier):
    """Verifies the signature and leaves its age out of account (see the module's text)."""

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        return None


def sign_request(request: Request, body: bytes, key_id: str, key: Ed25519PrivateKey) -> None:
    """Add Content-Digest, Signature-Input and Signature to ``request.headers``."""
    signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=_Signer(key))
    signer.sign(request, key_id=key_id, covered_component_ids=COVERED[:2], body=body)


def verify_request(
    request: Request, body: bytes, find: Callable[[str], Ed25519PublicKey | None]
) -> str:
    """Return the id of the key that signed method, path and body of ``request``.

    ``find`` looks a public key up by its id. Raises PermissionError when there is no
    signature, the signer is unknown, or anything was altered.
    """
    lookup = _Lookup(find)
    verifier = _AgelessVerifier(signature_algorithm=algorithms.ED25519, key_resolver=lookup)
    try:
        found = verifier.verify(request, max_age=None, require_components=COVERED, body=body)
    except HTTPMessageSignaturesException as error:
        raise PermissionError("the request is not signed by this terminal") from error
    # Each digest that is told was compared; the library is content with another one alone.
    digests = found[0].covered_components['"content-digest"'].split(",")
    if not any(each.strip().startswith("sha-256=") for each in digests):
        raise PermissionError("the request tells no SHA-256 of its content")
    return lookup.key_id


class Pool(Protocol):
    """What carries one request over HTTP (``urllib3.PoolManager``)."""

    def request(self, method: str, url: str, *, body: bytes, headers: dict[str, str]) -> Any:
        """Return the answer; urllib3's HTTPError or an OSError when there is none."""


class HttpTransport:
    """HTTP/1.1 with one kept connection; an answer is awaited for at most 30 s."""

    def __init__(
        self,
        base_url: str,
        key_id: str,
        key: Ed25519PrivateKey,
        pace: Pace | None = None,
        pool: "Pool | None" = None,
    ) -> None:
        """``base_url`` is the hall's address without a path; ``key_id`` is the terminal's id.

        ``pace`` learns from every request; ``pool`` carries them instead of one made for this hall.
        """
        self._pace = pace or Pace()
        self._base = base_url.rstrip("/") + "/sync/v1"
        self._key_id, self._key = key_id, key
        self._pool: Pool = pool or urllib3.PoolManager(
            num_pools=1,
            # The first limit counts for what is sent on a new connection too.
            timeout=urllib3.Timeout(connect=10, read=30),
            retries=False,
            ssl_context=_tls() if base_url.startswith("https://") else None,
        )

    def post(self, path: str, frame: bytes) -> bytes:
        """See ``Transport.post``."""
        answer = self._ask("POST", path, frame, {"Content-Type": FRAME_TYPE})
        return bytes(answer.data)

    def blob_offset(self, sha256: str) -> int:
        """See ``Transport.blob_offset``."""
        answer = self._ask("HEAD", f"/blobs/{sha256}", b"", {"Tus-Resumable": "1.0.0"})
        return _offset(answer)

    def send_piece(self, sha256: str, offset: int, piece: bytes, total: int) -> int:
        """See ``Transport.send_piece``."""
        headers = {
            "Tus-Resumable": "1.0.0",
            "Content-Type": PIECE_TYPE,
            "Upload-Offset": str(offset),
            "Upload-Length": str(total),
        }
        answer = self._ask("PATCH", f"/blobs/{sha256}", piece, headers)
        return _offset(answer)

    def fetch_piece(self, sha256: str, subject: str, offset: int, most: int) -> tuple[bytes, int]:
        """See ``sync.refetch.Fetcher.fetch_piece``."""
        wanted = {"Range": f"bytes={offset}-{offset + most - 1}"}
        answer = self._ask("GET", f"/blobs/{sha256}?subject={subject}", b"", wanted, taken=(416,))
        # An older hall answers 206 with no bytes where there are no more, and tells no range.
        told = answer.headers.get("Content-Range") or "/" + answer.headers.get("Upload-Length", "")
        total = told.rpartition("/")[2]
        if not total.isdecimal():
            raise LineDown("the answer is not the hall's: it names no length")
        return b"" if answer.status == 416 else bytes(answer.data), int(total)

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes,
        headers: dict[str, str],
        taken: tuple[int, ...] = (),
    ) -> urllib3.BaseHTTPResponse:
        request = Request(method, self._base + path, headers)
        sign_request(request, body, self._key_id, self._key)
        begun = elapsed.monotonic()
        try:
            answer: urllib3.BaseHTTPResponse = self._pool.request(
                method, request.url, body=body, headers=request.headers
            )
        except (urllib3.exceptions.HTTPError, OSError, http.client.HTTPException) as error:
            self._pace.failed()
            raise LineDown(f"no answer from the hall ({type(error).__name__})") from error
        # None where nothing came.
        came = len(answer.data or b"")
        self._pace.note(len(body), elapsed.monotonic() - begun, came)
        if answer.status in (408, 425, 429) or answer.status >= 500:
            raise LineDown(f"the hall answered {answer.status}", _seconds(answer))
        if answer.status >= 300 and answer.status not in taken:
            raise refusal(answer.status, answer.data)
        return answer


def _tls() -> ssl.SSLContext:
    """Check the hall's certificate in all but its dates, which need a clock that is right.

    What is carried is signed, and sealed to the hall's own key, whatever the certificate says.
    """
    context = ssl.create_default_context()
    context.verify_flags |= _NO_CHECK_TIME
    return context


def _offset(answer: urllib3.BaseHTTPResponse) -> int:
    text = answer.headers.get("Upload-Offset", "")
    if not text.isdecimal():
        raise LineDown("the answer is not the hall's: it names no offset")
    return int(text)


def _seconds(answer: urllib3.BaseHTTPResponse) -> float | None:
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else None


def refusal(status: int, body: bytes) -> HallRefuses:
    """Return what a problem (RFC 9457) means: its title, as far as it is short and printable."""
    try:
        problem = json.loads(body)
    except ValueError:
        return HallRefuses(f"the hall answered {status}: no reason given")
    problem = problem if isinstance(problem, dict) else {}
    title = "".join(c for c in str(problem.get("title", "")) if c.isprintable())[:200]
    if problem.get("code") == "version_unsupported":
        return NeedsUpdate(title, problem.get("supported"))
    return HallRefuses(f"the hall answered {status}: {title}")
