// What the letters may mean, in a row over the keys: one touch chooses, two arrows turn the pages.

export function makeStrip(said, choose) {
  const element = document.createElement("div");
  element.className = "board__strip";
  const list = document.createElement("div");
  list.className = "board__list";
  const [fewer, more] = [arrow("‹", said.fewer, -1), arrow("›", said.more, 1)];
  element.append(fewer, list, more);

  function arrow(sign, name, way) {
    const made = button(sign, "board__arrow");
    made.setAttribute("aria-label", name);
    made.addEventListener("click", () => list.scrollBy(way * list.clientWidth * 0.9, 0));
    return made;
  }

  function button(text, name) {
    const made = document.createElement("button");
    made.type = "button";
    made.tabIndex = -1;
    made.className = name;
    made.textContent = text;
    return made;
  }

  function show(found) {
    list.replaceChildren(
      ...found.map((entry) => {
        const made = button(entry.text, "board__word");
        made.addEventListener("click", () => choose(entry));
        return made;
      }),
    );
    list.scrollLeft = 0;
    for (const part of [fewer, more]) part.hidden = list.scrollWidth <= list.clientWidth;
  }

  return { element, show };
}
