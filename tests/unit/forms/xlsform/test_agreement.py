"""The XPath of a form and the rules of its item judge the same answers alike.

Each sample is put into the converted form and judged there by XPath 1.0: what is asked, what is
missing, what is refused, which materials are called for. Both must say the same.
"""

import re
from copy import deepcopy
from dataclasses import replace
from random import Random

import pytest

from forms.asking import is_commitment_required, open_sections, required_requirements
from forms.checks.samples import refusals
from forms.rules import reads
from forms.xlsform.nodes import nodes_of
from tests.builders.definitions import written
from tests.builders.exports import CODES, document_of, filled, item_of, question_names

#: A code that no list has: in a form it cannot be picked at all.
NOT_IN_A_FORM = {"unknown_choice", "unknown_division"}


def told(device, code):
    """What a form tells, in the words of the samples: {(path, kind)}."""
    sections = {each["id"]: each for each in document_of(code)["sections"]}
    fields = {name: path for path, name in question_names(code).items()}
    for xpath, kind in device.problems():
        first, *rest = xpath.removeprefix("/data/").split("/")
        place, _, number = first.partition("[")
        if rest and place in sections:
            path = fields[rest[0]]
            if sections[place].get("repeat"):
                row = int(number.rstrip("]") or 1) - 1 if number else 0
                path = path.replace(".", f".{row}.", 1)
            yield path, "required" if kind == "required" else "refused"
        elif found := re.fullmatch(r"(\w+)_count", place):
            yield found[1], "rows"
        else:
            yield from ((s, place) for s in sections if place.startswith(f"{s}_check_"))


def expected(item, sample):
    for path, code in refusals(item, sample):
        if code in ("too_few_rows", "too_many_rows"):
            yield path, "rows"
        elif "." not in path:
            yield path, f"{path}_check_{code}"
        elif code not in NOT_IN_A_FORM:
            yield path, "required" if code == "required" else "refused"


def looks_at(item, path, others):
    """Whether a check at `path` reads one of `others`: the kiosk tells it only after those."""
    section, *_, field = path.split(".")
    (asked,) = [each for each in item.section(section).fields if each.id == field]
    read = {
        name.replace("this.", f"{section}.") for check in asked.checks for name in reads(check.rule)
    }
    return bool(read & {re.sub(r"\.\d+\.", ".", other) for other in others})


@pytest.mark.parametrize("code", CODES)
def test_samples_are_refused_for_the_same_answers(code):
    item = item_of(code)
    for sample in item.samples:
        found, wanted = set(told(filled(code, sample), code)), set(expected(item, sample))
        assert wanted <= found, sample.name
        wrong = {path for path, _ in wanted}
        more = [path for path, _ in found - wanted if not looks_at(item, path, wrong)]
        assert more == [], sample.name


@pytest.mark.parametrize("code", CODES)
def test_samples_that_pass_are_asked_the_same_questions_and_materials(code):
    item, names = item_of(code), question_names(code)
    for sample in (sample for sample in item.samples if not sample.expect):
        device = filled(code, sample)
        assert list(device.problems()) == material_problems(device), sample.name
        asked = {
            names[f"{opened.section.id}.{field.id}"]
            for opened in open_sections(item, sample.answers, sample.today)
            for row in opened.rows
            for field in row.fields
        }
        shown = {node.tag for node in device.data.iter() if not node.get("off")}
        assert {name for name in names.values() if name in shown} == asked, sample.name
        needed = {each.id for each in required_requirements(item, sample.answers, sample.today)}
        materials = {name for name in shown if name.startswith("material_")}
        assert materials == {f"material_{name}" for name in needed}, sample.name


@pytest.mark.parametrize("code", CODES)
def test_answers_changed_at_random_are_judged_alike(code):
    item, names, chance = item_of(code), question_names(code), Random(code)
    for sample in [each for each in item.samples if not each.expect][:2]:
        changed = replace(sample, answers=shaken(item, sample.answers, chance))
        device = filled(code, changed)
        found, wanted = set(told(device, code)), set(expected(item, changed))
        asked = {
            names[f"{opened.section.id}.{field.id}"]
            for opened in open_sections(item, changed.answers, sample.today)
            for row in opened.rows
            for field in row.fields
        }
        shown = {node.tag for node in device.data.iter() if not node.get("off")}
        assert shown & set(names.values()) == asked, changed.answers
        assert wanted <= found, changed.answers
        assert wanted or not found, changed.answers


def shaken(item, answers, chance):
    """The answers with two of them taken away or given otherwise."""
    answers = deepcopy(answers)
    for section in chance.sample(item.sections, 2):
        field = chance.choice(section.fields)
        rows = answers.setdefault(section.id, [] if section.repeat else {})
        if section.repeat and not rows:
            continue
        row = chance.choice(rows) if section.repeat else rows
        others = {
            "yes_no": [not row.get(field.id)],
            "choice": [choice.code for choice in field.choices],
            "choices": [[choice.code] for choice in field.choices],
            "count": [0, 1, 7, 300],
            "year": [1990, 2020, 2026, 2030],
            "date": ["2026-11-20", "2027-01-01", "1990-05-05", "2020-02-29"],
        }.get(field.answer, [])
        row.pop(field.id, None)
        if others and chance.random() < 0.7:
            row[field.id] = chance.choice(others)
    return answers


def material_problems(device):
    """Of a passing sample only its pictures, signature and promise are still to be given."""
    return [
        (path, kind)
        for path, kind in device.problems()
        if kind == "required" and re.match(r"/data/(materials/|signature|commitment)", path)
    ]


@pytest.mark.parametrize(
    "code", [code for code in CODES if written().items[code].commitment_required]
)
def test_the_promise_is_called_for_by_the_same_answers(code):
    item = item_of(code)
    for sample in (sample for sample in item.samples if not sample.expect):
        missing = {path for path, _ in filled(code, sample).problems()}
        due = is_commitment_required(item, sample.answers, sample.today)
        assert ("/data/commitment" in missing) == due, sample.name


ADDRESSES = [
    ("MZ-001", "family.address", {"division": "320582100010", "detail": "5"}),
    ("RS-012", "new_card.post_address", {"detail": "5幢202室"[:3]}),
]


@pytest.mark.parametrize(("code", "path", "value"), ADDRESSES)
def test_an_address_that_is_too_short_is_refused(code, path, value):
    item, (section, field) = item_of(code), path.split(".")
    for sample in item.samples:
        if sample.expect or field not in sample.answers.get(section, {}):
            continue
        answers = {**sample.answers, section: {**sample.answers[section], field: value}}
        changed = replace(sample, answers=answers)
        assert (path, "detail_length") in refusals(item, changed)
        assert (path, "refused") in set(told(filled(code, changed), code))
        return
    raise AssertionError("no sample has this address")


def test_two_ids_that_meet_get_names_of_their_own():
    def asked(section, field):
        return {"id": section, "fields": [{"id": field, "answer": "text"}]}

    nodes = nodes_of({"sections": [asked("a_b", "c"), asked("a", "b_c"), asked("a_b_c", "d")]})
    names = [node.name for node in nodes.by_path.values()]
    assert names == ["a_b_c_2", "a_b_c_3", "a_b_c_d"]
