// The code of a hand-off comes behind the "#" of the scanned address: it goes into the form, and out of
// the address. Without this file it is typed.

const form = document.querySelector("form[data-claim]");

function bring() {
  const code = location.hash.slice(1);
  if (!/^[0-9A-Z]{8}$/.test(code)) return;
  history.replaceState(null, "", location.pathname);
  form.elements.code.value = code;
  form.requestSubmit();
}

addEventListener("hashchange", bring);
bring();
