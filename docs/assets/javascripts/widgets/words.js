// What widgets say, in the language of the page.
import { TABLE } from "./table.js";

// say("Row #, column #: #", 3, 4, -1): each # is a number or a name. Gates look
// for the texts themselves, so that each stands in quotes where it is said.
export function say(key, ...values) {
  const parts = (TABLE[key] ?? key).split("#");
  if (parts.length !== values.length + 1)
    throw new TypeError(`“${key}” does not take ${values.length} values`);
  return parts.reduce((text, part, n) => {
    const value = values[n - 1];
    return text + (typeof value === "number" ? written(value) : value) + part;
  });
}

// 218, −1, 28.4: a number with a true minus, and with no zeros at its end.
export function written(value, digits = 2) {
  const shown = Number.isFinite(value) ? Number(value.toFixed(digits)) : value;
  return `${shown || 0}`.replace("-", "−"); // no "−0"
}

// An error that readers are told in these words; see site.js.
export function trouble(key, ...values) {
  const error = new Error(say(key, ...values)); // gates read it at its callers
  error.name = "Trouble";
  return error;
}
