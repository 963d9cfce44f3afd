"""Whole conversations between a terminal and its hall, recorded once and replayed for ever.

`python -m tests.builders.recordings FOLDER` records one with the program of that day, between two
machines whose keys are fixed, and never writes over what is there. What is in `tests/golden/wire`
was so recorded. Neighbour: `tests/unit/sync/test_recorded.py` replays it against today's program.
"""

import base64
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from forms.release import Catalogue
from kiosk import clock, crypto, schema
from kiosk.cases import bodies, desk, service
from kiosk.config import Config, Role
from kiosk.enrolling import peer_row
from kiosk.hall import enrolment
from kiosk.operators import service as service_of
from kiosk.tls import asking
from sync import columns, journal, keys
from sync.certify import certify
from sync.envelope import PACKED, entry_to_wire, unpack
from sync.identity import Identity
from sync.journal import Fact
from tests.builders.cases import a_case_at, a_submission
from tests.builders.machines import HALL_URL, STATION, LoopLine, Machine, Pair, initialised
from tests.builders.releases import released

#: Seeds of the keys of both machines, as bytes that repeat.
SEEDS: dict[Role, int] = {"terminal": 0x21, "hall": 0x31}
ONLY_ITEM = "RS-001"
_DAY = {
    **{"day": "2026-11-25", "drawn": 3, "served": 2, "dropped": 1},
    **{"wait_median": 60, "wait_p90": 90, "service_median": 120, "service_p90": 300},
}
_HELP = {
    **{"service": "early", "item": "GJ-101", "agent": "agent-1", "day": "2026-11-26"},
    **{"case": None, "number": None, "details": {"name": "王芳"}, "files": {}},
}
_SUPPLY = {"attachments": [], "files": {}, "channel": "kiosk", "operator": None}


def fixed_identity(role: Role) -> Identity:
    """The keys that a machine of this role has in every recording."""
    seed = SEEDS[role]
    return Identity(
        Ed25519PrivateKey.from_private_bytes(bytes([seed] * 32)),
        X25519PrivateKey.from_private_bytes(bytes([seed + 1] * 32)),
    )


def with_fixed_keys(role: Role, folder: Path, migrated: Path) -> Machine:
    """A migrated machine that has these keys from its beginning."""
    (folder / "keys").mkdir(parents=True)
    known = fixed_identity(role)
    raw = known.signing.private_bytes_raw() + known.sealing.private_bytes_raw()
    (folder / "keys" / "identity.key").write_bytes(raw)
    shutil.copy(migrated, folder / f"{role}.db")
    return Machine.made(role, folder)


@dataclass(frozen=True)
class Step:
    """One request as it went over the line, the answer, and what both say when opened."""

    name: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int
    answer_headers: dict[str, str]
    answer: bytes
    said: Any = None
    told: Any = None

    @classmethod
    def from_json(cls, text: str) -> "Step":
        raw = json.loads(text)
        for name in ("body", "answer"):
            raw[name] = base64.b64decode(raw[name])
        return cls(**raw)

    def to_json(self) -> str:
        raw = {**self.__dict__}
        for name in ("body", "answer"):
            raw[name] = base64.b64encode(raw[name]).decode()
        return json.dumps(raw, ensure_ascii=False, indent=1) + "\n"


def steps_in(folder: Path) -> list[Step]:
    """The steps of a recorded conversation, in their order."""
    files = sorted(folder.glob("[0-9]*.json"))
    return [Step.from_json(file.read_text(encoding="utf-8")) for file in files]


@dataclass
class RecordedLine(LoopLine):
    """A line that keeps what goes over it."""

    steps: list[Step] = field(default_factory=list)
    name: str = ""

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]):
        answer = super()._ask(method, path, body, headers)
        kept = {
            name: value
            for name, value in headers.items()
            if name.lower() in {"signature", "signature-input", "content-digest", "content-type"}
            or name.startswith(("Upload-", "Tus-"))
        }
        told = {n: v for n, v in answer.headers.items() if n.startswith(("Upload-", "Tus-"))}
        data = answer.get_data()
        step = Step(self.name, method, path, kept, body, answer.status_code, told, data)
        if path.startswith("/blobs/"):
            self.steps.append(step)
        else:
            self.steps.append(opened(step))
        return answer


def opened(step: Step) -> Step:
    """The step with what its frames say, for people who read it and tests that compare it."""
    terminal, hall = fixed_identity("terminal"), fixed_identity("hall")
    asked, answer = unpack(step.body), unpack(step.answer)
    said = asked.open(terminal.public.signing, hall.sealing)
    if asked.version == PACKED and asked.header["kind"] == "envelope":
        entries, keys = columns.read(said, asked.header["head"])
        said = {"entries": [entry_to_wire(entry) for entry in entries], "keys": keys}
    told = answer.open(hall.public.signing, terminal.sealing)
    return replace(step, said=_legible(said), told=_legible(told))


def _legible(value: Any) -> Any:
    """The same with hex digits instead of bytes."""
    if isinstance(value, dict):
        return {name: _legible(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_legible(part) for part in value]
    return value.hex() if isinstance(value, bytes) else value


def record(folder: Path) -> None:
    """Record a conversation into a folder that is not there yet."""
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as name:
        schema.ensure(Config("terminal", Path(name) / "migrated"))
        migrated = Path(name) / "migrated" / "terminal.db"
        with _pair(Path(name), migrated, folder) as (pair, line):
            _converse(pair, line)
            _write(folder, pair, line)


@contextmanager
def _pair(work: Path, migrated: Path, folder: Path) -> Iterator[tuple[Pair, RecordedLine]]:
    hall = initialised(with_fixed_keys("hall", work / "hall", migrated))
    terminal = with_fixed_keys("terminal", work / "terminal", migrated)
    released(hall, _smallest(hall.parts.catalogue))
    answer = _enrol(hall, terminal, folder)
    line = RecordedLine(hall, answer["terminal_id"], terminal.parts.identity)
    yield Pair(hall, terminal, line), line
    hall.close()
    terminal.close()


def _smallest(catalogue: Catalogue) -> bytes:
    """A release with one item, so that its bytes can be kept here."""
    document = json.loads(catalogue.content)
    for name in ("items", "index"):
        document[name] = {ONLY_ITEM: document[name][ONLY_ITEM]}
    for name in ("bundles", "bundle_index", "member_names"):
        document[name] = {}
    return json.dumps(document, ensure_ascii=False, sort_keys=True).encode()


def _enrol(hall: Machine, terminal: Machine, folder: Path) -> dict[str, Any]:
    code = hall.within(enrolment.invite, STATION, "前溪社区")
    asked = {"code": code, "public": terminal.parts.identity.public.to_hex()}
    answer = hall.client().post("/sync/v1/enrolments", json=asked).get_json()
    with terminal.writing() as session:
        session.add(peer_row(HALL_URL, answer))
    hall.within(service_of.create, "staff", "站长", "staff", "correct horse", (STATION,))
    hall.within(enrolment.approve, answer["number"])
    told = {"asked": asked, "answer": answer}
    (folder / "enrolment.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    return answer


def _converse(pair: Pair, line: RecordedLine) -> None:
    """Everything that the two say to each other, once."""
    terminal, hall = pair.terminal, pair.hall
    kept = a_case_at(terminal, a_submission(terminal, ONLY_ITEM))
    taken_back = a_case_at(terminal, a_submission(terminal, ONLY_ITEM))
    terminal.within(service.withdraw, terminal.parts, taken_back.case_id)
    _append(pair, "counter.day", clock.new_id(), orjson.dumps(_DAY))
    _help(pair)
    line.name = "envelope"
    pair.push()
    hall.within(desk.decide, hall.parts, kept.case_id, "return", "clerk", "", ("不清楚",))
    line.name = "feed"
    wanted = pair.pull()
    line.name = "blob"
    pair.send_blobs(wanted)
    correction = a_submission(terminal, ONLY_ITEM).submission()
    terminal.within(service.correct, terminal.parts, kept.case_id, correction, "again")
    line.name = "envelope after a decision"
    pair.push()
    hall.within(desk.decide, hall.parts, kept.case_id, "accept", "clerk")
    _tell(pair, "case.supplied", kept.case_id, _SUPPLY)
    line.name = "envelope of a supply"
    pair.push()
    hall.within(desk.decide, hall.parts, kept.case_id, "approve", "clerk")
    line.name = "feed after decisions"
    pair.pull()
    _tell(pair, "case.rated", kept.case_id, {"grade": 5, "tags": [], "words": ""})
    # It comes after the withdrawal: a refusal.
    _tell(pair, "case.withdrawn", taken_back.case_id, {})
    line.name = "envelope with a refusal"
    pair.push()
    line.name = "release"
    while pair.fetch_release():
        pass
    line.name = "certificate"
    key = asking.new_key()
    certify(pair.exchange, asking.request(key, ("jishiban.local", "192.168.8.2")))
    line.name = "envelope again"
    for path, frame in [sent for sent in line.sent if sent[0] == "/envelopes"][:1]:
        line.post(path, frame)


def _help(pair: Pair) -> None:
    subject, key = clock.new_id(), crypto.new_key()
    with pair.terminal.writing() as session:
        keys.store(session, pair.terminal.parts.keyring, {subject: key})
    _append(pair, "help.opened", subject, bodies.seal(key, subject, "help.opened", _HELP))
    step = {"step": "close", "agent": "agent-1", "case": None, "details": {}}
    _append(pair, "help.step", subject, bodies.seal(key, subject, "help.step", step))


def _tell(pair: Pair, kind: str, case_id: str, body: dict[str, Any]) -> None:
    """An entry of a case as its verb would write it, whatever else the verb asks for."""
    wrapper = pair.terminal.parts.keyring
    with pair.terminal.reading() as session:
        key = keys.fetch(session, wrapper, [case_id])[case_id]
    _append(pair, kind, case_id, bodies.seal(key, case_id, kind, body))


def _append(pair: Pair, kind: str, subject: str, body: bytes) -> None:
    fact = Fact(
        entry_id=clock.new_id(),
        subject=subject,
        kind=kind,
        body=body,
        blobs=(),
        recorded_at=int(clock.now().timestamp() * 1_000_000),
        uptime_ms=clock.uptime_ms(),
    )
    with pair.terminal.writing() as session:
        journal.append(session, fact, 1)


def _write(folder: Path, pair: Pair, line: RecordedLine) -> None:
    for number, step in enumerate(line.steps, start=1):
        name = f"{number:02d} {step.name}".replace(" ", "-")
        (folder / f"{name}.json").write_text(step.to_json(), encoding="utf-8")


if __name__ == "__main__":
    record(Path(sys.argv[1]))
