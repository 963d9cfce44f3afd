"""Which cases of the made-up year come together as a bundle (一件事), and how its form is filled.

The cases are those of the plan, three at a time: no sum of the year changes by it. Pure.
Neighbours: `plan` has the cases, `living` hands them in.
"""

import copy
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from forms.bundling import CHOICE, WANTED, Combined
from forms.definition import Sample
from forms.release import Catalogue
from kiosk.demo_year.planned import Planned

#: So much of the year's cases belong to a bundle; no account of the town tells it.
SHARE = 0.03
#: Members of each bundle whose samples, laid over each other, make one good form. The samples of
#: 出生一件事 are of different children, so that it has none.
TOGETHER: Mapping[str, tuple[str, ...]] = {
    "YJS-02": ("WJ-001", "WJ-009", "WJ-002"),
    "YJS-03": ("JY-002", "RS-008", "GA-002"),
    "YJS-04": ("RS-011", "RS-017", "RS-015"),
    "YJS-05": ("RS-016", "RS-017", "RS-019"),
    "YJS-06": ("RS-011", "RS-013", "RS-014"),
    "YJS-07": ("CL-002", "CL-003", "MZ-011"),
    "YJS-08": ("TY-002", "TY-001", "TY-006"),
    "YJS-09": ("RS-024", "WJ-006", "MZ-009"),
    "YJS-10": ("MZ-017", "RS-004", "RS-006"),
    "YJS-11": ("MZ-001", "MZ-004", "ZJ-001"),
}


def bundle_up(chance: random.Random, cases: Sequence[Planned]) -> None:
    """Let `SHARE` of the cases come together, each with two others of its station at one moment.

    At least one bundle is made where a station has the cases for it.
    """
    free: dict[tuple[str, str], list[Planned]] = defaultdict(list)
    for case in cases:
        free[case.station, case.item].append(case)
    places = [
        (station, code) for station in sorted({c.station for c in cases}) for code in TOGETHER
    ]
    chance.shuffle(places)
    left, made = max(1, round(len(cases) * SHARE / 3)), 0
    while left and places:
        places = [at for at in places if all(free[at[0], item] for item in TOGETHER[at[1]])]
        for station, code in places[:left]:
            if not all(free[station, item] for item in TOGETHER[code]):
                continue
            together = [free[station, item].pop() for item in TOGETHER[code]]
            made, left = made + 1, left - 1
            for case in together:
                case.bundle, case.group, case.at = code, made, together[0].at


def filled(catalogue: Catalogue, code: str) -> tuple[Combined, dict[str, Any]]:
    """Return the one form of a bundle for its members in `TOGETHER`, and good answers to it."""
    combined = catalogue.combined(code, choosing(TOGETHER[code]))
    samples = (
        next(sample for sample in part.item.samples if not sample.expect) for part in combined.parts
    )
    return combined, together(combined, samples)


def choosing(wanted: Iterable[str]) -> dict[str, Any]:
    """Return the answers of somebody who has chosen these members and nothing else yet."""
    return {CHOICE: {WANTED: list(wanted)}}


def together(combined: Combined, samples: Iterable[Sample]) -> dict[str, Any]:
    """Return the samples' answers laid over each other where the one form asks them.

    What an earlier sample has answered stays.
    """
    answers = choosing(part.item.code for part in combined.parts)
    for part, sample in zip(combined.parts, samples, strict=True):
        for section, given in sample.answers.items():
            if isinstance(given, list):
                answers.setdefault(part.lists[section], copy.deepcopy(given))
            elif isinstance(given, dict):
                for field, value in given.items():
                    place, name = part.places[section, field]
                    answers.setdefault(place, {}).setdefault(name, copy.deepcopy(value))
    return answers
