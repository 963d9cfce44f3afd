"""Hostile QR symbols: what somebody may hold before the camera to get further than he should.

Made when they are asked for, always the same. Neighbours: `make` writes them to files,
`test_codes` holds them before a terminal.
"""

from collections.abc import Callable, Mapping

import zxingcpp
from PIL import Image
from qrcode import base, constants, util
from qrcode.main import QRCode

from kiosk.receipts import qr
from tests.builders.pictures import camera_frame, qr_code

TOKEN = "ABCDEFGHIJKLMNOPQRSTUVWXY2"
_RECEIPT = qr.payload("receipt", TOKEN)

#: What a symbol says, in bytes where it is no good text.
PAYLOADS: Mapping[str, str | bytes] = {
    "javascript": "javascript:alert(document.cookie)",
    "javascript with a tab": "java\tscript:alert(1)//",
    "data address": "data:text/html,<script>alert(1)</script>",
    "foreign address": "https://evil.example/win?from=kiosk",
    "our host as a user name": "http://127.0.0.1:8200@evil.example/scan",
    "our own host": "http://127.0.0.1:8200/staff/sign-out",
    "own path": "/progress/withdraw",
    "path without a scheme": "//evil.example/x",
    "backslashes": "\\\\evil.example\\share\\x.exe",
    "app addresses": "weixin://dl/business/?t=x alipays://platformapi intent://x#Intent;end",
    "wifi": "WIFI:S:evil;T:WPA;P:12345678;;",
    "card of a person": "BEGIN:VCARD\nVERSION:3.0\nN:<b>x</b>\nURL:javascript:1\nEND:VCARD",
    "telephone": "tel:*%2306%23",
    "most digits": "7" * 4000,
    "most bytes": b"\xe5\xbc\xa0" * 900,
    "control characters": "".join(map(chr, range(1, 32))) + "\x7f\x1b[2J",
    "nulls": "\0\0\0" + _RECEIPT + "\0",
    "header": "x\r\nSet-Cookie: a=b\r\nLocation: https://evil.example/\r\n\r\n",
    "right to left": "\u202e\u2066gpj.exe\u2069 https://moc.live\u202c",
    "nothing to see": "\u200b\u2060\ufeff\u00ad\u034f",
    "heap of marks": "e" + "\u0301\u0489" * 500,
    "sql": '\'; DROP TABLE "case"; --',
    "markup": "\"><script>alert(1)</script><meta http-equiv=refresh content='0;//evil.example'>",
    "template": "{{ config.SECRET_KEY }}{% for x in ().__class__.__base__ %}{{ 7*7 }}",
    "formula": '=HYPERLINK("https://evil.example","x")',
    "path": "....//....//....//etc/passwd%00.jpg",
    "item with a path": "JSB1.I.../../staff.A",
    "receipt with a wrong check character": _RECEIPT[:-1] + ("A" if _RECEIPT[-1] != "A" else "B"),
    "receipt that is two": f"{_RECEIPT}\r\n{_RECEIPT}",
    "receipt in Cyrillic letters": _RECEIPT.replace("B", "\u0412"),
    "receipt of another terminal": _RECEIPT,
    "item that nobody has": qr.payload("item", "ZZ-999999"),
    "hand-off of nobody": qr.payload("handoff", TOKEN),
    "badge of nobody": qr.payload("staff", TOKEN),
    "forged resident code": f"SIM1.R.{TOKEN}.{'A' * 13}",
    "forged insurance credential": f"SIM1.M.{TOKEN}.{'A' * 13}",
    "gbk": "张三 320582196603101243".encode("gbk"),
    "no encoding": bytes(range(128, 256)),
    "half a pair in UTF-8": b"x\xed\xa0\x80y",
    "overlong slash": b"..\xc0\xaf..\xc0\xafetc",
}


def _eight() -> Image.Image:
    return camera_frame(*(qr_code(f"javascript:{number}", 3) for number in range(8)))


def _of_zxing(kind: object, text: str) -> Image.Image:
    drawn = memoryview(zxingcpp.create_barcode(text, kind).to_image(scale=6))
    height, width = drawn.shape[:2]
    return camera_frame(Image.frombytes("L", (width, height), drawn.tobytes()))


def _of_bits(*fields: tuple[int, int]) -> Image.Image:
    """A symbol of version 4 whose data begin with these (value, width in bits), well corrected."""
    version, level = 4, constants.ERROR_CORRECT_M
    buffer = util.BitBuffer()
    for value, width in fields:
        buffer.put(value, width)
    blocks = base.rs_blocks(version, level)
    capacity = sum(block.data_count for block in blocks)
    buffer.put(0, -len(buffer) % 8)
    while len(buffer) < capacity * 8:
        buffer.put(0xEC, 8)
    code = QRCode(version=version, error_correction=level, box_size=6, border=4)
    code.data_cache = util.create_bytes(buffer, blocks)
    code.make(fit=False)
    return camera_frame(code.make_image().get_image().convert("L"))


def _letters(text: bytes) -> list[tuple[int, int]]:
    return [(4, 4), (len(text), 8), *((byte, 8) for byte in text)]


#: Symbols that are odd themselves, whatever they say.
SYMBOLS: Mapping[str, Callable[[], Image.Image]] = {
    "eight in one picture": _eight,
    "micro": lambda: _of_zxing(zxingcpp.BarcodeFormat.MicroQRCode, "12345"),
    "aztec": lambda: _of_zxing(zxingcpp.BarcodeFormat.Aztec, "javascript:1"),
    "one of a series": lambda: _of_bits((3, 4), (0, 4), (7, 4), (99, 8), *_letters(b"java")),
    "unknown encoding": lambda: _of_bits((7, 4), (0b110, 3), (899_999, 21), *_letters(b"\xff\xfe")),
    "length that lies": lambda: _of_bits((4, 4), (255, 8), (65, 8)),
    "hanzi mode": lambda: _of_bits((13, 4), (1, 4), (2, 8), (0x0B1C, 13), (0x1FFF, 13), (0, 4)),
    "kanji out of range": lambda: _of_bits((8, 4), (3, 8), (0x1FFF, 13), (0, 13), (0x1F00, 13)),
    "unknown mode": lambda: _of_bits((15, 4), (0xFFFF, 16)),
}


def pictures() -> dict[str, Callable[[], Image.Image]]:
    """All of them by name, each made when it is called."""

    def drawn(payload: str | bytes) -> Callable[[], Image.Image]:
        if isinstance(payload, str) and payload.isdecimal():
            return lambda: _digits(payload)
        size = len(payload if isinstance(payload, bytes) else payload.encode())
        module = 6 if size < 300 else 4
        return lambda: _framed(qr_code(payload, module))

    return {**{name: drawn(payload) for name, payload in PAYLOADS.items()}, **SYMBOLS}


def _digits(payload: str) -> Image.Image:
    code = QRCode(box_size=4, border=4, error_correction=constants.ERROR_CORRECT_L)
    code.add_data(payload)
    code.make()
    return code.make_image().get_image().convert("L")


def _framed(code: Image.Image) -> Image.Image:
    return code if code.height > 700 else camera_frame(code)
