"""Our own XLSForms come back exactly, and what was changed in them by hand counts."""

import pytest

from forms import catalogue as authoring
from forms.decoding import decode_choices, decode_item
from forms.expansion import expand
from forms.source import SourceFile, read_source
from forms.xlsform.columns import OWN
from forms.xlsform.importing import import_form
from forms.xlsform.written import to_source, to_yaml
from tests.builders.exports import CODES, document_of, exported, lists
from tests.builders.workbooks import changed

SHARED, _ = authoring.shared_parts()
ITEM = "MZ-001"
EN, ZH = "label::English (en)", "label::中文 (zh)"


def imported(content):
    return import_form(content, lists())


def section(document, name):
    return next(each for each in document["sections"] if each["id"] == name)


def field(document, path):
    place, name = path.split(".")
    return next(each for each in section(document, place)["fields"] if each["id"] == name)


def after(name, column, cell, sheet="survey"):
    document, report = imported(changed(exported(ITEM)[0], name, column, cell, sheet))
    return document, [str(line) for line in report]


@pytest.mark.parametrize("code", CODES)
def test_an_item_comes_back_as_it_was(code):
    document, report = imported(exported(code)[0])
    assert document == document_of(code)
    assert report == []


@pytest.mark.parametrize("code", CODES)
def test_the_yaml_of_it_expands_to_the_same(code, tmp_path):
    path = tmp_path / f"{code}.yaml"
    path.write_text(to_yaml(to_source(document_of(code), SHARED)), "utf-8")
    assert expand(read_source(path, tmp_path), SHARED).document == document_of(code)


def test_the_yaml_of_it_passes_the_check(tmp_path):
    path = tmp_path / f"{ITEM}.yaml"
    path.write_text(to_yaml(to_source(document_of(ITEM), SHARED)), "utf-8")
    assert authoring.check_file(path) == []


def test_the_yaml_uses_the_shared_groups_and_texts():
    source = to_source(document_of(ITEM), SHARED)
    assert source["fee"] == {"use": "free_of_charge"}
    assert [each["use"] for each in source["sections"] if "use" in each] == [
        *("applicant", "agent", "household_members", "bank_account")
    ]


def test_a_group_that_was_changed_beyond_use_is_written_out():
    document = document_of(ITEM)
    applicant = dict(document["sections"][0])
    applicant["fields"] = applicant["fields"][::-1]
    source = to_source({**document, "sections": [applicant]}, SHARED)
    assert "use" not in source["sections"][0]
    assert expand(SourceFile("", source, {}), SHARED).problems == []


def test_a_changed_label_counts():
    document, report = after("family_size", EN, "People at home")
    assert field(document, "family.size")["label"]["en"] == "People at home"
    assert report == []


def test_a_changed_text_of_the_item_counts():
    document, _ = after("result", "en", "Money", sheet="jishiban")
    assert document["result"]["en"] == "Money"


def test_a_changed_condition_counts_and_is_told():
    document, report = after("finances_property_detail", "relevant", "${family_size} > 2")
    assert field(document, "finances.property_detail")["visible"] == {
        ">": [{"var": "family.size"}, 2]
    }
    assert any("relevant: was changed in the file; read from this cell" in line for line in report)


def test_a_changed_condition_of_a_section_counts():
    document, _ = after("agent", "relevant", "${applicant_filed_by} != 'self'")
    assert section(document, "agent")["visible"] == {"!==": [{"var": "applicant.filed_by"}, "self"]}


def test_a_changed_condition_of_a_material_counts():
    document, _ = after("material_school_proof", "relevant", "")
    (proof,) = [each for each in document["requirements"] if each["id"] == "school_proof"]
    assert "when" not in proof


def test_a_question_that_need_not_be_answered_any_more():
    document, _ = after("family_size", "required", "no")
    assert field(document, "family.size")["required"] is False


def test_a_condition_added_to_a_constraint_joins_the_checks():
    before = field(document_of(ITEM), "agent.id_number")["checks"]
    name, column = "agent_id_number", "constraint"
    document, _ = import_form(changed(exported(ITEM)[0], name, column, ". != ''"), lists())
    assert [each["code"] for each in field(document, "agent.id_number")["checks"]] == ["constraint"]
    assert before != field(document, "agent.id_number")["checks"]


def test_a_changed_condition_that_cannot_be_read_is_told():
    document, report = after("family_size", "relevant", "pulldata('a', 'b') = 1")
    assert "visible" not in field(document, "family.size")
    assert any("the function pulldata()" in line for line in report)
    assert any("relevant: was changed in the file; it cannot be carried back" in r for r in report)


def test_a_changed_choice_makes_the_list_the_field_s_own():
    document, report = after("320582100010", ZH, "别的村", sheet="choices")
    assert isinstance(field(document, "family.address")["choices"], list)
    assert any("differs from the list 'divisions'" in line for line in report)


def test_a_change_that_has_no_way_back_is_told():
    _, report = after("household_count", "constraint", ". >= 3")
    assert any(
        "constraint: was changed in the file; it cannot be carried back" in r for r in report
    )


def test_a_row_without_our_columns_is_read_as_anybody_s():
    document, _ = after("family_size", OWN + "answer", "")
    asked = field(document, "family.size")
    assert (asked["answer"], asked["params"]) == ("count", {"min": 1, "max": 16})


def test_what_comes_back_can_be_decoded():
    decoded = {name: decode_choices(entries) for name, entries in lists().items()}
    assert decode_item(imported(exported(ITEM)[0])[0], decoded).code == ITEM
