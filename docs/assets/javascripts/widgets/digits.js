// Test digits, as docs/hooks/digits.py writes them.
import { file } from "./files.js";
import { trouble } from "./words.js";

export const SIDE = 28;
const HEAD = 4; // bytes before the pixels of each

export async function digits() {
  const bytes = new Uint8Array(await file("digits.bin"));
  const length = HEAD + SIDE * SIDE;
  const found = Array.from({ length: bytes.length / length }, (_, n) => {
    const digit = bytes.subarray(n * length, (n + 1) * length);
    return {
      index: digit[0] + 256 * digit[1], // in the test set
      label: digit[2],
      isMisread: digit[3] === 1, // by the recorded network, and most surely
      pixels: digit.subarray(HEAD),
    };
  });
  const isWhole = bytes.length === found.length * length;
  if (!found.length || !isWhole || found.some(({ label }) => label > 9))
    throw trouble("The file # is damaged. Load the page again.", "digits.bin");
  return found;
}
