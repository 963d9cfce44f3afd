"""A machine that tests share one after the other: each meets it as if it were new."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.builders.cases import a_case_at
from tests.builders.kept import Kept, Lender
from tests.builders.machines import Machine, Pair, enrolled, initialised


@pytest.fixture
def pairs(on_sqlite) -> Lender[Pair]:
    def make() -> tuple[Pair, list[Kept]]:
        pair = enrolled(initialised(on_sqlite("hall")), on_sqlite("terminal"))
        return pair, [Kept(pair.hall), Kept(pair.terminal)]

    return Lender(make)


def folder_of(machine: Machine) -> Path:
    return machine.parts.config.data_dir


def content_of(machine: Machine) -> dict[Path, bytes]:
    """Every file but those with which SQLite works and locks."""
    files = (path for path in folder_of(machine).rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in files if ".db" not in path.name}


def test_no_case_and_no_file_is_left_of_the_test_before(pairs: Lender[Pair]):
    with pairs.lent() as first:
        rows = first.hall.row_counts(), first.terminal.row_counts()
        files = content_of(first.hall), content_of(first.terminal)
        a_case_at(first.terminal)
        first.settle()
        key = next((folder_of(first.terminal) / "keys").iterdir())
        key.write_bytes(b"another")
        assert (first.hall.row_counts(), first.terminal.row_counts()) != rows
    with pairs.lent() as second:
        assert second.terminal.app is first.terminal.app
        assert (second.hall.row_counts(), second.terminal.row_counts()) == rows
        assert (content_of(second.hall), content_of(second.terminal)) == files
        second = second.with_a_new_line()
        a_case_at(second.terminal)
        second.settle()
        assert second.known_terminal().terminal_id == first.terminal_id


def test_settings_are_as_they_were(pairs: Lender[Pair]):
    with pairs.lent() as first:
        parts = first.terminal.parts
        changed = replace(parts.config, idle_seconds=parts.config.idle_seconds + 1)
        first.terminal.app.extensions["kiosk"] = replace(parts, config=changed)
    with pairs.lent() as second:
        assert second.terminal.parts.config == parts.config


def test_what_a_browser_may_ask_for_in_a_minute_is_counted_anew(pairs: Lender[Pair]):
    def asked(pair: Pair) -> list[int]:
        client = pair.terminal.client()
        return [client.get("/items/MZ-999/form.pdf").status_code for _ in range(21)]

    with pairs.lent() as first:
        before = asked(first)
    with pairs.lent() as second:
        assert asked(second) == before
    assert before == [404] * 20 + [429]


def test_an_application_that_a_test_has_changed_is_not_lent_again(pairs: Lender[Pair]):
    with pairs.lent() as first:
        first.terminal.app.config["MAX_CONTENT_LENGTH"] = 1
    with pairs.lent() as second:
        assert second.terminal.app is not first.terminal.app
        assert second.terminal.app.config["MAX_CONTENT_LENGTH"] != 1


def test_two_that_are_lent_at_once_are_two(pairs: Lender[Pair]):
    with pairs.lent() as one, pairs.lent() as other:
        assert one.terminal.app is not other.terminal.app
        assert one.terminal.parts.identity.public.to_hex() != (
            other.terminal.parts.identity.public.to_hex()
        )


def test_what_a_hall_kept_for_a_moment_is_forgotten_and_the_hall_lent_again(pairs: Lender[Pair]):
    with pairs.lent() as first:
        first.pull()
        assert first.hall.app.extensions["hall.kept"]
    with pairs.lent() as second:
        assert second.hall.app is first.hall.app
        assert "hall.kept" not in second.hall.app.extensions
