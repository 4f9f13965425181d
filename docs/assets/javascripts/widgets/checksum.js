// SHA-256 (FIPS 180-4), in hexadecimal digits. The browser's own is not there
// on a site without TLS, nor in a page that is opened from a disk.

// Roots of the first primes, of which SHA-256 takes the first bits behind the
// point: all 64 cube roots, and eight square roots.
const PRIMES = [];
for (let n = 2; PRIMES.length < 64; n += 1)
  if (PRIMES.every((prime) => n % prime)) PRIMES.push(n);
const bits = (root) => ((root - Math.floor(root)) * 2 ** 32) | 0;
const CUBES = PRIMES.map((prime) => bits(Math.cbrt(prime)));
const SQUARES = PRIMES.slice(0, 8).map((prime) => bits(Math.sqrt(prime)));
const turn = (word, by) => (word >>> by) | (word << (32 - by));

export function sha256(buffer) {
  const length = buffer.byteLength;
  const padded = new Uint8Array(Math.ceil((length + 9) / 64) * 64);
  padded.set(new Uint8Array(buffer));
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(length / 2 ** 29));
  view.setUint32(padded.length - 4, length * 8);
  const state = Int32Array.from(SQUARES), words = new Int32Array(64);
  for (let start = 0; start < padded.length; start += 64) {
    for (let n = 0; n < 16; n += 1) words[n] = view.getInt32(start + 4 * n);
    for (let n = 16; n < 64; n += 1) {
      const [a, b] = [words[n - 15], words[n - 2]];
      words[n] = words[n - 16] + words[n - 7]
        + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3))
        + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
    }
    mix(state, words);
  }
  return Array.from(state, (word) =>
    (word >>> 0).toString(16).padStart(8, "0")).join("");
}

function mix(state, words) {
  let [a, b, c, d, e, f, g, h] = state;
  for (let n = 0; n < 64; n += 1) {
    const first = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25))
      + ((e & f) ^ (~e & g)) + CUBES[n] + words[n];
    const second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22))
      + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, n) => { state[n] += word; });
}
