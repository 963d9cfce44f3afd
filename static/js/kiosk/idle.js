// The clock of a kiosk: nobody touches it for a while, it asks, nobody answers, everything is wiped.
// It goes by the time of day and not by counting, so that a page that was frozen is wiped at once.

const LOOK_MS = 250;
const AGAIN_MS = 2000;
const SIGNS = ["pointerdown", "pointermove", "keydown", "input", "wheel", "touchstart", "click"];
// What answers the question. A finger that has only come down does not: lifted, it would press what
// lies under the question.
const ANSWERS = ["click", "keydown"];

// Ends the visit at the server, forgets what the browser has, and goes home in the place of this page.
async function wipe(question) {
  const { end, token, home } = question.dataset;
  hideEverything(question);
  const body = new URLSearchParams({ csrf_token: token });
  for (;;) {
    const answer = await fetch(end, { method: "POST", body, redirect: "manual" }).catch(() => null);
    // A refusal means that the session had ended before, which is what was wanted.
    if (answer && answer.status < 500) break;
    await new Promise((resume) => setTimeout(resume, AGAIN_MS));
  }
  await forget();
  location.replace(home);
}

// A browser may forbid its storage, and has caches only where the address is safe (https or this
// machine): nothing of that may keep the page from going home.
async function forget() {
  const ways = [
    () => localStorage.clear(),
    () => sessionStorage.clear(),
    async () => {
      if ("caches" in window) for (const name of await caches.keys()) await caches.delete(name);
    },
  ];
  for (const way of ways) {
    try {
      await way();
    } catch (error) {
      console.warn("storage was not cleared", error);
    }
  }
}

// Before anything is asked of the server, which may be away: nothing may be read here any more.
function hideEverything(question) {
  for (const form of document.forms) form.reset();
  for (const part of [...document.body.children]) if (part !== question) part.remove();
  question.querySelector("[role=alertdialog]").remove();
  question.querySelector("[data-over]").hidden = false;
  question.hidden = false;
}

export function watch(question) {
  const idle = Number(question.dataset.idle) * 1000;
  const warning = Number(question.dataset.warning) * 1000;
  const box = question.querySelector("[role=alertdialog]");
  const left = question.querySelector("[data-left]");
  let last = Date.now();
  let before = null;
  let over = false;

  function stay() {
    last = Date.now();
    if (question.hidden) return;
    question.hidden = true;
    before?.focus({ preventScroll: true });
  }

  function ask() {
    if (!question.hidden) return;
    before = document.activeElement;
    question.hidden = false;
    box.focus();
  }

  function finish() {
    if (over) return;
    over = true;
    clearInterval(clock);
    wipe(question);
  }

  function look() {
    const quiet = Date.now() - last;
    if (quiet >= idle + warning) finish();
    else if (quiet >= idle) {
      ask();
      left.textContent = left.dataset.text.replace("{n}", Math.ceil((idle + warning - quiet) / 1000));
    }
  }

  function noticed(event) {
    if (question.hidden) last = Date.now();
    else if (ANSWERS.includes(event.type) && !event.target.closest?.("[data-leave]")) stay();
  }

  for (const sign of SIGNS) addEventListener(sign, noticed, { capture: true, passive: true });
  question.querySelector("[data-leave]").addEventListener("click", finish);
  for (const form of document.querySelectorAll("form[data-end]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      finish();
    });
  }
  addEventListener("pageshow", (event) => event.persisted && look());
  const clock = setInterval(look, LOOK_MS);
}
