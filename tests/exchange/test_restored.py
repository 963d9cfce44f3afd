"""A hall comes back as it was yesterday: its terminals bring again what it has lost."""

import shutil
import subprocess
from pathlib import Path

from kiosk import clock
from kiosk.cases.model import Case
from kiosk.cli.selftest import Api
from sync.restored_hall import raise_epoch
from tests.builders.platforms import RunningPlatform, until
from tests.builders.servers import PostgresServer
from tests.exchange.proving import everything_agrees

LIMIT = 60.0


def program(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name) or name


def address(platform: RunningPlatform) -> str:
    """The hall's database as PostgreSQL's own programs take it."""
    return platform.hall.parts.config.database.replace("postgresql+psycopg://", "postgresql://")


def dumped(platform: RunningPlatform, file: Path) -> Path:
    command = [program("pg_dump"), "--file", file, address(platform)]
    subprocess.run(command, check=True)
    return file


def restored(platform: RunningPlatform, postgres: PostgresServer, file: Path) -> None:
    platform.hall.close()
    name = address(platform).partition("?")[0].rpartition("/")[2]
    postgres.run(f"DROP DATABASE {name} WITH (FORCE)")
    postgres.run(f"CREATE DATABASE {name}")
    command = [program("psql"), "--quiet", "--set", "ON_ERROR_STOP=1", "--single-transaction"]
    subprocess.run([*command, "--file", file, address(platform)], check=True, capture_output=True)


def handed_in(platform: RunningPlatform, count: int) -> list[str]:
    receipts = platform.flood(platform.applications(count))
    assert None not in receipts
    return [receipt["number"] for receipt in receipts]


def test_a_hall_that_is_restored_from_yesterday_gets_everything_again(apart, postgres, tmp_path):
    clerk = Api(apart.started.hall)
    clerk.sign_in(apart.started.accounts["clerk"])
    numbers = handed_in(apart, 5)
    until(lambda: set(numbers) <= set(apart.at_hall()), LIMIT, "the cases of yesterday")
    yesterday = dumped(apart, tmp_path / "yesterday.sql")
    (case,) = clerk.get(f"/cases?number={numbers[0]}")["cases"]
    clerk.post(f"/cases/{case['id']}/decisions", {"action": "accept"})
    numbers += handed_in(apart, 20)
    until(lambda: set(numbers) <= set(apart.at_hall()), LIMIT, "the cases of today")
    until(apart.all_delivered, LIMIT, "their files")

    apart.stop("hall-web")
    try:
        restored(apart, postgres, yesterday)
        with apart.hall.writing() as session:
            raise_epoch(session, clock.now())  # as `kiosk restore` does
    finally:
        apart.start("hall-web")
    until(lambda: set(numbers) <= set(apart.at_hall()), LIMIT, "all cases at the restored hall")
    until(apart.all_delivered, LIMIT, "all files")
    at_hall = apart.at_hall()
    assert [number for number in numbers if at_hall.count(number) != 1] == []
    # What was decided in the lost time waits for a clerk, who decides again.
    until(lambda: everything_agrees(apart), LIMIT, "both sides agree")
    clerk.post(f"/cases/{case['id']}/decisions", {"action": "accept"})
    until(lambda: at_terminal(apart, case["id"]) == "accepted", LIMIT, "the decision came back")
    assert everything_agrees(apart)["receipts"] >= len(numbers)


def at_terminal(platform: RunningPlatform, case_id: str) -> str:
    with platform.terminal.reading() as session:
        return session.get_one(Case, case_id).state
