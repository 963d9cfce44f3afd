"""Draws a slip as a picture of black dots, so that every printer prints Chinese.

Only the child process that prints loads this: fonts and pictures are large. Neighbours: `slip`
says what stands on it, `slip_child` sends it.
"""

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from kiosk.receipts import qr

#: Dots across: 72 mm of an 80 mm paper at 203 dots to the inch, a multiple of 8.
WIDTH = 576
MARGIN = 16
#: Dots to a module of the code: about a millimetre, which a phone reads at arm's length.
MODULE = 9
FONTS = "/usr/share/fonts"
#: What a line may be broken after: a Chinese character with the marks behind it, or a word's space.
_PIECES = re.compile(r"[A-Za-z0-9@.,:;%/()'’+\-]+ ?|.[，。、；：！？）》”]*", re.DOTALL)


class NoFont(LookupError):
    """No Noto CJK font is installed on this machine."""


class Paper:
    """A column of lines that grows downwards; `picture` cuts it to what was drawn."""

    def __init__(self) -> None:
        """Begin with an empty strip; NoFont."""
        self._file, self._index = _face()
        self._strip = Image.new("L", (WIDTH, 8000), 255)
        self._pen = ImageDraw.Draw(self._strip)
        self._y = MARGIN

    def line(self, text: str, size: int, *, middle: bool = False, gap: int = 6) -> None:
        """Write a text in as many lines as it takes; `size` in dots."""
        font = ImageFont.truetype(self._file, size, self._index)
        for row in _wrapped(text, font, WIDTH - 2 * MARGIN):
            x = (WIDTH - font.getlength(row)) / 2 if middle else MARGIN
            self._pen.text((x, self._y), row, font=font, fill=0)
            self._y += round(size * 1.3)
        self._y += gap

    def both(self, pair: Sequence[str], size: int, *, middle: bool = False) -> None:
        """Write Chinese, and English smaller below it where it says something else."""
        zh, en = pair
        same = zh == en
        self.line(zh, size, middle=middle, gap=10 if same else 0)
        if not same:
            self.line(en, max(19, round(size * 0.6)), middle=middle, gap=12)

    def rule(self) -> None:
        """Draw a line across."""
        self._pen.line((MARGIN, self._y, WIDTH - MARGIN, self._y), fill=0, width=2)
        self._y += 16

    def code(self, payload: str) -> None:
        """Draw the code in the middle, its quiet zone included."""
        drawn = Image.open(io.BytesIO(qr.png(payload, "Q", MODULE))).convert("L")
        self._strip.paste(drawn, ((WIDTH - drawn.width) // 2, self._y))
        self._y += drawn.height

    def picture(self) -> Image.Image:
        """Return what was drawn, in black and white without shades."""
        cut = self._strip.crop((0, 0, WIDTH, self._y + MARGIN))
        return cut.point(lambda shade: 255 if shade > 140 else 0).convert("1")


def drawn(slip: Mapping[str, Any]) -> Image.Image:
    """Return the picture of a slip as `Slip.wire` tells it; NoFont."""
    paper = Paper()
    paper.both(slip["title"], 40, middle=True)
    paper.both(slip["item"], 34, middle=True)
    paper.rule()
    paper.both(slip["number_label"], 24, middle=True)
    paper.line(slip["number"], 50, middle=True, gap=0)
    paper.code(slip["payload"])
    if slip["notice"]:
        paper.rule()
        paper.both(slip["notice"], 28)
    paper.rule()
    for label, value in slip["facts"]:
        paper.line(f"{label[0]}  {label[1]}", 20, gap=2)
        paper.both(value, 27)
    paper.rule()
    paper.both(slip["keep"], 24)
    return paper.picture()


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    rows, row = [], ""
    for piece in _PIECES.findall(" ".join(text.split())):
        if row and font.getlength(row + piece.rstrip()) > width:
            rows.append(row.rstrip())
            row = ""
        row += piece
    return [*rows, row.rstrip()]


def _face() -> tuple[str, int]:
    """Return the file of Noto Sans CJK and the number of its simplified Chinese face."""
    for file in sorted(Path(FONTS).rglob("NotoSans*CJK*")) + sorted(
        Path(FONTS).rglob("NotoSansSC*")
    ):
        if "Bold" not in file.name and file.suffix in {".ttc", ".otf", ".ttf"}:
            for index in range(12):
                try:
                    font = ImageFont.truetype(str(file), 20, index)
                except OSError:
                    break
                if (font.getname()[0] or "").endswith("SC"):
                    return str(file), index
    raise NoFont("no Noto CJK font is installed")
