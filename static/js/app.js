// Every page: what makes plain forms kinder. Without this file all pages work.

// A form is sent once: the second tap of an unsure finger does nothing.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    for (const button of form.querySelectorAll("button:not([type=button])")) {
      button.setAttribute("aria-busy", "true");
    }
  });
}

// Coming back with the Back button shows a page that may be sent again.
// What a form shows may be old by then, so such a page is asked for anew (kiosk/terminal/seen.py).
addEventListener("pageshow", (event) => {
  const address = document.querySelector("input[name=back]");
  if (event.persisted && address && document.querySelector("input[name=seen]")) {
    location.replace(address.value);
    return;
  }
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  }
});

// Choosing a picture is meant as sending it.
for (const form of document.querySelectorAll("form[data-upload]")) {
  const input = form.querySelector("input[type=file]");
  const label = form.querySelector("[data-label]");
  for (const part of form.querySelectorAll("[data-without-script]")) part.hidden = true;
  input.addEventListener("change", () => {
    if (input.files.length === 0) return;
    label.textContent = input.dataset.busy;
    label.parentElement.classList.add("pick_busy");
    form.requestSubmit();
  });
}

// What is wrong is read first, and a link from it puts the cursor into the field.
const summary = document.querySelector("[data-focus]");
if (summary) summary.focus();
