"""What Lighthouse says of four pages on a phone: `python -m tests.bench.lighthouse`.

Not among the figures of `make bench`: it is a package of 176 MB that nothing else needs, so it is
installed into a temporary folder each time, by npm. Form and receipt are one person's, so a resident
goes there first in a browser of ours, and Lighthouse's browser borrows the session.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.bench.figure import Figure, Watch
from tests.bench.footprint import CHROMIUM
from tests.bench.stage import prepared
from tests.browser.resident import CODE, Elder, Resident

VERSION = "lighthouse@13"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
#: Address, and whether it is asked for with the session of somebody who has applied or is applying.
QUESTION = f"/items/{CODE}/apply/questions/claim/registered_address"


def measure() -> Iterator[Figure]:
    """Yield the lowest of the four scores of each page, of 100; the conditions name all four."""
    with tempfile.TemporaryDirectory() as name, prepared() as stage:
        folder = Path(name)
        _run("npm", "install", "--silent", "--no-audit", "--no-fund", VERSION, folder=folder)
        stage.start("terminal-web")
        address = f"http://127.0.0.1:{stage.terminal_port}"
        for title, path, cookies in _pages(address):
            watch = Watch.start()
            scores = _judge(folder, address + path, cookies)
            told = ", ".join(f"{category} {score}" for category, score in scores.items())
            conditions = f"{path}, mobile with Lighthouse's own throttling; {told}; "
            conditions += watch.others(0.0)
            yield Figure(f"lighthouse_{title}", min(scores.values()), "of 100", 1, conditions)


def _pages(address: str) -> Iterator[tuple[str, str, str]]:
    """Yield title, path and cookies; a receipt that is open in a browser would clear itself."""
    yield "home", "/", ""
    yield "guide", f"/items/{CODE}", ""
    yield "form", QUESTION, _session(address, is_done=False)
    yield "receipt", "/receipt", _session(address, is_done=True)


def _session(address: str, *, is_done: bool) -> str:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(locale="zh-CN")
        resident = Resident(context.new_page(), address)
        if is_done:
            resident.apply(Elder("李月英"))
        else:
            resident.find_the_allowance()
            resident.identify(Elder("李月英"))
        cookies = _cookies(resident.page)
        browser.close()
    return cookies


def _cookies(page: Page) -> str:
    return "; ".join(f"{each['name']}={each['value']}" for each in page.context.cookies())


def _judge(folder: Path, address: str, cookies: str) -> dict[str, int]:
    """Run Lighthouse once and return its scores by category."""
    report, headers = folder / "report.json", folder / "headers.json"
    headers.write_text(json.dumps({"Cookie": cookies} if cookies else {}), encoding="utf-8")
    _run(
        str(folder / "node_modules/.bin/lighthouse"),
        address,
        "--quiet",
        "--output=json",
        f"--output-path={report}",
        f"--extra-headers={headers}",
        f"--only-categories={','.join(CATEGORIES)}",
        "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
        folder=folder,
    )
    found = json.loads(report.read_text(encoding="utf-8"))
    # A page that led elsewhere would be judged in its stead.
    assert found["finalDisplayedUrl"] == address, found["finalDisplayedUrl"]
    return {name: round(found["categories"][name]["score"] * 100) for name in CATEGORIES}


def _run(*command: str, folder: Path) -> None:
    # Where the machine has no Node.js, set-up has put one beside this Python.
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "CHROME_PATH": str(CHROMIUM), "PATH": path}
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)


if __name__ == "__main__":
    for each in measure():
        print(json.dumps(asdict(each), ensure_ascii=False), flush=True)
