"""The hall sees the tablets of its terminals, and shuts one out by the feed."""

import re

from kiosk.devices import register
from tests.builders.clerks import signed_in
from tests.builders.tablets import a_tablet
from tests.http.tablet.conftest import STAFF


def test_the_hall_shows_a_terminals_tablets_and_shuts_one_out_at_the_next_contact(pair):
    tablet = a_tablet(pair.terminal, "窗口7")
    tablet.sign_in(*STAFF)
    tablet.post("/state", {"backlog": 2, "oldest": "1995-11-20T08:00:00+08:00"})
    pair.settle()
    admin = signed_in(pair.hall, "admin")
    assert "窗口7" in admin.page("/terminals") and "2 件未送达" in admin.page("/terminals")
    [told] = admin.client.get("/api/v1/terminals").get_json()["terminals"][0]["devices"]
    assert (told["name"], told["backlog"]) == ("窗口7", 2)
    assert told["oldest_at"] == "1995-11-20T00:00:00+00:00"
    [asked] = re.findall(r'href="(/terminals/\d+/tablets/[^"]+/revoke)"', admin.page("/terminals"))
    assert "2 件没有送达" in admin.page(asked)
    assert admin.send(asked, asked).status_code == 303
    assert "窗口7”将在终端下次联系时停用" in admin.page("/terminals")
    assert "下次联系时停用" in admin.page("/terminals"), "not as what was just done, but for good"
    assert tablet.get().status_code == 200, "the terminal has not heard of it"
    pair.settle()
    assert tablet.get().get_json()["code"] == "device-revoked"
    assert pair.terminal.within(register.find, tablet.id).revoked_by == "hall"
    assert "已停用" in admin.page("/terminals")
    assert pair.terminal.within(register.revoke, tablet.id, "somebody").revoked_by == "hall"
