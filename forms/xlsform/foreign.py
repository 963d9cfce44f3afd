"""Questions of an XLSForm that somebody else wrote, as fields of a definition.

Takes what both have; the rest goes to the report. Must not know workbooks or our own columns.
Neighbours: `understanding` reads rules, `importing` goes through the rows.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from forms.definition import JSON
from forms.xlsform.columns import translated
from forms.xlsform.understanding import Known, NotUnderstood, to_logic
from forms.xlsform.workbook import Line
from forms.xlsform.xpath import NotXPath, conjuncts

Tell = Callable[[str, str], None]
"""Takes a column and a reason."""
ANSWERS: Mapping[str, str] = {
    **dict.fromkeys(("text", "string"), "text"),
    **dict.fromkeys(("integer", "int"), "count"),
    "decimal": "measure",
    "date": "date",
    **dict.fromkeys(("image", "photo"), "photo"),
    **dict.fromkeys(("acknowledge", "trigger"), "yes_no"),
}
SELECTS = {"select_one": "choice", "select one": "choice"} | dict.fromkeys(
    ("select_multiple", "select multiple"), "choices"
)
YES, NO = frozenset(("yes", "true", "true()")), frozenset(("", "no", "false", "false()"))
#: Patterns that people write for what is an answer type here.
PATTERNS: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(r"\^?1(\[3-9\]|\[0-9\]|\\d)(\\d|\[0-9\])\{9\}\$?"), "mobile"),
    (re.compile(r"\^?(\\d|\[0-9\])\{17\}[\[(](\\d|0-9)\|?[Xx]+[\])]\$?"), "resident_id"),
    (re.compile(r"\^?(\\d|\[0-9\])\{6\}\$?"), "postal_code"),
)
BOUND = re.compile(r"(?P<of>\.|string-length\(\s*\.\s*\))\s*(?P<sign><=?|>=?)\s*(?P<n>\d+)")
CHINESE = re.compile(r"[\u3400-\u9fff]")
NOT_CARRIED = ("calculation", "default", "choice_filter", "trigger", "read_only", "readonly")
MISSING = {"zh": "待补充", "en": "To be given"}


@dataclass(slots=True)
class Question:
    """A row with a question, and what it takes to understand it."""

    line: Line
    choices: Mapping[str, Sequence[Mapping[str, str]]]
    known: Known
    tell: Tell
    document: dict[str, Any] = field(default_factory=dict)


def kind_of(written: str) -> tuple[str, str]:
    """Return (type, list name) of a cell of the column `type`, in XLSForm's usual spelling."""
    for prefix in SELECTS:
        if written.startswith(f"{prefix} "):
            return prefix.replace(" ", "_"), written.removeprefix(prefix).split()[0]
    return written.replace("begin ", "begin_").replace("end ", "end_"), ""


def answer_of(
    line: Line, choices: Mapping[str, Sequence[Mapping[str, str]]]
) -> tuple[str | None, str]:
    """Return the answer type a row asks for (None when there is no such), and its choice list."""
    kind, listed = kind_of(line.cells.get("type", ""))
    if listed:
        codes = {entry["code"] for entry in choices.get(listed, ())}
        if kind == "select_one" and codes == {"yes", "no"}:
            return "yes_no", ""
        return (SELECTS[kind] if len(codes) > 1 else None), listed
    if kind == "image" and "signature" in line.cells.get("appearance", ""):
        return "signature", ""
    return ANSWERS.get(kind), ""


def text_in(cells: Mapping[str, str], name: str, tell: Tell | None = None) -> dict[str, str] | None:
    """Return a translated column as {zh, en}; a missing half is marked as such and told."""
    zh, en = (cells.get(column, "") for column in translated(name))
    plain = cells.get(name, "")
    if plain and not zh and not en:
        zh, en = (plain, "") if CHINESE.search(plain) else ("", plain)
    if not zh and not en:
        return None
    if CHINESE.search(en):
        zh, en = zh or en, ""
    if tell and not (zh and en):
        lacking, mark = ("Chinese", MISSING["zh"]) if en else ("English", MISSING["en"])
        tell(name, f"has no {lacking}; that is marked '{mark}'")
    return {"zh": zh or f"{MISSING['zh']}：{en}", "en": en or MISSING["en"]}


def read_question(question: Question, identifier: str) -> dict[str, Any] | None:
    """Return the field a row asks for, or None when there is no such answer type."""
    line, tell = question.line, question.tell
    answer, listed = answer_of(line, question.choices)
    if answer is None:
        tell("type", f"'{line.cells.get('type')}' has no answer type here; the row is left out")
        return None
    label = text_in(line.cells, "label", tell)
    if label is None:
        tell("label", "there is no label; it is marked as missing")
    document: dict[str, Any] = {"id": identifier, "label": label or MISSING, "answer": answer}
    question.document = document
    if hint := text_in(line.cells, "hint", tell):
        document["hint"] = hint
    if listed:
        document["choices"] = [dict(entry) for entry in question.choices[listed]]
    read_required(question)
    read_relevant(question)
    read_constraint(question, conditions(question))
    for column in NOT_CARRIED:
        if line.cells.get(column):
            tell(column, "has no equal here and is left out")
    return document


def rule_in(question: Question, column: str) -> JSON:
    """Return the rule in a column; None, told, when it cannot be read."""
    try:
        return to_logic(question.line.cells.get(column, ""), question.known)
    except NotUnderstood as error:
        question.tell(column, f"cannot be read as a rule: {error}")
        return None


def read_required(question: Question) -> bool:
    """Set whether the question must be answered; say whether the cell could be read."""
    written = question.line.cells.get("required", "").lower()
    question.document.pop("required", None)
    if written in NO:
        question.document["required"] = False
    elif written not in YES:
        rule = rule_in(question, "required")
        if rule is None:
            return False
        question.document["required"] = rule
    return True


def read_relevant(question: Question) -> bool:
    """Set when the question is asked; say whether the cell could be read."""
    question.document.pop("visible", None)
    if question.line.cells.get("relevant"):
        rule = rule_in(question, "relevant")
        if rule is None:
            return False
        question.document["visible"] = rule
    return True


def conditions(question: Question) -> list[str]:
    """Return the parts of the constraint, or nothing (told) when it cannot be read."""
    try:
        written = question.line.cells.get("constraint", "")
        return conjuncts(written) if written else []
    except NotXPath as error:
        question.tell("constraint", f"cannot be read: {error}")
        return []


def read_constraint(question: Question, parts: Sequence[str]) -> None:
    """Add conditions to the field: bounds and patterns where it has them, else checks."""
    message = text_in(question.line.cells, "constraint_message") or {
        "zh": f"{MISSING['zh']}：说明为什么不对",
        "en": "To be given: why this is wrong",
    }
    checks: list[JSON] = []
    for part in parts:
        if _bound(question.document, part) or _pattern(question.document, part):
            continue
        try:
            rule = to_logic(part, question.known)
        except NotUnderstood as error:
            question.tell("constraint", f"'{part}' cannot be read as a rule: {error}")
            continue
        taken = len(checks) + len(question.document.get("checks", []))
        code = "constraint" if not taken else f"constraint_{taken + 1}"
        checks.append({"code": code, "rule": rule, "message": dict(message)})
    if checks:
        question.document["checks"] = [*question.document.get("checks", []), *checks]


def _bound(document: dict[str, Any], part: str) -> bool:
    found = BOUND.fullmatch(part)
    lengths = found is not None and found["of"] != "."
    wanted = ("text",) if lengths else ("count", "measure", "amount", "area", "year")
    if found is None or document["answer"] not in wanted:
        return False
    whole = document["answer"] in ("text", "count", "year")
    if len(found["sign"]) == 1 and not whole:
        return False
    step = {"<": -1, ">": 1}.get(found["sign"], 0)
    name = "max" if found["sign"].startswith("<") else "min"
    document.setdefault("params", {})[name] = max(int(found["n"]) + step, 0)
    return True


def _pattern(document: dict[str, Any], part: str) -> bool:
    found = re.fullmatch(r"regex\(\s*\.\s*,\s*(['\"])(.*)\1\s*\)", part)
    if found is None or document["answer"] != "text":
        return False
    for pattern, answer in PATTERNS:
        if pattern.fullmatch(found[2]):
            document["answer"] = answer
            document.pop("params", None)
            return True
    return False


def within(question: Question, section: str | None, name: str | None) -> Question:
    """Return the question with rules read as those of a section and a question of it."""
    return replace(question, known=replace(question.known, section=section, own=name))
