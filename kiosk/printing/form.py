"""The application form of an item: blank to fill by hand, or a copy of what was handed in.

Questions, order and words are those of the item's definition in the release it was filled with.
Whether answers are covered is the caller's: it hands in how one is shown. Neighbours: `handed_in`
reads a case; `kiosk.pages.showing` puts answers into words.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from forms.asking import open_sections, required_requirements
from forms.definition import Field, Requirement, Section, ServiceItem, Text
from forms.masking import mask
from kiosk.api.language import speaking
from kiosk.cases import statement
from kiosk.cases.submission import MODES, is_brought
from kiosk.printing.handed_in import HandedIn
from kiosk.printing.occasions import occasion
from kiosk.printing.sheets import code_picture, draw, jpeg_picture
from kiosk.printing.words import WORDS, followed, follows_by
from kiosk.receipts import qr
from kiosk.receipts.number import grouped

#: How an answer is shown in the language being spoken, covered or not.
Show = Callable[[Field, object], str]

#: A blank repeat section has as many rows as this, if its definition allows them.
BLANK_ROWS = 3
#: A blank choice with more entries than this is a line to write on.
MOST_BOXES = 12
#: An answer that takes more than so many halves of a Chinese character has the width of the page,
#: and so have the answer types below.
_NARROW = 32
_WIDE = frozenset({"address", "choices", "period", "photo", "signature"})
#: Answer types whose words are the definition's; everything else is as the applicant wrote it.
_SAID_IN_BOTH = frozenset({"choice", "choices", "yes_no", "photo", "signature"})
#: What has become of a material, as far as there are words for it.
_TOLD = MODES | {"missing"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A question with its answer; of a blank form, with boxes to tick or room to write."""

    label: Text
    shown: Text | None = None
    options: tuple[Text, ...] = ()
    note: Text | None = None
    is_wide: bool = False

    @property
    def is_empty(self) -> bool:
        """Tell whether the question was left empty."""
        return self.shown is not None and not self.shown.zh


@dataclass(frozen=True, slots=True)
class Table:
    """The questions of a section, or of row `number` of a repeat section, two or one in a line."""

    title: Text
    number: int | None
    lines: tuple[tuple[Cell, ...], ...]
    when: Text | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """A requirement and what has become of it; `state` is None on a blank form.

    `notes` say by when it follows, when it followed, or which electronic certificate it is.
    """

    requirement: Requirement
    state: Text | None
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One form as it is drawn; of a blank one `case` and everything after it is None.

    `mark` names the fixed word that says which copy it is; pictures are data addresses.
    """

    item: ServiceItem
    release: str
    mark: str
    tables: tuple[Table, ...]
    materials: tuple[Material, ...]
    promised_later: tuple[Text, ...] = ()
    case: HandedIn | None = None
    number: str | None = None
    code: str | None = None
    signature: str | None = None
    station: str | None = None
    printed_by: str | None = None


def blank(item: ServiceItem, release: str) -> str:
    """Return the form with nothing filled in: every question, and what it depends on."""
    sheet = Sheet(
        item,
        release[:12],
        "blank",
        tables=tuple(_blank_tables(item)),
        materials=tuple(Material(each, None) for each in item.requirements),
    )
    return draw("print/form.html", sheet=sheet)


def copy(
    case: HandedIn,
    show: Show,
    *,
    is_covered: bool,
    station: str | None = None,
    printed_by: str | None = None,
) -> str:
    """Return what was handed in, answers as `show` puts them; `is_covered` only names the copy.

    Has to be called within a request of an application with translations.
    """
    sheet = sheet_of(case, show, is_covered=is_covered, station=station, printed_by=printed_by)
    return draw("print/form.html", sheet=sheet)


def sheet_of(
    case: HandedIn,
    show: Show,
    *,
    is_covered: bool,
    station: str | None = None,
    printed_by: str | None = None,
) -> Sheet:
    """Return what `copy` draws, for a paper of several forms."""
    return Sheet(
        case.item,
        case.release[:12],
        mark_of(is_covered),
        tables=tuple(_filled_tables(case, show)),
        materials=tuple(_given(case, is_covered=is_covered)),
        promised_later=tuple(_promised_later(case)),
        case=case,
        number=grouped(case.number),
        code=progress_code(case.token),
        signature=jpeg_picture(case.signature) if case.signature else None,
        station=station,
        printed_by=printed_by,
    )


def mark_of(is_covered: bool) -> str:
    """Return the fixed word that says which copy of an application it is."""
    return "masked" if is_covered else "signed_copy"


def progress_code(token: str | None) -> str | None:
    """Return the code that opens the applicant's progress page, for who has its token."""
    return code_picture(qr.payload("receipt", token)) if token else None


def _filled_tables(case: HandedIn, show: Show) -> Iterator[Table]:
    for opened in open_sections(case.item, case.body["answers"], case.on):
        for row in opened.rows:
            cells = [_answered(field, row.kept.get(field.id), show) for field in row.fields]
            if cells:
                number = None if row.index is None else row.index + 1
                yield Table(opened.section.title, number, _in_lines(cells))


def _answered(field: Field, value: object, show: Show) -> Cell:
    shown = Text("", "") if value in (None, "", []) else _in_both(field, value, show)
    is_long = _halves(shown) > _NARROW or "\n" in shown.zh
    return Cell(field.label, shown, is_wide=is_long or field.answer in _WIDE)


def _halves(shown: Text) -> int:
    text = shown.zh if shown.en == shown.zh else shown.zh + shown.en
    return sum(1 if character.isascii() else 2 for character in text)


def _in_both(field: Field, value: object, show: Show) -> Text:
    with speaking("zh"):
        zh = show(field, value)
    if field.answer not in _SAID_IN_BOTH:
        return Text(zh, zh)
    with speaking("en"):
        return Text(zh, show(field, value))


def _blank_tables(item: ServiceItem) -> Iterator[Table]:
    for section in item.sections:
        when = occasion(item, section.visible) if section.visible else None
        lines = _in_lines([_to_fill(item, section, field) for field in section.fields])
        if section.repeat is None:
            yield Table(section.title, None, lines, when)
            continue
        for number in range(min(section.repeat.max, BLANK_ROWS)):
            yield Table(section.title, number + 1, lines, when)


def _to_fill(item: ServiceItem, section: Section, field: Field) -> Cell:
    options: tuple[Text, ...] = ()
    if field.answer == "yes_no":
        options = (WORDS["yes"], WORDS["no"])
    elif len(field.choices) <= MOST_BOXES:
        options = tuple(choice.label for choice in field.choices)
    is_wide = len(options) > 2 or field.answer in _WIDE or "lines" in field.params
    note = occasion(item, field.visible, section) if field.visible else None
    return Cell(field.label, options=options, note=note, is_wide=is_wide or note is not None)


def _in_lines(cells: Iterable[Cell]) -> tuple[tuple[Cell, ...], ...]:
    """Put two narrow cells into one line; one that finds no partner takes the whole line."""
    lines: list[tuple[Cell, ...]] = []
    for cell in cells:
        last = lines[-1] if lines else ()
        if len(last) == 1 and not last[0].is_wide and not cell.is_wide:
            lines[-1] = (last[0], cell)
        else:
            lines.append((cell,))
    return tuple(lines)


def _promised_later(case: HandedIn) -> Iterator[Text]:
    """Yield what was promised word for word, also where it has been handed in since."""
    promises = statement.promises(case.item, case.signed)
    return (promise for promise in promises if promise is not case.item.commitment)


def _given(case: HandedIn, *, is_covered: bool) -> Iterator[Material]:
    given = {entry["requirement"]: entry for entry in case.body["attachments"]}
    for asked in required_requirements(case.item, case.body["answers"], case.on):
        if not is_brought(asked):
            yield Material(asked, WORDS["made" if asked.source == "form" else "departments"])
            continue
        entry = given.get(asked.id, {"mode": "missing"})
        state = WORDS[entry["mode"] if entry["mode"] in _TOLD else "unknown"]
        yield Material(asked, state, tuple(_notes(entry, is_covered=is_covered)))


def _notes(entry: Mapping[str, Any], *, is_covered: bool) -> Iterator[Text]:
    if entry.get("due"):
        yield follows_by(date.fromisoformat(entry["due"]))
    if entry.get("supplied_at"):
        yield followed(datetime.fromisoformat(entry["supplied_at"]))
    certificate = entry.get("certificate")
    if certificate:
        yield Text(certificate["issuer"]["zh"], certificate["issuer"]["en"])
        # The number of a paper is as personal as that of its holder.
        reference = certificate["reference"]
        number = mask("bank_card", reference) if is_covered else reference
        yield Text(number, number)
