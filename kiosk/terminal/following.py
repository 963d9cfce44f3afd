"""What a waiting kiosk tells of a form that is on a phone: how far it is, never what was entered.

The stream (server-sent events, WHATWG HTML section 9.2) holds a thread while it lasts: it ends
after `SECONDS`, and while others hold their share it tells the present state alone and has the
browser ask again (docs/adr/0022-form-on-a-phone.md). Neighbours: `handoff` shows the page,
`static/js/handoff.js` listens, `kiosk.cases.handoffs` knows the state.
"""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import lru_cache

from flask_babel import gettext, ngettext

from kiosk import clock
from kiosk.app_services import services
from kiosk.cases import drafts, handoffs, holding
from kiosk.cases.drafts import Draft
from kiosk.cases.handoffs import Away
from kiosk.errors import DomainError
from kiosk.terminal.flow import answered
from kiosk.terminal.supplying import tasks

#: How long one stream lasts, and how often it looks (seconds).
SECONDS = 25.0
LOOK_SECONDS = 1.0
#: When the browser asks again after a stream, and when there was no room for one (milliseconds).
SOON_MS, LATER_MS = 500, 4000
#: After so long without anything new the page says what to do about an empty battery.
QUIET = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class News:
    """What the waiting page says; `state` is a `holding.State`, "expired" or "here"."""

    state: str
    lines: tuple[str, ...] = ()
    quiet: bool = False


def news(draft_id: str) -> News:
    """Return what there is to tell now, in the reader's language."""
    away = handoffs.look(services(), draft_id)
    if away is None:
        return News("here")
    if away.state not in (holding.TAKEN, holding.ALONE):
        return News("expired" if away.has_expired else away.state)
    latest = max(away.saved_at or away.offered_at, away.offered_at)
    return News(away.state, _lines(away), clock.now() - latest > QUIET)


def stream(draft_id: str) -> Iterator[str]:
    """Yield events: the news at once, and again whenever they change, for `SECONDS` at most."""
    room = _room(services().config.web_threads)
    has_room = room.acquire(blocking=False)
    try:
        yield f"retry: {SOON_MS if has_room else LATER_MS}\n\n"
        yield from _events(draft_id, SECONDS if has_room else 0.0)
    finally:
        if has_room:
            room.release()


def _events(draft_id: str, seconds: float) -> Iterator[str]:
    until = time.monotonic() + seconds
    told: News | None = None
    while True:
        found = news(draft_id)
        # A line that says nothing finds out whether the browser is still there.
        yield ":\n\n" if found == told else f"data: {json.dumps(asdict(found))}\n\n"
        told = found
        if time.monotonic() >= until:
            return
        time.sleep(LOOK_SECONDS)


@lru_cache(maxsize=1)
def _room(threads: int) -> threading.BoundedSemaphore:
    """Return the places for streams in this process: a quarter of its threads, at least one."""
    return threading.BoundedSemaphore(max(1, threads // 4))


def _lines(away: Away) -> tuple[str, ...]:
    try:
        draft = drafts.load(services(), away.draft_id, away.phone)
        step, done, all_of_them, pictures = _far(draft)
    except DomainError:
        return ()
    names = (
        gettext("Who you are"),
        gettext("Questions"),
        gettext("Materials"),
        gettext("Check and sign"),
    )
    lines = [
        gettext(
            "Step %(number)d of %(total)d: %(name)s", number=step, total=4, name=names[step - 1]
        ),
        gettext("%(number)d of %(total)d questions answered", number=done, total=all_of_them),
    ]
    if pictures:
        lines.append(ngettext("%(num)d picture taken", "%(num)d pictures taken", pictures))
    return tuple(str(line) for line in lines)


def _far(draft: Draft) -> tuple[int, int, int, int]:
    """Return the step a draft has come to, questions answered and asked, and pictures."""
    item = services().releases.of(draft.release).form(draft.item, draft.answers)
    done, asked = answered(item, draft.answers)
    pictures = sum(len(given["materials"]) for given in draft.attachments.values())
    if not draft.consent:
        return 1, done, asked, pictures
    if done < asked:
        return 2, done, asked, pictures
    is_open = any(task.state == "open" for task in tasks(item, draft))
    return 3 if is_open else 4, done, asked, pictures
