"""The statistics of a hall: counted from real cases, shown by day, station and item, kept as files."""

import csv
import io
import re
from datetime import date, datetime, timedelta

import openpyxl
import pypdfium2
import pytest
from sqlalchemy import delete, select

from kiosk import clock
from kiosk.cases import pausing
from kiosk.figures import keeping
from kiosk.figures.model import Cell, MonthlyReport
from kiosk.figures.reading import Question, ask
from kiosk.figures.tally import loaded
from kiosk.hall import figures, monthly
from kiosk.pages import streaming
from tests.builders.clerks import a_stranger, signed_in
from tests.builders.figures import NO_BASELINES, a_case_on, at, cells, decided, kept
from tests.builders.machines import STATION, Pair

#: A Monday and the days after it.
MONDAY = date(2026, 11, 16)
ITEM = "MZ-001"


@pytest.fixture
def worked(pair: Pair) -> Pair:
    """Eight cases of a Monday, six of them decided, and one of Tuesday."""
    with clock.use(lambda: at(MONDAY)):
        cases = [a_case_on(pair, MONDAY, ITEM) for _ in range(8)]
        a_case_on(pair, MONDAY + timedelta(days=1))
    pair.push()
    for number, case in enumerate(cases[:6]):
        decided(pair, case, "accept", at(MONDAY, 11))
        decided(pair, case, "approve", at(MONDAY + timedelta(days=number // 3), 12))
    decided(pair, cases[6], "return", at(MONDAY, 12), "no photograph")
    kept(pair.hall)
    return pair


def test_a_day_is_counted_with_what_became_of_its_cases(worked: Pair) -> None:
    tally = loaded(cells(worked.hall)["day", MONDAY, STATION, ITEM])
    assert {name: tally[name] for name in ("cases", "decided", "returned", "promised")} == {
        "cases": 8,
        "decided": 6,
        "returned": 1,
        "promised": 6,
    }
    assert tally["in_time"] == 6
    assert sum(tally.handling.values()) == 6
    assert tally["handling_seconds"] == 3 * 3600 + 3 * 25 * 3600


def test_time_in_which_the_clock_stood_is_no_handling_time(pair: Pair) -> None:
    case, later = a_case_on(pair, MONDAY, ITEM), MONDAY + timedelta(days=14)
    pair.push()
    kept(pair.hall)
    decided(pair, case, "accept", at(MONDAY, 11))
    stood(pair, case, at(MONDAY, 11), at(later, 12))
    stood(pair, case, at(later, 13), at(later, 15))
    assert kept(pair.hall) == 1, "a clock that stood has touched the day of its case"
    decided(pair, case, "approve", at(later, 16))
    kept(pair.hall)
    tally = loaded(cells(pair.hall)["day", MONDAY, STATION, ITEM])
    assert (tally["handled"], tally["in_time"]) == (1, 1)
    assert tally["handling_seconds"] == 2 * 3600


def stood(pair: Pair, case: str, begins: datetime, ends: datetime) -> None:
    """Let the clock of a case stand from one moment to the other."""
    with clock.use(lambda: begins):
        pair.hall.within(pausing.pause, pair.hall.parts, case, "clerk", "hearing", 10)
    kept(pair.hall)
    with clock.use(lambda: ends):
        pair.hall.within(pausing.resume, pair.hall.parts, case, "clerk")


def test_only_what_changed_is_counted_again_and_comes_to_the_same_as_all_anew(worked: Pair) -> None:
    assert kept(worked.hall) == 0, "nothing has happened since"
    before = cells(worked.hall)
    late = a_case_on(worked, MONDAY, ITEM)
    worked.push()
    decided(worked, late, "refuse", at(MONDAY, 15), "not eligible")
    assert kept(worked.hall) == 2, "its day, and the one before, when certificates were asked for"
    after = cells(worked.hall)
    assert loaded(after["day", MONDAY, STATION, ITEM])["refused"] == 1
    assert loaded(after["month", MONDAY.replace(day=1), "", ""])["cases"] == 10
    assert before != after
    days = worked.hall.within(keeping.every_day)
    worked.hall.within(keeping.recount, days, NO_BASELINES)
    assert {key: text for key, text in cells(worked.hall).items() if text != _NOTHING} == {
        key: text for key, text in after.items() if text != _NOTHING
    }


_NOTHING = '{"h":{},"n":{},"w":{}}'


def test_the_page_shows_counts_and_hides_small_ones(worked: Pair) -> None:
    clerk = signed_in(worked.hall, "clerk")
    page = clerk.page("/statistics?from=2026-11&to=2026-11&by=item")
    assert "<5" in page, "one case of an item is not told"
    assert "老年人" in page or ITEM in page
    by_day = clerk.page("/statistics?from=2026-11&to=2026-11&by=day")
    assert "chart__bar" in by_day


def test_bars_lead_where_the_lines_of_the_table_lead_and_have_the_promise_beside(
    worked: Pair,
) -> None:
    for _ in range(7):
        a_case_on(worked, MONDAY, "GA-001")
    worked.push()
    kept(worked.hall)
    clerk = signed_in(worked.hall, "clerk")
    page = clerk.page("/statistics?from=2026-11&to=2026-11&by=item")
    bars, rows = page.split('class="table-wrap statistics"')
    led = [set(re.findall(r'href="([^"]*item=[A-Z]+-[0-9]+[^"]*)"', part)) for part in (bars, rows)]
    assert len(led[0]) == 3
    assert led[0] == led[1]
    assert ("少于 5，不显示" in bars, "承诺 20 日" in bars) == (True, True)
    public = a_stranger(worked.hall).get("/figures").get_data(as_text=True)
    assert public.count('class="lying"') == 2
    assert (_beside_the_median(public), "承诺 20 日" in public) == ([], True)
    assert '<a class="lying__line"' not in public
    for by in ("month", "day"):
        over_time = clerk.page(f"/statistics?from=2026-11&to=2026-11&by={by}")
        assert 'class="lying' not in over_time


def test_who_asks_for_nothing_that_is_there_is_told_so(worked: Pair) -> None:
    page = signed_in(worked.hall, "auditor").page("/statistics?from=2024-01&to=2024-02")
    assert "这段时间没有符合条件的数据" in page


@pytest.mark.parametrize(
    "wrong", ["from=2026-13", "from=2026-11&to=2026-10", "by=weather", "station=1", "item=XX-1"]
)
def test_a_question_that_cannot_be_asked_is_refused_by_its_field(a_hall, wrong: str) -> None:
    answer = signed_in(a_hall(), "admin").get(f"/statistics?{wrong}")
    assert answer.status_code == 422
    assert 'class="wrong"' in answer.get_data(as_text=True)


def test_the_table_is_a_file_without_formulas(worked: Pair) -> None:
    auditor = signed_in(worked.hall, "auditor")
    question = f"from=2026-11&to=2026-11&by=month&item={ITEM}"
    told = auditor.get(f"/statistics/lines.csv?{question}").get_data(as_text=True)
    lines = list(csv.reader(io.StringIO(told.removeprefix("\ufeff"))))
    assert [line[:2] for line in lines] == [["月份", "办件数"], ["2026年11月", "8"], ["合计", "8"]]
    book = openpyxl.load_workbook(
        io.BytesIO(auditor.get(f"/statistics/lines.xlsx?{question}").get_data())
    )
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert rows[1][:2] == ("2026年11月", 8)
    place = rows[0].index("中位承诺时限（工作日，0 为当场办结）")
    assert (rows[1][place], rows[2][place]) == (20, 20)
    assert lines[0][place] == rows[0][place]
    assert float(lines[1][place]) == 20


def test_every_cell_can_be_exported_and_small_ones_say_no_more(worked: Pair) -> None:
    told = signed_in(worked.hall, "admin").get("/statistics/cells.csv?from=2026-11&to=2026-11")
    lines = list(csv.reader(io.StringIO(told.get_data(as_text=True).removeprefix("\ufeff"))))
    by_item = {line[2]: line[3:] for line in lines[1:]}
    assert by_item[ITEM][0] == "8"
    assert by_item["RS-001"][0] == "<5"
    assert set(by_item["RS-001"][1:]) == {"–"}


def test_an_export_of_a_department_has_its_items_alone(worked: Pair) -> None:
    catalogue = worked.hall.parts.catalogue
    department = catalogue.items[ITEM].department.zh
    address = f"/statistics/cells.csv?from=2026-11&to=2026-11&department={department}"
    told = signed_in(worked.hall, "admin").get(address).get_data(as_text=True)
    items = {line[2] for line in csv.reader(io.StringIO(told))} - {"事项"}
    assert items == {ITEM}


def test_an_export_that_there_is_no_room_for_is_refused_in_words(a_hall) -> None:
    hall = a_hall()
    admin = signed_in(hall, "admin")
    leave = streaming.enter("exports", hall.parts.config.web_threads)
    assert leave is not None
    addresses = ("/statistics/cells.csv", "/audit/records.csv", "/terminals/export.csv")
    try:
        for address in addresses:
            answer = admin.get(address)
            assert answer.status_code == 503
            assert "正在导出的人太多" in answer.get_data(as_text=True)
    finally:
        leave()
    for address in addresses:
        answer = admin.get(address)
        assert (answer.status_code, bool(answer.get_data())) == (200, True)
        answer.close()


def test_figures_are_for_the_people_of_the_hall(a_hall) -> None:
    hall = a_hall()
    for path in ("/statistics", "/statistics/lines.csv", "/statistics/cells.csv"):
        assert a_stranger(hall).get(path).status_code == 303


def test_everybody_may_see_the_public_page_and_no_cookie_comes_with_it(worked: Pair) -> None:
    for path, words in (("/figures", "年服务数据"), ("/figures/en", "The service in")):
        answer = a_stranger(worked.hall).get(path)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 200
        assert words in page
        assert "Set-Cookie" not in answer.headers
        assert answer.cache_control.public
        assert answer.cache_control.max_age == 600
        assert "&lt;5" in page, "one case of a department is not told"


def test_a_promise_that_tells_of_one_rare_item_is_shown_nowhere(worked: Pair) -> None:
    clerk, stranger = signed_in(worked.hall, "clerk"), a_stranger(worked.hall)
    pages = {
        "/figures": lambda: stranger.get("/figures").get_data(as_text=True),
        "/statistics": lambda: clerk.page("/statistics?from=2026-11&to=2026-11"),
    }
    with clock.use(lambda: at(MONDAY, 20)):
        for name, page in pages.items():
            assert _beside_the_median(page()) == [], name
    for _ in range(4):
        a_case_on(worked, MONDAY)
    worked.push()
    kept(worked.hall)
    with clock.use(lambda: at(MONDAY, 20) + timedelta(seconds=figures.SECONDS_KEPT)):
        for name, page in pages.items():
            assert _beside_the_median(page()) == ["承诺 20 日"], name


def _beside_the_median(page: str) -> list[str]:
    """What the large numbers say of promises."""
    large = page.partition('class="figures figures_large"')[2].partition("</dl>")[0]
    return re.findall("承诺[^<]*", large)


def test_lines_of_many_items_have_no_column_of_promises(worked: Pair) -> None:
    clerk = signed_in(worked.hall, "clerk")
    for by, has in (("month", False), ("day", False), ("station", False), ("item", True)):
        rows = clerk.page(f"/statistics?from=2026-11&to=2026-11&by={by}").partition("<thead>")[2]
        assert ("中位承诺时限</th>" in rows) == has, by
        of_one = clerk.page(f"/statistics?from=2026-11&to=2026-11&by={by}&item={ITEM}")
        assert "中位承诺时限</th>" in of_one.partition("<thead>")[2], by


def test_the_public_page_is_made_once_in_ten_minutes_whoever_asks(worked: Pair) -> None:
    stranger = a_stranger(worked.hall)
    with clock.use(lambda: at(MONDAY, 20)):
        first = stranger.get("/figures").get_data()
        with worked.hall.writing() as session:
            session.execute(delete(Cell))
        assert stranger.get("/figures").get_data() == first
    with clock.use(lambda: at(MONDAY, 20) + timedelta(seconds=figures.SECONDS_KEPT)):
        assert "还没有数据" in stranger.get("/figures").get_data(as_text=True)


def test_coverage_counts_pairs_of_offered_items_at_stations_in_service(worked: Pair) -> None:
    catalogue = worked.hall.parts.catalogue
    for by in ("month", "station", "department", "item"):
        question = Question(date(2026, 11, 1), date(2026, 11, 1), by)
        with worked.hall.reading() as session:
            answer = ask(session, question, catalogue)
        assert (answer.total.used, answer.total.offered) == (2, len(catalogue.items)), by
        if by != "month":
            assert sum(line.used or 0 for line in answer.lines) == 2, by


def test_the_report_of_a_month_is_made_once_it_is_over_and_can_be_had(worked: Pair) -> None:
    for _ in range(4):
        a_case_on(worked, MONDAY)
    worked.push()
    kept(worked.hall)
    clerk = signed_in(worked.hall, "clerk")
    services = worked.hall.parts
    with clock.use(lambda: at(date(2026, 11, 30))):
        worked.hall.within(monthly.make_due, services)
    assert clerk.get("/statistics/reports/2026-11.pdf").status_code == 404
    with clock.use(lambda: at(date(2026, 12, 1))):
        worked.hall.within(monthly.make_due, services)
        worked.hall.within(monthly.make_due, services)
    with worked.hall.reading() as session:
        assert session.scalars(select(MonthlyReport.month)).all() == ["2026-11"]
    # The workers were down from then until the middle of March.
    with clock.use(lambda: at(date(2027, 3, 15))):
        worked.hall.within(monthly.make_due, services)
    with worked.hall.reading() as session:
        found = session.scalars(select(MonthlyReport.month).order_by(MonthlyReport.month)).all()
    assert found == ["2026-11", "2026-12", "2027-01", "2027-02"]
    paper = clerk.get("/statistics/reports/2026-11.pdf")
    assert paper.get_data()[:5] == b"%PDF-"
    said = pypdfium2.PdfDocument(paper.get_data())[0].get_textpage().get_text_range()
    assert "2026 年 11 月统计报告" in said
    assert "中位承诺时限" in said
    assert "20 日" in said
    assert "2026-11 (PDF)" in clerk.page("/statistics")
