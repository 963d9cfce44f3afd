"""Releases by their hash: one that is missing or damaged is an answer, not a fault."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from kiosk.operators import service
from tests.builders.cases import a_case_at
from tests.builders.machines import Machine

PASSWORD = "correct horse battery"


def with_another_release(machine: Machine, content: bytes | None) -> str:
    """Let the release of the cases be an old one, whose file now holds `content` or is gone."""
    parts = machine.parts
    old = parts.releases.current
    file = parts.releases.folder / f"{old.release}.json"
    file.unlink() if content is None else file.write_bytes(content)
    current = SimpleNamespace(
        release="f" * 64, items=old.items, item=old.item, index=old.index, content=old.content
    )
    releases = replace(parts.releases, shipped=current, opened={})
    machine.app.extensions["kiosk"] = replace(parts, releases=releases)
    return old.release


@pytest.mark.parametrize("content", [b"", None], ids=["damaged", "missing"])
def test_a_release_that_cannot_be_read_is_a_lookup_error(terminal, content):
    release = with_another_release(terminal, content)
    with capture_logs() as logged:
        for _ in range(2):
            with pytest.raises(LookupError, match="release_missing"):
                terminal.parts.releases.of(release)
    told = [] if content is None else ["release_damaged"]
    assert [entry["event"] for entry in logged] == told


def test_a_damaged_release_that_the_hall_asks_for_keeps_no_picture_back(terminal):
    release = with_another_release(terminal, b"")
    with capture_logs() as logged:
        terminal.parts.releases.lend(terminal.parts.blobs, [release])
    assert [entry["event"] for entry in logged] == ["release_damaged", "release_not_lent"]
    assert not terminal.parts.blobs.has(release)


@pytest.mark.parametrize("content", [b"", None], ids=["damaged", "missing"])
def test_the_terminal_says_that_it_cannot_show_a_case_of_such_a_release(small_pair, content):
    terminal = small_pair.terminal
    made = a_case_at(terminal)
    with_another_release(terminal, content)
    answer = terminal.client().get(
        f"/api/v1/cases/{made.number}",
        headers={"Authorization": f"Receipt {made.token}", "Accept-Language": "en"},
    )
    assert (answer.status_code, answer.get_json()["code"]) == (503, "release_missing")
    assert "catalogue" in answer.get_json()["title"]


def test_the_hall_shows_and_decides_a_case_of_such_a_release(small_pair):
    made = a_case_at(small_pair.terminal)
    small_pair.settle()
    hall = small_pair.hall
    hall.within(service.create, "chen", "陈静", "admin", PASSWORD)
    with_another_release(hall, b"")
    client = hall.client()
    signed_in = client.post("/api/v1/session", json={"username": "chen", "password": PASSWORD})
    token = {"X-CSRFToken": signed_in.get_json()["csrf_token"]}
    assert client.get(f"/desk/{made.case_id}").status_code == 200
    decided = client.post(
        f"/api/v1/cases/{made.case_id}/decisions", json={"action": "accept"}, headers=token
    )
    assert decided.status_code < 300
