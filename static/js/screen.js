// The screen over the counter: draws what the station tells, and says aloud what is newly called.
// Without this file the page asks anew by itself.

const page = document.querySelector("[data-board]");
const calls = page.querySelector("[data-calls]");
const next = page.querySelector("[data-next]");
const cut = page.querySelector("[data-cut]");
const button = document.querySelector("[data-voice]");
const voices = window.speechSynthesis;
// So long without a word means that the station is away (milliseconds); it is asked every 1.5 s.
const QUIET = 8000;
const AGAIN = 3000;
let heard = Date.now();
let speaks = false;
let known = new Map(JSON.parse(page.dataset.news).calls.map((call) => [call.number, call.at]));

function item(text, name) {
  const made = document.createElement("span");
  made.className = name;
  made.textContent = text;
  return made;
}

function row(call) {
  const made = document.createElement("li");
  made.append(item(call.number, "screen__number number"), item(call.desk, "screen__desk"));
  if (known.get(call.number) !== call.at) made.className = "screen__new";
  return made;
}

function say(call) {
  if (!speaks || !voices) return;
  const said = new SpeechSynthesisUtterance(call.say);
  said.lang = document.documentElement.lang;
  said.rate = 0.9;
  voices.speak(said);
}

function draw(news) {
  heard = Date.now();
  cut.hidden = true;
  const fresh = news.calls.filter((call) => known.get(call.number) !== call.at);
  // Drawn only when something differs, so that what is read aloud is not read again.
  const told = JSON.stringify([news.calls, news.following, news.waiting]);
  if (told !== page.dataset.told) {
    calls.replaceChildren(...news.calls.map(row));
    next.replaceChildren(
      ...news.following.map((number) => {
        const made = document.createElement("li");
        made.className = "number";
        made.textContent = number;
        return made;
      }),
    );
    page.querySelector("[data-waiting]").textContent = news.waiting;
    page.querySelector("[data-none]").hidden = news.calls.length > 0;
    page.dataset.told = told;
  }
  fresh.reverse().forEach(say);
  known = new Map(news.calls.map((call) => [call.number, call.at]));
}

function listen() {
  const source = new EventSource(page.dataset.board);
  source.addEventListener("message", (event) => draw(JSON.parse(event.data)));
  // Refused for good, as while the station starts: a browser does not ask again by itself then.
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(listen, AGAIN);
  });
  addEventListener("pagehide", () => source.close(), { once: true });
}

setInterval(() => {
  cut.hidden = Date.now() - heard < QUIET;
}, 1000);

// A browser speaks only after somebody has pressed something.
if (voices) {
  button.hidden = false;
  button.addEventListener("click", () => {
    speaks = true;
    button.textContent = button.dataset.on;
    button.classList.add("tool_on");
    voices.speak(new SpeechSynthesisUtterance(""));
  });
}
listen();
