// The hall's overview keeps itself up to date: the hall tells which rows have changed, and the page is
// fetched anew. Without this file a meta refresh does the same.

const live = document.querySelector("[data-live]");
// Whoever walks away is signed out after ten minutes; a page that goes on asking would prevent it.
const UNTOUCHED_MS = 9 * 60 * 1000;
// How long ago a terminal was seen changes without any news.
const OLD_MS = 30 * 1000;

if (live) {
  let touched = Date.now();
  let renewed = Date.now();
  let sparing = false;
  let stale = false;
  let source = null;
  for (const kind of ["pointerdown", "pointermove", "keydown", "wheel"]) {
    addEventListener(kind, () => { touched = Date.now(); }, { passive: true });
  }

  const say = (words) => {
    const place = live.querySelector("[data-live-words]");
    place.textContent = words;
    place.classList.toggle("unseen", !words);
    place.classList.toggle("live-words", Boolean(words));
  };

  const renew = async () => {
    if (sparing || document.hidden) return;
    // Nothing is swapped away under somebody who is typing or about to press.
    if (live.contains(document.activeElement)) return;
    sparing = true;
    try {
      const answer = await fetch(location.href);
      if (answer.redirected || !answer.ok) return location.reload();
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-live]");
      if (!fresh || live.contains(document.activeElement)) return;
      live.replaceChildren(...fresh.childNodes);
      renewed = Date.now();
      stale = false;
    } catch (error) {
      say(live.dataset.lost);
    } finally {
      sparing = false;
    }
  };

  let told = "";
  const shown = () => JSON.stringify(
    [...live.querySelectorAll("[data-mark]")].map((row) => [row.dataset.number, row.dataset.mark]),
  );
  const hear = (event) => {
    const news = JSON.parse(event.data);
    const rows = live.querySelector("[data-mark]") ? JSON.stringify(news.rows) : "";
    const counts = JSON.stringify([news.lights, news.total]);
    if ((rows && rows !== shown()) || (told && told !== counts)) stale = true;
    told = counts;
    if (stale) renew();
  };

  const listen = () => {
    source = new EventSource(live.dataset.follow);
    source.addEventListener("message", hear);
    // Refused for good, as when the session has ended: the page itself says what is.
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) location.reload();
    });
  };
  const look = () => {
    if (Date.now() - touched > UNTOUCHED_MS) {
      if (source) say(live.dataset.paused);
      source?.close();
      source = null;
      return;
    }
    if (!source && live.dataset.follow) listen();
    if (stale || !live.dataset.follow || Date.now() - renewed > OLD_MS) renew();
  };
  look();
  setInterval(look, Math.min(Number(live.dataset.live) * 1000, 5000));
  addEventListener("pagehide", () => source?.close());
}
