"""Cases that were filled on a tablet: leased numbers, one way in, nothing lost by what changed."""

import hashlib
import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from kiosk.cases import queries
from kiosk.cases.model import Case
from kiosk.materials import brought
from kiosk.operators import service
from kiosk.operators.model import Operator
from kiosk.receipts import leases
from kiosk.receipts.number import is_valid
from tests.builders.cases import a_submission
from tests.builders.machines import STATION
from tests.builders.tablets import Tablet, a_tablet
from tests.http.tablet.conftest import STAFF
from tests.http.terminal.resident import a_photograph


def test_numbers_are_leased_once_and_up_to_a_bound(pair, tablet):
    numbers = tablet.numbers(200) + tablet.numbers(200)
    assert len({each["number"] for each in numbers}) == 400
    assert all(is_valid(each["number"]) for each in numbers)
    refused = tablet.post("/leases", {"count": 1})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "leases-full")
    tablet.hand_in(tablet.case(number=numbers[0]["number"], token=numbers[0]["token"]))
    assert len(tablet.numbers(5)) == 1


def test_numbers_that_got_lost_on_their_way_count_no_longer(pair, tablet):
    lost, kept = tablet.numbers(200), tablet.numbers(200)
    holding = [each["number"] for each in kept]
    answer = tablet.post("/leases", {"count": 100, "holding": holding})
    assert answer.status_code == 200
    fresh = {each["number"] for each in answer.get_json()["numbers"]}
    assert len(fresh) == 100 and not fresh & {each["number"] for each in lost + kept}
    refused = tablet.hand_in(tablet.case(**lost[0]))
    assert (refused.status_code, refused.get_json()["code"]) == (422, "number-not-leased")
    assert tablet.hand_in(tablet.case(**kept[0])).status_code == 201


def test_a_number_is_never_leased_twice(pair, tablet, monkeypatch):
    leased = tablet.numbers()[0]["number"]
    fresh = leased[:6] + "50000000" + "0"
    drawn = iter([leased, leased, fresh])
    monkeypatch.setattr(leases, "new_number", lambda terminal_number, epoch, leased: next(drawn))
    assert [each["number"] for each in tablet.numbers(1)] == [fresh]


def test_a_case_of_the_station_never_has_a_number_that_a_tablet_may_have(pair, tablet):
    case = a_submission(pair.terminal)
    answer = pair.terminal.client().post(
        "/api/v1/cases", json=case.body(), headers={"Idempotency-Key": str(uuid.uuid4())}
    )
    assert answer.get_json()["number"][6] in "01234"
    assert {each["number"][6] for each in tablet.numbers()} <= set("56789")


def test_a_case_of_a_tablet_keeps_its_number_and_reaches_the_hall(pair, tablet):
    body, key = tablet.case(filled_at="2031-01-01T00:00:00Z"), str(uuid.uuid4())
    answer = tablet.hand_in(body, key)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    receipt = answer.get_json()
    assert (receipt["number"], receipt["token"]) == (body["number"], body["token"])
    assert not receipt["submitted_at"].startswith("2031"), "the tablet's clock orders nothing"
    progress = pair.terminal.within(
        queries.progress_by_token, pair.terminal.parts, receipt["token"]
    )
    assert progress.number == body["number"]
    pair.settle()
    with pair.hall.reading() as session:
        assert session.get_one(Case, receipt["case_id"]).channel == "tablet"
    assert tablet.hand_in(body, key).get_json() == receipt
    other = tablet.hand_in({**body, "filled_at": "2030-01-01T00:00:00Z"}, key)
    assert (other.status_code, other.get_json()["code"]) == (409, "idempotency_key_reused")


def test_a_number_is_its_tablets_own_and_good_for_one_case(pair, tablet):
    body = tablet.case()
    assert tablet.hand_in(body).status_code == 201
    again = tablet.hand_in(tablet.case(number=body["number"], token=body["token"]))
    assert (again.status_code, again.get_json()["code"]) == (409, "number-used")
    other = a_tablet(pair.terminal)
    other.sign_in(*STAFF)
    strange = tablet.case(**other.numbers()[0])
    wrong_token = tablet.case() | {"token": "A" * 26}
    for refused in (tablet.hand_in(strange), tablet.hand_in(wrong_token)):
        assert refused.status_code == 422
        assert [field["field"] for field in refused.get_json()["fields"]] == ["number"]


def test_a_case_of_an_account_that_was_disabled_since_is_taken_and_shown(pair, tablet):
    hall = pair.hall
    account = hall.within(service.create, "sun", "孙", "staff", STAFF[1], (STATION,))
    pair.settle()
    hall.within(service.disable, account.id)
    pair.settle()
    taken = tablet.hand_in(tablet.case(operator="sun"))
    unknown = tablet.hand_in(tablet.case(operator="nobody"))
    assert (taken.status_code, unknown.status_code) == (201, 201)
    page = tablet.client.get("/staff/tablets", headers={"Accept-Language": "en"})
    text = page.get_data(as_text=True)
    assert taken.get_json()["number"] in text and "account that is disabled" in text
    assert unknown.get_json()["number"] in text and "not known here" in text


@pytest.mark.parametrize(
    ("role", "stations"), [("staff", '["999999"]'), ("clerk", f'["{STATION}"]')]
)
def test_nobody_but_staff_of_the_station_is_made_to_look_after_a_case(pair, tablet, role, stations):
    name = f"ghost-{role}"
    with pair.terminal.writing() as session:
        session.add(
            Operator(
                id=name,
                username=name,
                display_name="",
                role=role,
                password_hash="",
                stations=stations,
            )
        )
    taken = tablet.hand_in(tablet.case(operator=name)).get_json()
    with pair.terminal.reading() as session:
        holder = session.get_one(Operator, session.get_one(Case, taken["case_id"]).holder)
        notes = session.get_one(leases.NumberLease, taken["number"]).notes
    assert (holder.username, notes) == (STAFF[0], "operator-elsewhere")


def test_a_release_that_is_gone_is_no_reason_to_lose_a_case(pair, tablet):
    taken = tablet.hand_in(tablet.case(release="0" * 64))
    assert taken.status_code == 201, taken.get_data(as_text=True)
    with pair.terminal.reading() as session:
        case = session.get_one(Case, taken.get_json()["case_id"])
    assert case.release == pair.terminal.parts.catalogue.release
    text = tablet.client.get("/staff/tablets", headers={"Accept-Language": "en"}).text
    assert "newer catalogue" in text
    broken = a_submission(pair.terminal).without_consent()
    refused = tablet.hand_in(tablet.case(broken, release="0" * 64))
    assert refused.status_code == 422
    assert [field["field"] for field in refused.get_json()["fields"]] == ["consent"]


@pytest.mark.parametrize("key", ["number", "token", "filled_at", "operator"])
def test_a_case_without_what_makes_it_a_tablets_is_refused(pair, tablet, key):
    body = tablet.case()
    del body[key]
    refused = tablet.hand_in(body)
    assert refused.status_code == 422
    assert [field["field"] for field in refused.get_json()["fields"]] == [key]


def test_what_is_sent_twice_at_once_is_one_case(pair, tablet):
    body, key = tablet.case(), str(uuid.uuid4())
    before = pair.terminal.row_counts()["cases"]
    with ThreadPoolExecutor(6) as several:
        same = list(several.map(lambda _: _copied(tablet).hand_in(body, key), range(3)))
        others = list(several.map(lambda _: _copied(tablet).hand_in(body), range(3)))
    assert [answer.status_code for answer in same] == [201] * 3
    assert len({answer.get_json()["case_id"] for answer in same}) == 1
    assert {answer.status_code for answer in others} == {409}
    assert {answer.get_json()["code"] for answer in others} <= {"number-used", "material_unknown"}
    assert pair.terminal.row_counts()["cases"] == before + 1


def test_a_case_whose_answer_was_lost_is_the_same_after_another_pairing(pair, tablet):
    key, picture = str(uuid.uuid4()), a_photograph()
    digest = hashlib.sha256(picture).hexdigest()
    builder = a_submission(pair.terminal)
    first = next(iter(builder.attachments))
    terminal = pair.terminal

    def brought_by(device_id: str) -> str:
        return terminal.within(brought.take, terminal.parts, device_id, digest, picture)

    body = tablet.case(builder.with_material(first, brought_by(tablet.id)))
    receipt = tablet.hand_in(body, key).get_json()
    again = a_tablet(terminal)
    again.sign_in(*STAFF)
    named = json.loads(json.dumps(body).replace(brought_by(tablet.id), brought_by(again.id)))
    assert named != body
    assert again.hand_in(named, key).get_json() == receipt


def _copied(tablet: Tablet) -> Tablet:
    """The same tablet in a client of its own: a test client serves one thread."""
    client = tablet.terminal.client()
    for name in ("device", "terminal_session"):
        client.set_cookie(name, tablet.client.get_cookie(name).value)
    return Tablet(tablet.terminal, client, tablet.id, tablet.token)
