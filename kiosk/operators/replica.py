"""Terminal: take over an account as the hall published it. Never makes one of its own."""

import json
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from kiosk.operators.model import Operator


def take_over(session: Session, body: dict[str, Any]) -> None:
    """Set the account to what the hall says; an older version changes nothing. Idempotent."""
    known = session.get(Operator, body["id"])
    if known is not None and known.version > body["version"]:
        return
    # A user name that was given to somebody else meanwhile belongs to the newer account.
    session.execute(
        delete(Operator).where(Operator.username == body["username"], Operator.id != body["id"])
    )
    session.merge(
        Operator(
            id=body["id"],
            username=body["username"],
            display_name=body["display_name"],
            role=body["role"],
            password_hash=body["password_hash"],
            stations=json.dumps(body["stations"]),
            active=body["active"],
            version=body["version"],
        )
    )
