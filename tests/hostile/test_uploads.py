"""Hostile files where a picture is asked for: refused by name or rebuilt clean, in time and memory."""

import os
from pathlib import Path

import pytest
from urllib3 import encode_multipart_formdata
from werkzeug.test import TestResponse

from kiosk.materials import isolation
from tests.builders.machines import Machine
from tests.hostile import weight
from tests.hostile.uploads import FILES, HTML

#: Processor time of both processes: that of a wall clock says how busy the machine is.
SECONDS = 2.0


def processor_seconds(pid: int | None) -> float:
    """Of this process and of the picture child, as far as there is one."""
    used = sum(os.times()[:2])
    if pid is not None:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


def sent(terminal: Machine, address: str, data: bytes) -> TestResponse:
    body, kind = encode_multipart_formdata({"image": ("../../photo.jpg", data)})
    return terminal.client().post(address, data=body, content_type=kind)


def test_there_are_enough_of_them() -> None:
    assert len(FILES) >= 30


@pytest.mark.parametrize("address", ["/api/v1/scan", "/api/v1/materials"])
@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused_or_harmless(terminal: Machine, name: str, address: str) -> None:
    data = FILES[name]()
    child = isolation.shared().pid
    before, used = weight.own(), processor_seconds(child)

    answer = sent(terminal, address, data)

    if isolation.shared().pid == child:
        assert processor_seconds(child) - used < SECONDS
    assert answer.status_code in {200, 201, 413, 415, 422}, answer.text
    assert weight.own() - before < weight.WEB_GROWTH
    assert weight.of_the_child_at_most() < weight.CHILD_PEAK
    if answer.status_code >= 400:
        refusal = answer.get_json()
        assert refusal["code"]
        assert refusal["title"]


def test_what_is_kept_of_a_polyglot_is_pixels_alone(terminal: Machine) -> None:
    for name in ("jpeg and a web page", "comment with a script", "exif that loops"):
        answer = sent(terminal, "/api/v1/materials", FILES[name]())
        assert (answer.status_code, answer.get_json()["media_type"]) == (201, "image/jpeg")
    kept = [file.read_bytes() for file in terminal.parts.blobs.root.rglob("*") if file.is_file()]
    assert kept
    assert not any(HTML in data for data in kept)
