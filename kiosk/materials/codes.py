"""Finding QR codes in a grey picture; runs in the child. The only user of pyzbar and zxing-cpp.

What was measured and is easy to lose again: zbar guesses an encoding and turned 122 of 400
Chinese payloads into other text, so it is told to hand out the bytes; it reads codes light on
dark only when asked; every symbology besides QR costs time and false finds. It overlooks about
one code in fifty when there are two in the picture, so zxing-cpp (1 ms) always looks as well.
"""

import time
from collections.abc import Iterator
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
_BLUR_SIGMA = 1.0
_ENLARGED_UP_TO = LONGEST_EDGE // 2
_ZXING_FORMATS = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


@dataclass(frozen=True, slots=True)
class _Found:
    data: bytes
    left: int
    top: int
    right: int
    bottom: int

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.top <= y <= self.bottom


def find(grey: Image.Image, give_up_at: float) -> list[str]:
    """The texts of all QR codes in a picture of mode "L", each once; none found gives [].

    Cheap ways come first; no further one is begun after `give_up_at` (seconds of time.monotonic).
    """
    for attempt in _attempts(grey):
        found = _by_zbar(attempt)
        payloads = [symbol.data for symbol in found] + _by_zxing(attempt, found)
        if payloads:
            return list(dict.fromkeys(text_of(payload) for payload in payloads))
        if time.monotonic() > give_up_at:
            break
    return []


def text_of(payload: bytes) -> str:
    """The payload as UTF-8 or else as GB18030 (GB 18030-2022, a superset of GBK), never failing."""
    try:
        return payload.decode("utf-8-sig")
    except UnicodeDecodeError:
        return payload.decode("gb18030", errors="replace")


def _attempts(grey: Image.Image) -> Iterator[Image.Image]:
    """The picture as it is; with the camera's noise blurred; a small one twice as large."""
    yield grey
    yield grey.filter(ImageFilter.GaussianBlur(_BLUR_SIGMA))
    if max(grey.size) <= _ENLARGED_UP_TO:
        yield grey.resize((grey.width * 2, grey.height * 2), Image.Resampling.BICUBIC)


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


def _by_zbar(grey: Image.Image) -> list[_Found]:
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


def _found(symbol: object) -> _Found:
    corners = range(zbar.zbar_symbol_get_loc_size(symbol))
    xs = [zbar.zbar_symbol_get_loc_x(symbol, corner) for corner in corners] or [0]
    ys = [zbar.zbar_symbol_get_loc_y(symbol, corner) for corner in corners] or [0]
    length = zbar.zbar_symbol_get_data_length(symbol)
    data = string_at(zbar.zbar_symbol_get_data(symbol), length)
    return _Found(data, min(xs), min(ys), max(xs), max(ys))


def _by_zxing(grey: Image.Image, known: list[_Found]) -> list[bytes]:
    """Payloads of the codes that lie in none of the known ones."""
    payloads = []
    for code in zxingcpp.read_barcodes(grey, formats=_ZXING_FORMATS):
        place = code.position
        x = (place.top_left.x + place.bottom_right.x) / 2
        y = (place.top_left.y + place.bottom_right.y) / 2
        if not any(symbol.holds(x, y) for symbol in known):
            payloads.append(code.bytes)
    return payloads
