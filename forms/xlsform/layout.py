"""The rows of a survey sheet in their places: sections with questions, and materials.

Gives every question its path before any rule is read, because rules name questions. Must not know
XPath or answer types beyond their names. Neighbours: `importing` makes the definition.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from forms.xlsform.columns import OWN, NotCarried
from forms.xlsform.foreign import answer_of, kind_of
from forms.xlsform.workbook import Line

Choices = Mapping[str, Sequence[Mapping[str, str]]]
OURS_BUT_NOTHING_NEW = frozenset(
    ("about", "count", "check", "derived", "commitment", "signature", "end")
)
LOOSE = "answers"
"""The section for questions that stand in no group."""


@dataclass(slots=True)
class Asked:
    """A question in its place: its id, and conditions of groups around it."""

    line: Line
    id: str
    around: tuple[Line, ...] = ()
    listed: str = ""


@dataclass(slots=True)
class Part:
    """A group or repeat of the form, which is a section of the item."""

    id: str
    line: Line | None
    repeat: bool = False
    asked: list[Asked] = field(default_factory=list)


@dataclass(slots=True)
class Layout:
    """All that was found, and what has no place."""

    parts: list[Part] = field(default_factory=list)
    materials: list[Line] = field(default_factory=list)
    paths: dict[str, tuple[str, str]] = field(default_factory=dict)
    report: list[NotCarried] = field(default_factory=list)
    stack: list[tuple[str, Part | None, Line]] = field(default_factory=list)

    def tell(self, line: Line, column: str, reason: str) -> None:
        """Add a line to the report."""
        self.report.append(NotCarried("survey", line.number, column, reason))

    def repeats(self) -> dict[str, str]:
        """Return the sections of repeats by the names of these."""
        return {
            part.line.cells.get("name", part.id): part.id
            for part in self.parts
            if part.repeat and part.line
        }


def lay_out(lines: Sequence[Line], choices: Choices) -> Layout:
    """Return the rows of the sheet `survey` in their places."""
    layout = Layout()
    for line in lines:
        kind, _ = kind_of(line.cells.get("type", ""))
        role = line.cells.get(OWN + "role", "")
        if kind.startswith("end_"):
            _close(layout, line)
        elif kind in ("begin_group", "begin_repeat"):
            _open(layout, line, kind, role)
        elif _inside(layout, "field"):
            _note_list(layout, line)
        elif _inside(layout, "left out"):
            layout.tell(line, "type", "stands in a repeat within a repeat and is left out")
        elif role == "material":
            layout.materials.append(line)
        elif role not in OURS_BUT_NOTHING_NEW and kind:
            _ask(layout, line, choices)
    for kind, _, line in layout.stack:
        layout.tell(line, "type", f"this {kind} is never closed")
    layout.parts = [part for part in layout.parts if part.asked]
    return layout


def identifier(name: str) -> str:
    """Return a name as an id of ours: small letters, digits and low lines."""
    made = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return made if made[:1].isalpha() else f"q_{made}".rstrip("_")


def _inside(layout: Layout, kind: str) -> bool:
    return any(each == kind for each, _, _ in layout.stack)


def _current(layout: Layout) -> Part | None:
    return next((part for _, part, _ in reversed(layout.stack) if part), None)


def _close(layout: Layout, line: Line) -> None:
    if layout.stack:
        layout.stack.pop()
    else:
        layout.tell(line, "type", "closes a group that was not opened")


def _open(layout: Layout, line: Line, kind: str, role: str) -> None:
    outer = _current(layout)
    if role == "field":
        _add(layout, outer, line, line.cells.get(OWN + "answer", ""))
        layout.stack.append(("field", None, line))
    elif role == "materials":
        layout.stack.append(("materials", None, line))
    elif kind == "begin_repeat" and outer is not None and outer.repeat:
        layout.tell(line, "type", "a repeat within a repeat is left out")
        layout.stack.append(("left out", None, line))
    elif kind == "begin_repeat" or outer is None:
        wanted = line.cells.get(OWN + "id") or line.cells.get("name", "section")
        part = Part(_fresh(layout, identifier(wanted)), line, kind == "begin_repeat")
        if part.id != wanted:
            layout.tell(line, "name", f"'{wanted}' became '{part.id}'")
        layout.parts.append(part)
        layout.stack.append(("section", part, line))
    else:
        layout.tell(line, "label", "a group within a group: its questions join the outer one")
        layout.stack.append(("group", None, line))


def _fresh(layout: Layout, wanted: str) -> str:
    taken, number, name = {part.id for part in layout.parts}, 2, wanted
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


def _note_list(layout: Layout, line: Line) -> None:
    part = layout.parts[-1] if layout.parts else None
    listed = kind_of(line.cells.get("type", ""))[1]
    if part and part.asked and listed:
        part.asked[-1].listed = listed


def _ask(layout: Layout, line: Line, choices: Choices) -> None:
    answer, _ = answer_of(line, choices)
    own = line.cells.get(OWN + "answer")
    if answer is None and own is None:
        kind = line.cells.get("type")
        layout.tell(line, "type", f"'{kind}' has no answer type here; the row is left out")
        return
    _add(layout, _current(layout), line, own or answer or "")


def _add(layout: Layout, part: Part | None, line: Line, answer: str) -> None:
    if part is None:
        part = next((each for each in layout.parts if each.line is None), None)
    if part is None:
        part = Part(_fresh(layout, LOOSE), None)
        layout.parts.append(part)
        layout.tell(line, "type", f"questions outside of groups are put in a section '{part.id}'")
    name = line.cells.get("name", "")
    wanted = line.cells.get(OWN + "id") or name or "question"
    made, number = identifier(wanted), 2
    while any(asked.id == made for asked in part.asked):
        made, number = f"{identifier(wanted)}_{number}", number + 1
    if made != wanted:
        layout.tell(line, "name", f"'{wanted}' became '{made}'")
    groups = tuple(line for kind, _, line in layout.stack if kind == "group")
    part.asked.append(Asked(line, made, groups))
    layout.paths[name] = (f"{part.id}.{made}", answer)
