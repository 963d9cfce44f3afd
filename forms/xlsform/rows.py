"""A definition as the rows of an XLSForm.

Sections become groups and repeats, requirements pictures, checks of a whole section notes that
stand in the way while they fail. Must not know workbooks. Neighbours: `answers` (types),
`expressions` (rules), `columns` (heads), `export` (writes the workbook).
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from forms.definition import JSON
from forms.rules import operators_in
from forms.xlsform.answers import ANSWERS, day_bounds
from forms.xlsform.columns import (
    LANGUAGES,
    OWN,
    NotCarried,
    Row,
    Sheets,
    compact,
    translated,
    words,
)
from forms.xlsform.expressions import Place, same_name, truth
from forms.xlsform.nodes import COMMITMENT, MATERIALS, SIGNATURE, Nodes, nodes_of
from forms.xlsform.terms import AND, EQUAL, NotExpressible

Document = Mapping[str, Any]
Lists = Mapping[str, Sequence[Mapping[str, str]]]
YES_NO = (
    {"code": "yes", "zh": "是", "en": "Yes"},
    {"code": "no", "zh": "否", "en": "No"},
)
SIGN = {"zh": "请签名", "en": "Please sign"}
ROWS = {"zh": "有几条？", "en": "How many entries?"}
ASKED_FOR = {"zh": "请填写这一项", "en": "This has to be answered"}
PIXELS = "max-pixels=1600"
SUPPLIED = frozenset(("applicant", "certificate"))
"""Sources of a requirement that the applicant photographs; the rest is made or fetched."""


def sheets_of(document: Document, lists: Lists) -> Sheets:
    """Return the tables of an expanded item; `lists` are the choice lists it may name.

    What cannot be written is left out and told in the report.
    """
    return _Writing(document, lists).sheets()


class _Writing:
    """The rows of one item, in the making."""

    def __init__(self, document: Document, lists: Lists) -> None:
        self.document = document
        self.lists = lists
        self.nodes: Nodes = nodes_of(document)
        self.survey: list[Row] = []
        self.listed: dict[str, Sequence[Mapping[str, str]]] = {}
        self.report: list[NotCarried] = []

    def sheets(self) -> Sheets:
        document = self.document
        about = f"{document['code']} {document['name']['zh']}\n{document['provenance']['zh']}"
        en = f"{document['code']} {document['name']['en']}\n{document['provenance']['en']}"
        self._add(
            "note", self.nodes.name("about"), "about", words("label", {"zh": about, "en": en})
        )
        for section in document["sections"]:
            self._section(section)
        self._materials()
        self._closing()
        choices = [
            {"list_name": name, "name": entry["code"], **words("label", entry)}
            for name, entries in self.listed.items()
            for entry in entries
        ]
        return Sheets(self.survey, choices, [self._settings()], list(_own(document)), self.report)

    def _settings(self) -> Row:
        document = self.document
        digest = hashlib.sha256(compact(document).encode()).hexdigest()
        return {
            "form_title": document["name"]["zh"],
            "form_id": document["code"],
            "version": digest[:12],
            "default_language": LANGUAGES["zh"],
            "style": "pages",
        }

    def _add(self, kind: str, name: str, role: str, *cells: Row) -> None:
        row: Row = {"type": kind, "name": name, OWN + "role": role}
        for more in cells:
            row.update({column: cell for column, cell in more.items() if cell != ""})
        self.survey.append(row)

    def _rule(self, logic: JSON, place: Place, column: str, level: int = 0) -> str:
        """Return the condition, or nothing and a line in the report."""
        try:
            return truth(logic, place).within(level)
        except NotExpressible as error:
            self.report.append(NotCarried("survey", len(self.survey) + 2, column, str(error)))
            return ""

    def _section(self, section: Document) -> None:
        repeat = section.get("repeat")
        relevant = self._optional(section.get("visible"), Place(self.nodes), "relevant")
        own = _own_cells(section, ("visible", "repeat", "shared", "checks"), id=section["id"])
        cells = [words("label", section["title"]), {"relevant": relevant}, own]
        if repeat:
            cells.append({"repeat_count": self._count(section, repeat, relevant)})
        kind = "repeat" if repeat else "group"
        self._add(f"begin_{kind}", section["id"], "section", *cells)
        for asked in section["fields"]:
            self._field(section, asked)
        for key in sorted(_keys_told_apart(section)):
            self._same(section["id"], key)
        self._add(f"end_{kind}", section["id"], "end")
        for check in section.get("checks", []):
            self._standing_note(section, check, relevant)

    def _count(self, section: Document, repeat: Document, relevant: str) -> str:
        title = section["title"]
        label = {key: f"{title[key]}{gap}{ROWS[key]}" for key, gap in (("zh", "："), ("en", ": "))}
        name = self.nodes.name(section["id"], "count")
        cells: Row = {"required": "yes", "relevant": relevant}
        cells["constraint"] = f". >= {repeat['min']} and . <= {repeat['max']}"
        self._add("integer", name, "count", words("label", label), cells)
        return f"${{{name}}}"

    def _same(self, section: str, key: str) -> None:
        node = self.nodes.by_path[f"{section}.{key}"].name
        same = f"count(../../{section}[{node} = current()/../{node}])"
        cells: Row = {"calculation": f"if(${{{node}}} = '', 0, {same})"}
        self._add("calculate", same_name(section, key), "derived", cells)

    def _standing_note(self, section: Document, check: Document, relevant: str) -> None:
        failed = self._rule(check["rule"], Place(self.nodes), "relevant")
        if not failed:
            return
        when = f"not({failed})"
        # A note cannot be answered: while it is required and shown, the form cannot be finished.
        cells: Row = {"required": "yes"}
        cells["relevant"] = f"({relevant}) and {when}" if relevant else when
        name = self.nodes.name(section["id"], "check", check["code"])
        message = words("required_message", check["message"])
        self._add("note", name, "check", words("label", check["message"]), cells, message)

    def _field(self, section: Document, asked: Document) -> None:
        path = f"{section['id']}.{asked['id']}"
        node = self.nodes.by_path[path]
        place = Place(self.nodes, section["id"])
        keys = ("params", "privacy", "unmasked_at_kiosk", "required", "visible", "checks")
        named = asked.get("choices")
        own = _own_cells(
            asked, keys, id=asked["id"], answer=asked["answer"],
            **({"choices": named} if isinstance(named, str) else {}),
        )  # fmt: skip
        shown = {"relevant": self._optional(asked.get("visible"), place, "relevant")}
        texts = {**words("label", asked["label"]), **words("hint", asked.get("hint"))}
        if asked["answer"] in ("address", "period"):
            self._add("begin_group", node.name, "field", texts, shown, own)
            self._parts(asked, node.name, path)
            self._add("end_group", node.name, "end")
            return
        kind = ANSWERS[asked["answer"]].type
        if kind.startswith("select"):
            kind = f"{kind} {self._list_of(asked, node.name)}"
        asking = {**self._required(asked, place), **self._constraint(asked, path)}
        self._add(kind, node.name, "field", _appearance(asked), texts, shown, asking, own)

    def _optional(self, logic: JSON, place: Place, column: str) -> str:
        return "" if logic is None else self._rule(logic, place, column)

    def _required(self, asked: Document, place: Place) -> Row:
        required = asked.get("required", True)
        if isinstance(required, bool):
            cell = "yes" if required else ""
        else:
            cell = self._rule(required, place, "required")
        return {"required": cell, **(words("required_message", ASKED_FOR) if cell else {})}

    def _list_of(self, asked: Document, name: str) -> str:
        choices = asked.get("choices")
        if asked["answer"] == "yes_no":
            self.listed["yes_no"] = YES_NO
            return "yes_no"
        if isinstance(choices, str):
            self.listed[choices] = self.lists[choices]
            return choices
        self.listed[name] = choices or []
        return name

    def _constraint(self, asked: Document, path: str, first: Sequence[str] = ()) -> Row:
        """Return the conditions of the answer type (or `first`) and of all checks as one."""
        written = ANSWERS[asked["answer"]]
        place = Place(self.nodes, path.partition(".")[0], own=path)
        parts = list(first) or written.constraint(asked.get("params", {}))
        messages: list[Mapping[str, str]] = []
        if parts and written.message:
            messages.append({"zh": written.message.zh, "en": written.message.en})
        for check in asked.get("checks", []):
            condition = self._rule(check["rule"], place, "constraint", AND + 1)
            if condition:
                parts.append(condition)
                messages.append(check["message"])
        if not parts:
            return {}
        told = {lang: gap.join(m[lang] for m in messages) for lang, gap in SEPARATORS.items()}
        return {"constraint": " and ".join(parts), **words("constraint_message", told)}

    def _parts(self, asked: Document, name: str, path: str) -> None:
        """Write an answer of two questions; its checks stand at the second."""
        place = Place(self.nodes, path.partition(".")[0])
        params, required = asked.get("params", {}), self._required(asked, place)
        if asked["answer"] == "period":
            bounds = day_bounds(params)
            first = {"constraint": " and ".join(bounds)}
            self._add("date", f"{name}_from", "part", words("label", FROM), required, first)
            later = self._constraint(asked, path, [*bounds, f"date(.) >= date(${{{name}_from}})"])
            self._add("date", f"{name}_to", "part", words("label", TO), required, later)
            return
        anywhere = params.get("anywhere") is True
        kind = f"select_one {self._list_of(asked, name)}"
        picked: Row = {"appearance": "minimal", **({} if anywhere else required)}
        self._add(kind, f"{name}_division", "part", words("label", DIVISION), picked)
        least = f"if(${{{name}_division}} = '', 6, 2)" if anywhere else "2"
        length = [f"string-length(.) >= {least}", "string-length(.) <= 100"]
        detail = self._constraint(asked, path, length)
        self._add("text", f"{name}_detail", "part", words("label", DETAIL), required, detail)

    def _materials(self) -> None:
        self._add("begin_group", MATERIALS, "materials", words("label", MATERIALS_TITLE))
        for entry in self.document["requirements"]:
            own = {"id": entry["id"], "source": entry["source"], "form": entry["form"]}
            keys = ("count", "deferrable")
            cells = [words("label", entry["name"]), words("hint", entry.get("hint"))]
            cells.append(_own_cells(entry, keys, **own))
            if entry.get("when") is not None:
                cells.append(_own_cells({"visible": entry["when"]}, ("visible",)))
            when = self._optional(entry.get("when"), Place(self.nodes), "relevant")
            cells.append({"relevant": when})
            name = self.nodes.name("material", entry["id"])
            if entry["source"] in SUPPLIED:
                required = "" if entry.get("deferrable") else "yes"
                cells.append({"required": required, "parameters": PIXELS})
            kind = "image" if entry["source"] in SUPPLIED else "note"
            self._add(kind, name, "material", *cells)
        self._add("end_group", MATERIALS, "end")

    def _closing(self) -> None:
        promise, called = self.document.get("commitment"), self.document.get("commitment_required")
        if promise:
            self.listed["yes_no"] = YES_NO
            cells: Row = {}
            if called is not None:
                cells["required"] = self._rule(called, Place(self.nodes), "required")
                unless = self._rule({"!": [called]}, Place(self.nodes), "constraint", EQUAL)
                cells["constraint"] = f". = 'yes' or {unless}" if unless else ""
            label = words("label", promise)
            self._add("select_one yes_no", COMMITMENT, "commitment", label, cells)
        label = words("label", SIGN)
        signing: Row = {"appearance": "signature", "required": "yes", "parameters": PIXELS}
        self._add("image", SIGNATURE, "signature", label, signing)


SEPARATORS = {"zh": "；", "en": "; "}
FROM = {"zh": "开始日期", "en": "First day"}
TO = {"zh": "结束日期", "en": "Last day"}
DIVISION = {"zh": "村（社区）", "en": "Village or community"}
DETAIL = {"zh": "门牌地址", "en": "House and street"}
MATERIALS_TITLE = {"zh": "材料", "en": "Documents"}


def _appearance(asked: Document) -> Row:
    written = ANSWERS[asked["answer"]].appearance
    if asked["answer"] == "text" and int(asked.get("params", {}).get("lines", 1)) > 1:
        written = "multiline"
    image = ANSWERS[asked["answer"]].type == "image"
    return {"appearance": written, "parameters": PIXELS if image else ""}


def _keys_told_apart(section: Document) -> Iterator[str]:
    """Yield the fields by which a check of this section tells its rows apart."""
    for check in section.get("checks", []):
        if "distinct" in operators_in(check["rule"]):
            yield from _distinct_keys(check["rule"])


def _distinct_keys(logic: JSON) -> Iterator[str]:
    parts = logic.values() if isinstance(logic, dict) else logic if isinstance(logic, list) else ()
    if isinstance(logic, dict) and isinstance(logic.get("distinct"), list):
        yield str(logic["distinct"][1])  # type: ignore[index]
    for part in parts:
        yield from _distinct_keys(part)


def _own_cells(document: Document, keys: Sequence[str], **plain: str) -> Row:
    """Return our columns: `plain` as they are, and those `keys` that are written, as JSON."""
    cells = {OWN + key: text for key, text in plain.items()}
    return cells | {OWN + key: compact(document[key]) for key in keys if key in document}


def _own(document: Document) -> Iterator[Row]:
    """Yield the rows of our own sheet: everything but sections and requirements."""
    for key, value in document.items():
        if key in ("sections", "requirements"):
            continue
        if isinstance(value, list) and value:
            for number, entry in enumerate(value):
                yield _own_row(f"{key}.{number}", entry)
        else:
            yield _own_row(key, value)


def _own_row(key: str, value: Any) -> Row:
    if isinstance(value, dict) and {"zh", "en"} <= value.keys():
        rest = {name: part for name, part in value.items() if name not in ("zh", "en")}
        cells = {"key": key, "zh": value["zh"], "en": value["en"]}
        return {**cells, "json": compact(rest)} if rest else cells
    return {"key": key, "json": compact(value)}


__all__ = ["Document", "Lists", "sheets_of", "translated"]
