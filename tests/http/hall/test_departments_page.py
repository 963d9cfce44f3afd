"""The pages *Departments and windows* and *Stations*: shown, changed, and held to what is known."""

import pytest

from kiosk.hall import dividing
from kiosk.operators.departments import Department, DepartmentAuthority, DepartmentWindow
from tests.builders.clerks import an_account, signed_in
from tests.builders.machines import STATION

LEGAL = "张家港市司法局"


@pytest.fixture
def hall(small_pair):
    return small_pair.hall


@pytest.fixture
def admin(hall):
    person = signed_in(hall, "admin")
    person.send("/departments", "/departments")
    return person


def windows(hall, code):
    with hall.reading() as session:
        found = session.query(DepartmentWindow).filter_by(department=code)
        return sorted(each.number for each in found)


def change(admin, which, **values):
    whole = {"name_zh": "人社局", "name_en": "Human resources", "windows": "10-17", **values}
    return admin.send(f"/departments/{which}", f"/departments/{which}", **whole)


def test_until_they_are_set_up_the_page_says_so_and_offers_it(hall):
    person = signed_in(hall, "admin")
    assert "还没有设置部门" in person.page("/departments")
    assert person.send("/departments", "/departments").status_code == 303
    page = person.page("/departments")
    assert "10 个部门" in page and "49 个窗口" in page
    assert LEGAL in page


def test_a_window_that_is_taken_leaves_the_department_that_had_it(hall, admin):
    taken = windows(hall, "MZ")[0]
    sent = change(admin, "RS", windows=f"10–12，{taken}", authorities=[LEGAL])
    assert sent.status_code == 303
    assert windows(hall, "RS") == [10, 11, 12, taken]
    assert taken not in windows(hall, "MZ")
    with hall.reading() as session:
        assert session.get_one(DepartmentAuthority, LEGAL).department == "RS"
        given_up = session.get(DepartmentAuthority, "张家港市人力资源和社会保障局")
        assert given_up is None
        assert session.get_one(DepartmentWindow, 13).department is None


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"windows": "ten"}, "windows"),
        ({"windows": "9-3"}, "windows"),
        ({"windows": "0"}, "windows"),
        ({"name_zh": ""}, "name_zh"),
        ({"name_en": "x" * 81}, "name_en"),
        ({"authorities": ["没有的局"]}, "authorities"),
    ],
)
def test_what_cannot_be_is_named_and_nothing_is_stored(hall, admin, values, field):
    before = windows(hall, "RS"), hall.row_counts()
    sent = change(admin, "RS", **values)
    assert sent.status_code == 422
    assert f'id="{field}-error"' in sent.get_data(as_text=True)
    assert (windows(hall, "RS"), hall.row_counts()) == before


def test_a_department_is_added_once_and_by_a_code_of_letters(hall, admin):
    assert change(admin, "new", code="sf", windows="", authorities=[LEGAL]).status_code == 303
    with hall.reading() as session:
        assert session.get(Department, "SF") is not None
    assert change(admin, "new", code="SF", windows="").status_code == 409
    assert change(admin, "new", code="1", windows="").status_code == 422
    assert admin.get("/departments/NO").status_code == 404


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("", ()), ("5", (5,)), ("5-7, 9", (5, 6, 7, 9)), ("3，1、2", (1, 2, 3)), ("8至9", (8, 9))],
)
def test_windows_are_read_as_people_write_them(text, numbers):
    assert dividing.as_numbers(text) == set(numbers)


def test_windows_are_written_in_runs():
    assert dividing.as_text([3, 1, 2, 7, 9, 10]) == "1-3, 7, 9-10"


def test_stations_are_listed_with_terminals_and_staff_and_narrowed(hall, admin):
    an_account(hall, "staff", "zhou", (STATION,))
    page = admin.page("/stations?which=with")
    assert STATION in page and "1 台终端" in page and "名字-zhou" in page
    assert page.count('class="under number">3205') == 1
    assert STATION not in admin.page("/stations?which=without")
    assert "没有这样的服务站" in admin.page("/stations?q=nowhere")
    assert STATION in admin.page(f"/stations?q={STATION}&which=nonsense")
