"""`POST /materials` and `POST /scan`: pictures are read, kept or refused by name."""

import errno
import io
import os

import pytest
from PIL import Image

from tests.builders.machines import Machine, Pair
from tests.builders.pictures import encoded, photograph

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def terminal(pair: Pair) -> Machine:
    return pair.terminal


def upload(terminal: Machine, path: str, data: bytes, name: str = "image"):
    return terminal.client().post(
        f"/api/v1{path}", data={name: (io.BytesIO(data), "a.jpg")}, headers=ENGLISH
    )


def test_a_picture_becomes_a_material(terminal):
    answer = upload(terminal, "/materials", encoded(photograph((640, 480))))
    assert (answer.status_code, answer.get_json()["media_type"]) == (201, "image/jpeg")
    assert terminal.row_counts()["material"] == 1


def test_a_picture_that_the_disk_does_not_take_is_refused_and_not_kept(terminal, monkeypatch):
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("sync.blobs.os.fsync", full)
    answer = upload(terminal, "/materials", encoded(photograph((640, 480))))
    assert (answer.status_code, answer.get_json()["code"]) == (503, "picture_not_stored")
    assert terminal.row_counts()["material"] == 0
    assert not [f for f in terminal.parts.blobs.root.rglob("*") if f.is_file()]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 422),
        (b"GIF89a" + bytes(100), 415),
        (b"%PDF-1.7", 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415),
        (b"\xff\xd8\xff\xe0" + bytes(50), 422),
        (encoded(photograph((640, 480)))[:2000], 422),
    ],
    ids=["empty", "gif", "pdf", "svg", "noise", "cut"],
)
def test_a_picture_that_cannot_be_read_is_refused_and_not_kept(terminal, data, status):
    answer = upload(terminal, "/materials", data)
    assert answer.status_code in {status, 415, 422}, answer.get_data(as_text=True)
    assert answer.mimetype == "application/problem+json"
    assert terminal.row_counts()["material"] == 0
    assert not [f for f in terminal.parts.blobs.root.rglob("*") if f.is_file()]


def test_a_picture_that_is_too_large_is_refused(terminal):
    part = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
    answer = terminal.client().post(
        "/api/v1/materials",
        data=part + bytes(17_000_000) + b"\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413
    bomb = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(bomb, "PNG")
    answer = upload(terminal, "/materials", bomb.getvalue())
    assert answer.status_code in {413, 422}
    assert terminal.row_counts()["material"] == 0


@pytest.mark.parametrize("path", ["/materials", "/scan"])
def test_a_request_without_its_picture_says_which_part_is_missing(terminal, path):
    for answer in (
        upload(terminal, path, b"x", name="photo"),
        terminal.client().post(f"/api/v1{path}", json={}),
    ):
        assert answer.status_code == 422
        assert answer.get_json()["fields"][0]["field"] == "image"


def test_a_picture_without_a_code_says_so(terminal):
    answer = upload(terminal, "/scan", encoded(photograph((640, 480))))
    assert (answer.status_code, answer.get_json()["code"]) == (422, "no_code")


@pytest.mark.parametrize(
    "text", ["https://example.org/", "javascript:alert(1)", "JSB1.R.X.Y", "=1+1"]
)
def test_a_code_that_is_not_ours_is_only_text(terminal, text):
    answer = terminal.client().post("/api/v1/scan", data={"text": text})
    found = answer.get_json()
    assert (answer.status_code, found["kind"], found["target"]) == (200, "text", None)
    assert found["text"] == text
    assert "Location" not in answer.headers
