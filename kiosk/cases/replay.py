"""Hall: apply a terminal's entries to the hall's cases (``sync.ingest.Replayer``).

Runs in the transaction that also inserts the ledger rows and moves the cursor.
An illegal step becomes a recorded refusal that flows back; anything that cannot
be understood raises, and ``ingest`` quarantines it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, cast

import orjson
from sqlalchemy import String
from sqlalchemy.orm import Session

from kiosk import clock
from kiosk.app_services import services
from kiosk.cases import bodies, calls, deadlines, lifecycle, redressing
from kiosk.cases.afterwards import GRADES
from kiosk.cases.help import old_promises, promises, records, replaying
from kiosk.cases.help.model import TABLE as PROMISES
from kiosk.cases.history import SUPPLIED, taken_verbs
from kiosk.cases.model import Case, Rating, token_hash
from kiosk.cases.submission import MODES
from kiosk.counter import days
from sync import bulk, keys, quarantine
from sync.blobs import is_name
from sync.envelope import Entry
from sync.ingest import NotKnownYet, Refusal
from sync.keys import Wrapper
from sync.ledger import Terminal
from sync.tables import table_of

_CASES = table_of(Case)
_FOUND_BY = ("number", "item", "release", "channel")
#: The most characters of texts that a new case is found by; the token alone has no column.
_MOST = {
    "token": 64,
    **{name: cast(String, _CASES.c[name].type).length or 0 for name in _FOUND_BY},
}
#: What came later is there, or it would not have come.
_SUPPLIED_MODES = frozenset({"file"})


class Unreadable(ValueError):
    """An entry whose body, key or kind this hall cannot read."""


class Wiped(Unreadable):
    """An entry that its terminal has emptied since: a backup of the hall had it, this hall not."""


class UnknownMode(Unreadable):
    """A material that is supplied in a way this hall does not know; the verdict says this name."""


@dataclass(frozen=True, slots=True)
class Replay:
    """The replayer; ``wrapper`` opens the case keys, which ``ingest`` has kept before."""

    wrapper: Wrapper
    #: The catalogue releases that were named, each with a case that names it.
    releases: dict[str, str] = field(default_factory=dict)

    def __call__(
        self,
        session: Session,
        terminal: Terminal,
        entries: Sequence[Entry],
        case_keys: Mapping[str, bytes] | None = None,
    ) -> None:
        """Apply ``entries`` in order; keys that are not among ``case_keys`` are looked up.

        Raises Refusal for an illegal step, NotKnownYet for a kind or version that is not known
        here; Unreadable, KeyError or ValueError for a poison one.
        """
        case_keys = self._keys_of(session, entries, case_keys or {})
        new, promised = list[dict[str, Any]](), list[dict[str, Any]]()
        for entry in entries:
            if entry.kind == "case.submitted" and entry.version == 1:
                body = _body(entry, case_keys)
                new.append(_case_row(terminal, entry, body))
                calls.note(session, terminal.station_code, body.get("certificate_calls", ()))
                promised += filter(None, [promises.row_for(new[-1], body, _day_of(entry))])
                self.releases[new[-1]["release"]] = entry.subject
            elif entry.kind == days.KIND and entry.version == 1:
                days.take(session, terminal, entry)
            else:
                _insert(session, new, promised)
                old_promises.read(session, self.wrapper, entry.subject)
                _STEPS[_known(entry)](session, terminal, entry, _body(entry, case_keys))
                if entry.kind == SUPPLIED:
                    promises.settle(session, self.wrapper, entry.subject)
        _insert(session, new, promised)

    def _keys_of(
        self, session: Session, entries: Sequence[Entry], at_hand: Mapping[str, bytes]
    ) -> Mapping[str, bytes]:
        lacking = {entry.subject for entry in entries} - at_hand.keys()
        return {**at_hand, **keys.fetch(session, self.wrapper, lacking)} if lacking else at_hand


def _insert(session: Session, new: list[dict[str, Any]], promised: list[dict[str, Any]]) -> None:
    for table, rows in ((_CASES, new), (PROMISES, promised)):
        bulk.insert(session, table, rows)
        rows.clear()


def _known(entry: Entry) -> str:
    if (entry.kind, entry.version) not in KNOWN:
        raise NotKnownYet(f"{entry.kind} of version {entry.version}")
    return entry.kind


def _body(entry: Entry, case_keys: Mapping[str, bytes]) -> dict[str, Any]:
    if not entry.body:
        raise Wiped("the terminal has wiped the contents")
    if entry.subject not in case_keys:
        raise Unreadable("the key of the case did not come with it")
    return bodies.open_fact(case_keys[entry.subject], entry)


def check_version(body: Mapping[str, Any]) -> None:
    """Raise Unreadable unless ``body`` has the shape of a version handed in.

    What is in an answer is the form's affair, and its release may be away; the shape is what every
    reader here relies on. ``signature`` and ``files`` may be absent.
    """
    attachments, files = body.get("attachments"), body.get("files", {})
    signature = body.get("signature", {"material": None})
    calls_made = body.get("certificate_calls", [])
    whole = {
        "help": _is_help(body.get("help")),
        "certificate_calls": calls.are_calls(calls_made),
        "answers": _is_answers(body.get("answers")),
        "attachments": isinstance(attachments, list) and all(map(_is_attachment, attachments)),
        "files": isinstance(files, dict) and all(map(_is_file, files.values())),
        "signature": isinstance(signature, dict)
        and isinstance(signature.get("material", 0), str | None),
    }
    for name, is_well in whole.items():
        if not is_well:
            raise Unreadable(f"{name} has another shape")


def _check_modes(body: Mapping[str, Any], known: frozenset[str] = MODES) -> None:
    """Raise UnknownMode unless every material is supplied in a known way.

    Apart from `check_version`: what is here already is shown, whatever it says.
    """
    if any(attachment["mode"] not in known for attachment in body["attachments"]):
        raise UnknownMode("a material has a mode that is not known here")


def _is_answers(value: Any) -> bool:
    """Tell whether it is sections by id: each the answers by id, or a list of such rows."""
    if not isinstance(value, dict):
        return False
    rows = (each if isinstance(each, list) else [each] for each in value.values())
    return all(isinstance(row, dict) for section in rows for row in section)


def _is_attachment(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("requirement"), str)
        and isinstance(value.get("mode"), str)
        and isinstance(value.get("materials"), list)
        and all(isinstance(each, str) for each in value["materials"])
        and _is_certificate(value.get("certificate"))
        and _is_day(value.get("due"))
    )


def _is_help(value: Any) -> bool:
    """Tell whether it says whose help it was filled in with, or that there was none."""
    return value is None or (
        isinstance(value, dict)
        and all(isinstance(value.get(name), str) for name in ("record", "agent"))
    )


def _is_day(value: Any) -> bool:
    """Tell whether it is a day in ISO 8601, or none."""
    try:
        return value is None or bool(date.fromisoformat(value))
    except (TypeError, ValueError):
        return False


def _is_certificate(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict)
        and all(isinstance(value.get(name), str) for name in ("call", "type", "reference"))
        and isinstance(value.get("issuer"), dict)
        and all(isinstance(value["issuer"].get(language), str) for language in ("zh", "en"))
        and isinstance(value.get("valid_until"), str | None)
    )


def _is_file(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("sha256"), str)
        and is_name(value["sha256"])
        and isinstance(value.get("key"), str)
    )


def _case_row(terminal: Terminal, entry: Entry, body: Mapping[str, Any]) -> dict[str, Any]:
    check_version(body)
    _check_modes(body)
    bundle = _bundle(body)
    at = datetime.fromtimestamp(entry.recorded_at / 1_000_000, UTC)
    yellow = deadlines.Yellow.of(services().config)
    running = deadlines.clock_of(lifecycle.SUBMITTED, at, None, yellow=yellow)
    return {
        "id": entry.subject,
        "number": _text(body, "number"),
        "token_hash": token_hash(_text(body, "token")),
        "item": _text(body, "item"),
        "release": _text(body, "release"),
        "state": lifecycle.SUBMITTED,
        "terminal_id": terminal.terminal_id,
        "station_code": terminal.station_code,
        "channel": _text(body, "channel"),
        "submitted_at": at,
        "changed_at": at,
        "bundle": bundle.get("code"),
        "bundle_id": bundle.get("id"),
        **(running.columns() if running else {}),
    }


def _made(case: Case) -> dict[str, Any]:
    """Return what `promises` wants to know of a case."""
    return {
        "id": case.id,
        "item": case.item,
        "terminal_id": case.terminal_id,
        "station_code": case.station_code,
    }


def _text(body: Mapping[str, Any], name: str) -> str:
    """Return a text of the body that fits its column; Unreadable for another, KeyError for none."""
    value = body[name]
    if not isinstance(value, str) or not 0 < len(value) <= _MOST[name] or "\0" in value:
        raise Unreadable(f"{name} has another shape")
    return value


def _day_of(entry: Entry) -> date:
    """Return the day of an entry by the terminal's clock, in the stations' time."""
    at = datetime.fromtimestamp(entry.recorded_at / 1_000_000, UTC)
    return at.astimezone(clock.LOCAL).date()


def _bundle(body: Mapping[str, Any]) -> dict[str, str]:
    """Return what the body says of its bundle; Unreadable when that is none of the known shape."""
    bundle: Any = body.get("bundle", {})
    known = isinstance(bundle, dict) and all(isinstance(value, str) for value in bundle.values())
    if not known or len(bundle.get("code", "")) > 16 or len(bundle.get("id", "")) > 36:
        raise Unreadable("bundle has another shape")
    return dict(bundle)


def _corrected(session: Session, terminal: Terminal, entry: Entry, body: dict[str, Any]) -> None:
    check_version(body)
    _check_modes(body)
    case = _step(session, terminal, entry, "correct")
    case.release = str(body["release"])
    promises.note(session, _made(case), body, _day_of(entry))
    calls.note(session, terminal.station_code, body.get("certificate_calls", ()))


def _withdrawn(session: Session, terminal: Terminal, entry: Entry, body: dict[str, Any]) -> None:
    _step(session, terminal, entry, "withdraw")


def _supplied(session: Session, terminal: Terminal, entry: Entry, body: dict[str, Any]) -> None:
    check_version({"answers": {}, "attachments": body.get("attachments"), "files": body["files"]})
    _check_modes(body, _SUPPLIED_MODES)
    _step(session, terminal, entry, "supply")


def _rated(session: Session, terminal: Terminal, entry: Entry, body: dict[str, Any]) -> None:
    """Count the rating apart from its case, and open the redress of a bad one.

    What was written stays in the sealed entry.
    """
    grade, tags = body.get("grade"), body.get("tags", [])
    is_well = isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)
    # A bool is an int; the tags of a newer terminal are kept as they are.
    if type(grade) is not int or grade not in GRADES or not is_well:
        raise Unreadable("the rating has another shape")
    case = _step(session, terminal, entry, "rate")
    rating = Rating(
        entry_id=entry.entry_id,
        terminal_id=terminal.terminal_id,
        station_code=case.station_code,
        item=case.item,
        grade=grade,
        tags=orjson.dumps(sorted(set(tags))[:20]).decode(),
    )
    session.add(rating)
    redressing.open_for(session, rating, case.id)


def _step(session: Session, terminal: Terminal, entry: Entry, verb: str) -> Case:
    case = session.get(Case, entry.subject, with_for_update=True)
    if case is None:
        quarantine.refuse_if_set_aside(session, terminal, entry)
        raise Unreadable("the case is not at the hall")
    if case.terminal_id != terminal.terminal_id:
        raise Unreadable("the case belongs to another terminal")
    try:
        before = taken_verbs(session, case.id, entry.subject_seq)
        target = lifecycle.next_state(case.state, verb, before)
    except lifecycle.Illegal as error:
        raise Refusal(str(error)) from error
    if lifecycle.STEPS[verb].target is None:
        return case
    case.state = target
    case.changed_at = datetime.fromtimestamp(entry.recorded_at / 1_000_000, UTC)
    case.wind()
    return case


_STEPS: Mapping[str, Callable[[Session, Terminal, Entry, dict[str, Any]], None]] = {
    "case.corrected": _corrected,
    "case.withdrawn": _withdrawn,
    "case.supplied": _supplied,
    "case.rated": _rated,
    records.OPENED: replaying.opened,
    records.STEPPED: replaying.stepped,
}
#: Every kind of entry and version that this program replays.
KNOWN = frozenset({("case.submitted", 1), (days.KIND, 1), *((kind, 1) for kind in _STEPS)})
