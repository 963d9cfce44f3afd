"""Notices to real receivers: signed, tried again when not taken, never twice, never in the clear."""

import base64
import hashlib
import hmac
import ssl
import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from kiosk.hall.alerting import channels, outbox, sending
from kiosk.hall.alerting.model import Channel, Notice
from kiosk.hall.alerting.sending import NotSent
from tests.builders.many_terminals import a_fleet
from tests.builders.receivers import a_certificate, a_hook, a_post_office, a_trickle
from tests.unit.kiosk.hall.alerting.conftest import OPEN, SECRET

MAIL = {"host": "127.0.0.1", "security": "none", "user": "", "sender": "hall@example.org"}
MESSAGE = {
    "title": {"zh": "测试告警", "en": "Test of the alerts"},
    "hint": None,
    "at": "2026-11-25T02:00:00+00:00",
    "rules": [],
}


def trouble(watch):
    return a_fleet(watch.hall, 1, OPEN, cloned_at=OPEN)


def notices(watch):
    with watch.hall.reading() as session:
        return session.scalars(select(Notice)).all()


def the_channel(watch):
    with watch.hall.reading() as session:
        return session.scalars(select(Channel)).one()


@pytest.mark.parametrize("secret", [SECRET, "whsec_" + base64.b64encode(b"k" * 32).decode()])
def test_a_webhook_can_prove_who_sent_it_and_when(secret):
    with a_hook() as hook:
        sending.webhook({"url": hook.url}, secret, "a-notice", MESSAGE, may_be_local=True)
        ((headers, body),) = hook.came
    key = b"k" * 32 if secret.startswith("whsec_") else secret.encode()
    signed = b"a-notice." + headers["webhook-timestamp"].encode() + b"." + body
    proof = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{proof}"
    assert headers["webhook-id"] == "a-notice"


def test_a_webhook_that_fails_is_tried_again_with_longer_waits_and_the_same_id(watch):
    trouble(watch)
    watch.hook.answers = [500, 503]
    watch.settle()
    assert the_channel(watch).problem == "HTTP 500"
    watch.later(outbox.wait_after(1) - timedelta(seconds=1))
    watch.look()
    assert len(watch.hook.came) == 1
    watch.later(timedelta(seconds=1))
    watch.look()
    assert the_channel(watch).problem == "HTTP 503"
    watch.later(outbox.wait_after(2))
    watch.look()
    assert len(watch.hook.came) == 3
    watch.later(outbox.LONGEST_WAIT)
    sent_at = watch.now - outbox.LONGEST_WAIT
    watch.hall.within(outbox.send_due, watch.hall.parts)
    assert len(watch.hook.came) == 3
    assert len({headers["webhook-id"] for headers, _ in watch.hook.came}) == 1
    assert the_channel(watch).problem is None
    assert [each.sent_at for each in notices(watch)] == [sent_at]


def test_after_many_hours_a_notice_is_given_up(watch):
    trouble(watch)
    watch.hook.answers = [500] * 100
    watch.settle()
    for _ in range(outbox.TRIES + 2):
        watch.later(outbox.LONGEST_WAIT)
        watch.look()
    first = min(notices(watch), key=lambda each: each.made_at)
    assert (first.tries, first.due_at, first.sent_at) == (outbox.TRIES, None, None)


def test_a_webhook_that_does_not_answer_in_time_is_not_sent(monkeypatch):
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 0.05)
    with a_hook() as hook:
        hook.thinks = 0.2
        with pytest.raises(NotSent, match="no answer in time"):
            sending.webhook({"url": hook.url}, SECRET, "a-notice", MESSAGE, may_be_local=True)


def test_a_receiver_that_answers_byte_by_byte_is_cut_off_in_time(monkeypatch):
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 0.3)
    with a_trickle(b"HTTP/1.1 200 OK\r\nX: ") as port:
        settings, begun = {"url": f"http://127.0.0.1:{port}/"}, time.monotonic()
        with pytest.raises(NotSent, match="no answer in time"):
            sending.webhook(settings, SECRET, "a-notice", MESSAGE, may_be_local=True)
        assert time.monotonic() - begun < 1.5


@pytest.mark.parametrize("security", ["none", "tls", "starttls"])
def test_a_mail_server_that_answers_byte_by_byte_is_cut_off_in_time(monkeypatch, security):
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 0.3)
    # A record of TLS that never ends, or a greeting.
    begin = b"\x16\x03\x03\x40\x00" if security == "tls" else b"220 "
    with a_trickle(begin) as port:
        settings = {**MAIL, "port": port, "security": security, "to": ["a@example.org"]}
        begun = time.monotonic()
        with pytest.raises(NotSent):
            sending.mail(settings, "", "a-notice", MESSAGE)
        assert time.monotonic() - begun < 1.5


def test_a_name_that_stands_for_this_machine_is_refused_when_it_is_told():
    with a_hook() as hook:
        url = hook.url.replace("127.0.0.1", "localhost")
        with pytest.raises(NotSent, match="this machine"):
            sending.webhook({"url": url}, SECRET, "a-notice", MESSAGE)
        assert hook.came == []


def test_a_round_begins_nothing_more_when_receivers_have_held_it_up(watch, monkeypatch):
    trouble(watch)
    monkeypatch.setattr(outbox, "_LONGEST_SECONDS", -1.0)
    watch.settle()
    assert watch.hook.came == []


def test_a_webhook_that_leads_elsewhere_is_not_followed():
    with a_hook() as hook:
        hook.answers = [302]
        with pytest.raises(NotSent, match="HTTP 302"):
            sending.webhook({"url": hook.url}, SECRET, "a-notice", MESSAGE, may_be_local=True)
        assert len(hook.came) == 1


def test_a_receiver_that_is_not_there_is_told_to_the_admin(watch):
    with a_hook() as gone:
        url = gone.url
    with pytest.raises(NotSent, match="ConnectionRefusedError"):
        sending.webhook({"url": url}, SECRET, "a-notice", MESSAGE, may_be_local=True)


def test_a_worker_that_dies_over_a_notice_leaves_it_to_the_next(watch, monkeypatch):
    trouble(watch)
    with monkeypatch.context() as patch:
        patch.setattr(sending, "send", dies)
        with pytest.raises(SystemExit):
            watch.settle()
    watch.look()
    assert watch.hook.came == []
    watch.later(outbox.TAKEN_FOR)
    watch.look()
    assert watch.told() == [("firing", "identity", 1)]


def dies(*_: object, **_more: object) -> None:
    raise SystemExit


def test_a_mail_comes_in_both_languages_and_once(watch):
    (number,) = trouble(watch)
    with a_post_office() as office:
        typed = {
            **MAIL,
            "name": "邮件",
            "port": str(office.port),
            "to": "a@example.org b@example.org",
        }
        watch.hall.within(channels.add, watch.hall.parts, "mail", typed, "an operator")
        watch.settle()
        watch.look()
        (letter,) = office.letters
    assert "身份可疑" in letter["Subject"]
    text = letter.get_content()
    assert "Doubtful identity (1)" in text
    assert number in text
    assert "Asia/Shanghai" in text
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["To"] == "a@example.org, b@example.org"


def test_a_mail_server_that_refuses_is_tried_again(watch):
    trouble(watch)
    with a_post_office() as office:
        typed = {**MAIL, "name": "邮件", "port": str(office.port), "to": "a@example.org"}
        made = watch.hall.within(channels.add, watch.hall.parts, "mail", typed, "an operator")
        office.refuses = "451 4.3.0 Try again later"
        watch.settle()
        assert watch.hall.within(channels.find, made.id).problem == "SMTPRecipientsRefused"
        office.refuses = ""
        watch.later(outbox.wait_after(1))
        watch.look()
        assert len(office.letters) == 1
    assert watch.told() == [("firing", "identity", 1)]


@pytest.fixture
def trusted(tmp_path, monkeypatch):
    """A server's side of TLS for this machine, whose certificate our side trusts."""
    certificate = a_certificate(tmp_path / "server.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_a_mail_goes_encrypted_and_signed_in_where_the_server_asks_for_it(trusted):
    with a_post_office(trusted) as office:
        settings = {**MAIL, "port": office.port, "security": "starttls", "to": ["a@example.org"]}
        settings = {**settings, "user": office.user}
        with pytest.raises(NotSent, match="SMTPAuthenticationError 535"):
            sending.mail(settings, "another password", "a-notice", MESSAGE)
        sending.mail(settings, office.password, "a-notice", MESSAGE)
        assert office.came == [(True, office.user)]


def test_a_mail_server_with_a_strangers_certificate_gets_nothing(trusted, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with a_post_office(trusted) as office:
        settings = {**MAIL, "port": office.port, "security": "starttls", "to": ["a@example.org"]}
        with pytest.raises(NotSent, match="SSLCertVerificationError"):
            sending.mail(settings, "", "a-notice", MESSAGE)
        assert office.letters == []
