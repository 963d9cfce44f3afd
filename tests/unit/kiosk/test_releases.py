"""Which release is offered to people, when the named one cannot be read for a moment."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from kiosk.releases import Releases
from sync.ledger import Terminal
from tests.builders.cases import SHORT_ITEM
from tests.builders.machines import Pair
from tests.builders.releases import released, renamed


@pytest.fixture
def made(small_pair: Pair) -> str:
    """A release that the hall has made current and the terminal uses."""
    name = released(small_pair.hall, renamed(small_pair.hall.parts.catalogue, SHORT_ITEM))
    small_pair.settle()
    assert small_pair.terminal.parts.catalogue.release == name
    return name


def started_anew(pair: Pair, retry_seconds: float) -> Releases:
    """The terminal's releases as a process that has just started sees them."""
    parts = pair.terminal.parts
    releases = Releases(
        parts.releases.folder,
        parts.releases.shipped,
        {parts.releases.shipped.release: parts.releases.shipped},
        retry_seconds=retry_seconds,
    )
    pair.terminal.app.extensions["kiosk"] = replace(parts, releases=releases)
    return releases


def test_a_release_file_that_can_be_read_again_is_offered_and_told_to_the_hall(small_pair, made):
    releases = started_anew(small_pair, retry_seconds=0.0)
    file = releases.folder / f"{made}.json"
    content = file.read_bytes()
    file.write_bytes(content[:-9])
    small_pair.settle()
    assert releases.current is releases.shipped
    assert in_use_as_the_hall_knows(small_pair) == releases.shipped.release
    file.write_bytes(content)
    assert releases.current.release == made
    small_pair.settle()
    assert in_use_as_the_hall_knows(small_pair) == made


def test_it_is_tried_again_only_after_a_while_and_logged_once(small_pair, made):
    releases = started_anew(small_pair, retry_seconds=3600.0)
    file = releases.folder / f"{made}.json"
    aside = file.rename(file.with_suffix(".aside"))
    with capture_logs() as logged:
        assert releases.current is releases.shipped
        aside.rename(file)
        assert releases.current is releases.shipped
    assert [entry["event"] for entry in logged] == ["current_release_missing"]
    releases.choose(made)
    assert releases.current.release == made, "a new choice waits for nothing"


def in_use_as_the_hall_knows(pair: Pair) -> str | None:
    with pair.hall.reading() as session:
        return session.scalars(select(Terminal.release)).one()
