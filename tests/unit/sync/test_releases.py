"""A release on its way: told of by the feed, fetched in pieces, proved, and only then in use."""

import orjson
from sqlalchemy import select

from sync import releases
from sync.feed import publish
from sync.releases import Release
from tests.builders.cases import SHORT_ITEM
from tests.builders.machines import Pair
from tests.builders.releases import released, renamed


def shipped(pair: Pair):
    return pair.terminal.parts.releases.shipped


def in_use(pair: Pair) -> str:
    return pair.terminal.parts.releases.current.release


def states(pair: Pair) -> dict[str, str]:
    with pair.terminal.reading() as session:
        return {row.sha256: row.state for row in session.scalars(select(Release))}


def told_to_hall(pair: Pair) -> tuple[str | None, str | None, str | None]:
    known = pair.known_terminal()
    return known.release, known.refused_release, known.refusal


def told(pair: Pair, **changes: object) -> None:
    """Let the feed tell of the hall's release with something changed."""
    with pair.hall.writing() as session:
        row = session.scalars(select(Release)).first()
        body = orjson.loads(
            session.connection()
            .exec_driver_sql("SELECT body FROM feed WHERE kind = 'release.current'")
            .scalar()
        )
        publish(
            session, pair.terminal_id, releases.KIND, None, orjson.dumps({**body, **changes}), 0
        )
        assert row is not None


def test_a_release_made_at_the_hall_comes_into_use_at_its_terminals(pair):
    made = released(pair.hall, renamed(shipped(pair), SHORT_ITEM))
    assert pair.hall.parts.catalogue.release == made
    pair.settle()
    assert in_use(pair) == made
    assert pair.terminal.parts.catalogue.item(SHORT_ITEM).name.zh == "改名"
    assert states(pair) == {made: "current"}
    assert told_to_hall(pair) == (made, None, None)
    assert not list(pair.terminal.parts.releases.folder.glob("*.part"))


def test_the_release_before_stays_beside_it(small_pair):
    old = in_use(small_pair)
    released(small_pair.hall, renamed(shipped(small_pair), SHORT_ITEM))
    small_pair.settle()
    assert small_pair.terminal.parts.releases.of(old).release == old
    assert small_pair.hall.parts.releases.of(old).release == old
