"""A tablet with a day's cases that wait: the first is handed in on its screen, the others by its app.

Through the screen two hundred take a quarter of an hour and more. `waiting.js` beside this calls
what the screen calls (`queue.handIn`), so that what waits is sealed and numbered alike. Neighbour:
`tablets` measures how long it takes to send.
"""

import base64
import os
import subprocess
import sys
from pathlib import Path

from tests.browser.resident import Elder
from tests.browser.tablet import PIN, Tablet, a_photograph

_ROOT = Path(__file__).parents[2]
_PAPERS = 2


def fill(tablet: Tablet, cases: int) -> None:
    """Let so many cases wait on the tablet, each with two photographs and a signature of its own."""
    tablet.apply(Elder("李月英"), 0)
    tablet.page.evaluate(_script())
    for seed in range(1, cases):
        pictures = [a_photograph(seed * _PAPERS + each)["buffer"] for each in range(_PAPERS)]
        tablet.page.evaluate(
            "([pin, pictures]) => bench.makeOne(pin, pictures)",
            [PIN, [base64.b64encode(each).decode() for each in pictures]],
        )


def _script() -> str:
    source = Path(__file__).with_suffix(".js")
    built = subprocess.run(
        [
            _ROOT / "node_modules/.bin/esbuild",
            source,
            "--bundle",
            "--format=iife",
            "--global-name=bench",
        ],
        # Where the machine has no Node.js, set-up has put one beside this Python.
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        check=True,
        capture_output=True,
        text=True,
    )
    # Evaluated as an expression: a name that is declared would be gone afterwards.
    return f"() => {{ {built.stdout}; globalThis.bench = bench; }}"
