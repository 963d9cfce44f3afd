"""The ways to tell somebody: set up, tried out, taken away. A secret is never shown again.

Every change is audited in its own transaction; addresses and secrets are not in the record.
Neighbours: `sending` carries, `kiosk.hall.alerts` is the page.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson
from sqlalchemy import delete
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.db import reading, writing
from kiosk.errors import FieldProblem, Invalid, NotFound
from kiosk.hall.alerting import reaching, sending, wording
from kiosk.hall.alerting.model import Channel, Notice
from kiosk.hall.alerting.sending import NotSent
from kiosk.operators import audit

KINDS = ("webhook", "mail")
SECURITIES = ("starttls", "tls", "none")
MAX_NAME = 40
MAX_ADDRESS = 200
#: Receivers of one channel.
MOST_RECEIVERS = 10
#: As long as what `openssl rand -base64 18` prints.
SHORTEST_SECRET = 24


def add(services: Services, kind: str, typed: Mapping[str, str], by: str) -> Channel:
    """Set a channel up; Invalid names every field that cannot stay. Audited."""
    problems = list[FieldProblem]()
    name = typed.get("name", "").strip()
    if not name or len(name) > MAX_NAME:
        problems.append(
            _wrong(
                "name",
                f"请给这个渠道起个名字，最多 {MAX_NAME} 字。",
                f"Please give the channel a name of at most {MAX_NAME} characters.",
            )
        )
    secret, settings = typed.get("secret", "").strip(), dict[str, Any]()
    if kind == "webhook":
        url = _webhook(typed, problems, may_be_local=services.config.webhooks_local)
        # Whoever knows the whole address may write there: what is behind the host is a secret too.
        settings, secret = {"site": site_of(url)}, orjson.dumps([url, secret]).decode()
    else:
        settings = _mail(typed, problems)
    if problems:
        raise Invalid("channel_invalid", problems[0].message, tuple(problems))
    identifier = clock.new_id()
    wrapped = services.keyring.wrap(secret.encode(), _context(identifier)) if secret else None
    made = Channel(
        id=identifier,
        kind=kind,
        name=name,
        settings=orjson.dumps(settings, option=orjson.OPT_SORT_KEYS).decode(),
        secret=wrapped,
        made_at=clock.now(),
    )
    with writing() as session:
        session.add(made)
        audit.record(session, "alert.channel_added", made.id, by, {"kind": kind})
    return made


def find(channel_id: str) -> Channel:
    """Return a channel; NotFound."""
    with reading() as session:
        found = session.get(Channel, channel_id)
    if found is None:
        raise NotFound("channel_unknown", Text("没有这个渠道。", "There is no such channel."))
    return found


def remove(channel_id: str, by: str) -> Channel:
    """Take a channel away with what it has not sent; NotFound. Audited."""
    found = find(channel_id)
    with writing() as session:
        session.execute(delete(Notice).where(Notice.channel_id == channel_id))
        session.execute(delete(Channel).where(Channel.id == channel_id))
        audit.record(session, "alert.channel_removed", channel_id, by, {"kind": found.kind})
    return found


def try_out(services: Services, channel_id: str, by: str) -> str | None:
    """Send a test now; return None when it was taken, else why not. Audited."""
    found, problem = find(channel_id), None
    message = wording.body("test", clock.now(), {}, 0)
    try:
        tell(services, found, clock.new_id(), message)
    except NotSent as error:
        problem = str(error)
    except ValueError:
        problem = "the secret does not open: set the channel up anew"
    with writing() as session:
        note(session, channel_id, problem)
        detail = {"taken": int(problem is None)}
        audit.record(session, "alert.channel_tested", channel_id, by, detail)
    return problem


def tell(services: Services, channel: Channel, notice_id: str, message: Mapping[str, Any]) -> None:
    """Send a message through a channel; NotSent, ValueError under another master key."""
    settings, secret = orjson.loads(channel.settings), ""
    if channel.secret is not None:
        secret = services.keyring.unwrap(channel.secret, _context(channel.id)).decode()
    if "site" in settings:
        settings["url"], secret = orjson.loads(secret)
    may_be_local = services.config.webhooks_local
    sending.send(channel.kind, settings, secret, notice_id, message, may_be_local=may_be_local)


def site_of(url: str) -> str:
    """Return what of an address may be shown: scheme and host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"


def note(session: Session, channel_id: str, problem: str | None) -> None:
    """Keep how the last attempt went; the caller commits."""
    found = session.get(Channel, channel_id)
    if found is not None:
        found.problem = problem and problem[:200]
        if problem is None:
            found.last_sent_at = clock.now()


def _context(channel_id: str) -> bytes:
    return b"alert-channel:" + channel_id.encode()


def _webhook(typed: Mapping[str, str], problems: list[FieldProblem], *, may_be_local: bool) -> str:
    url, secret = typed.get("url", "").strip(), typed.get("secret", "").strip()
    if not _is_site(url):
        zh = "请填写以 https:// 或 http:// 开头的地址，不含账号和密码。"
        en = "Please give an address with https:// or http://, without a user or password in it."
        problems.append(_wrong("url", zh, en))
    elif not may_be_local and reaching.is_refused(urlsplit(url).hostname or ""):
        zh = "不能是本机或链路本地的地址。"
        en = "This may not be an address of this machine, or a link-local one."
        problems.append(_wrong("url", zh, en))
    if not _is_strong(secret):
        zh = f"请填写至少 {SHORTEST_SECRET} 个字符的密钥，例如 openssl rand -base64 32 的结果。"
        en = (
            f"Please give a secret of at least {SHORTEST_SECRET} characters, such as what "
            "openssl rand -base64 32 prints."
        )
        problems.append(_wrong("secret", zh, en))
    return url


def _mail(typed: Mapping[str, str], problems: list[FieldProblem]) -> dict[str, Any]:
    values = {name: typed.get(name, "").strip() for name in ("host", "port", "user", "sender")}
    receivers = typed.get("to", "").replace(",", " ").replace("，", " ").split()
    security = typed.get("security", "")
    if not _is_host(values["host"]):
        problems.append(
            _wrong("host", "请填写邮件服务器的名称。", "Please give the name of the mail server.")
        )
    is_number = values["port"].isdecimal() and len(values["port"]) <= len("65535")
    port = int(values["port"]) if is_number else 0
    if not 1 <= port <= 65535:
        problems.append(
            _wrong("port", "端口是 1 到 65535 的数字。", "A port is a number from 1 to 65535.")
        )
    if security not in SECURITIES:
        problems.append(
            _wrong("security", "请选择怎样加密。", "Please choose how the line is protected.")
        )
    if values["user"] and (security == "none" or not typed.get("secret", "").strip()):
        zh = "登录需要密码，并且只在加密的连接上进行。"
        en = "Signing in needs a password, and a line that is protected."
        problems.append(_wrong("secret", zh, en))
    if not _is_address(values["sender"]):
        problems.append(
            _wrong("sender", "请填写发件地址。", "Please give the address that it is sent from.")
        )
    if not 0 < len(receivers) <= MOST_RECEIVERS or not all(map(_is_address, receivers)):
        zh = f"请填写 1 到 {MOST_RECEIVERS} 个收件地址，用空格分开。"
        en = f"Please give 1 to {MOST_RECEIVERS} addresses with spaces between."
        problems.append(_wrong("to", zh, en))
    return {**values, "port": port, "security": security, "to": receivers}


def _is_site(url: str) -> bool:
    try:
        parts = urlsplit(url)
        valid_port = parts.port != 0
    except ValueError:
        return False
    is_plain = parts.username is None and parts.password is None and _is_printable(url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and is_plain and valid_port


def _is_strong(secret: str) -> bool:
    try:
        return len(secret) >= SHORTEST_SECRET and len(sending.key_of(secret)) > 0
    except ValueError:
        return False


def _is_host(text: str) -> bool:
    return bool(text) and _is_printable(text) and not set(text) & set("/@?#")


def _is_address(text: str) -> bool:
    before, at, after = text.rpartition("@")
    return bool(before and at and after) and _is_printable(text) and not set(text) & set('<>,;"')


def _is_printable(text: str) -> bool:
    # A line break would begin another header; a space, another address.
    return text.isascii() and text.isprintable() and " " not in text and len(text) <= MAX_ADDRESS


def _wrong(path: str, zh: str, en: str) -> FieldProblem:
    return FieldProblem(path, "invalid", Text(zh, en))
