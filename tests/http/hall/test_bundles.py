"""The desk sees with what else a case was handed in, and can turn to it."""

import pytest
from sqlalchemy import select

from kiosk.cases import service
from kiosk.cases.model import Case
from tests.builders.bundles import a_bundle
from tests.builders.cases import a_case_at
from tests.builders.clerks import signed_in


@pytest.fixture
def cases(small_pair) -> list[Case]:
    terminal = small_pair.terminal
    submission = a_bundle(terminal, "YJS-04", "RS-011", "RS-017").submission()
    terminal.within(service.submit, terminal.parts, submission, "key")
    small_pair.settle()
    with small_pair.hall.reading() as session:
        return list(session.scalars(select(Case).order_by(Case.id)))


def test_a_case_of_a_bundle_names_it_and_leads_to_its_sisters(small_pair, cases):
    first, second = cases
    page = signed_in(small_pair.hall, "clerk").page(f"/desk/{first.id}")
    assert "高校毕业生就业一件事" in page
    assert f"/desk/{second.id}" in page
    assert "就业创业证申领" in page


def test_a_case_by_itself_has_no_sisters(small_pair, cases):
    receipt = a_case_at(small_pair.terminal)
    small_pair.settle()
    page = signed_in(small_pair.hall, "clerk").page(f"/desk/{receipt.case_id}")
    assert "一并提交" not in page


def test_a_case_of_another_terminal_is_no_sister_whatever_it_says(small_pair, cases):
    first, second = cases
    with small_pair.hall.writing() as session:
        session.get_one(Case, second.id).terminal_id = "0" * 36
    page = signed_in(small_pair.hall, "clerk").page(f"/desk/{first.id}")
    assert f"/desk/{second.id}" not in page
