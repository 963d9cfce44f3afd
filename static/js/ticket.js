// A number on a phone: keeps itself up to date without loading the page again, so that whoever reads
// it is not interrupted. Without this file the page asks anew by itself.

const EVERY = 10_000;
const place = document.querySelector("[data-ticket]");

async function look() {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const told = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = told.querySelector("[data-ticket]");
  if (!now) return;
  if (now.className !== place.className) place.className = now.className;
  if (now.innerHTML !== place.innerHTML) place.innerHTML = now.innerHTML;
  if (!("waits" in now.dataset)) clearInterval(timer);
}

// A station that is away for a while is asked again the next time.
const timer = setInterval(() => look().catch(() => {}), EVERY);
