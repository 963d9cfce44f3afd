"""XLSForms that others wrote: what both have comes over, the rest is told with row and column."""

import pytest

from forms.checks import check_shape
from forms.expansion import Shared
from forms.source import SourceFile
from forms.xlsform.importing import import_form
from forms.xlsform.written import to_source
from tests.builders.workbooks import a_survey

CHOICES = [
    ["list_name", "name", "label::English", "label::中文"],
    *(["crops", "rice", "Rice", "水稻"], ["crops", "wheat", "Wheat", "小麦"]),
    *(["yn", "yes", "Yes", "是"], ["yn", "no", "No", "否"]),
]
SETTINGS = [["form_title", "form_id"], ["Farm visit", "farm_visit"]]


def question(kind="text", name="who", **cells):
    labels = {"label::English": "Who?", "label::中文": "谁？"}
    return {"type": kind, "name": name, **labels, **cells}


def imported(*rows):
    return import_form(a_survey(*rows, choices=CHOICES, settings=SETTINGS), {})


def only_field(*rows):
    document, report = imported(*rows)
    (section,) = document["sections"]
    return section["fields"][-1], [str(line) for line in report if line.sheet == "survey"]


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        *(("text", "text"), ("integer", "count"), ("decimal", "measure"), ("date", "date")),
        *(("select_one crops", "choice"), ("select_multiple crops", "choices")),
        *(("select_one yn", "yes_no"), ("image", "photo"), ("acknowledge", "yes_no")),
    ],
)
def test_a_type_becomes_an_answer_type(kind, answer):
    field, _ = only_field(question(kind))
    assert field["answer"] == answer
    assert field["label"] == {"zh": "谁？", "en": "Who?"}


def test_choices_come_with_their_labels():
    field, _ = only_field(question("select_one crops"))
    assert field["choices"][0] == {"code": "rice", "zh": "水稻", "en": "Rice"}


@pytest.mark.parametrize("kind", ["geopoint", "audio", "rank crops", "note", "start", "calculate"])
def test_an_unknown_type_is_left_out_and_told(kind):
    _, report = only_field(question(), question(kind, "other"))
    assert f"survey row 3, type: '{kind}' has no answer type here; the row is left out" in report


@pytest.mark.parametrize(
    ("constraint", "wanted"),
    [
        (". >= 1 and . <= 9", {"params": {"min": 1, "max": 9}}),
        (". > 1 and . < 9", {"params": {"min": 2, "max": 8}}),
    ],
)
def test_bounds_become_parameters(constraint, wanted):
    field, _ = only_field(question("integer", constraint=constraint))
    assert {key: field[key] for key in wanted} == wanted


@pytest.mark.parametrize(
    ("pattern", "answer"),
    [
        ("^1[3-9][0-9]{9}$", "mobile"),
        (r"^\d{17}[\dXx]$", "resident_id"),
        ("^[0-9]{6}$", "postal_code"),
    ],
)
def test_a_known_pattern_becomes_an_answer_type(pattern, answer):
    field, report = only_field(question(constraint=f"regex(., '{pattern}')"))
    assert field["answer"] == answer
    assert not [line for line in report if "constraint" in line]


def test_an_unknown_pattern_is_told():
    field, report = only_field(question(constraint="regex(., '^A+$') and string-length(.) <= 5"))
    assert field["params"] == {"max": 5}
    assert "checks" not in field
    assert any("row 2, constraint: 'regex(., '^A+$')' cannot be read" in line for line in report)


def test_other_conditions_become_checks_with_the_message():
    messages = {"constraint_message::English": "Not yet", "constraint_message::中文": "还没到"}
    field, _ = only_field(question("date", constraint=". <= today()", **messages))
    (check,) = field["checks"]
    assert check["rule"] == {"<=": [{"var": "this.who"}, {"today": []}]}
    assert check["message"] == {"zh": "还没到", "en": "Not yet"}


@pytest.mark.parametrize(
    ("cell", "wanted"), [("", False), ("no", False), ("yes", None), ("TRUE", None)]
)
def test_required_is_read(cell, wanted):
    field, _ = only_field(question(required=cell))
    assert field.get("required") is wanted


def test_required_may_be_a_condition():
    field, _ = only_field(question("integer", "age"), question(required="${age} > 3"))
    assert field["required"] == {">": [{"var": "this.age"}, 3]}


def test_groups_become_sections_and_inner_conditions_join():
    document, report = imported(
        question("begin group", "farm", relevant=""),
        question("integer", "age"),
        question("begin group", "inner", relevant="${age} > 1"),
        question("text", "who", relevant="${age} < 9"),
        {"type": "end group"},
        {"type": "end group"},
    )
    (section,) = document["sections"]
    assert section["id"] == "farm"
    assert section["fields"][1]["visible"] == {
        "and": [{">": [{"var": "this.age"}, 1]}, {"<": [{"var": "this.age"}, 9]}]
    }
    assert any("a group within a group" in str(line) for line in report)


def test_a_repeat_becomes_a_section_with_rows():
    document, report = imported(
        question("begin repeat", "kids", repeat_count="3"),
        question("text", "kid"),
        {"type": "end repeat"},
        question("image", "proof", relevant="count(${kids}) > 1"),
    )
    assert document["sections"][0]["repeat"] == {"min": 0, "max": 20}
    assert any("row 2, repeat_count: '3'" in str(line) for line in report)
    visible = document["sections"][1]["fields"][0]["visible"]
    assert visible == {">": [{"size": [{"var": "kids"}]}, 1]}


def test_a_repeat_within_a_repeat_is_left_out():
    document, report = imported(
        question("begin repeat", "kids"),
        question("text", "kid"),
        question("begin repeat", "toys"),
        question("text", "toy"),
        {"type": "end repeat"},
        question("text", "shoe"),
        {"type": "end repeat"},
    )
    assert [field["id"] for field in document["sections"][0]["fields"]] == ["kid", "shoe"]
    assert sum("repeat within a repeat" in str(line) for line in report) == 2


def test_a_missing_language_is_marked_and_told():
    field, report = only_field({"type": "text", "name": "who", "label": "谁？"})
    assert field["label"] == {"zh": "谁？", "en": "To be given"}
    assert "survey row 2, label: has no English; that is marked 'To be given'" in report


def test_another_language_is_told_once():
    _, report = only_field(question(**{"label::Français": "Qui"}), question(name="b"))
    assert [line for line in report if "Français" in line] == [
        "survey row 2, label::Français: this column has no equal here and is left out"
    ]


@pytest.mark.parametrize("column", ["calculation", "default", "choice_filter", "trigger"])
def test_a_column_without_an_equal_is_told(column):
    _, report = only_field(question(**{column: "1"}))
    assert f"survey row 2, {column}: has no equal here and is left out" in report


def test_names_become_ids_and_that_is_told():
    field, report = only_field(question(name="Full-Name"))
    assert field["id"] == "full_name"
    assert "survey row 2, name: 'Full-Name' became 'full_name'" in report


def test_groups_that_do_not_match_are_told():
    _, report = only_field({"type": "end group"}, question("begin group", "a"), question())
    assert any("closes a group that was not opened" in line for line in report)
    assert any("is never closed" in line for line in report)


def test_what_xlsform_has_no_word_for_is_a_marked_placeholder():
    document, report = imported(question())
    told = {line.column for line in report if line.sheet == "jishiban"}
    assert {"code", "department", "basis", "fee", "samples", "requirements"} <= told
    assert document["code"] == "XX-000"
    assert "To be given" in document["fee"]["en"]


def test_the_result_has_the_shape_of_an_item():
    document, _ = imported(
        question(), question("select_one crops", "crop", relevant="${who} = 'a'")
    )
    source = to_source(document, Shared({}, {}))
    assert check_shape(SourceFile("XX-000.yaml", source, {}), "item") == []
