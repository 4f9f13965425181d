// What a query asks for. rank.js looks up how well each section answers.

// In a question, these say little of what it asks for.
const WEAK = 0.1;
const ASIDE = 0.1; // words before a dot, as keras in keras.layers
const LONE = 0.3; // a Chinese character that belongs to no word
const BETWEEN = 0.25; // the end of a Chinese word with the beginning of the next

let concepts = []; // of docs/terms.yml and docs/asked.yml: names of one thing
let names = []; // of concepts: those of several words, the longest first
let single = new Map(); // the others, by their stem
const counts = new Map(); // how often each word stands on the site
let letters = 0; // Chinese ones, all together
let lexicon = []; // its English words

function learnWords(terms) {
  for (const term of terms) {
    counts.set(term, (counts.get(term) ?? 0) + 1);
    if (HAN.test(term) && term.length === 1) letters += 1;
  }
}

function learnNames() {
  lexicon = [...counts.keys()].filter((word) => /^[a-z]{3,}$/.test(word));
  for (const concept of concepts)
    for (const name of concept.names)
      if (/^[\w]+$/.test(name)) single.set(stem(name), concept);
      else if (name.length > 1) names.push({ name, concept });
  names.sort((a, b) => b.name.length - a.name.length);
}

/** Units that are found each by itself. */
function unitsOf(query) {
  const units = [];
  let rest = flat(query);
  for (const { name, concept } of names) {
    const at = HAN.test(name) ? rest.indexOf(name) : find(rest, name);
    if (at < 0) continue;
    units.push({ typed: name, concept, at });
    rest = rest.slice(0, at) + rest.slice(at).replace(name, blank);
  }
  const before = [...query.toLowerCase().matchAll(/(\w+)\.(?=[a-z_])/g)];
  const aside = new Set(before.map(([, word]) => word));
  for (const { 0: run, index: at } of rest.matchAll(TOKEN))
    if (HAN.test(run)) units.push(...chinese(run, at));
    else {
      const weight = ENGLISH.has(run) ? WEAK : aside.has(run) ? ASIDE : 1;
      const concept = weight === 1 ? single.get(stem(run)) : undefined;
      units.push({ typed: run, concept, weight, at });
    }
  // Words of questions ask for nothing, unless nothing else is there.
  const asking = units.filter(({ weight }) => weight !== 0);
  return (asking.length ? asking : units).sort((a, b) => a.at - b.at);
}

const blank = (found) => " ".repeat(found.length);

/** Where a name of words stands in a flat text, also in the plural. */
function find(text, name) {
  const at = text.indexOf(` ${name}`) + 1;
  return at && /^s? /.test(text.slice(at + name.length)) ? at : -1;
}

/** The words of a Chinese run, and the pairs where one meets the next. */
function chinese(run, at) {
  const units = [];
  const said = run.replace(CHINESE, (found) => "·".repeat(found.length));
  for (const { 0: piece, index: start } of said.matchAll(/[^·]+/g)) {
    let end = start;
    const found = segmented(piece);
    found.forEach((word, i) => {
      units.push({ typed: word, weight: weightOf(word, run), at: at + end });
      end += word.length;
      const pair = word.at(-1) + (found[i + 1]?.[0] ?? "");
      if (pair.length > 1 && counts.has(pair))
        units.push({ typed: pair, weight: BETWEEN, at: at + end - 1 });
    });
  }
  for (const unit of units)
    if (unit.typed.length === 1)
      unit.concept = concepts.find((each) => each.names.includes(unit.typed));
  if (!units.length) units.push({ typed: run, weight: 0, at });
  return units;
}

/** The words of a question that ask, as why and how many. */
function askedBy(text) {
  const english = text.toLowerCase().match(/[a-z]+/g) ?? [];
  return [
    ...english.filter((word) => ENGLISH.has(word)),
    ...(text.match(CHINESE) ?? []).filter((word) => word.length > 1),
  ];
}

function weightOf(word, run) {
  if (FAINT_CHINESE.has(word)) return WEAK;
  if (word.length > 1 || word === run) return 1;
  return LONE;
}

/** A Chinese run as the words that are likeliest, after the site's texts. */
function segmented(run) {
  const best = [{ score: 0, words: [] }];
  for (let i = 1; i <= run.length; i++) {
    const last = run.slice(i - 1, i);
    best[i] = longer(best[i - 1], last, counts.get(last) ?? 0.1);
    const pair = i > 1 && run.slice(i - 2, i);
    if (!counts.has(pair)) continue;
    const other = longer(best[i - 2], pair, counts.get(pair));
    if (other.score > best[i].score) best[i] = other;
  }
  return best[run.length].words;
}

const longer = ({ score, words }, word, count) => ({
  score: score + Math.log(count / letters),
  words: [...words, word],
});

// --- Mistyped words ----------------------------------------------------------

/** The query with words as the site writes them: overfiting, batchsize. */
function corrected(query) {
  if (query.trim().split(/\s+/).length > 8) return query; // it is pasted
  const last = query.length;
  return query
    .replace(/(?<![\w.('"])[a-z]{4,}(?:v?\d+)?(?![\w.('"=])/gi, (raw, at) =>
      known(raw.toLowerCase(), at + raw.length === last) ? raw : near(raw),
    )
    .replace(/(?<![\w-])([a-z]{3,}) (?=([a-z]{3,})(?![\w-]))/gi, (raw, a, b) =>
      isOneWord(a.toLowerCase(), b.toLowerCase()) ? a : raw,
    );
}

const known = (word, isOpen) =>
  counts.has(word) || (isOpen && lexicon.some((one) => one.startsWith(word)));

const isOneWord = (a, b) =>
  single.has(stem(a + b)) && !names.some(({ name }) => name === `${a} ${b}`);

function near(raw) {
  const word = raw.toLowerCase();
  const [, base, digits] = /^([a-z]+?)(v?\d+)?$/.exec(word);
  if (digits) return counts.has(base) ? base : raw; // vgg16, mobilenetv2
  let best;
  const far = word.length > 7 ? 2 : 1;
  for (const one of lexicon) {
    if (one[0] !== word[0] || Math.abs(one.length - word.length) > far)
      continue;
    const apart = distance(word, one);
    if (apart > far || (apart > 1 && one.length < 7)) continue;
    const value = Math.log(counts.get(one)) - 5 * apart;
    if (!best || value > best.value) best = { one, value };
  }
  if (best && (word.length > 4 || best.value > -3)) return best.one;
  for (let i = 3; i <= word.length - 3; i++) {
    const [a, b] = [word.slice(0, i), word.slice(i)];
    const count = Math.min(counts.get(a) ?? 0, counts.get(b) ?? 0);
    if (count > (best?.count ?? 0)) best = { count, one: `${a} ${b}` };
  }
  return best?.count ? best.one : raw;
}

/** How many letters differ; two that have changed places count as one. */
function distance(a, b) {
  const rows = [[...Array(b.length + 1).keys()]];
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const other = a[i - 1] === b[j - 1] ? 0 : 1;
      rows[i][j] = Math.min(
        rows[i - 1][j] + 1,
        rows[i][j - 1] + 1,
        rows[i - 1][j - 1] + other,
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + other);
    }
  }
  return rows[a.length][b.length];
}
