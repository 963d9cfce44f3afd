"""The alerts' pages: what fires, silence, channels; who may change them, and that it is recorded."""

import pytest
from sqlalchemy import select

from kiosk import clock
from kiosk.hall.alerting import rounds
from kiosk.hall.alerting.model import Channel, Silence
from kiosk.operators.audit import AuditRecord
from tests.builders.clerks import Person, signed_in
from tests.builders.machines import Machine
from tests.builders.many_terminals import a_fleet
from tests.builders.receivers import a_hook, a_post_office, let_tell_itself

SECRET = "a secret that is long enough"
NEW_WEBHOOK, NEW_MAIL = "/alerts/channels/new/webhook", "/alerts/channels/new/mail"


@pytest.fixture
def town(a_hall) -> Machine:
    """A hall with a terminal that may have a copy, as its worker has just noticed."""
    hall = a_hall()
    let_tell_itself(hall)
    a_fleet(hall, 1, clock.now(), cloned_at=clock.now())
    hall.within(rounds.look, hall.parts)
    return hall


@pytest.fixture
def admin(town) -> Person:
    return signed_in(town, "admin")


def acts(hall: Machine) -> list[tuple[str, str]]:
    with hall.reading() as session:
        rows = session.execute(select(AuditRecord.act, AuditRecord.actor).order_by(AuditRecord.seq))
        return [(act, actor) for act, actor in rows if act.startswith("alert.")]


def test_the_page_tells_what_fires_and_that_nobody_is_told(town, admin):
    page = admin.page("/alerts")
    assert "没有通知渠道：谁也收不到告警" in page
    assert "1 项告警" in page
    assert "尚未通知" in page
    assert "没有检查过" not in page
    assert "站点200000" in admin.page("/alerts/list?rule=identity&terminal=200000")
    assert "站点200000" not in admin.page("/alerts/list?rule=clock")
    assert "站点200000" in admin.page("/alerts/list?past=1")


def test_a_hall_whose_worker_does_not_run_says_so(a_hall):
    auditor = signed_in(a_hall(), "auditor")
    assert "还没有检查过" in auditor.page("/alerts")


def test_the_list_goes_on_where_a_page_ends(town, admin):
    a_fleet_more = [str(number) for number in range(300_000, 300_060)]
    with town.writing() as session:
        for number in a_fleet_more:
            session.add(
                rounds.Alert(
                    id=clock.new_id(),
                    rule="clock",
                    terminal=number,
                    since=clock.now(),
                    open_key=f"clock:{number}",
                )
            )
    first = admin.page("/alerts/list?rule=clock")
    (after,) = {part.split('"')[0] for part in first.split("before=")[1:]}
    second = admin.page(f"/alerts/list?rule=clock&before={after}")
    shown = [number for number in a_fleet_more if number in first]
    assert len(shown) == 50
    assert [number for number in a_fleet_more if number in second] == a_fleet_more[:10]
    assert 'rel="next"' not in second


def test_a_silence_begins_and_ends_by_an_admin_and_is_recorded(town, admin):
    asked = "/alerts/silence"
    sent = admin.send(asked, asked, rule="identity", terminal="200000", hours="4", why="换机器")
    assert sent.status_code == 303
    page = admin.page("/alerts")
    assert "换机器" in page
    assert "名字-admin" in page
    with town.reading() as session:
        silence = session.scalars(select(Silence)).one()
    end = f"/alerts/silence/{silence.id}/end"
    assert admin.send("/alerts", end).status_code == 303
    assert "换机器" not in admin.page("/alerts")
    admin.send("/alerts/silence", end)
    assert "这项静默已经结束" in admin.page("/alerts")
    assert acts(town) == [
        ("alert.silenced", admin.operator_id),
        ("alert.silence_ended", admin.operator_id),
    ]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("rule", "weather", "没有这条规则"),
        ("terminal", "999999", "没有这个编号的终端"),
        ("hours", "100000", "请选择静默多久"),
        ("why", " ", "请写明原因"),
    ],
)
def test_a_silence_that_cannot_be_names_the_field_and_stores_nothing(
    town, admin, field, value, words
):
    asked, before = "/alerts/silence", town.row_counts()
    typed = {"rule": "identity", "terminal": "", "hours": "4", "why": "换机器", field: value}
    answer = admin.send(asked, asked, **typed)
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert words in text
    assert f'href="#{field}"' in text
    assert town.row_counts() == before


def test_a_webhook_is_set_up_tried_and_taken_away_and_its_secret_never_shown(town, admin):
    with a_hook() as hook:
        typed = {"name": "值班群", "url": hook.url, "secret": SECRET}
        assert admin.send(NEW_WEBHOOK, NEW_WEBHOOK, **typed).status_code == 303
        page = admin.page("/alerts/channels")
        assert "还没试过" in page
        assert SECRET not in page
        assert hook.url.removesuffix("/alerts") in page
        assert hook.url not in page, "what is behind the host may be a token"
        with town.reading() as session:
            made = session.scalars(select(Channel)).one()
        assert SECRET.encode() not in made.secret
        assert hook.url not in made.settings and hook.url.encode() not in made.secret
        admin.send("/alerts/channels", f"/alerts/channels/{made.id}/test")
        assert [each["kind"] for each in hook.messages] == ["test"]
        assert "测试已送出" in admin.page("/alerts/channels")
        hook.answers = [500]
        admin.send("/alerts/channels", f"/alerts/channels/{made.id}/test")
        page = admin.page("/alerts/channels")
        assert "测试没有送达：HTTP 500" in page
        assert "未送达" in page
    admin.send("/alerts/channels", f"/alerts/channels/{made.id}/remove")
    assert "值班群”已移除" in admin.page("/alerts/channels")
    assert [act for act, _ in acts(town)] == [
        "alert.channel_added",
        "alert.channel_tested",
        "alert.channel_tested",
        "alert.channel_removed",
    ]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/hook",
        "http://localhost:8100/hook",
        "http://[::1]/hook",
        "http://[::ffff:169.254.169.254]/latest",
        "http://169.254.169.254/latest",
        "http://100.100.100.200/latest",
        "http://0.0.0.0/",
    ],
)
def test_a_webhook_to_this_machine_or_a_clouds_own_address_is_refused(a_hall, url):
    hall = a_hall()
    admin = signed_in(hall, "admin")
    answer = admin.send(NEW_WEBHOOK, NEW_WEBHOOK, name="值班", url=url, secret=SECRET)
    assert answer.status_code == 422
    assert 'href="#url"' in answer.get_data(as_text=True)


def test_a_mail_address_is_set_up_and_tried(town, admin):
    with a_post_office() as office:
        typed = {
            **{"name": "邮件", "host": "127.0.0.1", "port": str(office.port), "security": "none"},
            **{"user": "", "secret": "", "sender": "hall@example.org", "to": "a@example.org"},
        }
        assert admin.send(NEW_MAIL, NEW_MAIL, **typed).status_code == 303
        with town.reading() as session:
            made = session.scalars(select(Channel)).one()
        admin.send("/alerts/channels", f"/alerts/channels/{made.id}/test")
        assert "测试告警" in office.letters[0]["Subject"]


@pytest.mark.parametrize(
    ("where", "field", "value"),
    [
        (NEW_WEBHOOK, "name", ""),
        (NEW_WEBHOOK, "url", "ftp://example.org"),
        (NEW_WEBHOOK, "url", "https://user:word@example.org"),
        (NEW_WEBHOOK, "url", "https://example.org:0x/"),
        (NEW_WEBHOOK, "secret", "too short"),
        (NEW_WEBHOOK, "secret", "whsec_%%%%%%%%%%%%%%%%%%%%%%%"),
        (NEW_MAIL, "host", "mail/example"),
        (NEW_MAIL, "port", "70000"),
        (NEW_MAIL, "port", "²"),
        (NEW_MAIL, "security", "rot13"),
        (NEW_MAIL, "sender", "a@b\r\nBcc: c@d"),
        (NEW_MAIL, "to", "nobody"),
        (NEW_MAIL, "to", " ".join(f"a{n}@example.org" for n in range(11))),
        (NEW_MAIL, "secret", ""),
    ],
)
def test_a_channel_that_cannot_be_names_the_field_and_stores_nothing(
    town, admin, where, field, value
):
    before = town.row_counts()
    right = {
        **{"name": "值班", "url": "https://example.org/hook", "secret": SECRET},
        **{"host": "mail.example.org", "port": "587", "security": "starttls", "user": "alerts"},
        **{"sender": "hall@example.org", "to": "a@example.org"},
    }
    answer = admin.send(where, where, **{**right, field: value})
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert f'href="#{field}"' in text
    assert SECRET not in text
    assert town.row_counts() == before


def test_an_auditor_reads_and_changes_nothing_and_a_clerk_sees_nothing(town):
    auditor, clerk = signed_in(town, "auditor"), signed_in(town, "clerk")
    with town.reading() as session:
        session.close()
    for path in ("/alerts", "/alerts/list", "/alerts/channels"):
        page = auditor.page(path)
        assert "静默…" not in page.replace("<", " <")
        assert clerk.get(path).status_code == 403
    for path in ("/alerts/silence", NEW_WEBHOOK, NEW_MAIL):
        assert auditor.get(path).status_code == 403
        assert auditor.send("/alerts", path).status_code == 403
    assert acts(town) == []


def test_what_is_not_there_is_not_found(town, admin):
    assert admin.get("/alerts/channels/new/pigeon").status_code == 404
    assert admin.send("/alerts/silence", "/alerts/channels/none/test").status_code == 404
    assert admin.send("/alerts/silence", "/alerts/channels/none/remove").status_code == 404
    assert admin.send("/alerts/silence", "/alerts/silence/none/end").status_code == 404
