"""Catalogue releases as the exchange sees them: a hash, the hall's signature, and how far it is.

One table serves both roles. At the hall a row says what was released; at the terminal it says what
the feed has told of, which the worker then fetches. The feed item is applied with this row in one
commit, so that a release cannot be lost between cursor and file. What is in a release is not known
here. Neighbours: ``feed`` carries the item, ``obtain`` fetches the bytes.
"""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import LargeBinary, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from sync.feed import Item, publish_to_all
from sync.identity import PublicIdentity
from sync.state import peer_of
from sync.tables import Base

KIND = "release.current"
#: Precedes what is signed, so that the signature cannot pass for one of a frame.
SIGNED_AS = b"jishiban release 1\n"
#: Bytes of a release, unpacked; what claims to be larger is refused unseen.
MAX_RELEASE_BYTES = 16 * 1024 * 1024

#: Hall: ``current``, or ``kept`` when it was before. Terminal: ``wanted`` until it is here, then
#: ``current``, then ``kept``; or ``refused``; or ``passed`` when a newer one was told of before.
WANTED, CURRENT, KEPT, REFUSED, PASSED = "wanted", "current", "kept", "refused", "passed"

_HASH = re.compile(r"[0-9a-f]{64}")


class Release(Base):
    """One release; ``sha256`` is its name, 64 hex digits."""

    __tablename__ = "release"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: Bytes, unpacked.
    size: Mapped[int]
    items: Mapped[int]
    made_at: Mapped[datetime]
    hall_id: Mapped[str] = mapped_column(String(36))
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))
    #: Hall: what it was made from, in words.
    source: Mapped[str | None] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(12))
    #: Terminal: why it was refused, a code of ``sync.obtain.NotTaken``.
    reason: Mapped[str | None] = mapped_column(String(20))
    #: Terminal: how often it arrived and was not what its name says.
    attempts: Mapped[int] = mapped_column(default=0)


@dataclass(frozen=True, slots=True)
class Statement:
    """What the hall signs of a release; ``made_at`` in microseconds since 1970."""

    release: str
    size: int
    items: int
    hall_id: str
    made_at: int

    def signed_bytes(self) -> bytes:
        """Return what the signature is over: a fixed line, then the fields by RFC 8785."""
        return SIGNED_AS + rfc8785.dumps(asdict(self))

    def sign(self, key: Ed25519PrivateKey) -> bytes:
        """Return the hall's signature, 64 bytes."""
        return key.sign(self.signed_bytes())

    def is_signed(self, signature: bytes, key: Ed25519PublicKey) -> bool:
        """Tell whether this is what the owner of ``key`` signed."""
        try:
            key.verify(signature, self.signed_bytes())
        except InvalidSignature:
            return False
        return True


def new_row(statement: Statement, signature: bytes, state: str, source: str | None) -> Release:
    """Return the row of a release that is not in a session yet."""
    return Release(
        sha256=statement.release,
        size=statement.size,
        items=statement.items,
        made_at=datetime.fromtimestamp(statement.made_at / 1_000_000, UTC),
        hall_id=statement.hall_id,
        signature=signature,
        source=source,
        state=state,
        reason=None,
        attempts=0,
    )


def statement_of(row: Release) -> Statement:
    """Return what was signed of a row's release."""
    at = int(row.made_at.timestamp() * 1_000_000)
    return Statement(row.sha256, row.size, row.items, row.hall_id, at)


def current_of(session: Session) -> Release | None:
    """Return the release in use; at a terminal None before the hall's first one has arrived."""
    return session.scalars(select(Release).where(Release.state == CURRENT)).one_or_none()


def announce(session: Session, terminal_ids: Iterable[str], row: Release, now: datetime) -> None:
    """Hall: tell terminals which release is current; the caller commits."""
    body = orjson.dumps({**asdict(statement_of(row)), "signature": row.signature.hex()})
    publish_to_all(session, terminal_ids, KIND, body, int(now.timestamp() * 1_000_000))


def want(session: Session, item: Item) -> None:
    """Terminal: note what the hall has made current, to be fetched; the caller commits.

    The newest item counts. One that is told of again is looked at again. One that the enrolled hall
    has not signed is noted as refused. Raises ValueError, KeyError or TypeError for a body that
    cannot be read.
    """
    statement, signature = _read(item.body)
    peer = peer_of(session)
    key = PublicIdentity.from_hex(peer.hall_public).signing
    is_ours = statement.hall_id == peer.hall_id and statement.is_signed(signature, key)
    known = session.get(Release, statement.release)
    if known is not None and not is_ours:
        # A claim that does not prove takes nothing from what did.
        if known.state == REFUSED:
            known.reason = "signature"
        return
    if is_ours:
        _pass_by(session)
    row = new_row(statement, signature, WANTED if is_ours else REFUSED, None)
    row.reason = None if is_ours else "signature"
    session.merge(row)


def wanted(session: Session) -> Release | None:
    """Terminal: return the release that is still to be fetched."""
    return session.scalars(select(Release).where(Release.state == WANTED)).first()


def adopt(session: Session, sha256: str) -> None:
    """Terminal and hall: note that the release is in use from now on; the caller commits."""
    _set(session, CURRENT, KEPT)
    row = session.get_one(Release, sha256, populate_existing=True)
    row.state, row.reason = CURRENT, None


def refuse(session: Session, sha256: str, reason: str) -> None:
    """Terminal: note why the release is not taken; what is in use stays. The caller commits."""
    row = session.get_one(Release, sha256)
    if row.state == WANTED:
        row.state, row.reason = REFUSED, reason


def refusal(session: Session) -> dict[str, str] | None:
    """Terminal: return the hash and the reason of the release that was refused last, if any."""
    query = select(Release).where(Release.state == REFUSED).order_by(Release.made_at.desc())
    row = session.scalars(query.limit(1)).first()
    return None if row is None else {"release": row.sha256, "reason": str(row.reason)}


def want_again(session: Session, in_use: str) -> None:
    """Terminal, at the start: want what was refused, or is not ``in_use`` though it should be.

    Another version of the program may take what this one's predecessor did not, or the other way
    round, and a file may have been damaged meanwhile.
    """
    row, told = current_of(session), refusal(session)
    if told is not None and told["reason"] != "signature":
        row = session.get_one(Release, told["release"])
    if row is not None and row.sha256 != in_use and wanted(session) is None:
        row.state, row.reason, row.attempts = WANTED, None, 0


def _pass_by(session: Session) -> None:
    _set(session, WANTED, PASSED)
    _set(session, REFUSED, PASSED)


def _set(session: Session, before: str, after: str) -> None:
    session.execute(update(Release).where(Release.state == before).values(state=after))


def _read(body: bytes) -> tuple[Statement, bytes]:
    told: dict[str, Any] = orjson.loads(body)
    numbers = [told[name] for name in ("size", "items", "made_at")]
    if not all(type(each) is int and 0 <= each < 2**53 for each in numbers):
        raise ValueError("a number of the release is out of range")
    if not _HASH.fullmatch(told["release"]):
        raise ValueError("a release is named by 64 lower-case hex digits")
    size, items, made_at = numbers
    hall_id = str(told["hall_id"])
    if len(hall_id) > 36:
        raise ValueError("the hall's id is too long")
    statement = Statement(told["release"], size, items, hall_id, made_at)
    return statement, bytes.fromhex(told["signature"])
