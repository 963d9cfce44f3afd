"""Turning and cutting pictures that have been taken in."""

import pytest
from PIL import Image, ImageDraw

from kiosk.errors import Invalid
from kiosk.materials import capture, pixels, wire
from kiosk.materials.corners import are_corners
from tests.builders import pictures

#: Of the paper that `on_a_table` shows, in 10,000ths of 1000 × 800 pixels.
CORNERS = (1000, 1250, 9000, 2500, 8500, 8750, 1500, 8000)


def on_a_table() -> bytes:
    """A slanting white paper, black in its upper right quarter, on a red table."""
    picture = Image.new("RGB", (1000, 800), (200, 30, 30))
    pen = ImageDraw.Draw(picture)
    pen.polygon([(100, 100), (900, 200), (850, 700), (150, 640)], fill="white")
    pen.polygon([(510, 160), (890, 205), (865, 430), (505, 395)], fill="black")
    return pictures.encoded(picture, quality=95)


def test_a_quarter_turn_to_the_right_puts_the_left_side_on_top() -> None:
    picture = Image.new("RGB", (800, 700), "white")
    picture.paste("black", (0, 0, 100, 700))
    turned = pictures.decoded(capture.edit(pictures.encoded(picture), 1).jpeg).convert("L")

    assert turned.size == (700, 800)
    assert turned.getpixel((350, 20)) < 60 < 200 < turned.getpixel((350, 780))


def test_four_quarter_turns_are_none() -> None:
    turned = capture.edit(on_a_table(), 4)

    assert (turned.width, turned.height) == (1000, 800)


def test_a_slanting_paper_becomes_a_rectangle_without_the_table() -> None:
    cut = pictures.decoded(capture.edit(on_a_table(), 0, CORNERS).jpeg)

    assert abs(cut.width - 806) < 5 and abs(cut.height - 542) < 5
    for place in ((8, 8), (8, cut.height - 8), (cut.width - 8, cut.height - 8)):
        assert min(cut.getpixel(place)) > 200, place
    assert max(cut.getpixel((cut.width - 30, 30))) < 60


def test_what_was_cut_stays_within_the_size_of_a_picture() -> None:
    large = pictures.encoded(pictures.noise((2400, 1800)).convert("RGB"), quality=40)

    assert len(capture.edit(large, 1, CORNERS).jpeg) <= pixels.MAX_BYTES


@pytest.mark.parametrize(
    "corners",
    [
        (0, 0, 10_000, 0, 10_000, 10_000, 0, 10_001),
        (0, 0, 10_000, 10_000, 10_000, 0, 0, 10_000),
        (0, 0, 0, 10_000, 10_000, 10_000, 10_000, 0),
        (0, 0, 300, 0, 300, 300, 0, 300),
        (0, 0, 10_000, 0, 2_000, 2_000, 0, 10_000),
        (0, 0, 10_000, 0),
    ],
    ids=["outside", "crossed", "counter-clockwise", "tiny", "hollow", "too few"],
)
def test_corners_that_enclose_no_paper_are_refused(corners: tuple[int, ...]) -> None:
    assert not are_corners(corners)
    with pytest.raises(Invalid, match="corners_wrong"):
        capture.edit(on_a_table(), 0, corners)


def test_the_corners_of_the_picture_are_corners() -> None:
    assert are_corners(wire.WHOLE)
