"""What a terminal takes of its machine's memory, and what its first page takes of the line."""

import re
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import CDPSession, sync_playwright

from tests.bench.applications import prepare
from tests.bench.client import exchange, request
from tests.bench.figure import Figure
from tests.bench.stage import prepared
from tests.bench.submitting import submit

SUBMISSIONS = 200
PAGES = ("/", "/search?q=gaoling", "/items/MZ-006", "/items/MZ-001", "/scan", "/api/v1/items")
PAGE_TURNS = 40
CHROMIUM = Path("/usr/bin/chromium")


def memory() -> Iterator[Figure]:
    """Weigh web processes, worker and Redis as an installed terminal has them, after some work.

    The worker is the web service's child, as in `deploy/terminal.env.example`; the hall is down.
    """
    with prepared(KIOSK_OWN_WORKER="1") as stage:
        requests = prepare(stage, SUBMISSIONS)
        stage.start("terminal-web")
        pages = [request("GET", path) for path in PAGES * PAGE_TURNS]
        answered = exchange(stage.terminal_port, pages, connections=8).statuses
        submit(stage, requests)
        parts = {
            "web and worker": stage.processes("terminal-web"),
            "Redis": stage.processes(redis=True),
        }
        weights = {name: sum(map(_pss_megabytes, pids)) for name, pids in parts.items()}
    told = ", ".join(f"{name} {weight:.0f}" for name, weight in weights.items())
    conditions = (
        f"PSS from /proc/PID/smaps_rollup after {SUBMISSIONS} cases and {len(pages)} pages "
        f"({dict(answered)}), hall down; {told}"
    )
    processes = sum(map(len, parts.values()))
    yield Figure("terminal_pss", round(sum(weights.values()), 1), "MB", processes, conditions)


def _pss_megabytes(pid: int) -> float:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 / 1_000_000 if found else 0.0


def first_page() -> Iterator[Figure]:
    """Open the first page in a browser that has nothing of it yet, and count what comes in."""
    with prepared() as stage:
        stage.start("terminal-web")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox"], headless=True
            )
            page = browser.new_context(viewport={"width": 1080, "height": 1920}).new_page()
            received = _Received(page.context.new_cdp_session(page))
            page.goto(f"http://127.0.0.1:{stage.terminal_port}/", wait_until="networkidle")
            browser.close()
    conditions = "Chromium, empty cache, headers counted: " + ", ".join(
        f"{kind} {size:,}" for kind, size in received.by_kind().items()
    )
    yield Figure(
        "home_bytes", sum(received.sizes.values()), "bytes", len(received.sizes), conditions
    )


class _Received:
    """The bytes on the wire of every resource a page asks for, as the browser counts them."""

    def __init__(self, devtools: CDPSession) -> None:
        self._kinds: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        devtools.on("Network.responseReceived", self._note_kind)
        devtools.on("Network.loadingFinished", self._note_size)
        devtools.send("Network.enable")

    def _note_kind(self, event: dict[str, str]) -> None:
        self._kinds[event["requestId"]] = event["type"].lower()

    def _note_size(self, event: dict[str, str]) -> None:
        self.sizes[event["requestId"]] = int(event["encodedDataLength"])

    def by_kind(self) -> dict[str, int]:
        kinds: dict[str, int] = {}
        for request_id, size in self.sizes.items():
            kind = self._kinds.get(request_id, "other")
            kinds[kind] = kinds.get(kind, 0) + size
        return kinds
