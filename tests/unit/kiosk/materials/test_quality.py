"""Judging pictures of documents: what is found in 42 that were made for it, and how often."""

from collections.abc import Callable
from functools import cache

import pytest
from PIL import Image

from kiosk.materials import capture, faults, quality
from tests.builders import documents, pictures

SEEDS = range(6)
SIDES = ((300, 0), (-300, 0), (0, 260), (0, -260))


@cache
def sharp(seed: int) -> Image.Image:
    return documents.photographed(documents.a_paper(seed), seed)


#: What is done to a good photograph, and what has to be found in it.
KINDS: dict[str, tuple[Callable[[int], Image.Image], set[str]]] = {
    "sharp": (sharp, set()),
    "out of focus": (
        lambda seed: documents.blurred(sharp(seed), 2.2 + seed * 0.7),
        {faults.BLUR},
    ),
    "moved": (lambda seed: documents.moved(sharp(seed), 10 + seed), {faults.BLUR}),
    "glare": (lambda seed: documents.with_glare(sharp(seed), seed), {faults.GLARE}),
    "dark": (
        lambda seed: documents.in_the_dark(sharp(seed), 0.2 + seed * 0.02, seed),
        {faults.DARK},
    ),
    "cut off": (
        lambda seed: documents.photographed(
            documents.a_paper(seed), seed, 1.1, SIDES[seed % len(SIDES)]
        ),
        {faults.CUT},
    ),
    "far away": (
        lambda seed: documents.photographed(documents.a_paper(seed), seed, 0.42),
        {faults.SMALL},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_wrong_with_a_picture_is_named_and_nothing_else_is(kind: str) -> None:
    make, expected = KINDS[kind]
    found = [set(quality.look(make(seed))) for seed in SEEDS]
    print(f"| {kind} | {found.count(expected)} of {len(found)} |")

    assert found == [expected] * len(found)


def test_a_page_without_print_is_not_called_blurred() -> None:
    assert not quality.look(Image.new("RGB", (1600, 1200), (225, 225, 225)))


def test_a_scan_is_white_and_fills_the_picture_and_that_is_no_fault() -> None:
    scan = documents.a_paper(3).point(lambda level: min(255, int(level * 1.3)))

    assert not quality.look(scan)


def test_a_picture_of_few_pixels_is_called_too_small() -> None:
    assert faults.SMALL in quality.look(sharp(1).resize((640, 480)))


def test_where_the_paper_ends_is_not_judged_in_what_a_person_has_cut() -> None:
    beyond = documents.photographed(documents.a_paper(1), 1, 1.1, SIDES[0])

    assert not quality.look(beyond, edited=True)


def test_faults_come_back_from_the_picture_child_with_the_picture() -> None:
    picture = capture.develop(pictures.encoded(documents.blurred(sharp(2), 4)))

    assert picture.faults == (faults.BLUR,)


def test_faults_travel_as_bits_and_keep_their_order() -> None:
    for found in (frozenset[str](), frozenset(faults.ALL), frozenset({faults.CUT, faults.BLUR})):
        told = faults.from_bits(faults.to_bits(found))
        assert (frozenset(told), list(told)) == (found, sorted(told, key=faults.ALL.index))


def test_every_fault_has_a_name_and_advice() -> None:
    assert set(faults.NAMES) == set(faults.ADVICE) == set(faults.ALL)
