"""Where a terminal's certificate lies, and whether another is due.

In the data folder's `tls/`: the authority's certificate, one file with key and certificate, and a
note of their end and names, so that nobody has to parse a certificate to know. Neighbours: `asking`
writes them, `serving` uses them, the pages of tablets show the authority's.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from ssl import PEM_cert_to_DER_cert

#: A new certificate is asked for so long before the present one ends.
EARLY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """The files of one terminal."""

    folder: Path

    @classmethod
    def below(cls, data_dir: Path) -> "TlsFiles":
        """Return those of the terminal with this data folder."""
        return cls(data_dir / "tls")

    @property
    def authority(self) -> Path:
        """The authority's certificate, PEM."""
        return self.folder / "ca.crt"

    @property
    def certificate(self) -> Path:
        """The terminal's key and certificate in one file, PEM, for its owner alone."""
        return self.folder / "terminal.pem"

    def fingerprint(self) -> str:
        """Return the SHA-256 of the authority's certificate as browsers show it, "AB:CD:…".

        FileNotFoundError before there is one.
        """
        der = PEM_cert_to_DER_cert(self.authority.read_text(encoding="ascii"))
        return hashlib.sha256(der).digest().hex(":").upper()

    def ends(self) -> datetime | None:
        """Return when the certificate that lies here ends; None without one."""
        try:
            ends = datetime.fromisoformat(json.loads(self._note.read_bytes())["ends"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return ends if self.certificate.exists() else None

    def is_due(self, names: Sequence[str], now: datetime) -> bool:
        """Tell whether a certificate is to be asked for: none, ending soon, or for other names."""
        try:
            note = json.loads(self._note.read_bytes())
            ends = datetime.fromisoformat(note["ends"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return True
        if not (self.certificate.exists() and self.authority.exists()):
            return True
        return ends - EARLY < now or not set(names) <= set(note["names"])

    def keep(
        self, *, authority: str, certificate: str, ends: datetime, names: Sequence[str]
    ) -> None:
        """Put new files in the place of the old ones, the certificate at one stroke; OSError."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        note = json.dumps({"ends": ends.isoformat(), "names": list(names)})
        _replace(self.authority, authority)
        _replace(self.certificate, certificate)
        _replace(self._note, note)

    @property
    def _note(self) -> Path:
        return self.folder / "terminal.json"


def _replace(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
