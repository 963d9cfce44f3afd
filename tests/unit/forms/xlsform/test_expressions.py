"""JSON Logic as XPath and back: each operator in the words of XLSForm."""

import pytest

from forms.xlsform.expressions import Place, to_xpath
from forms.xlsform.nodes import nodes_of
from forms.xlsform.terms import NotExpressible, quoted
from forms.xlsform.understanding import Known, NotUnderstood, to_logic
from forms.xlsform.xpath import NotXPath, conjuncts, parse
from tests.builders.exports import CODES, document_of

ANSWERS = {
    **{"id": "resident_id", "other_id": "resident_id", "day": "date", "until": "date"},
    **{"kind": "choice", "causes": "choices", "agrees": "yes_no", "size": "count"},
    **{"income": "amount", "note": "text", "home": "address", "begun": "year"},
}
FIELDS = [{"id": name, "answer": answer} for name, answer in ANSWERS.items()]
DOCUMENT = {
    "sections": [
        {"id": "case", "fields": FIELDS},
        {
            "id": "kids",
            "fields": [{"id": "age", "answer": "count"}],
            "repeat": {"min": 0, "max": 9},
        },
    ]
}
NODES = nodes_of(DOCUMENT)
PATHS = {node.name: (path, node.answer) for path, node in NODES.by_path.items()}
BORN = "number(substr(${case_id}, 6, 14))"
TODAY = "number(format-date(today(), '%Y%m%d'))"


def var(name):
    return {"var": f"this.{name}"}


PAIRS = [
    ("a choice", {"===": [var("kind"), "a"]}, "${case_kind} = 'a'"),
    ("another choice", {"!==": [var("kind"), "a"]}, "${case_kind} != 'a'"),
    ("one of several", {"in": ["a", var("causes")]}, "selected(${case_causes}, 'a')"),
    ("yes", {"===": [var("agrees"), True]}, "${case_agrees} = 'yes'"),
    ("no", {"===": [var("agrees"), False]}, "${case_agrees} = 'no'"),
    ("not", {"!": [{"===": [var("kind"), "a"]}]}, "not(${case_kind} = 'a')"),
    ("given", {"!!": [var("note")]}, "${case_note} != ''"),
    (
        "and within or",
        {"or": [{"===": [var("kind"), "a"]}, {"and": [{">": [var("size"), 1]}, {"!!": [var("note")]}]}]},
        "${case_kind} = 'a' or ${case_size} > 1 and ${case_note} != ''",
    ),
    ("today", {"<=": [var("day"), {"today": []}]}, "date(${case_day}) <= today()"),
    ("a fixed day", {">=": [var("day"), "2024-01-01"]}, "date(${case_day}) >= date('2024-01-01')"),
    ("days", {">": [var("until"), var("day")]}, "date(${case_until}) > date(${case_day})"),
    (
        "the birth date",
        {">=": [var("day"), {"birth_date": [var("id")]}]},
        "number(format-date(${case_day}, '%Y%m%d')) >= " + BORN,
    ),
    ("the age", {">=": [{"age": [var("id")]}, 18]}, f"int(({TODAY} - {BORN}) div 10000) >= 18"),
    ("the sex", {"===": [{"sex": [var("id")]}, "male"]}, "number(substr(${case_id}, 16, 17)) mod 2 = 1"),
    (
        "days between",
        {"<=": [{"days_between": [var("day"), {"today": []}]}, 30]},
        "round(decimal-date-time(today()) - decimal-date-time(${case_day})) <= 30",
    ),
    ("an amount", {">": [{"amount": [var("income")]}, 100]}, "number(${case_income}) > 100"),
    ("a year", {"<=": [var("begun"), {"year": [{"today": []}]}]}, "${case_begun} <= number(format-date(today(), '%Y'))"),
    ("how many are chosen", {"===": [{"size": [var("causes")]}, 1]}, "count-selected(${case_causes}) = 1"),
    ("how many rows", {"===": [{"size": [{"var": "kids"}]}, 2]}, "count(${kids}) = 2"),
    ("some row", {"some": [{"var": "kids"}, {">": [{"var": "age"}, 3]}]}, "count(${kids}[kids_age > 3]) > 0"),
    ("no row", {"none": [{"var": "kids"}, {">": [{"var": "age"}, 3]}]}, "count(${kids}[kids_age > 3]) = 0"),
    ("rows told apart", {"distinct": [{"var": "kids"}, "age"]}, "count(${kids}[kids_age_same > 1]) = 0"),
    ("sums", {"<": [{"+": [var("size"), {"*": [2, var("begun")]}]}, 9]}, "${case_size} + 2 * ${case_begun} < 9"),
    ("a difference of a difference", {"<": [{"-": [9, {"-": [var("size"), 1]}]}, 9]}, "9 - (${case_size} - 1) < 9"),
    ("a choice of bounds", {"<": [var("size"), {"if": [{"===": [var("kind"), "a"]}, 1, 2]}]}, "${case_size} < if(${case_kind} = 'a', 1, 2)"),
    ("text within text", {"in": ["x", var("note")]}, "contains(${case_note}, 'x')"),
]  # fmt: skip
ONE_WAY = [
    ("one of a list", {"in": [var("kind"), ["a", "b"]]}, "${case_kind} = 'a' or ${case_kind} = 'b'"),
    ("a yes by itself", var("agrees"), "${case_agrees} = 'yes'"),
    (
        "all rows",
        {"all": [{"var": "kids"}, {">": [{"var": "age"}, 3]}]},
        "count(${kids}) > 0 and count(${kids}[not(kids_age > 3)]) = 0",
    ),
    ("the larger", {">": [{"max": [var("size"), 3]}, 3]}, "max(${case_size}, 3) > 3"),
]  # fmt: skip
PLACE = Place(NODES, "case")
KNOWN = Known(PATHS, {"kids": "kids"}, "case")


@pytest.mark.parametrize(
    ("_", "logic", "xpath"), [*PAIRS, *ONE_WAY], ids=lambda each: str(each)[:40]
)
def test_a_rule_becomes_xpath(_, logic, xpath):
    assert to_xpath(logic, PLACE) == xpath


@pytest.mark.parametrize(("_", "logic", "xpath"), PAIRS, ids=lambda each: str(each)[:40])
def test_xpath_becomes_the_rule_again(_, logic, xpath):
    assert to_logic(xpath, KNOWN) == logic


def test_the_answer_itself_is_a_dot():
    place = Place(NODES, "case", own="case.size")
    assert to_xpath({">": [var("size"), 1]}, place) == ". > 1"
    known = Known(PATHS, {}, "case", "case_size")
    assert to_logic(". > 1", known) == {">": [var("size"), 1]}


def test_outside_its_section_an_answer_has_its_whole_path():
    assert to_logic("${case_size} > 1", Known(PATHS, {})) == {">": [{"var": "case.size"}, 1]}


@pytest.mark.parametrize(
    "logic",
    [
        {"!!": [var("home")]},
        {"!!": [{"var": "case.unknown"}]},
        {"substr": [var("note"), 1]},
        {"size": [var("note")]},
        {"===": [["a"], var("kind")]},
    ],
)
def test_what_has_no_words_is_refused(logic):
    with pytest.raises(NotExpressible):
        to_xpath(logic, PLACE)


@pytest.mark.parametrize(
    "xpath",
    [
        *(
            "pulldata('a', 'b') = 1",
            "${nobody} = 1",
            "regex(${case_note}, 'a')",
            "position(..) = 1",
        ),
        *("${case_size} =", "/data/case_size = 1", "(1 = 1", "'open", "int(${case_size}) = 1"),
        *("selected(${case_causes})", "if(1)", "count(1)", "", "(" * 99 + "1", "1 + " * 999 + "1"),
    ],
)
def test_what_cannot_be_read_is_refused(xpath):
    with pytest.raises(NotUnderstood):
        to_logic(xpath, KNOWN)


def test_conditions_are_split_outside_brackets_and_texts():
    assert conjuncts("a = 'x and y' and (b and c) and d") == ["a = 'x and y'", "(b and c)", "d"]
    assert conjuncts("a and b or c") == ["a and b or c"]


def test_a_text_with_both_quotation_marks_is_put_together():
    assert quoted("a'b") == '"a\'b"'
    assert quoted("a'\"b") == "concat('a', \"'\", '\"b')"


def test_a_sign_that_xpath_does_not_have_is_refused():
    with pytest.raises(NotXPath):
        parse("a && b")


def rules_of(document):
    for section in document["sections"]:
        own = [each["rule"] for each in section.get("checks", [])]
        for logic in [*own, *([section["visible"]] if section.get("visible") else [])]:
            yield logic, None, None
        for asked in section["fields"]:
            path = f"{section['id']}.{asked['id']}"
            for key in ("visible", "required"):
                if isinstance(asked.get(key), dict):
                    yield asked[key], section["id"], None
            for check in asked.get("checks", []):
                yield check["rule"], section["id"], path


@pytest.mark.parametrize("code", CODES)
def test_every_rule_of_the_catalogue_is_read_back_to_one_that_is_written_alike(code):
    nodes = nodes_of(document_of(code))
    paths = {node.name: (path, node.answer) for path, node in nodes.by_path.items()}
    repeats = {name: name for name in nodes.repeats}
    for logic, section, own in rules_of(document_of(code)):
        place = Place(nodes, section, own=own)
        xpath = to_xpath(logic, place)
        name = nodes.by_path[own].name if own else None
        again = to_logic(xpath, Known(paths, repeats, section, name))
        # An `or` within an `or` loses its brackets, and means the same.
        plain = str.maketrans("", "", "()")
        assert to_xpath(again, place).translate(plain) == xpath.translate(plain), logic
