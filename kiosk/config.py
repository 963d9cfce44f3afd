"""What can be set from outside, read once from the environment, frozen, checked.

Every variable has the prefix ``KIOSK_`` and stands in ``docs/operations.md``.
An unknown or wrong one stops the start: a misspelt setting that is silently
ignored is found when it is needed most.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

from sync import faultpoint

Role = Literal["terminal", "hall"]

PREFIX = "KIOSK_"
#: Read by itself, for tests alone (``sync.faultpoint``).
FOR_TESTS = faultpoint.VARIABLE


class BadConfig(ValueError):
    """A setting is unknown or has a value that cannot be used; the text names it."""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one process; both roles share all but the database.

    ``data_dir`` holds database, keys and blobs. ``listen`` is ``host:port``.
    ``redis_url`` and ``database_url`` are empty for the embedded ones.
    """

    role: Role
    data_dir: Path
    listen: str = "127.0.0.1:8200"
    redis_url: str = ""
    database_url: str = ""
    #: Web processes and threads in each.
    web_processes: int = 2
    web_threads: int = 4
    #: The terminal's web service keeps the RQ worker itself, which saves memory.
    own_worker: bool = False
    #: Send cookies over TLS only; on wherever TLS ends before this service.
    secure_cookies: bool = False
    #: How many proxies in front may set X-Forwarded-*.
    trusted_proxies: int = 0
    #: Which certificate service a terminal asks: none, or the stand-in with made-up certificates.
    certificates: Literal["off", "samples"] = "off"
    log_level: str = "info"
    #: On a kiosk: seconds without a touch until it asks, seconds it then waits before it wipes,
    #: and seconds of quiet at the first screen until its pictures begin. Large text doubles the
    #: first two.
    idle_seconds: int = 60
    warning_seconds: int = 30
    attract_seconds: int = 45
    #: Terminal: where phones in the station's network reach it; empty: found out.
    public_url: str = ""
    #: What the page "ask the staff" says of this station, as people read it.
    station_phone: str = ""
    station_hours: str = ""
    #: Terminal: the port for HTTPS in the station's network once its certificate has come; 0: none.
    tls_port: int = 0
    #: When it is open on working days, as spans; who comes outside of them has to be booked. Hall:
    #: when terminals are missed; empty, as it is there unless told: at any time.
    station_open: str = "09:00-11:30 13:30-17:00"
    #: Terminal: the printer of slips, file:/path, tcp://host:port or usb://vendor:product.
    printer: str = ""
    #: With this whoever asks from another machine may read the metrics; empty: nobody may.
    metrics_token: str = ""
    #: Hall: webhooks may go to this machine and to link-local addresses.
    webhooks_local: bool = False
    #: Terminal: days after its end for which a case is kept here, once a backup of the hall has it.
    retention_days: int = 30
    #: Hall: working days after a bad rating until its rater is contacted, has a reply, and has one
    #: where much has to be put right.
    rating_contact_days: int = 1
    rating_reply_days: int = 5
    rating_complex_days: int = 15
    #: What is left of a promised time when its light turns yellow: percent of it, and working days;
    #: the more of the two.
    yellow_percent: int = 20
    yellow_days: int = 1

    @property
    def database(self) -> str:
        """The SQLAlchemy URL: as set, or SQLite in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir / (self.role + '.db')}"

    @property
    def redis(self) -> str:
        """The Redis URL: as set, or the embedded server's socket in the data folder."""
        return self.redis_url or f"unix://{self.data_dir / 'redis.sock'}"

    @property
    def is_sqlite(self) -> bool:
        """Tell whether the database is SQLite."""
        return self.database.startswith("sqlite")


def _folder(text: str) -> Path:
    return Path(text).resolve()


def _flag(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError("must be 0 or 1")
    return text == "1"


def _count(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return read


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError("must be one of " + ", ".join(allowed))
        return text

    return read


def _listen(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 <= int(port) <= 65535:
        raise ValueError("must be host:port")
    return text


def _words(text: str) -> str:
    if len(text) > 80 or not text.isprintable():
        raise ValueError("must be at most 80 printable characters")
    return text.strip()


def _token(text: str) -> str:
    if text and not (24 <= len(text) <= 200 and text.isascii() and text.isprintable()):
        raise ValueError("must be 24 to 200 printable characters")
    if " " in text:
        raise ValueError("must hold no space")
    return text


_SPAN = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]-(?:[01][0-9]|2[0-3]):[0-5][0-9]")


def _spans(text: str) -> str:
    spans = text.split()
    if not all(_SPAN.fullmatch(each) and each[:5] < each[6:] for each in spans):
        raise ValueError("must be spans such as 09:00-11:30 13:30-17:00, or empty")
    ordered = sorted(spans)
    for before, after in pairwise(ordered):
        if after[:5] < before[6:]:
            raise ValueError(f"{before} and {after} overlap")
    return " ".join(spans)


def _site(text: str) -> str:
    parts = urlsplit(text)
    if text and not (parts.scheme in {"http", "https"} and parts.hostname and _is_bare(parts)):
        raise ValueError("must be http://host:port or https://host:port, without a path")
    return text


def _is_bare(parts: SplitResult) -> bool:
    return parts.path in {"", "/"} and not (parts.query or parts.fragment or parts.username)


def _url(*schemes: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text and not text.startswith(schemes):
            raise ValueError("must start with " + " or ".join(schemes))
        return text

    return read


_SENTINELS = re.compile(
    r"sentinel://[^\s,/@?#]+:[0-9]{1,5}(,[^\s,/@?#]+:[0-9]{1,5})*/[\w.-]+"
    r"(\?(db|password|sentinel_password)=[^\s&]*(&(db|password|sentinel_password)=[^\s&]*)*)?"
)


def _redis(text: str) -> str:
    if text.startswith("sentinel://") and not _SENTINELS.fullmatch(text):
        raise ValueError("must be sentinel://host:port,host:port/name, with ?db=number at most")
    return _url("redis://", "rediss://", "unix://", "sentinel://")(text)


_PRINTER = re.compile(
    r"file:/[^\s?#]+|tcp://[^\s:/@?#]+:[0-9]{1,5}"
    r"|usb://[0-9a-f]{4}:[0-9a-f]{4}(\?(in|out)=[0-9a-f]{1,2}(&(in|out)=[0-9a-f]{1,2})?)?"
)


def _printer(text: str) -> str:
    if text and not _PRINTER.fullmatch(text):
        raise ValueError("must be file:/path, tcp://host:port or usb://vendor:product in hex")
    return text


READERS: Mapping[str, Callable[[str], Any]] = {
    "data_dir": _folder,
    "listen": _listen,
    "redis_url": _redis,
    "database_url": _url("sqlite:///", "postgresql+psycopg://"),
    "web_processes": _count(1, 64),
    "web_threads": _count(1, 64),
    "own_worker": _flag,
    "secure_cookies": _flag,
    "trusted_proxies": _count(0, 5),
    "printer": _printer,
    "public_url": _site,
    "certificates": _one_of("off", "samples"),
    "log_level": _one_of("debug", "info", "warning", "error"),
    "idle_seconds": _count(1, 3600),
    "warning_seconds": _count(1, 3600),
    "attract_seconds": _count(1, 3600),
    "tls_port": _count(0, 65535),
    "retention_days": _count(1, 3650),
    "rating_contact_days": _count(1, 90),
    "rating_reply_days": _count(1, 90),
    "rating_complex_days": _count(1, 90),
    "yellow_percent": _count(0, 90),
    "yellow_days": _count(0, 30),
    "station_phone": _words,
    "station_hours": _words,
    "station_open": _spans,
    "metrics_token": _token,
    "webhooks_local": _flag,
}


def from_environment(role: Role, environ: Mapping[str, str] | None = None) -> Config:
    """Return the settings of ``role``; BadConfig names the variable that is unknown or wrong."""
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {
        "data_dir": Path("var", role).resolve(),
        "listen": "127.0.0.1:8100" if role == "hall" else "127.0.0.1:8200",
    }
    if role == "hall":
        # Nothing is hidden by hours that nobody has told.
        values["station_open"] = ""
    for name, text in environ.items():
        if not name.startswith(PREFIX) or name == FOR_TESTS:
            continue
        setting = name.removeprefix(PREFIX).lower()
        if setting not in READERS:
            raise BadConfig(f"{name} is not a setting; see docs/operations.md")
        try:
            values[setting] = READERS[setting](text)
        except ValueError as error:
            raise BadConfig(f"{name}: {error}") from error
    if role == "terminal" and values.get("database_url", "sqlite").startswith("postgresql"):
        raise BadConfig("KIOSK_DATABASE_URL: a terminal keeps its data in SQLite")
    if role == "hall" and values.get("own_worker"):
        raise BadConfig("KIOSK_OWN_WORKER: a hall keeps its worker apart")
    return Config(role=role, **values)


def variables() -> list[str]:
    """Return the names of all environment variables, for the guard over the docs."""
    return [PREFIX + f.name.upper() for f in fields(Config) if f.name in READERS]
