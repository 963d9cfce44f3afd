"""Our own codes: what they say, how they are drawn, that real readers read them."""

import io
from pathlib import Path
from xml.etree import ElementTree

import pytest
import zxingcpp
from PIL import Image

from kiosk.receipts import qr

TOKEN = "ABCDEFGHIJKLMNOPQRSTUVWXY2"
GOLDEN = Path(__file__).parents[3] / "golden" / "receipt_qr"
ALPHANUMERIC = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")

PAYLOADS = {
    "receipt": qr.payload("receipt", TOKEN),
    "handoff": qr.payload("handoff", TOKEN),
    "staff": qr.payload("staff", TOKEN),
    "item": qr.payload("item", "MZ-001"),
}


def test_a_token_has_26_characters_and_is_never_the_same() -> None:
    tokens = {qr.new_token() for _ in range(100)}

    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {26}


@pytest.mark.parametrize("payload", PAYLOADS.values())
def test_a_payload_is_short_and_in_the_qr_alphanumeric_set(payload: str) -> None:
    assert set(payload) <= ALPHANUMERIC
    assert len(payload) <= qr.MAX_LENGTH


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("receipt", ""),
        ("receipt", TOKEN.lower()),
        ("receipt", TOKEN[:-1]),
        ("receipt", "1" + TOKEN[1:]),
        ("receipt", "MZ-001"),
        ("item", ""),
        ("item", "MZ_001"),
        ("item", "-MZ"),
        ("item", "MZ.001"),
        ("item", "MZ001"),
        ("item", "M-Z-001"),
        ("item", "民政-001"),
        ("item", "M" * 60),
    ],
)
def test_another_value_is_refused(kind: qr.Kind, value: str) -> None:
    with pytest.raises(ValueError, match="no value"):
        qr.payload(kind, value)


@pytest.mark.parametrize("name", PAYLOADS)
def test_payloads_and_drawings_stay_as_printed_receipts_have_them(
    name: str, request: pytest.FixtureRequest
) -> None:
    drawn = f"{PAYLOADS[name]}\n{qr.svg(PAYLOADS[name], 'M')}\n{qr.svg(PAYLOADS[name], 'Q')}\n"
    golden = GOLDEN / f"{name}.txt"
    if request.config.getoption("--update-golden", default=False):
        golden.write_text(drawn)

    assert drawn == golden.read_text()


@pytest.mark.parametrize("level", ["M", "Q"])
def test_the_png_is_read_and_says_the_payload_at_its_level(level: qr.Level) -> None:
    picture = Image.open(io.BytesIO(qr.png(PAYLOADS["receipt"], level)))
    (code,) = zxingcpp.read_barcodes(picture.convert("L"))

    assert code.text == PAYLOADS["receipt"]
    assert code.extra["ECLevel"] == level


@pytest.mark.parametrize("level", ["M", "Q"])
def test_the_svg_is_small_and_draws_the_same_modules_as_the_png(level: qr.Level) -> None:
    svg = qr.svg(PAYLOADS["receipt"], level)
    png = Image.open(io.BytesIO(qr.png(PAYLOADS["receipt"], level, module_pixels=1)))

    assert len(svg) < 2000
    assert drawn(svg) == {
        (x, y) for y in range(png.height) for x in range(png.width) if not png.getpixel((x, y))
    }


def test_a_quiet_zone_of_four_modules_is_left() -> None:
    modules = drawn(qr.svg(PAYLOADS["item"]))

    assert min(x for x, _ in modules) == min(y for _, y in modules) == qr.QUIET_ZONE


def drawn(svg: str) -> set[tuple[int, int]]:
    """The dark modules of the drawing, by following its strokes."""
    _, strokes = ElementTree.fromstring(svg)  # noqa: S314 - our own drawing
    x, y, modules = 0.0, 0.0, set()
    for move in strokes.attrib["d"].split("m")[1:]:
        offset, length = move.split("h")
        step_x, step_y = offset.split()
        x, y = x + float(step_x), y + float(step_y)
        modules |= {(int(x) + step, int(y)) for step in range(int(length))}
        x += int(length)
    return modules
