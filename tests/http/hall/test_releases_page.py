"""The page of releases: what is current, who has it, who refuses it and why; and who may look."""

import pytest

from kiosk.hall.refusals import REFUSALS
from sync.ledger import Terminal
from tests.builders.cases import SHORT_ITEM, a_case_at
from tests.builders.clerks import Person, a_stranger, signed_in
from tests.builders.releases import released, renamed, with_field


def refusing(pair, release: str, code: str) -> None:
    with pair.hall.writing() as session:
        terminal = session.get_one(Terminal, pair.terminal_id)
        terminal.refused_release, terminal.refusal = release, code


def test_the_page_says_how_many_terminals_have_the_current_release(small_pair):
    a_case_at(small_pair.terminal)
    small_pair.settle()
    shipped = small_pair.terminal.parts.releases.shipped
    made = released(small_pair.hall, renamed(shipped, SHORT_ITEM))
    admin = signed_in(small_pair.hall, "admin")
    before = admin.page("/releases")
    assert made[:12] in before
    assert shipped.release[:12] in before
    assert "0 台，共 1 台" in before
    assert "正在路上" in before
    small_pair.settle()
    after = admin.page("/releases")
    assert "1 台，共 1 台" in after
    assert "全部终端都已用上" in after


@pytest.mark.parametrize("code", [*REFUSALS, "something new"])
def test_a_refusal_is_told_in_words_on_both_pages(small_pair, code):
    shipped = small_pair.terminal.parts.releases.shipped
    made = released(small_pair.hall, renamed(shipped, SHORT_ITEM))
    small_pair.settle()
    refusing(small_pair, made, code)
    admin = signed_in(small_pair.hall, "admin")
    words = REFUSALS[code].zh if code in REFUSALS else "something new"
    assert words in admin.page("/releases")
    page = admin.page("/terminals")
    assert words in page
    assert "没有收下新的事项目录" in page


def test_a_terminal_with_an_older_release_is_said_to_have_one(small_pair):
    small_pair.settle()
    admin = signed_in(small_pair.hall, "admin")
    assert "比中心的旧" not in admin.page("/terminals")
    released(small_pair.hall, renamed(small_pair.terminal.parts.releases.shipped, SHORT_ITEM))
    assert "比中心的旧" in admin.page("/terminals")


def test_auditors_look_too_clerks_and_strangers_do_not(small_pair):
    assert signed_in(small_pair.hall, "auditor").get("/releases").status_code == 200
    assert signed_in(small_pair.hall, "clerk").get("/releases").status_code == 403
    stranger: Person = a_stranger(small_pair.hall)
    assert stranger.get("/releases").status_code == 303


def test_the_api_tells_the_refusal_in_the_readers_language(small_pair):
    shipped = small_pair.terminal.parts.releases.shipped
    made = released(small_pair.hall, renamed(shipped, SHORT_ITEM))
    refusing(small_pair, made, "format")
    admin = signed_in(small_pair.hall, "admin")
    (told,) = admin.client.get("/api/v1/terminals", headers={"Accept-Language": "en"}).get_json()[
        "terminals"
    ]
    assert told["refused_release"] == made
    assert told["refusal"] == REFUSALS["format"].en
    assert told["is_older"] is True


@pytest.mark.parametrize("release", [5, "", "x" * 500, {"a": 1}])
def test_a_strange_report_of_a_release_breaks_no_page(small_pair, release):
    status = small_pair._status

    def strange(session):
        told = {"release": release, "reason": release}
        return {**status(session), "release": release, "release_refused": told}

    object.__setattr__(small_pair, "_status", strange)
    small_pair.pull()
    assert signed_in(small_pair.hall, "admin").get("/terminals").status_code == 200


def test_what_changed_between_two_releases_is_told_by_the_labels_people_know(small_pair):
    hall, shipped = small_pair.hall, small_pair.terminal.parts.releases.shipped
    released(hall, shipped.content)
    made = released(hall, with_field(shipped, SHORT_ITEM))
    admin = signed_in(hall, "admin")
    page = admin.page(f"/releases/compare?old={shipped.release}&new={made}")
    section = shipped.item(SHORT_ITEM).sections[0].title.zh
    assert f"部分 · {section} · 问题 · 小名" in page
    assert "新增 0 项，取消 0 项，变更 1 项" in page
    assert "取消" in admin.page(f"/releases/compare?old={made}&new={shipped.release}")
    assert "没有差别" in admin.page(f"/releases/compare?old={made}&new={made}")
    assert "读不出来" in admin.page(f"/releases/compare?old={made}&new={'0' * 64}")
