"""A clock that is put right: what was just made stays, and all goes when it is old in truth."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest

from kiosk import clock, redating, tidying
from kiosk.cases import drafts
from kiosk.cases.model import Draft
from kiosk.devices.model import DevicePicture
from kiosk.materials.model import Material
from tests.builders.cases import a_case_at, a_picture_at, a_submission
from tests.builders.machines import Machine

YEAR, NIGHT = timedelta(days=365), timedelta(hours=14)


class Station:
    """A terminal's worker and two clocks: one that runs from power on, one that people set."""

    def __init__(self, machine: Machine) -> None:
        self.machine, self.at = machine, clock.now()
        self.wrong, self.booted = timedelta(0), self.at - timedelta(minutes=5)
        with self.clocks():
            self.seen = redating.Look()

    @contextmanager
    def clocks(self) -> Iterator[None]:
        def uptime() -> int:
            return (self.at - self.booted) // timedelta(milliseconds=1)

        with clock.use(lambda: self.at + self.wrong, uptime):
            yield

    def set_by(self, wrong: timedelta) -> None:
        self.wrong = wrong

    def after(self, time: timedelta) -> None:
        """Let time pass, and the worker look and tidy up."""
        self.at += time
        with self.clocks():
            now = redating.Look()
            with self.machine.writing() as session:
                redating.redate(session, self.seen, now)
                tidying.tidy(session, self.machine.parts)
            self.seen = now

    def switched_off_for(self, time: timedelta, wrong: timedelta) -> None:
        self.at += time
        self.booted, self.wrong = self.at, wrong
        with self.clocks():
            self.seen = redating.Look()

    def picture(self) -> str:
        with self.clocks():
            return a_picture_at(self.machine)

    def draft(self, screen: str | None = None) -> str:
        with self.clocks():
            return self.machine.within(
                drafts.open_draft, self.machine.parts, "RS-001", screen=screen
            ).id

    def here(self, table: type, row: str) -> bool:
        with self.machine.reading() as session:
            return session.get(table, row) is not None


@pytest.fixture
def station(small_pair) -> Station:
    return Station(small_pair.terminal)


MINUTE, DAY = timedelta(minutes=1), timedelta(hours=24)


def test_what_was_made_a_minute_ago_outlives_a_clock_that_is_put_right(station):
    station.set_by(-YEAR)
    station.after(MINUTE)
    picture, form, at_kiosk = station.picture(), station.draft(), station.draft("a" * 16)
    station.set_by(timedelta(0))
    station.after(MINUTE)
    assert station.here(Material, picture)
    assert station.here(Draft, form) and station.here(Draft, at_kiosk)
    with station.clocks():
        assert station.machine.within(drafts.load, station.machine.parts, form).id == form


def test_and_goes_when_it_is_old_in_truth(station):
    station.set_by(-YEAR)
    station.after(MINUTE)
    picture, form, at_kiosk = station.picture(), station.draft(), station.draft("a" * 16)
    station.set_by(timedelta(0))
    station.after(20 * MINUTE)
    assert station.here(Draft, form)
    station.after(MINUTE)
    assert not station.here(Draft, at_kiosk)
    station.after(DAY - 22 * MINUTE)
    assert station.here(Material, picture) and station.here(Draft, form)
    station.after(2 * MINUTE)
    assert not station.here(Material, picture) and not station.here(Draft, form)


@pytest.mark.parametrize("at_power_on", [timedelta(0), -26 * YEAR, -NIGHT])
def test_a_machine_that_is_switched_off_each_evening_wipes_in_time(station, at_power_on):
    """Also one whose clock stands while it is off, or begins with the year 2000."""
    picture, form = station.picture(), station.draft()
    station.after(8 * 60 * MINUTE)
    station.switched_off_for(NIGHT, at_power_on)
    station.after(MINUTE)
    station.set_by(timedelta(0))
    station.after(MINUTE)
    assert station.here(Material, picture) and station.here(Draft, form)
    station.after(2 * 60 * MINUTE)
    assert not station.here(Material, picture) and not station.here(Draft, form)


def test_what_was_made_while_the_clock_was_ahead_goes_when_it_is_old_in_truth(station):
    station.set_by(YEAR)
    station.after(MINUTE)
    picture, form = station.picture(), station.draft()
    station.after(MINUTE)
    station.set_by(timedelta(0))
    station.after(MINUTE)
    later = station.picture()
    station.after(DAY - 3 * MINUTE)
    assert station.here(Material, picture) and station.here(Draft, form)
    station.after(MINUTE + MINUTE // 2)
    assert not station.here(Material, picture) and not station.here(Draft, form)
    assert station.here(Material, later)


def test_what_lies_ahead_of_a_clock_that_the_hall_has_too_is_dated_by_it(small_pair, station):
    station.set_by(YEAR)
    picture = station.picture()
    station.switched_off_for(NIGHT, timedelta(0))
    with station.clocks():
        small_pair.pull()
    station.after(MINUTE)
    station.after(DAY - MINUTE)
    assert station.here(Material, picture)
    station.after(2 * MINUTE)
    assert not station.here(Material, picture)


def test_a_picture_that_a_tablet_brought_waits_for_its_case_all_the_same(station):
    station.set_by(-YEAR)
    station.after(MINUTE)
    picture = station.picture()
    with station.machine.writing() as session:
        session.add(DevicePicture(device_id="d" * 36, sha256="0f" * 32, material_id=picture))
    station.set_by(timedelta(0))
    station.after(MINUTE)
    station.after(timedelta(days=29))
    assert station.here(Material, picture)
    station.after(timedelta(days=2))
    assert not station.here(Material, picture)


def test_the_picture_of_a_case_keeps_its_date(station):
    station.set_by(-YEAR)
    station.after(MINUTE)
    picture = station.picture()
    with station.clocks():
        builder = a_submission(station.machine, "RS-001")
        a_case_at(station.machine, builder.with_material(next(iter(builder.attachments)), picture))

    def made_at() -> datetime:
        with station.machine.reading() as session:
            return session.get_one(Material, picture).created_at

    before = made_at()
    station.set_by(timedelta(0))
    station.after(MINUTE)
    assert made_at() == before
