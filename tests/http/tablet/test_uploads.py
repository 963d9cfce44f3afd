"""Pictures in pieces: by a tus client that is not ours, and by hand where lines break."""

import base64
import hashlib
import io
import threading
from datetime import timedelta

import pytest
from PIL import Image
from tusclient.client import TusClient
from tusclient.uploader import Uploader
from werkzeug.serving import make_server

from kiosk import clock
from kiosk.materials.model import Material
from kiosk.terminal import tablet_uploads
from kiosk.tidying import tidy
from kiosk.uploads import protocol
from tests.builders.cases import a_submission
from tests.builders.tablets import API, a_tablet
from tests.http.tablet.conftest import STAFF

TUS = {"Tus-Resumable": "1.0.0"}


class Checked(Uploader):
    CHECKSUM_ALGORITHM_PAIR = ("sha256", hashlib.sha256)


def a_photograph(colour: str = "teal", side: int = 600) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(written, "PNG")
    return written.getvalue()


def announce(tablet, data: bytes, along: bytes = b"", **headers: str):
    digest = base64.b64encode(hashlib.sha256(data).hexdigest().encode()).decode()
    told = {"Upload-Length": str(len(data)), "Upload-Metadata": f"sha256 {digest},filename eA=="}
    own = {"X-CSRFToken": tablet.token, **TUS}
    if along:
        own["Content-Type"] = protocol.PIECE_TYPE
    return tablet.client.post(f"{API}/uploads", data=along, headers={**own, **told, **headers})


def send(tablet, where: str, offset: int, piece: bytes, **headers: str):
    own = {"X-CSRFToken": tablet.token, "Content-Type": protocol.PIECE_TYPE, **TUS}
    own["Upload-Offset"] = str(offset)
    return tablet.client.patch(where, data=piece, headers={**own, **headers})


def brought(tablet, data: bytes) -> str:
    answer = send(tablet, announce(tablet, data).headers["Location"], 0, data)
    assert answer.status_code == 204, answer.get_data(as_text=True)
    return answer.headers["Material-Id"]


@pytest.fixture
def served(pair):
    server = make_server("127.0.0.1", 0, pair.terminal.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_tus_client_brings_a_picture_in_pieces_and_goes_on_after_a_break(pair, tablet, served):
    data = a_photograph()
    cookies = (tablet.client.get_cookie(name) for name in ("device", "terminal_session"))
    headers = {"Cookie": "; ".join(f"{c.key}={c.value}" for c in cookies if c)}
    client = TusClient(f"{served}{API}/uploads", {**headers, "X-CSRFToken": tablet.token})
    told = {
        "file_stream": io.BytesIO(data),
        "chunk_size": 700,
        "client": client,
        "metadata": {"sha256": hashlib.sha256(data).hexdigest(), "filename": "身份证.png"},
        "upload_checksum": True,
    }
    first = Checked(**told)
    first.upload(stop_at=1400)
    second = Checked(**told, url=first.url)
    assert second.offset == 1400
    second.upload()
    answer = tablet.client.get(first.url.removeprefix(served))
    material = answer.get_json()["material"]
    assert material == answer.headers["Material-Id"]
    with pair.terminal.reading() as session:
        assert session.get_one(Material, material).media_type == "image/jpeg"


def test_a_picture_that_is_brought_again_is_the_same_material(tablet):
    data = a_photograph("navy")
    material = brought(tablet, data)
    again = announce(tablet, data)
    assert again.headers["Material-Id"] == material
    assert send(tablet, again.headers["Location"], 0, data).headers["Material-Id"] == material
    other = a_tablet(tablet.terminal)
    other.sign_in(*STAFF)
    assert brought(other, data) != material


def test_a_picture_that_comes_with_its_announcement_is_a_material_and_leaves_nothing_else(
    pair, tablet
):
    folder = pair.terminal.parts.config.data_dir / "uploads"
    data = a_photograph("navy")
    first = announce(tablet, data, data)
    assert (first.status_code, first.headers["Upload-Offset"]) == (201, str(len(data)))
    upload_id = first.headers["Location"].rpartition("/")[2]
    (note,) = folder.glob(f"{upload_id}.*")
    assert '"key": ""' in note.read_text()
    told = tablet.client.head(first.headers["Location"], headers=TUS).headers
    assert told["Upload-Offset"] == str(len(data))
    # The answer was lost: it comes again, by either way.
    again = announce(tablet, data, data).headers["Material-Id"], brought(tablet, data)
    assert {first.headers["Material-Id"], told["Material-Id"], *again} == {again[0]}


def test_with_an_announcement_comes_the_whole_picture_or_nothing(tablet):
    data = a_photograph("salmon")
    part = announce(tablet, data, data[:50])
    assert (part.status_code, part.headers["Upload-Offset"]) == (201, "0")
    assert "Material-Id" in send(tablet, part.headers["Location"], 0, data).headers
    other = announce(tablet, a_photograph("coral"), bytes(len(a_photograph("coral"))))
    assert (other.status_code, other.headers["Upload-Offset"]) == (460, "0")
    assert other.get_json()["code"] == "checksum-mismatch" and "Location" not in other.headers
    bad = announce(tablet, b"<svg>" * 30, b"<svg>" * 30)
    assert bad.status_code == 415


def test_a_large_picture_is_to_come_in_pieces(tablet):
    data = a_photograph("plum") + bytes(tablet_uploads.MOST_AT_ONCE)
    large = announce(tablet, data, data)
    assert (large.status_code, large.headers["Upload-Offset"]) == (201, "0")
    assert "Material-Id" not in large.headers


def test_one_picture_goes_into_the_cases_of_two_members_of_a_household(pair, tablet):
    builder = a_submission(pair.terminal)
    requirement = next(iter(builder.attachments))
    shared = brought(tablet, a_photograph("olive"))
    for _ in range(2):
        answer = tablet.hand_in(
            tablet.case(a_submission(pair.terminal).with_material(requirement, shared))
        )
        assert answer.status_code == 201, answer.get_data(as_text=True)


def test_the_offset_is_told_and_kept_and_nothing_else_is_taken(tablet):
    data = a_photograph("maroon")
    where = announce(tablet, data).headers["Location"]
    assert send(tablet, where, 0, data[:50]).headers["Upload-Offset"] == "50"
    for offset in (0, 60):
        refused = send(tablet, where, offset, data[offset:])
        assert (refused.status_code, refused.get_json()["code"]) == (409, "offset-differs")
    damaged = base64.b64encode(hashlib.sha256(b"another").digest()).decode()
    refused = send(tablet, where, 50, data[50:], **{"Upload-Checksum": f"sha256 {damaged}"})
    assert (refused.status_code, refused.headers["Upload-Offset"]) == (460, "50")
    head = tablet.client.head(where, headers=TUS)
    assert (head.status_code, head.headers["Upload-Offset"]) == (200, "50")
    assert head.headers["Upload-Length"] == str(len(data)) and "Material-Id" not in head.headers
    wrong_whole = send(tablet, where, 50, bytes(len(data) - 50))
    assert (wrong_whole.status_code, wrong_whole.headers["Upload-Offset"]) == (460, "0")
    assert "Material-Id" in send(tablet, where, 0, data).headers


def test_what_the_camera_wrote_into_a_picture_is_gone_once_there_is_a_material(pair, tablet):
    folder = pair.terminal.parts.config.data_dir / "uploads"
    data = a_photograph("teal", 333)
    where = announce(tablet, data).headers["Location"]
    kept = list(folder.glob(f"{where.rpartition('/')[2]}.*"))
    material = send(tablet, where, 0, data).headers["Material-Id"]
    assert [path.suffix for path in kept if path.exists()] == [".json"]
    assert '"key": ""' in next(path for path in kept if path.exists()).read_text()
    for _ in range(2):
        told = tablet.client.head(where, headers=TUS).headers
        assert (told["Upload-Offset"], told["Material-Id"]) == (str(len(data)), material)
    late = send(tablet, where, 0, data)
    assert (late.status_code, late.get_json()["code"]) == (409, "offset-differs")
    with pair.terminal.writing() as session:
        session.delete(session.get_one(Material, material))
    assert tablet.client.head(where, headers=TUS).status_code == 404
    assert brought(tablet, data) != material


def test_what_is_no_picture_is_refused_once_it_is_here_and_forgotten(tablet):
    data = b"<svg onload=alert(1)>" * 30
    where = announce(tablet, data).headers["Location"]
    assert send(tablet, where, 0, data).status_code == 415
    assert tablet.client.head(where, headers=TUS).status_code == 404


def test_an_upload_of_another_tablet_is_not_found(tablet):
    where = announce(tablet, a_photograph("gray")).headers["Location"]
    other = a_tablet(tablet.terminal)
    other.sign_in(*STAFF)
    assert other.client.head(where, headers=TUS).status_code == 404
    assert send(other, where, 0, b"x").status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({"Upload-Length": "-1"}, 422),
        ({"Upload-Length": "15000001"}, 413),
        ({"Upload-Metadata": "filename eA=="}, 422),
        ({"Upload-Metadata": "sha256 !"}, 422),
    ],
)
def test_an_announcement_that_cannot_be_kept_is_refused(tablet, headers, status):
    answer = announce(tablet, b"x", **headers)
    assert (answer.status_code, answer.headers["Tus-Resumable"]) == (status, "1.0.0")


def test_what_is_spoken_is_told(tablet):
    answer = tablet.client.options(f"{API}/uploads")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Extension"] == "creation,creation-with-upload,checksum"
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha256"
    assert answer.headers["Tus-Max-Size"] == "15000000"


def test_a_picture_waits_longer_for_a_case_that_a_broken_line_keeps_up(pair, tablet):
    material = brought(tablet, a_photograph("purple"))
    for days, is_there in ((29, True), (31, False)):
        later = clock.now() + timedelta(days=days)
        with clock.use(lambda now=later: now), pair.terminal.writing() as session:
            tidy(session, pair.terminal.parts)
        with pair.terminal.reading() as session:
            assert (session.get(Material, material) is not None) == is_there
    assert brought(tablet, a_photograph("purple")) != material
