"""A broken definition is named with its file, its line and the reason."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from forms.catalogue import CatalogueBroken, check, load
from forms.source import Problem

ALLOWANCE, REIMBURSEMENT = "items/MZ-006.yaml", "items/YB-14.yaml"


@pytest.fixture
def broken(source: Path) -> Callable[[str, str, str], list[Problem]]:
    """Replace the first `old` in a file by `new`; return the problems and check their lines."""

    def change(file: str, old: str, new: str) -> list[Problem]:
        path = source / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
        return check(source)

    return change


def test_the_untouched_copy_is_good(source: Path) -> None:
    assert check(source) == []


WRONG_SAMPLE = (
    "  - name: nothing given\n",
    "    today: 2026-11-20\n",
    "    answers: {applicant: {name: 陈桂英}}\n",
    "    expect: {applicant.phone: required}\n",
)
BREAKS = [
    ("unknown group", ALLOWANCE, "use: applicant", "use: aplicant", "no shared group 'aplicant'"),
    ("unknown text", ALLOWANCE, "use: civil_affairs", "use: civil", "no shared text 'civil'"),
    (
        "rule naming a missing field",
        ALLOWANCE,
        "{var: claim.someone_collects}",
        "{var: claim.somebody_collects}",
        "names 'claim.somebody_collects'",
    ),
    (
        "rule looking ahead",
        ALLOWANCE,
        'visible: {"===": [{var: this.lives_there}, false]}',
        "visible: {var: this.someone_collects}",
        "names 'this.someone_collects'",
    ),
    (
        "choice that does not exist",
        REIMBURSEMENT,
        "[{var: this.third_party_state}, paid]",
        "[{var: this.third_party_state}, payed]",
        "has no choice 'payed'",
    ),
    (
        "operator nobody knows",
        ALLOWANCE,
        '{">=": [{age: [{var: this.id_number}]}, 80]}',
        "{older: [{var: this.id_number}, 80]}",
        "'older' is not one of ours",
    ),
    (
        "rule that is always the same",
        ALLOWANCE,
        "visible: {var: claim.someone_collects}",
        'visible: {"===": [1, 2]}',
        "looks at no answer",
    ),
    (
        "loose comparison with false",
        ALLOWANCE,
        '{"===": [{var: this.lives_there}, false]}',
        '{"==": [{var: this.lives_there}, false]}',
        "only by ===",
    ),
    (
        "text without English",
        ALLOWANCE,
        "label: {zh: 年龄档次, en: Age band}",
        'label: {zh: 年龄档次, en: ""}',
        "has no English",
    ),
    (
        "text cut at a comma that is not in quotes",
        ALLOWANCE,
        "label: {zh: 年龄档次, en: Age band}",
        "label: {zh: 年龄档次, en: Age, in bands}",
        "a text with a comma needs quotes",
    ),
    (
        "text with Chinese for English",
        ALLOWANCE,
        "label: {zh: 年龄档次, en: Age band}",
        "label: {zh: 年龄档次, en: 年龄档次}",
        "has Chinese in it",
    ),
    (
        "text in one language",
        ALLOWANCE,
        "label: {zh: 年龄档次, en: Age band}",
        "label: 年龄档次",
        "needs zh and en",
    ),
    ("key nobody knows", ALLOWANCE, "visits: 1", "visitors: 1", "'visitors' is not known"),
    ("number for a word", ALLOWANCE, "[尊老金,", "[4050, 尊老金,", "put numbers in quotes"),
    (
        "answer type nobody knows",
        ALLOWANCE,
        "answer: yes_no",
        "answer: yesno",
        "answer type 'yesno'",
    ),
    (
        "parameter nobody knows",
        REIMBURSEMENT,
        "params: {min: 3, max: 50}",
        "params: {least: 3}",
        "has no parameter 'least'",
    ),
    (
        "choice list nobody knows",
        ALLOWANCE,
        "choices: divisions",
        "choices: villages",
        "no choice list 'villages'",
    ),
    (
        "field given twice",
        ALLOWANCE,
        "- id: lives_there",
        "- id: registered_address",
        "field id 'registered_address' is used twice",
    ),
    (
        "requirement given twice",
        ALLOWANCE,
        "- id: id_card",
        "- id: registration_form",
        "requirement id 'registration_form' is used twice",
    ),
    (
        "requirement for no copy",
        ALLOWANCE,
        "source: certificate\n    form: copy",
        "source: certificate\n    form: copy\n    count: 0",
        "nothing can satisfy 'id_card'",
    ),
    (
        "certificate asked for as a paper original",
        ALLOWANCE,
        "source: certificate\n    form: copy",
        "source: certificate\n    form: original",
        "never the paper original",
    ),
    (
        "deferral without a deadline",
        ALLOWANCE,
        "deferral: {value: 10, unit: working_days}",
        "deferral: null",
        "deferral deadline",
    ),
    (
        "a deferrable material on an instant item",
        ALLOWANCE,
        "case_type: promised",
        "case_type: instant",
        "an instant item cannot defer",
    ),
    (
        "a promise of nothing",
        ALLOWANCE,
        "promised: {value: 10,",
        "promised: {value: 0,",
        "an instant item promises 0 days",
    ),
    (
        "a sample that is judged otherwise",
        ALLOWANCE,
        "expect: {applicant.id_number: under_80}",
        "expect: {applicant.id_number: required}",
        "gives: applicant.id_number: under_80",
    ),
    (
        "a sample of nothing",
        ALLOWANCE,
        "from: an elder of 86 who lives at home",
        "from: an elder of 87",
        "an earlier sample to start from",
    ),
    (
        "a sample that changes what is not there",
        ALLOWANCE,
        "set: {claim.band: 90-99}",
        "set: {claim.band.0.x: 90-99}",
        "has no 'claim.band.0.x'",
    ),
    (
        "a rule with two operators",
        ALLOWANCE,
        "{var: claim.someone_collects}",
        '{"!": [{var: claim.someone_collects, age: [{var: applicant.id_number}]}]}',
        "one operator",
    ),
    (
        "a rule without arguments",
        ALLOWANCE,
        "{var: claim.someone_collects}",
        "{and: [{var: claim.someone_collects}, {or: []}]}",
        "one operator",
    ),
    (
        "an adjustment of a field the group does not have",
        ALLOWANCE,
        "      id_number:\n        checks:",
        "      id_card:\n        checks:",
        "has no field 'id_card'",
    ),
    (
        "an applicant without a phone",
        ALLOWANCE,
        "- use: applicant\n",
        "- use: applicant\n    omit: [phone]\n",
        "'applicant' needs 'phone'",
    ),
    ("a repeat of nothing", REIMBURSEMENT, "{min: 1, max: 20}", "{min: 1, max: 0}", "no rows"),
    (
        "choices of a text",
        ALLOWANCE,
        "answer: choice\n",
        "answer: text\n",
        "'text' takes no choices",
    ),
    ("a choice given twice", ALLOWANCE, "code: 90-99", "code: 80-89", "'80-89' is given twice"),
    (
        "a check given twice",
        REIMBURSEMENT,
        "code: before_birth",
        "code: in_future",
        "'in_future' is given twice",
    ),
    (
        "a question no sample is asked",
        ALLOWANCE,
        "lives_there: false",
        "lives_there: true",
        "is asked for 'claim.living_address'",
    ),
    (
        "a material no sample needs",
        REIMBURSEMENT,
        "injury: true, third_party: true",
        "injury: false, third_party: false",
        "needs 'injury_proof'",
    ),
    (
        "a check no sample shows",
        ALLOWANCE,
        "set: {claim.band: 90-99}\n    expect: {claim.band: band_fits_age}",
        "set: {claim.band: x}\n    expect: {claim.band: unknown_choice}",
        "shows the check 'band_fits_age'",
    ),
    (
        "a key given twice",
        ALLOWANCE,
        "visits: 1",
        "visits: 1\nvisits: 2",
        "'visits' is given twice",
    ),
    (
        "a promise called for by a missing field",
        ALLOWANCE,
        "visits: 1",
        "visits: 1\ncommitment_required: {var: claim.proof}",
        "names 'claim.proof'",
    ),
    (
        "a promise called for that has no words",
        REIMBURSEMENT,
        "scope: {use: within_the_city}\nhelp_available: true\ncommitment:",
        "help_available: true\ncommitment_required: {var: cause.injury}\nscope:",
        "a promise that is called for needs its words",
    ),
    ("no YAML at all", ALLOWANCE, "visits: 1", "visits: [1", "not YAML"),
    (
        "a file under another name",
        ALLOWANCE,
        "code: MZ-006",
        "code: MZ-007",
        "must be called MZ-007",
    ),
    ("a code of no kind", ALLOWANCE, "code: MZ-006", "code: six", "a code like MZ-001"),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"), [entry[1:] for entry in BREAKS], ids=[e[0] for e in BREAKS]
)
def test_a_broken_definition_is_told_with_file_line_and_reason(
    broken: Callable[[str, str, str], list[Problem]], file: str, old: str, new: str, reason: str
) -> None:
    problems = broken(file, old, new)
    found = [problem for problem in problems if reason in problem.reason]
    assert found, problems
    assert found[0].file == file
    assert found[0].line > 0


def test_the_line_is_that_of_the_fault(
    broken: Callable[[str, str, str], list[Problem]], source: Path
) -> None:
    problems = broken(ALLOWANCE, "answer: yes_no", "answer: yesno")
    text = (source / ALLOWANCE).read_text("utf-8").splitlines()
    assert text[problems[0].line - 1].strip() == "answer: yesno"
    assert str(problems[0]).startswith(f"{ALLOWANCE}:{problems[0].line}: ")


def test_a_fault_in_a_shared_group_is_told_there(
    broken: Callable[[str, str, str], list[Problem]], source: Path
) -> None:
    file = "shared/groups/agent.yaml"
    problems = broken(file, "{var: applicant.id_number}", "{var: applicant.number}")
    assert problems[0].file == file
    line = (source / file).read_text("utf-8").splitlines()[problems[0].line - 1]
    assert "applicant.number" in line


def test_a_wrong_count_is_told(source: Path) -> None:
    assert [problem.reason for problem in check(source, count=3)] == [
        "there are 2 items and should be 3"
    ]
    assert check(source, count=2) == []


def test_a_code_used_twice_is_told(source: Path) -> None:
    shutil.copy(source / ALLOWANCE, source / "items" / "MZ-106.yaml")
    reasons = [problem.reason for problem in check(source)]
    assert f"the code MZ-006 is already that of {ALLOWANCE}" in reasons


def test_an_item_with_the_fields_of_another_is_told(source: Path) -> None:
    text = (source / ALLOWANCE).read_text("utf-8").replace("code: MZ-006", "code: MZ-106")
    (source / "items" / "MZ-106.yaml").write_text(text, "utf-8")
    assert [(problem.file, problem.reason) for problem in check(source)] == [
        ("items/MZ-106.yaml", "its own fields are those of MZ-006")
    ]


@pytest.mark.parametrize("kind", ["passing", "failing"])
def test_an_item_without_a_sample_of_each_kind_is_told(source: Path, kind: str) -> None:
    path = source / ALLOWANCE
    lines = path.read_text("utf-8").splitlines(keepends=True)
    start = lines.index("samples:\n")
    ends = [number for number, line in enumerate(lines) if line.startswith("  - name: too young")]
    kept = lines[: ends[0]] if kind == "failing" else [*lines[: start + 1], *WRONG_SAMPLE]
    path.write_text("".join(kept), "utf-8")
    assert f"the item has no {kind} sample" in {problem.reason for problem in check(source)}


def test_loading_a_broken_catalogue_raises_with_every_problem(source: Path) -> None:
    for file in (ALLOWANCE, REIMBURSEMENT):
        path = source / file
        path.write_text(path.read_text("utf-8").replace("visits: 1", "visits: one"), "utf-8")
    with pytest.raises(CatalogueBroken) as broken:
        load(source)
    assert {problem.file for problem in broken.value.problems} == {ALLOWANCE, REIMBURSEMENT}


def test_an_empty_file_is_told(source: Path) -> None:
    (source / ALLOWANCE).write_text("", "utf-8")
    assert [str(problem) for problem in check(source)] == [f"{ALLOWANCE}:1: the file is empty"]
