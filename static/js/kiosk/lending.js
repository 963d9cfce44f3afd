// Lends a field the kiosk's keyboard. The keyboard and its words are fetched at the first touch of a
// field, so that a page that asks for nothing does not carry them.

const FIELDS =
  "input:not([type]), input[type=text], input[type=search], input[type=tel], input[type=password], textarea";

export function lendKeyboard(place) {
  let fetched = null;
  let board = null;

  async function lend(field) {
    fetched ??= import("./board.js").then((part) => part.makeBoard(place));
    board = await fetched;
    if (document.activeElement === field) board.serve(field);
  }

  // Only a touch calls for it: a field that a page puts the cursor into may wait for a hand scanner.
  addEventListener("click", (event) => {
    const field = event.target.closest?.(FIELDS);
    if (field && !field.readOnly && !field.disabled) lend(field);
    // Not before the finger is lifted: the page moves when the keyboard goes, and the button under the
    // finger with it.
    else if (board?.isOpen() && !event.composedPath().includes(place)) board.hide();
  });
  addEventListener("focusin", (event) => {
    if (board?.isOpen() && event.target.matches(FIELDS)) board.serve(event.target);
  });
  addEventListener("submit", () => board?.hide(), { capture: true });
}
