"""A device that fills a form: an XForm as pyxform makes it, with answers, judged by XPath 1.0.

Holds what JavaRosa (in ODK Collect) would do: the functions of XLSForm, calculations, relevance
in the order of the form with irrelevant questions blank, then what is required and constrained.
"""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import date
from typing import Any

from lxml import etree

XFORMS = "{http://www.w3.org/2002/xforms}"
JAVAROSA = "{http://openrosa.org/javarosa}"
EPOCH = date(1970, 1, 1).toordinal()


def text_of(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else repr(value)
    return str(getattr(value, "text", value) or "")


def number_of(value: Any) -> float:
    try:
        return float(value) if isinstance(value, float) else float(text_of(value))
    except ValueError:
        return float("nan")


def days_of(value: Any) -> float:
    """A date as JavaRosa keeps it: days, or nothing for nothing; a wrong date is an error."""
    if isinstance(value, float):
        return value
    written = text_of(value)
    return float(date.fromisoformat(written).toordinal() - EPOCH) if written else float("nan")


class Device:
    """One form being filled on `today`."""

    def __init__(self, xform: str, today: date) -> None:
        self.root = etree.fromstring(xform.encode())
        self.today = today
        model = next(self.root.iter(f"{XFORMS}model"))
        self.instance = next(model.iterchildren(f"{XFORMS}instance"))[0]
        self.binds = {bind.get("nodeset"): bind for bind in model.iter(f"{XFORMS}bind")}
        self.data = etree.fromstring(etree.tostring(self.instance).replace(b"xmlns=", b"xmlns:x="))
        for template in self.data.xpath("//*[@*[local-name() = 'template']]"):
            template.getparent().remove(template)
        self.current: Any = None
        self.functions = {(None, name): call for name, call in self._functions().items()}

    def rows(self, name: str, count: int) -> list[Any]:
        """Make `count` rows of a repeat and return them."""
        (row,) = self.data.findall(name)
        place = row.getparent()
        made = [deepcopy(row) for _ in range(count)]
        for copy in made:
            row.addprevious(copy)
        place.remove(row)
        return made

    def holds(self, xpath: str, node: Any) -> bool:
        result = self._evaluate(xpath, node)
        return bool(result)

    def problems(self) -> Iterator[tuple[str, str]]:
        """Yield (path, "required" | "constraint") of everything that stops the form."""
        self._blank_what_is_not_asked()
        self._calculate()
        self._blank_what_is_not_asked()
        for node, bind in self._bound():
            if node.get("off"):
                continue
            required, constraint = bind.get("required"), bind.get("constraint")
            if not text_of(node):
                if required and self.holds(required, node):
                    yield self.path(node), "required"
            elif constraint and not self.holds(constraint, node):
                yield self.path(node), "constraint"

    def path(self, node: Any) -> str:
        return str(self.data.getroottree().getpath(node))

    def _bound(self) -> Iterator[tuple[Any, Any]]:
        for node in self.data.iter():
            bind = self.binds.get(re.sub(r"\[\d+\]", "", self.path(node)))
            if bind is not None:
                yield node, bind

    def _blank_what_is_not_asked(self) -> None:
        for node in self.data.iter():
            node.attrib.pop("off", None)
        for node, bind in self._bound():
            parent_off = node.getparent() is not None and node.getparent().get("off")
            relevant = bind.get("relevant")
            if parent_off or (relevant and not self.holds(relevant, node)):
                self._switch_off(node)

    def _switch_off(self, node: Any) -> None:
        if self.path(node).endswith("]") or len(node):
            for inner in node.iter():
                inner.set("off", "1")
                inner.text = None
        node.set("off", "1")
        node.text = None

    def _calculate(self) -> None:
        for node, bind in self._bound():
            if bind.get("calculate") and not node.get("off"):
                node.text = text_of(self._evaluate(bind.get("calculate"), node))

    def _evaluate(self, xpath: str, node: Any) -> Any:
        outer, self.current = self.current, node
        try:
            return node.xpath(xpath, extensions=self.functions)
        finally:
            self.current = outer

    def _functions(self) -> Mapping[str, Any]:
        def substr(_context: Any, value: Any, start: float, end: float = 10**6) -> str:
            return text_of(value)[max(int(start), 0) : int(end)]

        def format_date(_context: Any, value: Any, pattern: str) -> str:
            days = days_of(value)
            return "" if days != days else date.fromordinal(int(days) + EPOCH).strftime(pattern)

        def select(_context: Any, value: Any, code: Any) -> bool:
            return text_of(code) in text_of(value).split()

        today = float(self.today.toordinal() - EPOCH)
        return {
            "if": lambda _context, test, yes, no: yes if test else no,
            "selected": select,
            "count-selected": lambda _context, value: float(len(text_of(value).split())),
            "regex": lambda _context, value, pattern: bool(re.search(pattern, text_of(value))),
            "substr": substr,
            "format-date": format_date,
            "date": lambda _context, value: days_of(value),
            "decimal-date-time": lambda _context, value: days_of(value),
            "today": lambda _context: today,
            "int": lambda _context, value: float(int(value)) if value == value else value,
            "abs": lambda _context, value: abs(number_of(value)),
            "min": lambda _context, *values: min(number_of(value) for value in values),
            "max": lambda _context, *values: max(number_of(value) for value in values),
            "current": lambda _context: [self.current],
        }


def fill(device: Device, document: Mapping[str, Any], names: Mapping[str, str]) -> None:
    """Write a sample's answers into the form; `names` gives the question of "section.field"."""
    for section in document["sections"]:
        given = document["answers"].get(section["id"])
        if section.get("repeat"):
            listed = given or []
            device.data.find(f".//{section['id']}_count").text = str(len(listed))
            for node, row in zip(device.rows(section["id"], len(listed)), listed, strict=True):
                _write(node, section, row, names)
        elif given:
            _write(device.data.find(section["id"]), section, given, names)


def _write(place: Any, section: Mapping[str, Any], row: Any, names: Mapping[str, str]) -> None:
    for asked in section["fields"]:
        value = row.get(asked["id"])
        node = place.find(names[f"{section['id']}.{asked['id']}"])
        if isinstance(value, dict):
            for part, written in value.items():
                node.find(f"{node.tag}_{part}").text = str(written)
        elif value is not None:
            node.text = _written(value)


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(str(code) for code in value)
    return str(value)
