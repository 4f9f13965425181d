// What the playground shows of a state: the input with the window on it, what
// is below the window, and the output. It changes no state: it tells where the
// reader wants the window to be.
import { element, paint } from "./grid.js";
import { formula, patch, plain, span } from "./playground_state.js";
import { say, written } from "./words.js";

// Two digits behind the point for small numbers, as weights have them.
export function shown(value) {
  return written(value, Math.abs(value) < 10 ? 2 : 1);
}
export function shownWeight(value) {
  const text = plain(value);
  return (text.length < 6 ? text : shown(value)).replace("-", "−");
}

// Letters of a formula, as the lessons set them.
function inItalics(formula) {
  return formula.split(/([a-z])/).map((part, n) =>
    n % 2 ? element("i", {}, part) : part);
}

function pane(kind, attributes) {
  const canvas = element("canvas");
  const frame = element("span", { class: "play__frame" });
  const box = element("div", { class: `play__pane play__${kind}` },
    canvas, frame);
  for (const [key, value] of Object.entries(attributes))
    (kind === "output" ? canvas : box).setAttribute(key, value);
  return { box, canvas, frame };
}

// Part of a pane as a frame: top, left and side as parts of its own side.
function mark({ frame }, top, left, side) {
  const values = { top, left, width: side, height: side };
  for (const [name, value] of Object.entries(values))
    frame.style.setProperty(name, `${100 * value}%`);
}

// move(row, column) is called for each wish, settle() when it is over.
export function view({ hint, move, settle, toggle }) {
  const input = pane("input", { tabindex: 0, role: "application",
    "aria-describedby": hint });
  const output = pane("output", { role: "img" });
  const cells = element("ol", { class: "play__cells" });
  const result = element("p", { class: "play__result" });
  const colors = element("p", { class: "play__quiet" },
    say("Blue is positive, gray is negative."));
  const sum = element("div", { class: "play__sum" }, cells,
    element("div", {}, result, colors));
  const size = element("div", { class: "play__formula" });
  let state, computed, upTo = Infinity;

  // What can be seen of the input is as wide as it is with its padding.
  const side = () => computed.before + state.input.length + computed.after;

  function repaint() {
    const { before } = computed, isDigit = state.source;
    const [n, isConv] = [state.input.length, state.layer === "conv"];
    const isPadding = (i, j) =>
      [i, j].some((at) => at < before || at >= before + n);
    const values = Array.from({ length: side() }, (_, i) =>
      Array.from({ length: side() }, (_, j) =>
        state.input[i - before]?.[j - before] ?? (isConv ? 0 : null)));
    const limit = isDigit ? 255 : undefined;
    paint(input.canvas, values,
      { plus: "--ink", limit, isPadding, write: shownWeight });
    paintOutput();
  }
  function paintOutput() {
    const { output: { shape, data } } = computed;
    const rows = Array.from({ length: shape[0] }, (_, i) =>
      [...data.subarray(i * shape[1], (i + 1) * shape[1])]);
    const isPooling = state.layer !== "conv";
    const limit = isPooling && state.source ? 255 : undefined;
    const plus = isPooling ? "--ink" : undefined;
    paint(output.canvas, rows, { limit, upTo, write: shown,
      ...(plus && { plus }) });
  }

  function showSize() {
    const { letters, numbers, count, spread } = formula(state, computed);
    const line = (of) => element("p", {},
      element("span", {}, ...inItalics(of.letters)),
      element("span", {}, ` = ${of.numbers}`),
      element("span", {}, " = ", element("b", {}, `${of.count}`)));
    const lines = (spread ? [spread] : []).concat({ letters, numbers, count })
      .map(line);
    const { before, after, unseen } = computed;
    const notes = [];
    if (state.padding === "same")
      notes.push(say("Padding: # in front, # behind", before, after));
    if (unseen)
      notes.push(say("Rows and columns that no window reaches: #", unseen));
    size.replaceChildren(
      element("p", { class: "play__quiet" }, say("Output size")),
      ...lines,
      ...notes.map((note) => element("p", { class: "play__quiet" }, note)));
  }

  // Everything but the place.
  function show(newState, newComputed) {
    [state, computed] = [newState, newComputed];
    const k = span(state);
    const spread = state.layer === "conv" ? state.dilation : 1;
    if (cells.children.length !== k * k)
      cells.replaceChildren(...Array.from({ length: k * k },
        () => element("li", {},
          element("b"), element("span"), element("span"))));
    colors.hidden = state.layer !== "conv";
    cells.style.setProperty("--side", k);
    cells.classList.toggle("play__cells--small", k > 4);
    cells.classList.toggle("play__cells--bare", state.layer !== "conv");
    // A window that is spread out shows which cells it looks at.
    input.frame.style.setProperty("--reach", computed.reach);
    input.frame.replaceChildren(
      ...Array.from({ length: spread > 1 ? k * k : 0 }, (_, n) => {
        const cell = element("i");
        const line = (at) => `${at * spread + 1}`;
        cell.style.setProperty("grid-row", line(Math.floor(n / k)));
        cell.style.setProperty("grid-column", line(n % k));
        return cell;
      }));
    const names = [say("Input, # by #", state.input.length,
      state.input.length), say("Output, # by #", computed.count,
      computed.count)];
    input.box.setAttribute("aria-label", names[0]);
    output.canvas.setAttribute("aria-label", names[1]);
    showSize();
    repaint();
    place(state);
  }

  // The place of the window, and what is below it.
  function place(newState) {
    state = newState;
    const { row, column } = state;
    const start = (at) => at * state.stride / side();
    mark(input, start(row), start(column), computed.reach / side());
    const { count, output: { data } } = computed;
    mark(output, row / count, column / count, 1 / count);
    const value = data[row * count + column];
    const found = patch(state, computed);
    found.forEach((each, n) => fill(cells.children[n], each, value));
    result.replaceChildren(...named(found, value));
  }
  function fill(cell, { inside, value, weight, product }, answer) {
    const isConv = state.layer === "conv";
    const isLargest = state.layer === "max" && inside && value === answer;
    cell.className = isLargest ? "is-largest" : inside ? "" : "is-padding";
    const texts = [value === null ? "" : shown(value),
      isConv ? `× ${shownWeight(weight)}` : "",
      isConv ? `= ${shown(product)}` : ""];
    texts.forEach((text, n) => {
      const part = cell.children[n];
      if (part.textContent !== text) part.textContent = text;
    });
  }
  function named(found, value) {
    const what = { conv: say("sum"), max: say("largest"),
      average: say("mean") }[state.layer];
    return [`${what} = `, element("b", {}, shown(value))];
  }

  // --- Where the reader wants the window ---------------------------------
  const steps = {
    ArrowUp: () => [state.row - 1, state.column],
    ArrowDown: () => [state.row + 1, state.column],
    ArrowLeft: () => [state.row, state.column - 1],
    ArrowRight: () => [state.row, state.column + 1],
    Home: () => [state.row, 0], End: () => [state.row, Infinity],
    PageUp: () => [0, state.column], PageDown: () => [Infinity, state.column],
  };
  input.box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === " ") toggle();
    else if (steps[event.key]) {
      move(...steps[event.key]());
      settle();
    } else return;
    event.preventDefault();
  });
  function follow({ box }, across, placeOf) {
    const to = (event) => {
      const { top, left, width, height } = box.getBoundingClientRect();
      move(placeOf((event.clientY - top) / height * across()),
        placeOf((event.clientX - left) / width * across()));
    };
    box.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      box.setPointerCapture(event.pointerId);
      to(event);
    });
    box.addEventListener("pointermove", (event) => {
      if (box.hasPointerCapture(event.pointerId)) to(event);
    });
    box.addEventListener("pointerup", settle);
  }
  follow(input, side,
    (at) => Math.round((at - computed.reach / 2) / state.stride));
  follow(output, () => computed.count, Math.floor);

  return {
    input: input.box, output: output.box, sum, size, show, place, repaint,
    // While it plays, the output grows.
    grow(count) {
      upTo = count;
      paintOutput();
    },
  };
}
