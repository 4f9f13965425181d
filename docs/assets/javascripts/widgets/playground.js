// A convolution to play with, or a pooling window: what a layer computes at
// each place of its window, and the Keras code for what is on the screen.
import { element, table } from "./grid.js";
import { code } from "./keras_code.js";
import { player } from "./player.js";
import { controls, inputCells, refusal } from "./playground_controls.js";
import { opening } from "./playground_inputs.js";
import { changed, compute, cut, fromQuery, toQuery, SIDES }
  from "./playground_state.js";
import { shown, shownWeight, view } from "./playground_view.js";
import { say } from "./words.js";

export async function start(host, options) {
  const begin = await opening(options);
  let { state } = begin, computed = compute(state);
  let isEditing = false;
  const id = `play-${options.lesson}`;
  const button = (...inside) =>
    element("button", { type: "button" }, ...inside);

  const hint = element("p", { class: "play__hint", id: `${id}-hint` },
    say("Drag the window, or use the arrow keys; Space plays."));
  const problem = element("p", { class: "play__problem", role: "status" });
  const said = element("p", { class: "widget__heard", role: "status" });
  const seen = view({ hint: hint.id, settle, toggle: () => bar.toggle(),
    move: (row, column) => { bar.stop(); move(row, column); } });
  const bar = player({
    go: (at) => {
      move(Math.floor(at / computed.count), at % computed.count);
      if (isPlaying) seen.grow(at + 1);
    },
    settle,
    started: () => { isPlaying = true; seen.grow(indexOf(state) + 1); },
    stopped: () => { isPlaying = false; seen.grow(Infinity); },
  });
  let isPlaying = false;
  const chosen = controls(state, { ...begin, ask, refused });
  const cells = inputCells(ask, refused);
  const edit = button();
  const tables = element("details", { class: "play__tables" },
    element("summary", {}, say("All numbers as tables")),
    element("div", { tabindex: 0 }));
  const listing = element("code", { id: `${id}-code`, tabindex: 0 });
  const copy = button(say("Copy the code"));
  copy.dataset.clipboardTarget = `#${listing.id}`;
  const link = button(say("Copy a link to this"));

  const tell = (text) => { problem.textContent = text ?? ""; };
  function refused(text, last) {
    tell(text === null ? null : refusal(text, last));
  }
  const indexOf = ({ row, column }) => row * computed.count + column;

  // The window goes to another place, or as near as it can.
  function move(row, column) {
    const within = (at) => Math.max(0, Math.min(computed.count - 1, at));
    state = { ...state, row: within(row), column: within(column) };
    seen.place(state);
    showPlace();
  }
  const where = () => say("Row #, column #: #", state.row + 1,
    state.column + 1, resultOf());
  const resultOf = () => shown(computed.output.data[indexOf(state)]);
  function showPlace() {
    bar.show(indexOf(state), computed.count ** 2, where());
  }
  // For those who hear the page; not while the window is on its way.
  function settle() {
    said.textContent = where();
  }

  // A choice: what cannot be says so, and all stays as it was.
  function ask(change) {
    bar.stop();
    const before = state;
    tell(take(change));
    show();
    if (state !== before) settle();
  }
  function take(change) {
    const { state: next, problem: misfit, yielded } = changed(state, change);
    state = next;
    return misfit ? say(
      "A window of # cells does not fit into #: take a smaller one, or pad.",
      misfit.reach, misfit.room)
      : yielded && say(
        "Keras takes a stride or a dilation above 1, not both: # is 1 again.",
        yielded === "stride" ? say("the stride") : say("the dilation"));
  }
  function show() {
    computed = compute(state);
    seen.show(state, computed);
    chosen.show(state);
    const isSmall = SIDES.includes(state.input.length);
    if (!isSmall) isEditing = false;
    if (isSmall) cells.show(state.input);
    cells.element.hidden = !isEditing;
    seen.input.hidden = seen.output.hidden = isEditing;
    edit.textContent = isEditing ? say("Done") : isSmall
      ? say("Change the numbers") : say("Cut out # by # cells to change", 8, 8);
    listing.textContent = code(state);
    showPlace();
    fillTables();
  }
  function fillTables() {
    if (!tables.open) return;
    const { shape: [rows, columns], data } = computed.output;
    const output = Array.from({ length: rows }, (_, i) =>
      [...data.subarray(i * columns, (i + 1) * columns)]);
    tables.lastChild.replaceChildren(
      table(say("Input"), state.input, shownWeight),
      table(say("Output"), output, shown));
  }
  tables.addEventListener("toggle", fillTables);

  edit.addEventListener("click", () => {
    isEditing = !isEditing;
    if (isEditing && !SIDES.includes(state.input.length))
      ask(cut(state, computed));
    else show();
    if (isEditing) cells.element.firstChild.focus();
  });
  // The theme copies what a button names, and says so.
  link.addEventListener("click", () => {
    const url = new URL(location.href);
    url.search = toQuery(state, url.search);
    url.hash = options.section ?? url.hash;
    history.replaceState(history.state, "", url);
    link.dataset.clipboardText = url;
  });
  link.dataset.clipboardText = "";

  const live = element("div", { class: "play__live" },
    seen.input, seen.output, cells.element, seen.sum, bar.element);
  const rest = element("div", { class: "play__settings" },
    ...chosen.parts, edit);
  const keras = element("div", { class: "play__code" },
    element("p", { class: "play__quiet" },
      say("What you see, computed by Keras")),
    element("pre", {}, listing),
    element("p", { class: "play__buttons" }, copy, link));
  host.append(element("div", { class: "play" },
    live, hint, problem, seen.size, rest, keras, tables, said));

  const asked = fromQuery(location.search, state, begin.find);
  const troubles = asked ? [take(asked.change), asked.wrong.length && say(
    "Part of the link makes no sense, and was left out: #",
    asked.wrong.join("; "))] : [];
  show();
  tell([...troubles, begin.trouble].filter(Boolean).join(" "));
  chosen.drawPictures();
  const redraw = () => { seen.repaint(); chosen.drawPictures(); };
  new MutationObserver(redraw).observe(document.body,
    { attributeFilter: ["data-md-color-scheme"] });
  new ResizeObserver(redraw).observe(seen.input);
}
