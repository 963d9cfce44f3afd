"""A backlog of cases in a terminal's journal, written by the product's own verbs but in bulk.

Runs in a process of its own (`python -m tests.bench.backlog COUNT`), as `applications` does. Each
case is another applicant's, with pictures of its own in the store; what is left out is HTTP, one
commit for each case and a new judgement of every answer, none of which the drain sees. The last
line printed tells the cases and the mean size of their bodies in bytes.
"""

import hashlib
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
from sqlalchemy import select

from forms.catalogue import load
from kiosk import clock, crypto
from kiosk.app_services import services
from kiosk.cases import storing
from kiosk.cases.model import Case
from kiosk.cases.storing import Again
from kiosk.cases.submission import Attachment, Prepared, Signature, Submission, prepare
from kiosk.cli.opened import opened
from kiosk.cli.sample import picture
from kiosk.config import from_environment
from kiosk.db import reading, writing
from kiosk.materials import capture
from kiosk.materials.model import Material
from kiosk.receipts import leases
from kiosk.receipts.leases import Label
from sync.tables import table_of
from tests.bench.applications import Template, of_another, templates
from tests.bench.stage import Stage

#: Cases written in one transaction.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Backlog:
    """What was written: how many cases, and the mean size of a body as JSON, in bytes."""

    cases: int
    body_bytes: int


def fill(stage: Stage, count: int, least: int = 0) -> Backlog:
    """Write `count` cases into the terminal of `stage`, none of whose processes may run.

    Only of items whose bodies have `least` bytes.
    """
    told = subprocess.run(
        [sys.executable, "-m", "tests.bench.backlog", str(count), str(least)],
        env=stage.environment("terminal"),
        stdout=subprocess.PIPE,
        check=True,
    )
    return Backlog(**json.loads(told.stdout.splitlines()[-1]))


def _judged(template: Template) -> Prepared:
    body = template.body
    submission = Submission(
        item=body["item"],
        release=services().releases.current.release,
        answers=of_another(body, 0)["answers"],
        attachments=tuple(
            Attachment(a["requirement"], a["mode"], tuple(a.get("materials", ())))
            for a in body["attachments"]
        ),
        signature=Signature(body["signature"]["method"]),
        consent=body["consent"],
        commitment=body["commitment"],
        channel="kiosk",
    )
    return prepare(services(), submission)


def _of_another(prepared: Prepared, number: int, ids: Mapping[str, str]) -> Prepared:
    """Return the case as another person would hand it in, with pictures of their own."""
    text = orjson.dumps(
        [
            of_another({"answers": prepared.answers}, number)["answers"],
            [each.told() for each in prepared.submission.attachments],
        ]
    ).decode()
    for stand_in, own in ids.items():
        text = text.replace(stand_in, own)
    answers, attachments = orjson.loads(text)
    told = tuple(Attachment(**{**a, "materials": tuple(a["materials"])}) for a in attachments)
    submission = replace(prepared.submission, answers=answers, attachments=told)
    materials = {ids[each]: path for each, path in prepared.materials.items()}
    return replace(prepared, submission=submission, answers=answers, materials=materials)


def _pictures(count: int, jpeg: bytes) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """Return rows of materials whose ciphertext is in the store, and what a body says of each."""
    parts, rows, told = services(), [], {}
    for _ in range(count):
        identifier, key = clock.new_id(), crypto.new_key()
        context = f"material:{identifier}".encode()
        sealed = crypto.encrypt(key, jpeg, context)
        sha256 = hashlib.sha256(sealed).hexdigest()
        place = parts.blobs.path(sha256)
        place.parent.mkdir(parents=True, exist_ok=True)
        # Without fsync: nobody relies on it, and ten thousand take a minute.
        place.write_bytes(sealed)
        rows.append(
            {
                "id": identifier,
                "sha256": sha256,
                "wrapped_key": parts.keyring.wrap(key, context),
                "media_type": capture.MEDIA_TYPE,
                "bytes": len(jpeg),
                "width": 480,
                "height": 320,
                "created_at": clock.now(),
            }
        )
        told[identifier] = {
            "sha256": sha256,
            "key": key.hex(),
            "media_type": capture.MEDIA_TYPE,
            "bytes": len(jpeg),
        }
    return rows, told


def _drawn_once(labels: Iterator[Label], used: set[str]) -> Iterator[Label]:
    """Pass over numbers that were drawn before: of ten million, ten thousand hardly all differ."""
    for label in labels:
        if label.number not in used:
            used.add(label.number)
            yield label


def _write(
    prepared: list[Prepared], numbers: list[int], jpeg: bytes, used: set[str]
) -> Iterator[int]:
    """Write one batch in one transaction; yield the size of each body."""
    parts = services()
    with writing() as session:
        peer = storing.station(session)
        labels = _drawn_once(leases.new_labels(peer.terminal_number, peer.epoch), used)
        for number in numbers:
            base = prepared[number % len(prepared)]
            rows, files = _pictures(len(base.materials), jpeg)
            case = _of_another(base, number, dict(zip(base.materials, files, strict=True)))
            identifier, again = clock.new_id(), Again(f"bench-{os.getpid()}-{number}", "0" * 64)
            made = storing.seal(peer, [case], files, [identifier], again, labels, parts.keyring)
            storing.write(session, parts, made, peer.epoch)
            if rows:
                claimed = [{**row, "case_id": identifier} for row in rows]
                session.execute(table_of(Material).insert(), claimed)
            yield len(orjson.dumps(storing.body_of(case, files)))


def _weighs(prepared: Prepared, jpeg: bytes) -> int:
    told = {
        "sha256": "0" * 64,
        "key": "0" * 64,
        "media_type": capture.MEDIA_TYPE,
        "bytes": len(jpeg),
    }
    return len(orjson.dumps(storing.body_of(prepared, dict.fromkeys(prepared.materials, told))))


def main(count: int, least: int) -> None:
    """Write the cases and say what they are."""
    app = opened(from_environment("terminal"))
    with app.app_context():
        prepared = [_judged(template) for template in templates(load().items.values())]
        jpeg = capture.develop(picture()).jpeg
        prepared = [each for each in prepared if _weighs(each, jpeg) >= least]
        numbers, sizes = iter(range(count)), list[int]()
        with reading() as session:
            used = set(session.scalars(select(Case.number)))
        while batch := list(itertools.islice(numbers, _BATCH)):
            sizes += _write(prepared, batch, jpeg, used)
    print(json.dumps({"cases": count, "body_bytes": sum(sizes) // max(1, count)}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
