"""Lays one body out along its item's definition: answers, materials, signature. Reads only.

Knows no case and no history. Neighbours: `dossier` opens the body, `showing` puts answers into
words, `sent_ahead` lays out what was sent before it was handed in.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from forms.asking import Row, open_sections, required_requirements
from forms.definition import Requirement, Section, ServiceItem, Text
from kiosk.app_services import Services
from kiosk.cases.submission import PICTURE_ANSWERS, is_brought
from kiosk.db import reading
from kiosk.hall.showing import covered, in_full
from sync import expecting


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `path` as in error messages, `full` only reaches a page on a logged request."""

    path: str
    label: Text
    shown: str
    full: str
    picture: str | None = None

    @property
    def is_covered(self) -> bool:
        """Tell whether there is more to see than is shown."""
        return self.shown != self.full


@dataclass(frozen=True, slots=True)
class Group:
    """The answers of a section, or of row `number` of a repeat section."""

    title: Text
    number: int | None
    answers: tuple[Answer, ...]
    #: What the checklist calls it.
    point: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """One captured material; `here` is false while its file is still on the way, or for ever."""

    id: str
    title: Text
    here: bool
    #: The station has not got it either.
    is_lost: bool


@dataclass(frozen=True, slots=True)
class Supply:
    """What stands for one requirement.

    `mode` is file, certificate, deferred, made, departments or missing; `due` is the promised day
    of a deferred one, `supplied_at` when it was handed in.
    """

    title: Text
    mode: str
    pictures: tuple[Picture, ...] = ()
    due: date | None = None
    certificate: Mapping[str, Any] | None = None
    supplied_at: datetime | None = None
    #: What the checklist calls it.
    point: str = ""


class Layout:
    """Lays one body of a terminal out along its item's definition, as it was asked on `day`."""

    def __init__(
        self,
        services: Services,
        item: ServiceItem,
        body: Mapping[str, Any],
        day: date,
        terminal_id: str,
    ) -> None:
        names = {file["sha256"] for file in body.get("files", {}).values()}
        self._away = {name for name in names if not services.blobs.has(name)}
        self._lost = _lost(terminal_id, self._away) if self._away else set[str]()
        self._item = item
        self._body = body
        self._day = day

    def groups(self) -> Iterator[Group]:
        """Yield the answers of each section, or of each row of a list."""
        for opened in open_sections(self._item, self._body["answers"], self._day):
            for row in opened.rows:
                number = None if row.index is None else row.index + 1
                answers = tuple(self._answers(opened.section, row))
                if answers:
                    point = f"q:{opened.section.id}" + (f".{number}" if number else "")
                    yield Group(opened.section.title, number, answers, point)

    def supplies(self) -> Iterator[Supply]:
        """Yield what stands for each document that the answers ask for."""
        given = {entry["requirement"]: entry for entry in self._body["attachments"]}
        for asked in required_requirements(self._item, self._body["answers"], self._day):
            entry = given.get(asked.id)
            ids = entry["materials"] if entry else ()
            pictures = tuple(self._picture(each, asked.name) for each in ids)
            yield Supply(
                asked.name,
                entry["mode"] if entry else _mode(asked),
                pictures,
                _day(entry.get("due")) if entry else None,
                entry.get("certificate") if entry else None,
                _moment(entry.get("supplied_at")) if entry else None,
                f"m:{asked.id}",
            )
        for group in self.groups():
            for answer in group.answers:
                if answer.picture:
                    shot = self._picture(answer.picture, answer.label)
                    yield Supply(answer.label, "file", (shot,))

    def signature(self) -> Picture | None:
        """Return the drawn signature, None when it was confirmed without one."""
        material = self._body.get("signature", {}).get("material")
        return self._picture(material, Text("签名", "Signature")) if material else None

    def _answers(self, section: Section, row: Row) -> Iterator[Answer]:
        for field in row.fields:
            value = row.kept.get(field.id)
            path = row.path(section, field)
            if field.answer in PICTURE_ANSWERS and value:
                yield Answer(path, field.label, "", "", str(value))
            else:
                yield Answer(path, field.label, covered(field, value), in_full(field, value))

    def _picture(self, material_id: str, title: Text) -> Picture:
        file = self._body.get("files", {}).get(material_id)
        name = file["sha256"] if file is not None else None
        here = name is not None and name not in self._away
        return Picture(material_id, title, here, name in self._lost)


def _lost(terminal_id: str, names: Collection[str]) -> set[str]:
    with reading() as session:
        return expecting.lost_among(session, terminal_id, names)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _mode(asked: Requirement) -> str:
    if is_brought(asked):
        return "missing"
    return "made" if asked.source == "form" else "departments"
