"""An auditor at the hall: reads everything, exports and proves the log, and can change nothing.

What is read is looked at on a phone: most of these pages are in no other walk.
"""

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from structlog.testing import capture_logs

from kiosk import clock
from kiosk.logs import init_logs
from kiosk.operators.access import PROOF
from tests.browser import desks
from tests.browser.hallway import serving
from tests.builders import fleets
from tests.builders.cases import PROMISED_ITEM, a_case_at, a_submission
from tests.builders.clerks import PASSWORD, an_account
from tests.builders.machines import Pair

pytestmark = pytest.mark.browser

#: What he may read; `case` and `silent` are the fixture's.
READS = (
    *("/desk", "/desk/{case}", "/terminals", "/terminals/{silent}", "/alerts", "/alerts/channels"),
    *("/queues", "/releases", "/departments", "/stations", "/quarantine", "/redress"),
    *("/statistics", "/counters", "/ratings", "/follow-ups", "/help-service"),
)
#: Where he may not: a page that asks before an act, and one that is for admins.
REFUSED = ("/terminals/{silent}/pause", "/operators")
#: Everything by which something could be changed: to look for something, or to uncover it, is none.
ACTS = "main form[method=post]:not([action*='/reveal'])"


def read_all(page: Page, paths: list[str]) -> None:
    """Open every page, find nothing to press there, and nothing amiss at a phone's width."""
    page.set_viewport_size({"width": desks.PHONE, "height": 900})
    wrong = []
    for path in paths:
        answer = page.goto(path)
        assert answer, path
        acts = page.locator(ACTS).evaluate_all("(all) => all.map((each) => each.action)")
        assert (answer.status, acts) == (200, []), path
        wrong += [f"{path}: {each}" for each in desks.amiss_on_a_phone(page)]
    assert wrong == [], "\n".join(wrong)
    page.set_viewport_size({"width": desks.DESK, "height": 900})


def is_refused(page: Page, path: str) -> None:
    """Ask for a page of others: 403, in words, and a line in the log."""
    with capture_logs() as logged:
        refused = page.request.get(path)
    assert refused.status == 403, path
    assert "您没有这项权限" in refused.text()
    assert "access_refused" in [line["event"] for line in logged]


def exported(page: Page, file: Path) -> list[str]:
    """Return the acts of the table that is to be had of what is shown."""
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    download.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as table:
        return [row["act"] for row in csv.DictReader(table)]


def test_an_auditor_reads_exports_and_proves_and_may_do_nothing(
    small_pair: Pair, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    hall = small_pair.hall
    case = a_case_at(small_pair.terminal, a_submission(small_pair.terminal, PROMISED_ITEM))
    small_pair.settle()
    named = {"case": case.case_id, "silent": fleets.a_fleet(hall, well=3)["silent"]}
    an_account(hall, "auditor")
    init_logs(replace(hall.parts.config, log_level="info"))
    with serving(hall) as hallway:
        page = new_page(reduced_motion="reduce")
        desks.at_a_desk(page, hallway.address, "auditor")
        read_all(page, [hallway.address + path.format(**named) for path in READS])
        for path in REFUSED:
            is_refused(page, hallway.address + path.format(**named))

        page.goto(f"{hallway.address}/audit")
        page.locator("[name=act]").select_option("sign_in.passed")
        page.get_by_role("button", name="显示").click()
        expect(page.locator("tbody tr")).to_have_count(1)
        assert exported(page, tmp_path / "audit.csv") == ["sign_in.passed"]
        page.get_by_role("button", name="校验链条").click()
        expect(page.locator(".banner")).to_contain_text("链条完整")
        page.goto(f"{hallway.address}/audit")
        done = page.locator("td[data-name='操作'] strong").all_inner_texts()
        assert done[:2] == ["校验审计日志", "导出审计日志"]


def test_who_showed_the_password_long_ago_is_asked_for_it_and_then_has_the_file(
    small_pair: Pair, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    an_account(small_pair.hall, "auditor")
    signed_in_at = clock.now() - PROOF - timedelta(minutes=1)
    with serving(small_pair.hall) as hallway:
        page = new_page()
        with clock.use(lambda: signed_in_at):
            desks.at_a_desk(page, hallway.address, "auditor")
        page.goto(f"{hallway.address}/audit")
        page.get_by_role("link", name="CSV").click()
        page.get_by_label("密码").fill(PASSWORD)
        with page.expect_download() as download:
            page.get_by_role("button", name="继续").click()
        download.value.save_as(tmp_path / "audit.csv")
        assert download.value.suggested_filename.endswith(".csv")
        assert "sign_in.passed" in (tmp_path / "audit.csv").read_text(encoding="utf-8-sig")
        page.goto("about:blank")
