"""Applications to submit: items in turn, each of another applicant with pictures of its own.

Runs in a process of its own (`python -m tests.bench.applications FOLDER COUNT`), so that what it
loads is not shared with the processes measured. The pictures are taken into the terminal's store
beforehand by the same verb as an upload, as a resident has uploaded them before the form is sent.
"""

import itertools
import json
import subprocess
import sys
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from forms.catalogue import load
from forms.definition import ServiceItem
from forms.fields.identifiers import resident_id_check
from forms.schema import InvalidAnswers, validate
from kiosk.app_services import services
from kiosk.cli.opened import opened
from kiosk.cli.sample import application, picture
from kiosk.config import from_environment
from kiosk.db import writing
from kiosk.materials import capture
from tests.bench.client import request
from tests.bench.stage import Stage

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚玉兰建国桂英"
#: Resident IDs tell people of one birthday apart by three digits, even ones for women.
SERIALS = 500
#: Materials stored in one transaction.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Template:
    """The body of one item's application with `pictures` stand-ins for material ids."""

    body: dict[str, Any]
    pictures: tuple[str, ...]


def prepare(stage: Stage, count: int) -> list[bytes]:
    """Return `count` requests for `POST /api/v1/cases`, each with a key of its own."""
    made = stage.folder / f"applications-{uuid.uuid4().hex}.jsonl"
    with made.open("wb") as out:
        subprocess.run(
            [sys.executable, "-m", "tests.bench.applications", str(count)],
            env=stage.environment("terminal"),
            stdout=out,
            check=True,
        )
    with made.open("rb") as lines:
        return [_request(line.rstrip()) for line in lines]


def _request(body: bytes) -> bytes:
    headers = f"Content-Type: application/json\r\nIdempotency-Key: {uuid.uuid4()}\r\n"
    return request("POST", "/api/v1/cases", body, headers)


def templates(items: Iterable[ServiceItem]) -> Iterator[Template]:
    """Yield what is taken today: a sample that names days to come is refused once they are past."""
    for item in items:
        stand_ins: list[str] = []
        body = application(item, partial(_stand_in, stand_ins))
        try:
            for serial in (0, 1):
                validate(item, of_another(body, serial)["answers"])
        except InvalidAnswers as error:
            print(f"{item.code} is left out: {error}", file=sys.stderr)
            continue
        yield Template(body, tuple(stand_ins))


def _stand_in(stand_ins: list[str], _picture: bytes) -> str:
    stand_ins.append(str(uuid.uuid4()))
    return stand_ins[-1]


def of_another(body: dict[str, Any], number: int) -> dict[str, Any]:
    """Return the application as another person of the same birthday and sex would make it."""
    answers = dict(body["answers"])
    applicant = dict(answers["applicant"])
    old = applicant["id_number"]
    serial = number % SERIALS * 2 + int(old[16]) % 2
    first17 = f"{3205 * 100 + 81 + number // SERIALS % 5}{old[6:14]}{serial:03d}"
    applicant["id_number"] = first17 + resident_id_check(first17)
    applicant["phone"] = f"138{number:08d}"
    if "name" in applicant:
        given = GIVEN[number // 20 % len(GIVEN)] + GIVEN[number // 7 % len(GIVEN)]
        applicant["name"] = SURNAMES[number % len(SURNAMES)] + given
    return {**body, "answers": {**answers, "applicant": applicant}}


def _bodies(known: list[Template], count: int) -> Iterator[str]:
    drawn = capture.develop(picture())
    parts = services()
    numbers = iter(range(count))
    while batch := list(itertools.islice(numbers, _BATCH)):
        made = []
        with writing() as session:
            for number in batch:
                template = known[number % len(known)]
                body = json.dumps(of_another(template.body, number), ensure_ascii=False)
                for stand_in in template.pictures:
                    # The same drawing, but a material of its own: each has its own key.
                    kept = capture.keep(session, parts.keyring, parts.blobs, drawn)
                    body = body.replace(stand_in, kept.id)
                made.append(body)
        yield from made


def main(count: int) -> None:
    """Print one application per line."""
    app = opened(from_environment("terminal"))
    with app.app_context():
        known = list(templates(load().items.values()))
        for body in _bodies(known, count):
            print(body)


if __name__ == "__main__":
    main(int(sys.argv[1]))
