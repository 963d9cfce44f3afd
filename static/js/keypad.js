// The number pad: each key goes where the cursor is in its input. Without script it stays hidden.
for (const pad of document.querySelectorAll("[data-keypad]")) {
  const input = document.getElementById(pad.dataset.keypad);
  if (!input) continue;
  pad.hidden = false;
  pad.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (!key) return;
    const [from, to] = [input.selectionStart, input.selectionEnd];
    if (key === "clear") input.value = "";
    else if (key !== "back") input.setRangeText(key, from, to, "end");
    else input.setRangeText("", from === to ? Math.max(from - 1, 0) : from, to, "end");
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
