"""QR codes of our own: what they say and how they are drawn. The only user of qrcode.

A payload is "JSB1.<kind letter>.<value>.<check character>" in capitals, digits, "." and "-" only:
QR alphanumeric mode keeps the symbol small, and ASCII passes every reader unharmed. The check
character catches a mistyped payload; it is no proof of origin, the token's 128 random bits are.
Neighbour: `kiosk.materials.scan` reads payloads back.
"""

import base64
import io
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from stdnum.iso7064 import mod_37_36

from sync import chance


@contextmanager
def _without(library: str) -> Iterator[None]:
    """Have what is imported meanwhile believe that a library is not installed."""
    loaded = sys.modules.get(library)
    sys.modules[library] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[library]
        if loaded is not None:
            sys.modules[library] = loaded


# It would load Pillow, 4 MB at every terminal, for ways of drawing that pages have no use for.
with _without("PIL"):
    from qrcode import constants
    from qrcode.main import QRCode

Kind = Literal["receipt", "item", "handoff", "staff"]
Level = Literal["M", "Q"]

MAX_LENGTH = 60
QUIET_ZONE = 4
_PREFIX = "JSB1"
_TOKEN = re.compile(r"[A-Z2-7]{26}")
# One hyphen between letters and digits: the check character, which knows no hyphen, needs it fixed.
_ITEM = re.compile(r"[A-Z]{1,4}-[0-9]{1,6}")
_LETTERS: dict[Kind, str] = {"receipt": "R", "item": "I", "handoff": "H", "staff": "S"}
_KINDS: dict[str, Kind] = {letter: kind for kind, letter in _LETTERS.items()}
_CORRECTION = {"M": constants.ERROR_CORRECT_M, "Q": constants.ERROR_CORRECT_Q}


@dataclass(frozen=True, slots=True)
class Payload:
    """What one of our own codes says: its kind, and a token of 26 characters or an item code."""

    kind: Kind
    value: str


def new_token() -> str:
    """128 random bits as 26 characters of base32 (RFC 4648, no padding)."""
    return base64.b32encode(chance.some_bytes(16)).decode("ascii").rstrip("=")


def payload(kind: Kind, value: str) -> str:
    """The text of the code, at most 60 characters of the QR alphanumeric set.

    `value` is an item code for "item", otherwise a token. Raises ValueError for any other value.
    """
    text = f"{_PREFIX}.{_LETTERS[kind]}.{value}.{_check_character(kind, value)}"
    if not _fits(kind, value) or len(text) > MAX_LENGTH:
        raise ValueError(f"this is no value for a code of kind {kind}")
    return text


def parse(text: str) -> Payload | None:
    """What the code says, or None when it is not one of ours or its check character is wrong.

    Small letters are accepted: some hand scanners type them.
    """
    parts = text.upper().split(".") if text.isascii() and len(text) <= MAX_LENGTH else []
    if len(parts) != 4 or parts[0] != _PREFIX or parts[1] not in _KINDS:
        return None
    kind, value = _KINDS[parts[1]], parts[2]
    if not _fits(kind, value) or parts[3] != _check_character(kind, value):
        return None
    return Payload(kind, value)


def svg(payload: str, level: Level = "M") -> str:
    """The code as an SVG document of at most 2 kB, quiet zone of 4 modules included.

    Level M is for screens, Q for paper. The markup holds no character of the payload, so it is
    safe to put into a page as it is.
    """
    matrix = _drawn(payload, level).get_matrix()
    size = len(matrix)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" '
        f'shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{size}v{size}H0z"/>'
        f'<path stroke="#000" d="{_strokes(matrix)}"/></svg>'
    )


def png(payload: str, level: Level = "Q", module_pixels: int = 8) -> bytes:
    """The code as a black and white PNG, quiet zone of 4 modules included; level as for `svg`."""
    picture = io.BytesIO()
    _drawn(payload, level, module_pixels).make_image().save(picture, "PNG")
    return picture.getvalue()


def blocks(payload: str, level: Level = "M") -> str:
    """The code for a terminal with light letters on dark: two modules in each character."""
    matrix = _drawn(payload, level).get_matrix()
    rows = [*matrix, *([[False] * len(matrix)] if len(matrix) % 2 else [])]
    # What is drawn are the light modules: the dark ones are the screen itself.
    signs = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
    return "\n".join(
        "".join(signs[bool(high), bool(low)] for high, low in zip(*pair, strict=True))
        for pair in zip(rows[::2], rows[1::2], strict=True)
    )


def _fits(kind: Kind, value: str) -> bool:
    return bool((_ITEM if kind == "item" else _TOKEN).fullmatch(value))


def _check_character(kind: Kind, value: str) -> str:
    """ISO/IEC 7064 MOD 37,36 over the kind's letter and the value, whose hyphens it lacks."""
    try:
        return str(mod_37_36.calc_check_digit(_LETTERS[kind] + value.replace("-", "")))
    except ValueError as error:
        raise ValueError(f"this is no value for a code of kind {kind}") from error


def _drawn(payload: str, level: Level, module_pixels: int = 1) -> QRCode[Any]:
    code: QRCode[Any] = QRCode(
        error_correction=_CORRECTION[level],
        border=QUIET_ZONE,
        box_size=module_pixels,
    )
    code.add_data(payload, optimize=0)
    code.make()
    return code


def _strokes(matrix: Sequence[Sequence[bool | None]]) -> str:
    """One horizontal stroke of width 1 per run of dark modules, in short relative moves."""
    strokes: list[str] = []
    pen_x, pen_y = 0.0, 0.0
    for y, row in enumerate(matrix):
        x = 0
        for dark, run in groupby(row):
            length = len(list(run))
            if dark:
                strokes.append(f"m{x - pen_x:g} {y + 0.5 - pen_y:g}h{length}")
                pen_x, pen_y = x + length, y + 0.5
            x += length
    return "".join(strokes)
