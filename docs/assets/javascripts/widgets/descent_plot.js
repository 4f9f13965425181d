// The loss over the weight, drawn: the curve, the steps so far, and the next.
import { bottom, loss, short } from "./downhill.js";

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = { top: 24, right: 12, bottom: 36 };
const DIGIT = 6.8; // pixels across, of a label
const TANGENT = 34; // pixels from the point to either end
const CURVE = 80; // pieces

function shape(name, attributes, ...inside) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes))
    element.setAttribute(key, value);
  element.append(...inside);
  return element;
}

// Round numbers from one to another: as many as there is room for, or three.
function ticks(from, to, room) {
  const power = 10 ** Math.floor(Math.log10((to - from) / 10));
  for (const round of [1, 2, 2.5, 5, 10, 20, 25, 50]) {
    const step = round * power;
    const first = Math.ceil(from / step);
    const length = Math.floor(to / step) - first + 1;
    if (length <= Math.max(3, room))
      return Array.from({ length }, (_, n) => (first + n) * step);
  }
}

// The part of the curve that has all places in it: that of the lesson's
// figure, or twice, four times … as much on both sides of the bottom.
function frame(examples, [from, to], places) {
  const middle = bottom(examples);
  let reach = Math.max(middle - from, to - middle);
  for (const { weight } of places)
    while (Math.abs(weight - middle) > reach) reach *= 2;
  const top = 1.045 * loss(examples, middle + reach);
  return { from: middle - reach, to: middle + reach, top, floor: -top / 32 };
}

function scales({ from, to, top, floor }, width, height) {
  const rows = ticks(0, top, 4);
  const longest = Math.max(...rows.map((row) => short(row).length));
  const left = 14 + DIGIT * longest;
  const right = width - MARGIN.right, bottom = height - MARGIN.bottom;
  const across = (right - left) / (to - from);
  const down = (bottom - MARGIN.top) / (top - floor);
  const columns = ticks(from, to, Math.min(7, (right - left) / 80));
  return {
    rows, columns, left, right, bottom, across, down,
    x: (weight) => left + (weight - from) * across,
    y: (value) => bottom - (value - floor) * down,
    weight: (x) => from + (x - left) / across,
  };
}

function axes({ rows, columns, left, right, bottom, x, y }, names) {
  const line = (x1, y1, x2, y2) =>
    shape("line", { x1, y1, x2, y2, class: "descent__grid" });
  return [
    ...rows.flatMap((value) => [
      line(left, y(value), right, y(value)),
      shape("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" },
        short(value)),
    ]),
    ...columns.flatMap((value) => [
      line(x(value), MARGIN.top, x(value), bottom),
      shape("text", { x: x(value), y: bottom + 15, "text-anchor": "middle" },
        short(value)),
    ]),
    shape("text", { x: right, y: bottom + 31, "text-anchor": "end" },
      names.weight),
    shape("text", { x: 6, y: 15 }, names.loss),
  ];
}

// A short piece of the straight line that the curve is, seen from close up.
function tangent({ x, y, across, down }, { weight, loss: value, slope }) {
  const steepness = slope * down / across; // in pixels
  const dx = TANGENT / Math.hypot(1, steepness), dy = dx * steepness;
  return shape("line", {
    x1: x(weight) - dx, y1: y(value) + dy,
    x2: x(weight) + dx, y2: y(value) - dy, class: "descent__slope",
  });
}

// From the point to above or below the next; from there, down to the curve.
function arrow({ x, y }, here, next) {
  const [from, to, level] = [x(here.weight), x(next.weight), y(here.loss)];
  const side = Math.sign(to - from);
  const head = Math.min(9, Math.abs(to - from));
  return [
    shape("path", { class: "descent__step",
      d: `M${from} ${level}H${to - side * head}` }),
    shape("path", { class: "descent__head",
      d: `M${to} ${level}l${-side * head} -5v10z` }),
    shape("line", { class: "descent__fall",
      x1: to, y1: level, x2: to, y2: y(next.loss) }),
  ];
}

// Draw it anew, as wide as it is now. Tells where a weight is, and which weight
// is where.
export function draw(svg, examples, { shown, places, next, names }) {
  const { width, height } = svg.getBoundingClientRect();
  const isDrawn = (place) => Number.isFinite(99 * place?.loss); // axes, too
  const drawn = places.filter(isDrawn), ahead = [next].filter(isDrawn);
  const part = frame(examples, shown, [...drawn, ...ahead]);
  const at = scales(part, width, height);
  const point = ({ weight, loss: value }) => `${at.x(weight)},${at.y(value)}`;
  const here = drawn.at(-1);
  const curve = Array.from({ length: CURVE + 1 }, (_, n) => {
    const weight = part.from + (part.to - part.from) * n / CURVE;
    return point({ weight, loss: loss(examples, weight) });
  });
  const dot = (place, r, name) => shape("circle",
    { cx: at.x(place.weight), cy: at.y(place.loss), r, class: name });
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren(
    ...axes(at, names),
    shape("polyline", { points: curve.join(" "), class: "descent__curve" }),
    shape("polyline",
      { points: drawn.map(point).join(" "), class: "descent__path" }),
    ...drawn.map((place) => dot(place, 3.5, "descent__dot")),
    tangent(at, here),
    dot(here, 6, "descent__here"),
    ...ahead.flatMap((place) => arrow(at, here, place)),
  );
  return at;
}
