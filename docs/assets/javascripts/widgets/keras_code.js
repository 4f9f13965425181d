// The lines of Keras that compute what is on the screen, to copy and to run.
// The style is that of the lessons; comments name shapes, so that the code is
// the same in both languages.
const COLUMNS = 80;
const POOLS = { max: "MaxPooling2D", average: "AveragePooling2D" };
const LOADED = {
  train: "(train_pixels, _), _ = keras.datasets.mnist.load_data()",
  test: "_, (test_pixels, _) = keras.datasets.mnist.load_data()",
};

// state: input and kernel, rows of rows of numbers; layer "conv", "max" or
// "average"; size of the window of a pooling; padding "valid", "same", or how
// many zeros stand on each side; stride, dilation; and, if the input is a digit
// of MNIST as it comes, source: {set: "test", index: 3}.
export function code(state) {
  const { layer, stride, dilation = 1 } = state;
  const isPool = layer in POOLS;
  const zeros = typeof state.padding === "number" ? state.padding : 0;
  const padding = zeros ? "valid" : (state.padding ?? "valid");
  const sides = [state.input.length, state.input[0].length];
  const lines = ["import keras", "import numpy as np", "", ...image(state)];
  if (!isPool) lines.push(...array("kernel", state.kernel));
  lines.push("", single("batch", "image[None, :, :, None]", [1, ...sides, 1]));
  if (zeros)
    lines.push(`batch = keras.layers.ZeroPadding2D(padding=${zeros})(batch)`);
  if (isPool) {
    const set = { pool_size: state.size, strides: stride ?? state.size };
    lines.push(
      ...call(`pool = keras.layers.${POOLS[layer]}`, [], { ...set, padding }),
      "output = pool(batch)",
    );
  } else {
    if (stride > 1 && dilation > 1)
      throw new RangeError("Keras takes a stride or a dilation, not both");
    const shape = [state.kernel.length, state.kernel[0].length, 1, 1];
    const set = { strides: stride ?? 1, padding };
    if (dilation > 1) set.dilation_rate = dilation;
    lines.push(
      single("weights", "kernel[:, :, None, None]", shape),
      ...call("output = keras.ops.conv", ["batch", "weights"], set),
    );
  }
  lines.push("print(keras.ops.convert_to_numpy(output)[0, :, :, 0])");
  return `${lines.join("\n")}\n`;
}

function image({ input, source }) {
  if (!source) return array("image", input);
  const { set, index } = source;
  return [LOADED[set], `image = ${set}_pixels[${index}]`];
}

function single(name, from, shape) {
  return `${name} = ${from}.astype("float32")  # (${shape.join(", ")})`;
}

function call(begin, values, set) {
  const told = Object.entries(set).map(
    ([name, value]) => `${name}=${JSON.stringify(value)}`,
  );
  const inside = [...values, ...told].join(", ");
  const line = `${begin}(${inside})`;
  return line.length <= COLUMNS ? [line] : [`${begin}(`, `    ${inside}`, ")"];
}

// On one line if it fits, else a row on each, else rows that go on.
function array(name, rows) {
  const numbers = rows.map((row) => row.map(number));
  const inside = numbers.map((row) => `[${row.join(", ")}]`);
  const line = `${name} = np.array([${inside.join(", ")}])`;
  if (line.length <= COLUMNS && rows.length < 4) return [line];
  const indent = " ".repeat(8);
  const shown = numbers.flatMap((row, n) => {
    const whole = `${indent}${inside[n]},`;
    return whole.length <= COLUMNS ? [whole] : broken(row, indent);
  });
  return [`${name} = np.array(`, "    [", ...shown, "    ]", ")"];
}

function broken(row, indent) {
  const lines = [`${indent}[`];
  for (const each of row) {
    const longer = `${lines.at(-1)} ${each},`;
    if (lines.length > 1 && longer.length <= COLUMNS)
      lines[lines.length - 1] = longer;
    else lines.push(`${indent}    ${each},`);
  }
  return [...lines, `${indent}],`];
}

// As short as float32 allows; a ninth is 1 / 9.
function number(value) {
  const exact = Math.fround(value);
  if (Number.isInteger(exact)) return `${exact || 0}`; // no -0
  const short = shortest(exact);
  for (let below = 3; below < 100 && short.length > 6; below += 1) {
    const above = Math.round(exact * below);
    if (Math.fround(above / below) === exact) return `${above} / ${below}`;
  }
  return short;
}

function shortest(exact) {
  const digits = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const written = digits.map((count) => Number(exact.toPrecision(count)));
  return `${written.find((each) => Math.fround(each) === exact)}`;
}
