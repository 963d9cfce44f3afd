// What the terminal takes of a case: its own ids of pictures, its names of a bundle's questions. Must not know
// the queue. Neighbours: sending.js and parcels.js bring what is made here.

import { places } from "./terminal.js";

/** Return the body of an entry of the queue; `materials` says what a picture of here is called there. */
export async function bodyOf({ body, number, token }, materials) {
  const moved = await moving(body);
  const whole = { ...moved, number, token };
  return JSON.parse(JSON.stringify(whole, (key, value) => (typeof value === "string" && materials[value]) || value));
}

async function moving(body) {
  const wanted = body.answers.members?.wanted;
  if (!wanted) return body;
  const names = await places(body.release, body.item, wanted);
  const answers = {};
  for (const [section, given] of Object.entries(body.answers)) {
    if (Array.isArray(given)) {
      answers[names[section] ?? section] = given;
      continue;
    }
    for (const [field, value] of Object.entries(given)) {
      const [place, name] = (names[`${section}.${field}`] ?? `${section}.${field}`).split(".");
      (answers[place] ??= {})[name] = value;
    }
  }
  const attachments = body.attachments.map((each) => ({
    ...each,
    requirement: (names[`attachments.${each.requirement}`] ?? `.${each.requirement}`).split(".")[1],
  }));
  return { ...body, answers, attachments };
}
