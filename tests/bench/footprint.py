"""What a terminal takes of its machine's memory, and its pages of the line and of patience."""

import re
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import CDPSession, sync_playwright

from tests.bench.applications import prepare
from tests.bench.client import exchange, request
from tests.bench.figure import Figure, Watch, percentile
from tests.bench.stage import cpu_seconds, installed, prepared
from tests.bench.submitting import submit

SUBMISSIONS = 200
PAGES = ("/", "/search?q=gaoling", "/items/MZ-006", "/items/MZ-001", "/scan", "/api/v1/items")
PAGE_TURNS = 40
VISITED = (
    *PAGES[:-1],
    "/browse/life_event",
    "/medical-insurance",
    "/bundles",
    "/progress",
    "/station",
)
START = "开始办理"
CHROMIUM = Path("/usr/bin/chromium")


def memory() -> Iterator[Figure]:
    """Weigh web processes, worker and Redis of an installed terminal, after some work.

    The worker is the web service's child, as in `deploy/terminal.env.example`; the hall is down.
    """
    with installed() as program, prepared(program, KIOSK_OWN_WORKER="1") as stage:
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
        f"({dict(answered)}), installed from the wheel, hall down; {told}"
    )
    processes = sum(map(len, parts.values()))
    yield Figure("terminal_pss", round(sum(weights.values()), 1), "MB", processes, conditions)


def _pss_megabytes(pid: int) -> float:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 / 1_000_000 if found else 0.0


def first_page() -> Iterator[Figure]:
    """Open a kiosk's home page in a browser that has nothing of it yet, then a form's first page.

    What comes in is counted: of the form, only what the pages before did not bring.
    """
    with prepared() as stage:
        stage.start("terminal-web")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox"], headless=True
            )
            page = browser.new_context(
                locale="zh-CN", viewport={"width": 1080, "height": 1920}
            ).new_page()
            received = _Received(page.context.new_cdp_session(page))
            address = f"http://127.0.0.1:{stage.terminal_port}"
            page.goto(f"{address}/device/kiosk", wait_until="networkidle")
            yield received.figure("home_bytes")
            page.goto(f"{address}/items/MZ-006", wait_until="networkidle")
            received.sizes.clear()
            page.get_by_role("button", name=START).click()
            page.wait_for_url("**/apply/**")
            page.wait_for_load_state("networkidle")
            yield received.figure("form_bytes")
            browser.close()


def pages() -> Iterator[Figure]:
    """Ask for residents' pages one after the other, as one person does, and time each answer."""
    with prepared() as stage:
        stage.start("terminal-web")
        wanted = [request("GET", path) for path in (*VISITED, *VISITED * PAGE_TURNS)]
        watch, processes = Watch.start(), stage.processes("terminal-web")
        used = cpu_seconds(processes)
        outcome = exchange(stage.terminal_port, wanted, connections=1)
        others = watch.others(cpu_seconds(processes) - used + outcome.cpu_seconds)
    waits = outcome.milliseconds[len(VISITED) :]
    conditions = (
        f"{len(VISITED)} pages in turn on one connection, each asked for once before, "
        f"p99 {percentile(waits, 0.99):.1f} ms, {dict(outcome.statuses)}; {others}"
    )
    yield Figure("page_p50", round(percentile(waits, 0.5), 1), "ms", len(waits), conditions)


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

    def figure(self, name: str) -> Figure:
        """What has come in since the last `clear`."""
        kinds = ", ".join(f"{kind} {size:,}" for kind, size in self.by_kind().items())
        conditions = f"Chromium, empty cache at the start, headers counted: {kinds}"
        return Figure(name, sum(self.sizes.values()), "bytes", len(self.sizes), conditions)

    def by_kind(self) -> dict[str, int]:
        kinds: dict[str, int] = {}
        for request_id, size in self.sizes.items():
            kind = self._kinds.get(request_id, "other")
            kinds[kind] = kinds.get(kind, 0) + size
        return kinds
