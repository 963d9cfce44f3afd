// The hall's overview keeps itself up to date. Without this file a meta refresh does the same.

const live = document.querySelector("[data-live]");
// Whoever walks away is signed out after ten minutes; a page that goes on asking would prevent it.
const UNTOUCHED_MS = 9 * 60 * 1000;

if (live) {
  let touched = Date.now();
  let sparing = false;
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
    if (Date.now() - touched > UNTOUCHED_MS) return say(live.dataset.paused);
    // Nothing is swapped away under somebody who is typing or about to press.
    if (live.contains(document.activeElement)) return;
    sparing = true;
    try {
      const answer = await fetch(location.href);
      if (answer.redirected || !answer.ok) return location.reload();
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-live]");
      if (fresh && !live.contains(document.activeElement)) live.replaceChildren(...fresh.childNodes);
    } catch (error) {
      say(live.dataset.lost);
    } finally {
      sparing = false;
    }
  };
  setInterval(renew, Number(live.dataset.live) * 1000);
}
