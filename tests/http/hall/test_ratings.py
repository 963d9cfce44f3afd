"""Ratings at the hall: counts, and no more than counts."""

from kiosk.cases.model import Rating
from tests.builders.clerks import signed_in
from tests.builders.machines import Machine


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


def test_an_item_with_few_ratings_is_in_the_sum_alone(a_hall) -> None:
    hall = a_hall("sqlite")
    rated(hall, "MZ-001", 5, 5, 4, 3, 1)
    rated(hall, "MZ-002", 2)
    page = signed_in(hall, "auditor").page("/ratings")
    names = hall.parts.catalogue.items
    assert names["MZ-001"].name.zh in page and "80 %" in page
    assert names["MZ-002"].name.zh not in page and "67 %" in page
    assert "办得慢" in page


def test_those_who_are_rated_do_not_see_them(a_hall) -> None:
    hall = a_hall("sqlite")
    clerk = signed_in(hall, "clerk")
    assert clerk.get("/ratings").status_code == 403
    assert "/ratings" not in clerk.page("/desk")
