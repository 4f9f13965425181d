// Look inside the network of `mnist_convnet`: a digit goes through its layers,
// and each number of each layer says what it was made from. On the page about
// pooling the digit can be moved instead, and what that changes is counted.
import { SIDE, digits } from "./digits.js";
import { element } from "./grid.js";
import { chooser, mover } from "./inside_choose.js";
import { drawing } from "./inside_draw.js";
import { asPicture, columnsOf, view } from "./inside_view.js";
import { image } from "./layers.js";
import { field, forward, load, made, unflattened } from "./network.js";
import { probability } from "./inside_sum.js";
import { say } from "./words.js";

const clamp = (value, length) => Math.max(0, Math.min(length - 1, value));
const scaled = (pixels) => Float32Array.from(pixels, (value) => value / 255);

// options: what docs/hooks/playable.py says, and whether the digit `moves`.
export async function start(host, options) {
  const [network, samples] = await Promise.all([load(options), digits()]);
  const compute = (pixels) => forward(network, image([SIDE, SIDE, 1], pixels));
  const moves = options.moves && compute(new Float32Array(SIDE * SIDE));
  let pixels = null, outputs = null, still = null, trouble = "", picked;
  let label = null; // of a test digit
  let shift = [0, 0], isBegun = false;
  const at = { layer: moves ? 2 : 1, row: 6, column: 6, channel: 0 };
  const wanted = { pixels: false, cell: false }; // at the next frame

  const seen = view(network, {
    moves,
    chooseLayer(layer) {
      goTo(layer);
      ask("cell");
      settle();
    },
    stepMap(down, across) {
      const count = outputs[at.layer].shape[2];
      const columns = columnsOf(network, outputs, at.layer);
      chooseMap(clamp(at.channel + (down ? down * columns : across), count));
    },
    pointAtMap(down, across) {
      const { shape: [height, width, count] } =
        asPicture(network, outputs, at.layer);
      const isVector = outputs[at.layer].shape[0] === 1;
      const columns = isVector ? width : columnsOf(network, outputs, at.layer);
      const rows = isVector ? height : Math.ceil(count / columns);
      const [i, j] = [clamp(Math.floor(down * rows), rows),
        clamp(Math.floor(across * columns), columns)];
      if (!isVector) {
        at.row = clamp(Math.floor((down * rows - i) * height), height);
        at.column = clamp(Math.floor((across * columns - j) * width), width);
      }
      chooseMap(clamp(i * columns + j, outputs[at.layer].shape[2]));
    },
    stepCell: (down, across) => chooseCell(
      (row, height) => clamp(row + down, height),
      (column, width) => clamp(column + across, width)),
    pointAtCell: (down, across) => chooseCell(
      (_, height) => clamp(Math.floor(down * height), height),
      (_, width) => clamp(Math.floor(across * width), width)),
    pick(channel) {
      picked = channel;
      ask("cell");
    },
    move, settle,
  });

  const answer = () => {
    const { data } = outputs.at(-1);
    return data.indexOf(Math.max(...data));
  };
  // About the same place of the picture, and the map that answers most there.
  function goTo(layer) {
    const [tall, wide] = outputs[at.layer].shape;
    const { shape: [height, width, count], data } = outputs[layer];
    const place = (cell, before, now) =>
      clamp(Math.floor((cell + 0.5) / before * now), now);
    at.row = place(at.row, tall, height);
    at.column = place(at.column, wide, width);
    at.layer = layer;
    picked = undefined;
    const start = (at.row * width + at.column) * count;
    const answers = data.subarray(start, start + count);
    at.channel = answers.indexOf(Math.max(...answers));
  }
  function chooseMap(channel) {
    if (channel !== at.channel) picked = undefined;
    at.channel = channel;
    ask("cell");
  }
  // A cell of the map that is shown large; of the vector, where it came from.
  function chooseCell(toRow, toColumn) {
    if (network.layers[at.layer].kind === "flatten") {
      const [height, width, channels] = outputs[at.layer - 1].shape;
      const from = unflattened([height, width, channels], at.channel);
      const row = toRow(from.row, height), column = toColumn(from.column, width);
      at.channel = (row * width + column) * channels + from.channel;
    } else {
      const [height, width] = outputs[at.layer].shape;
      at.row = toRow(at.row, height);
      at.column = toColumn(at.column, width);
    }
    ask("cell");
  }

  // What is asked for is shown at the next frame, however often it is asked.
  function ask(what) {
    if (!wanted.pixels && !wanted.cell) requestAnimationFrame(show);
    wanted[what] = true;
  }
  function show() {
    const isNew = wanted.pixels;
    wanted.pixels = wanted.cell = false;
    seen.empty(pixels ? "" : trouble);
    if (!pixels) return;
    if (isNew) outputs = compute(pixels);
    if (!isBegun) goTo(at.layer);
    isBegun = true;
    const found = made(network, outputs, at.layer, at);
    const saw = field(network, outputs, at.layer, at);
    seen.show({ outputs, still, shift, at, made: found, saw, picked, isNew,
      label, answer: answer() });
  }
  function settle(text) {
    const tell = () => {
      if (pixels) seen.tell(text ? `${text} ${reading()}` : seen.summary());
      else seen.tell(text ?? trouble);
    };
    // Once it is shown; from ink to pixels it takes a frame more.
    requestAnimationFrame(() => requestAnimationFrame(tell));
  }
  const reading = () => say("Read as #, probability #.", answer(),
    probability(outputs.at(-1).data[answer()]));

  function input(digit) {
    pixels = scaled(digit.pixels);
    label = digit.label;
    shift = [0, 0];
    still = moves && compute(pixels);
    ask("pixels");
  }
  // Pixels that come in are paper; what goes out is lost.
  function move(down, across) {
    const most = 8, within = (value) => Math.max(-most, Math.min(most, value));
    shift = down === 0 && across === 0 ? [0, 0]
      : [within(shift[0] + down), within(shift[1] + across)];
    pixels = Float32Array.from({ length: SIDE * SIDE }, (_, n) => {
      const i = Math.floor(n / SIDE) - shift[0], j = n % SIDE - shift[1];
      return Math.min(i, j) < 0 || Math.max(i, j) >= SIDE ? 0
        : still[0].data[i * SIDE + j];
    });
    ask("pixels");
  }

  const sheet = moves ? null : drawing((drawn, error) => {
    pixels = drawn;
    label = null;
    trouble = error?.message ?? "";
    ask("pixels");
  }, settle);
  const choose = chooser(samples, {
    choose(digit) {
      input(digit);
      settle(say("Test digit #, label #.", digit.index, digit.label));
    },
    draw: sheet && ((isOn) => {
      sheet.element.hidden = !isOn;
      if (isOn) sheet.show();
      settle();
    }),
  });
  const parts = [choose.element];
  if (moves) parts.push(mover(move, settle));
  else {
    sheet.element.hidden = true;
    parts.push(sheet.element);
  }
  host.append(element("div", { class: "inside" }, ...parts, seen.element,
    element("p", { class: "widget__hint" }, say("The network and its weights " +
      "are those of the recorded run with seed #: it reads # of the test " +
      "digits. SHA-256 of the weights: # …", network.seed,
    `${(100 * network.accuracy).toFixed(2)}%`, network.digest))));
  input(samples[0]);
  const repaint = () =>
    sheet?.element.hidden === false ? sheet.show() : ask("pixels");
  new MutationObserver(repaint).observe(document.body,
    { attributeFilter: ["data-md-color-scheme"] });
}
