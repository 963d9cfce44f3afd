"""What a waiting kiosk tells of a form that is on a phone: how far it is, never what was entered.

The stream ends after `SECONDS`, see `kiosk.pages.streaming`. Neighbours: `handoff` shows the page,
`static/js/handoff.js` listens, `kiosk.cases.handoffs` knows the state.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta

from flask_babel import gettext, ngettext

from kiosk import clock
from kiosk.app_services import services
from kiosk.cases import drafts, handoffs, holding
from kiosk.cases.drafts import Draft
from kiosk.cases.handoffs import Away
from kiosk.errors import DomainError
from kiosk.pages import streaming
from kiosk.pages.streaming import Tempo
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
    tempo = Tempo(SECONDS, LOOK_SECONDS, SOON_MS, LATER_MS)
    return streaming.stream(lambda: asdict(news(draft_id)), services().config.web_threads, tempo)


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
