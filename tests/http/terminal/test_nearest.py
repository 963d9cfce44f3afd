"""The stations around this one: near ones first, open or not, and what is not measured says so."""

import json
import re
from datetime import datetime

import pytest

from forms.definition import Text
from kiosk import clock
from kiosk.cli import demo
from kiosk.terminal import nearby
from kiosk.terminal.nearby import Hours, Place
from tests.builders.machines import STATION, Pair
from tests.http.terminal.resident import Resident

NEIGHBOUR, FAR = "320582100010", "320582100011"
HOURS = {"confirmed": True, "days": "working", "spans": [["08:30", "11:30"], ["13:30", "17:00"]]}


def write_positions(pair: Pair, text: str) -> None:
    (pair.terminal.parts.config.data_dir / nearby.NAME).write_text(text)


def measured(pair: Pair) -> None:
    told = {
        "measured": True,
        "hours": HOURS,
        "stations": {
            STATION: {"lat": 31.8700, "lon": 120.5500},
            NEIGHBOUR: {"lat": 31.8750, "lon": 120.5500, "without": ["MZ-001"]},
            FAR: {"lat": 31.9000, "lon": 120.5500, "address": "人民路1号"},
        },
    }
    write_positions(pair, json.dumps(told))


def names(resident: Resident) -> list[str]:
    return re.findall(r'near__name"><b>([^<]+)', resident.page)


def test_a_station_in_service_shows_no_place_that_nobody_has_measured(
    small_pair, resident: Resident
):
    resident.open("/nearest")
    assert len(names(resident)) == 76 and "西门社区居委会" in names(resident)
    assert "<svg viewBox" not in resident.page and "分钟" not in resident.text
    assert "应已开放" not in resident.text and "可能没开" not in resident.text
    assert "请先问工作人员" in resident.text
    assert "15分钟便民服务圈" not in resident.open("/station")
    assert resident.open("/nearest?item=MZ-001") and len(names(resident)) == 76


def test_what_is_there_for_trying_out_is_said_to_be_a_sketch(small_pair, resident: Resident):
    folder = small_pair.terminal.parts.config.data_dir
    demo.lay_out_sketch(folder)
    resident.open("/nearest")
    assert "位置是编出来的" in resident.text and "您在这里" in resident.text
    assert "应已开放" in resident.text or "可能没开" in resident.text
    assert len(names(resident)) == 76


def test_measured_places_are_listed_by_the_way_on_foot(small_pair, resident: Resident):
    measured(small_pair)
    at_ten = datetime(2026, 11, 26, 10, tzinfo=clock.LOCAL)
    with clock.use(lambda: at_ten):
        resident.open("/nearest")
    assert "位置是编出来的" not in resident.text
    assert names(resident) == ["庆丰社区居委会", "西门社区居委会"]
    # 0.005° of latitude are 556 m; by the streets 723 m, at 67 m in a minute.
    assert "步行11分钟" in resident.text and "约720米" in resident.text
    assert "正在服务" in resident.text and "步行15分钟内有1个服务站" in resident.text


def test_a_station_that_does_not_take_an_item_is_left_out_for_it(small_pair, resident: Resident):
    measured(small_pair)
    resident.open("/items/MZ-001")
    resident.open(next(link for link in resident.links if link.startswith("/nearest")))
    assert names(resident) == ["西门社区居委会"]
    assert resident.browser.get("/nearest?item=XX-999").status_code == 404


def test_the_sketch_takes_the_place_of_no_positions_that_are_there(small_pair, resident: Resident):
    measured(small_pair)
    demo.lay_out_sketch(small_pair.terminal.parts.config.data_dir)
    assert "位置是编出来的" not in resident.open("/nearest") and len(names(resident)) == 2


def test_a_file_that_cannot_be_used_leaves_the_list_without_places(small_pair, resident: Resident):
    for text in ("{", "[]", '{"stations": {}}', '{"stations": {"1": {"lat": 99}}}'):
        write_positions(small_pair, text)
        resident.open("/nearest")
        assert resident.status == 200 and "位置是编出来的" not in resident.text, text
        assert "<svg viewBox" not in resident.page and len(names(resident)) == 76, text


def test_before_enrolment_stations_are_listed_without_a_way(terminal):
    stranger = Resident(terminal)
    stranger.open("/nearest")
    assert stranger.status == 200 and "分钟" not in "".join(names(stranger))
    assert "<svg viewBox" not in stranger.page


def test_nothing_is_open_on_a_holiday_or_at_noon():
    hours = nearby.places(nearby.SKETCH.parent)[STATION].hours
    for moment, is_open in [
        ((2026, 10, 1, 10), False),
        ((2026, 10, 9, 10), True),
        ((2026, 10, 9, 12), False),
        ((2026, 10, 9, 17), False),
    ]:
        assert hours.is_open(datetime(*moment, tzinfo=clock.LOCAL)) is is_open


def test_distances_agree_with_a_known_one():
    nowhere = Hours(True, False, ())
    one, other = Place(31.0, 120.0, nowhere, True), Place(32.0, 120.0, nowhere, True)
    assert nearby.metres_between(one, other) == pytest.approx(111_195, abs=5)
    found = nearby.around(
        "a", {"a": Text("甲", "A"), "b": Text("乙", "B")}, {"a": one, "b": other}, None
    )
    assert [each.code for each in found] == ["a", "b"]
    assert found[1].north == pytest.approx(111_195, abs=5)
