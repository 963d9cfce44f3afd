// The receipt on a shared screen, or the paper of its application: it counts down and clears itself.

const form = document.querySelector("form[data-clearing]");
const left = form.querySelector("[data-left]");
const more = form.querySelector("[data-more]");
const print = form.querySelector("[data-print]");
const full = Number(form.dataset.clearing);
let until = Date.now() + full * 1000;

function tick() {
  const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1000));
  left.textContent = left.dataset.text.replace("{n}", seconds);
  more.hidden = seconds > full / 2;
  if (seconds === 0) {
    clearInterval(clock);
    form.submit();
  }
}

left.hidden = false;
// A paper is printed by the browser's own sign above it.
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
more.addEventListener("click", () => {
  until = Date.now() + full * 1000;
  tick();
});
const clock = setInterval(tick, 1000);
tick();
