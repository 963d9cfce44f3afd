"""The pages anybody may open: home, search, guide, preferences, scan, progress, staff."""

import io
import re

import pytest

from kiosk.receipts import qr
from kiosk.receipts.number import new_number
from sync.state import Peer
from tests.builders.definitions import written
from tests.builders.machines import Pair
from tests.http.terminal.resident import ITEMS, Forms, Resident, good

OPEN = (
    "/",
    "/search",
    "/search?q=dibao",
    "/browse/life_event",
    "/browse/department",
    "/medical-insurance",
    "/station",
    "/items/MZ-006",
    "/scan",
    "/progress",
    "/staff/sign-in",
    "/no-such-page",
)


@pytest.mark.parametrize("path", OPEN)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_page_has_nothing_inline_and_its_own_words(
    resident: Resident, path: str, language: str
) -> None:
    resident.browser.set_cookie("lang", language)
    resident.open(path)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\ssrc=)", resident.page)
    assert ("暨时办" in resident.text) == (language == "zh")
    assert f'lang="{"zh-CN" if language == "zh" else "en"}"' in resident.page


def test_home_has_search_and_six_doors_and_every_door_opens(resident: Resident) -> None:
    resident.open("/")
    doors = re.findall(r'class="tile[^"]*" href="([^"]+)"', resident.page)
    assert len(doors) == 6
    for door in doors:
        resident.open(door)
        assert resident.status == 200


def test_home_says_calmly_that_the_line_is_cut(small_pair: Pair, resident: Resident) -> None:
    with small_pair.terminal.writing() as session:
        session.get_one(Peer, 1).last_error = "timed out"
    resident.open("/")
    assert "这里照常办理" in resident.text
    assert "timed out" not in resident.text


@pytest.mark.parametrize("query", ["尊老金", "zunlaojin", "zlj", "老年补贴"])
def test_search_finds_by_chinese_pinyin_initials_and_everyday_words(
    resident: Resident, query: str
) -> None:
    resident.open(f"/search?q={query}")
    assert "/items/MZ-006" in resident.links


@pytest.mark.parametrize("shelf", ["life_event", "department"])
def test_a_shelf_shows_its_groups_first_and_then_the_services_of_one(
    resident: Resident, shelf: str
) -> None:
    resident.open(f"/browse/{shelf}")
    assert not [link for link in resident.links if link.startswith("/items/")]
    found = set()
    for group in [link for link in resident.links if f"/browse/{shelf}?of=" in link]:
        resident.open(group)
        found |= {link for link in resident.links if link.startswith("/items/")}
    assert found == {f"/items/{code}" for code in ITEMS}


@pytest.mark.parametrize("path", ["/items/XX-999", "/nowhere"])
def test_an_unknown_address_is_a_page_in_the_same_look(resident: Resident, path: str) -> None:
    resident.open(path)
    assert resident.status == 404
    assert "暨时办" in resident.text


REFUSED = [
    (404, "GET", "/nowhere"),
    (404, "GET", "/items/MZ-006/apply/check"),
    (401, "GET", "/staff"),
    (400, "POST", "/items/MZ-006/apply"),
    (405, "GET", "/items/MZ-006/apply"),
]


@pytest.mark.parametrize(("status", "method", "path"), REFUSED)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_refused_page_has_the_bar_of_every_page_and_a_title_in_words(
    resident: Resident, status: int, method: str, path: str, language: str
) -> None:
    resident.browser.set_cookie("lang", language)
    answer = resident.browser.open(path, method=method)
    assert answer.status_code == status
    for part in ('name="care"', 'name="lang"', "bar__place", "foot__fact"):
        assert part in answer.text
    title = re.search(r"<title>(.+) · ", answer.text)
    assert title and not re.search(r"\d", title[1])
    assert f"<h1>{title[1]}</h1>" in answer.text


def test_a_language_chosen_on_a_refused_post_leads_to_a_page_that_can_be_shown(
    resident: Resident,
) -> None:
    refused = resident.browser.post("/items/MZ-006/apply")
    assert 'name="back" value="/"' in refused.text
    resident.open("/scan")
    resident.send({"text": ""})
    assert 'name="back" value="/scan"' in resident.page


def test_language_and_large_text_stay_chosen(resident: Resident) -> None:
    resident.open("/station")
    token = next(hidden for _, hidden in Forms(resident.page).forms)
    resident.browser.post("/preferences", data={**token, "care": "on"})
    resident.browser.post("/preferences", data={**token, "lang": "en"})
    resident.open("/")
    assert 'data-weui-mode="care"' in resident.page
    assert "What can we do for you today?" in resident.text


def test_how_large_and_how_dark_stay_chosen_and_nothing_else_is_taken(resident: Resident) -> None:
    resident.open("/station")
    token = next(hidden for _, hidden in Forms(resident.page).forms)
    assert 'data-theme="auto"' in resident.page and "data-size" not in resident.page
    for chosen in ({"care": "on"}, {"size": "largest"}, {"theme": "dark"}, {"theme": "pink"}):
        resident.browser.post("/preferences", data={**token, **chosen})
    resident.open("/")
    assert 'data-theme="dark"' in resident.page and 'data-size="largest"' in resident.page


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", ""])
def test_a_preference_leads_nowhere_outside(resident: Resident, back: str) -> None:
    resident.open("/")
    token = next(hidden for _, hidden in Forms(resident.page).forms)
    answer = resident.browser.post("/preferences", data={**token, "care": "on", "back": back})
    assert answer.location == "/"


HOSTILE = [
    "javascript:alert(1)",
    "http://evil.example/",
    "a\r\nLocation: /x",
    "x\x00y\u202e",
    "=HYPERLINK(1)",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_foreign_code_is_shown_as_text_and_never_followed(resident: Resident, text: str) -> None:
    resident.open("/scan")
    resident.send({"text": text})
    assert resident.status == 200
    assert resident.at == "/scan"
    assert not [link for link in resident.links if not link.startswith(("/", "#"))]
    assert "\u202e" not in resident.page
    assert "\x00" not in resident.page


def test_the_picture_of_a_poster_leads_to_its_guide_when_confirmed(resident: Resident) -> None:
    resident.open("/scan")
    poster = qr.png(qr.payload("item", "MZ-006"))
    resident.send({"image": (io.BytesIO(poster), "poster.png")})
    assert resident.at == "/scan"
    assert "/items/MZ-006" in resident.links


def test_a_scanned_receipt_leads_to_progress_and_the_token_is_in_no_address(
    resident: Resident, small_pair: Pair
) -> None:
    item = ITEMS["MZ-006"]
    resident.apply_for(item, good(item))
    resident.give_all_materials()
    resident.sign()
    number = resident.number
    with resident.browser.session_transaction() as session:
        token = session["receipt"]["token"]
    other = Resident(small_pair.terminal)
    other.open("/scan")
    other.send({"text": qr.payload("receipt", token)})
    assert token not in "".join(other.links)
    other.send(action="/progress")
    assert other.at == "/progress/case"
    assert number in other.text
    assert token not in other.page.replace(qr.payload("receipt", token), "")


def test_progress_needs_the_second_fact_and_says_nothing_about_which_was_wrong(
    resident: Resident, small_pair: Pair
) -> None:
    item = ITEMS["MZ-006"]
    resident.apply_for(item, good(item))
    resident.give_all_materials()
    resident.sign()
    number, tail = resident.number, good(item)["applicant"]["id_number"][-4:]
    other = Resident(small_pair.terminal)
    answers = []
    for attempt in ((number, "0000"), (new_number(number.replace(" ", "")[:6]), tail)):
        other.open("/progress")
        other.send({"number": attempt[0], "id_tail": attempt[1]})
        assert other.status == 422
        answers.append(other.text)
    assert answers[0] == answers[1]
    other.send({"number": number, "id_tail": tail})
    assert other.at == "/progress/case"
    other.open("/progress/withdraw")
    other.send()
    assert "已撤回" in other.text


def test_the_queue_is_for_staff_who_signed_in(resident: Resident, staff: tuple[str, str]) -> None:
    resident.open("/staff")
    assert resident.status == 401
    resident.open("/staff/sign-in")
    resident.send({"username": staff[0], "password": "wrong"})
    assert resident.status == 401
    resident.send({"username": staff[0], "password": staff[1]})
    assert resident.at == "/staff"
    assert "待上传" in resident.text


def test_pages_with_entries_are_kept_by_no_cache(resident: Resident) -> None:
    resident.open("/items/MZ-006")
    resident.send(action="/apply")
    answer = resident.browser.get(resident.at)
    assert answer.cache_control.no_store


def test_a_post_without_the_token_is_refused(resident: Resident) -> None:
    assert resident.browser.post("/items/MZ-006/apply").status_code == 400


def test_every_catalogue_item_has_a_guide_and_a_poster(resident: Resident) -> None:
    for code in written().items:
        resident.open(f"/items/{code}")
        assert resident.status == 200
        assert resident.browser.get(f"/items/{code}/poster.svg").mimetype == "image/svg+xml"


def test_only_the_search_page_loads_what_searches(resident: Resident) -> None:
    scripts = {}
    for path in ("/", "/search"):
        resident.open(path)
        scripts[path] = re.findall(r'<script type="module" src="/static/js/(\w+)', resident.page)
    assert scripts == {"/": ["app", "wedge", "aloud"], "/search": ["app", "wedge", "search"]}
