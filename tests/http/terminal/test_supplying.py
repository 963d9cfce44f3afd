"""Pictures of what was promised: looked over as any others, and gone when nobody wants them."""

import io

import pytest

from tests.builders.machines import Pair
from tests.builders.promises import WANTED
from tests.http.terminal.resident import Forms, Resident
from tests.http.terminal.test_pictures import a_page, give, is_doubtful, loose, pages

SUPPLY = f"/progress/supply/{WANTED}"


@pytest.fixture
def supplier(small_pair: Pair, resident: Resident, number: str) -> Resident:
    """Somebody at a kiosk on the page of what was promised."""
    resident.browser.set_cookie("device", "0123456789abcdef")
    resident.open(SUPPLY)
    assert resident.status == 200
    return resident


def test_a_blurred_picture_of_what_was_promised_says_why_and_may_be_used_anyway(
    supplier: Resident,
) -> None:
    give(supplier, a_page(1, blur=5))
    assert is_doubtful(supplier) and "js/capture" in supplier.page
    supplier.send({"material": pages(supplier)[0]}, action="/use")
    assert pages(supplier) and not is_doubtful(supplier)


def test_a_picture_taken_again_takes_the_place_of_the_first_which_is_deleted(
    supplier: Resident, small_pair: Pair
) -> None:
    before = loose(small_pair)
    give(supplier, a_page(1, blur=5), a_page(2))
    first, second = pages(supplier)
    supplier.open(next(link for link in supplier.links if "again=" in link))
    supplier.send({"picture": (io.BytesIO(a_page(3)), "again.jpg")}, action="again=")
    assert pages(supplier)[1] == second and pages(supplier)[0] != first
    assert not is_doubtful(supplier) and loose(small_pair) - before == set(pages(supplier))


def test_pictures_that_no_case_has_are_deleted_when_removed_and_when_the_visit_ends(
    supplier: Resident, small_pair: Pair
) -> None:
    before = loose(small_pair)
    give(supplier, a_page(1), a_page(2))
    supplier.send({"material": pages(supplier)[0]}, action="/remove")
    assert len(pages(supplier)) == 1 and loose(small_pair) - before == set(pages(supplier))
    supplier.send(action="/end")
    assert supplier.at == "/" and loose(small_pair) == before


def test_pictures_that_are_too_large_leave_the_page_of_what_was_promised(
    supplier: Resident,
) -> None:
    large = io.BytesIO(bytes(17 * 1024 * 1024))
    answer = supplier.browser.post(
        SUPPLY, input_stream=large, content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == 413
    assert {"picture", "picture-error"} <= Forms(answer.text).ids
    assert not large.read(), "what is not read away breaks the connection before the page is seen"
