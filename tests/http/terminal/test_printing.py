"""Papers at the terminal: public ones for everybody, one's own application, the staff's poster."""

import subprocess
import sys

import pytest

from kiosk.printing import press
from tests.builders.papers import text_of
from tests.http.terminal.resident import ITEMS, Resident, good

ITEM = ITEMS["MZ-006"]


@pytest.fixture
def applied(resident: Resident) -> Resident:
    """A resident who looks at the receipt of an application."""
    resident.apply_for(ITEM, good(ITEM))
    resident.give_all_materials()
    resident.sign()
    assert resident.at == "/receipt", resident.text
    return resident


@pytest.mark.parametrize(
    ("link", "said"),
    [("/items/MZ-006/checklist", "办事材料清单"), ("/items/MZ-006/form", "空白表")],
)
def test_the_guide_leads_to_papers_that_anybody_may_have(
    resident: Resident, link: str, said: str
) -> None:
    resident.open("/items/MZ-006")
    assert link in resident.links
    resident.open(link)
    assert f'<iframe class="paper" src="{link}.pdf#' in resident.page
    assert f"{link}.pdf" in resident.links
    assert "/items/MZ-006" in resident.links
    answer = resident.browser.get(f"{link}.pdf")
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("inline; filename=")
    assert "max-age" in answer.headers["Cache-Control"]
    text = text_of(answer.data)
    assert said in text
    assert ITEM.name.zh in text


def test_there_is_no_paper_of_an_unknown_item(resident: Resident) -> None:
    assert resident.browser.get("/items/MZ-999/checklist.pdf").status_code == 404


def test_who_has_applied_can_print_the_application_with_numbers_hidden(applied: Resident) -> None:
    applied.open("/device/kiosk")
    applied.open("/receipt")
    assert "/receipt/application" in applied.links
    applied.open("/receipt/application")
    assert 'data-clearing="90"' in applied.page
    assert "/receipt" in applied.links
    # By itself the paper would stay on a shared screen.
    assert "/receipt/application.pdf" not in applied.links
    answer = applied.browser.get("/receipt/application.pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    text = text_of(answer.data)
    given = good(ITEM)["applicant"]
    applied.open("/receipt")
    assert applied.number in text
    assert f"{given['id_number'][:6]}********{given['id_number'][-4:]}" in text
    assert not {full for full in given.values() if len(str(full)) > 2 and str(full) in text} - {
        "self"
    }


def test_the_application_goes_with_its_receipt(applied: Resident) -> None:
    applied.send(action="/receipt/finish")
    assert applied.browser.get("/receipt/application.pdf").status_code == 404
    assert applied.browser.get("/receipt/application").status_code == 404


def test_a_stranger_has_no_application_to_print(resident: Resident) -> None:
    assert resident.browser.get("/receipt/application.pdf").status_code == 404


def test_a_poster_is_for_staff_and_names_the_station(
    resident: Resident, staff: tuple[str, str]
) -> None:
    poster = "/items/MZ-006/poster"
    resident.open("/items/MZ-006")
    assert poster not in resident.links
    assert resident.browser.get(poster).status_code == 401
    assert resident.browser.get(f"{poster}.pdf").status_code == 401
    resident.open("/staff/sign-in")
    resident.send({"username": staff[0], "password": staff[1]})
    resident.open("/items/MZ-006")
    assert poster in resident.links
    resident.open(poster)
    assert f'src="{poster}.pdf#' in resident.page
    text = text_of(resident.browser.get(f"{poster}.pdf").data)
    assert "扫码办理" in text
    assert "前溪社区" in text


def test_while_others_print_the_page_says_so_plainly(resident: Resident) -> None:
    places = 1 + press.MOST_IN_LINE
    for _ in range(places):
        press._line.acquire()
    try:
        resident.open("/items/MZ-006/checklist.pdf")
    finally:
        for _ in range(places):
            press._line.release()
    assert resident.status == 503
    assert "正在为别人生成打印文件" in resident.text


def test_only_papers_may_be_shown_in_a_frame_and_only_by_this_site(resident: Resident) -> None:
    # A refusal is read in the same frame, so it may be framed too.
    for path in ("/items/MZ-999/checklist.pdf", "/items/MZ-006/poster.pdf"):
        answer = resident.browser.get(path)
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    answer = resident.browser.get("/items/MZ-006")
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_without_fonts_printing_is_said_to_be_impossible_and_all_else_works(
    resident: Resident, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fonts.conf").write_text("<fontconfig></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "fonts.conf"))
    resident.open("/items/MZ-006/checklist.pdf")
    assert resident.status == 503
    assert "没有安装中文字体" in resident.text
    resident.open("/items/MZ-006")
    assert resident.status == 200


def test_nobody_may_ask_for_papers_without_end(resident: Resident) -> None:
    answers = [resident.browser.get("/items/MZ-999/form.pdf").status_code for _ in range(21)]
    assert answers == [404] * 20 + [429]


def test_no_web_process_carries_what_makes_papers() -> None:
    # Asked of a fresh process: this one may have imported anything.
    told = "import sys, kiosk.app; print(sorted({'weasyprint', 'fontTools'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
