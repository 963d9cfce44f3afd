"""What has come to a station and its hall, read from their databases. Knows no page.

Neighbour: `station.py` runs the two.
"""

import sqlite3
from contextlib import closing
from typing import Any

from tests.browser.station import Station


def ask(station: Station, role: str, query: str) -> list[Any]:
    with closing(sqlite3.connect(station.folder / role / f"{role}.db")) as database:
        return database.execute(query).fetchall()


def arrived(station: Station, role: str, numbers: list[str]) -> dict[str, int]:
    """How often each of these cases is there; none that is not."""
    rows = ask(station, role, "SELECT number, count(*) FROM cases GROUP BY number")
    return {number: count for number, count in rows if number in numbers}


def pictures_of(station: Station, numbers: list[str]) -> dict[str, int]:
    """How many pictures the terminal has of each case."""
    rows = ask(
        station,
        "terminal",
        "SELECT number, count(*) FROM material JOIN cases ON cases.id = case_id GROUP BY number",
    )
    return {number: count for number, count in rows if number in numbers}


def digests_at(station: Station) -> set[str]:
    """The SHA-256 of every picture that tablets brought."""
    return {row[0] for row in ask(station, "terminal", "SELECT sha256 FROM device_picture")}


def unclaimed_at(station: Station) -> int:
    """How many pictures of the terminal belong to no case."""
    ((count,),) = ask(station, "terminal", "SELECT count(*) FROM material WHERE case_id IS NULL")
    return int(count)
