"""A bad rating becomes a redress: its days, its steps, an appeal, and who learns who rated."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from kiosk import clock
from kiosk.cases import afterwards, desk, redressing
from kiosk.cases.model import Rating
from kiosk.cases.redressing import Redress
from kiosk.operators import departments, service
from kiosk.operators.audit import AuditRecord
from tests.builders.clerks import PASSWORD, Person, an_account, signed_in
from tests.builders.machines import Pair

#: A Thursday; the day after is a Friday, then comes a weekend.
THURSDAY = datetime(2026, 11, 26, 2, tzinfo=UTC)
WORDS = "让我跑了三次"


def rated(pair: Pair, case_id: str, grade: int = 1) -> str:
    """Decide the case, rate it at the terminal, and bring that to the hall; its decider's id."""
    decider = an_account(pair.hall, "clerk", "decider")
    for verb in ("accept", "approve"):
        pair.hall.within(desk.decide, pair.hall.parts, case_id, verb, decider)
    pair.settle()
    parts = pair.terminal.parts
    told = (["slow"], WORDS) if grade in afterwards.BAD else ()
    pair.terminal.within(afterwards.rate, parts, case_id, grade, *told)
    pair.settle()
    return decider


def the_one(pair: Pair) -> Redress:
    with pair.hall.reading() as session:
        return session.scalars(select(Redress)).one()


def step(person: Person, found: Redress, name: str, **values: object):
    here = f"/redress/{found.id}"
    path = f"{here}/ruling" if name == "rule" else f"{here}/step"
    return person.send("/redress", path, step=name, **values)


def entered(hall, username: str) -> Person:
    person = Person(hall.client())
    sent = person.send("/sign-in", "/sign-in", username=username, password=PASSWORD)
    assert sent.status_code == 303
    return person


@pytest.fixture
def thursday():
    at = [THURSDAY]
    with clock.use(lambda: at[0]):
        yield at


def test_a_bad_rating_is_followed_up_to_a_call_back_in_working_days(
    small_pair, thursday, receipt
) -> None:
    rated(small_pair, receipt.case_id)
    found = the_one(small_pair)
    assert (found.state, found.due_on.isoformat(), found.grade) == ("open", "2026-11-27", 1)
    clerk = signed_in(small_pair.hall, "clerk")
    page = clerk.page(f"/redress/{found.id}")
    assert WORDS in page and f"/desk/{receipt.case_id}" in page
    assert step(clerk, found, "contact").status_code == 303
    assert the_one(small_pair).due_on.isoformat() == "2026-12-03"
    thursday[0] += timedelta(days=8)
    assert "1 件已逾期" in clerk.page("/redress")
    assert "居民在服务站查进度时会看到这段话" in clerk.page(f"/redress/{found.id}")
    assert step(clerk, found, "reply").status_code == 422
    assert step(clerk, found, "reply", words="已向窗口通报").status_code == 303
    assert step(clerk, found, "reply", words="又一次").status_code == 409
    assert step(clerk, found, "call_back", outcome="unsatisfied").status_code == 303
    assert the_one(small_pair).state == "contacted"
    step(clerk, found, "reply", words="已更换办法")
    step(clerk, found, "call_back", outcome="satisfied", words="表示满意")
    ended = the_one(small_pair)
    assert (ended.state, ended.due_on) == ("closed", None)
    page = clerk.page(f"/redress/{found.id}")
    assert "已向窗口通报" in page and "表示满意" in page
    with small_pair.hall.reading() as session:
        acts = session.scalars(select(AuditRecord.act).where(AuditRecord.target == found.id)).all()
        raw = b"".join(act.words for act in redressing.acts_of(session, found.id))
    assert [act for act in acts if act != "rating.opened"] == [
        *("rating.contacted", "rating.replied", "rating.called_back"),
        *("rating.replied", "rating.called_back"),
    ]
    assert "已向窗口通报".encode() not in raw


def test_who_worked_on_the_case_is_not_told_who_rated_and_only_appeals(
    small_pair, thursday, receipt
) -> None:
    rated(small_pair, receipt.case_id)
    found, decider = the_one(small_pair), entered(small_pair.hall, "decider")
    page = decider.page(f"/redress/{found.id}")
    assert WORDS not in page and receipt.case_id not in page
    assert step(decider, found, "contact").status_code == 409
    assert step(decider, found, "appeal", words="评的是排队时间").status_code == 303
    assert (the_one(small_pair).state, the_one(small_pair).due_on) == ("appealed", None)
    admin = signed_in(small_pair.hall, "admin")
    thursday[0] += timedelta(days=4)
    assert step(admin, found, "rule", outcome="stands", words="就是本件").status_code == 303
    again = the_one(small_pair)
    assert (again.state, again.due_on.isoformat()) == ("open", "2026-12-01")
    assert step(decider, found, "appeal", words="再来").status_code == 409


def test_an_appeal_that_holds_marks_the_rating_and_deletes_nothing(
    small_pair, thursday, receipt
) -> None:
    rated(small_pair, receipt.case_id)
    found, admin = the_one(small_pair), signed_in(small_pair.hall, "admin")
    step(admin, found, "appeal", words="评的是医院")
    # Nobody rules on an appeal of their own.
    assert step(admin, found, "rule", outcome="other_service", words="是").status_code == 409
    other = signed_in(small_pair.hall, "admin", "second")
    assert step(other, found, "rule", outcome="other_service", words="是").status_code == 303
    assert the_one(small_pair).state == "marked"
    with small_pair.hall.reading() as session:
        assert session.scalars(select(Rating.grade)).all() == [1]


def test_a_good_rating_is_not_followed_up_and_an_older_bad_one_is_once(
    small_pair, thursday, receipt
) -> None:
    rated(small_pair, receipt.case_id, 5)
    with small_pair.hall.writing() as session:
        assert session.scalars(select(Redress)).all() == []
        session.scalars(select(Rating)).one().grade = 2
    hall = small_pair.hall
    for _ in range(2):
        hall.within(redressing.open_older, hall.parts)
    assert the_one(small_pair).case_id == receipt.case_id


def test_a_clerk_of_another_department_and_an_auditor_change_nothing(
    small_pair, thursday, receipt
) -> None:
    rated(small_pair, receipt.case_id)
    hall, found = small_pair.hall, the_one(small_pair)
    with hall.writing() as session:
        departments.set_up(session, hall.parts.catalogue, "command")
    hall.within(service.create, "yb", "王", "clerk", PASSWORD, (), ("YB",))
    other = entered(hall, "yb")
    assert other.get(f"/redress/{found.id}").status_code == 404
    assert found.id not in other.page("/redress?state=all")
    auditor = signed_in(hall, "auditor")
    assert WORDS in auditor.page(f"/redress/{found.id}")
    assert step(auditor, found, "contact").status_code == 403


def test_the_list_is_read_on_from_its_last_line(a_hall) -> None:
    hall = a_hall("sqlite")
    with hall.writing() as session:
        for number in range(30):
            rating = Rating(
                **{"terminal_id": "t", "entry_id": str(number), "station_code": "320582100008"},
                **{"item": "MZ-001", "grade": 1, "tags": "[]"},
            )
            redressing.open_for(session, rating, str(number))
    clerk, seen, path = signed_in(hall, "clerk"), [], "/redress"
    for _ in range(2):
        page = clerk.page(path)
        seen += [part[:36] for part in page.split('href="/redress/')[1:]]
        path = "/redress?" + page.partition('rel="next" href="/redress?')[2].partition('"')[0]
    assert len(seen) == len(set(seen)) == 30
