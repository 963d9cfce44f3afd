"""The pages of an exchange without a line, at both ends: stick, codes, and who may."""

import io
import tempfile

import pytest
from sqlalchemy import select

from kiosk.pages import incoming
from kiosk.receipts import qr
from sync.ledger import LedgerEntry
from sync.qr_run import texts_of
from tests.builders.carriers import entries_at_hall, expected_at_hall, loaded, place, taken
from tests.builders.cases import a_case_at
from tests.builders.clerks import Person, a_stranger, signed_in
from tests.builders.machines import Pair
from tests.http.terminal.resident import Resident


@pytest.fixture
def admin(small_pair: Pair) -> Person:
    return signed_in(small_pair.hall, "admin")


def given(admin: Person, carrier: bytes):
    return admin.send("/carriers", "/carriers", file=(io.BytesIO(carrier), "queue.jsc"))


def answer_for(admin: Person, number: str) -> bytes:
    with admin.get(f"/carriers/{number}/answer") as answer:
        return answer.data


def a_file(content: bytes) -> dict[str, object]:
    return {"file": (io.BytesIO(content), "answer.jsc")}


def pictures(texts: list[str]) -> list[tuple[io.BytesIO, str]]:
    return [(io.BytesIO(qr.png(text, "M", 6)), "code.png") for text in texts]


def test_a_queue_is_saved_taken_in_answered_and_the_answer_brought_back(small_pair, agent, admin):
    a_case_at(small_pair.terminal)
    agent.open("/staff/carrier")
    assert "/staff/carrier/queue" in agent.links
    saved = agent.browser.get("/staff/carrier/queue")
    assert "attachment" in saved.headers["Content-Disposition"]
    number = small_pair.known_terminal().number
    assert given(admin, saved.data).status_code == 303
    page = admin.page("/carriers")
    assert "新收 1 条" in page
    assert f"/carriers/{number}/answer" in page
    assert expected_at_hall(small_pair) == []
    answer = answer_for(admin, number)
    agent.send(a_file(answer))
    assert "中心已确认 1 条记录" in agent.text
    assert place(small_pair) == (1, 1)
    agent.send(a_file(answer))
    assert "没有新内容" in agent.text


def test_what_is_wrong_with_a_file_is_told_beside_it(small_pair, agent, admin):
    a_case_at(small_pair.terminal)
    carrier = loaded(small_pair.terminal)
    agent.open("/staff/carrier")
    for content, words in (
        (b"", "请先选择文件"),
        (b"a letter", "不是要在这里读入的搬运文件"),
        (carrier, "不是要在这里读入的搬运文件"),
    ):
        agent.send(a_file(content) if content else {})
        assert (agent.status, words in agent.text) == (422, True)
    assert given(admin, b"a letter").status_code == 422
    cut = given(admin, carrier[:-9])
    assert cut.status_code == 422
    assert "没有拷完" in cut.text
    # What was whole has been taken, and the answer to it waits.
    assert entries_at_hall(small_pair) == 1
    assert "没有读完" in admin.page("/carriers")


def test_a_small_queue_goes_by_pictures_of_codes_there_and_back(small_pair, agent, admin):
    a_case_at(small_pair.terminal)
    agent.open("/staff/carrier")
    agent.send(action="/staff/carrier/codes")
    assert agent.at == "/staff/carrier/codes"
    shown = small_pair.terminal.parts.config.data_dir / "carriers" / "shown.jsc"
    texts = texts_of(shown.read_bytes())
    assert agent.page.count("data-code>") == len(texts) > 1
    drawn = agent.browser.get("/staff/carrier/codes/1.svg")
    assert drawn.text == qr.svg(texts[0])
    assert agent.browser.get(f"/staff/carrier/codes/{len(texts) + 1}.svg").status_code == 404
    first = admin.send("/carriers/camera", "/carriers/camera", image=pictures(texts[1:]))
    assert f"已读 {len(texts) - 1} 个，共 {len(texts)} 个" in first.text
    assert entries_at_hall(small_pair) == 0
    last = admin.send("/carriers/camera", "/carriers/camera", image=pictures(texts[:1]))
    number = small_pair.known_terminal().number
    assert last.headers["Location"] == f"/carriers/{number}/codes"
    assert entries_at_hall(small_pair) == 1
    back = texts_of(answer_for(admin, number))
    assert admin.page(last.headers["Location"]).count("data-code>") == len(back)
    assert admin.get(f"/carriers/{number}/codes/1.svg").text == qr.svg(back[0])
    agent.open("/staff/carrier/camera")
    agent.send({"image": pictures(back)})
    assert agent.at == "/staff/carrier"
    assert "中心已确认 1 条记录" in agent.text
    assert place(small_pair) == (1, 1)


def test_a_script_is_told_which_codes_are_missing_and_where_to_go(small_pair, admin):
    a_case_at(small_pair.terminal)
    texts = texts_of(loaded(small_pair.terminal, files=False))
    token = admin.token("/carriers/camera")

    def sent(*some: str) -> dict:
        answer = admin.client.post(
            "/carriers/camera",
            data={"csrf_token": token, "text": list(some)},
            headers={"Accept": "application/json"},
        )
        assert answer.status_code == 200
        return answer.get_json()

    assert sent("JSB1.I.MZ-006.X") == {
        "have": 0,
        "total": 0,
        "missing": [],
        "location": None,
        "wrong": None,
    }
    told = sent(*texts[1:])
    assert (told["missing"], told["location"]) == ([1], None)
    assert sent(texts[0])["location"].endswith("/codes")


def test_pictures_without_a_code_are_told(admin):
    white = (io.BytesIO(qr.png("JSB1.I.MZ-006.X")), "code.png")
    answer = admin.send("/carriers/camera", "/carriers/camera", image=white)
    assert answer.status_code == 422
    assert "没有找到搬运码" in answer.text


def test_an_answer_that_is_too_large_for_codes_is_offered_as_a_file_alone(
    small_pair, admin, monkeypatch
):
    a_case_at(small_pair.terminal)
    given(admin, loaded(small_pair.terminal))
    number = small_pair.known_terminal().number
    assert f"/carriers/{number}/codes" in admin.page("/carriers")
    monkeypatch.setattr("kiosk.carriers.shown.MAX_RUN_BYTES", 100)
    assert f"/carriers/{number}/codes" not in admin.page("/carriers")
    assert admin.get(f"/carriers/{number}/codes").status_code == 404


def test_entries_without_room_in_the_codes_are_told_and_stay(small_pair, agent, monkeypatch):
    for _ in range(4):
        a_case_at(small_pair.terminal)
    small = len(loaded(small_pair.terminal, files=False)) - 500
    monkeypatch.setattr("kiosk.terminal.carrier.MAX_RUN_BYTES", small)
    agent.open("/staff/carrier")
    agent.send(action="/staff/carrier/codes")
    assert "条记录放不下" in agent.text
    shown = small_pair.terminal.parts.config.data_dir / "carriers" / "shown.jsc"
    assert 0 < taken(small_pair.hall, shown.read_bytes())[0].new < 4


def test_where_there_are_no_codes_to_show_it_is_said(small_pair, agent, monkeypatch):
    monkeypatch.setattr("kiosk.carriers.shown.MAX_RUN_BYTES", 100)
    agent.open("/staff/carrier")
    agent.send(action="/staff/carrier/codes")
    assert agent.at == "/staff/carrier"
    assert "现在没有可显示的搬运码" in agent.text


@pytest.mark.parametrize("path", ["", "/queue", "/codes", "/codes/1.svg", "/camera"])
def test_at_a_terminal_only_the_staff_carries(small_pair, path):
    stranger = Resident(small_pair.terminal)
    assert stranger.browser.get(f"/staff/carrier{path}").status_code == 401


@pytest.mark.parametrize("role", ["clerk", "auditor"])
def test_at_the_hall_only_admins_carry(small_pair, role):
    person = signed_in(small_pair.hall, role)
    for path in ("", "/camera", "/100001/answer", "/100001/codes", "/100001/codes/1.svg"):
        assert person.get(f"/carriers{path}").status_code == 403
        assert a_stranger(small_pair.hall).get(f"/carriers{path}").status_code == 303


@pytest.mark.parametrize("number", ["100009", "..", "1000011", "x"])
def test_an_answer_that_is_not_there_is_not_found(admin, number):
    assert admin.get(f"/carriers/{number}/answer").status_code == 404


def test_a_large_file_comes_in_below_the_data_folder(small_pair, admin, monkeypatch):
    """More than any other page takes, and not where short-lived files lie, which may be memory."""
    a_case_at(small_pair.terminal)
    folders = []
    make = tempfile.TemporaryFile

    def noted(*arguments, **more):
        folders.append(more.get("dir"))
        return make(*arguments, **more)

    monkeypatch.setattr(incoming.tempfile, "TemporaryFile", noted)
    answer = given(admin, loaded(small_pair.terminal) + bytes(17 * 1024 * 1024))
    assert answer.status_code == 422
    # The client's own, with what was sent.
    answer.request.environ["wsgi.input"].close()
    assert folders == [small_pair.hall.parts.config.data_dir]
    with small_pair.hall.reading() as session:
        assert len(session.scalars(select(LedgerEntry)).all()) == 1
    elsewhere = admin.send("/operators/new", "/operators/new", x="x" * (17 * 1024 * 1024))
    assert elsewhere.status_code == 413
