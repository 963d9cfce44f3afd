"""Every shipped item: it is sound, and its samples are judged as they say."""

import pytest

from forms import catalogue as authoring
from forms.checks.samples import refusals
from forms.definition import Sample, ServiceItem, Text
from forms.release import Catalogue
from forms.schema import required_requirements, validate, visible_sections
from tests.builders.definitions import written

CODES = sorted(path.stem for path in (authoring.HERE / "items").glob("*.yaml"))


def samples() -> list[tuple[ServiceItem, Sample]]:
    items = written().items
    return [(item, sample) for item in items.values() for sample in item.samples]


SAMPLES = samples()


def test_the_shipped_catalogue_has_no_problem() -> None:
    assert authoring.check(authoring.HERE, count=len(CODES)) == []


def test_the_shipped_items_are_the_92_devolved_and_the_18_of_medical_insurance(
    catalogue: Catalogue,
) -> None:
    assert sorted(catalogue.items) == CODES
    medical = [code for code in CODES if code.startswith("YB-")]
    assert (len(CODES) - len(medical), len(medical)) == (92, 18)


@pytest.mark.parametrize(
    ("item", "sample"), SAMPLES, ids=[f"{item.code} {sample.name}" for item, sample in SAMPLES]
)
def test_a_sample_meets_exactly_what_it_expects(item: ServiceItem, sample: Sample) -> None:
    assert refusals(item, sample) == sample.expect


@pytest.mark.parametrize(
    ("item", "sample"), SAMPLES, ids=[f"{item.code} {sample.name}" for item, sample in SAMPLES]
)
def test_cleaning_twice_changes_nothing(item: ServiceItem, sample: Sample) -> None:
    if not sample.expect:
        once = validate(item, sample.answers, sample.today)
        assert validate(item, once, sample.today) == once


@pytest.mark.parametrize("code", CODES)
def test_an_item_starts_with_the_applicant(catalogue: Catalogue, code: str) -> None:
    section = catalogue.item(code).sections[0]
    assert (section.id, section.shared) == ("applicant", "applicant")
    assert [field.id for field in section.fields[:3]] == ["name", "id_number", "phone"]


@pytest.mark.parametrize("code", CODES)
def test_an_item_says_that_it_is_no_official_list(catalogue: Catalogue, code: str) -> None:
    provenance = catalogue.item(code).provenance
    assert "非官方" in provenance.zh
    assert "Not an official list" in provenance.en


def needed(item: ServiceItem, name: str) -> set[str]:
    sample = next(sample for sample in item.samples if sample.name == name)
    return {entry.id for entry in required_requirements(item, sample.answers, sample.today)}


def test_an_injury_with_someone_liable_asks_for_its_proof(catalogue: Catalogue) -> None:
    item = catalogue.item("YB-14")
    assert "injury_proof" not in needed(item, "two visits without a card")
    assert "injury_proof" in needed(item, "an old man hit by a cyclist whose daughter files")


def test_a_child_that_moved_here_needs_a_residence_permit(catalogue: Catalogue) -> None:
    item = catalogue.item("JY-001")
    assert "residence_permit" not in needed(item, "a boy of six registered here")
    assert "residence_permit" in needed(item, "a girl who moved here and starts junior school")


def test_only_a_minor_has_a_guardian(catalogue: Catalogue) -> None:
    item = catalogue.item("YB-01")
    asked = {
        sample.name: {s.id for s in visible_sections(item, sample.answers, sample.today)}
        for sample in item.samples
    }
    assert "guardian" in asked["a newborn whose data is not found yet"]
    assert "guardian" not in asked["a farmer's wife of 60"]


def test_both_languages_are_given_by_the_browser_language(allowance: ServiceItem) -> None:
    name = Text("尊老金（高龄津贴）申领", "Old-age (80+) allowance claim")
    assert allowance.name == name
    assert (name.to("zh_Hans_CN"), name.to("en"), name.to("de")) == (name.zh, name.en, name.en)
