"""A small queue goes to the hall and back as codes on screens, filmed by cameras."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Playwright, expect

from kiosk.receipts import qr
from sync.qr_run import texts_of
from tests.browser import hallway, premises
from tests.browser.chromium import chromium
from tests.browser.premises import Premises
from tests.browser.resident import Resident
from tests.browser.staffed import staffed
from tests.builders.carriers import entries_at_hall, place
from tests.builders.cases import a_case_at
from tests.builders.clerks import PASSWORD, an_account
from tests.builders.pictures import encoded
from tests.codes import lens

pytestmark = pytest.mark.browser

#: Frames of the film that show one code: 0.4 s at the 30 frames of a film without times.
EACH = 12


@pytest.fixture
def here(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Premises]:
    with premises.opened(tmp_path, migrated_sqlite) as opened:
        yield opened


def a_film_of_codes(codes: list[Image.Image], file: Path) -> Path:
    """Codes that go round on a screen, as a camera on a stand sees them, a little turned."""
    frames = []
    for number, code in enumerate(codes):
        seen = lens.turned(code.convert("L").resize((600, 600)), 3)
        picture = lens.out_of_focus(lens.dim(lens.on_table(seen, ground=60), 0.9, base=15), 0.8)
        frames += [encoded(picture.convert("RGB"), quality=85)] * EACH
        # Between two codes the screen shows half of each.
        after = codes[(number + 1) % len(codes)]
        mixed = lens.on_table(lens.turned(after.convert("L").resize((600, 600)), 3), ground=60)
        frames.append(encoded(Image.blend(picture, mixed, 0.5).convert("RGB"), quality=85))
    file.write_bytes(b"".join(frames))
    return file


def drawn(texts: list[str]) -> list[Image.Image]:
    return [Image.open(io.BytesIO(qr.png(text, "M", 6))) for text in texts]


@contextmanager
def filming(playwright: Playwright, film: Path, new_page: Callable[..., Page]) -> Iterator[Page]:
    """A browser whose camera sees the film."""
    with chromium(
        playwright,
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ) as with_camera:
        yield new_page(with_camera)


def sign_in(page: Page, address: str, name: str, password: str) -> None:
    page.goto(address)
    page.locator("#username").fill(name)
    page.locator("#password").fill(password)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.locator("#username")).to_have_count(0)


def pictures_of_the_codes(page: Page) -> list[Image.Image]:
    """Watch the codes go round once, then take a picture of each."""
    codes = page.locator("[data-code]")
    expect(page.locator("[data-code]:visible")).to_have_count(1)
    total = codes.count()
    # They go round by themselves; each is drawn large enough for a camera.
    expect(page.locator("[data-loop-at]")).not_to_have_text("1")
    page.get_by_role("button", name="停在这里").click()
    shots = []
    for _ in range(total):
        expect(page.locator("[data-code]:visible")).to_have_count(1)
        image = page.locator("[data-code]:visible img")
        image.evaluate("(code) => code.decode()")
        assert image.bounding_box()["width"] > 700
        shots.append(Image.open(io.BytesIO(image.screenshot())))
        page.get_by_role("button", name="下一个码").click()
    return shots


def test_cases_go_to_the_hall_and_the_answer_comes_back_by_cameras(
    here: Premises,
    new_page: Callable[..., Page],
    playwright: Playwright,
    tmp_path: Path,
) -> None:
    for _ in range(2):
        a_case_at(here.terminal)
    station = staffed(here, Resident(new_page(), here.hallway.address), Resident(new_page(), ""))
    # The account that signed in came over the line, which is cut from now on.
    here.pair.line.is_down = True
    a_case_at(here.terminal)
    staff = station.staff
    staff.open("/staff/carrier")
    staff.press("显示搬运码")
    shots = pictures_of_the_codes(staff.page)
    to_hall = a_film_of_codes(shots, tmp_path / "to-hall.mjpeg")
    an_account(here.pair.hall, "admin")
    with (
        hallway.serving(here.pair.hall) as hall,
        filming(playwright, to_hall, new_page) as page,
    ):
        sign_in(page, f"{hall.address}/sign-in", "admin", PASSWORD)
        page.goto(f"{hall.address}/carriers/camera")
        expect(page.locator("[data-seen]")).to_contain_text("已读", timeout=20_000)
        expect(page.locator("h1")).to_have_text("给站点的搬运码", timeout=60_000)
        assert entries_at_hall(here.pair) == 3
    number = here.pair.known_terminal().number
    answer = (here.pair.hall.parts.config.data_dir / "carriers" / f"{number}.jsc").read_bytes()
    to_station = a_film_of_codes(drawn(texts_of(answer)), tmp_path / "to-station.mjpeg")
    with filming(playwright, to_station, new_page) as page:
        sign_in(page, f"{here.hallway.address}/staff/sign-in", *premises.STAFF)
        page.goto(f"{here.hallway.address}/staff/carrier/camera")
        expect(page.locator("h1")).to_have_text("用U盘搬运", timeout=60_000)
        expect(page.locator("main")).to_contain_text("中心已确认 1 条记录")
    assert place(here.pair) == (1, 3)


def test_without_script_all_codes_stand_below_each_other(
    here: Premises, new_page: Callable[..., Page]
) -> None:
    station = staffed(
        here,
        Resident(new_page(java_script_enabled=False), here.hallway.address),
        Resident(new_page(), ""),
    )
    a_case_at(here.terminal)
    station.staff.open("/staff/carrier")
    station.staff.press("显示搬运码")
    codes = station.staff.page.locator("[data-code] img")
    assert codes.count() > 1
    assert all(codes.nth(each).is_visible() for each in range(codes.count()))
