"""Answers to the one form of a bundle, made from the passing samples of its members."""

import copy
from collections.abc import Iterable
from datetime import date
from typing import Any

from forms.bundling import CHOICE, WANTED, Combined, Part
from forms.definition import Sample
from forms.release import Catalogue


def the_form_of(catalogue: Catalogue, code: str, wanted: Iterable[str]) -> Combined:
    return catalogue.combined(code, choosing(wanted))


def choosing(wanted: Iterable[str]) -> dict[str, Any]:
    """The answers of somebody who has chosen these members and nothing else yet."""
    return {CHOICE: {WANTED: list(wanted)}}


def passing(part: Part) -> Sample:
    return next(sample for sample in part.item.samples if not sample.expect)


def together(combined: Combined, *samples: Sample) -> tuple[dict[str, Any], date]:
    """The samples' answers laid over each other where the one form asks them, and their day.

    What an earlier sample has answered stays.
    """
    answers: dict[str, Any] = choosing(part.item.code for part in combined.parts)
    for part, sample in zip(combined.parts, samples, strict=True):
        for section, given in sample.answers.items():
            if isinstance(given, list):
                answers.setdefault(part.lists[section], copy.deepcopy(given))
                continue
            assert isinstance(given, dict)
            for field, value in given.items():
                place, name = part.places[section, field]
                answers.setdefault(place, {}).setdefault(name, copy.deepcopy(value))
    return answers, max(sample.today for sample in samples)
