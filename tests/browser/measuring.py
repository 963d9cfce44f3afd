"""What is measured on any page: sizes of targets and of text, axe's findings, the accessibility tree.

Knows nothing of the product's pages but how they are made to change their look: attributes of the
document. Neighbours: `looking.py` has what is seen at a glance.
"""

from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"

# In CSS pixels: 44 is what a finger needs, 60 what an old one does (长辈版); text is at least 16 px
# at reading distance, 18 px for old eyes, 32 px on a kiosk at 60 cm.
FINGER, OLD_FINGER = 44, 60
SMALLEST, SMALLEST_LARGE, SMALLEST_KIOSK = 16, 18, 32
LARGEST = 30

# Every control that is seen, smaller than `least` in one direction. A choice is as large as its label.
SMALL_TARGETS = """(least) => {
  const found = [];
  const controls = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  for (const control of document.querySelectorAll(controls)) {
    const chosen = control.matches("[type=radio], [type=checkbox]");
    const label = chosen && (control.closest("label") ?? control.labels[0]);
    const box = (label || control).getBoundingClientRect();
    const seen = control.checkVisibility({ visibilityProperty: true }) && box.right > 0;
    if (!seen || control.matches(".skip, .unseen, :disabled")) continue;
    // Some are pressed beyond what is drawn of them.
    const around = getComputedStyle(control, "::after");
    const more = (one, other) => (around.position === "absolute" && around.content !== "none"
      ? Math.max(0, -parseFloat(around[one])) + Math.max(0, -parseFloat(around[other])) : 0);
    const width = box.width + more("left", "right");
    const height = box.height + more("top", "bottom");
    if (width < least - 0.5 || height < least - 0.5) {
      const name = control.getAttribute("aria-label") ?? (control.innerText || control.name);
      found.push(`${name} is ${Math.round(width)} × ${Math.round(height)}`);
    }
  }
  return found;
}"""

# Words that are seen and smaller than `least`; what only decorates is hidden from all readers.
SMALL_TEXT = """(least) => {
  const found = new Set();
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const element = words.currentNode.parentElement;
    const text = words.currentNode.textContent.trim();
    if (!text || element.closest("[aria-hidden], .unseen, svg, noscript, template")) continue;
    if (!element.checkVisibility() || element.getBoundingClientRect().width <= 1) continue;
    const size = parseFloat(getComputedStyle(element).fontSize);
    if (size < least - 0.1) found.add(`${text.slice(0, 20)} has ${size} px`);
  }
  return [...found];
}"""

_AXE = """async (rules) => {
  const { violations } = await axe.run(document, {
    resultTypes: ["violations"],
    iframes: false,
    // No rule of ours reads the style sheets' source.
    preload: false,
    runOnly: rules,
  });
  return violations
    .filter((each) => ["serious", "critical"].includes(each.impact))
    .map((each) => `${each.id}: ${each.nodes.map((node) => node.target.join(" ")).join(", ")}`);
}"""

LOOK = """(look) => {
  const root = document.documentElement;
  root.dataset.mode = document.body.dataset.weuiMode = look.size ? "care" : "standard";
  root.dataset.size = look.size;
  root.dataset.theme = look.theme;
}"""

ALL_RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
CONTRAST = {"type": "rule", "values": ["color-contrast"]}
LANDMARKS = {"banner", "main", "contentinfo"}
CONTROLS = {"button", "link", "textbox", "searchbox", "checkbox", "radio", "combobox", "img"}


def bring_axe(context: BrowserContext) -> None:
    """Have axe-core ready in every page that `context` opens from now on.

    To send it to a single page takes six times as long as the browser's own copy does.
    """
    context.add_init_script(path=AXE)


def wear(page: Page, *, size: str = "", theme: str = "light") -> None:
    """Give the open page the look of a person's choice; `size` is "large", "largest" or neither."""
    page.evaluate(LOOK, {"size": size, "theme": theme})


def sizes_amiss(page: Page, *, target: float, text: float) -> list[str]:
    """Every control smaller than `target` and every text smaller than `text`, in CSS pixels."""
    small: list[str] = page.evaluate(SMALL_TARGETS, target)
    unreadable: list[str] = page.evaluate(SMALL_TEXT, text)
    return [*small, *unreadable]


def axe_findings(page: Page, rules: dict[str, Any] | None = None) -> list[str]:
    """What axe-core finds serious or critical: rule and elements."""
    found: list[str] = page.evaluate(_AXE, rules or ALL_RULES)
    return found


def tree_amiss(page: Page) -> list[str]:
    """What is wrong with the page as a screen reader is told of it, in Chromium's own tree."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    told = [_told(node) for node in nodes if not node.get("ignored")]
    titles = [name for role, name, level in told if role == "heading" and level == 1]
    missing = LANDMARKS - {role for role, _, _ in told}
    return [
        *([f"{len(titles)} titles: {titles}"] if len(titles) != 1 else []),
        *(f"no landmark {role}" for role in sorted(missing)),
        *(f"a {role} without a name" for role, name, _ in told if role in CONTROLS and not name),
    ]


def _told(node: dict[str, Any]) -> tuple[str, str, int]:
    properties = {each["name"]: each["value"].get("value") for each in node.get("properties", ())}
    role = node.get("role", {}).get("value", "")
    name = node.get("name", {}).get("value", "")
    return role, str(name).strip(), int(properties.get("level") or 0)
