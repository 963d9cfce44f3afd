// Below every page of a form: the way to the phone, or back to the kiosk. What has been entered on the
// page and not sent yet is kept first, as if Continue had been pressed; the other side shows it.
// Without this file only what was sent goes along.

const moving = document.querySelector("form.moving");
// A form that posts to its own page saves an answer, and so does that of a whole section; any other with
// an address of its own does something.
const open = document.querySelector("main form[method=post][data-once]:not([action]), main form.grouped");
// A section may be left half filled by the buttons that lead elsewhere, and is kept as by one of them.
const leaving = open?.querySelector("button[data-leaves]") ?? null;

function isChanged(input) {
  if (input.type === "hidden" || input.type === "file") return false;
  if (input.type === "checkbox" || input.type === "radio") return input.checked !== input.defaultChecked;
  if (input.options) return [...input.options].some((each) => each.selected !== each.defaultSelected);
  return "defaultValue" in input && input.value !== input.defaultValue;
}

async function keep() {
  const entered = new FormData(open);
  if (leaving) entered.set(leaving.name, leaving.value);
  const answer = await fetch(open.getAttribute("action") ?? location.href, { method: "POST", body: entered });
  // A good answer leads on; anything else is shown where it was entered.
  return answer.redirected;
}

moving?.addEventListener("submit", async (event) => {
  if (moving.dataset.kept || !open || ![...open.elements].some(isChanged)) return;
  event.preventDefault();
  const isKept = await keep().catch(() => true);
  moving.dataset.kept = "1";
  if (isKept) moving.requestSubmit();
  else open.requestSubmit(leaving);
});
