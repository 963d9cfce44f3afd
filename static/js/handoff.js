// The kiosk while a form is offered to a phone or filled there: follows what the server tells of it.
// Without this file the page asks anew by itself.

const page = document.querySelector("[data-follow]");
const lines = page?.querySelector("[data-lines]");
const quiet = page?.querySelector("[data-quiet]");

function tell(news) {
  if (news.state !== page.dataset.state) {
    location.replace(page.dataset.page);
    return;
  }
  // What is read aloud when it changes must not change every time it is told.
  if (lines && news.lines.join() !== [...lines.children].map((line) => line.textContent).join()) {
    lines.replaceChildren(
      ...news.lines.map((line) => {
        const item = document.createElement("li");
        item.textContent = line;
        return item;
      }),
    );
  }
  if (quiet) quiet.hidden = !news.quiet;
}

if (page) {
  const source = new EventSource(page.dataset.follow);
  source.addEventListener("message", (event) => tell(JSON.parse(event.data)));
  // Refused for good, as when the session has ended: the page itself says what is.
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) location.replace(page.dataset.page);
  });
  addEventListener("pagehide", () => source.close());
}
