"""The plan of the made-up year comes to the sums of the town's published account."""

from collections import Counter

import pytest

from kiosk.config import Config
from kiosk.core import create_core
from kiosk.demo_year import plan as planning
from kiosk.demo_year.bundled import TOGETHER
from kiosk.demo_year.plan import Plan, plan
from kiosk.demo_year.schedule import schedule
from kiosk.pages.divisions import divisions


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    app = create_core(Config("hall", tmp_path_factory.mktemp("hall")))
    return app.extensions["kiosk"].catalogue


@pytest.fixture(scope="module")
def whole(catalogue) -> Plan:
    return plan(catalogue, list(divisions(catalogue)), 2025, 1.0, 1)


def test_a_whole_year_has_the_published_sums(whole: Plan, catalogue) -> None:
    assert len(whole.cases) == 43_104
    assert sum(case.calls for case in whole.cases) == 9_926
    with_cases = sum(case.is_helped + (case.is_helped and case.defers) for case in whole.cases)
    assert with_cases + len(whole.helps) == 1_200
    used = {(case.station, case.item) for case in whole.cases}
    offered = len(whole.stations) * len(catalogue.items)
    assert f"{len(used) / offered:.2%}" == "82.80%"
    assert {case.item for case in whole.cases} == set(catalogue.items), "the 18 medical ones too"


def test_some_cases_come_as_bundles_of_one_station_and_moment(whole: Plan) -> None:
    bundled = [case for case in whole.cases if case.bundle]
    assert len(bundled) == pytest.approx(0.03 * 43_104, abs=3)
    assert {case.bundle for case in bundled} == set(TOGETHER), "of every kind"
    groups = Counter((case.group, case.bundle, case.station, case.at) for case in bundled)
    assert set(groups.values()) == {3}
    assert len({group for group, *_ in groups}) == len(groups)


def test_all_six_features_of_help_are_given(whole: Plan) -> None:
    kinds = Counter(each.kind for each in whole.helps)
    assert set(kinds) == {"early", "pre_check", "extended", "online", "express"}
    assert any(case.is_helped and case.defers for case in whole.cases), "documents to follow"


def test_the_same_seed_makes_the_same_plan_and_another_one_another(catalogue) -> None:
    places = list(divisions(catalogue))
    first, again, other = (plan(catalogue, places, 2025, 0.01, seed) for seed in (1, 1, 2))
    assert first.cases == again.cases
    assert first.cases != other.cases


def test_what_is_not_a_whole_year_keeps_the_shares(catalogue) -> None:
    part = plan(catalogue, list(divisions(catalogue)), 2025, 0.01, 1)
    assert (len(part.cases), sum(case.calls for case in part.cases)) == (431, 99)
    assert part.used == round(planning.COVERAGE * len(part.stations) * len(catalogue.items))


def test_what_follows_later_is_brought_by_its_day(catalogue) -> None:
    part = plan(catalogue, list(divisions(catalogue)), 2025, 0.1, 1)
    due = {number: case.bring_by for number, case in enumerate(part.cases) if case.defers}
    brought = {
        deed.case: deed.at.date()
        for here in schedule(part).stations.values()
        for deeds in here.values()
        for deed in deeds
        if deed.verb == "supply"
    }
    assert brought.keys() <= due.keys()
    assert len(brought) > 100
    assert not {number for number, day in brought.items() if day > (due[number] or day)}
