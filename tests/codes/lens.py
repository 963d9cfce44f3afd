"""What happens to a code between paper or screen and the sensor. Pillow only, repeatable.

Every function takes and returns a picture in mode "L". Knows no codes. Neighbour: `making`.
"""

import math
from collections.abc import Sequence
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

TABLE = 190
FRAME = (1280, 720)

Point = tuple[float, float]


def on_table(code: Image.Image, at: Point = (0.5, 0.5), ground: int = TABLE) -> Image.Image:
    """The code on a grey table, its middle at these shares of the free room."""
    frame = Image.new("L", FRAME, ground)
    frame.paste(code, tuple(int((FRAME[i] - code.size[i]) * at[i]) for i in (0, 1)))
    return frame


def turned(code: Image.Image, degrees: float) -> Image.Image:
    """Turned with white corners."""
    return code.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)


def grainy(picture: Image.Image, share: float, random: Random) -> Image.Image:
    """With this share of the sensor's noise."""
    grain = Image.frombytes("L", picture.size, random.randbytes(picture.width * picture.height))
    return Image.blend(picture, grain, share)


def dim(picture: Image.Image, light: float, base: int = 0) -> Image.Image:
    """With a part of the light, over a base of stray light."""
    return picture.point(lambda value: base + value * light)


def lit_from(picture: Image.Image, degrees: float, darkest: float) -> Image.Image:
    """Lit from one side: the light falls from whole to `darkest`."""
    side = max(picture.size) * 2
    shade = Image.linear_gradient("L").resize((side, side))
    shade = shade.point(lambda value: 255 * (darkest + (1 - darkest) * value / 255))
    middle, half = side / 2, (picture.width / 2, picture.height / 2)
    box = (middle - half[0], middle - half[1], middle + half[0], middle + half[1])
    turned_shade = shade.rotate(degrees, Image.Resampling.BILINEAR, fillcolor=255)
    return ImageChops.multiply(picture, turned_shade.crop(tuple(map(int, box))))


def with_glare(picture: Image.Image, at: Point, radius: float) -> Image.Image:
    """With the mirror image of a lamp at these shares of the picture."""
    spot = Image.new("L", picture.size, 0)
    x, y = at[0] * picture.width, at[1] * picture.height
    ImageDraw.Draw(spot).ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return ImageChops.lighter(picture, spot.filter(ImageFilter.GaussianBlur(radius / 2)))


def out_of_focus(picture: Image.Image, sigma: float) -> Image.Image:
    """Out of focus by this many pixels."""
    return picture.filter(ImageFilter.GaussianBlur(sigma))


def moved(picture: Image.Image, pixels: int, degrees: float) -> Image.Image:
    """Blurred by a hand that moved so far while the shutter was open."""
    path = [step / pixels - 0.5 for step in range(pixels + 1)]
    dx, dy = math.cos(math.radians(degrees)) * pixels, math.sin(math.radians(degrees)) * pixels
    total = picture
    for count, share in enumerate(path, 1):
        shifted = ImageChops.offset(picture, round(dx * share), round(dy * share))
        total = Image.blend(total, shifted, 1 / count)
    return total


def scratched(code: Image.Image, strokes: int, stains: float, random: Random) -> Image.Image:
    """With strokes of a pen across it and a stain over this share of its area."""
    worn = code.copy()
    draw = ImageDraw.Draw(worn)
    for _ in range(strokes):
        ends = [random.uniform(0, size) for size in (*code.size, *code.size)]
        draw.line(ends, fill=random.choice((0, 255)), width=max(2, code.width // 110))
    if stains:
        # Not over the three finders, which no reader can do without.
        side = math.sqrt(stains) * code.width
        x, y = (random.uniform(0.42, 0.62) * code.width for _ in range(2))
        draw.ellipse((x, y, x + side, y + side), fill=random.choice((60, 255)))
    return worn


def in_perspective(code: Image.Image, corners: Sequence[Point]) -> Image.Image:
    """The code as a sheet whose corners (from the upper left, clockwise) lie at these pixels."""
    sheet = _fill(code, corners, 255)
    room = _fill(Image.new("L", code.size, 255), corners, 0)
    return Image.composite(sheet, Image.new("L", FRAME, TABLE), room)


def _fill(picture: Image.Image, corners: Sequence[Point], around: int) -> Image.Image:
    coefficients = _onto_square(corners, *picture.size)
    return picture.transform(
        FRAME,
        Image.Transform.PERSPECTIVE,
        coefficients,
        Image.Resampling.BICUBIC,
        fillcolor=around,
    )


def _onto_square(corners: Sequence[Point], width: int, height: int) -> tuple[float, ...]:
    """Pillow's eight numbers for a quadrilateral onto a rectangle (Heckbert 1989, 2.2.3)."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
    sx, sy = x0 - x1 + x2 - x3, y0 - y1 + y2 - y3
    dx1, dx2, dy1, dy2 = x1 - x2, x3 - x2, y1 - y2, y3 - y2
    below = dx1 * dy2 - dx2 * dy1
    g, h = (sx * dy2 - dx2 * sy) / below, (dx1 * sy - sx * dy1) / below
    a, b, c = x1 - x0 + g * x1, x3 - x0 + h * x3, x0
    d, e, f = y1 - y0 + g * y1, y3 - y0 + h * y3, y0
    # The inverse of square onto quadrilateral, up to a factor: its adjugate.
    rows = (
        (e - f * h, c * h - b, b * f - c * e),
        (f * g - d, a - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    scale = rows[2][2]
    top = [value * width / scale for value in rows[0]]
    left = [value * height / scale for value in rows[1]]
    return (*top, *left, rows[2][0] / scale, rows[2][1] / scale)


def on_screen(code: Image.Image, pitch: float, degrees: float) -> Image.Image:
    """A code shown by a screen whose pixels are this many of the camera's: bands of moiré.

    Between the screen's pixels lies a dark grid; sampled without a filter, it beats with the
    sensor's.
    """
    cell = Image.new("L", (4, 4), 255)
    ImageDraw.Draw(cell).line((3, 0, 3, 3), fill=90)
    ImageDraw.Draw(cell).line((0, 3, 3, 3), fill=130)
    fine = code.resize((code.width * 4, code.height * 4), Image.Resampling.NEAREST)
    row = Image.new("L", (fine.width, 4))
    for x in range(0, fine.width, 4):
        row.paste(cell, (x, 0))
    grid = Image.new("L", fine.size)
    for y in range(0, fine.height, 4):
        grid.paste(row, (0, y))
    shown = ImageChops.multiply(fine, grid)
    factor = pitch / 4
    turned_screen = shown.rotate(degrees, Image.Resampling.BILINEAR, expand=True, fillcolor=230)
    return turned_screen.resize(
        (int(turned_screen.width * factor), int(turned_screen.height * factor)),
        Image.Resampling.NEAREST,
    )
