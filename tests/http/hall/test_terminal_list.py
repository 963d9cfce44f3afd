"""The list of many terminals: filters, pages by place, search, the table, the wall, the news."""

import json

import pytest

from kiosk.hall.looking_for import PAGE
from tests.builders import fleets
from tests.builders.clerks import signed_in


@pytest.fixture
def numbers(small_pair):
    return fleets.a_fleet(small_pair.hall, well=2 * PAGE)


def listed(person, path):
    return list(fleets.numbers_on(person.page(path)))


def test_the_worst_come_first_and_pages_leave_nobody_out(small_pair, numbers):
    admin = signed_in(small_pair.hall, "admin")
    page, found, path = admin.page("/terminals"), [], "/terminals"
    assert set(fleets.numbers_on(page)) >= {numbers["silent"], numbers["old"], numbers["forked"]}
    for _ in range(4):
        page = admin.page(path)
        found += fleets.numbers_on(page)
        after = page.split('rel="next" href="')
        if len(after) == 1:
            break
        path = after[1].split('"', 1)[0]
    # The one of the pair, the fleet, each once.
    assert len(found) == len(set(found)) == 1 + len(numbers) + 2 * PAGE
    assert found[:3] == sorted([numbers["silent"], numbers["old"], numbers["forked"]])
    before = page.split('rel="prev" href="')[1].split('"', 1)[0]
    assert (
        listed(admin, before) == found[-PAGE - len(listed(admin, path)) : -len(listed(admin, path))]
    )


def test_a_terminal_whose_light_changes_moves_and_no_other_is_left_out(small_pair, numbers):
    admin = signed_in(small_pair.hall, "admin")
    first = admin.page("/terminals")
    following = first.split('rel="next" href="')[1].split('"', 1)[0]
    expected = listed(admin, following)
    fleets.changed(small_pair.hall, numbers["silent"], standing="revoked")
    assert listed(admin, following) == expected


def test_a_reason_finds_its_terminals_and_words_find_the_same(small_pair, numbers):
    admin = signed_in(small_pair.hall, "admin")
    for code in ("silent", "old", "late", "skewed", "disk", "error", "paused"):
        page = admin.page(f"/terminals?why={code}")
        assert list(fleets.numbers_on(page)) == [numbers[code]]
        assert listed(admin, f"/terminals?q={numbers[code]}") == [numbers[code]]
        light = page.split('class="sheet unit unit_')[1].split('"')[0]
        assert listed(admin, f"/terminals?light={light}&q={numbers[code]}") == [numbers[code]]


def test_what_is_unknown_in_the_address_is_no_filter(small_pair, numbers):
    admin = signed_in(small_pair.hall, "admin")
    everything = listed(admin, "/terminals")
    for query in ("light=blue", "why=x", "view=3", "after=%27", "before=9-1"):
        assert listed(admin, f"/terminals?{query}") == everything


def test_a_filter_that_matches_nothing_says_so(small_pair, numbers):
    page = signed_in(small_pair.hall, "admin").page("/terminals?q=那里没有这样的")
    assert "没有符合条件的终端" in page
    assert list(fleets.numbers_on(page)) == []


def test_a_station_is_found_by_its_pinyin_with_and_without_a_space(small_pair):
    admin = signed_in(small_pair.hall, "admin")
    for words in ("qianxi", "Qianxi Comm", "qianxicommunity", "前溪 100001"):
        assert listed(admin, f"/terminals?q={words}") == ["100001"]


def test_the_table_holds_what_was_found_and_no_formula(small_pair, numbers):
    fleets.changed(small_pair.hall, numbers["error"], station_name='=HYPERLINK("http://x")')
    auditor = signed_in(small_pair.hall, "auditor")
    answer = auditor.get("/terminals/export.csv?light=yellow")
    lines = answer.get_data(as_text=True).splitlines()
    assert answer.content_type.startswith("text/csv")
    assert lines[0].startswith("\ufeff")
    assert len(lines) == 1 + len(listed(auditor, "/terminals?light=yellow"))
    assert any("\"'=HYPERLINK" in line for line in lines)
    assert signed_in(small_pair.hall, "clerk").get("/terminals/export.csv").status_code == 403


def test_the_wall_has_a_square_for_each_and_the_map_says_that_nothing_is_known(small_pair, numbers):
    admin = signed_in(small_pair.hall, "admin")
    assert admin.page("/terminals?view=wall").count('class="brick ') == 64
    assert "还没有任何位置" in admin.page("/terminals?view=map")


def test_measured_positions_make_a_map_and_made_up_ones_do_not(small_pair):
    admin = signed_in(small_pair.hall, "admin")
    file = small_pair.hall.parts.config.data_dir / "positions.json"
    places = {"320582100008": {"lat": 31.86, "lon": 120.55}}
    try:
        file.write_text(json.dumps({"measured": False, "stations": places}))
        assert "还没有任何位置" in admin.page("/terminals?view=map")
        file.write_text(json.dumps({"measured": True, "stations": places}))
        assert "<circle" in admin.page("/terminals?view=map")
        file.write_text("{")
        assert "还没有任何位置" in admin.page("/terminals?view=map")
    finally:
        file.unlink()


def test_the_news_name_the_rows_of_the_page_and_change_with_them(small_pair, numbers):
    admin = signed_in(small_pair.hall, "admin")

    def told():
        stream = admin.client.get("/terminals/live?why=disk", buffered=False)
        lines = stream.iter_encoded()
        next(lines)
        found = json.loads(next(lines).decode().removeprefix("data: "))
        stream.close()
        return found

    first = told()
    assert [number for number, _mark in first["rows"]] == [numbers["disk"]]
    page = admin.page("/terminals?why=disk")
    assert f'data-mark="{first["rows"][0][1]}"' in page
    fleets.changed(small_pair.hall, numbers["disk"], reported_pending=3)
    assert told()["rows"] != first["rows"]
    assert told()["lights"] == first["lights"]
    assert signed_in(small_pair.hall, "clerk").get("/terminals/live").status_code == 403


def test_programs_read_all_terminals_a_page_at_a_time(small_pair, numbers):
    admin, found, after = signed_in(small_pair.hall, "admin"), [], ""
    while after is not None:
        answer = admin.get(f"/api/v1/terminals?limit=20&after={after}").get_json()
        found += [row["number"] for row in answer["terminals"]]
        after = answer["next"]
    assert len(found) == len(set(found)) == 1 + len(numbers) + 2 * PAGE
    assert admin.get("/api/v1/terminals").get_json()["next"] is None
    assert admin.get("/api/v1/terminals?after=x").status_code == 422


def test_a_page_is_light(small_pair, numbers):
    answer = signed_in(small_pair.hall, "admin").get("/terminals")
    assert len(answer.data) < 120_000
