"""The same terminal after it has lost what it had: entries and files back, and a new life.

Written from `docs/sync-protocol.md` alone, as `client` is; numbers in comments are its sections.
"""

import base64
import os
import uuid
from dataclasses import dataclass
from typing import Any

from tests.conformance.client import PIECE, sha256
from tests.conformance.packed_client import NOTHING, PackedClient, digest_of, place_of

#: Section 9.
MAX_PLACES = 64
#: What `found` says of an entry beside its fields.
SAID = ("verdict", "reason")


class Diverging(Exception):
    """Own entries contradict the hall's: an admin decides which machine goes on."""


@dataclass
class RecoveringClient(PackedClient):
    """A terminal that can be restored."""

    def put_back(self, entries: int = 0) -> "RecoveringClient":
        """The same machine with a backup of so many entries: keys and enrolment are there."""
        made = RecoveringClient(self.ask, self.signing, self.opening)
        made.id, made.hall_id = self.id, self.hall_id
        made.hall_signer, made.hall_reader = self.hall_signer, self.hall_reader
        made.dictionaries = self.dictionaries
        made.journal, made.acknowledged = self.journal[:entries], entries
        made.keys = {each["subject"]: self.keys[each["subject"]] for each in made.journal}
        return made

    def recover(self, reason: str = "restored") -> str:
        """Section 12: what the hall says of a new life, once all is back and sent."""
        while self.fetch_back():
            pass
        while self.pending():
            self.push()
        return self.ask_life(str(uuid.UUID(bytes=os.urandom(16), version=4)), reason)

    def fetch_back(self) -> bool:
        """Section 12: take a piece of what the hall has beyond the own journal; true for more."""
        asked = self.frame({"kind": "lost"}, {"after": self.landmarks()})
        found = self.unframed(self.post("/entries", asked), "found")
        own = {place_of(each): each["digest"] for each in self.journal}
        at = place_of(found["after"])
        before = own.get(at, NOTHING)
        new = []
        for told in found["entries"]:
            entry = {name: value for name, value in told.items() if name not in SAID}
            if own.get(place_of(entry)) != entry["digest"]:
                prove(entry, at, before)
                new.append(entry)
            at, before = place_of(entry), entry["digest"]
        if new and self.journal and self.journal[-1]["digest"] != new[0]["prev_digest"]:
            raise Diverging
        is_all_sent = self.acknowledged == len(self.journal)
        self.journal += new
        self.acknowledged = len(self.journal) if is_all_sent else self.acknowledged
        self.keys |= {subject: bytes.fromhex(key) for subject, key in found["keys"].items()}
        self.verdicts |= {each["digest"]: each["verdict"] for each in found["entries"]}
        return found["more"]

    def landmarks(self) -> list[dict[str, Any]]:
        """Section 12: the newest place, then places that lie farther and farther back."""
        at, step, places = len(self.journal) - 1, 1, []
        while at >= 0 and len(places) < MAX_PLACES:
            entry = self.journal[at]
            places.append({name: entry[name] for name in ("epoch", "seq", "digest")})
            at, step = at - step, step * 2
        return places

    def ask_life(self, life: str, reason: str) -> str:
        """Section 12: the answer's state; from a grant on the new epoch is written."""
        head = {"epoch": 0, "seq": 0, "digest": NOTHING}
        head |= {name: self.journal[-1][name] for name in head} if self.journal else {}
        wish = {"life": life, "reason": reason, "diverging": 0, "head": head}
        wish |= {"epoch": max(self.epoch, head["epoch"])}
        answer = self.frame({"kind": "life"}, wish)
        granted = self.unframed(self.post("/lives", answer), "granted")
        if granted["epoch"] is not None:
            self.epoch, self.contact = granted["epoch"], None
        return granted["state"]

    def fetch_blob(self, name: str, subject: str) -> bytes:
        """Section 12: a file piece by piece, checked against its name."""
        data, size = b"", 1
        while len(data) < size:
            wanted = {"Range": f"bytes={len(data)}-{len(data) + PIECE - 1}"}
            path = f"/blobs/{name}?subject={subject}"
            status, told, piece = self.signed("GET", path, b"", wanted)
            part, size = told["Content-Range"], int(told["Upload-Length"])
            last = len(data) + len(piece) - 1
            if status != 206 or part != f"bytes {len(data)}-{last}/{size}":
                raise ValueError("another part than was asked for")
            data += piece
        if sha256(data) != name:
            raise ValueError("the file is not what its name says")
        return data


def prove(entry: dict[str, Any], at: tuple[int, int], before: str) -> None:
    """Section 2: an entry follows the one at a place with that digest; ValueError otherwise."""
    epoch, seq = place_of(entry)
    follows = seq == at[1] + 1 if epoch == at[0] else epoch > at[0] and seq == 1
    body = base64.b64decode(entry["body"])
    is_body = not body or sha256(body) == entry["body_sha256"]
    is_digest = entry["prev_digest"] == before and entry["digest"] == digest_of(entry)
    if not (follows and is_body and is_digest):
        raise ValueError("the hall's entries do not prove")
