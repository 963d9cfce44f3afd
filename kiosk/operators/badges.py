"""Staff badges: a code that says which account, and nothing that opens it.

The token of a badge is the account's id in another spelling. A copied badge is worth as much as a
user name: the password is always asked. Neighbours: `kiosk.receipts.qr` makes codes of tokens,
`service` checks passwords.
"""

import base64
import binascii
import uuid

from kiosk.db import reading
from kiosk.operators.model import Operator


def token_of(operator_id: str) -> str:
    """Return 26 characters of base32 for an account's id (a UUID)."""
    return base64.b32encode(uuid.UUID(operator_id).bytes).decode("ascii").rstrip("=")


def username_of(token: str) -> str:
    """Return whose badge it is, "" when there is no such account here or it is closed."""
    try:
        identifier = str(uuid.UUID(bytes=base64.b32decode(token + "=" * (-len(token) % 8))))
    except (binascii.Error, ValueError):
        return ""
    with reading() as session:
        operator = session.get(Operator, identifier)
    return operator.username if operator is not None and operator.active else ""
