"""Filling in who applies from a resident code or an insurance credential, after consent.

Consent comes first, on a page of its own or beside the code that was just scanned; only then is
the issuer asked. The code is in no address, in no cookie and in no log. What it gave is shown on
the page of who applies, to be checked and continued by the person. Neighbours: `identify` shows
it, `kiosk.credentials` asks the issuer, `wanted` knows the applications of this browser.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace

import structlog
from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from forms.definition import ServiceItem, Text
from kiosk.app_services import services
from kiosk.cases import drafts
from kiosk.cases.drafts import Draft
from kiosk.credentials import issuers
from kiosk.credentials.port import Identity
from kiosk.credentials.stand_in import recognise
from kiosk.errors import DomainError, NotFound, status_of
from kiosk.materials import scan
from kiosk.operators.access import public
from kiosk.terminal.search import MEDICAL_INSURANCE
from kiosk.terminal.wanted import DRAFTS, at_hand

log = structlog.get_logger(__name__)

bp = Blueprint("credential", __name__)

AGREED = "agreed_to_credential"
FILLED = "filled_from_code"
CONSENT_MISSING = Text(
    "要读取，请勾选同意；不同意的，返回后自己填写即可。",
    "To have it read, please tick that you agree; or go back and type it yourself.",
)
NOT_THIS = Text(
    "这不是可以用在这里的码。请出示居民码，医保事项也可出示医保电子凭证。",
    "This code is of no use here. Show a resident code; for medical insurance, an e-credential "
    "will do too.",
)


def applications_for(kind: str) -> list[ServiceItem]:
    """Return the items this browser is applying for that a code of this kind may fill in."""
    found = []
    for code in session.get(DRAFTS, {}):
        if kind == "insurance" and not _is_medical(code):
            continue
        try:
            item, _ = at_hand(code)
        except NotFound:
            continue
        found.append(item)
    return found


@bp.get("/items/<code>/apply/credential")
@public
def ask(code: str) -> str:
    """Say what would be read from whom and why, and ask for consent."""
    item, _ = at_hand(code)
    return _consent_page(item, None)


@bp.post("/items/<code>/apply/credential")
@public
def agree(code: str) -> Response | tuple[str, int]:
    """Remember the consent for this application, and go on to the scanner."""
    item, draft = at_hand(code)
    if request.form.get("consent") != "yes":
        return _consent_page(item, CONSENT_MISSING), 422
    session[AGREED] = draft.id
    return redirect(url_for("terminal.credential.show", code=code))


@bp.get("/items/<code>/apply/credential/scan")
@public
def show(code: str) -> Response | str:
    """Show the ways to scan the code; without consent, ask for that first."""
    item, draft = at_hand(code)
    if session.get(AGREED) != draft.id:
        return redirect(url_for("terminal.credential.ask", code=code))
    return _scan_page(item, {})


@bp.post("/items/<code>/apply/credential/scan")
@public
def read(code: str) -> Response | tuple[str, int]:
    """Have the issuer say whose code it is, and fill that in; consent counts for this once."""
    item, draft = at_hand(code)
    if session.get(AGREED) != draft.id and request.form.get("consent") != "yes":
        return _consent_page(item, CONSENT_MISSING), 422
    box = "text" if request.form.get("text", "").strip() else "image"
    try:
        credential = next(filter(None, map(recognise, _texts())), None)
        if credential is None or (credential.kind == "insurance" and not _is_medical(code)):
            return _scan_page(item, {box: NOT_THIS}), 422
        identity = issuers.identify(credential, services().config.data_dir)
    except DomainError as refusal:
        return _scan_page(item, {box: refusal.message}), status_of(refusal)
    session.pop(AGREED, None)
    drafts.save(services(), _filled(draft, identity))
    session[FILLED] = draft.id
    log.info("identity_from_code", kind=credential.kind, draft=draft.id)
    return redirect(url_for("terminal.identify.show", code=code))


def _texts() -> list[str]:
    """Return what was typed or is in the picture; the texts are not kept."""
    typed = request.form.get("text", "").strip()
    if typed:
        return [typed]
    upload = request.files.get("image")
    return scan.read_codes(upload.read()) if upload is not None and upload.filename else []


def _filled(draft: Draft, identity: Identity) -> Draft:
    """Put what the issuer says over what was typed before; what it does not say stays.

    Whether this person may apply is judged like what is typed, when the page is continued.
    """
    said = {name: value for name, value in asdict(identity).items() if value}
    applicant = {**draft.answers.get("applicant", {}), **said}
    return replace(draft, answers={**draft.answers, "applicant": applicant})


def _is_medical(code: str) -> bool:
    return code.startswith(MEDICAL_INSURANCE)


def _consent_page(item: ServiceItem, error: Text | None) -> str:
    return render_template(
        "terminal/credential.html",
        item=item,
        medical=_is_medical(item.code),
        consent_error=error,
        problems=[("#consent", error)] if error else [],
    )


def _scan_page(item: ServiceItem, wrong: Mapping[str, Text]) -> str:
    return render_template(
        "terminal/credential_scan.html",
        item=item,
        medical=_is_medical(item.code),
        wrong=wrong,
        problems=[(f"#{box}", message) for box, message in wrong.items()],
    )
