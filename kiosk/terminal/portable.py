"""A form that works without a station: every section of an item in one document, of no person.

It is drawn with the same parts as the pages of a section, and goes to the tablets compressed, so
that a whole release fits into a few megabytes of a browser's cache. The definition goes along, for
what script judges. Knows no requests. Neighbours: `tablet` hands these out, `grouped` lays out one
section for one draft; `static/js/tablet/forms.js` opens them.
"""

import gzip
from dataclasses import dataclass
from typing import Any

import orjson
from flask import render_template

from forms.bundling import CHOICE
from forms.definition import Section, ServiceItem
from forms.release import Catalogue
from kiosk.api.items import plain
from kiosk.api.language import speaking
from kiosk.cases.submission import is_brought
from kiosk.terminal.asking import Asked
from kiosk.terminal.conditional import everything
from kiosk.terminal.grouped import APPLICANT, Question, RowAsked, name_of


@dataclass(frozen=True, slots=True)
class Sheet:
    """A section as it is drawn before anything is answered; a list has one row to copy."""

    section: Section
    row: RowAsked
    has_consent: bool


def document(catalogue: Catalogue, code: str, language: str) -> bytes:
    """Return the form of an item or bundle as gzipped JSON: ``html`` and the definition, ``item``.

    The same release gives the same bytes. Raises KeyError for a code that is neither.
    """
    item = everything(catalogue, code)
    with speaking(language):
        html = render_template(
            "terminal/tablet_form.html",
            item=item,
            sheets=[_sheet(section) for section in item.sections],
            brought=[entry for entry in item.requirements if is_brought(entry)],
            bundle=catalogue.bundles.get(code),
        )
    whole = {
        "release": catalogue.release,
        "code": code,
        "html": html,
        "item": plain(item, language),
        "ticked": catalogue.bundles[code].ticked if code in catalogue.bundles else (),
        "choice": CHOICE,
        "members": [_member(catalogue.items[each], language) for each in _codes(catalogue, code)],
    }
    return gzip.compress(orjson.dumps(whole), 9, mtime=0)


def names(catalogue: Catalogue, language: str) -> bytes:
    """Return what the tablet's lists show of every item and bundle, as JSON.

    The search index of the release has the words to find them by.
    """
    items = [
        {
            "code": item.code,
            "name": item.name.to(language),
            "department": item.department.to(language),
            "life_event": item.life_event.to(language),
            "deferral": plain(item.deferral, language),
            "promised": plain(item.promised, language),
        }
        for item in catalogue.items.values()
    ]
    bundles = [
        {
            "code": bundle.code,
            "name": bundle.name.to(language),
            "department": bundle.department.to(language),
            "members": [member.name.to(language) for member in bundle.members],
        }
        for bundle in catalogue.bundles.values()
    ]
    return orjson.dumps({"release": catalogue.release, "items": items, "bundles": bundles})


def _codes(catalogue: Catalogue, code: str) -> tuple[str, ...]:
    bundle = catalogue.bundles.get(code)
    return tuple(member.code for member in bundle.members) if bundle else ()


def _member(item: ServiceItem, language: str) -> dict[str, Any]:
    """Return what of a bundle's form depends on which members are wanted: limits and promises."""
    return {
        "code": item.code,
        "name": item.name.to(language),
        "commitment": plain(item.commitment, language),
        "deferral": plain(item.deferral, language),
        "promised": plain(item.promised, language),
    }


def _sheet(section: Section) -> Sheet:
    index = 0 if section.repeat else None
    questions = tuple(
        Question(Asked(field, name_of(field, index), None, field.required is not False), True)
        for field in section.fields
    )
    return Sheet(section, RowAsked(index, questions), section.id == APPLICANT)
