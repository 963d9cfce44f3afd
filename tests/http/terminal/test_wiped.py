"""Every page of a case that was wiped says that the centre has it; the last backup is shown."""

from datetime import UTC, datetime, timedelta

from kiosk import clock
from kiosk.backup import model, wiping
from kiosk.cases import service
from kiosk.cases.service import Receipt
from kiosk.operators import service as operators
from sync import watermark
from tests.builders.cases import a_case_at
from tests.builders.clerks import signed_in
from tests.builders.machines import STATION, Machine, Pair
from tests.http.terminal.resident import STAFF, Resident

NEVER, LATE = "本机还没有做过备份", "已超过一天半没有完成备份"
SAYS_SO = "本机上的申请内容已清除，中心大厅存有"


def wiped_case(pair: Pair) -> Receipt:
    receipt = a_case_at(pair.terminal)
    pair.terminal.within(service.withdraw, pair.terminal.parts, receipt.case_id)
    pair.settle()
    with pair.hall.writing() as session:
        watermark.move(session, {pair.terminal_id: (1, 2, 0)})
    pair.pull()
    with clock.use(lambda: datetime.now(UTC) + timedelta(days=31)):
        assert wiping.wipe(pair.terminal.transactions, pair.terminal.parts) == 1
    return receipt


def staff_at(pair: Pair) -> Resident:
    pair.hall.within(operators.create, *STAFF[:1], "李明", "staff", STAFF[1], (STATION,))
    pair.settle()
    browser = Resident(pair.terminal)
    browser.open("/staff/sign-in")
    browser.send({"username": STAFF[0], "password": STAFF[1]})
    return browser


def test_residents_and_staff_read_that_the_centre_has_it(small_pair):
    receipt = wiped_case(small_pair)
    staff = staff_at(small_pair)
    for page in ("", "/versions"):
        assert SAYS_SO in staff.open(f"/staff/work/{receipt.case_id}{page}")
    staff.open(f"/staff/work/{receipt.case_id}")
    assert SAYS_SO in staff.send({"to": "progress"}, f"/staff/work/{receipt.case_id}")
    found = staff.open(f"/staff/work?tab=open&number={receipt.number}")
    assert "内容只存于中心大厅" in found
    told = small_pair.terminal.client().get(
        f"/api/v1/cases/{receipt.number}", headers={"Authorization": f"Receipt {receipt.token}"}
    )
    assert (told.status_code, told.get_json()["wiped"]) == (200, True)


def begun(machine: Machine, problem: str | None, *, finished: bool) -> None:
    with machine.writing() as session:
        run = model.begin(session)
        session.flush()
        if finished:
            model.end(session, run, "20261126T020000Z", 1, problem)
        else:
            model.fail(session, run, problem or "")


def test_a_missing_late_or_failed_backup_is_seen_at_both_sides(small_pair):
    staff, admin = staff_at(small_pair), signed_in(small_pair.hall, "admin")
    sides = (
        (small_pair.terminal, lambda: staff.open("/staff")),
        (small_pair.hall, lambda: admin.page("/terminals")),
    )
    for machine, page in sides:
        assert NEVER in page()
        assert LATE not in page()
        begun(machine, None, finished=True)
        assert NEVER not in page()
        assert LATE not in page()
        assert machine.client().get("/healthz").get_json()["parts"]["backup"]["ok"]
        begun(machine, "No space left on device", finished=False)
        assert "No space left on device" in page()
        told = machine.client().get("/healthz")
        assert (told.status_code, told.get_json()["parts"]["backup"]["ok"]) == (200, False)
        assert "No space" not in told.get_data(as_text=True)
        with clock.use(lambda: datetime.now(UTC) + timedelta(days=2)), machine.reading() as session:
            assert model.state(session).is_late
