// The first page: search, what is begun, what waits, and all services by occasion.

import { prepare, search } from "../../forms/search.js";
import { all as allDrafts } from "../drafts.js";
import { catalogue } from "../forms.js";
import { backlog } from "../queue.js";
import { piece, put, say } from "../words.js";

const MOST = 12;
const MOST_BUNDLES = 3;
const PAUSE = 100;

let indexes = null;

async function ready() {
  if (indexes) return indexes;
  const found = await (await fetch(`/api/v1/search-index/${document.querySelector("#app").dataset.index}`)).json();
  indexes = {
    items: prepare(found),
    bundles: prepare({ items: found.bundles, sounds: found.sounds }),
  };
  return indexes;
}

export async function page() {
  const [names, drafts, waiting] = await Promise.all([catalogue(), allDrafts(), backlog()]);
  const main = piece("home");
  const byCode = new Map([...names.items, ...names.bundles].map((each) => [each.code, each]));
  put(main, {
    '[data-note="drafts"]': say("drafts_note", { n: drafts.length }),
    '[data-note="queue"]': say("queue_note", { n: waiting.waiting + waiting.attention }),
  });
  const [form, hits, shelves] = ["form", "[data-hits]", "[data-shelves]"].map((each) => main.querySelector(each));
  shelves.append(shelf(say("bundles"), names.bundles), ...byOccasion(names.items).map(([title, items]) => shelf(title, items)));
  let pause = 0;
  async function find() {
    const query = form.elements.q.value.trim();
    const { items, bundles } = await ready();
    const codes = query ? [...search(bundles, query, MOST_BUNDLES), ...search(items, query, MOST)] : [];
    hits.replaceChildren(...codes.filter((code) => byCode.has(code)).map((code) => cell(byCode.get(code))));
    hits.hidden = codes.length === 0;
    shelves.hidden = query !== "";
    main.querySelector("[data-none]").hidden = query === "" || codes.length > 0;
  }
  form.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(find, PAUSE);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    find();
  });
  return { main, title: say("app_title"), look: "page_wide" };
}

function byOccasion(items) {
  const found = new Map();
  for (const item of items) found.set(item.life_event, [...(found.get(item.life_event) ?? []), item]);
  return [...found];
}

function shelf(title, items) {
  const made = piece("shelf");
  put(made, { "[data-title]": title, "[data-number]": String(items.length) });
  made.querySelector("[data-cells]").append(...items.map(cell));
  return made;
}

function cell({ code, name, department }) {
  return put(piece("cell"), { a: { href: `#/item/${code}` }, ".cell__name": name, ".cell__note": department });
}
