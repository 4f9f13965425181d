// What the playground computes, apart from what it looks like: a state is a
// plain object, each change makes a new one, and a link can hold it.
//   input    rows of numbers, a square; source {set, index} if it is a digit
//   layer    "conv", "max" or "average"
//   kernel   rows of weights, for "conv"; size of the window, for the others
//   padding  "valid", "same", or a number of zeros on each side
//   stride, dilation, and the place of the window: row, column
import { along, conv2d, covered, image, pool2d } from "./layers.js";

export const LARGEST = 999; // number that a reader can type
export const SIDES = [3, 4, 5, 6, 7, 8]; // of images with editable numbers

// Numbers as readers type them: 2, −1.5, 1/9, in any width; else null.
export function number(text) {
  const plain = text.normalize("NFKC").replace(/\s/g, "").replace("−", "-");
  const parts = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:\/(\d+))?$/.exec(plain);
  if (!parts) return null;
  const value = parts[1] / (parts[2] ?? 1) + 0; // 0 for −0
  return Math.abs(value) <= LARGEST ? value : null;
}

// A ninth is written 1/9, so that it comes back as it was; 1e-7 without the e.
export function plain(value) {
  const text = `${value}`.includes("e")
    ? value.toFixed(20).replace(/\.?0+$/, "") : `${value}`;
  if (text.length < 8) return text;
  for (const below of [3, 6, 7, 9])
    if (value * below === Math.round(value * below))
      return `${Math.round(value * below)}/${below}`;
  return text;
}

export function span(state) {
  return state.layer === "conv" ? state.kernel.length : state.size;
}

// The places of the window along a side, which is n long.
function places(state) {
  const { padding, stride } = state;
  const zeros = typeof padding === "number" ? padding : 0;
  const dilation = state.layer === "conv" ? state.dilation : 1;
  const options = { size: span(state), stride, dilation };
  options.padding = zeros ? "valid" : padding;
  return { options, zeros, dilation, n: state.input.length };
}

// How far the window reaches, and the room that it has; null if it fits.
export function misfit(state) {
  const { options, zeros, dilation, n } = places(state);
  const reach = (options.size - 1) * dilation + 1, room = n + 2 * zeros;
  return options.padding === "valid" && reach > room ? { reach, room } : null;
}

// The output, and what leads to it along a side.
export function compute(state) {
  const { options, zeros, n } = places(state);
  const room = n + 2 * zeros;
  const padded = Array.from({ length: room }, (_, i) =>
    Array.from({ length: room }, (_, j) =>
      state.input[i - zeros]?.[j - zeros] ?? 0));
  const input = image([room, room, 1], padded.flat());
  const side = along(room, options);
  const size = options.size;
  const output = state.layer === "conv"
    ? conv2d(input, { ...options, kernel: state.kernel.flat(),
      shape: [size, size, 1, 1] })
    : pool2d(input, { ...options, kind: state.layer });
  const { places: count, reach } = side;
  return {
    output, input, options, zeros, reach, count,
    before: side.before + zeros, after: side.after + zeros,
    // Rows and columns at the end that no window gets to.
    unseen: Math.max(0,
      n - ((count - 1) * state.stride + reach - side.before - zeros)),
  };
}

// The cells below the window: where, their values, weights and products. What
// is padding counts as 0 in a convolution, and not at all in pooling.
export function patch(state, computed) {
  const { input, options, zeros } = computed;
  const isConv = state.layer === "conv";
  return covered(input, options, state.row, state.column)
    .map(({ row, column, a, b }) => {
      const at = { row: row - zeros, column: column - zeros };
      const found = state.input[at.row]?.[at.column];
      const value = found ?? (isConv ? 0 : null);
      const weight = isConv ? state.kernel[a][b] : null;
      const inside = found !== undefined;
      return { ...at, inside, value, weight, product: value * weight };
    });
}

// The size of the output, as the lesson on padding writes it: the formula in
// letters, with today's numbers, and its result.
export function formula(state, computed) {
  const { padding, stride: s, dilation: d } = state;
  const n = state.input.length, k = span(state), { count, reach } = computed;
  if (padding === "same")
    return { letters: "⌈n / s⌉", numbers: `⌈${n} / ${s}⌉`, count };
  const p = computed.zeros;
  const spread = state.layer === "conv" && d > 1
    ? { letters: "d(k − 1) + 1",
      numbers: `${d} × (${k} − 1) + 1`, count: reach } : null;
  const letter = spread ? "(d(k − 1) + 1)" : "k";
  return {
    letters: `⌊(n + 2p − ${letter}) / s⌋ + 1`,
    numbers: `⌊(${n} + 2 × ${p} − ${reach}) / ${s}⌋ + 1`,
    count, spread,
  };
}

// A square of another side: what is there stays. An image goes on as it began,
// a kernel with ones.
export function resized(rows, side, isKernel) {
  const value = (i, j) => isKernel ? rows[i]?.[j] ?? 1
    : rows[i % rows.length][j % rows.length];
  return Array.from({ length: side }, (_, i) =>
    Array.from({ length: side }, (_, j) => value(i, j)));
}

// The state after a change. Keras takes a stride or a dilation above 1, not
// both; the one that was not asked for goes back to 1, and `yielded` names it.
// A window that was moved by its size still is.
export function changed(state, change) {
  const next = { ...state, ...change };
  if (change.input && !("source" in change)) next.source = null;
  const isTouching = state.layer !== "conv" && state.stride === state.size;
  if (change.size && !change.stride && isTouching) next.stride = change.size;
  const yields = change.dilation > 1 ? "stride" : "dilation";
  let yielded = null;
  if (next.layer === "conv" && next.stride > 1 && next.dilation > 1)
    next[yielded = yields] = 1;
  const problem = misfit(next);
  if (problem) return { state, problem };
  const last = compute(next).count - 1;
  const within = (at) => Math.max(0, Math.min(last, at));
  next.row = within(next.row);
  next.column = within(next.column);
  return { state: next, yielded };
}

// The cells around the window, with the window on them: few enough to be read
// and edited.
export function cut(state, { before, options }, side = 8) {
  const [top, left] = [state.row, state.column].map((at) => {
    const middle = at * state.stride - before + (options.size - side) / 2;
    const first = Math.round(middle / state.stride) * state.stride;
    return Math.max(0, Math.min(state.input.length - side, first));
  });
  const within = (at, first) => at - Math.round(first / state.stride);
  return {
    input: state.input.slice(top, top + side)
      .map((row) => row.slice(left, left + side)),
    row: within(state.row, top), column: within(state.column, left),
  };
}

// --- A link ------------------------------------------------------------------
const LAYERS = ["conv", "max", "average"];
const NAMES = { input: "x", kernel: "w", size: "w", row: "at", column: "at" };
const rowsOf = (rows) =>
  rows.map((row) => row.map(plain).join(",")).join("_");

// What a link says after its ?; the other parameters of the page stay.
export function toQuery(state, query) {
  const { source } = state;
  const values = {
    x: source ? `${source.set}-${source.index}` : rowsOf(state.input),
    w: state.layer === "conv" ? rowsOf(state.kernel) : `${state.size}`,
    layer: state.layer, padding: state.padding, stride: state.stride,
    dilation: state.layer === "conv" ? state.dilation : 1,
    at: `${state.row},${state.column}`,
  };
  const result = new URLSearchParams(query);
  for (const [name, value] of Object.entries(values)) result.set(name, value);
  return `${result}`.replaceAll("%2C", ",").replaceAll("%2F", "/");
}

function square(text, sides) {
  const rows = text.split("_").map((row) => row.split(",").map(number));
  const isSquare = rows.every((row) => row.length === rows.length);
  const isGood = isSquare && sides.includes(rows.length) &&
    !rows.flat().includes(null);
  return isGood ? rows : undefined;
}

function whole(text, most) {
  return /^\d$/.test(text) && text >= 1 && +text <= most ? +text : undefined;
}

// The change that a link asks for, of a page's first state; null if there is
// none in it. What of it makes no sense stands in `wrong`, as in the link, and
// is left out.
// `digits` finds the pixels of {set, index}.
export function fromQuery(query, state, digits) {
  const asked = new URLSearchParams(query);
  if (!asked.has("x") || !asked.has("w")) return null;
  const layer = asked.get("layer");
  const isAllowed = (layer === "conv") === (state.layer === "conv");
  const isLayer = LAYERS.includes(layer) && isAllowed;
  const change = { layer: isLayer ? layer : undefined };
  const source = /^(train|test)-(\d+)$/.exec(asked.get("x"));
  if (source) {
    change.source = { set: source[1], index: +source[2] };
    change.input = digits(change.source);
  } else change.input = square(asked.get("x"), [...SIDES, 28]);
  if (state.layer === "conv")
    change.kernel = square(asked.get("w"), [1, 2, 3, 4, 5]);
  else change.size = whole(asked.get("w"), 4);
  const padding = asked.get("padding");
  change.padding = ["valid", "same"].includes(padding) ? padding
    : state.layer === "conv" ? whole(padding, 2) : undefined;
  change.stride = whole(asked.get("stride"), 4);
  change.dilation = whole(asked.get("dilation"), 3);
  const at = /^(\d+),(\d+)$/.exec(asked.get("at"));
  change.row = at ? +at[1] : undefined;
  change.column = at ? +at[2] : undefined;
  const wrong = new Set();
  for (const key of Object.keys(change)) {
    if (change[key] !== undefined) continue;
    const name = NAMES[key] ?? key, value = asked.get(name);
    wrong.add(value ? `${name}=${value.slice(0, 40)}` : name);
    delete change[key];
  }
  if (!change.input) delete change.source;
  return { change, wrong: [...wrong] };
}
