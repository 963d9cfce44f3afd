"""A release is prepared, rolled out to stations, then to all: who is told, and never backwards."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from kiosk import clock
from kiosk.hall import releasing, staging
from kiosk.hall.monitor import overview
from kiosk.operators.audit import AuditRecord
from sync import releases
from sync.ledger import Terminal
from tests.builders.cases import SHORT_ITEM
from tests.builders.clerks import Person, signed_in
from tests.builders.machines import STATION, Pair
from tests.builders.releases import released, renamed


@pytest.fixture
def admin(small_pair) -> Person:
    return signed_in(small_pair.hall, "admin")


@pytest.fixture
def prepared(small_pair) -> str:
    """A release that is newer than the current one, which the terminal has."""
    hall, shipped = small_pair.hall, small_pair.terminal.parts.releases.shipped
    released(hall, shipped.content)
    small_pair.settle()
    content = renamed(shipped, SHORT_ITEM)
    return str(hall.within(releasing.prepare, hall.parts, content, "a test").sha256)


def at_terminal(pair: Pair) -> str:
    pair.settle()
    return str(pair.terminal.parts.releases.current.release)


def stage(admin: Person, release: str, *stations: str):
    path = f"/releases/{release}/stations"
    return admin.send(path, path, stations=list(stations))


def make_current(admin: Person, release: str):
    path = f"/releases/{release}/current"
    return admin.send(path, path)


def the_terminal(pair: Pair) -> Terminal:
    with pair.hall.reading() as session:
        return session.get_one(Terminal, pair.terminal_id)


def test_a_prepared_release_goes_to_chosen_stations_and_then_to_all(small_pair, admin, prepared):
    hall, shipped = small_pair.hall, small_pair.terminal.parts.releases.shipped.release
    assert at_terminal(small_pair) == shipped
    assert "已备好" in admin.page("/releases")
    assert stage(admin, prepared).status_code == 422
    assert stage(admin, prepared, STATION).status_code == 303
    assert "正在下载" in admin.page(f"/releases/{prepared}?state=fetching")
    assert at_terminal(small_pair) == prepared
    # The hall and the other stations stay; the terminal that is ahead is not called old.
    assert hall.parts.releases.current.release == shipped
    assert [row.is_older for row in hall.within(overview)] == [False]
    assert "没有这样的终端" not in admin.page(f"/releases/{prepared}?state=has")
    before = the_terminal(small_pair).feed_head
    assert make_current(admin, prepared).status_code == 303
    assert hall.parts.releases.current.release == prepared
    # It has it already: it is told nothing more.
    assert the_terminal(small_pair).feed_head == before
    with hall.reading() as session:
        acts = session.scalars(select(AuditRecord.act).where(AuditRecord.target == prepared)).all()
        assert acts == ["release.prepared", "release.staged", "release.published"]
        assert staging.staged(session) == {}


def test_there_is_no_way_back(small_pair, admin, prepared):
    shipped = small_pair.terminal.parts.releases.shipped.release
    hall = small_pair.hall
    content = renamed(small_pair.terminal.parts.releases.shipped, SHORT_ITEM, "更新的")
    newer = hall.within(releasing.prepare, hall.parts, content, "a test").sha256
    stage(admin, newer, STATION)
    counts = hall.row_counts()
    assert stage(admin, prepared, STATION).status_code == 409
    assert make_current(admin, prepared).status_code == 409
    assert make_current(admin, shipped).status_code == 409
    assert hall.row_counts() == counts
    assert at_terminal(small_pair) == newer
    make_current(admin, newer)
    # Now nobody is ahead, and the one before is still older than what is current.
    assert stage(admin, prepared, STATION).status_code == 409


def test_each_terminal_says_how_far_it_is(small_pair, admin, prepared):
    hall, path = small_pair.hall, f"/releases/{prepared}"
    assert the_terminal(small_pair).number in admin.page(f"{path}?state=untold")
    stage(admin, prepared, STATION)
    with hall.writing() as session:
        session.get_one(Terminal, small_pair.terminal_id).last_seen = clock.now() - timedelta(1)
    assert the_terminal(small_pair).number in admin.page(f"{path}?state=silent")
    with hall.writing() as session:
        terminal = session.get_one(Terminal, small_pair.terminal_id)
        terminal.refused_release, terminal.refusal = prepared, "format"
    page = admin.page(f"{path}?state=refused")
    assert "请更新终端程序" in page
    assert the_terminal(small_pair).number not in admin.page(f"{path}?state=has")


def test_a_terminal_that_is_told_anew_gets_what_its_station_should_have(
    small_pair, admin, prepared
):
    stage(admin, prepared, STATION)
    with small_pair.hall.reading() as session:
        wanted = staging.wanted_at(session, STATION)
        elsewhere = staging.wanted_at(session, "320582100004")
        assert wanted is not None
        assert wanted.sha256 == prepared
        assert elsewhere == releases.current_of(session)


def test_only_admins_roll_out_and_the_password_is_asked_for(small_pair, prepared):
    auditor = signed_in(small_pair.hall, "auditor")
    assert auditor.get(f"/releases/{prepared}").status_code == 200
    assert auditor.get(f"/releases/{prepared}/stations").status_code == 403
    admin = signed_in(small_pair.hall, "admin", "second")
    later = clock.now() + timedelta(minutes=6)
    with clock.use(lambda: later):
        asked = admin.get(f"/releases/{prepared}/current")
    assert asked.status_code == 303
    assert "/confirm" in asked.headers["Location"]
