// What the layers of Keras compute, channels last, in float32. Sums are kept
// in float64 and rounded once, so that they are at least as exact. No view, no
// words: tests/site/test_widget_layers.py runs this very file beside Keras.

// An image: its shape [height, width, channels], its values row by row.
export function image(shape, data) {
  const length = shape.reduce((product, side) => product * side, 1);
  if (shape.length !== 3 || data.length !== length)
    throw new RangeError(`an image of ${shape} has not ${data.length} values`);
  return { shape: [...shape], data: Float32Array.from(data) };
}

// The places of a window along a side of n cells: how many there are, the cells
// of padding before and after, and how far the window reaches. What "same" has
// to add is an odd number now and then; the cell that is left goes behind.
export function along(n, options) {
  const { size, stride = 1, padding = "valid", dilation = 1 } = options;
  for (const whole of [n, size, stride, dilation])
    if (!Number.isInteger(whole) || whole < 1)
      throw new RangeError(`not a whole number from 1 up: ${whole}`);
  const reach = (size - 1) * dilation + 1;
  if (padding === "same") {
    const places = Math.ceil(n / stride);
    const added = Math.max(0, (places - 1) * stride + reach - n);
    const before = Math.floor(added / 2);
    return { places, before, after: added - before, reach };
  }
  if (padding !== "valid") throw new RangeError(`no padding: ${padding}`);
  if (reach > n)
    throw new RangeError(`a window of ${reach} cells does not fit in ${n}`);
  const places = Math.floor((n - reach) / stride) + 1;
  return { places, before: 0, after: 0, reach };
}

// The same for both sides of an image, of which a kernel's shape or a window's
// size [height, width] is the first part; a single number means a square.
function places({ shape: [height, width] }, options) {
  const window = options.shape ?? options.size;
  const [down, across] = Array.isArray(window) ? window : [window, window];
  const { stride, padding, dilation = 1 } = options;
  const set = { stride, padding, dilation };
  return {
    rows: along(height, { ...set, size: down }),
    columns: along(width, { ...set, size: across }),
    ...{ down, across, dilation, stride: stride ?? 1 },
  };
}

const ACTIVATIONS = {
  linear: (values) => values,
  relu: (values) => values.map((value) => (value > 0 ? value : 0)),
  softmax,
};
function activated(values, activation = "linear") {
  const activate = ACTIVATIONS[activation];
  if (!activate) throw new RangeError(`no activation: ${activation}`);
  return activate(values);
}

// A kernel [height, width, channels in, channels out] at all places.
export function conv2d(input, options) {
  const { kernel, shape, bias, activation } = options;
  const [height, width, channels] = input.shape;
  const [, , from, to] = shape;
  const count = shape.reduce((product, side) => product * side, 1);
  if (from !== channels || kernel.length !== count)
    throw new RangeError(`a kernel of ${shape} on ${channels} channels`);
  if (bias && bias.length !== to)
    throw new RangeError(`${bias.length} biases for ${to} kernels`);
  const at = places(input, options);
  const { rows, columns, down, across, stride, dilation } = at;
  const out = new Float32Array(rows.places * columns.places * to);
  const sums = new Float64Array(to);
  for (let i = 0, place = 0; i < rows.places; i += 1)
    for (let j = 0; j < columns.places; j += 1, place += to) {
      if (bias) sums.set(bias);
      else sums.fill(0);
      for (let a = 0; a < down; a += 1) {
        const row = i * stride - rows.before + a * dilation;
        if (row < 0 || row >= height) continue;
        for (let b = 0; b < across; b += 1) {
          const column = j * stride - columns.before + b * dilation;
          if (column < 0 || column >= width) continue;
          const cell = (row * width + column) * channels;
          const weights = (a * across + b) * channels * to;
          for (let c = 0; c < channels; c += 1) {
            const value = input.data[cell + c];
            if (value === 0) continue; // most of a digit is
            const first = weights + c * to;
            for (let k = 0; k < to; k += 1)
              sums[k] += value * kernel[first + k];
          }
        }
      }
      out.set(activated(sums, activation), place);
    }
  return { shape: [rows.places, columns.places, to], data: out };
}

// The largest value below a window, or the mean, each channel by itself. Cells
// of padding count for neither.
export function pool2d(input, options) {
  const { size, kind } = options;
  if (kind !== "max" && kind !== "average")
    throw new RangeError(`no pooling: ${kind}`);
  const [height, width, channels] = input.shape;
  const stride = options.stride ?? size;
  const { rows, columns, down, across } = places(input, { ...options, stride });
  const out = new Float32Array(rows.places * columns.places * channels);
  for (let i = 0, place = 0; i < rows.places; i += 1)
    for (let j = 0; j < columns.places; j += 1) {
      const top = i * stride - rows.before, left = j * stride - columns.before;
      const [row, lastRow] = [Math.max(0, top), Math.min(height, top + down)];
      const lastColumn = Math.min(width, left + across);
      const cells = (lastRow - row) * (lastColumn - Math.max(0, left));
      for (let c = 0; c < channels; c += 1, place += 1) {
        let sum = 0, largest = -Infinity;
        for (let r = row; r < lastRow; r += 1)
          for (let k = Math.max(0, left); k < lastColumn; k += 1) {
            const value = input.data[(r * width + k) * channels + c];
            sum += value;
            if (value > largest) largest = value;
          }
        out[place] = kind === "max" ? largest : sum / cells;
      }
    }
  return { shape: [rows.places, columns.places, channels], data: out };
}

// Each value times its row of weights [values in, values out].
export function dense(vector, { kernel, shape, bias, activation }) {
  const [from, to] = shape;
  if (vector.length !== from || kernel.length !== from * to)
    throw new RangeError(`weights of ${shape} for ${vector.length} values`);
  if (bias && bias.length !== to)
    throw new RangeError(`${bias.length} biases for ${to} outputs`);
  const sums = Float64Array.from({ length: to }, (_, k) => bias?.[k] ?? 0);
  for (let n = 0; n < from; n += 1)
    for (let k = 0; k < to; k += 1)
      sums[k] += vector[n] * kernel[n * to + k];
  return Float32Array.from(activated(sums, activation));
}

export function softmax(vector) {
  const largest = Math.max(...vector);
  const powers = Array.from(vector, (value) => Math.exp(value - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return Float32Array.from(powers, (power) => power / sum);
}

export function flatten(input) {
  return input.data.slice();
}

// The cells of the input that lie below the window at a place of the output,
// each with its place [a, b] in the kernel; those of padding are not inside.
export function covered(input, options, row, column) {
  const { rows, columns, down, across, stride, dilation } =
    places(input, options);
  const isPlace = (at, side) => Number.isInteger(at) && at >= 0 && at < side;
  if (!isPlace(row, rows.places) || !isPlace(column, columns.places))
    throw new RangeError(`no place of the output: ${row}, ${column}`);
  const [height, width] = input.shape;
  return Array.from({ length: down * across }, (_, n) => {
    const a = Math.floor(n / across), b = n % across;
    const i = row * stride - rows.before + a * dilation;
    const j = column * stride - columns.before + b * dilation;
    const inside = isPlace(i, height) && isPlace(j, width);
    return { row: i, column: j, a, b, inside };
  });
}
