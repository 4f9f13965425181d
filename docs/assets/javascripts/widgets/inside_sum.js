// What a single number of a layer was made from: the cells that it saw, the
// products, the bias, and what became of their sum.
import { element, table } from "./grid.js";
import { unflattened } from "./network.js";
import { say } from "./words.js";

export const exactly = (value) =>
  value.toFixed(3).replace(/^-(0\.0*)$/, "$1").replace("-", "−");

// Not so short that what is nearly 1 would seem to be 1.
export const probability = (value) => (Math.floor(1e5 * value) / 1e5).toFixed(5);

// Lines of words and numbers; the last is the result.
const lines = (entries) => element("table", { class: "inside__lines" },
  ...entries.map(([words, value]) => element("tr", {},
    element("th", { scope: "row" }, words),
    element("td", {}, value))));

// Cells below a window, each with its lines of numbers.
function cellsOf(cells, write, isMarked = () => false) {
  const across = Math.sqrt(cells.length);
  const box = element("ol", { class: "inside__cells" });
  box.style.setProperty("--across", across);
  for (const cell of cells)
    box.append(element("li", { class: isMarked(cell) && "is-largest" },
      ...write(cell).map((text) => element("span", {}, text))));
  return box;
}

// The sums of all channels as bars: those above 0 upward, the others downward.
function bars(terms, chosen, choose) {
  const most = Math.max(...terms.map(({ sum }) => Math.abs(sum))) || 1;
  const box = element("div", { class: "inside__bars", "aria-hidden": "true" });
  for (const { channel, sum } of terms) {
    const bar = element("span", { class: sum < 0 ? "is-below" : false,
      "data-chosen": channel === chosen.channel });
    bar.style.setProperty("--part", Math.abs(sum) / most);
    box.append(bar);
  }
  box.addEventListener("click", ({ clientX }) => {
    const { left, width } = box.getBoundingClientRect();
    const n = Math.floor((clientX - left) / width * terms.length);
    choose(Math.max(0, Math.min(terms.length - 1, n)));
  });
  return box;
}

// What a number was made from, as elements. `picked` is the channel of the
// layer before whose products are shown; else the one that counts most.
export function shownSum(made, { layer, before, picked, pick }) {
  if (made.kind === "input")
    return [element("p", {}, say("A pixel: 0 is paper, 1 is full ink.")),
      lines([[say("Ink"), exactly(made.output)]])];
  if (made.kind === "flatten") {
    const { row, column, channel } = made.from;
    return [element("p", {}, say("Copied from row #, column #, map # of #.",
      row, column, channel, before.name)),
    lines([[say("Value"), exactly(made.output)]])];
  }
  if (made.kind === "max") return [
    element("p", {}, say("It keeps the largest of these values of #.",
      before.name)),
    cellsOf(made.cells, ({ value }) => [exactly(value)],
      ({ value }) => value === made.output),
    lines([[say("Largest"), exactly(made.output)]]),
  ];
  return products(made, layer, picked, pick);
}

function products(made, layer, picked, pick) {
  const { terms, bias, sum, output } = made, parts = [];
  const loudest = terms.reduce((most, term) =>
    Math.abs(term.sum) > Math.abs(most.sum) ? term : most);
  const term = terms[picked] ?? loudest;
  if (terms.length > 1) {
    const choice = element("input", { type: "number", min: 0,
      max: terms.length - 1, value: term.channel });
    choice.addEventListener("change", () => {
      const n = Math.round(choice.valueAsNumber); // or NaN: the loudest
      pick(Math.max(0, Math.min(terms.length - 1, n)));
    });
    parts.push(
      element("p", {}, say("Sums of the # channels of the layer before:",
        terms.length)),
      bars(terms, term, pick),
      element("label", {}, say("Products of channel"), choice),
    );
  }
  parts.push(
    cellsOf(term.cells, ({ value, weight, product }) => [exactly(value),
      `× ${exactly(weight)}`, `= ${exactly(product)}`]),
    lines([
      ...terms.length > 1 ? [[say("These products"), exactly(term.sum)],
        [say("The other channels"), exactly(sum - bias - term.sum)]]
        : [[say("All products"), exactly(term.sum)]],
      [say("Bias"), exactly(bias)],
      [say("Sum"), exactly(sum)],
      ...layer.kind === "dense"
        ? [[say("The largest other sum"), exactly(made.rival)],
          [say("softmax over the ten sums"), probability(output)]]
        : [[say("ReLU: nothing below 0"), exactly(output)]],
    ]),
  );
  return parts;
}

// The same as tables, for those who read or hear numbers: of the layer, the
// map that is chosen, and the sums of all channels.
export function tables({ layer, output, maps, channel, made }) {
  const { shape: [height, width, channels], data } = output;
  const write = (value) => value % 1
    ? exactly(value) : `${value}`;
  const found = [];
  if (layer.kind === "dense")
    found.push(table(say("Digit and probability"),
      [...data].map((value, digit) => [digit, value]), (value) =>
        Number.isInteger(value) ? `${value}` : probability(value)));
  else if (layer.kind === "flatten") {
    const { row, column } = unflattened(maps.shape, channel);
    const start = channel - channel % maps.shape[2];
    found.push(table(say("From row #, column #: map and value", row, column),
      [...data.subarray(start, start + maps.shape[2])]
        .map((value, map) => [map, value]), write));
  } else
    found.push(table(say("Map # of #", channel, layer.name),
      Array.from({ length: height }, (_, i) =>
        Array.from({ length: width }, (_, j) =>
          data[(i * width + j) * channels + channel])), exactly));
  if (made.terms?.length > 1)
    found.push(table(say("Channel and the sum of its products"),
      made.terms.map((term) => [term.channel, term.sum]), write));
  return found;
}
