"""The help service and the approvals of construction: what ships, and how what is broken is named."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from forms import catalogue as authoring
from forms.approvals import WHOLE_LIMIT, finished_after
from forms.catalogue import check, load
from forms.definition import Text
from forms.release import Catalogue, open_release
from forms.source import Problem

PUBLIC, INVESTMENT = "help/public_services.yaml", "help/investment.yaml"
FEATURES, ALLOWANCE = "help/features.yaml", "items/MZ-006.yaml"
LAND, PLANNING, BUILDING = (
    f"construction/{name}.yaml" for name in ("1_land", "2_planning", "3_building")
)
COUNTS = {"investment": 10, "public_service": 2}


@pytest.fixture
def helping(source: Path) -> Path:
    """The copy of two items with the help for these two, all of investment and the approvals."""
    for folder in ("help", "construction"):
        shutil.copytree(authoring.HERE / folder, source / folder)
    file = source / PUBLIC
    head, *entries = re.split(r"(?m)^(?=  - code: )", file.read_text("utf-8"))
    kept = [each for each in entries if re.search(r"linked: (MZ-006|YB-14)\n", each)]
    file.write_text(head + "".join(kept), "utf-8")
    return source


@pytest.fixture
def broken(helping: Path) -> Callable[[str, str, str], list[Problem]]:
    """Replace the first `old` in a file by `new` and return the problems."""

    def change(file: str, old: str, new: str) -> list[Problem]:
        path = helping / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
        return check(helping, help_counts=COUNTS)

    return change


def test_65_help_items_ship_of_which_10_are_for_investment(catalogue: Catalogue) -> None:
    service = catalogue.help_items
    assert list(service.items) == [f"BD-{number:03}" for number in range(1, 66)]
    assert (len(service.of("investment")), len(service.of("public_service"))) == (10, 55)
    assert len(service.features) == 6


def test_every_help_item_leads_to_a_service_item_or_an_approval(catalogue: Catalogue) -> None:
    for item in catalogue.help_items.of("public_service"):
        assert catalogue.item(item.linked).help_available
        assert item.name.zh == f"{catalogue.item(item.linked).name.zh}帮代办"
    for item in catalogue.help_items.of("investment"):
        assert catalogue.construction.approval(item.linked).name


def test_help_is_found_from_the_service_item(catalogue: Catalogue) -> None:
    found = catalogue.help_items.linked_to("MZ-006")
    assert found and found.code == "BD-015"
    assert [feature.code for feature in found.features] == [
        "pre_check",
        "deferral",
        "extended_hours",
        "online",
    ]
    for code, item in catalogue.items.items():
        assert (catalogue.help_items.linked_to(code) is not None) == item.help_available


def test_every_stage_keeps_its_limit_and_the_whole_keeps_fifty_days(catalogue: Catalogue) -> None:
    stages = catalogue.construction.stages
    assert [(stage.number, stage.limit, stage.longest) for stage in stages] == [
        (1, 12, 11),
        (2, 13, 13),
        (3, 13, 11),
        (4, 12, 10),
    ]
    assert sum(stage.limit for stage in stages) == WHOLE_LIMIT == 50


def test_days_that_do_not_count_take_none(catalogue: Catalogue) -> None:
    land = catalogue.construction.stages[0]
    assert finished_after(land.approvals)["GJ-103"] == 1
    assert not catalogue.construction.approval("GJ-103").counted


def test_an_approval_that_is_not_there_is_a_key_error(catalogue: Catalogue) -> None:
    with pytest.raises(KeyError):
        catalogue.construction.approval("GJ-999")


def test_help_and_construction_are_in_the_release(catalogue: Catalogue, tmp_path: Path) -> None:
    opened = open_release(authoring.build(catalogue, tmp_path))
    assert opened.help_items == catalogue.help_items
    assert opened.construction == catalogue.construction


def test_a_catalogue_may_have_no_help_at_all(source: Path) -> None:
    loaded = load(source)
    assert (loaded.help_items.items, loaded.construction.stages) == ({}, ())


def test_the_copy_with_help_is_good(helping: Path) -> None:
    assert check(helping, help_counts=COUNTS) == []
    assert load(helping).help_items.items["BD-015"].provenance != Text("", "")


BREAKS = [
    ("a code twice", PUBLIC, "BD-063", "BD-015", PUBLIC, 11, "BD-015 is already used"),
    ("help given twice", INVESTMENT, "GJ-104", "GJ-101", INVESTMENT, 13, "already has the help"),
    ("no such item", PUBLIC, "linked: YB-14", "linked: YB-99", PUBLIC, 13, "no service item YB-99"),
    ("no such approval", INVESTMENT, "GJ-101", "GJ-901", INVESTMENT, 9, "no approval GJ-901"),
    ("an item for an approval", INVESTMENT, "GJ-101", "MZ-006", INVESTMENT, 9, "no approval MZ-0"),
    ("no such feature", PUBLIC, "[pre_check,", "[precheck,", PUBLIC, 10, "no feature 'precheck'"),
    ("a feature twice", PUBLIC, "[pre_check,", "[online,", PUBLIC, 10, "'online' is given twice"),
    ("a feature defined twice", FEATURES, "code: online", "code: express", FEATURES, 27, "twice"),
    ("an item without help", ALLOWANCE, "help_available: true", "help_available: false", PUBLIC, 9, "says that it has no help"),
    ("express that there is not", PUBLIC, "online]", "express]", PUBLIC, 10, "not delivered by express"),
    ("no English", PUBLIC, 'en: "Help with: Old-age (80+) allowance claim"', 'en: ""', PUBLIC, 8, "no English"),
    ("feature without English", FEATURES, "en: Online handling", "en: 网上办理", FEATURES, 23, "has Chinese"),
    ("no such domain", PUBLIC, "domain: public_service", "domain: public", PUBLIC, 2, "one of investment"),
    ("nobody to wait for", LAND, "[GJ-101]", "[GJ-901]", LAND, 22, "no approval GJ-901"),
    ("a later stage", LAND, "[GJ-101]", "[GJ-201]", LAND, 22, "of a later stage"),
    ("a circle", LAND, "predecessors: []", "predecessors: [GJ-104]", LAND, 14, "GJ-101 waits for itself"),
    ("an approval twice", PLANNING, "code: GJ-203", "code: GJ-101", PLANNING, 26, "GJ-101 is already used"),
    ("a chain over the limit", LAND, "working_days: 5", "working_days: 7", LAND, 5, "takes 13 working days, over 12"),
    ("limits over fifty", BUILDING, "limit: 13", "limit: 14", "construction/4_completion.yaml", 5, "add up to 51"),
    ("a stage left out", PLANNING, "number: 2", "number: 5", BUILDING, 3, "this should be 2"),
    ("no such relation", LAND, "relation: serial", "relation: in_turn", LAND, 13, "one of serial"),
    ("days in words", LAND, "working_days: 1", "working_days: one", LAND, 15, "a whole number"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "where", "line", "reason"),
    [case[1:] for case in BREAKS],
    ids=[case[0] for case in BREAKS],
)
def test_what_is_broken_is_named_with_file_line_and_reason(
    broken: Callable[[str, str, str], list[Problem]],
    file: str,
    old: str,
    new: str,
    where: str,
    line: int,
    reason: str,
) -> None:
    problems = broken(file, old, new)
    found = [
        problem.reason for problem in problems if (problem.file, problem.line) == (where, line)
    ]
    assert any(reason in each for each in found), problems


def test_counts_that_differ_are_told(helping: Path) -> None:
    problems = check(helping, help_counts={"investment": 11, "public_service": 2})
    assert problems == [
        Problem("help", 1, "there are 10 help items of investment and should be 11")
    ]


def test_an_item_that_says_it_has_help_must_have_some(helping: Path) -> None:
    file = helping / PUBLIC
    head, *entries = re.split(r"(?m)^(?=  - code: )", file.read_text("utf-8"))
    file.write_text(head + entries[0], "utf-8")
    found = [str(problem) for problem in check(helping, help_counts=COUNTS)]
    assert any(
        re.match(r"items/YB-14.yaml:\d+: YB-14 says that it has help", each) for each in found
    )
