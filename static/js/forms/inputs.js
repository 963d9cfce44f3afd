// Between the inputs of a question and the raw value of its answer: as kiosk/terminal/inputs.py. Knows how
// an answer is split into boxes, and nothing of whether it is right. `root` is what holds the inputs.

const DATE_PARTS = ["year", "month", "day"];

function all(root, name) {
  return [...root.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
}

function text(root, name) {
  return all(root, name)[0]?.value.trim() ?? "";
}

function date(root, name) {
  const boxes = DATE_PARTS.map((part) => text(root, `${name}-${part}`));
  return boxes.some(Boolean) ? boxes.join("-") : "";
}

/** Return what was entered: text, list of codes or an object. */
export function rawValue(root, field, name) {
  const picked = () => all(root, name).filter((box) => box.checked).map((box) => box.value);
  switch (field.answer) {
    case "choices":
      return picked();
    case "choice":
    case "yes_no":
      return picked()[0] ?? "";
    case "date":
      return date(root, name);
    case "period":
      return { from: date(root, `${name}-from`), to: date(root, `${name}-to`) };
    case "address":
      return { division: text(root, `${name}-division`), detail: text(root, `${name}-detail`) };
    default:
      return all(root, name)[0]?.value ?? "";
  }
}

/** Put a raw value into the inputs of its question. */
export function fill(root, field, name, value) {
  const put = (place, given) => {
    const [input] = all(root, place);
    if (input) input.value = given ?? "";
  };
  const putDate = (place, given) => {
    const boxes = typeof given === "string" ? given.split("-") : [];
    DATE_PARTS.forEach((part, at) => put(`${place}-${part}`, boxes.length === 3 ? boxes[at].replace(at ? /^0+/ : "", "") : ""));
  };
  switch (field.answer) {
    case "choices":
      for (const box of all(root, name)) box.checked = (value ?? []).includes(box.value);
      break;
    case "choice":
      for (const box of all(root, name)) box.checked = box.value === value;
      break;
    case "yes_no":
      for (const box of all(root, name)) box.checked = box.value === ({ true: "yes", false: "no" }[value] ?? value);
      break;
    case "date":
      putDate(name, value);
      break;
    case "period":
      putDate(`${name}-from`, value?.from);
      putDate(`${name}-to`, value?.to);
      break;
    case "address":
      put(`${name}-division`, value?.division);
      put(`${name}-detail`, value?.detail);
      break;
    default:
      put(name, value);
  }
}
