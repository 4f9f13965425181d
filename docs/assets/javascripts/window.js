// The window on the home page: it moves over a digit, and a kernel answers.
// Digit, kernels and the first place come with the page, from the record. The
// page gets this file and what it imports as one script, docs/hooks/home.py.
import { conv2d, covered, image } from "./widgets/layers.js";

// What a kernel answers to each window, row by row.
export function answersOf({ pixels, side }, kernel) {
  const shape = [kernel.length, kernel[0].length, 1, 1];
  const input = image([side, side, 1], pixels);
  return conv2d(input, { kernel: kernel.flat(), shape }).data;
}

// Each weight of a kernel with the pixel that it lies on.
function pairs({ pixels, side }, kernel, row, column) {
  return covered({ shape: [side, side] }, { size: kernel.length }, row, column)
    .map((cell) =>
      [pixels[cell.row * side + cell.column], kernel[cell.a][cell.b]]);
}

// 218, −1, 28.4; and a weight of a ninth as 1/9.
function written(value) {
  const shown = Number.isInteger(value) ? value : value.toFixed(1);
  return `${shown}`.replace("-", "−");
}
function writtenWeight(weight) {
  return Number.isInteger(weight) ? written(weight)
    : `1/${Math.round(1 / weight)}`;
}

const root = document.getElementById("window");
const data = JSON.parse(document.getElementById("window-data").textContent);
const { pixels, side, kernels } = data;
const [digit, map] = root.querySelectorAll(".window__pane");
const cells = root.querySelectorAll("li");
const result = root.querySelector(".window__sum p b");
const said = root.querySelector(".window__said");
const chosen = () => root.querySelector("input:checked").value;
let [row, column] = data.at;
let kernel, answers, places;

// Values from −1 to 1 as squares, the stronger the more of a color.
function draw(pane, values, width, colors) {
  const canvas = pane.querySelector("canvas");
  canvas.width = canvas.height = width;
  const context = canvas.getContext("2d");
  const style = getComputedStyle(root);
  // Asked once: each question has the browser look at its style sheets.
  const [positive, negative] = colors.map((each) =>
    style.getPropertyValue(each));
  values.forEach((value, n) => {
    context.globalAlpha = Math.abs(value);
    context.fillStyle = value < 0 ? negative : positive;
    context.fillRect(n % width, Math.floor(n / width), 1, 1);
  });
}

function drawAll() {
  draw(digit, pixels.map((value) => value / 255), side, ["--ink"]);
  const limit = Math.max(...answers.map(Math.abs));
  draw(map, answers.map((value) => value / limit), places,
    ["--figure-blue", "--window-minus"]);
}

function choose() {
  kernel = kernels[chosen()];
  places = side - kernel.length + 1;
  answers = answersOf(data, kernel);
  drawAll();
  move(row, column);
}

function move(toRow, toColumn) {
  const inside = (value) => Math.max(0, Math.min(places - 1, value));
  row = inside(toRow);
  column = inside(toColumn);
  root.style.setProperty("--row", row);
  root.style.setProperty("--column", column);
  pairs(data, kernel, row, column).forEach(([pixel, weight], n) => {
    cells[n].firstElementChild.textContent = pixel;
    cells[n].lastElementChild.textContent = `× ${writtenWeight(weight)}`;
    cells[n].style.setProperty("--shade", pixel / 255);
  });
  result.textContent = written(answers[row * places + column]);
}

// For those who hear the page; not while a finger is on its way.
function tell() {
  const words = { row: row + 1, column: column + 1,
    result: result.textContent };
  said.textContent = said.dataset.says
    .replace(/\{(\w+)\}/g, (_, name) => words[name]);
}

const STEPS = {
  ArrowUp: () => [row - 1, column], ArrowDown: () => [row + 1, column],
  ArrowLeft: () => [row, column - 1], ArrowRight: () => [row, column + 1],
  Home: () => [row, 0], End: () => [row, places],
  PageUp: () => [0, column], PageDown: () => [places, column],
};
digit.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  move(...step());
  tell();
});

// The middle of the window, or of its mark on the map, follows the pointer.
function follow(pane, cellsAcross, offset) {
  const to = (event) => {
    const box = pane.getBoundingClientRect();
    const at = (from, length) =>
      Math.floor(from / length * cellsAcross()) - offset;
    move(at(event.clientY - box.top, box.height),
      at(event.clientX - box.left, box.width));
  };
  pane.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    pane.setPointerCapture(event.pointerId);
    to(event);
  });
  pane.addEventListener("pointermove", (event) => {
    if (pane.hasPointerCapture(event.pointerId)) to(event);
  });
  pane.addEventListener("pointerup", tell);
}
follow(digit, () => side, 1);
follow(map, () => places, 0);

root.addEventListener("change", () => { choose(); tell(); });
new MutationObserver(drawAll).observe(document.body,
  { attributeFilter: ["data-md-color-scheme"] });
choose();
