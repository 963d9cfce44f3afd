"""SIGKILL at every named place of `sync.faultpoint`: what is started again converges unaided."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kiosk import schema
from kiosk.cli.sample import application
from kiosk.cli.selftest import Api, SelftestFailed
from kiosk.config import Config
from tests.builders.cases import SHORT_ITEM
from tests.builders.platforms import RunningPlatform, run_kiosk, until
from tests.exchange import points
from tests.exchange.proving import everything_agrees
from tests.exchange.test_releases import built, everywhere, made_at_hall

#: Nothing that was killed delays a case by more than this (seconds).
LIMIT = 60.0
#: Whoever is killed at one place comes back and gets to the next within this (seconds).
EACH = 12.0
__all__ = ["built"]


@pytest.fixture(autouse=True)
def disarmed(platform: RunningPlatform) -> Iterator[None]:
    yield
    platform.disarm()


def insisting(ask: Callable[[], Any]) -> Any:
    """Ask again until there is an answer, as a browser's user does."""
    end = time.monotonic() + LIMIT
    while True:
        try:
            return ask()
        except SelftestFailed:
            assert time.monotonic() < end, "no answer"
            time.sleep(0.2)


def handed_in(platform: RunningPlatform, terminal: Api) -> dict[str, Any]:
    """Hand one case with a picture in, whatever is killed meanwhile; return its receipt."""
    item = platform.terminal.parts.catalogue.item(SHORT_ITEM)
    body = application(item, lambda jpeg: insisting(lambda: terminal.send_picture(jpeg)))
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    return insisting(lambda: terminal.post("/cases", body, headers))


def all_reached(platform: RunningPlatform) -> None:
    armed = platform.armed()
    until(lambda: not platform.armed(), EACH * len(armed), f"somebody comes to each of {armed}")


def test_a_case_and_its_files_arrive_once_though_all_are_killed_on_its_way(platform):
    terminal, numbers = Api(platform.started.terminal), []
    platform.arm(*points.HANDING_IN, *points.FILES)
    # One case is not enough: what is found again at a repeat was never answered the first time, and
    # what a report tells was never acknowledged.
    end = time.monotonic() + EACH * len(platform.armed())
    while platform.armed():
        assert time.monotonic() < end, f"nobody comes to {platform.armed()}"
        numbers.append(handed_in(platform, terminal)["number"])
        time.sleep(1.0)
    until(lambda: set(numbers) <= set(platform.at_hall()), LIMIT, "the cases at the hall")
    until(platform.all_delivered, LIMIT, "their files")
    assert [platform.at_hall().count(number) for number in numbers] == [1] * len(numbers)
    everything_agrees(platform)


def test_a_decision_reaches_the_terminal_once_though_all_are_killed_on_its_way(platform):
    terminal, hall = Api(platform.started.terminal), Api(platform.started.hall)
    hall.sign_in(platform.started.accounts["clerk"])
    receipt = handed_in(platform, terminal)
    number = receipt["number"]
    (case,) = until(lambda: hall.get(f"/cases?number={number}")["cases"], LIMIT, "at the hall")
    platform.arm(*points.DECIDING)

    def accepted() -> bool:
        # It is no second decision: what was committed and not answered is a conflict.
        (now,) = hall.get(f"/cases?number={number}")["cases"]
        if now["state"] == "submitted":
            hall.post(f"/cases/{case['id']}/decisions", {"action": "accept"})
        return now["state"] != "submitted"

    until(lambda: insisting(accepted), LIMIT, "the decision")
    all_reached(platform)
    asker = {"Authorization": f"Receipt {receipt['token']}"}
    until(
        lambda: terminal.get(f"/cases/{number}", asker)["state"] == "accepted",
        LIMIT,
        "the decision at the terminal",
    )
    until(platform.all_delivered, LIMIT, "everything delivered")
    everything_agrees(platform)


def test_a_release_comes_into_use_though_the_worker_is_killed_while_it_fetches(platform, built):
    platform.arm(*points.RELEASING)
    release = made_at_hall(platform, built)
    try:
        all_reached(platform)
        until(lambda: everywhere(platform, release), LIMIT, "the release at the terminal")
    finally:
        shipped = platform.hall.parts.releases.shipped
        made_at_hall(platform, platform.hall.parts.releases.folder / f"{shipped.release}.json")
        until(lambda: everywhere(platform, shipped.release), LIMIT, "the shipped release again")
    everything_agrees(platform)


def test_a_migration_that_was_killed_is_done_by_the_next_start(tmp_path):
    armed = tmp_path / "points" / points.MIGRATING[0]
    armed.parent.mkdir()
    armed.touch()
    data = tmp_path / "data"
    settings = {"KIOSK_DATA_DIR": str(data), "KIOSK_FAULT_POINT": str(armed.parent)}
    first = run_kiosk("hall", "init", **settings)
    assert (first.returncode, first.stdout) == (2, "")
    assert "cannot be brought up to date" in first.stderr
    assert not armed.exists()
    again = run_kiosk("hall", "init", **settings)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["hall_id"]
    assert schema.is_current(Config("hall", data))
