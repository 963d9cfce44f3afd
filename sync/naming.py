"""The verdicts of an acknowledgement of version 2: one digest for a run, not one for each entry.

A terminal counts an entry as received only when a verdict names its digest. One SHA-256 over the
digests of a run, in order, names them all: the terminal compares it with the digests of its own
entries at these places, and what differs names none of them. Neighbours: ``kiosk.hall.sync_api``
shortens, ``push`` and ``brought_back`` expand.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from sync.envelope import VERSION, Frame
from sync.ledger import APPLIED


def shortened(verdicts: Sequence[dict[str, Any]], epoch: int) -> Any:
    """Return verdicts (``ingest.verdicts_to_wire``) in short.

    Where their numbers are not one after the other they stay as they are.
    """
    first = verdicts[0]["seq"] if verdicts else 0
    if not verdicts or [each["seq"] for each in verdicts] != list(
        range(first, first + len(verdicts))
    ):
        return list(verdicts)
    digests = b"".join(bytes.fromhex(each["digest"]) for each in verdicts)
    return {
        "run": [epoch, first, len(verdicts)],
        "sha256": hashlib.sha256(digests).digest(),
        "others": [
            [place, each["verdict"], each["reason"]]
            for place, each in enumerate(verdicts)
            if each["verdict"] != APPLIED
        ],
    }


def worded(question: Frame, answer: dict[str, Any]) -> dict[str, Any]:
    """Return an acknowledgement as the version of the envelope wants its verdicts."""
    if question.version == VERSION:
        return answer
    epoch = question.header.get("epoch")
    verdicts = shortened(answer["verdicts"], epoch if type(epoch) is int else 0)
    return {**answer, "verdicts": verdicts}


def run_of(verdicts: Any) -> tuple[int, int, int] | None:
    """Return epoch, first number and count of what short verdicts are of; None of long ones."""
    if not isinstance(verdicts, dict):
        return None
    epoch, first, count = verdicts["run"]
    return int(epoch), int(first), int(count)


def expanded(verdicts: Any, entries: Sequence[tuple[int, bytes]]) -> list[dict[str, Any]]:
    """Return a verdict for each entry, as in version 1; none when they name other entries.

    ``entries`` are numbers and digests of the own entries at those places. Raises KeyError,
    TypeError or ValueError for what is malformed.
    """
    if not isinstance(verdicts, dict):
        return list(verdicts)
    _, first, count = verdicts["run"]
    numbers = [seq for seq, _ in entries]
    digests = b"".join(digest for _, digest in entries)
    # The count first: a number from outside must not make a list of any length.
    if len(numbers) != count or numbers != list(range(first, first + count)):
        return []
    if hashlib.sha256(digests).digest() != verdicts["sha256"]:
        return []
    others = {int(place): (str(verdict), reason) for place, verdict, reason in verdicts["others"]}
    told = (others.get(place, (APPLIED, None)) for place in range(count))
    return [
        {"seq": seq, "digest": digest.hex(), "verdict": verdict, "reason": reason}
        for (seq, digest), (verdict, reason) in zip(entries, told, strict=True)
    ]
