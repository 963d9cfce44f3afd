"""Lives through the schedule: every deed calls the verb that a page would call, at its moment.

Stations hand in, correct, supply and rate; clerks accept, return, decide and deliver; every evening
what is new goes to the hall. Neighbours: `schedule` says what happens, `town` has the machines.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from forms.definition import Requirement, ServiceItem
from forms.rules import local_today
from forms.schema import is_commitment_required, required_requirements
from kiosk import clock, workdays
from kiosk.cases import afterwards, calls, desk, service
from kiosk.cases.help import records, verdicts
from kiosk.cases.help import services as help_table
from kiosk.cases.help.records import Opening
from kiosk.cases.model import Case
from kiosk.cases.submission import PICTURE_ANSWERS, Attachment, Signature, Submission, is_brought
from kiosk.counter import days as counter_days
from kiosk.counter.model import DONE, WALK_IN, Ticket
from kiosk.db import reading, writing
from kiosk.demo_year.bundled import filled
from kiosk.demo_year.plan import Plan
from kiosk.demo_year.planned import Helped, Planned
from kiosk.demo_year.schedule import Deed, Schedule
from kiosk.demo_year.town import Place, Time
from kiosk.hall.sync_api import arrived
from kiosk.materials.capture import Picture, keep
from kiosk.materials.certificates import wanted_for

#: The step that ends a service of help well.
_ENDS: Mapping[str, str] = {"early": "close", "extended": "serve", "online": "give_back"}
_JPEG = b"\xff\xd8made up\xff\xd9"
#: When a filing begins has to lie ahead of the day on which the form is judged.
_BEGINS = "starts_on"
_EVENING = time(17, 30)
CLERK = "demo-clerk"


@dataclass
class Year:
    """The year under way: who is who, and which case has which id."""

    plan: Plan
    schedule: Schedule
    time: Time
    hall: Place
    stations: Mapping[str, Place]
    ids: dict[int, str] = field(default_factory=dict)
    #: What each case deferred, by its place in the plan.
    deferred: dict[int, str] = field(default_factory=dict)
    #: Pre-checks that wait for a clerk.
    pre_checks: list[str] = field(default_factory=list)
    #: Pictures that were taken at a station and are not at the hall yet, by their SHA-256.
    pictures: dict[str, list[str]] = field(default_factory=dict)
    #: Stations that the hall has told something since they asked.
    untold: set[str] = field(default_factory=set)

    def live(self, told: Callable[[int], None]) -> None:
        """Live through all days; ``told`` hears how many deeds are done, day by day."""
        done = 0
        with self.time.ruling():
            for day in self.schedule.days():
                here = self.schedule.stations.get(day, {})
                for code in sorted(here):
                    self._at_station(code, here[code])
                    done += len(here[code])
                for deed in self.schedule.hall.get(day, ()):
                    self._at_hall(deed)
                    done += 1
                self._evening(day, sorted(here))
                told(done)
            self._end(self.schedule.days()[-1])

    # ---- the day ----

    def _at_station(self, code: str, deeds: list[Deed]) -> None:
        place = self.stations[code]
        if code in self.untold and any(deed.verb in _NEEDS_NEWS for deed in deeds):
            self.time.now = deeds[0].at - timedelta(minutes=5)
            self._pull(code)
        for deed in deeds:
            self.time.now = deed.at
            if deed.help is not None:
                self._help(place, deed.help)
            elif deed.verb == "counter":
                place.within(_count_counter, deed.at, self.time)
            else:
                self._case_deed(place, deed)

    def _case_deed(self, place: Place, deed: Deed) -> None:
        case, parts = self.plan.cases[deed.case], place.parts
        if deed.verb == "submit":
            self._hand_in(place, deed.case, case)
            return
        case_id = self.ids[deed.case]
        if deed.verb == "withdraw":
            place.within(service.withdraw, parts, case_id)
        elif deed.verb == "correct":
            given = self._application(place, deed.case, case, again=True)
            place.within(service.correct, parts, case_id, given, f"year-{deed.case}-again")
        elif deed.verb == "supply":
            materials, wanted = [self._photograph(place)], self.deferred[deed.case]
            place.within(afterwards.supply, parts, case_id, wanted, materials, "kiosk")
        else:
            tags = ("slow",) if case.grade in afterwards.BAD else ()
            place.within(afterwards.rate, parts, case_id, case.grade, tags)

    def _hand_in(self, place: Place, number: int, case: Planned) -> None:
        given = self._application(place, number, case)
        made = place.within(service.submit, place.parts, given, f"year-{number}").case_id
        if not case.bundle:
            self.ids[number] = made
            return
        ids = place.within(_cases_of, made)
        for member, each in enumerate(self.plan.cases[number:], number):
            if each.group == case.group:
                self.ids[member] = ids.pop(each.item)
            if not ids:
                return

    def _at_hall(self, deed: Deed) -> None:
        self.time.now = deed.at
        reasons = ("材料不清晰",) if deed.verb in {"return", "refuse"} else ()
        self.hall.within(
            desk.decide, self.hall.parts, self.ids[deed.case], deed.verb, CLERK, "", reasons
        )
        self.untold.add(self.plan.cases[deed.case].station)

    def _evening(self, day: date, codes: list[str]) -> None:
        self.time.now = datetime.combine(day, _EVENING, clock.LOCAL)
        for code in codes:
            exchange = self.stations[code].exchange
            assert exchange is not None  # noqa: S101 — every station has one
            self.stations[code].within(exchange.push)
            self._carry_pictures(code)
        waiting, self.pre_checks = self.pre_checks, []
        for record in waiting:
            self.hall.within(verdicts.give, self.hall.parts, record, "pass", CLERK, {})

    def _carry_pictures(self, code: str) -> None:
        """Lay the day's pictures into the hall's store, where the wire would have brought them.

        They show nothing, and one by one they would take a third of all the time.
        """
        own = self.stations[code].parts.blobs
        for sha256 in self.pictures.pop(code, ()):
            self.hall.parts.blobs.put(own.read(sha256))
            self.hall.within(arrived, sha256)

    def _end(self, last: date) -> None:
        """Let every station hear what was said, and what was promised and never came lapse."""
        at = datetime.combine(workdays.add(last, 25), _EVENING, clock.LOCAL)
        for step in range(2):
            self.time.now = at + timedelta(days=step)
            for code in self.stations:
                self._pull(code)

    def _pull(self, code: str) -> None:
        place = self.stations[code]
        assert place.exchange is not None  # noqa: S101 — every station has one
        # The hall names some of the files that it lacks each time.
        while wanted := place.within(place.exchange.pull):
            place.within(place.exchange.send_blobs, wanted)
        self.untold.discard(code)

    # ---- what people fill in ----

    def _application(
        self, place: Place, number: int, case: Planned, *, again: bool = False
    ) -> Submission:
        catalogue = place.parts.catalogue
        if case.bundle and not again:
            combined, answers = filled(catalogue, case.bundle)
            item = combined.item
        else:
            item = catalogue.item(case.item)
            answers = copy.deepcopy(
                dict(next(sample for sample in item.samples if not sample.expect).answers)
            )
        _look_ahead(answers)
        self._take_portraits(place, item, answers)
        made: list[Mapping[str, Any]] = []
        attachments = self._attachments(place, number, case, item, answers, made, again=again)
        agent = CLERK
        told_help = None
        if case.is_helped and not again:
            told_help = self._begin_help(place, case, agent)
        return Submission(
            item=item.code,
            release=catalogue.release,
            answers=answers,
            attachments=attachments,
            signature=Signature("confirmed"),
            consent=True,
            commitment=is_commitment_required(item, answers),
            channel="tablet" if told_help else "kiosk",
            operator=agent if told_help else None,
            calls=tuple(made),
            help=told_help,
        )

    def _attachments(
        self,
        place: Place,
        number: int,
        case: Planned,
        item: ServiceItem,
        answers: Mapping[str, Any],
        made: list[Mapping[str, Any]],
        *,
        again: bool,
    ) -> tuple[Attachment, ...]:
        given, picture = [], ""
        for each in required_requirements(item, answers):
            if not is_brought(each):
                continue
            if case.defers and each.deferrable and self._defer(number, each, again=again):
                given.append(Attachment(each.id, "deferred"))
                continue
            wanted = wanted_for(each, answers)
            if wanted and not again and len(made) < case.calls:
                asked = place.within(calls.ask, place.parts, wanted, each.id, item.code, None)
                made.append(asked.call)
                if asked.certificate is not None:
                    given.append(Attachment(each.id, "certificate", (), asked.certificate))
                    continue
            picture = picture or self._photograph(place)
            given.append(Attachment(each.id, "file", (picture,)))
        return tuple(given)

    def _defer(self, number: int, requirement: Requirement, *, again: bool) -> bool:
        """Tell whether this is the document that follows later; one of a case does."""
        return self.deferred.setdefault(number, requirement.id) == requirement.id

    def _take_portraits(self, place: Place, item: ServiceItem, answers: dict[str, Any]) -> None:
        for section in item.sections:
            rows = answers.get(section.id)
            for row in rows if isinstance(rows, list) else [rows or {}]:
                for each in section.fields:
                    if each.answer in PICTURE_ANSWERS and row.get(each.id):
                        row[each.id] = self._photograph(place)

    def _photograph(self, place: Place) -> str:
        parts = place.parts
        with place.app.app_context(), writing() as session:
            made = keep(session, parts.keyring, parts.blobs, Picture(_JPEG, 480, 320))
            self.pictures.setdefault(place.code, []).append(made.sha256)
            return made.id

    # ---- help ----

    def _begin_help(self, place: Place, case: Planned, agent: str) -> dict[str, Any]:
        details = {"authority": "resident", "presence": "here"}
        opening = Opening(help_table.ASSIST, case.item, agent, details, clock.today())
        record = place.within(records.open_record, place.parts, opening)
        return {"record": record, "agent": agent, **details}

    def _help(self, place: Place, given: Helped) -> None:
        opening = Opening(given.kind, given.item, CLERK, {}, clock.today())
        record = place.within(records.open_record, place.parts, opening)
        if given.kind == help_table.PRE_CHECK:
            self.pre_checks.append(record)
        elif given.kind in _ENDS:
            place.within(records.take, place.parts, record, _ENDS[given.kind], CLERK, {})


#: What can be done at a station only when it has heard what the hall said.
_NEEDS_NEWS = frozenset({"correct", "rate", "supply"})


def _cases_of(bundle_id: str) -> dict[str, str]:
    """Return the ids of a bundle's cases, by item."""
    with reading() as session:
        found = session.execute(select(Case.item, Case.id).where(Case.bundle_id == bundle_id))
        return {row.item: row.id for row in found}


def _look_ahead(answers: dict[str, Any]) -> None:
    filing = answers.get("filing")
    if isinstance(filing, dict) and _BEGINS in filing:
        filing[_BEGINS] = (local_today() + timedelta(days=30)).isoformat()


def _count_counter(at: datetime, time_: Time) -> None:
    """Let some people wait at the counter today, and tell what days before were like."""
    day = clock.today()
    with writing() as session:
        counter_days.tell(session)
        for number in range(1, 9):
            drawn = at - timedelta(hours=time_.stream.uniform(1, 7))
            called = drawn + timedelta(minutes=time_.stream.uniform(1, 12))
            served = called + timedelta(seconds=30)
            session.add(
                Ticket(
                    id=clock.new_id(),
                    day=day,
                    kind=WALK_IN,
                    number=number,
                    state=DONE,
                    rank=number,
                    drawn_at=drawn,
                    called_at=called,
                    served_at=served,
                    ended_at=served + timedelta(minutes=time_.stream.uniform(3, 25)),
                    calls=1,
                    desk="1",
                )
            )
