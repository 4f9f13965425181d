// Gradient descent on a network of one weight, in float64 and in the order of
// the lesson's script, so that both come to the same numbers. No view, no words:
// tests run this very file beside NumPy and Keras.

export const MOST = 300; // steps; no table should be longer
const HUGE = 1e5, TINY = 5e-4; // beyond them, powers of ten are written

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

// The mean of the squared errors, and how it changes with the weight.
export function loss({ x, wanted }, weight) {
  return mean(x.map((value, n) => (weight * value - wanted[n]) ** 2));
}
export function slope({ x, wanted }, weight) {
  return mean(x.map((value, n) => 2 * (weight * value - wanted[n]) * value));
}

// The weight of the least loss.
export function bottom({ x, wanted }) {
  const products = mean(x.map((value, n) => value * wanted[n]));
  return products / mean(x.map((value) => value * value));
}

// How much the slope grows with the weight: 5, so that it is 5(w − 2).
export function bend({ x }) {
  return mean(x.map((value) => 2 * value * value));
}

// What a step makes of the distance to the bottom: it multiplies it by this.
export function factor(examples, rate) {
  return 1 - bend(examples) * rate;
}

// Where the steps lead: the start and what follows it. The last is where the
// numbers of the computer end, if they do.
export function path(examples, { start, rate, steps }) {
  const places = [];
  for (let weight = start; places.length <= Math.min(steps, MOST); ) {
    const place = { weight, loss: loss(examples, weight),
      slope: slope(examples, weight) };
    places.push(place);
    if (!Number.isFinite(place.loss)) break;
    weight -= rate * place.slope;
  }
  return places;
}

// What becomes of it: flat, there, creeps, closer, sides, forever, or bursts.
export function fate(examples, { start, rate }) {
  const left = factor(examples, rate);
  if (slope(examples, start) === 0) return "flat";
  if (Math.abs(left) < 1e-9) return "there";
  if (Math.abs(left + 1) < 1e-9) return "forever";
  if (left < -1) return "bursts";
  if (left < 0) return "sides";
  return left < 0.8 ? "closer" : "creeps"; // 0.8: not there in 20 steps
}

// 1.875, −0.420, 4.2 × 10¹², inf.
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
export function written(value, digits = 3) {
  const size = Math.abs(value);
  let text = size.toFixed(digits);
  if (size === Infinity) text = "inf"; // as NumPy has it
  else if (size >= HUGE || (size < TINY && size > 0)) {
    const [front, power] = size.toExponential(2).split("e");
    const raised = Array.from(`${Math.abs(power)}`, (digit) => RAISED[digit]);
    text = `${+front} × 10${power < 0 ? "⁻" : ""}${raised.join("")}`;
  }
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

// As few digits as say it: 0.15, 2, 30.
export function short(value) {
  const rounded = Number(value.toPrecision(4));
  const digits = `${Math.abs(rounded)}`.split(".")[1]?.length ?? 0;
  return Math.abs(rounded) < HUGE && digits < 5
    ? written(rounded, digits) : written(value);
}

// The same steps in Keras.
export function program({ x, wanted }, { start, rate, steps }) {
  const float = (value) => (Number.isInteger(value) ? `${value}.0` : value);
  const column = (values) =>
    `np.array([${values.map((value) => `[${float(value)}]`).join(", ")}])`;
  return `import keras
import numpy as np

x = ${column(x)}
wanted = ${column(wanted)}
model = keras.Sequential(
    [keras.Input(shape=(1,)), keras.layers.Dense(1, use_bias=False)]
)
model.set_weights([np.array([[${float(start)}]])])
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=${rate}),
    loss="mean_squared_error",
)
for step in range(${steps}):
    model.train_on_batch(x, wanted)
    print(f"{model.get_weights()[0].item():.6g}")
`;
}
