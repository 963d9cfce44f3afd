// Hands more cases in on a tablet, from one that was handed in on its screen: with the app's own functions, in an
// instance of its own that the PIN opens. What stands in the queue afterwards is what the screen would have put there.

import { pictureOf, sealedPicture } from "../../static/js/tablet/pictures.js";
import { isUnlocked, openValue, unwrap } from "../../static/js/tablet/keyring.js";
import { all, handIn } from "../../static/js/tablet/queue.js";
import { noted, write } from "../../static/js/tablet/vault.js";

/** Hand one more case in; `photographs` are JPEGs in base64, one for each paper that was photographed. */
export async function makeOne(pin, photographs) {
  if (!isUnlocked()) await unwrap(await noted("lock"), pin);
  const [first] = await all();
  const { body, draft, later } = await openValue(first.sealed);
  const pictures = await Promise.all(photographs.map((each) => sealedPicture(jpegOf(each))));
  const left = pictures.map((each) => each.id);
  const attachments = Object.fromEntries(
    body.attachments.map(({ requirement, mode, materials, due }) => [requirement, { mode, pictures: materials.map(() => left.shift()), due }]),
  );
  const signature = await sealedPicture(await signed(body.signature.material));
  const next = { ...draft, id: crypto.randomUUID(), attachments };
  await write(pictures.map((each) => each.change));
  const judged = { answers: body.answers, attachments, captured: [], later, applicant: "" };
  await handIn(next, judged, { method: body.signature.method, picture: signature.id }, [signature.change]);
}

function jpegOf(base64) {
  return new Blob([Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0))], { type: "image/jpeg" });
}

/** The signature with a stroke that no other has. */
async function signed(id) {
  const bitmap = await createImageBitmap(await pictureOf(id));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  const brush = canvas.getContext("2d");
  brush.drawImage(bitmap, 0, 0);
  brush.fillRect(Math.random() * bitmap.width, Math.random() * bitmap.height, 9 * Math.random() + 1, 2);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}
