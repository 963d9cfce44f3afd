"""The browser's half of forms/ in a real Chromium: its modules bundled as the build bundles them.

No platform runs here: a blank page gets the modules, and takes and gives JSON.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import complaints_of

ROOT = Path(__file__).parents[3]
MODULES = ("rules", "search", "asking", "cleaning", "judging", "showing", "workdays")
Call = Callable[[str, Any], Any]


@pytest.fixture(scope="session")
def bundle() -> str:
    """The modules as one script that a page without a server can take; the global is `forms`."""
    present = [name for name in MODULES if (ROOT / f"static/js/forms/{name}.js").exists()]
    entry = "".join(f'export * as {name} from "./static/js/forms/{name}.js";' for name in present)
    # Modules are strict by themselves; the one script they become here has to be told.
    options = ("--bundle", "--format=iife", "--global-name=forms", '--banner:js="use strict";')
    made = subprocess.run(
        [ROOT / "node_modules/.bin/esbuild", *options],
        input=entry,
        cwd=ROOT,
        # Where the machine has no Node.js, set-up has put one beside this Python.
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return made.stdout


@pytest.fixture(scope="module")
def in_browser(browser: Browser, bundle: str) -> Iterator[Call]:
    """Calls a script `(forms, given) => …` with JSON and returns what it returns."""
    page = browser.new_page()
    complaints = complaints_of(page)
    page.add_script_tag(content=bundle)

    def call(script: str, given: Any) -> Any:
        # One text each way: Playwright's own encoding of large values is slow.
        answer = page.evaluate(
            f"(text) => JSON.stringify(({script})(forms, JSON.parse(text)))",
            json.dumps(given, ensure_ascii=False),
        )
        return json.loads(answer)

    yield call
    page.close()
    assert complaints == []
