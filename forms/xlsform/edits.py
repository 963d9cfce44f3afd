"""What somebody changed in one of our own files, carried into the definition.

The rows are made again from the definition; a cell that differs was changed by hand and counts,
because the exact rule beside it is what the cell said before. Must not know workbooks.
Neighbours: `rows` (makes them again), `foreign` (reads a changed cell).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from forms.xlsform.answers import ANSWERS
from forms.xlsform.columns import OWN, PLAIN, NotCarried, Row, translated
from forms.xlsform.expressions import Place, truth
from forms.xlsform.foreign import (
    Question,
    answer_of,
    conditions,
    read_constraint,
    read_relevant,
    read_required,
    rule_in,
    text_in,
)
from forms.xlsform.nodes import nodes_of
from forms.xlsform.rows import Lists, sheets_of
from forms.xlsform.terms import AND, NotExpressible
from forms.xlsform.understanding import Known
from forms.xlsform.workbook import Line

COMPARED = ("type", *PLAIN, "repeat_count", *translated("constraint_message"))
CARRIED = frozenset(("type", "relevant", "required", "constraint"))


def carry_edits(
    document: dict[str, Any],
    lists: Lists,
    lines: Sequence[Line],
    questions: Sequence[Question],
    report: list[NotCarried],
) -> None:
    """Change `document` where its rows would differ from `lines`; tell each change."""
    try:
        rows = sheets_of(document, lists).survey
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        reason = f"our columns do not fit together, so changes cannot be found ({error!r})"
        report.append(NotCarried("survey", 1, OWN + "role", reason))
        return
    made = {row["name"]: row for row in rows if not row["type"].startswith("end_")}
    asked = {question.line.number: question for question in questions}
    for line in lines:
        name = line.cells.get("name", "")
        if OWN + "role" not in line.cells or line.cells.get("type", "").startswith("end_"):
            continue
        if name not in made:
            report.append(NotCarried("survey", line.number, "name", "changed; the id stays"))
            continue
        changed = [column for column in COMPARED if _differs(line, made[name], column)]
        question = asked.get(line.number)
        for column in changed:
            carried = False
            if question is not None and column in CARRIED and not _is_group(line):
                carried = _carry(document, question, column)
            elif column == "relevant":
                carried = _carry_elsewhere(document, line, questions)
            elif question is not None:
                carried = _carry_message(question, column)
            reason = "was changed in the file; " + (
                "read from this cell" if carried else "it cannot be carried back"
            )
            report.append(NotCarried("survey", line.number, column, reason))


def _differs(line: Line, row: Row, column: str) -> bool:
    # A workbook keeps no blanks at the ends of a cell.
    return line.cells.get(column, "") != row.get(column, "").strip()


def _is_group(line: Line) -> bool:
    return line.cells.get("type", "").startswith("begin")


def _carry(document: dict[str, Any], question: Question, column: str) -> bool:
    if column == "type":
        answer, listed = answer_of(question.line, question.choices)
        if answer is None:
            return False
        question.document.update(answer=answer)
        question.document.pop("params", None)
        question.document.pop("choices", None)
        if listed:
            question.document["choices"] = [dict(one) for one in question.choices[listed]]
    elif column == "relevant":
        return read_relevant(question)
    elif column == "required":
        return read_required(question)
    else:
        _carry_constraint(document, question)
    return True


def _carry_constraint(document: Mapping[str, Any], question: Question) -> None:
    """Keep the checks whose condition still stands, and read the conditions that are new."""
    asked = question.document
    written = conditions(question)
    known = ANSWERS[asked["answer"]].constraint(asked.get("params", {}))
    if set(known) - set(written):
        question.tell("constraint", f"what '{asked['answer']}' asks for by itself stays")
    path, _ = question.known.paths[question.line.cells["name"]]
    place = Place(nodes_of(document), path.partition(".")[0], own=path)
    kept: list[Any] = []
    for check in asked.pop("checks", []):
        try:
            condition = truth(check["rule"], place).within(AND + 1)
        except NotExpressible:
            kept.append(check)
            continue
        if condition in written:
            kept.append(check)
            known.append(condition)
    if kept:
        asked["checks"] = kept
    read_constraint(question, [part for part in written if part not in known])


def _carry_message(question: Question, column: str) -> bool:
    checks = question.document.get("checks", [])
    typed = ANSWERS[question.document["answer"]]
    own_message = typed.message and typed.constraint(question.document.get("params", {}))
    if column not in translated("constraint_message") or len(checks) != 1 or own_message:
        return False
    message = text_in(question.line.cells, "constraint_message")
    if message:
        checks[0]["message"] = message
    return bool(message)


def _carry_elsewhere(document: dict[str, Any], line: Line, questions: Sequence[Question]) -> bool:
    """Carry when a section, a material or a group of questions is asked for."""
    wanted, role = line.cells.get(OWN + "id"), line.cells[OWN + "role"]
    places = {"section": ("sections", "visible"), "material": ("requirements", "when")}
    if not questions:
        return False
    first = questions[0]
    known = Known(first.known.paths, first.known.repeats)
    report: list[str] = []
    question = Question(line, first.choices, known, lambda column, reason: report.append(reason))
    for asked in questions:
        if asked.line.number == line.number:
            return read_relevant(asked)
    if role not in places:
        return False
    listed, key = places[role]
    for entry in document[listed]:
        if entry["id"] == wanted:
            entry.pop(key, None)
            rule = rule_in(question, "relevant") if line.cells.get("relevant") else None
            if rule is not None:
                entry[key] = rule
            return not report
    return False
