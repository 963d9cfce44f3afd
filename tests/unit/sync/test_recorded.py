"""Conversations recorded once, one a version: today's hall and terminal still follow them.

The program that spoke in that of version 1 lacks everything that was added later, so it also stands for the
release before this one. What was told then must be told alike now; more may be told.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from kiosk import clock
from kiosk.cases import desk
from kiosk.cases.feedback import Feedback
from kiosk.cases.model import Case, token_hash
from kiosk.cases.proof import prove
from kiosk.enrolling import peer_row
from kiosk.hall import enrolment
from kiosk.hall.enrolment import Invitation
from sync import feed, journal, keys
from sync.certify import certify
from sync.envelope import Entry, entry_from_wire
from sync.journal import JournalEntry
from sync.ledger import Hall, Terminal
from sync.obtain import obtain
from sync.pull import pull
from sync.push import Line, push
from sync.state import InboxItem, Peer
from sync.transport import FRAME_TYPE
from tests.builders.machines import HALL_URL, Machine, initialised
from tests.builders.recordings import Step, opened, steps_in, with_fixed_keys

WIRE = Path(__file__).parents[2] / "golden" / "wire"
VERSIONS = (1, 2)
#: Of the moment, or of what this hall has: told, and another each time.
OF_THE_MOMENT = {
    "hall_time",
    "feed_head",
    "hall_epoch",
    "certificate",
    "authority",
    "data",
    "total",
}


@dataclass(frozen=True)
class Conversation:
    """What was recorded: requests with their answers, and the enrolment before them."""

    version: int
    steps: list[Step]
    asked: dict[str, Any]
    answer: dict[str, Any]


def conversation(version: int) -> Conversation:
    folder = WIRE / f"conversation_v{version}"
    enrolment_told = json.loads((folder / "enrolment.json").read_text())
    return Conversation(version, steps_in(folder), **enrolment_told)


@pytest.fixture(params=VERSIONS)
def recorded(request) -> Conversation:
    return conversation(request.param)


@pytest.fixture
def hall(recorded: Conversation, tmp_path: Path, migrated_sqlite: Path) -> Iterator[Machine]:
    """Today's hall with the keys of the recording, and its terminal enrolled and approved."""
    machine = initialised(with_fixed_keys("hall", tmp_path / "hall", migrated_sqlite))
    told = recorded.answer
    with machine.writing() as session:
        session.get_one(Hall, 1).hall_id = told["hall_id"]
        code = hashlib.sha256(recorded.asked["code"].encode()).hexdigest()
        session.add(
            Invitation(
                code_sha256=code,
                station_code=told["station_code"],
                station_name=told["station_name"],
                expires_at=clock.now() + enrolment.VALID,
                used_at=None,
            )
        )
    yield machine
    machine.close()


@pytest.fixture
def enrolled(recorded: Conversation, hall: Machine) -> dict[str, Any]:
    """The answer to the recorded enrolment, after which the hall knows the terminal by that id."""
    answer = hall.client().post("/sync/v1/enrolments", json=recorded.asked)
    assert answer.status_code == 201
    hall.within(enrolment.approve, answer.get_json()["number"])
    with hall.writing() as session:
        session.execute(update(Terminal).values(terminal_id=recorded.answer["terminal_id"]))
        # As many items as the hall of the recording had told before: accounts and a release.
        for _ in range(3):
            feed.publish(session, recorded.answer["terminal_id"], "told.before", None, b"", 1)
    return answer.get_json()


def test_the_enrolment_is_answered_with_what_a_terminal_of_then_reads(recorded, enrolled):
    assert set(recorded.answer) <= set(enrolled)
    same = ("number", "station_code", "hall_id", "hall_public", "fingerprint")
    assert {name: enrolled[name] for name in same} == {name: recorded.answer[name] for name in same}


def asked(hall: Machine, step: Step) -> Step:
    """Send a recorded request, byte for byte, and open what is answered."""
    answer = hall.client().open(
        f"/sync/v1{step.path}",
        base_url=HALL_URL,
        method=step.method,
        data=step.body,
        headers=step.headers,
    )
    assert answer.status_code == step.status, (step.name, answer.get_data(as_text=True))
    headers = {name: answer.headers[name] for name in step.answer_headers}
    given = Step(
        step.name,
        step.method,
        step.path,
        step.headers,
        step.body,
        step.status,
        headers,
        answer.data,
    )
    return given if step.path.startswith("/blobs/") else opened(given)


def amiss(told: Any, then: Any, where: str = "") -> list[str]:
    """What was told then and is not told now; whatever is told besides is no matter."""
    if isinstance(then, dict):
        return [
            fault
            for name, value in then.items()
            if name not in OF_THE_MOMENT
            for fault in (
                amiss(told[name], value, f"{where}.{name}") if name in told else [f"{where}.{name}"]
            )
        ]
    if isinstance(then, list):
        pairs = zip(told, then, strict=False)
        short = [] if len(told) >= len(then) else [f"{where}: shorter"]
        return short + [fault for a, b in pairs for fault in amiss(a, b, where)]
    return [] if told == then else [f"{where}: {told!r} and not {then!r}"]


#: What the clerk of the recording did before which step.
DECIDED = {"feed": "return", "envelope of a supply": "accept", "feed after decisions": "approve"}


def test_todays_hall_follows_the_recorded_terminal(recorded, hall, enrolled):
    assert enrolled
    case_id = recorded.steps[0].said["entries"][0]["subject"]
    found: list[str] = []
    for step in recorded.steps:
        if step.name in DECIDED:
            verb = DECIDED[step.name]
            why = ("不清楚",) if verb == "return" else ()
            hall.within(desk.decide, hall.parts, case_id, verb, "clerk", "", why)
        now = asked(hall, step)
        if step.path.startswith("/blobs/"):
            assert now.answer_headers == step.answer_headers, step.name
        elif step.path == "/feed":
            # This hall has other accounts and releases to tell of.
            assert set(now.told) >= set(step.told)
            assert set(now.told["wanted"]) >= set(step.told["wanted"]), step.name
            assert cases_told(now) == cases_told(step)
        else:
            found += amiss(now.told, step.told, step.name)
    assert found == []
    assert hall.within(prove, hall.parts).faults == []


def cases_told(step: Step) -> list[tuple[str, str]]:
    items = step.told["items"]
    return [(i["kind"], i["subject"]) for i in items if i["kind"].startswith("case.")]


@dataclass
class Answers:
    """A transport to a hall of which only its recorded answers are left."""

    steps: list[Step]
    asked_for: list[str] = field(default_factory=list)

    def post(self, path: str, frame: bytes) -> bytes:
        self.asked_for.append(path)
        return self._next(path).answer

    def blob_offset(self, sha256: str) -> int:
        return int(self._next(f"/blobs/{sha256}").answer_headers["Upload-Offset"])

    def send_piece(self, sha256: str, offset: int, piece: bytes, total: int) -> int:
        return int(self._next(f"/blobs/{sha256}").answer_headers["Upload-Offset"])

    def _next(self, path: str) -> Step:
        at = next(i for i, step in enumerate(self.steps) if step.path == path)
        return self.steps.pop(at)


@pytest.fixture
def terminal(recorded: Conversation, tmp_path: Path, migrated_sqlite: Path) -> Iterator[Machine]:
    """Today's terminal with the keys of the recording, enrolled as then."""
    machine = with_fixed_keys("terminal", tmp_path / "terminal", migrated_sqlite)
    with machine.writing() as session:
        session.add(peer_row(HALL_URL, recorded.answer))
    yield machine
    machine.close()


def record_again(terminal: Machine, said: dict[str, Any]) -> list[Entry]:
    """Let the journal hold the entries of a recorded envelope, and the cases that they make."""
    entries = [entry_from_wire(wire) for wire in said["entries"]]
    wrapper = terminal.parts.keyring
    with terminal.writing() as session:
        keys.store(session, wrapper, {s: bytes.fromhex(k) for s, k in said["keys"].items()})
        for entry in entries:
            fields = {name: getattr(entry, name) for name in entry.__slots__}
            session.add(JournalEntry(**{**fields, "blobs": json.dumps(entry.blobs)}))
            if entry.kind == "case.submitted":
                session.add(a_case(entry))
    return entries


def a_case(entry: Entry) -> Case:
    at = datetime.fromtimestamp(entry.recorded_at / 1_000_000, UTC)
    return Case(
        id=entry.subject,
        number=entry.subject[-12:],
        token_hash=token_hash(entry.subject),
        item="RS-001",
        release="0" * 64,
        state="submitted",
        terminal_id="t",
        station_code="320582100008",
        channel="api",
        submitted_at=at,
        changed_at=at,
    )


def line(terminal: Machine, answers: Answers) -> Line:
    parts = terminal.parts
    return Line(terminal.transactions, answers, parts.identity, parts.keyring, clock.now)


def test_todays_terminal_follows_the_recorded_hall(recorded, terminal):
    answers = Answers([step for step in recorded.steps if step.name != "envelope again"])
    exchange = line(terminal, answers)
    for step in list(answers.steps):
        if step.path == "/envelopes":
            entries = record_again(terminal, step.said)
            assert push(exchange) == len(entries), step.name
        elif step.path == "/feed":
            applier = Feedback(terminal.parts.keyring)
            wanted = pull(exchange, applier, lambda _session: {})
            assert wanted == step.told["wanted"]
        elif step.path == "/releases":
            assert not obtain(exchange, terminal.parts.releases, 5.0)
            assert terminal.parts.releases.current.release == step.told["release"]
        elif step.path == "/certificates":
            assert certify(exchange, "a request").certificate == step.told["certificate"]
        elif step.method == "HEAD":
            sha256 = step.path.removeprefix("/blobs/")
            assert answers.blob_offset(sha256) == 0
            assert answers.send_piece(sha256, 0, b"", 1) > 0
    with terminal.reading() as session:
        kept = session.scalars(select(InboxItem)).all()
        assert [item.kind for item in kept if not item.applied] == []
        states = session.scalars(select(Case.state).order_by(Case.id)).all()
        assert session.get_one(Peer, 1).acknowledged == journal.head(session)[:2]
    assert states == ["approved", "submitted"]


def test_the_recorded_requests_have_the_type_that_frames_have(recorded):
    frames = [step for step in recorded.steps if not step.path.startswith("/blobs/")]
    assert {step.headers["Content-Type"] for step in frames} == {FRAME_TYPE}
