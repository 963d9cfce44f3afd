"""The help service at the terminal: what it is, what it is for, and where it is told."""

import re

import pytest

from tests.builders.machines import Pair
from tests.http.terminal.resident import Resident


def features_told(page: str) -> list[str]:
    block = re.search(r'<ul class="offers">(.*?)</ul>', page, re.S)
    return re.findall(r"<b>(.*?)</b>", block[1]) if block else []


def in_english(resident: Resident) -> None:
    resident.browser.set_cookie("lang", "en")


def test_the_way_to_the_help_service_leads_through_asking_the_staff(resident: Resident) -> None:
    resident.open("/")
    assert "/station" in resident.links
    resident.open("/station")
    assert "/help" in resident.links


def test_the_help_service_tells_its_six_features(resident: Resident) -> None:
    resident.open("/help")
    assert features_told(resident.page) == [
        "提前介入",
        "网上预审",
        "容缺受理",
        "延时服务",
        "网上办理",
        "快递送达",
    ]


def test_every_public_help_item_is_found_by_its_department(
    resident: Resident, small_pair: Pair
) -> None:
    resident.open("/help")
    found: list[str] = []
    for department in [link for link in resident.links if "/help?of=" in link]:
        resident.open(department)
        found += [link for link in resident.links if link.startswith("/items/")]
    helped = small_pair.terminal.parts.catalogue.help_items.of("public_service")
    assert len(found) == 55
    assert sorted(found) == sorted(f"/items/{item.linked}" for item in helped)


def test_a_department_that_there_is_not_is_not_found(resident: Resident) -> None:
    resident.open("/help?of=nobody")
    assert resident.status == 404


def test_projects_show_ten_matters_and_four_stages_with_their_approvals(
    resident: Resident, small_pair: Pair
) -> None:
    resident.open("/help/projects")
    catalogue = small_pair.terminal.parts.catalogue
    for item in catalogue.help_items.of("investment"):
        assert item.name.zh in resident.text
        assert f'id="{item.linked}"' in resident.page
    for stage in catalogue.construction.stages:
        assert f'id="stage-{stage.number}"' in resident.page
        for approval in stage.approvals:
            assert approval.name.zh in resident.text
            assert approval.note.zh in resident.text
    assert "审批最多 50 个工作日" in resident.text


def test_the_line_of_an_approval_begins_where_the_one_before_ends(resident: Resident) -> None:
    resident.open("/help/projects")
    taken = {
        code: tuple(map(int, drawn))
        for code, *drawn in re.findall(
            r'<li id="(GJ-\d+)">(?:(?!</li>).)*?spans__taken" x="(\d+)" width="(\d+)"',
            resident.page,
            re.S,
        )
    }
    assert (taken["GJ-101"], taken["GJ-102"], taken["GJ-104"]) == ((0, 1), (1, 5), (6, 5))
    assert "GJ-103" not in taken


@pytest.mark.parametrize("code", ["MZ-006", "RS-001"])
def test_a_guide_tells_the_help_for_its_item(
    resident: Resident, small_pair: Pair, code: str
) -> None:
    resident.open(f"/items/{code}")
    found = small_pair.terminal.parts.catalogue.help_items.linked_to(code)
    assert found is not None
    assert features_told(resident.page) == [feature.label.zh for feature in found.features]
    assert {"/help", "/station"} <= set(resident.links)


def test_a_guide_of_an_item_without_help_offers_none(resident: Resident, small_pair: Pair) -> None:
    items = small_pair.terminal.parts.catalogue.items.values()
    without = next(item.code for item in items if not item.help_available)
    resident.open(f"/items/{without}")
    assert features_told(resident.page) == []
    assert "/help" not in resident.links


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/help", "Early involvement"),
        ("/help?of=张家港市民政局", "Temporary relief"),
        ("/help/projects", "Planning permit for construction land"),
        ("/items/MZ-006", "Online pre-check"),
    ],
)
def test_help_is_told_in_english_too(resident: Resident, path: str, words: str) -> None:
    in_english(resident)
    resident.open(path)
    assert words in resident.text
