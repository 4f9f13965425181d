// The network of the lesson `mnist_convnet`, with the weights of its recorded
// run: what each layer gives, and what each of its numbers was made from. No
// view and, but for a file that is not as it should be, no words.
import { sha256 } from "./checksum.js";
import { file } from "./files.js";
import { conv2d, covered, dense, image, pool2d, softmax } from "./layers.js";
import { trouble } from "./words.js";

// As its summary lists them. Shapes of weights are those of Keras.
const conv = (name, from, to) =>
  ({ name, kind: "conv", shape: [3, 3, from, to], activation: "relu" });
const pool = (name) => ({ name, kind: "max", size: 2 });
const LAYERS = [
  { name: "input_layer", kind: "input" },
  conv("conv2d", 1, 32), pool("max_pooling2d"),
  conv("conv2d_1", 32, 64), pool("max_pooling2d_1"),
  conv("conv2d_2", 64, 128),
  { name: "flatten", kind: "flatten" },
  { name: "dense", kind: "dense", shape: [1152, 10] },
];

// The network, from what docs/hooks/playable.py says of the recorded file.
export async function load({ weights, digest, seed, accuracy }) {
  const buffer = await file(weights);
  if (!sha256(buffer).startsWith(digest))
    throw trouble(
      "The file # is not what the recorded run left. Load the page again.",
      weights,
    );
  return { layers: layersOf(buffer), seed, accuracy, digest };
}

// Layers with their weights, which follow one another in the file as in Keras:
// of each layer its kernel, and then its bias; the low byte of each is first.
export function layersOf(buffer) {
  const view = new DataView(buffer);
  let at = 0;
  const take = (length) => Float32Array.from({ length }, () => {
    const value = view.getFloat32(at, true);
    at += 4;
    return value;
  });
  const product = (shape) => shape.reduce((total, side) => total * side, 1);
  return LAYERS.map((layer) => layer.shape
    ? { ...layer, kernel: take(product(layer.shape)),
      bias: take(layer.shape.at(-1)) }
    : layer);
}

// What each layer gives for an image [28, 28, 1], the image first. A vector is
// an image of a single cell.
export function forward({ layers }, input) {
  const outputs = [];
  for (const layer of layers) {
    const before = outputs.at(-1);
    const vector = (data) => image([1, 1, data.length], data);
    if (layer.kind === "input") outputs.push(input);
    else if (layer.kind === "conv") outputs.push(conv2d(before, layer));
    else if (layer.kind === "max") outputs.push(pool2d(before, layer));
    else if (layer.kind === "flatten") outputs.push(vector(before.data));
    else outputs.push(vector(softmax(dense(before.data, layer))));
  }
  return outputs;
}

// Where a value of the vector stands in the maps that were written in a row.
export function unflattened([, width, channels], n) {
  const cell = Math.floor(n / channels);
  return { row: Math.floor(cell / width), column: cell % width,
    channel: n % channels };
}

// The pixels that a cell of a layer depends on: its receptive field.
export function field(network, outputs, n, at) {
  let { row: top, column: left } = at, { row: bottom, column: right } = at;
  for (let layer = n; layer > 0; layer -= 1) {
    const { kind } = network.layers[layer], before = outputs[layer - 1];
    if (kind === "dense") continue; // all of the vector
    if (kind === "flatten") {
      const [height, width] = before.shape;
      if (n > layer) [top, left, bottom, right] = [0, 0, height - 1, width - 1];
      else {
        ({ row: top, column: left } = unflattened(before.shape, at.channel));
        [bottom, right] = [top, left];
      }
    } else {
      const first = windowOf(network, outputs, layer, top, left)[0];
      const last = windowOf(network, outputs, layer, bottom, right).at(-1);
      [top, left] = [first.row, first.column];
      [bottom, right] = [last.row, last.column];
    }
  }
  return { top, left, bottom, right };
}

// The cells of the layer before that a cell was made from.
export function windowOf(network, outputs, n, row, column) {
  const layer = network.layers[n];
  const options = layer.kind === "max" ? { ...layer, stride: layer.size }
    : layer;
  return covered(outputs[n - 1], options, row, column);
}

// What a number was made from: its terms, by channel of the layer before, each
// {channel, cells: [{row, column, value, weight, product}], sum}; the bias; the
// sum of all; what became of it, the output.
export function made(network, outputs, n, { row, column, channel }) {
  const layer = network.layers[n], before = outputs[n - 1];
  const [, width, channels] = outputs[n].shape;
  const output = outputs[n].data[(row * width + column) * channels + channel];
  if (layer.kind === "input") return { kind: layer.kind, output };
  if (layer.kind === "flatten") {
    const from = unflattened(before.shape, channel);
    return { kind: layer.kind, output, from };
  }
  if (layer.kind === "max") {
    const cells = windowOf(network, outputs, n, row, column)
      .map((cell) => ({ ...cell, value: valueAt(before, cell, channel) }));
    return { kind: layer.kind, output, cells };
  }
  const isDense = layer.kind === "dense";
  const maps = isDense ? outputs[n - 2] : before;
  const cells = isDense ? everyCell(maps)
    : windowOf(network, outputs, n, row, column);
  const count = maps.shape[2], outs = layer.shape.at(-1);
  const terms = Array.from({ length: count }, (_, from) => {
    const products = cells.map((cell, k) => {
      const value = valueAt(maps, cell, from);
      const weight = layer.kernel[(k * count + from) * outs + channel];
      return { ...cell, value, weight, product: value * weight };
    });
    const sum = products.reduce((total, { product }) => total + product, 0);
    return { channel: from, cells: products, sum };
  });
  // What softmax holds it against.
  const rival = isDense && Math.max(
    ...dense(before.data, layer).filter((_, n) => n !== channel));
  const bias = layer.bias[channel];
  const sum = terms.reduce((total, term) => total + term.sum, bias);
  return { kind: layer.kind, output, terms, bias, sum, rival };
}

const valueAt = ({ shape: [, width, channels], data }, { row, column }, from) =>
  data[(row * width + column) * channels + from];
const everyCell = ({ shape: [height, width] }) =>
  Array.from({ length: height * width }, (_, k) =>
    ({ row: Math.floor(k / width), column: k % width }));
