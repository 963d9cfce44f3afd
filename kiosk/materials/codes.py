"""Finding QR codes in a grey picture; runs in the child. The only user of pyzbar and zxing-cpp.

What was measured and is easy to lose again: zbar guesses an encoding and turned 122 of 400
Chinese payloads into other text, so it is told to hand out the bytes; it reads codes light on
dark only when asked; every symbology besides QR costs time and false finds. It overlooks about
one code in fifty when there are two in the picture, so zxing-cpp (1 ms) always looks as well.

The steps and their order come from counting: `python -m tests.codes` prints what each adds.
"""

import time
from collections.abc import Callable
from ctypes import c_char_p, c_void_p, cast, string_at
from dataclasses import dataclass

import zxingcpp
from PIL import Image, ImageFilter
from pyzbar import wrapper as zbar

LONGEST_EDGE = 2016
"""Pixels; zbar reads a larger picture slower and worse."""

_GREY = 808466521  # the four letters "Y800"
_EVERY_SYMBOLOGY = 0
_BINARY = 4
_TEST_INVERTED = 0x81
_ENLARGED_UP_TO = 672
"""Pixels: the picture of a code alone; a camera's frame gained nothing from 26 ms more."""
_ZXING_FORMATS = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


@dataclass(frozen=True, slots=True)
class Found:
    """A code that was read, and the upright box around it in pixels of the picture looked at."""

    text: str
    left: int
    top: int
    right: int
    bottom: int

    def holds(self, other: "Found") -> bool:
        """Say whether the middle of the other lies in this one."""
        x, y = (other.left + other.right) / 2, (other.top + other.bottom) / 2
        return self.left <= x <= self.right and self.top <= y <= self.bottom


Reader = Callable[[Image.Image], list[Found]]


@dataclass(frozen=True, slots=True)
class Step:
    """One way to look: what is done to the picture first, and the readers that then look at it."""

    name: str
    prepare: Callable[[Image.Image], Image.Image]
    readers: tuple[Reader, ...]


def find(grey: Image.Image, give_up_at: float) -> list[str]:
    """The texts of all QR codes in a picture of mode "L", each once; none found gives [].

    Cheap steps come first; no further one is begun after `give_up_at` (seconds of time.monotonic).
    """
    for step in STEPS:
        if found := look(step, grey):
            return list(dict.fromkeys(symbol.text for symbol in found))
        if time.monotonic() > give_up_at:
            break
    return []


def look(step: Step, grey: Image.Image) -> list[Found]:
    """What the readers of one step find; a code that one of them knows is not told again."""
    picture = step.prepare(grey)
    found: list[Found] = []
    for reader in step.readers:
        found += [new for new in reader(picture) if not any(old.holds(new) for old in found)]
    return found


def text_of(payload: bytes) -> str:
    """The payload as UTF-8 or else as GB18030 (GB 18030-2022, a superset of GBK), never failing."""
    try:
        return payload.decode("utf-8-sig")
    except UnicodeDecodeError:
        return payload.decode("gb18030", errors="replace")


def _new_scanner() -> object:
    scanner = zbar.zbar_image_scanner_create()
    for symbology, config, value in (
        (_EVERY_SYMBOLOGY, zbar.ZBarConfig.CFG_ENABLE, 0),
        (zbar.ZBarSymbol.QRCODE, zbar.ZBarConfig.CFG_ENABLE, 1),
        (zbar.ZBarSymbol.QRCODE, _BINARY, 1),
        (_EVERY_SYMBOLOGY, _TEST_INVERTED, 1),
    ):
        if zbar.zbar_image_scanner_set_config(scanner, symbology, config, value) != 0:
            raise RuntimeError("this libzbar is too old: 0.23.1 or later is needed")
    return scanner


_scanner = _new_scanner()


def by_zbar(grey: Image.Image) -> list[Found]:
    """What zbar finds, through pyzbar's binding."""
    pixels = grey.tobytes()
    image = zbar.zbar_image_create()
    try:
        zbar.zbar_image_set_format(image, _GREY)
        zbar.zbar_image_set_size(image, *grey.size)
        zbar.zbar_image_set_data(image, cast(c_char_p(pixels), c_void_p), len(pixels), None)
        zbar.zbar_scan_image(_scanner, image)
        found = []
        symbol = zbar.zbar_image_first_symbol(image)
        while symbol:
            found.append(_found(symbol))
            symbol = zbar.zbar_symbol_next(symbol)
        return found
    finally:
        zbar.zbar_image_destroy(image)


def _found(symbol: object) -> Found:
    corners = range(zbar.zbar_symbol_get_loc_size(symbol))
    xs = [zbar.zbar_symbol_get_loc_x(symbol, corner) for corner in corners] or [0]
    ys = [zbar.zbar_symbol_get_loc_y(symbol, corner) for corner in corners] or [0]
    length = zbar.zbar_symbol_get_data_length(symbol)
    data = string_at(zbar.zbar_symbol_get_data(symbol), length)
    return Found(text_of(data), min(xs), min(ys), max(xs), max(ys))


def by_zxing(grey: Image.Image) -> list[Found]:
    """What zxing-cpp finds, dark and light judged by what is near."""
    return _zxing(grey, zxingcpp.Binarizer.LocalAverage)


def by_zxing_globally(grey: Image.Image) -> list[Found]:
    """What zxing-cpp finds, dark and light judged over the whole picture: better for a blur."""
    return _zxing(grey, zxingcpp.Binarizer.GlobalHistogram)


def _zxing(grey: Image.Image, binarizer: zxingcpp.Binarizer) -> list[Found]:
    found = []
    for code in zxingcpp.read_barcodes(grey, formats=_ZXING_FORMATS, binarizer=binarizer):
        place = code.position
        corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
        xs, ys = [corner.x for corner in corners], [corner.y for corner in corners]
        found.append(Found(text_of(code.bytes), min(xs), min(ys), max(xs), max(ys)))
    return found


def _blurred(grey: Image.Image) -> Image.Image:
    """Without the grain of a sensor and the grid of a screen."""
    return grey.filter(ImageFilter.GaussianBlur(1.0))


def _sharpened(grey: Image.Image) -> Image.Image:
    """For what is out of focus or was moved."""
    return grey.filter(ImageFilter.UnsharpMask(radius=4, percent=300, threshold=0))


def _enlarged(grey: Image.Image) -> Image.Image:
    """Twice as large, so that a module of one pixel has a middle."""
    if max(grey.size) > _ENLARGED_UP_TO:
        return grey
    return grey.resize((grey.width * 2, grey.height * 2), Image.Resampling.BICUBIC)


STEPS = (
    Step("as it is", Image.Image.copy, (by_zbar, by_zxing)),
    Step("blurred", _blurred, (by_zxing, by_zxing_globally)),
    Step("sharpened", _sharpened, (by_zxing,)),
    Step("enlarged", _enlarged, (by_zxing,)),
)
"""In the order of benefit for their time; turning, stretching of contrast and inverting are not
among them: both readers do these themselves, or gained nothing from them."""
