"""The code by which a form goes on on a phone, and the address that a QR code says it in.

The code stands behind the "#" of the address, which no browser sends: it comes into no log and no
Referer. Knows no drafts. Neighbours: `kiosk.cases.handoffs` gives a code out once and for ten
minutes, `kiosk.materials.scan` knows the address when it is held before our own camera.
"""

import re
import secrets

#: Capitals and digits without those that look like another: 0 and O, 1, I and L, 2 and Z, 5 and S.
LETTERS = "346789ABCDEFGHJKMNPQRTUVWXY"
LENGTH = 8
#: The page at which a phone hands the code in.
PATH = "/h"

_GROUP = 4
_ADDRESS = re.compile(rf"https?://[^/\s?#]+{PATH}#([{LETTERS}]{{{LENGTH}}})")


def new_code() -> str:
    """Return 8 random characters, 38 bits; enough for ten minutes in which few may guess."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def grouped(code: str) -> str:
    """Return a code as it is read aloud and typed, "3K7M 9QPT"."""
    return f"{code[:_GROUP]} {code[_GROUP:]}"


def ungrouped(text: str) -> str:
    """Return what was typed as a code: capitals, without spaces and hyphens."""
    return re.sub(r"[\s-]", "", text).upper()


def address(base: str, code: str) -> str:
    """Return what the QR code says; `base` is `http://host:port`."""
    return f"{base}{PATH}#{code}"


def in_address(text: str) -> str | None:
    """Return the code in the address of a hand-off, or None when it is no such address."""
    found = _ADDRESS.fullmatch(text)
    return found[1] if found else None
