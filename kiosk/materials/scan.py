"""QR codes held before the camera: reading them, and saying what they are.

A code is untrusted text. It is compared with the formats known here and otherwise shown as text;
nothing here or above follows what it says. Neighbours: `isolation` has the picture read,
`kiosk.receipts.qr` and `kiosk.credentials` know the formats.
"""

import json
import unicodedata
from dataclasses import dataclass, field

from kiosk.credentials import stand_in
from kiosk.materials import isolation, wire
from kiosk.receipts import handoff_code, qr

SECONDS = 1.5
"""Time for one picture: with everything around it the answer comes within two seconds."""
SHOWN_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Scan:
    """What a code is: "receipt", "item", "handoff", "staff", "resident", "insurance" or "text".

    `text` is safe to show; `target` is a token, an item code or the whole credential, None for
    "text".
    """

    kind: str
    text: str = field(repr=False)
    target: str | None = field(repr=False)


def read_codes(data: bytes) -> list[str]:
    """The texts of the QR codes in a JPEG, PNG or WebP picture, each once, [] when there is none.

    The texts are as they were in the code: pass them through `interpret` before anybody sees them.
    Raises TooLarge, Unsupported, Invalid (undecodable, or too slow) and Unavailable.
    """
    answer = isolation.shared().ask(wire.CODES, data, SECONDS)
    return [str(text) for text in json.loads(answer)]


def interpret(text: str) -> Scan:
    """What this text from a code, a hand scanner or a keyboard is. Never fails, never follows
    it.
    """
    handed_over = handoff_code.in_address(text.strip())
    if handed_over:
        return Scan("handoff", _shown(text), handed_over)
    payload = qr.parse(text.strip())
    if payload is not None:
        return Scan(payload.kind, _shown(text), payload.value)
    credential = stand_in.recognise(text)
    if credential is not None:
        return Scan(credential.kind, credential.text, credential.text)
    return Scan("text", _shown(text), None)


def _shown(text: str) -> str:
    """On one line of at most 500, without control, format (bidi, invisible) and surrogate signs."""
    spaced = "".join(" " if character.isspace() else character for character in text)
    printable = (
        character for character in spaced if unicodedata.category(character) not in _UNSEEN
    )
    return " ".join("".join(printable).split())[:SHOWN_CHARACTERS]


_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
"""Unicode general categories that show nothing or change how other characters are shown."""
