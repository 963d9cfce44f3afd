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
    return new Uint32Array(brush.getImageData(0, 0, 40, 40).data.buffer);
  };
  // Most differ within a few pixels; there are hundreds on a page.
  const same = (one, other) => {
    for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false;
    return true;
  };
  const [nothing, box] = [ink(" "), ink("\\u{4FFFD}")];
  const words = document.body.innerText.match(/\\p{Script=Han}/gu) ?? [];
  const different = [...new Set(words)];
  return {
    characters: different.length,
    missing: different.filter((character) => {
      const drawn = ink(character);
      return same(drawn, nothing) || same(drawn, box);
    }).join(""),
  };
}"""

# Wider than the window, and not inside what scrolls by itself: the one table of many figures.
TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  const found = [document.documentElement, document.body]
    .filter((element) => element.scrollWidth > width).map((element) => element.tagName);
  for (const element of document.querySelectorAll("main *, header *, footer *")) {
    const box = element.getBoundingClientRect();
    if (box.width > 0 && box.right > width + 1 && !element.closest("svg, .statistics table")) {
      found.push(`${element.tagName}.${element.className} to ${Math.round(box.right)}`);
    }
  }
  return found;
}"""


# Words that their box does not show: hidden overflow, or a placeholder longer than its input.
CUT = """() => {
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    // A box for files lies unseen over its label.
    const seen = style.opacity !== "0" && !element.closest("svg, .unseen");
    const hides = ["hidden", "clip"].includes(style.overflowX) && seen;
    if (hides && box.width > 1 && element.scrollWidth > element.clientWidth + 1) {
      found.push(`${element.tagName}.${element.className} hides a part of its words`);
    }
  }
  const brush = document.createElement("canvas").getContext("2d");
  for (const input of document.querySelectorAll("input[placeholder]")) {
    const words = getComputedStyle(input, "::placeholder");
    const style = getComputedStyle(input);
    brush.font = `${words.fontWeight} ${words.fontSize} ${style.fontFamily}`;
    const room = input.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const wanted = brush.measureText(input.placeholder).width;
    if (wanted > room) {
      found.push(`placeholder ${Math.round(wanted)} in ${Math.round(room)} pixels`);
    }
  }
  return found;
}"""


def assert_well_drawn(page: Page) -> None:
    """Chinese is drawn and not boxes; nothing is cut or has to be scrolled sideways to."""
    drawn = page.evaluate(_TOFU)
    assert drawn["characters"] >= 20, page.url
    assert drawn["missing"] == "", page.url
    assert what_does_not_fit(page) == [], page.url


def what_does_not_fit(page: Page) -> list[str]:
    """Every place where something lies past the edge or is cut."""
    wide: list[str] = page.evaluate(TOO_WIDE)
    return [*wide, *what_is_cut(page)]


def what_is_cut(page: Page) -> list[str]:
    """Every place of the page where words are not shown whole."""
    found: list[str] = page.evaluate(CUT)
    return found


def keep_picture(page: Page, folder: Path, name: str) -> None:
    """Save the whole page as `name`.png."""
    file = re.sub(r"[^a-z0-9]+", "-", name.lower()) + ".png"
    page.screenshot(path=folder / file, full_page=True)
