"""Pages of a document: what is wrong with one, turning, cutting, order, and what cannot be taken."""

import io
import re
import shutil
from functools import cache

import pytest
from sqlalchemy import select

from kiosk.materials.model import Material
from tests.builders import documents
from tests.builders.machines import Pair
from tests.builders.pictures import decoded, encoded
from tests.http.terminal.resident import ITEMS, Forms, Resident, good

ITEM = ITEMS["MZ-006"]
LIST = f"/items/{ITEM.code}/apply/materials"
PAPER = f"{LIST}/household_register"


@cache
def a_page(seed: int, blur: float = 0) -> bytes:
    picture = documents.photographed(documents.a_paper(seed), seed)
    taken = documents.blurred(picture, blur) if blur else picture
    return encoded(taken.resize((1000, 750)), quality=85)


def is_doubtful(resident: Resident) -> bool:
    return "data-doubtful" in resident.page


@pytest.fixture
def applicant(resident: Resident) -> Resident:
    """A resident on the page of a paper that nothing was given for yet."""
    resident.apply_for(ITEM, good(ITEM))
    resident.open(PAPER)
    return resident


def give(resident: Resident, *pictures: bytes, **also: str) -> None:
    files = [(io.BytesIO(each), f"{number}.jpg") for number, each in enumerate(pictures)]
    resident.send({"picture": files, **also})


def pages(resident: Resident) -> list[str]:
    """The ids of the pages in the order they are shown."""
    return re.findall(r'<img src="[^"]*/pictures/([^"]+)"', resident.page)


def loose(pair: Pair) -> set[str]:
    """The pictures of no case, each with its blob and no other blob."""
    terminal = pair.terminal
    with terminal.reading() as session:
        kept = {each.sha256: each for each in session.scalars(select(Material)).all()}
    store = terminal.parts.config.data_dir / "blobs"
    assert {file.name for file in store.rglob("*") if file.is_file()} == set(kept)
    return {each.id for each in kept.values() if each.case_id is None}


def picture(resident: Resident, page: str) -> tuple[int, int]:
    answer = resident.browser.get(f"{PAPER}/pictures/{page}")
    return decoded(answer.data).size


def test_a_blurred_picture_says_why_and_may_be_used_anyway(applicant: Resident) -> None:
    give(applicant, a_page(1, blur=5))
    assert applicant.status == 200
    assert is_doubtful(applicant)
    applicant.open(LIST)
    assert "共1页，请再看一下" in applicant.text
    applicant.open(PAPER)
    applicant.send(action="/use")
    assert not is_doubtful(applicant)
    applicant.open(LIST)
    assert "已收1页" in applicant.text


def test_what_the_browser_has_told_already_is_not_told_again(applicant: Resident) -> None:
    give(applicant, a_page(1, blur=5), anyway="yes")
    assert pages(applicant) and not is_doubtful(applicant)


def test_a_doubtful_picture_holds_nobody_up(applicant: Resident) -> None:
    give(applicant, a_page(1, blur=5))
    applicant.open(LIST)
    applicant.give_all_materials()
    assert applicant.at.endswith("/apply/check")
    assert "请再看一下" in applicant.text


def test_a_picture_taken_again_takes_the_place_of_the_first(applicant: Resident) -> None:
    give(applicant, a_page(1, blur=5), a_page(2))
    first, second = pages(applicant)
    applicant.open(f"{PAPER}/pages/{first}/adjust")
    applicant.send({"picture": (io.BytesIO(a_page(3)), "again.jpg")}, action="/again")
    assert applicant.at == PAPER
    assert pages(applicant)[1] == second and pages(applicant)[0] != first
    assert not is_doubtful(applicant)


def test_pages_are_put_in_another_order_and_removed(applicant: Resident) -> None:
    give(applicant, a_page(1), a_page(2), a_page(3))
    first, second, third = pages(applicant)
    applicant.send({"where": "after"}, action=f"{first}/move")
    assert pages(applicant) == [second, first, third]
    applicant.send({"where": "before"}, action=f"{third}/move")
    assert pages(applicant) == [second, third, first]
    applicant.send({"where": "before"}, action=f"{second}/move")
    assert pages(applicant) == [second, third, first]
    applicant.send({"material": third}, action="/remove")
    assert pages(applicant) == [second, first]


def test_a_page_is_turned_and_cut_without_script(applicant: Resident) -> None:
    give(applicant, a_page(1), a_page(2))
    first, second = pages(applicant)
    applicant.open(f"{PAPER}/pages/{second}/adjust")
    applicant.send({"way": "right"}, action="/turn")
    turned = pages(applicant)[0]
    assert picture(applicant, turned) == (750, 1000)
    applicant.send({"corners": "1000,1000,9000,1000,9000,9000,1000,9000"}, action="/cut")
    assert picture(applicant, pages(applicant)[0]) == (600, 800)
    applicant.open(PAPER)
    assert pages(applicant)[0] == first and len(pages(applicant)) == 2


def test_corners_that_are_none_are_refused_and_the_picture_stays(applicant: Resident) -> None:
    give(applicant, a_page(1))
    kept = pages(applicant)
    for corners in ("", "1,2,3", "a,b,c,d,e,f,g,h", "0,0,0,0,0,0,0,0", "9" * 90):
        applicant.open(f"{PAPER}/pages/{kept[0]}/adjust")
        applicant.send({"corners": corners}, action="/cut")
        assert applicant.status == 422, corners
        assert "围不成一张纸" in applicant.text
        assert pages(applicant) == kept


def test_pictures_that_are_too_large_leave_every_other_way_open(applicant: Resident) -> None:
    large = io.BytesIO(bytes(17 * 1024 * 1024))
    answer = applicant.browser.post(
        PAPER, input_stream=large, content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == 413
    assert "图片太大" in answer.text
    assert {"picture", "picture-error"} <= Forms(answer.text).ids
    assert not large.read(), "what is not read away breaks the connection before the page is seen"
    give(applicant, a_page(1))
    assert len(pages(applicant)) == 1


def test_a_full_store_is_said_on_the_page_and_nothing_is_kept(
    applicant: Resident, small_pair: Pair
) -> None:
    store = small_pair.terminal.parts.config.data_dir / "blobs"
    shutil.rmtree(store, ignore_errors=True)
    store.write_bytes(b"")  # no folder can be made where a file lies
    give(applicant, a_page(1))
    assert applicant.status == 503
    assert "现在存不下来" in applicant.text
    assert "picture" in applicant.ids and not pages(applicant)
    store.unlink()
    applicant.open(PAPER)
    give(applicant, a_page(1))
    assert len(pages(applicant)) == 1


def test_a_page_of_another_browser_is_neither_shown_nor_changed(
    applicant: Resident, small_pair: Pair
) -> None:
    give(applicant, a_page(1))
    page = pages(applicant)[0]
    other = Resident(small_pair.terminal)
    other.open(f"{PAPER}/pages/{page}/adjust")
    assert other.status == 404


def test_a_page_of_an_application_is_deleted_when_it_is_removed_or_replaced(
    applicant: Resident, small_pair: Pair
) -> None:
    give(applicant, a_page(1), a_page(2))
    first, second = pages(applicant)
    applicant.open(f"{PAPER}/pages/{second}/adjust")
    applicant.send({"way": "right"}, action="/turn")
    applicant.open(PAPER)
    assert second not in pages(applicant) and loose(small_pair) == set(pages(applicant))
    applicant.send({"material": first}, action="/remove")
    assert len(pages(applicant)) == 1 and loose(small_pair) == set(pages(applicant))
