// What is seen of the network: its input with what a cell saw, all layers small
// and one large, a map of it, and the sum behind one number. It changes no
// state: it tells what the reader chooses.
import { element } from "./grid.js";
import { mark, paint, pane, steer } from "./inside_maps.js";
import { exactly, probability, shownSum, tables } from "./inside_sum.js";
import { unflattened } from "./network.js";
import { say } from "./words.js";

let views = 0; // ids of two on a page must differ

const VECTOR = [32, 36, 1]; // how the 1,152 numbers are laid out
const isFlat = (network, n) => network.layers[n].kind === "flatten";
const isVector = (kind) => kind === "flatten" || kind === "dense";

// A layer's output as maps; the vector as one, in rows.
export function asPicture(network, outputs, n) {
  if (network.layers[n].kind === "dense")
    return { shape: [outputs[n].data.length, 1, 1], data: outputs[n].data };
  return isFlat(network, n) ? { shape: VECTOR, data: outputs[n].data }
    : outputs[n];
}
export function columnsOf(network, outputs, n) {
  if (network.layers[n].kind === "dense") return 1;
  return isFlat(network, n) ? VECTOR[1] : Math.ceil(Math.sqrt(
    outputs[n].shape[2]));
}
const shapeOf = ({ shape: [height, width, count] }, kind) =>
  isVector(kind) ? `${count}`
    : `${height} × ${width} × ${count}`;

// Of the places that show more than paper, before or after: the part that
// holds exactly what it held before.
export function kept(now, before, paper) {
  let [same, all] = [0, 0];
  now.data.forEach((value, n) => {
    if (value === paper.data[n] && before.data[n] === paper.data[n]) return;
    all += 1;
    if (value === before.data[n]) same += 1;
  });
  return all ? same / all : 1;
}

export function view(network, asked) {
  views += 1;
  const id = `inside-${views}`, last = network.layers.length - 1;
  const input = pane("input", `${id}-hint`), maps = pane("maps", `${id}-hint`);
  const one = pane("one", `${id}-hint`), before = element("canvas");
  const [inputTitle, mapsTitle, oneTitle, saw] =
    [0, 1, 2, 3].map(() => element("p", { class: "inside__title" }));
  saw.className = "widget__hint";
  const bars = element("ol", { class: "inside__digits" });
  maps.box.append(bars);
  const sum = element("div", { class: "inside__sum" });
  const numbers = element("details", { class: "inside__numbers" },
    element("summary", {}, say("These values as tables")));
  const inTables = element("div", { tabindex: 0, role: "region",
    "aria-label": say("These values as tables") });
  numbers.append(inTables);
  const problem = element("p", { class: "widget__trouble", hidden: true });
  const heard = element("p", { class: "widget__heard", role: "status" });
  const layers = network.layers.map((layer, n) => {
    const canvas = element("canvas"), shape = element("span");
    const same = element("span", { class: "inside__kept" });
    const name = element("b");
    name.append(...layer.name.split(/(?<=_)/)
      .flatMap((part) => [part, element("wbr")]));
    const button = element("button", { type: "button" }, canvas, name, shape,
      same);
    button.addEventListener("click", () => asked.chooseLayer(n));
    return { button, canvas, shape, same };
  });
  let now;

  steer(maps.box, { step: asked.stepMap, point: asked.pointAtMap,
    settle: () => asked.settle() });
  steer(one.box, { step: asked.stepCell, point: asked.pointAtCell,
    settle: () => asked.settle() });
  if (asked.moves) drag(input.box, asked);
  else for (const name of ["tabindex", "role", "aria-describedby"])
    input.box.removeAttribute(name);
  if (asked.moves)
    input.box.setAttribute("aria-label", say("The digit, to be moved"));
  numbers.addEventListener("toggle", () => showTables());

  const limit = (n) => n === 0 || n === last ? 1
    : now.outputs[n].data.reduce((most, v) => Math.max(most, v), 0) || 1;
  const color = (n) => n === 0 ? "--ink" : "--figure-blue";

  function showLayers() {
    const { outputs, still } = now;
    layers.forEach(({ canvas, shape, same }, n) => {
      const { kind } = network.layers[n];
      paint(canvas, asPicture(network, outputs, n), { limit: limit(n),
        columns: isFlat(network, n) ? 1 : columnsOf(network, outputs, n),
        color: color(n) });
      shape.textContent = shapeOf(outputs[n], kind);
      if (asked.moves && !isVector(kind)) same.textContent = say("# kept",
        `${Math.round(100 * kept(outputs[n], still[n], asked.moves[n]))}%`);
    });
    paint(input.canvas, outputs[0], { limit: 1, color: "--ink" });
    const sure = probability(outputs[last].data[now.answer]);
    inputTitle.textContent = now.label === null
      ? say("Read as #, probability #", now.answer, sure)
      : say("Label #, read as #, probability #", now.label, now.answer, sure);
  }

  function showMaps() {
    const { outputs, at } = now, { kind, name } = network.layers[at.layer];
    const output = outputs[at.layer], [height, width, count] = output.shape;
    const isDense = kind === "dense", isRow = kind === "flatten";
    const columns = columnsOf(network, outputs, at.layer);
    maps.canvas.hidden = maps.frame.hidden = isDense;
    bars.hidden = !isDense;
    maps.box.setAttribute("aria-label", say("Maps of #", name));
    if (isDense) showBars(output.data, at.channel);
    else {
      paint(maps.canvas, asPicture(network, outputs, at.layer),
        { limit: limit(at.layer), columns: isRow ? 1 : columns,
          color: color(at.layer) });
      const [tall, wide] = isRow ? [0, 0] : [height, width];
      const [i, j] = [Math.floor(at.channel / columns), at.channel % columns];
      const [top, left] = [i * (tall + 1), j * (wide + 1)];
      mark(maps.frame, { top, left, bottom: top + Math.max(0, tall - 1),
        right: left + Math.max(0, wide - 1) },
      [maps.canvas.height, maps.canvas.width]);
    }
    mapsTitle.textContent = isDense ? say("# probabilities", count)
      : isRow ? say("A vector of # numbers", `${count}`)
        : say("# maps of # × #", count, height, width);
  }
  function showBars(data, chosen) {
    bars.replaceChildren(...Array.from(data, (value, digit) => {
      const bar = element("i");
      bar.style.setProperty("--part", value);
      return element("li", { class: digit === chosen && "is-chosen" },
        `${digit}`, bar, probability(value));
    }));
  }

  function showOne() {
    const { outputs, at, made } = now, { kind } = network.layers[at.layer];
    const n = kind === "flatten" ? at.layer - 1 : at.layer;
    const from = kind === "flatten"
      ? unflattened(outputs[n].shape, at.channel) : at;
    one.box.hidden = kind === "dense";
    if (kind !== "dense") {
      const options = { limit: limit(n), color: color(n), only: from.channel };
      paint(one.canvas, outputs[n], options);
      const { row, column } = from;
      mark(one.frame, { top: row, bottom: row, left: column, right: column },
        outputs[n].shape);
      if (asked.moves) paint(before, now.still[n], options);
    }
    one.box.setAttribute("aria-label", say("Map # of #", from.channel,
      network.layers[n].name));
    const value = (kind === "dense" ? probability : exactly)(made.output);
    oneTitle.textContent = kind === "dense"
      ? say("Digit #: #", at.channel, value)
      : kind === "flatten" ? say("Number # of the vector: #",
        `${at.channel}`, value)
        : say("Map #, row #, column #: #", from.channel, from.row, from.column,
          value);
  }
  function showSaw() {
    const { top, left, bottom, right } = now.saw;
    mark(input.frame, now.saw, [28, 28]);
    saw.textContent = say("It saw # × # pixels: rows # to #, columns # to #.",
      bottom + 1 - top, right + 1 - left, top, bottom, left, right);
  }
  function showTables() {
    if (!numbers.open || !now) return;
    const { outputs, at, made } = now;
    inTables.replaceChildren(...tables({ layer: network.layers[at.layer],
      output: outputs[at.layer], maps: outputs[at.layer - 1],
      channel: at.channel, made }));
  }

  const part = (name, ...parts) =>
    element("div", { class: `inside__part--${name}` }, ...parts);
  const hint = element("p", { class: "widget__hint", id: `${id}-hint` },
    say("Click or drag to choose; by keyboard, Tab leads to a picture and the " +
      "arrows move in it. Rows, columns and maps count from 0, as in Python."));
  const moved = element("p", { hidden: !asked.moves }); // and what was kept
  const work = element("div",
    { class: `inside__work ${asked.moves ? "inside__work--moves" : ""}` },
    element("div", { class: "inside__layers", role: "group",
      "aria-label": say("Layers") }, ...layers.map(({ button }) => button)),
    part("input", inputTitle, input.box, saw),
    part("maps", mapsTitle, maps.box), part("one", oneTitle, one.box),
    part("sum", ...asked.moves ? [
      element("p", { class: "inside__title" },
        say("The same map before the move")),
      element("div", { class: "inside__pane" }, before),
    ] : [sum]), hint, numbers);
  return {
    element: element("div", { class: "inside__view" }, problem, moved, work,
      heard),
    // A problem in the place of what there is to see; none to see it again.
    empty(text) {
      problem.textContent = text;
      problem.hidden = !text;
      work.hidden = Boolean(text);
    },
    show(state) {
      now = state;
      if (now.isNew) showLayers();
      moved.textContent = say("Moved # down and # to the right. Kept are the " +
        "values that are exactly what they were before the move; where there " +
        "was and is only paper, none is counted.", ...now.shift);
      layers.forEach(({ button }, n) =>
        button.setAttribute("aria-pressed", n === now.at.layer));
      showMaps();
      showOne();
      showSaw();
      if (!asked.moves) {
        const n = now.at.layer, under = network.layers[n - 1];
        const isPicking = sum.contains(document.activeElement);
        sum.replaceChildren(...shownSum(now.made, { picked: now.picked,
          layer: network.layers[n], before: under, pick: asked.pick }));
        if (isPicking) sum.querySelector("input")?.focus();
      }
      showTables();
    },
    summary: () => [...asked.moves ? [moved.textContent] : [],
      network.layers[now.at.layer].name, oneTitle.textContent,
      saw.textContent].map((text) => text.replace(/[.。]$/, "")).join(". "),
    tell(text) {
      heard.textContent = text;
    },
  };
}

// The digit follows the pointer by whole pixels.
function drag(box, { move, settle }) {
  let from;
  steer(box, { step: move, begin: () => { from = null; },
    point(down, across) {
      const to = [Math.floor(28 * down), Math.floor(28 * across)];
      from ??= to;
      const by = [to[0] - from[0], to[1] - from[1]];
      if (by[0] || by[1]) move(...by);
      from = to;
    },
    settle: () => settle() });
}
