// Exercises that answer: the reader types a number or a shape, and is told
// whether it is right. The answers come with the page, from the record.

// One way to write what keyboards write in several: full-width digits and
// signs, a true minus, the marks of Chinese.
function plain(text) {
  if (/[⁰¹²³⁴-₉¼-¾⅐-⅞]/.test(text)) return "?"; // or 10² would be 102
  return text.normalize("NFKC").replace(/[−‐–—]/g, "-").replace(/⁄|÷/g, "/")
    .replace(/、/g, ",").replace(/。/g, ".").replace(/[×✕✖∗*·]/g, "x").trim();
}

const SCALES = { 百: 1e2, 千: 1e3, 万: 1e4, 百万: 1e6, 千万: 1e7, 亿: 1e8 };
Object.assign(SCALES, { thousand: 1e3, million: 1e6, k: 1e3, K: 1e3, M: 1e6 });
const AMOUNT = String.raw`(\.?\d(?:[\d.,_' ]*\d)?\.?)`;
const NUMBER = new RegExp(
  String.raw`^([+-]?)\s*${AMOUNT}(?:\s*/\s*${AMOUNT})?(?:e([+-]?\d+))?\s*` +
    `(${Object.keys(SCALES).sort((a, b) => b.length - a.length).join("|")})?` +
    // A unit may follow, in words: nothing that would be computed.
    String.raw`(?<!\p{L}(?=\p{Script=Latin}))\s*(?:(%)|[x\p{L}][\p{L}\s]*)?\.?$`,
  "u",
);

// 18,496 and 18 496 have thousands, in both languages; 0,2 has decimals.
function amount(digits) {
  const whole = digits.replace(/(?<=\d)[ _'](?=\d{3}(?!\d))/g, "");
  if (/^[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(whole))
    return Number(whole.replaceAll(",", ""));
  if (/^[1-9]\d{0,2}((\.\d{3})+,\d*|(\.\d{3}){2,})$/.test(whole))
    return Number(whole.replaceAll(".", "").replace(",", "."));
  if (/^(\d+,\d{1,2}|\d,\d+)$/.test(whole))
    return Number(whole.replace(",", "."));
  return /^(\d+\.?\d*|\.\d+)$/.test(whole) ? Number(whole) : NaN;
}

function number(text) {
  const bare = text.replace(/^.*[=≈]/, "").replace(/^[([{](.*)[)\]}]$/, "$1")
    .replace(/^\s*(?:~|约|大约|about\b)/, "").trim();
  const share = /^百分之/.test(bare);
  const found = NUMBER.exec(bare.replace(/^百分之/, ""));
  if (!found) return null;
  const [, sign, digits, divisor = "1", exponent = 0, scale, percent] = found;
  const value = (amount(digits) / amount(divisor)) *
    10 ** exponent * (SCALES[scale] ?? 1) * (sign === "-" ? -1 : 1);
  return Number.isFinite(value)
    ? { values: [value], percent: share || Boolean(percent) } : null;
}

// A shape, as Keras or NumPy print it, or as it is said; the size of a batch,
// which is None, may be left out.
function numbers(text) {
  const bare = text.replace(/^[^\d([+\-.N]*/, "").replace(/None|\?|[()[\]{}]/g, " ");
  const parts = bare.replace(/-\s+(?=[\d.])/g, "-").split(/[\s,;x]+/)
    .filter(Boolean);
  const values = parts.map((part) =>
    /^[+-]?(\d+\.?\d*|\.\d+)$/.test(part) ? Number(part) : NaN);
  return values.length && values.every(Number.isFinite) ? { values } : null;
}

// What was typed, as numbers; null if it cannot be read.
export function read(text, kind) {
  return (kind === "number" ? number : numbers)(plain(text));
}

// Whether it is the answer, which the attributes of its field tell.
export function isRight({ values, percent }, { answer, places, ...data }) {
  const wanted = answer.split(" ").map(Number);
  const room = (places === undefined ? 0 : 0.5 * 10 ** -places) + 1e-9;
  const fits = (typed) => typed.length === wanted.length && typed.every(
    (value, n) => Math.abs(value - wanted[n]) <= room);
  const hundredth = values.map((value) => value / 100);
  if (data.percent === undefined) return fits(percent ? hundredth : values);
  return fits(values) || (!percent && fits(values.map((value) => 100 * value)));
}

export function start(host) {
  const form = host.querySelector("form");
  const words = JSON.parse(form.dataset.words);
  const said = form.querySelector("[role=status]");
  const hints = form.querySelectorAll("template");
  const fields = [...form.querySelectorAll("input")];
  let misses = 0;

  // What a field is called, without the note on its decimals.
  function name(field) {
    const label = field.labels[0].cloneNode(true);
    label.querySelector("small")?.remove();
    return label.textContent.trim();
  }

  function judge(field) {
    if (!field.value.trim()) return "empty";
    const typed = read(field.value, field.dataset.kind);
    if (!typed) return "unread";
    return isRight(typed, field.dataset) ? "right" : "wrong";
  }

  // In words and by a sign, for the eye; by the status, for the ear.
  function mark(field, verdict) {
    const shown = { right: `✓ ${words.right}`, wrong: `✗ ${words.wrong}` };
    const place = document.getElementById(`${field.id}-said`);
    place.textContent = shown[verdict] ?? "";
    field.dataset.verdict = verdict;
    if (verdict === "wrong") field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }

  const fill = (sentence, values) =>
    sentence.replace(/\{(\w+)\}/g, (_, key) => values[key]);

  // What there is to say, a sentence or two for each paragraph.
  function* answer(of) {
    for (const field of of("unread")) {
      const values = { name: name(field), text: field.value.trim() };
      yield fill(words.unread, values) + words.next + words[field.dataset.kind];
    }
    const right = of("right").length;
    const names = of("wrong").map(name).join(words.between);
    if (right === fields.length) yield words.done;
    else if (of("empty").length === fields.length)
      yield words.empty + words.next + words[fields[0].dataset.kind];
    else if (names && fields.length === 1) yield words.again;
    else if (names || right)
      yield fill(words.some, { right, of: fields.length }) +
        (names && words.next + fill(words.named, { names }));
    if (misses < 2) return;
    for (const n of new Set(of("wrong").map(({ dataset }) => dataset.hint)))
      yield hints[n].content;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    for (const field of fields) mark(field, judge(field));
    const of = (verdict) =>
      fields.filter(({ dataset }) => dataset.verdict === verdict);
    if (of("wrong").length) misses += 1;
    said.replaceChildren(...[...answer(of)].map((what) => {
      const paragraph = document.createElement("p");
      if (typeof what === "string") paragraph.append(what);
      else {
        const hint = document.createElement("b");
        hint.append(words.hint);
        paragraph.append(hint, what.cloneNode(true));
      }
      return paragraph;
    }));
  });
  form.addEventListener("input", ({ target }) => mark(target, "empty"));
  form.querySelector("fieldset").disabled = false;
}
