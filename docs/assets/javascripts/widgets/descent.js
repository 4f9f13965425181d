// Descent: one weight goes downhill on its loss, step by step. All that is
// shown follows from the start, the learning rate and the number of steps.
import { draw } from "./descent_plot.js";
import { MOST, bend, bottom, factor, fate, path, program, short, written }
  from "./downhill.js";
import { say } from "./words.js";

const SLOW = 500, QUICK = 120; // milliseconds between steps
const AT_FIRST = 10; // steps that go slowly
const REST = 1e-6; // a step that is shorter, beside its weight, is none
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

function make(tag, attributes, ...inside) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes))
    element.setAttribute(key, value);
  element.append(...inside);
  return element;
}

function button(words, press, name = "") {
  const made = make("button", { type: "button", class: name }, words);
  made.addEventListener("click", press);
  return made;
}

// A slider with its name and what it is at.
function slider(words, [min, max, step]) {
  const input = make("input", { type: "range", min, max, step });
  const output = make("output", {});
  const element = make("label", { class: "descent__slider" },
    make("span", {}, words, " ", output), input);
  return { element, input, output };
}

// What becomes of the weight, with the numbers of its distance.
const FATES = {
  flat: () => say("The slope is 0 here, so there is no direction to go."),
  there: () => say("One step, and the weight is there."),
  creeps: (left) => say("It creeps: a step leaves # of the distance.", left),
  closer: (left) => say("Closer with every step: # of the distance is left.",
    left),
  sides: (left) => say(
    "From side to side, and closer: # of the distance is left.", left),
  forever: () => say("Back and forth for ever: the other side is as far."),
  bursts: (left) => say(
    "It bursts: each step lands on the other side, # times as far.", left),
};

// What a page of the lesson gives it: examples x and wanted, rates, start,
// steps, and the part of the curve that is shown first.
export function start(host, { x, wanted, rates, start: first, steps, shown }) {
  const examples = { x, wanted };
  const begin = { start: first, rate: rates[1] ?? rates[0], steps: 0 };
  const state = { ...begin };
  let places, at, timer;

  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("role", "img");
  const handle = make("span", { class: "descent__handle" });
  const plot = make("div", { class: "descent__plot" }, svg, handle);
  const rate = slider(say("Learning rate"), [0.01, 1, 0.01]);
  const from = slider(say("Start at weight"), [...shown, 0.1]);
  const lessons = rates.map((value) =>
    button(short(value), () => set({ rate: value }, true)));
  const play = button(say("Play"), () => (timer ? pause() : run()));
  const controls = make("div", { class: "widget__controls" },
    button(say("Take a step"), () => step(), "descent__first"), play,
    button(say("Start over"), () => set({ steps: 0 }, true)));
  const keys = Object.fromEntries(["loss", "slope", "step"].map((name) =>
    [name, make("span", { class: `descent__key descent__key--${name}` })]));
  const sums = make("p", { class: "descent__sums" });
  const verdict = make("p", { class: "descent__fate" });
  const said = make("p", { class: "widget__heard", role: "status" });
  const rows = make("tbody", {});
  const heads = [say("Steps"), say("Weight"), say("Loss")];
  const table = make("div",
    { class: "descent__table", tabindex: 0, role: "region",
      "aria-label": say("All steps so far") },
    make("table", { class: "descent__steps" }, make("thead", {}, make("tr", {},
      ...heads.map((head) => make("th", { scope: "col" }, head)))), rows));
  const code = make("code", { id: "descent-code" });
  const copy = make("button", { type: "button", class: "md-code__button",
    "data-clipboard-target": "#descent-code", "data-md-type": "copy",
    title: say("Copy the code") });

  function render() {
    places = path(examples, state);
    const ends = !Number.isFinite(places.at(-1).loss);
    state.steps = places.length - 1;
    const here = places.at(-1);
    const [next] = ends ? []
      : path(examples, { start: here.weight - state.rate * here.slope,
        rate: state.rate, steps: 0 });
    at = draw(svg, examples, { shown, places, next,
      names: { weight: say("Weight"), loss: say("Loss") } });
    const [left, top] = [at.x(state.start), at.y(places[0].loss)];
    handle.style.setProperty("left", `${left}px`);
    handle.style.setProperty("top", `${top}px`);
    for (const [each, value] of [[rate, state.rate], [from, state.start]]) {
      each.input.value = value;
      each.output.textContent = short(value);
    }
    lessons.forEach((each, n) =>
      each.setAttribute("aria-pressed", rates[n] === state.rate));
    tell(here, next);
    rows.replaceChildren(...places.map(row));
    table.scrollTop = table.scrollHeight;
    code.textContent = program(examples,
      { ...state, steps: state.steps || steps });
  }

  function row({ weight, loss }, n) {
    const cells = [weight, loss].map((value) =>
      make("td", {}, written(value)));
    return make("tr", {}, make("th", { scope: "row" }, `${n}`), ...cells);
  }

  // The numbers of this step, and what becomes of the weight.
  function tell(here, next) {
    const change = -state.rate * here.slope;
    const enclosed = (value) =>
      value < 0 ? `(${written(value)})` : written(value);
    keys.loss.textContent = `${say("Loss")} ${written(here.loss)}`;
    keys.slope.textContent = `${say("Slope")} ${written(here.slope)}`;
    keys.step.textContent = `${say("Next step")} ${written(change)}`;
    const left = factor(examples, state.rate);
    const lines = [say("Factor of a step: 1 − # × # = #", short(bend(examples)),
      short(state.rate), short(left))];
    if (next) lines.unshift(say("Next weight: # − # × # = #",
      written(here.weight), short(state.rate), enclosed(here.slope),
      written(next.weight)));
    sums.replaceChildren(...lines.map((line) => make("span", {}, line)));
    verdict.textContent = !next
      ? say("The loss is too large for the computer now: inf, and soon nan.")
      : state.steps ? FATES[fate(examples, state)](short(Math.abs(left)))
        : say("Take a step, or change the learning rate first.");
    svg.setAttribute("aria-label", say(
      "A valley with its floor at #; the weight is at #, after # steps.",
      short(bottom(examples)), written(here.weight), `${state.steps}`));
  }

  // For those who hear the page; not while something is dragged, or plays.
  function announce() {
    const { weight, loss } = places.at(-1);
    said.textContent = say("Step #: weight #, loss #.", `${state.steps}`,
      written(weight), written(loss)) + ` ${verdict.textContent}`;
  }

  function set(change, isDone) {
    if (timer) pause();
    Object.assign(state, change);
    render();
    if (isDone) announce();
  }

  const isOver = () => state.steps >= MOST
    || !Number.isFinite(places.at(-1).loss);
  function step() {
    if (isOver()) announce();
    else set({ steps: state.steps + 1 }, true);
  }

  function pause() {
    clearTimeout(timer);
    timer = undefined;
    play.textContent = say("Play");
  }

  // One step after the other, until there is nowhere to go; who wants no
  // motion gets as many as the lesson takes.
  function run() {
    if (isOver()) set({ steps: 0 });
    if (STILL.matches) return set({ steps: state.steps + steps }, true);
    play.textContent = say("Pause");
    const again = () => {
      state.steps += 1;
      render();
      const { weight, slope } = places.at(-1);
      const change = Math.abs(state.rate * slope);
      if (isOver() || change < REST * Math.max(1, Math.abs(weight)))
        return void (pause(), announce());
      timer = setTimeout(again, state.steps < AT_FIRST ? SLOW : QUICK);
    };
    timer = setTimeout(again, 0);
  }

  for (const [name, { input }] of [["rate", rate], ["start", from]]) {
    input.addEventListener("input", () => set({ [name]: +input.value }));
    input.addEventListener("change", announce);
  }
  handle.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault(); // or the text is selected
    handle.setPointerCapture(event.pointerId);
  });
  handle.addEventListener("pointermove", (event) => {
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const x = event.clientX - svg.getBoundingClientRect().left;
    const weight = Math.round(10 * at.weight(x)) / 10;
    set({ start: Math.max(shown[0], Math.min(shown[1], weight)) });
  });
  handle.addEventListener("lostpointercapture", announce);

  host.append(make("div", { class: "descent" },
    make("div", { class: "descent__picture" }, plot,
      make("p", { class: "descent__keys" }, ...Object.values(keys))),
    make("div", { class: "descent__sliders" },
      make("div", {}, rate.element, make("p", { class: "descent__rates" },
        say("As in the lesson:"), ...lessons)),
      from.element),
    controls,
    make("div", { class: "descent__words" }, sums, verdict), said,
    table,
    make("p", { class: "widget__hint" },
      say("Drag the ring, or move the sliders with the arrow keys.")),
    make("details", { class: "example" }, make("summary", {}, say("The same steps in Keras")),
      make("div", { class: "highlight" }, make("pre", {},
        make("div", { class: "md-code__nav" }, copy), code)))));
  render();
  new ResizeObserver(render).observe(plot);
}
