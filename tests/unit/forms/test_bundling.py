"""A bundle asks the union once, and its answers are good answers for every member."""

from itertools import combinations

import pytest

from forms.bundling import Combined, chosen
from forms.checks.bundles import looking_ahead
from forms.definition import Sample
from forms.schema import InvalidAnswers, required_requirements, validate
from tests.builders.bundles import choosing, passing, the_form_of, together
from tests.builders.definitions import written

CATALOGUE = written()
BUNDLES = sorted(CATALOGUE.bundles)
MEMBERS = [(code, member.code) for code in BUNDLES for member in CATALOGUE.bundles[code].members]


def everything(code: str) -> Combined:
    return the_form_of(CATALOGUE, code, [m.code for m in CATALOGUE.bundles[code].members])


def refused(combined: Combined, answers, today) -> set[str]:
    """The paths at which the members refuse their shares, as the one form names them."""
    paths = set()
    for part in combined.parts:
        try:
            validate(part.item, part.answers(answers), today)
        except InvalidAnswers as invalid:
            paths |= {part.place_of(error.path) for error in invalid.errors}
    return paths


def refused_together(combined: Combined, answers, today) -> set[str]:
    try:
        validate(combined.item, answers, today)
    except InvalidAnswers as invalid:
        return {error.path for error in invalid.errors}
    return set()


@pytest.mark.parametrize(("code", "member"), MEMBERS)
def test_every_passing_sample_of_a_member_passes_in_the_bundle_and_comes_back_whole(code, member):
    combined = the_form_of(CATALOGUE, code, [member])
    (part,) = combined.parts
    for sample in part.item.samples:
        if sample.expect:
            continue
        answers, today = together(combined, sample)
        # Where the guardian is who applies, a sample without a guardian has nobody who applies.
        answers.setdefault("applicant", {}).update(
            {k: v for k, v in WHO.items() if k not in answers["applicant"]}
        )
        cleaned = validate(combined.item, answers, today)
        assert validate(part.item, part.answers(cleaned), today) == validate(
            part.item, sample.answers, today
        )


WHO = {"name": "沈国强", "id_number": "320582196001011232", "phone": "13862281001"}


@pytest.mark.parametrize("code", BUNDLES)
def test_what_the_one_form_lets_through_every_member_lets_through_but_for_what_it_told(code):
    for pair in combinations(everything(code).parts, 2):
        combined = the_form_of(CATALOGUE, code, [part.item.code for part in pair])
        answers, today = together(combined, *(passing(part) for part in combined.parts))
        told = refused_together(combined, answers, today)
        missed = refused(combined, answers, today) - told
        assert not {path for path in missed if not path.startswith("applicant.")}, (pair, told)


@pytest.mark.parametrize("code", BUNDLES)
def test_no_question_looks_ahead_whichever_members_are_chosen(code):
    codes = [member.code for member in CATALOGUE.bundles[code].members]
    for size in (1, 2, len(codes)):
        for wanted in combinations(codes, size):
            item = the_form_of(CATALOGUE, code, wanted).item
            assert list(looking_ahead(item)) == []


@pytest.mark.parametrize("code", BUNDLES)
def test_fewer_questions_and_no_more_papers_are_asked_than_by_the_members_one_by_one(code):
    combined = everything(code)
    asked = sum(len(section.fields) for section in combined.item.sections[1:])
    singly = sum(len(s.fields) for part in combined.parts for s in part.item.sections)
    assert asked < singly
    papers = sum(len(part.item.requirements) for part in combined.parts)
    assert len(combined.item.requirements) <= papers


@pytest.mark.parametrize("code", BUNDLES)
def test_every_question_and_paper_of_a_member_is_asked_somewhere(code):
    combined = everything(code)
    asked = {(s.id, field.id) for s in combined.item.sections for field in s.fields}
    papers = {requirement.id for requirement in combined.item.requirements}
    for part in combined.parts:
        assert set(part.places.values()) <= asked
        assert set(part.requirements.values()) <= papers
        assert {requirement.id for requirement in part.item.requirements} == set(part.requirements)
        for section in part.item.sections:
            for field in section.fields:
                if section.repeat:
                    assert (part.lists[section.id], field.id) in asked
                else:
                    assert (section.id, field.id) in part.places


def test_who_applies_is_asked_once_and_the_guardian_of_the_child_is_who_applies() -> None:
    combined = everything("YJS-01")
    card = next(part for part in combined.parts if part.item.code == "RS-011")
    answers = {
        "applicant": {"name": "沈国强", "id_number": "320582199001011230", "phone": "13862281001"},
        "child": {"name": "沈一一"},
    }
    share = card.answers(answers)
    assert share["applicant"] == {"name": "沈一一"}
    assert share["guardian"] == answers["applicant"]
    assert card.place_of("guardian.phone") == "applicant.phone"


def test_a_paper_two_members_need_is_asked_for_once_and_only_if_one_needs_it() -> None:
    combined = everything("YJS-07")
    cards = [r for r in combined.item.requirements if r.name.zh == "居民身份证"]
    assert len(cards) <= 1
    for part in combined.parts:
        sample: Sample = passing(part)
        alone = the_form_of(CATALOGUE, "YJS-07", [part.item.code])
        answers, today = together(alone, sample)
        needed = {r.id for r in required_requirements(alone.item, answers, today)}
        own = {r.id for r in required_requirements(part.item, sample.answers, today)}
        assert needed == {alone.parts[0].requirements[name] for name in own}


def test_the_childs_papers_are_told_from_those_of_who_applies() -> None:
    names = [entry.name.zh for entry in everything("YJS-01").item.requirements]
    assert "居民身份证（新生儿）" in names
    assert len(names) == len(set(names))


def test_before_anybody_has_chosen_the_ticked_members_are_asked_for() -> None:
    bundle = CATALOGUE.bundles["YJS-07"]
    assert chosen(bundle, {}) == bundle.ticked
    assert chosen(bundle, choosing(["XX-001"])) == bundle.ticked
    assert chosen(bundle, choosing(["MZ-012", "CL-001"])) == ("CL-001", "MZ-012")


def test_the_time_is_that_of_the_slowest_member_and_only_chosen_ones_count() -> None:
    one = the_form_of(CATALOGUE, "YJS-01", ["YB-01"]).item
    assert one.promised == CATALOGUE.items["YB-01"].promised
    assert everything("YJS-01").item.promised == CATALOGUE.items["WJ-008"].promised
