"""An XLSForm as the document of an item, and a report of what could not be carried.

In our own files our columns say exactly what was meant; where somebody changed what XLSForm has a
word for, the change counts (`edits`). In others' files the rest gets placeholders. Must not know
files or YAML. Neighbours: `workbook`, `layout`, `foreign`; `written` makes the YAML.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from forms.definition import JSON
from forms.xlsform.columns import LANGUAGES, OWN, OWN_SHEET, NotCarried, Row, translated
from forms.xlsform.edits import carry_edits
from forms.xlsform.foreign import MISSING, Question, read_question, rule_in, text_in, within
from forms.xlsform.layout import Asked, Layout, Part, lay_out
from forms.xlsform.placeholders import fill_gaps
from forms.xlsform.rows import Lists
from forms.xlsform.understanding import Known
from forms.xlsform.workbook import Line, Unreadable, read_workbook

Choices = Mapping[str, Sequence[Mapping[str, str]]]
FIELD_CELLS = ("params", "privacy", "unmasked_at_kiosk", "required", "visible", "checks")
SECTION_CELLS = ("shared", "visible", "repeat", "checks")


def import_form(content: bytes, lists: Lists) -> tuple[dict[str, Any], list[NotCarried]]:
    """Return the expanded document of an item and what could not be carried.

    `lists` are the choice lists an item may name. Raises Unreadable for a file that is no
    workbook, is not safe to open, or has no sheet `survey` with types and names.
    """
    sheets = read_workbook(content)
    survey = [_plain(line) for line in sheets.get("survey", [])]
    if not any("type" in line.cells and "name" in line.cells for line in survey):
        raise Unreadable("no sheet 'survey' with the columns type and name")
    return _Import(sheets, survey, lists).document()


def _plain(line: Line) -> Line:
    """Return a row whose heads are spelled our way: label::English (en) of label::en."""
    cells: Row = {}
    for head, cell in line.cells.items():
        name, _, language = (part.strip() for part in head.partition("::"))
        lower = language.lower()
        if language and not head.startswith(OWN) and name != "bind":
            zh, en = translated(name)
            chinese = any(word in lower for word in ("zh", "中文", "chinese", "汉语"))
            english = "english" in lower or lower.strip("()") == "en" or "(en" in lower
            head = zh if chinese else en if english else head
        cells[head if language else name] = cell
    return Line(line.number, cells)


class _Import:
    """One form on its way to a document."""

    def __init__(self, sheets: Mapping[str, list[Line]], survey: list[Line], lists: Lists) -> None:
        self.lists = lists
        self.own = sheets.get(OWN_SHEET, [])
        self.settings = next((line.cells for line in sheets.get("settings", [])), {})
        self.report: list[NotCarried] = []
        self.choices = self._choices([_plain(line) for line in sheets.get("choices", [])])
        self.survey = survey
        self.layout: Layout = lay_out(survey, self.choices)
        self.known = Known(self.layout.paths, self.layout.repeats())
        self.questions: list[Question] = []

    def document(self) -> tuple[dict[str, Any], list[NotCarried]]:
        self.report += self.layout.report
        self._other_languages()
        document = self._top()
        document["requirements"] = [self._requirement(line) for line in self.layout.materials]
        document["sections"] = [self._section(part) for part in self.layout.parts]
        fill_gaps(document, self.settings, self.report)
        if any(OWN + "role" in line.cells for line in self.survey):
            carry_edits(document, self.lists, self.survey, self.questions, self.report)
        return document, sorted(self.report, key=lambda told: (told.sheet, told.row))

    def tell(self, line: Line, column: str, reason: str, sheet: str = "survey") -> None:
        self.report.append(NotCarried(sheet, line.number, column, reason))

    def _other_languages(self) -> None:
        heads = {head: line for line in reversed(self.survey) for head in line.cells}
        ours = tuple(LANGUAGES.values())
        for head, line in heads.items():
            if "::" in head and not head.startswith(OWN) and not head.endswith(ours):
                self.tell(line, head, "this column has no equal here and is left out")

    def _choices(self, lines: Sequence[Line]) -> Choices:
        listed: dict[str, list[Mapping[str, str]]] = {}
        for line in lines:
            name = line.cells.get("list_name") or line.cells.get("list name", "")
            code = line.cells.get("name") or line.cells.get("value", "")
            if not name or not code:
                continue

            def tell(column: str, reason: str, line: Line = line) -> None:
                self.tell(line, column, reason, "choices")

            label = text_in(line.cells, "label", tell) or MISSING
            listed.setdefault(name, []).append({"code": code, **label})
        return listed

    def _top(self) -> dict[str, Any]:
        document: dict[str, Any] = {}
        for line in self.own:
            key, _, number = line.cells.get("key", "").partition(".")
            try:
                value = _own_value(line.cells)
            except (ValueError, RecursionError):
                self.tell(line, "json", "is no JSON and is left out", OWN_SHEET)
                continue
            if number:
                document.setdefault(key, [])
            if number and isinstance(document[key], list):
                document[key].append(value)
            elif key:
                document[key] = value
        return document

    def _cells(self, line: Line, keys: Sequence[str]) -> dict[str, Any]:
        """Return what our columns hold as JSON."""
        found: dict[str, Any] = {}
        for key in keys:
            try:
                if OWN + key in line.cells:
                    found[key] = json.loads(line.cells[OWN + key])
            except (ValueError, RecursionError):
                self.tell(line, OWN + key, "is no JSON and is left out")
        return found

    def _requirement(self, line: Line) -> dict[str, Any]:
        cells = line.cells
        document: dict[str, Any] = {"id": cells.get(OWN + "id", "")}
        document["name"] = text_in(cells, "label") or MISSING
        document |= {key: cells.get(OWN + key, "") for key in ("source", "form")}
        own = self._cells(line, ("count", "visible", "deferrable"))
        document |= {{"visible": "when"}.get(key, key): value for key, value in own.items()}
        if hint := text_in(cells, "hint"):
            document["hint"] = hint
        return document

    def _section(self, part: Part) -> dict[str, Any]:
        line = part.line
        title = text_in(line.cells, "label", self._teller(line)) if line else None
        document: dict[str, Any] = {"id": part.id, "title": title or dict(MISSING)}
        if line and line.cells.get(OWN + "role") == "section":
            document |= self._cells(line, SECTION_CELLS)
        elif line:
            self._foreign_section(document, part, line)
        fields = (self._field(part, asked) for asked in part.asked)
        document["fields"] = [asked for asked in fields if asked]
        return document

    def _foreign_section(self, document: dict[str, Any], part: Part, line: Line) -> None:
        question = Question(line, self.choices, self.known, self._teller(line))
        if line.cells.get("relevant"):
            rule = rule_in(question, "relevant")
            document |= {} if rule is None else {"visible": rule}
        if part.repeat:
            document["repeat"] = {"min": 0, "max": 20}
            count = line.cells.get("repeat_count")
            self.tell(line, "repeat_count", f"'{count or ''}': 0 to 20 rows are taken instead")

    def _teller(self, line: Line) -> Any:
        return lambda column, reason: self.tell(line, column, reason)

    def _field(self, part: Part, asked: Asked) -> dict[str, Any] | None:
        line = asked.line
        question = Question(line, self.choices, self.known, self._teller(line))
        question = within(question, part.id, line.cells.get("name"))
        self.questions.append(question)
        if OWN + "answer" not in line.cells:
            document = read_question(question, asked.id)
            if document:
                self._around(document, asked, question)
            return document
        document = {"id": asked.id, "label": text_in(line.cells, "label") or MISSING}
        document["answer"] = line.cells[OWN + "answer"]
        if hint := text_in(line.cells, "hint"):
            document["hint"] = hint
        document |= self._cells(line, FIELD_CELLS)
        self._own_choices(document, asked)
        question.document = document
        return document

    def _own_choices(self, document: dict[str, Any], asked: Asked) -> None:
        if document["answer"] not in ("choice", "choices", "address"):
            return
        words = asked.line.cells.get("type", "").split()
        listed = asked.listed or (words[1] if len(words) > 1 else "")
        here = [dict(entry) for entry in self.choices.get(listed, ())]
        named = asked.line.cells.get(OWN + "choices", "")
        if named in self.lists and here == list(self.lists[named]):
            document["choices"] = named
        else:
            document["choices"] = here
            if named:
                reason = f"differs from the list '{named}', so the choices are the field's own"
                self.tell(asked.line, "type", reason)

    def _around(self, document: dict[str, Any], asked: Asked, question: Question) -> None:
        """Add the conditions of the groups around a question to its own."""
        rules: list[JSON] = []
        for group in asked.around:
            if group.cells.get("relevant"):
                outer = Question(group, self.choices, question.known, self._teller(group))
                rule = rule_in(outer, "relevant")
                rules += [] if rule is None else [rule]
        if rules:
            rules += [document["visible"]] if "visible" in document else []
            document["visible"] = rules[0] if len(rules) == 1 else {"and": rules}


def _own_value(cells: Row) -> Any:
    if "zh" in cells or "en" in cells:
        text = {"zh": cells.get("zh", ""), "en": cells.get("en", "")}
        return text | (json.loads(cells["json"]) if "json" in cells else {})
    return json.loads(cells.get("json", "null"))
