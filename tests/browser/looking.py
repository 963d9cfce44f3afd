"""What is seen at a glance on any page: glyphs that are drawn, nothing past the edge.

Knows nothing of the product's pages.
"""

import re
from pathlib import Path

from playwright.sync_api import Page

# Draws every Chinese character of the page in the page's own fonts, and one that no font has.
_TOFU = """() => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 40;
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  brush.font = `32px ${getComputedStyle(document.body).fontFamily}`;
  brush.textBaseline = "top";
  const ink = (character) => {
    brush.clearRect(0, 0, 40, 40);
    brush.fillText(character, 2, 2);
    return brush.getImageData(0, 0, 40, 40).data.join();
  };
  const [nothing, box] = [ink(" "), ink("\\u{4FFFD}")];
  const words = document.body.innerText.match(/\\p{Script=Han}/gu) ?? [];
  const different = [...new Set(words)];
  return {
    characters: different.length,
    missing: different.filter((character) => [nothing, box].includes(ink(character))).join(""),
  };
}"""

# Wider than the window, and not inside something that scrolls by itself.
_TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  const found = [document.documentElement, document.body]
    .filter((element) => element.scrollWidth > width).map((element) => element.tagName);
  for (const element of document.querySelectorAll("main *, header *, footer *")) {
    const box = element.getBoundingClientRect();
    if (box.width > 0 && box.right > width + 1 && !element.closest("svg")) {
      found.push(`${element.tagName}.${element.className} to ${Math.round(box.right)}`);
    }
  }
  return found;
}"""


def assert_well_drawn(page: Page) -> None:
    """Chinese is drawn and not boxes in its place; nothing has to be scrolled sideways to."""
    drawn = page.evaluate(_TOFU)
    assert drawn["characters"] >= 20, page.url
    assert drawn["missing"] == "", page.url
    assert page.evaluate(_TOO_WIDE) == [], page.url


def keep_picture(page: Page, folder: Path, name: str) -> None:
    """Save the whole page as `name`.png."""
    file = re.sub(r"[^a-z0-9]+", "-", name.lower()) + ".png"
    page.screenshot(path=folder / file, full_page=True)
