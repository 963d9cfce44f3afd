"""A release made at a running hall comes into use at a running terminal, without a restart."""

import copy
import json
from hashlib import sha256
from pathlib import Path

import pytest
import urllib3
from sqlalchemy import select

from kiosk.cases.model import Case
from tests.builders.cases import SHORT_ITEM, a_submission
from tests.builders.platforms import Application, RunningPlatform, run_kiosk, until
from tests.builders.releases import with_field

ASKED = 12


def asked(address: str) -> dict[str, object]:
    return urllib3.request("GET", f"{address}/api/v1/items/{SHORT_ITEM}").json()


def made_at_hall(platform: RunningPlatform, content: Path) -> str:
    folder = str(platform.folder / "hall")
    done = run_kiosk("catalogue", "release", str(content), KIOSK_DATA_DIR=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["release"]


def everywhere(platform: RunningPlatform, release: str) -> bool:
    """Whether every web process offers it: they take turns at answering."""
    addresses = (platform.started.hall, platform.started.terminal)
    return all(asked(each)["release"] == release for each in addresses for _ in range(ASKED))


@pytest.fixture
def built(platform, tmp_path) -> Path:
    """A release file whose item asks for one field more."""
    content = with_field(platform.hall.parts.releases.shipped, SHORT_ITEM)
    file = tmp_path / f"{sha256(content).hexdigest()}.json"
    file.write_bytes(content)
    return file


def test_a_release_of_the_hall_is_offered_and_used_at_the_terminal_without_a_restart(
    platform: RunningPlatform, built: Path
) -> None:
    begun = a_submission(platform.terminal).body()
    pids = {name: platform.started.supervisor.pid(name) for name in ("hall-web", "terminal-web")}
    release = made_at_hall(platform, built)
    try:
        until(lambda: everywhere(platform, release), 60, "the release at the terminal")
        lacking = copy.deepcopy(begun)
        with pytest.raises(AssertionError, match="nickname"):
            platform.submit(Application(lacking))
        begun["answers"]["applicant"]["nickname"] = "阿福"
        receipt = platform.submit(Application(begun))
        assert receipt is not None
        until(platform.all_delivered, 40, "the case at the hall")
        with platform.hall.reading() as session:
            query = select(Case.release).where(Case.number == receipt["number"])
            assert session.scalars(query).all() == [release]
        for role in ("terminal", "hall"):
            platform.verified(role)
        again = {name: platform.started.supervisor.pid(name) for name in pids}
        assert again == pids
        until(lambda: listed(platform, release)["terminals"], 40, "the report to the hall")
    finally:
        shipped = platform.hall.parts.releases.shipped
        file = platform.hall.parts.releases.folder / f"{shipped.release}.json"
        made_at_hall(platform, file)
        until(lambda: everywhere(platform, shipped.release), 60, "the shipped release again")


def listed(platform: RunningPlatform, release: str) -> dict[str, object]:
    done = run_kiosk("catalogue", "list", "--json", "--data", str(platform.folder / "hall"))
    assert done.returncode == 0, done.stderr
    return next(row for row in json.loads(done.stdout) if row["release"] == release)
