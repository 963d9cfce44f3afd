"""How long a thousand terminals wait for their acknowledgement when each has a case now and then.

The terminals are simulated: their frames are made and signed beforehand with the product's own
functions, and each is sent when its time has come, whether or not others were answered, on a
connection of its own as after a pause. A wait counts from that time. The hall is the product.
"""

import asyncio
import hashlib
import os
import random
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from forms.catalogue import load
from kiosk import clock, crypto
from kiosk.cases import bodies
from sync import columns, versions
from sync.envelope import GENESIS, PACKED, Entry, canonical_fields, chain_digest, pack
from sync.identity import Identity, PublicIdentity
from sync.transport import FRAME_TYPE, Request, sign_request
from tests.bench.arriving import connected
from tests.bench.client import request
from tests.bench.figure import Figure, Watch, percentile
from tests.bench.stage import STATION, Stage, cpu_seconds, prepared

TERMINALS = int(os.environ.get("BENCH_TERMINALS", "1000"))
SECONDS = float(os.environ.get("BENCH_MINUTES", "3")) * 60
CASE_EVERY, HEARTBEAT_EVERY = 30.0, 15.0
_BODY_BYTES = 1_500
_WARM_UP = 5.0


@dataclass(frozen=True, slots=True)
class Due:
    """One request and when it is to be sent, in seconds from the start."""

    at: float
    is_case: bool
    data: bytes


class Simulated:
    """One terminal with keys of its own that makes its requests in advance."""

    def __init__(self, hall_id: str, hall: PublicIdentity, number: int, release: str) -> None:
        """The `number` makes its ids; `hall` is who reads, and has the `release`."""
        self.id = f"{number:08d}-0000-7000-8000-00000000be0c"
        self.identity = Identity(Ed25519PrivateKey.generate(), X25519PrivateKey.generate())
        self._hall_id, self._hall, self._release = hall_id, hall, release
        self._seq, self._digest = 0, GENESIS

    def cases(self, count: int) -> list[bytes]:
        """Return the requests of its next cases."""
        return [self._case() for _ in range(count)]

    def schedule(self) -> Iterator[Due]:
        """Yield its cases and heartbeats; a report follows each case as the worker does it."""
        at = random.uniform(0, CASE_EVERY)
        while at < SECONDS:
            yield Due(at, is_case=True, data=self._case())
            yield Due(at + 0.5, is_case=False, data=self._report())
            at += CASE_EVERY
        at = random.uniform(0, HEARTBEAT_EVERY)
        while at < SECONDS:
            yield Due(at, is_case=False, data=self._report())
            at += HEARTBEAT_EVERY * random.uniform(0.8, 1.2)

    def _case(self) -> bytes:
        subject, key, now = clock.new_id(), crypto.new_key(), time.time_ns() // 1000
        self._seq += 1
        content = {
            "number": f"{random.randrange(10**15):015d}",
            "token": "A" * 26,
            "item": "RS-001",
            "release": self._release,
            "channel": "kiosk",
            "answers": {"applicant": {"note": os.urandom(_BODY_BYTES // 2).hex()}},
            "attachments": [],
        }
        body = bodies.seal(key, subject, "case.submitted", content)
        entry = Entry(
            epoch=1,
            seq=self._seq,
            entry_id=clock.new_id(),
            subject=subject,
            subject_seq=1,
            kind="case.submitted",
            version=1,
            recorded_at=now,
            uptime_ms=clock.uptime_ms(),
            blobs=(),
            body=body,
            body_sha256=hashlib.sha256(body).hexdigest(),
            prev_digest=self._digest,
            digest=b"",
        )
        self._digest = chain_digest(self._digest, canonical_fields(entry))
        entry = replace(entry, digest=self._digest)
        header = {"epoch": 1, "first": self._seq, "last": self._seq, "head": self._digest.hex()}
        payload = columns.written([entry], {subject: key})
        return self._signed("/envelopes", {"kind": "envelope", **header}, payload)

    def _report(self) -> bytes:
        status = {
            **dict.fromkeys(("oldest_at", "error")),
            **{"pending": 0, "blobs": 0, "disk_free": 10**10, "version": "bench"},
            "clock": time.time_ns() // 1000,
        }
        return self._signed("/feed", {"kind": "pull", "after": 1}, status)

    def _signed(self, path: str, header: dict[str, object], payload: object) -> bytes:
        full = {**header, "from": self.id, "to": self._hall_id, **versions.told()}
        frame = pack(full, payload, self.identity.signing, self._hall.sealing, PACKED)
        signed = Request("POST", f"http://127.0.0.1/sync/v1{path}", {"Content-Type": FRAME_TYPE})
        sign_request(signed, frame, self.id, self.identity.signing)
        headers = "".join(f"{name}: {value}\r\n" for name, value in signed.headers.items())
        return request("POST", f"/sync/v1{path}", frame, headers + "Connection: close\r\n")


def measure() -> Iterator[Figure]:
    """Let the terminals come for some minutes."""
    with prepared() as stage, closing(connected(stage)) as hall:
        terminals = enrolled(stage, hall, TERMINALS)
        due = sorted((d for one in terminals for d in one.schedule()), key=lambda d: d.at)
        stage.start("hall-web")
        watch, before = Watch.start(), cpu_seconds(stage.processes("hall-web"))
        own = time.process_time()
        answers = asyncio.run(_send(due, stage.hall_port))
        own = time.process_time() - own
        burnt = cpu_seconds(stage.processes("hall-web")) - before
        refused = [status for _, status in answers if status != 200]
        waits = [
            wait for d, (wait, _) in zip(due, answers, strict=True) if d.is_case and d.at > _WARM_UP
        ]
        conditions = (
            f"{len(terminals):,} terminals, a case every {CASE_EVERY:.0f} s and a report every "
            f"{HEARTBEAT_EVERY:.0f} s and after each case: {len(due) / SECONDS:.0f} requests/s; "
            f"p50 {percentile(waits, 0.5):.0f} ms, worst {max(waits):.0f} ms; {len(refused)} not "
            f"answered with 200; the hall's web processes used {burnt / watch.seconds():.2f} cores, "
            f"{1000 * burnt / len(due):.1f} ms for a request, the client "
            f"{own / watch.seconds():.2f}; {watch.others(burnt + own)} (PostgreSQL counted)"
        )
    yield Figure("fanin_ack_p99", round(percentile(waits, 0.99)), "ms", len(waits), conditions)


def enrolled(stage: Stage, hall: psycopg.Connection[tuple[int]], count: int) -> list[Simulated]:
    """Write the terminals' rows as enrolment and approval would; each has read one item."""
    with closing(stage.terminal_database()) as terminal:
        hall_id, public = terminal.execute("select hall_id, hall_public from peer").fetchone()
    reader, release = PublicIdentity.from_hex(public), load().release
    made = [Simulated(hall_id, reader, n, release) for n in range(count)]
    rows = [(o.id, f"{700000 + n}", o.identity.public.to_hex()) for n, o in enumerate(made)]
    with hall.cursor() as cursor:
        cursor.executemany(
            "insert into terminal (terminal_id, number, station_code, station_name, public, "
            "standing, enrolled_at, cursor_epoch, cursor_seq, cursor_digest, feed_head, "
            "feed_cursor, reported_pending, reported_blobs, life_epoch, fence_epoch, files_epoch) "
            "values (%s, %s, %s, '', %s, 'approved', 0, 0, 0, %s, 1, 1, 0, 0, 1, 1, 1)",
            [(each, number, STATION, keys, GENESIS) for each, number, keys in rows],
        )
        cursor.executemany(
            "insert into feed (terminal_id, seq, kind, recorded_at, body) "
            "values (%s, 1, 'release', 0, '')",
            [(one.id,) for one in made],
        )
    return made


async def _send(due: list[Due], port: int) -> list[tuple[float, int]]:
    """Send each request at its time; return milliseconds from then to the answer, and statuses."""
    begun = time.perf_counter() + 1

    async def one(each: Due) -> tuple[float, int]:
        await asyncio.sleep(begun + each.at - time.perf_counter())
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(each.data)
            answer = await reader.read()
            writer.close()
            status = int(answer.split(b" ", 2)[1]) if answer else 0
        except OSError:
            status = 0
        return (time.perf_counter() - begun - each.at) * 1000, status

    return await asyncio.gather(*(one(each) for each in due))
