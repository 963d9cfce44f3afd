"""The line between the terminals and the hall: real requests and answers, and what befalls them.

Stands below ``sync.transport.HttpTransport``, in the place of urllib3, and above the hall's WSGI
application. What a line may do is in ``FAULTS``. Neighbours: ``world`` has one for all.
"""

import io
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import urllib3
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from kiosk.simulation.machines import Machine
from kiosk.simulation.storage import Killed

HALL_URL = "http://hall.simulated"

#: What may befall one request. The first half befalls it before the hall, the second after.
FAULTS = (
    *("lost", "late", "cut", "garbled", "status 500", "status 429", "page", "moved", "cached"),
    *("slow", "unheard", "doubled", "answer cut", "answer garbled", "answer late", "answer empty"),
)
_PAGE = b"<html><body>Welcome to our network. Please sign in.</body></html>"
#: How long a request is waited for (seconds), and a slow one takes.
_PATIENCE, _SLOW = 30.0, 9.0


@dataclass(frozen=True)
class Asked:
    """One request as it was sent."""

    method: str
    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass
class Line:
    """Carries requests to the hall; ``faults`` befall the next ones in order."""

    hall: Machine
    faults: deque[str] = field(default_factory=deque)
    #: Terminals without a line, by name.
    cut_off: set[str] = field(default_factory=set)
    #: Requests that are still on their way, and the newest answers by terminal and address.
    late: list[Asked] = field(default_factory=list)
    answers: dict[tuple[str, str], bytes] = field(default_factory=dict)
    #: What befell requests, counted.
    befell: dict[str, int] = field(default_factory=dict)
    #: Set when the hall died while it answered, until somebody looks.
    deaths: int = 0

    def request(self, terminal: Machine, asked: Asked) -> urllib3.HTTPResponse:
        """Carry one request; raises what urllib3 raises."""
        terminal.fuse.reach()
        terminal.nature.pass_by(0.05)
        if terminal.name in self.cut_off:
            raise ProtocolError("the line is cut")
        fault = self.faults.popleft() if self.faults else ""
        if fault:
            self.befell[fault] = self.befell.get(fault, 0) + 1
        answer = self._before(terminal, fault, asked)
        if answer is None:
            answer = self._asked(terminal, fault, asked)
        answer = self._after(terminal, fault, asked, answer)
        terminal.fuse.reach()
        return answer

    def deliver_late(self) -> int:
        """Let what was on its way arrive; nobody waits for the answers. Return how many."""
        arriving, self.late = self.late, []
        for asked in arriving:
            with suppress(ProtocolError):
                self._at_hall(asked)
        return len(arriving)

    def _before(self, terminal: Machine, fault: str, asked: Asked) -> urllib3.HTTPResponse | None:
        if fault in {"lost", "late"}:
            if fault == "late":
                self.late.append(asked)
            terminal.nature.pass_by(_PATIENCE)
            raise ReadTimeoutError(_NO_POOL, asked.url, "no answer")
        if fault == "status 500":
            return _response(500, b"<h1>Internal Server Error</h1>", {})
        if fault == "status 429":
            return _response(429, b"", {"Retry-After": "40"})
        if fault == "moved":
            return _response(302, _PAGE, {"Location": "http://portal.simulated/"})
        if fault == "cached" and (before := self.answers.get(_place(terminal, asked))):
            return _response(200, before, {"Upload-Offset": "0"})
        if fault == "page":
            return _response(200, _PAGE, {"Content-Type": "text/html"})
        return None

    def _asked(self, terminal: Machine, fault: str, asked: Asked) -> urllib3.HTTPResponse:
        body = asked.body
        if fault == "cut":
            body = body[: len(body) * 2 // 3]
        if fault == "garbled" and body:
            body = _garbled(body, terminal.nature.story.randrange(len(body)))
        if fault == "slow":
            terminal.nature.pass_by(_SLOW)
        answer = self._at_hall(Asked(asked.method, asked.url, body, asked.headers))
        if fault == "doubled":
            answer = self._at_hall(asked)
        return answer

    def _after(
        self, terminal: Machine, fault: str, asked: Asked, answer: urllib3.HTTPResponse
    ) -> urllib3.HTTPResponse:
        place = _place(terminal, asked)
        data, headers = answer.data, dict(answer.headers)
        if fault == "unheard":
            raise ProtocolError("the answer was lost")
        if fault == "answer late" and place in self.answers:
            return _response(answer.status, self.answers[place], headers)
        if answer.status == 200:
            self.answers[place] = data
        if fault == "answer cut":
            return _response(answer.status, data[: len(data) // 2], headers)
        if fault == "answer garbled" and data:
            at = terminal.nature.story.randrange(len(data))
            return _response(answer.status, _garbled(data, at), headers)
        if fault == "answer empty":
            return _response(200, b"", {})
        return answer

    def _at_hall(self, asked: Asked) -> urllib3.HTTPResponse:
        """Let the hall answer; a hall that dies meanwhile is started again."""
        told: dict[str, Any] = {}

        def start(status: str, headers: Any, _error: Any = None) -> Any:
            told.update(status=int(status[:3]), headers=headers)

        try:
            with self.hall.nature.at(self.hall):
                pieces: Iterable[bytes] = self.hall.app(_environ(asked), start)
                body = b"".join(pieces)
        except Killed as death:
            self.deaths += 1
            self.hall.die()
            raise ProtocolError("the connection was closed") from death
        return _response(told["status"], body, dict(told["headers"]))


@dataclass
class Way:
    """One terminal's end of the line (``sync.transport.Pool``)."""

    line: Line
    terminal: Machine

    def request(
        self, method: str, url: str, *, body: bytes, headers: dict[str, str]
    ) -> urllib3.HTTPResponse:
        """See ``sync.transport.Pool``."""
        return self.line.request(self.terminal, Asked(method, url, body, dict(headers)))


_NO_POOL: Any = None


def _place(terminal: Machine, asked: Asked) -> tuple[str, str]:
    return (terminal.name, asked.method + asked.url)


def _garbled(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x20]) + data[at + 1 :]


def _response(status: int, body: bytes, headers: Mapping[str, str]) -> urllib3.HTTPResponse:
    return urllib3.HTTPResponse(body=body, headers=headers, status=status, preload_content=True)


def _environ(asked: Asked) -> dict[str, Any]:
    """Return the request as a web server hands it on (PEP 3333)."""
    path, _, question = asked.url.removeprefix(HALL_URL).partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": asked.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": question,
        "SERVER_NAME": "hall.simulated",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(asked.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "CONTENT_LENGTH": str(len(asked.body)),
        "HTTP_HOST": "hall.simulated",
    }
    for name, value in asked.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ
