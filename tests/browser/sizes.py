"""One open page in every window and every look, and what is amiss there.

The page is not loaded again: its window is made another size, and it is dressed as people choose.
Knows nothing of the product's pages. Neighbours: `measuring.py` and `looking.py` say what is amiss,
`test_screens.py` has the pages.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from tests.browser import looking, measuring
from tests.browser.measuring import (
    FINGER,
    OLD_FINGER,
    SMALLEST,
    SMALLEST_KIOSK,
    SMALLEST_LARGE,
)

Camera = Callable[[Page, str], None]
Rules = dict[str, Any]


@dataclass(frozen=True)
class Look:
    """How a page is dressed, the least sizes in CSS pixels there (0: not asked), axe's rules."""

    name: str = ""
    theme: str = "light"
    target: int = 0
    text: int = 0
    axe: Rules | None = None

    @property
    def size(self) -> str:
        return self.name if self.name in ("large", "largest") else ""


@dataclass(frozen=True)
class Window:
    """Width and height in CSS pixels, and the looks a page is given in it."""

    width: int
    height: int
    looks: tuple[Look, ...]


def plain(text: int, axe: Rules | None = None) -> Look:
    return Look("", "light", FINGER, text, axe)


def large(text: int, axe: Rules | None = None) -> Look:
    return Look("large", "light", OLD_FINGER, text, axe)


LARGEST = Look("largest")
NIGHT = Look("dark", "dark", axe=measuring.CONTRAST)

#: Axe looks at three sizes, in large text and by night; each of these once, because it costs the
#: most. What fits the smallest phone fits a usual one, and in large text what is left out in ordinary
#: text: "zoomed" is a window 1,280 wide that is magnified to 200 %.
WINDOWS = {
    "phone": Window(
        360,
        740,
        (plain(SMALLEST, measuring.ALL_RULES), large(SMALLEST_LARGE), LARGEST, NIGHT),
    ),
    "zoomed": Window(640, 400, (large(SMALLEST_LARGE),)),
    "tablet": Window(1024, 768, (plain(SMALLEST), large(SMALLEST_LARGE, measuring.ALL_RULES))),
    "kiosk": Window(
        1080,
        1920,
        (plain(SMALLEST_KIOSK, measuring.ALL_RULES), large(SMALLEST_KIOSK), LARGEST),
    ),
    "broad": Window(1920, 1080, (plain(SMALLEST_KIOSK), large(SMALLEST_KIOSK))),
    "night": Window(1080, 1920, (NIGHT,)),
}
KIOSK = ("kiosk", "broad", "night")
ALL = ("phone", "zoomed", "tablet", "kiosk", "broad")

# All at once: the way to the browser and back takes longer than the measuring.
_MEASURED = f"""([look, target, text]) => {{
  ({measuring.LOOK})(look);
  const found = [...({looking.TOO_WIDE})(), ...({looking.CUT})()];
  if (target) found.push(...({measuring.SMALL_TARGETS})(target));
  if (text) found.push(...({measuring.SMALL_TEXT})(text));
  return found;
}}"""


def amiss_on(
    page: Page, sizes: tuple[str, ...], camera: Camera | None, *, is_like_another: bool
) -> Iterator[str]:
    """Everything that is amiss on the page that is open, in these windows, in every look.

    `is_like_another`: made of the same parts as a page that was looked at before; axe then looks at
    it in the first window and by night alone.
    """
    looking.assert_well_drawn(page)
    yield from (f"to a screen reader: {each}" for each in measuring.tree_amiss(page))
    for size in sizes:
        window = WINDOWS[size]
        page.set_viewport_size({"width": window.width, "height": window.height})
        for look in window.looks:
            found = amiss_in(page, look)
            if look.axe and (not is_like_another or size in (sizes[0], "night")):
                found += measuring.axe_findings(page, look.axe)
            yield from (f"{size} {look.name}: {each}" for each in found)
            if camera:
                camera(page, f"{size} {look.name}")
    measuring.wear(page)


def amiss_in(page: Page, look: Look) -> list[str]:
    """Dress the page; what does not fit or is too small there."""
    worn = {"size": look.size, "theme": look.theme}
    found: list[str] = page.evaluate(_MEASURED, [worn, look.target, look.text])
    return found
