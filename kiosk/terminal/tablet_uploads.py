"""``/api/v1/tablet/uploads``: a tablet's pictures by tus 1.0, whole at once or in pieces.

Spoken are core, creation, creation-with-upload and checksum. Once all bytes are here the picture is
rebuilt from its pixels and is a material like any other; its id stands in the header
``Material-Id``. Neighbours: `kiosk.uploads` keeps the pieces, `kiosk.materials.brought` makes the
material.
"""

import hashlib
from collections.abc import Iterator
from typing import NoReturn

from flask import Response, jsonify, make_response, request, url_for
from flask.views import MethodView
from flask_smorest import Blueprint

from forms.definition import Text
from kiosk.api import problem
from kiosk.app_services import services
from kiosk.devices import presence
from kiosk.errors import (
    STATUS,
    Conflict,
    DomainError,
    FieldProblem,
    Invalid,
    NotFound,
    TooLarge,
    Unavailable,
    Unsupported,
)
from kiosk.materials import brought
from kiosk.materials.isolation import MOST_BYTES
from kiosk.operators.access import requires_device
from kiosk.uploads import protocol
from kiosk.uploads.store import (
    FileDamaged,
    OffsetDiffers,
    PieceDamaged,
    PieceTooLong,
    UnknownUpload,
    Upload,
    UploadStore,
)

bp = Blueprint("tablet_uploads", __name__, description="The terminal: pictures of its tablets")

FOLDER = "uploads"
#: A picture is held in memory while it comes in one go (bytes); the app's own are less than half.
MOST_AT_ONCE = 1024 * 1024
_BLOCK_BYTES = 64 * 1024
DAMAGED = Text("传输有误，请重新发送。", "It was damaged on its way; send it again.")


class OtherVersion(DomainError):
    """The client speaks another version of tus, or does not say which."""


STATUS[OtherVersion] = 412


@bp.after_request
def _tell_version(answer: Response) -> Response:
    answer.headers["Tus-Resumable"] = protocol.VERSION
    if answer.status_code == STATUS[OtherVersion]:
        answer.headers["Tus-Version"] = protocol.VERSION
    return answer


@bp.route("/tablet/uploads")
class UploadsView(MethodView):
    """Pictures that are announced."""

    def options(self) -> Response:
        """Tell what of tus is spoken here, and the largest picture."""
        answer = _answer(204)
        answer.headers.extend(protocol.ABILITIES)
        answer.headers["Tus-Max-Size"] = str(MOST_BYTES)
        return answer

    @requires_device("staff")
    @bp.response(201)
    def post(self) -> Response:
        """Announce a picture: Upload-Length, and Upload-Metadata with ``sha256`` (hex).

        All bytes may come along (creation-with-upload) up to ``MOST_AT_ONCE``, and then
        ``Material-Id`` is in this answer, as it is for a picture that this tablet has brought
        before. A part of them is not taken, nor are more: they are to come as pieces.
        """
        _check_version()
        try:
            length = protocol.number("Upload-Length", request.headers.get("Upload-Length"))
            sha256 = protocol.announced_sha256(request.headers.get("Upload-Metadata", ""))
        except protocol.BadHeader as error:
            _refuse_header(error)
        if not 0 < length <= MOST_BYTES:
            raise TooLarge("picture_too_large", Text("图片太大。", "The picture is too large."))
        is_whole = request.mimetype == protocol.PIECE_TYPE and request.content_length == length
        if is_whole and length <= MOST_AT_ONCE:
            return _at_once(length, sha256)
        device_id = _device_id()
        try:
            upload = _store().create(device_id, length, sha256)
        except OSError as error:
            raise _full() from error
        return _announced(upload, 0, brought.known(device_id, sha256))


@bp.route("/tablet/uploads/<upload_id>")
class UploadView(MethodView):
    """One picture on its way."""

    @requires_device("staff")
    @bp.response(200)
    def head(self, upload_id: str) -> Response:
        """Tell how many bytes are on disk, and the material once all are."""
        _check_version()
        upload = _found(upload_id)
        offset = _store().offset(upload)
        return _naming(_answer(200, upload, offset), _material(upload, offset))

    @requires_device("staff")
    @bp.response(200)
    def get(self, upload_id: str) -> Response:
        """Tell the same as JSON: ``offset``, ``length``, ``sha256`` and ``material`` or null."""
        upload = _found(upload_id)
        offset = _store().offset(upload)
        material = _material(upload, offset)
        told = {"id": upload.id, "offset": offset, "length": upload.length, "sha256": upload.sha256}
        return _naming(jsonify({**told, "material": material}), material)

    @requires_device("staff")
    @bp.response(204)
    def patch(self, upload_id: str) -> Response:
        """Take the next piece, which begins at Upload-Offset; 409 when that is another place.

        460 when the piece is not what Upload-Checksum says, or the whole not what was announced.
        """
        _check_version()
        if request.mimetype != protocol.PIECE_TYPE:
            raise Unsupported("piece_type", Text("不收这种格式。", "This format is not taken."))
        upload = _found(upload_id)
        try:
            offset = _appended(upload)
            material = _material(upload, offset)
        except (PieceDamaged, FileDamaged):
            return _damaged(_store().offset(upload))
        return _naming(_answer(204, upload, offset), material)


def _at_once(length: int, sha256: str) -> Response:
    """Make the material of a picture that came whole with its announcement.

    Nothing of it is kept on its way: whoever is not answered sends it again, and what a tablet
    has brought is known by its bytes.
    """
    try:
        told = protocol.piece_sha256(request.headers.get("Upload-Checksum"))
    except protocol.BadHeader as error:
        _refuse_header(error)
    content = b"".join(_blocks())
    digest = hashlib.sha256(content)
    if digest.hexdigest() != sha256 or told not in (None, digest.digest()):
        return _damaged(0)
    device_id = _device_id()
    material = brought.take(services(), device_id, sha256, content)
    try:
        upload = _store().note_whole(device_id, length, sha256)
    except OSError as error:
        raise _full() from error
    return _announced(upload, length, material)


def _announced(upload: Upload, offset: int, material: str | None) -> Response:
    answer = _answer(201, upload, offset)
    answer.headers["Location"] = url_for("tablet_uploads.UploadView", upload_id=upload.id)
    return _naming(answer, material)


def _appended(upload: Upload) -> int:
    """Write what this request carries; return the new offset."""
    try:
        offset = protocol.number("Upload-Offset", request.headers.get("Upload-Offset"))
        sha256 = protocol.piece_sha256(request.headers.get("Upload-Checksum"))
    except protocol.BadHeader as error:
        _refuse_header(error)
    try:
        return _store().append(upload, offset, _blocks(), sha256)
    except (OffsetDiffers, UnknownUpload) as error:
        # What was used up meanwhile takes no more; whoever asks is told of its material.
        raise Conflict("offset-differs", Text("续传位置不对。", "The offset differs.")) from error
    except PieceTooLong as error:
        message = Text("比说好的长度多。", "There is more than was announced.")
        raise TooLarge("piece_too_large", message) from error
    except OSError as error:
        raise _full() from error


def _material(upload: Upload, offset: int) -> str | None:
    """Return the material of a picture that is here whole, making it if nobody has; else None.

    Asked again after a kill or a moment without the picture child, it is made then. What came is
    wiped as soon as there is a material: it may tell where it was taken. A picture that is refused
    is dropped: more of the same bytes would not help.
    """
    if offset < upload.length:
        return None
    made = brought.known(upload.owner, upload.sha256) or _made(upload)
    _store().use_up(upload)
    return made


def _made(upload: Upload) -> str:
    try:
        content = _store().whole(upload)
        return brought.take(services(), upload.owner, upload.sha256, content)
    except UnknownUpload as error:
        # Another request has just used it; or the material was wiped since, unused.
        earlier = brought.known(upload.owner, upload.sha256)
        if earlier is None:
            _store().drop(upload.id)
            raise _unknown() from error
        return earlier
    except (Invalid, TooLarge, Unsupported):
        _store().drop(upload.id)
        raise


def _found(upload_id: str) -> Upload:
    try:
        return _store().find(_device_id(), upload_id)
    except UnknownUpload as error:
        raise _unknown() from error


def _unknown() -> NotFound:
    message = Text("没有这次上传，请重新开始。", "There is no such upload; begin again.")
    return NotFound("upload-unknown", message)


def _store() -> UploadStore:
    parts = services()
    return UploadStore(parts.config.data_dir / FOLDER, parts.keyring)


def _blocks() -> Iterator[bytes]:
    while block := request.stream.read(_BLOCK_BYTES):
        yield block


def _device_id() -> str:
    device = presence.present()
    assert device is not None  # noqa: S101 — ``requires_device`` let nobody else in
    return device.id


def _check_version() -> None:
    if request.headers.get("Tus-Resumable") != protocol.VERSION:
        message = Text("只支持 tus 1.0.0。", "Only tus 1.0.0 is spoken here.")
        raise OtherVersion("tus-version", message)


def _refuse_header(error: protocol.BadHeader) -> NoReturn:
    message = Text("请求头缺失或格式不对。", "This header is missing or malformed.")
    raise Invalid("header-invalid", message, (FieldProblem(str(error), "malformed", message),))


def _full() -> Unavailable:
    message = Text("现在存不下来，请稍后再试。", "It cannot be stored now; please try again.")
    return Unavailable("upload-not-stored", message)


def _answer(status: int, upload: Upload | None = None, offset: int = 0) -> Response:
    answer = make_response("", status)
    answer.headers["Cache-Control"] = "no-store"
    if upload is not None:
        answer.headers["Upload-Offset"] = str(offset)
        answer.headers["Upload-Length"] = str(upload.length)
    return answer


def _naming(answer: Response, material: str | None) -> Response:
    if material is not None:
        answer.headers["Material-Id"] = material
    return answer


def _damaged(offset: int) -> Response:
    answer = make_response(problem.draw(protocol.CHECKSUM_MISMATCH, "checksum-mismatch", DAMAGED))
    answer.headers["Upload-Offset"] = str(offset)
    return answer
