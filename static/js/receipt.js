// The receipt, or the paper of its application: on a shared screen it counts down and clears itself.

const form = document.querySelector("form.clearing");
const print = form.querySelector("[data-print]");

function countDown(full) {
  const left = form.querySelector("[data-left]");
  const more = form.querySelector("[data-more]");
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
  more.addEventListener("click", () => {
    until = Date.now() + full * 1000;
    tick();
  });
  const clock = setInterval(tick, 1000);
  tick();
}

// A paper is printed by the browser's own sign above it.
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
if (form.dataset.clearing) countDown(Number(form.dataset.clearing));
