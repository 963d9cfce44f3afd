"""The terminal's part of ``/api/v1``: cases, materials, scan, queue.

Routes hold no rules: the body is parsed by a schema, one verb is called, its
result is answered. A receipt is answered only after COMMIT.
"""

from dataclasses import asdict
from typing import Any

from flask import request
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, validate
from marshmallow import fields as wire

from forms.definition import Text
from kiosk.app_services import services
from kiosk.cases import awaiting, queries, service
from kiosk.cases.submission import Attachment, Channel, Origin, Signature, Submission
from kiosk.db import writing
from kiosk.errors import FieldProblem, Invalid, NotFound, Unauthenticated
from kiosk.materials import capture, scan
from kiosk.operators.access import public, requires
from kiosk.operators.session import operator_id

bp = Blueprint("api", __name__, description="The terminal: cases, materials, scanning, queue")

MAX_ATTACHMENTS = 60


class AttachmentShape(Schema):
    """What is supplied for one requirement of the item."""

    requirement = wire.String(required=True, validate=validate.Length(1, 80))
    mode = wire.String(load_default="file", validate=validate.OneOf(["file", "deferred"]))
    materials = wire.List(
        wire.String(validate=validate.Length(equal=36)),
        load_default=list,
        validate=validate.Length(max=20),
    )


class SignatureShape(Schema):
    """How the applicant signed."""

    method = wire.String(required=True, validate=validate.OneOf(["drawn", "confirmed"]))
    material = wire.String(load_default=None, allow_none=True, validate=validate.Length(equal=36))


class SubmissionShape(Schema):
    """A whole application. ``answers`` is judged by the item's own schema.

    ``item`` may be a bundle: its answers are to the one form that ``GET /items/<code>`` tells,
    and ``answers.members.wanted`` names the items that are wanted; only their questions are asked.
    """

    item = wire.String(required=True, validate=validate.Length(1, 16))
    release = wire.String(load_default="", validate=validate.Length(max=64))
    answers = wire.Dict(
        keys=wire.String(),
        required=True,
        metadata={"description": "As in the component `Answers_<item>`."},
    )
    attachments = wire.List(
        wire.Nested(AttachmentShape),
        load_default=list,
        validate=validate.Length(max=MAX_ATTACHMENTS),
    )
    signature = wire.Nested(SignatureShape, required=True)
    consent = wire.Boolean(required=True)
    commitment = wire.Boolean(load_default=False)


class ReceiptShape(Schema):
    """The receipt: keep ``token``, it opens the case's progress.

    That of a bundle names the bundle as ``item``; its progress lists the case of each member.
    """

    number = wire.String(required=True)
    token = wire.String(required=True)
    case_id = wire.String(required=True)
    item = wire.String(required=True)
    state = wire.String(required=True)
    submitted_at = wire.AwareDateTime(required=True)


@bp.route("/cases")
class CasesView(MethodView):
    """Cases of this terminal."""

    @public
    # Given the class, the parser would build the schema and the two inside it for each request.
    @bp.arguments(SubmissionShape())
    @bp.response(201, ReceiptShape)
    def post(self, body: dict[str, Any]) -> service.Receipt:
        """Submit a case, or those of a bundle in one commit.

        The header ``Idempotency-Key`` (1–80 characters) is required.
        Repeated with the same body: the same answer. With another body: 409.
        """
        key = idempotency_key()
        return service.submit(services(), submission_of(body, "api"), key)


@bp.route("/cases/<number>")
class CaseView(MethodView):
    """One case of this terminal."""

    @public
    @bp.response(200)
    def get(self, number: str) -> dict[str, Any]:
        """Tell the progress. Needs ``Authorization: Receipt <token>``; otherwise 401."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "receipt" or not token:
            raise Unauthenticated(
                "receipt_needed", Text("请出示受理凭证。", "The receipt's token is needed.")
            )
        progress = queries.progress_by_token(services(), token.strip())
        if progress.number != number:
            raise NotFound("case_unknown", Text("没有这个办件。", "There is no such case."))
        return {
            "number": progress.number,
            "item": progress.item.code,
            "state": progress.state,
            "submitted_at": progress.submitted_at.isoformat(),
            "due_on": progress.due_on.isoformat() if progress.due_on else None,
            "at_hall": progress.at_hall,
            "as_of": progress.as_of.isoformat() if progress.as_of else None,
            "reasons": list(progress.reasons),
            "wiped": progress.is_wiped,
            "cases": _cases(progress),
            "events": [
                {"kind": e.kind, "at": e.at.isoformat(), "note": e.note} for e in progress.events
            ],
        }


@bp.route("/materials")
class MaterialsView(MethodView):
    """Pictures of documents."""

    @public
    @bp.response(201)
    def post(self) -> dict[str, Any]:
        """Store a picture (multipart ``image``: JPEG, PNG or WebP) and return its id."""
        picture = capture.develop(_image())
        with writing() as session:
            parts = services()
            material = capture.keep(session, parts.keyring, parts.blobs, picture)
        return {
            "id": material.id,
            "media_type": material.media_type,
            "bytes": material.bytes,
            "width": material.width,
            "height": material.height,
        }


@bp.route("/scan")
class ScanView(MethodView):
    """Codes in a picture."""

    @public
    @bp.response(200)
    def post(self) -> dict[str, Any]:
        """Read the QR codes in a picture (multipart ``image``) or a typed ``text``.

        Answers ``kind``, ``text`` and ``target`` of the first, and all in ``codes``.
        Nothing that was read is ever followed.
        """
        typed = request.form.get("text")
        texts = [typed] if typed else scan.read_codes(_image())
        found = [scan.interpret(text) for text in texts]
        if not found:
            raise Invalid(
                "no_code",
                Text(
                    "没有找到二维码，请靠近一些、放平再试。",
                    "No QR code was found; hold it closer and flat.",
                ),
                (
                    FieldProblem(
                        "image", "no_code", Text("图中没有二维码。", "There is no QR code in it.")
                    ),
                ),
            )
        codes = [{"kind": s.kind, "text": s.text, "target": s.target} for s in found]
        return {**codes[0], "codes": codes}


@bp.route("/queue")
class QueueView(MethodView):
    """The offline queue."""

    @requires("staff", "admin")
    @bp.response(200)
    def get(self) -> dict[str, Any]:
        """Tell how much is not yet at the hall, and why."""
        queue = awaiting.queue_state(services())
        values = asdict(queue)
        for name in ("oldest_at", "last_contact"):
            values[name] = values[name].isoformat() if values[name] else None
        return values


def _cases(progress: queries.Progress) -> list[dict[str, str]]:
    """Return number, item and state of every case of a bundle; of a single case, none."""
    if progress.bundle_id is None or not progress.holds_receipt:
        return []
    together = queries.progress_of_bundle(services(), progress.bundle_id)
    return [
        {"number": part.number, "item": part.item.code, "state": part.state}
        for part in together.parts
    ]


def idempotency_key() -> str:
    """Return the header of this request by which a repeat is recognised; Invalid without one."""
    key = request.headers.get("Idempotency-Key", "")
    if not 1 <= len(key) <= 80 or not key.isprintable():
        problem = FieldProblem(
            "Idempotency-Key",
            "missing",
            Text(
                "请求头须有 1 到 80 个字符的 Idempotency-Key。",
                "Send 1 to 80 characters of Idempotency-Key.",
            ),
        )
        raise Invalid("idempotency_key_missing", problem.message, (problem,))
    return key


def submission_of(
    body: dict[str, Any], channel: Channel, origin: Origin | None = None
) -> Submission:
    """Return what a parsed body hands in; ``origin`` says on which tablet it was filled."""
    return Submission(
        item=body["item"],
        release=body["release"],
        answers=body["answers"],
        attachments=tuple(
            Attachment(
                a["requirement"],
                a["mode"],
                tuple(a["materials"]),
                due=a["due"].isoformat() if a.get("due") else None,
            )
            for a in body["attachments"]
        ),
        signature=Signature(body["signature"]["method"], body["signature"]["material"]),
        consent=body["consent"],
        commitment=body["commitment"],
        channel=channel,
        operator=operator_id(),
        origin=origin,
    )


def _image() -> bytes:
    upload = request.files.get("image")
    if upload is None:
        problem = FieldProblem(
            "image", "missing", Text("请附上图片。", "Send a picture in the part `image`.")
        )
        raise Invalid("image_missing", problem.message, (problem,))
    return bytes(upload.read())
