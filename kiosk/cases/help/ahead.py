"""An application that is looked through before it is handed in (网上预审): send, find, go on.

What was entered and photographed lies sealed in the record; the pictures belong to the record until
a case takes them. Neighbours: `records` writes, `verdicts` and the steps of the table judge it.
"""

import hmac
from typing import Any

from sqlalchemy import select

from forms.definition import ServiceItem, Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import drafts, storing
from kiosk.cases.drafts import Draft
from kiosk.cases.help import records
from kiosk.cases.help import services as table
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.help.reading import Record, record_of
from kiosk.cases.help.records import Opening
from kiosk.cases.model import token_hash
from kiosk.cases.submission import materials_of
from kiosk.db import reading, writing
from kiosk.errors import NotFound
from kiosk.receipts.number import new_number, ungrouped

#: What of a draft goes along and comes back.
_KEPT = ("answers", "attachments", "consent", "commitment", "calls", "release")


def send(services: Services, item: ServiceItem, draft: Draft) -> str:
    """Send what is in a draft to be looked through, wipe the draft, and return the record's id.

    A draft that goes on from an earlier pre-check takes its place. Invalid when a picture is gone,
    Conflict when the earlier one was handed in meanwhile, Unavailable before enrolment.
    """
    named = dict(materials_of(item, draft.answers, drafts.to_submission(draft, "kiosk")))
    details = {name: getattr(draft, name) for name in _KEPT}
    record_id = clock.new_id()
    with writing() as session:
        peer = storing.station(session)
        if draft.ahead:
            earlier = records.known(session, peer, draft.ahead)
            records.step(session, services, peer, earlier, "again", None, {})
        opening = Opening(
            table.PRE_CHECK,
            item.code,
            None,
            details,
            clock.today(),
            number=new_number(peer.terminal_number, peer.epoch),
            materials=named,
            lender=draft.ahead,
        )
        records.add(session, services, peer, record_id, opening)
    drafts.discard(services, draft.id, draft.phone)
    services.doorbell.ring("push")
    return record_id


def find(services: Services, number: str, id_tail: str) -> str:
    """Return the id of the pre-check ``number`` of whose applicant's ID ends in ``id_tail``.

    NotFound alike for a wrong number and a wrong second fact.
    """
    query = select(HelpRecord.id).where(HelpRecord.number_hash == token_hash(ungrouped(number)))
    with reading() as session:
        record_id = session.scalars(query).first()
    record = record_of(services, record_id) if record_id else None
    tail = _id_tail(record)
    is_right = hmac.compare_digest(tail.encode(), id_tail.strip().upper().encode())
    if record_id is None or not tail or not is_right:
        message = Text("没有查到，请核对编号和后四位。", "Nothing was found; please check both.")
        raise NotFound("pre_check_unknown", message)
    return record_id


def gone_on(record: Record) -> dict[str, Any]:
    """Return the values of a draft that goes on from it; no picture is taken twice."""
    said = record.details or {}
    return {**{name: said[name] for name in _KEPT if name in said}, "ahead": record.row.id}


def _id_tail(record: Record | None) -> str:
    answers = (record.details or {}).get("answers", {}) if record else {}
    return str(answers.get("applicant", {}).get("id_number", ""))[-4:]
