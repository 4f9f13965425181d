// What a playground opens with, and what can be chosen in it, lesson by lesson.
import { digits } from "./digits.js";
import { say } from "./words.js";

const SIDE = 28;
const LESSONS = {
  convolution: { layer: "conv", settings: [], digits: [0, 1, 4, 7, 8] },
  padding_strides: { layer: "conv", digits: [0, 4],
    settings: ["window", "padding", "stride", "dilation", "side"] },
  pooling: { layer: "max", digits: [0, 4],
    settings: ["kind", "window", "stride", "padding"] },
};

const rowsOf = (pixels) => Array.from({ length: SIDE },
  (_, i) => [...pixels.subarray(SIDE * i, SIDE * (i + 1))]);

// The lesson's own image, if it has one, the digit that the lesson on
// convolution begins with, and one each of the digits wanted; `find` has the pixels
// of each digit that a link may ask for. Without the other digits, it goes on:
// `trouble` says why they are missing.
async function inputsOf(options, wanted) {
  const pixels = Uint8Array.from(atob(options.digit),
    (each) => each.charCodeAt());
  const first = { name: say("The digit #", 5), input: rowsOf(pixels),
    source: { set: "train", index: 0 } };
  let more = [], trouble = null;
  try {
    more = (await digits()).map(({ pixels: each, label, index }) => ({
      label, name: say("The digit #", label), input: rowsOf(each),
      source: { set: "test", index } }));
  } catch (error) {
    trouble = error.message;
  }
  const others = wanted.map((digit) =>
    more.find(({ label }) => label === digit));
  const image = options.lessons[options.lesson]?.image;
  const own = { name: say("The image of this lesson"), input: image,
    source: null };
  const all = [first, ...more];
  return {
    inputs: [...(image ? [own] : []), first, ...others.filter(Boolean)],
    find: ({ set, index }) => all.find(({ source }) =>
      source.set === set && source.index === index)?.input,
    trouble,
  };
}

export async function opening(options) {
  const page = LESSONS[options.lesson];
  const found = await inputsOf(options, page.digits);
  const words = { "vertical edges": say("vertical edges"),
    "horizontal edges": say("horizontal edges"), blur: say("blur"),
    sharpen: say("sharpen"), learned: say("learned in training") };
  const kernels = options.kernels.map(([name, rows]) => [words[name], rows]);
  const own = options.lessons[options.lesson]?.kernel;
  if (own) kernels.unshift([say("of this lesson"), own]);
  const [{ input, source }] = found.inputs;
  const [row, column] = source ? options.at : [0, 0];
  const state = {
    input, source, row, column, layer: page.layer, kernel: kernels[0][1],
    padding: "valid", stride: page.layer === "conv" ? 1 : 2, dilation: 1,
    size: 2,
  };
  return { ...found, kernels, state, settings: page.settings };
}
