// The code on a receipt, made without a line: the same text as kiosk/receipts/qr.py, "JSB1.R.<token>.<check>",
// where the check character is ISO/IEC 7064 MOD 37,36 over "R" and the token. Nothing is signed: the
// token's 128 random bits are the proof.

import { encode } from "uqr";

const SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const SPACE = "http://www.w3.org/2000/svg";

/** Return what the code of a receipt says. */
export function payload(token) {
  return `JSB1.R.${token}.${check(`R${token}`)}`;
}

/** Return the check character of a text of digits and capitals. */
export function check(text) {
  let found = 36;
  for (const sign of text) {
    found = (found + SIGNS.indexOf(sign)) % 36 || 36;
    found = (found * 2) % 37;
  }
  return SIGNS[(37 - found) % 36];
}

/** Return the code as a drawing, its quiet zone of four modules included. */
export function drawn(text) {
  const { data, size } = encode(text, { ecc: "M", border: 4 });
  const svg = document.createElementNS(SPACE, "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("shape-rendering", "crispEdges");
  const dark = data.flatMap((line, y) => line.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
  for (const [fill, path] of [["#fff", `M0 0h${size}v${size}H0z`], ["#000", dark]]) {
    const shape = document.createElementNS(SPACE, "path");
    shape.setAttribute("fill", fill);
    shape.setAttribute("d", path);
    svg.append(shape);
  }
  return svg;
}
