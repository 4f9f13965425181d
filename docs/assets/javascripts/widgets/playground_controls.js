// What a reader can choose of a playground: the input, the kernel and the
// window's settings. Each choice is a change that is asked for.
import { editable, element, paint } from "./grid.js";
import { LARGEST, SIDES, number, plain, resized, span }
  from "./playground_state.js";
import { say } from "./words.js";

let groups = 0; // radio buttons of two playgrounds must not be one group

// Buttons of which one is chosen: entries of [value, what it shows].
function choices(legend, entries, choose, kind = "") {
  groups += 1;
  const box = element("fieldset", { class: `play__choices ${kind}` },
    element("legend", {}, legend));
  const inputs = entries.map(([value, face]) => {
    const input = element("input",
      { type: "radio", name: `play-${groups}` });
    input.addEventListener("change", () => choose(value));
    box.append(element("label", {}, input, element("span", {}, face)));
    return { input, value };
  });
  return {
    element: box,
    show(now) {
      for (const { input, value } of inputs) input.checked = value === now;
    },
  };
}

const numbers = (from, to) => Array.from({ length: to - from + 1 },
  (_, n) => [from + n, `${from + n}`]);
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// The settings that a page can have, by name.
const SETTINGS = {
  kind: () => ({ legend: say("Pooling"), of: (state) => state.layer,
    entries: [["max", say("largest")], ["average", say("mean")]],
    change: (layer) => ({ layer }) }),
  side: () => ({ legend: say("Image, n"),
    of: (state) => state.input.length,
    entries: SIDES.map((side) => [side, `${side}`]),
    isFor: (state) => state.input.length <= SIDES.at(-1),
    change: (side, state) => ({ input: resized(state.input, side) }) }),
  window: (state) => ({ legend: say("Window, k"), of: span,
    entries: numbers(1, state.layer === "conv" ? 5 : 4),
    change: (side, now) => now.layer === "conv"
      ? { kernel: resized(now.kernel, side, true) } : { size: side } }),
  padding: (state) => ({ legend: say("Padding"), of: (now) => now.padding,
    entries: [["valid", "valid"], ["same", "same"],
      ...state.layer === "conv" ? [[1, "p = 1"], [2, "p = 2"]] : []],
    change: (padding) => ({ padding }) }),
  stride: () => ({ legend: say("Stride, s"), of: (state) => state.stride,
    entries: numbers(1, 4), change: (stride) => ({ stride }) }),
  dilation: () => ({ legend: say("Dilation, d"),
    of: (state) => state.dilation, entries: numbers(1, 3),
    change: (dilation) => ({ dilation }) }),
};

// inputs: [{name, input, source}], kernels: [[name, rows]], settings: names.
// ask(change) for each choice; refused(text, last) for what is no number.
export function controls(state, { inputs, kernels, settings, ask, refused }) {
  const parts = [];
  const pictures = inputs.map((each) => {
    const canvas = element("canvas",
      { role: "img", "aria-label": each.name });
    return [each, canvas];
  });
  const chosenInput = choices(say("Input"), pictures,
    ({ input, source }) => ask({ input, source }),
    "play__pictures");
  parts.push(chosenInput.element);
  function drawPictures() {
    for (const [{ input, source }, canvas] of pictures)
      paint(canvas, input, { plus: "--ink", write: () => "",
        limit: source ? 255 : undefined });
  }

  let chosenKernel, weights;
  if (state.layer === "conv") {
    chosenKernel = choices(say("Kernel"),
      kernels.map(([name, rows]) => [rows, name]),
      (kernel) => ask({ kernel }));
    weights = editable({
      label: say("Weights of the kernel"), read: number,
      name: (i, j) => say("Weight in row #, column #", i + 1, j + 1),
      write: (value) => plain(value).replace("-", "−"), refused,
      changed: (kernel) => ask({ kernel }),
    });
    parts.push(element("div", { class: "play__kernel" },
      weights.element, chosenKernel.element));
  }

  const chosen = settings.map((name) => {
    const { legend, entries, of, change, isFor } = SETTINGS[name](state);
    let now;
    const made = choices(legend, entries, (value) => ask(change(value, now)));
    parts.push(made.element);
    return (newState) => {
      now = newState;
      made.element.hidden = isFor ? !isFor(now) : false;
      made.show(of(now));
    };
  });

  return {
    parts, drawPictures,
    show(newState) {
      const { input, source } = newState;
      chosenInput.show(inputs.find((each) => source
        ? same(each.source, source) : same(each.input, input)));
      const kernel = kernels.find(([, rows]) => same(rows, newState.kernel));
      chosenKernel?.show(kernel?.[1]);
      weights?.show(newState.kernel);
      for (const each of chosen) each(newState);
    },
  };
}

// The numbers of the input as cells to type in.
export function inputCells(ask, refused) {
  return editable({
    label: say("Numbers of the input"), read: number, refused,
    name: (i, j) => say("Number in row #, column #", i + 1, j + 1),
    write: (value) => plain(value).replace("-", "−"),
    changed: (input) => ask({ input }),
  });
}

export function refusal(text, last) {
  return say(
    "Expected a number up to #, such as #, # or #; got “#”. # stays.",
    LARGEST, 2, "−1.5", "1/9", text, last);
}
