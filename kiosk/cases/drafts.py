"""Unfinished applications: kept on the terminal, encrypted, so that a page may be left and found.

A draft's id is the idempotency key of its submission: a double tap makes one
case. It never travels. Which browser may write is asked of ``holding`` in each
transaction. Neighbours: ``service`` takes the submission, ``handoffs`` moves a
draft to a phone and back.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from forms.bundling import CHOICE, WANTED
from forms.definition import Text
from forms.release import Catalogue
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import holding
from kiosk.cases.history import current_body
from kiosk.cases.model import Case, Handoff
from kiosk.cases.model import Draft as Row
from kiosk.cases.submission import Attachment, Channel, Signature, Submission
from kiosk.db import reading, writing
from kiosk.errors import Conflict, NotFound
from kiosk.materials import capture

#: Of an attachment that was handed in, what its correction begins with: a promised day stays.
_CARRIED_ON = ("mode", "materials", "certificate", "due")
#: An application left alone this long is wiped: these are shared machines.
KEPT = timedelta(hours=24)
#: At a kiosk: its session ends by itself within 10 minutes of the last page, and the screen is
#: wiped within three of the last touch. Longer than that it is nobody's. One that waits for a phone
#: may be idle ten times as long (`waits` in templates/terminal/kiosk.html); what the phone has is
#: not counted meanwhile, and the time begins anew with each change of sides (``handoffs``).
KEPT_AT_KIOSK = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class Draft:
    """An application being filled; ``attachments`` maps requirement → {"mode", "materials"}.

    There may be "certificate" and "due" in one too (`submission.Attachment`), and "faults": what is
    wrong with which of its pictures, where nobody has said yet to use it anyway. ``calls`` are
    those of the certificate service. ``set_aside`` is what was entered and does not fit any more,
    until it has been shown (see ``renewal``). ``again`` says why it is filled though another is
    open. ``phone`` is who has it open: None for the browser it was begun in. ``help`` is the record
    of who fills it in for somebody, ``ahead`` the pre-check that it goes on from.
    """

    id: str
    item: str
    release: str
    answers: dict[str, Any] = field(default_factory=dict)
    attachments: dict[str, dict[str, Any]] = field(default_factory=dict)
    signature: dict[str, Any] | None = None
    consent: bool = False
    commitment: bool = False
    corrects: str | None = None
    calls: list[dict[str, Any]] = field(default_factory=list)
    set_aside: list[dict[str, Any]] = field(default_factory=list)
    again: str = ""
    updated_at: datetime | None = None
    phone: str | None = None
    help: str | None = None
    ahead: str | None = None


#: What belongs to the row or to who asks, and is not sealed with the rest.
_AROUND = ("updated_at", "phone")

_LENGTH_OF_ID = len(clock.new_id())


def open_draft(
    services: Services,
    item_code: str,
    corrects: str | None = None,
    screen: str | None = None,
    **given: Any,
) -> Draft:
    """Begin an application; with ``corrects`` it starts from what that case last handed in.

    ``screen`` names the kiosk it is filled at; ``given`` are further values of the draft that it
    begins with. That of a bundle starts with the members chosen
    that are ticked at the beginning. Raises NotFound for an unknown item or case and Conflict when
    the case is not returned.
    """
    catalogue = services.catalogue
    draft = Draft(clock.new_id(), item_code, catalogue.release)
    # What was returned is put right by its own release, though the item may have gone since.
    draft = _afresh(catalogue, draft) if corrects is None else _from_case(services, draft, corrects)
    draft = replace(draft, **given)
    with writing() as session:
        row = Row(id=draft.id, body=_seal(services, draft), updated_at=clock.now(), screen=screen)
        session.add(row)
    return draft


def load(services: Services, draft_id: str, phone: str | None = None) -> Draft:
    """Return a draft for ``phone``, or for the browser it was begun in.

    NotFound when it was never there, was submitted, or has been wiped; Elsewhere when the other
    side has it.
    """
    with reading() as session:
        holding.check(session, draft_id, phone)
        row = session.get(Row, draft_id)
    if row is None or row.updated_at < clock.now() - KEPT:
        raise NotFound(
            "draft_unknown",
            Text(
                "这份填写内容已经清除，请重新开始。",
                "This application was wiped; please start again.",
            ),
        )
    return Draft(**{**_unsealed(services, row), "updated_at": row.updated_at, "phone": phone})


def save(services: Services, draft: Draft) -> None:
    """Keep the draft as it is now; NotFound when it has been wiped meanwhile.

    Elsewhere when it has gone to the other side. A code that is still offered dies: the form has
    gone on here. Pictures that it had and has no more are deleted at once.
    """
    with writing() as session:
        away = holding.check(session, draft.id, draft.phone)
        if away is not None and draft.phone is None:
            session.delete(away)
        row = session.get(Row, draft.id)
        if row is None:
            raise NotFound(
                "draft_unknown", Text("这份填写内容已经清除。", "This application was wiped.")
            )
        # A drawing may be the one that another tap is handing in at this moment.
        before = {**_unsealed(services, row), "signature": None}
        dropped = _ids(before) - _ids(asdict(draft))
        row.body, row.updated_at = _seal(services, draft), clock.now()
        if dropped:
            capture.discard(session, services.blobs, dropped)


def discard(
    services: Services, draft_id: str, phone: str | None = None, even_away: bool = False
) -> None:
    """Wipe a draft and the pictures that only it has; absent is not an error.

    What the other side holds stays there, so that clearing a screen takes nothing from somebody's
    phone; with ``even_away`` it ends there too, as only the browser it was begun in may ask.
    """
    with writing() as session:
        away = session.get(Handoff, draft_id)
        if holding.holder(away) != phone and not (even_away and phone is None):
            if away is not None and away.state == holding.TAKEN:
                away.state = holding.ALONE
            return
        _wipe(session, services, session.scalars(select(Row).where(Row.id == draft_id)).all())
        if away is not None and away.state != holding.SUBMITTED:
            away.state = holding.ENDED


def discard_left(services: Services, screen: str, but: Collection[str] = ()) -> None:
    """Wipe what was left behind at a kiosk, all but the drafts ``but``. Idempotent."""
    left = select(Row).where(Row.screen == screen, Row.id.not_in(but), ~_WITH_A_PHONE)
    with reading() as session:
        if session.scalar(left.with_only_columns(Row.id).limit(1)) is None:
            return
    with writing() as session:
        _wipe(session, services, session.scalars(left).all())


#: What a phone has taken from a kiosk is no longer the kiosk's.
_WITH_A_PHONE = Row.id.in_(
    select(Handoff.draft_id).where(Handoff.state.in_(holding.WITH_THE_PHONE))
)


def wipe_old(session: Session, services: Services) -> int:
    """Wipe every draft left alone too long, for a kiosk or for anywhere else; return how many."""
    now = clock.now()
    left_at_kiosk = (
        Row.screen.is_not(None) & (Row.updated_at < now - KEPT_AT_KIOSK) & ~_WITH_A_PHONE
    )
    old = select(Row).where(or_(Row.updated_at < now - KEPT, left_at_kiosk))
    rows = session.scalars(old).all()
    _wipe(session, services, rows)
    # One whose draft is there says who may write to it, however long ago it was offered.
    gone = Handoff.draft_id.not_in(select(Row.id))
    session.execute(delete(Handoff).where(Handoff.offered_at < now - KEPT, gone))
    return len(rows)


def to_submission(
    draft: Draft,
    channel: Channel,
    operator: str | None = None,
    help: Mapping[str, Any] | None = None,
) -> Submission:
    """Return what ``service.submit`` takes; an unsigned draft counts as not signed."""
    signature = draft.signature or {"method": "drawn", "material": None}
    return Submission(
        item=draft.item,
        release=draft.release,
        answers=draft.answers,
        attachments=tuple(
            Attachment(
                requirement,
                given["mode"],
                tuple(given.get("materials", ())),
                given.get("certificate"),
                given.get("due"),
            )
            for requirement, given in sorted(draft.attachments.items())
        ),
        signature=Signature(signature["method"], signature.get("material")),
        consent=draft.consent,
        commitment=draft.commitment,
        channel=channel,
        operator=operator,
        calls=tuple(draft.calls),
        help=help,
        ahead=draft.ahead,
        again=draft.again,
    )


def _wipe(session: Session, services: Services, rows: Collection[Row]) -> None:
    for row in rows:
        try:
            draft = _unsealed(services, row)
        except ValueError:
            # What nobody can read any more is wiped all the same.
            draft = {}
        # What a case has taken has its number; the rest is this draft's alone.
        capture.discard(session, services.blobs, _ids(draft))
        session.execute(delete(Row).where(Row.id == row.id))


def _ids(values: object) -> set[str]:
    """Return every text in a draft that may be the id of a picture."""
    return {word for word in _words(values) if len(word) == _LENGTH_OF_ID}


def _words(values: object) -> Iterator[str]:
    """Yield every text in a draft."""
    if isinstance(values, str):
        yield values
    elif isinstance(values, Mapping):
        for value in values.values():
            yield from _words(value)
    elif isinstance(values, list):
        for value in values:
            yield from _words(value)


def _afresh(catalogue: Catalogue, draft: Draft) -> Draft:
    bundle = catalogue.bundles.get(draft.item)
    if bundle is not None:
        return replace(draft, answers={CHOICE: {WANTED: list(bundle.ticked)}})
    if draft.item not in catalogue.items:
        raise NotFound("item_unknown", Text("没有这个服务事项。", "There is no such service item."))
    return draft


def _from_case(services: Services, draft: Draft, case_id: str) -> Draft:
    with reading() as session:
        case = session.get(Case, case_id)
        body = current_body(session, services.keyring, case_id) if case else None
    if case is None or body is None:
        raise NotFound("case_unknown", Text("没有这个办件。", "There is no such case."))
    if case.state != "returned":
        raise Conflict("not_returned", Text("这个办件不需要补正。", "This case was not returned."))
    return replace(
        draft,
        # A correction is filled and judged by the release the case was made with.
        release=case.release,
        answers=body["answers"],
        attachments={
            a["requirement"]: {name: a[name] for name in _CARRIED_ON if name in a}
            for a in body["attachments"]
        },
        consent=body["consent"],
        commitment=body["commitment"],
        corrects=case_id,
    )


def _context(draft_id: str) -> bytes:
    return b"draft:" + draft_id.encode()


def _unsealed(services: Services, row: Row) -> dict[str, Any]:
    values: dict[str, Any] = orjson.loads(services.keyring.unwrap(row.body, _context(row.id)))
    return values


def _seal(services: Services, draft: Draft) -> bytes:
    values = {key: value for key, value in asdict(draft).items() if key not in _AROUND}
    return services.keyring.wrap(orjson.dumps(values), _context(draft.id))
