"""Ratings at the hall: counts, and no more than counts."""

from kiosk.cases.model import Rating
from tests.builders.clerks import signed_in
from tests.builders.machines import Machine

ITEMS = ("MZ-001", "MZ-002", "MZ-003")


def rated(hall: Machine, item: str, *grades: int) -> None:
    with hall.writing() as session:
        for number, grade in enumerate(grades):
            tags = '["slow"]' if grade < 3 else "[]"
            session.add(
                Rating(
                    terminal_id="t",
                    entry_id=f"{item}-{number}",
                    station_code="320582100008",
                    item=item,
                    grade=grade,
                    tags=tags,
                )
            )


def names_on(page: str, hall: Machine) -> set[str]:
    items = hall.parts.catalogue.items
    return {code for code in ITEMS if items[code].name.zh in page}


def test_an_item_with_few_ratings_and_one_beside_it_are_in_the_sum_alone(a_hall) -> None:
    hall = a_hall("sqlite")
    rated(hall, "MZ-001", 5, 5, 4, 3, 1, 5)
    rated(hall, "MZ-002", 2)
    rated(hall, "MZ-003", 5, 4, 3, 4, 5)
    page = signed_in(hall, "auditor").page("/ratings")
    # Else the one rating of MZ-002 would be the sum less the others.
    assert names_on(page, hall) == {"MZ-001"}
    assert "83 %" in page


def test_few_ratings_of_two_items_are_not_what_the_others_leave_of_the_sum(a_hall) -> None:
    hall = a_hall("sqlite")
    rated(hall, "MZ-001", 5, 5, 4, 3, 1, 5)
    rated(hall, "MZ-002", 2)
    rated(hall, "MZ-003", 5)
    assert names_on(signed_in(hall, "auditor").page("/ratings"), hall) == set()


def test_enough_ratings_everywhere_leave_nothing_out(a_hall) -> None:
    hall = a_hall("sqlite")
    for code in ITEMS:
        rated(hall, code, 5, 5, 4, 3, 1)
    assert names_on(signed_in(hall, "auditor").page("/ratings"), hall) == set(ITEMS)


def test_nothing_is_counted_before_enough_have_rated(a_hall) -> None:
    hall = a_hall("sqlite")
    rated(hall, "MZ-001", 1, 1, 1, 1)
    page = signed_in(hall, "auditor").page("/ratings")
    assert "评价还不到 5 个" in page
    assert "<td" not in page and "办得慢" not in page and " %" not in page


def test_what_few_found_wrong_is_not_told(a_hall) -> None:
    hall = a_hall("sqlite")
    rated(hall, "MZ-001", 1, 1, 2, 2, 5)
    auditor = signed_in(hall, "auditor")
    assert "办得慢" not in auditor.page("/ratings")
    rated(hall, "MZ-002", 1, 5, 5, 5, 5)
    assert "办得慢" in auditor.page("/ratings")


def test_those_who_are_rated_do_not_see_them(a_hall) -> None:
    hall = a_hall("sqlite")
    clerk = signed_in(hall, "clerk")
    assert clerk.get("/ratings").status_code == 403
    assert "/ratings" not in clerk.page("/desk")


def test_of_many_ratings_the_counts_are_kept_for_a_moment(a_hall, monkeypatch) -> None:
    hall = a_hall("sqlite")
    auditor = signed_in(hall, "auditor")
    rated(hall, "MZ-001", 5, 5, 5, 5, 5)
    assert names_on(auditor.page("/ratings"), hall) == {"MZ-001"}
    monkeypatch.setattr("kiosk.hall.ratings.MANY", 4)
    auditor.page("/ratings")
    rated(hall, "MZ-002", 5, 5, 5, 5, 5)
    assert names_on(auditor.page("/ratings"), hall) == {"MZ-001"}
    monkeypatch.setattr("kiosk.hall.ratings.COUNTED_SECONDS", 0.0)
    assert names_on(auditor.page("/ratings"), hall) == {"MZ-001", "MZ-002"}
