"""What a hall that was restored from a backup counts anew, so that nothing is numbered twice.

The backup does not know what the lost hall gave since: numbers of feeds, lives of terminals, its
own epoch. All of them go on by the clock. Neighbours: `kiosk restore` calls, ``feed`` and ``lives``
count on from here, ``ledger`` has the rows.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, case, update
from sqlalchemy.orm import Session

from sync.ledger import Terminal, hall_of

#: So many numbers a feed has for each minute of the hall's clock, and by so many at least it is
#: numbered on when the hall was restored: more than can have been given, so that no number of a
#: lost time is given again.
FEED_STRIDE = 1_000_000
#: The same for the lives of a terminal.
LIVES_SKIPPED = 11
#: So many lives in turn differ in what numbers of receipts tell of them: a restore must not end the
#: turn, or the next life had the numbers of the last one in one of five restores.
LIVES_IN_TURN = 5
#: No clock counts further (the year 2160): one that is wrong must not use the numbers up.
MOST_MINUTES = 100_000_000


def raise_epoch(session: Session, now: datetime) -> int:
    """Note that this hall was restored from a backup and return its new epoch; the caller commits.

    To be called once for each restore, before the hall is opened again. No number of a feed and no
    epoch of a terminal that a lost hall may have given is given again, files are compared with
    what entries name at each terminal's next contact, and contact begins anew, for its tokens are
    older than what the terminals have. All goes on where the clock (``now``) is, for the same
    backup may be restored twice; at least one step on where the clock is behind. LookupError when
    this is no hall.
    """
    hall = hall_of(session)
    minutes = max(0, min(int(now.timestamp()) // 60, MOST_MINUTES))
    hall.epoch = max(hall.epoch + 1, minutes)
    session.execute(
        update(Terminal)
        .values(
            feed_head=_later(Terminal.feed_head + FEED_STRIDE, minutes * FEED_STRIDE),
            life_epoch=_later(Terminal.life_epoch + LIVES_SKIPPED, _in_turn(minutes)),
            contact=None,
            contact_offered=None,
            contact_before=None,
        )
        .execution_options(synchronize_session=False)
    )
    return hall.epoch


def _in_turn(minutes: int) -> ColumnElement[int]:
    """Return the first life from this minute on that is as far in the turn as without a clock."""
    by_clock = minutes * LIVES_SKIPPED
    # What remains of a difference that may be negative: databases differ in its sign.
    ahead = Terminal.life_epoch + LIVES_SKIPPED + (LIVES_IN_TURN - 1) * by_clock
    return by_clock + ahead % LIVES_IN_TURN


def _later(counted: ColumnElement[int], by_clock: ColumnElement[int] | int) -> ColumnElement[int]:
    return case((counted < by_clock, by_clock), else_=counted)
