"""Half an hour of faults at random over real processes: `make soak`, or shorter.

`SOAK_MINUTES` says how long, `SOAK_SEED` which faults; both are printed with the outcome.
"""

import json
import os
import random
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.builders.platforms import Application, RunningPlatform, running_platform, until
from tests.exchange.proving import everything_agrees
from tests.exchange.trouble import Trouble

#: Once all faults are over, every case is at the hall within this (seconds), and its two files
#: within as much and so much more for each.
LIMIT = 300.0
FOR_FILES = 0.5
#: Between two cases of one resident at the kiosk (seconds, at most).
PAUSE = 0.6
RESIDENTS = 3


@contextmanager
def residents(platform: RunningPlatform, seed: int) -> Iterator[list[str]]:
    """Hand cases in all the time, each until there is a receipt; yield the receipts' numbers."""
    shown: list[str] = []
    stop = threading.Event()

    def hand_in(chance: random.Random) -> None:
        while not stop.is_set():
            application = next(iter(platform.applications(1)))
            until(lambda each=application: _handed_in(platform, each, shown), LIMIT, "a receipt")  # type: ignore[misc]
            time.sleep(chance.uniform(0, PAUSE))

    threads = [
        threading.Thread(target=hand_in, args=(random.Random(seed + number),))
        for number in range(RESIDENTS)
    ]
    for thread in threads:
        thread.start()
    try:
        yield shown
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _handed_in(platform: RunningPlatform, application: Application, shown: list[str]) -> bool:
    receipt = platform.submit(application)
    if receipt is None:
        time.sleep(0.2)
        return False
    shown.append(receipt["number"])
    return True


@pytest.mark.soak
def test_after_many_faults_every_receipt_is_at_the_hall_once(postgres):
    minutes = float(os.environ.get("SOAK_MINUTES", "30"))
    seed = int(os.environ.get("SOAK_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)
    print(json.dumps({"minutes": minutes, "seed": seed}))
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    postgres.run("CREATE DATABASE soak")
    settings = {"KIOSK_DATABASE_URL": postgres.url("soak")}
    with running_platform(folder, **settings) as platform, platform.line() as line:
        trouble = Trouble(platform, line, random.Random(seed))
        with residents(platform, seed) as shown:
            end = time.monotonic() + minutes * 60
            while time.monotonic() < end:
                trouble.make_one()
            trouble.end()
        begun = time.monotonic()
        until(lambda: set(shown) <= set(platform.at_hall()), LIMIT, "every receipt at the hall")
        until(platform.all_delivered, LIMIT + FOR_FILES * len(shown), "every file")
        settled = time.monotonic() - begun
        counted = Counter(until(platform.at_hall, LIMIT, "the list of the hall"))
        found = everything_agrees(platform)
        print(
            json.dumps(
                {
                    "minutes": minutes,
                    "seed": seed,
                    "receipts": len(shown),
                    "lost": len(set(shown) - set(counted)),
                    "doubled": sum(counted[number] > 1 for number in shown),
                    "settled_seconds": round(settled, 1),
                    "faults": dict(trouble.made),
                    "across": found,
                }
            )
        )
        assert [number for number in shown if counted[number] != 1] == []
        assert len(set(shown)) == len(shown)
    shutil.rmtree(folder)
