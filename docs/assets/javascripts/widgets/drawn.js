// A drawing, made ready for the network as the lesson `own_digit` does it, in
// the same steps and with the same numbers; tests run that lesson's Python
// beside it. A drawing is ink from 0 to 1 on a square sheet, without a paper
// that would have to be told from it.
import { trouble } from "./words.js";

export const SHEET = 128; // as large as the lesson lets a picture be
export const PEN = 4.5; // the radius; the lesson draws with 14 of 200 pixels
const FAINTEST = 40 / 255, THRESHOLD = 0.25, BOX = 20, SIDE = 28, MIDDLE = 14;

export const sheet = () => new Float32Array(SHEET * SHEET);

// Draw a line with a round pen, smooth at its edge.
export function draw(ink, from, to, radius = PEN) {
  const [x, y] = [to.x - from.x, to.y - from.y], square = x * x + y * y || 1;
  const low = (a, b) => Math.max(0, Math.floor(Math.min(a, b) - radius - 1));
  const high = (a, b) =>
    Math.min(SHEET - 1, Math.ceil(Math.max(a, b) + radius + 1));
  for (let i = low(from.y, to.y); i <= high(from.y, to.y); i += 1)
    for (let j = low(from.x, to.x); j <= high(from.x, to.x); j += 1) {
      const [across, down] = [j + 0.5 - from.x, i + 0.5 - from.y];
      const along = Math.min(1, Math.max(0, (across * x + down * y) / square));
      const far = Math.hypot(across - along * x, down - along * y);
      const value = Math.min(1, Math.max(0, radius + 0.5 - far));
      if (value > ink[i * SHEET + j]) ink[i * SHEET + j] = value;
    }
}

// Each step: the box around the ink, what is cut out and scaled, its center of
// mass, and the image that the network gets.
export function prepared(ink) {
  const darkest = ink.reduce((most, value) => Math.max(most, value), 0);
  if (darkest < FAINTEST)
    throw trouble("The sheet is still empty: draw a digit first.");
  const full = { shape: [SHEET, SHEET], data: ink.map((v) => v / darkest) };
  const box = boxOf(full);
  const small = scaled(cut(full, box));
  const center = centerOfMass(small);
  const [height, width] = small.shape;
  const place = (at, length) =>
    Math.min(SIDE - length, Math.max(0, roundEven(MIDDLE - at)));
  const [top, left] = [place(center[0], height), place(center[1], width)];
  const pixels = new Float32Array(SIDE * SIDE);
  for (let i = 0; i < height; i += 1)
    pixels.set(small.data.subarray(i * width, (i + 1) * width),
      (top + i) * SIDE + left);
  return { box, small, center, top, left, pixels };
}

function boxOf({ shape: [height, width], data }) {
  const box = { top: height, left: width, bottom: -1, right: -1 };
  data.forEach((value, n) => {
    if (value <= THRESHOLD) return;
    const row = Math.floor(n / width), column = n % width;
    box.top = Math.min(box.top, row);
    box.left = Math.min(box.left, column);
    box.bottom = Math.max(box.bottom, row);
    box.right = Math.max(box.right, column);
  });
  return box;
}

function cut({ shape: [, width], data }, { top, left, bottom, right }) {
  const shape = [bottom - top + 1, right - left + 1];
  return { shape, data: Float32Array.from({ length: shape[0] * shape[1] },
    (_, n) => data[(top + Math.floor(n / shape[1])) * width
      + left + n % shape[1]]) };
}

// The longer side becomes 20; the strongest ink 1 again.
function scaled(digit) {
  const [height, width] = digit.shape, scale = BOX / Math.max(height, width);
  const side = (length) => Math.max(1, roundEven(scale * length));
  const small = resized(digit, side(height), side(width));
  const most = small.data.reduce((a, b) => Math.max(a, b), 0);
  const data = small.data.map((v) => Math.min(1, Math.max(0, v / most)));
  return { shape: small.shape, data };
}

// As Pillow resizes: cubic, over as many pixels as become one; rows first.
function resized(picture, height, width) {
  return along(along(picture, width, false), height, true);
}
function along({ shape, data }, length, isDown) {
  const [height, width] = shape, before = isDown ? height : width;
  if (length === before) return { shape, data };
  const others = isDown ? width : height;
  const [step, next] = isDown ? [width, 1] : [1, width];
  const out = new Float32Array(length * others);
  for (let n = 0; n < length; n += 1) {
    const { first, weights } = shares(n, before, length);
    for (let other = 0; other < others; other += 1) {
      const sum = weights.reduce((total, weight, k) =>
        total + weight * data[(first + k) * step + other * next], 0);
      out[isDown ? n * others + other : other * length + n] = sum;
    }
  }
  return { shape: isDown ? [length, width] : [height, length], data: out };
}

// The pixels of which a pixel is made, from the first on, and their shares.
function shares(n, before, after) {
  const scale = before / after, wide = Math.max(1, scale);
  const center = (n + 0.5) * scale;
  const first = Math.max(0, Math.trunc(center - 2 * wide + 0.5));
  const end = Math.min(before, Math.trunc(center + 2 * wide + 0.5));
  const raw = Array.from({ length: end - first }, (_, k) =>
    cubic((first + k - center + 0.5) / wide));
  const sum = raw.reduce((total, weight) => total + weight, 0);
  return { first, weights: raw.map((weight) => weight / sum) };
}
function cubic(signed) {
  const x = Math.abs(signed), a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

function centerOfMass({ shape: [, width], data }) {
  let [row, column, sum] = [0, 0, 0];
  data.forEach((value, n) => {
    row += value * Math.floor(n / width);
    column += value * (n % width);
    sum += value;
  });
  return [row / sum, column / sum];
}

// To the even number where two are as near, as Python and NumPy round.
function roundEven(value) {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}
