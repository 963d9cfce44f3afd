"""Answers to the one form of a bundle, made from the passing samples of its members."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from forms.bundling import Combined, Part
from forms.definition import Sample
from forms.release import Catalogue
from kiosk.cases.submission import PICTURE_ANSWERS
from kiosk.demo_year.bundled import choosing
from kiosk.demo_year.bundled import together as laid_together
from tests.builders.cases import SubmissionBuilder, a_picture_at
from tests.builders.machines import Machine


def the_form_of(catalogue: Catalogue, code: str, wanted: Iterable[str]) -> Combined:
    return catalogue.combined(code, choosing(wanted))


def passing(part: Part) -> Sample:
    return next(sample for sample in part.item.samples if not sample.expect)


def together(combined: Combined, *samples: Sample) -> tuple[dict[str, Any], date]:
    """The samples' answers laid over each other where the one form asks them, and their day."""
    return laid_together(combined, samples), max(sample.today for sample in samples)


def a_bundle(terminal: Machine, code: str, *members: str) -> SubmissionBuilder:
    """A bundle filled with its members' samples, all pictures taken; members: all by default."""
    catalogue = terminal.parts.catalogue
    wanted = members or [member.code for member in catalogue.bundles[code].members]
    combined = the_form_of(catalogue, code, wanted)
    answers, _ = together(combined, *(passing(part) for part in combined.parts))
    for section in combined.item.sections:
        for field in section.fields:
            given = answers.get(section.id)
            if field.answer in PICTURE_ANSWERS and isinstance(given, dict) and field.id in given:
                given[field.id] = a_picture_at(terminal)
    builder = SubmissionBuilder(combined.item, catalogue.release, answers)
    return builder.with_pictures_at(terminal)
