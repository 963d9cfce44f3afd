"""The key that opens backups: its public half lies on the machine, its secret never does.

Keys are those of age (age-encryption.org/v1): X25519, the secret in Bech32, whose checksum finds a
mistyped character. The only user of pyrage beside ``sealing``. Neighbour: the command prints the
sheet that the secret is kept on.
"""

import os
import re
import tempfile
from pathlib import Path

from pyrage import IdentityError, RecipientError, x25519

from kiosk.config import BadConfig

#: One line for each key that opens; lines that begin with # are for people.
FILE = "backup.recipients"
_BEGINNING = "AGE-SECRET-KEY-1"
_SECRET = re.compile(_BEGINNING + r"[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}")
_SPACE = re.compile(r"[\s\u00a0]|<[^>]*>")
_GROUP = 4


def make() -> tuple[str, str]:
    """Return a new secret and its public half, as age writes them."""
    identity = x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def grouped(secret: str) -> list[str]:
    """Return the secret's fixed beginning and then groups of four, as it is printed and typed."""
    letters = secret.removeprefix(_BEGINNING)
    return [_BEGINNING, *(letters[i : i + _GROUP] for i in range(0, len(letters), _GROUP))]


def read(text: str) -> x25519.Identity:
    """Return the secret that a sheet or a typed line holds; BadConfig when there is none.

    Spaces, line ends and the case of letters do not matter.
    """
    found = _SECRET.search(_SPACE.sub("", text).upper())
    if found is None:
        raise BadConfig(
            "there is no recovery key in what was given: it begins with AGE-SECRET-KEY-1"
        )
    try:
        return x25519.Identity.from_str(found.group())
    except IdentityError as error:
        raise BadConfig("the recovery key is mistyped: its checksum is wrong") from error


def add_recipient(data_dir: Path, public: str) -> None:
    """Let a key open the backups to come; those that could before still can. Durable."""
    path = data_dir / FILE
    before = path.read_text() if path.exists() else ""
    if public in before.split():
        return
    descriptor, name = tempfile.mkstemp(dir=data_dir)
    with os.fdopen(descriptor, "w") as out:
        out.write(f"{before}{public}\n")
        out.flush()
        os.fsync(out.fileno())
    Path(name).replace(path)


def recipients(data_dir: Path) -> list[x25519.Recipient]:
    """Return what backups are encrypted for; BadConfig when no key was made or one is damaged."""
    path = data_dir / FILE
    lines = path.read_text().split("\n") if path.exists() else []
    keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not keys:
        raise BadConfig(f"there is no recovery key yet: run `kiosk backup key` ({path} is missing)")
    try:
        return [x25519.Recipient.from_str(key) for key in keys]
    except RecipientError as error:
        raise BadConfig(f"{path} holds a line that is no public key of age") from error
