"""A stand-in for the issuers of 居民码 and 医保电子凭证, for trying and for tests.

The real codes are read by the services that issue them, under contracts and interfaces that are
not public; nothing here pretends to be their format. A stand-in code says so: it begins with
"SIM1". It is "SIM1.<R or M>.<26 characters of token>.<13 characters of seal>", capitals and
digits. The seal is an HMAC with a key of this machine, so a code that was not made here is turned
away before anything is looked up. Whose it is lies encrypted in a file named after the token's
digest, and is gone when it was asked for. Neighbours: `port`, `kiosk.cli.stand_in`.
"""

import base64
import hashlib
import hmac
import re
import secrets
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from forms.definition import Text
from kiosk import clock, crypto
from kiosk.credentials.port import Credential, Identity, Kind
from kiosk.errors import Invalid

VALID = timedelta(minutes=5)
_LETTERS: dict[str, Kind] = {"R": "resident", "M": "insurance"}
_LETTER_OF = {kind: letter for letter, kind in _LETTERS.items()}
_FORM = re.compile(r"SIM1\.([RM])\.([A-Z2-7]{26})\.([A-Z2-7]{13})")

NOT_GOOD = Text(
    "这个码无效、已过期或已经用过。请在手机上刷新后重新出示。",
    "This code is not valid, too old, or was used already. Refresh it on your phone and show it "
    "again.",
)


def recognise(text: str) -> Credential | None:
    """Return the code if the text has the form of one; whether it is good only `identify` tells."""
    found = _FORM.fullmatch(text.strip().upper())
    return Credential(_LETTERS[found[1]], found[0]) if found else None


class StandIn:
    """Issues codes and tells whose they are; any number of processes may share its folder."""

    def __init__(self, data_dir: Path) -> None:
        """Make nothing yet; the key and the folder come with the first code."""
        self._folder = data_dir / "stand_in"
        self._key_file = data_dir / "keys" / "stand_in.key"

    def issue(self, kind: Kind, identity: Identity) -> str:
        """Return a new code for this person, good for five minutes and once."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._forget_old()
        token = base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=")
        head = f"SIM1.{_LETTER_OF[kind]}.{token}"
        until = (clock.now() + VALID).timestamp()
        told = orjson.dumps({"until": until, **asdict(identity)})
        file = self._file_of(head)
        file.write_bytes(crypto.encrypt(self._key(), told, file.name.encode()))
        return f"{head}.{self._seal(head)}"

    def identify(self, credential: Credential) -> Identity:
        """Return whose code it is and forget it; Invalid when it is not good."""
        head, _, seal = credential.text.rpartition(".")
        if not self._key_file.exists() or not hmac.compare_digest(seal, self._seal(head)):
            raise Invalid("credential_not_good", NOT_GOOD)
        told = self._taken(head)
        if told.pop("until") < clock.now().timestamp():
            raise Invalid("credential_not_good", NOT_GOOD)
        return Identity(**told)

    def _taken(self, head: str) -> dict[str, Any]:
        file = self._file_of(head)
        # Whoever renames it has it: of two who come with one code, the second finds nothing.
        mine = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
        try:
            file.rename(mine)
        except FileNotFoundError as error:
            raise Invalid("credential_not_good", NOT_GOOD) from error
        sealed = mine.read_bytes()
        mine.unlink()
        told: dict[str, Any] = orjson.loads(crypto.decrypt(self._key(), sealed, file.name.encode()))
        return told

    def _forget_old(self) -> None:
        oldest = (clock.now() - VALID).timestamp()
        for file in self._folder.iterdir():
            with suppress(FileNotFoundError):
                if file.stat().st_mtime < oldest:
                    file.unlink()

    def _file_of(self, head: str) -> Path:
        return self._folder / hashlib.sha256(head.encode()).hexdigest()

    def _seal(self, head: str) -> str:
        digest = hmac.digest(self._key(), head.encode(), "sha256")[:8]
        return base64.b32encode(digest).decode().rstrip("=")

    def _key(self) -> bytes:
        return crypto.secret_file(self._key_file, crypto.new_key())
