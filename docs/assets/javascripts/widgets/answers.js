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
  const bare = text.replace(/^[^\d([+\-.N]*/, "").replace(/None|[()[\]{}]/g, " ");
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
  const markOf = (field) =>
    document.getElementById(field.getAttribute("aria-describedby"));
  const nameOf = (field) => field.labels[0].firstChild.parentElement
    .cloneNode(true);
  let misses = 0;

  // The words of a label, without the note on decimals.
  function name(field) {
    const label = nameOf(field);
    label.querySelector("small")?.remove();
    return label.textContent.trim();
  }

  function judge(field) {
    if (!field.value.trim()) return "empty";
    const typed = read(field.value, field.dataset.kind);
    if (!typed) return "unread";
    return isRight(typed, field.dataset) ? "right" : "wrong";
  }

  function mark(field, verdict) {
    const isWrong = verdict === "wrong";
    const judged = isWrong || verdict === "right";
    markOf(field).textContent = judged
      ? `${isWrong ? "✗" : "✓"} ${words[verdict]}` : "";
    field.dataset.verdict = verdict;
    field.toggleAttribute("aria-invalid", false);
    if (isWrong) field.setAttribute("aria-invalid", "true");
  }

  function fill(sentence, values) {
    return sentence.replace(/\{(\w+)\}/g, (_, key) => values[key]);
  }

  // What the form says, a paragraph each.
  function* answer(of) {
    const { right = [], wrong = [], unread = [] } = of;
    for (const field of unread) {
      const values = { name: name(field), text: field.value.trim() };
      yield `${fill(words.unread, values)} ${words[field.dataset.kind]}`;
    }
    if (right.length === fields.length) return void (yield words.done);
    if (!right.length && !wrong.length && !unread.length)
      return void (yield `${words.empty} ${words[fields[0].dataset.kind]}`);
    if (wrong.length && fields.length === 1) return void (yield words.again);
    const counts = { right: right.length, of: fields.length };
    const names = wrong.map(name).join(words.between);
    if (right.length || wrong.length)
      yield fill(words.some, counts) +
        (names && ` ${fill(words.named, { names })}`);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const of = Object.groupBy(fields, judge);
    for (const [verdict, those] of Object.entries(of))
      for (const field of those) mark(field, verdict);
    said.replaceChildren(...[...answer(of)].map((sentence) => {
      const paragraph = document.createElement("p");
      paragraph.textContent = sentence;
      return paragraph;
    }));
    if (!of.wrong) return;
    misses += 1;
    if (misses < 2) return;
    for (const n of new Set(of.wrong.map((field) => field.dataset.hint))) {
      const paragraph = document.createElement("p");
      paragraph.append(words.hint, hints[n].content.cloneNode(true));
      said.append(paragraph);
    }
  });
  form.addEventListener("input", ({ target }) => mark(target, "empty"));
  form.firstElementChild.disabled = false;
}
