// The index, and how well each section answers to a query. worker.js makes
// of it what the theme shows.

// How much a match counts in each field, and how the length of a section does.
const FIELDS = { title: 2.5, asked: 3, text: 1, code: 1, page: 0.8 };
const PROSE = {
  boost: FIELDS,
  bm25: { k: 1.2, b: 0.6, d: 0.5 },
  first: 1.15,
  exact: 2,
};
// A name in code is explained where a page has it first.
const CODE = {
  boost: { title: 0.4, asked: 1, text: 0.1, code: 1, page: 0.1 },
  bm25: { k: 0.5, b: 0.2, d: 0.5 },
  first: 1.5, // more for the section of a page that has it first
  exact: 1.2, // more for the words of the query as they stand
};
// What readers paste when something has failed.
const MESSAGE = /(?:Error|Exception|Warning)\b|(?:\S+\s+){6}/i;
const OTHER_NAME = 0.7; // how much it counts beside the one that is typed
const TAUGHT = 0.8; // of the best score: more for the section that teaches it
const ASKING = 0.8; // how much a word of a question says, beside 2 to 8
const ECHO = 5; // more for a section that readers ask for in these words

const KEPT = 400; // answers of the index

let index;
const rarities = new Map();
let docs = []; // as the theme's index has them, with `parent`

// --- The index ---------------------------------------------------------------

function setUp({ config, docs: entries }) {
  const tokenize = (text) => {
    const found = words(text).flatMap(({ terms }) => terms);
    learnWords(found);
    return found;
  };
  index = new MiniSearch({
    idField: "number",
    fields: Object.keys(FIELDS),
    tokenize: (text) => (text ? tokenize(text) : []),
    processTerm: (term) => term,
    searchOptions: { tokenize: (text) => [text] },
  });
  const articles = new Map();
  docs = entries.map((entry, number) => {
    const [path] = entry.location.split("#");
    const title = entry.title.replaceAll("\u200b", "");
    const text = entry.text.replaceAll("\u200b", "");
    const doc = { ...entry, number, path, title, text };
    if (articles.has(path)) doc.parent = articles.get(path);
    else articles.set(path, doc);
    doc.titled = words(bare(title));
    doc.flat = flat(bare(`${title} ${text}`));
    return doc;
  });
  concepts = config.terms.map(({ names, taught }) => ({
    names: names.map((name) => flat(name).trim()),
    taught: docs.findIndex(({ location }) => location === taught),
  }));
  index.addAll(
    docs.map((doc) => ({
      number: doc.number,
      title: bare(doc.title),
      asked: entries[doc.number].asked ?? "",
      ...partsOf(doc.text),
      page: doc.parent ? bare(doc.parent.title) : "",
    })),
  );
  learnNames();
  for (const doc of docs)
    doc.asked = (entries[doc.number].asked ?? "").split(", ").map(pieces);
}

/** The prose, and all code: blocks, and names in the prose. */
function partsOf(html) {
  const prose = html.replace(/<pre>.*?<\/pre>/gs, " ");
  const code = html.match(/<code>.*?<\/code>/gs) || [];
  return { text: bare(prose), code: bare(code.join(" | ")) };
}

// --- The query ---------------------------------------------------------------

let mode = PROSE;
const kept = new Map(); // what was asked before: readers type on

/** What the index answers to a word. */
function ask(term, options = {}) {
  const key = [term, mode === CODE, ...Object.keys(options)].join(" ");
  if (!kept.has(key)) {
    if (kept.size > KEPT) kept.clear();
    kept.set(key, index.search(term, { ...mode, ...options }));
  }
  return kept.get(key);
}

/** How well each section answers to a word: number -> {score, terms}. */
function answers(word, { isLast = false, isOther = false } = {}) {
  const letters = /^[a-z_\d]{3,}$/.test(word);
  const root = stem(word);
  const kinds = [[ask(word), 1]];
  if (root !== word) kinds.push([ask(root), 0.8]);
  if (letters && !isOther) {
    const prefix = { prefix: true, weights: { prefix: 0.5 } };
    kinds.push([ask(root, prefix), isLast ? 0.8 : 0.5]);
  }
  const none = () => kinds.every(([found]) => !found.length);
  if (none() && letters && !/\d/.test(word) && !isOther) {
    for (const part of parts(word)) kinds.push([ask(part), 0.5]);
    if (none() && word.length > 3)
      kinds.push([ask(root, { fuzzy: word.length > 5 ? 2 : 1 }), 0.5]);
  }
  const best = new Map();
  for (const [found, weight] of kinds)
    for (const { id, score, match } of found) {
      const entry = best.get(id) || { score: 0, terms: new Set() };
      entry.score = Math.max(entry.score, score * weight);
      for (const term of Object.keys(match)) entry.terms.add(term);
      best.set(id, entry);
    }
  return best;
}

/** How well each section answers to all the words of a name. */
function answersToName(name, options) {
  const asked = words(name).flatMap(({ word, terms }) =>
    HAN.test(word) ? terms.filter((term) => term.length > 1) : [word],
  );
  const each = (asked.length ? asked : [name]).map((word) =>
    answers(word, options),
  );
  const all = new Map();
  for (const [id, first] of each[0] || []) {
    if (!each.every((found) => found.has(id))) continue;
    const terms = new Set(first.terms);
    let score = 0;
    for (const found of each) {
      score += found.get(id).score;
      found.get(id).terms.forEach((term) => terms.add(term));
    }
    const apart = !docs[id].flat.includes(flat(name).trim());
    all.set(id, { score: apart ? score / 4 : score, terms });
  }
  return all;
}

/** The best answer to any name of a thing, or where it is taught. */
function answersTo({ typed, concept }, isLast, part) {
  if (!concept) return answers(typed, { isLast });
  const best = new Map();
  for (const name of new Set([typed, ...concept.names])) {
    const isOther = name !== typed;
    for (const [id, { score, terms }] of answersToName(name, { isOther })) {
      const value = isOther ? OTHER_NAME * score : score;
      const entry = best.get(id) ?? { score: 0, terms: new Set() };
      entry.score = Math.max(entry.score, value);
      terms.forEach((term) => entry.terms.add(term));
      best.set(id, entry);
    }
  }
  if (concept.taught < 0) return best;
  const top = Math.max(1, ...[...best.values()].map(({ score }) => score));
  const own = best.get(concept.taught) ?? { score: 0, terms: new Set() };
  best.set(concept.taught, { ...own, score: own.score + TAUGHT * part * top });
  return best;
}

function rank(typed) {
  const query = corrected(typed);
  mode = /\w[._(=]|\w[a-z][A-Z]|[a-z]\d/.test(query) ? CODE : PROSE;
  const units = unitsOf(query);
  const asked = pieces(query);
  const saying = units.filter(({ weight = 1 }) => weight > BETWEEN).length || 1;
  const open = !/\s$/.test(query);
  const total = { sum: 0 };
  const found = new Map();
  units.forEach((unit, i) => {
    const part = Math.max(0.4, 1 / saying);
    const best = answersTo(unit, open && i === units.length - 1, part);
    if (!best.size) return;
    const weight = (unit.weight ?? 1) * Math.log(1 + docs.length / best.size);
    total.sum += weight;
    for (const [id, { score, terms }] of best) {
      const entry = found.get(id) || {
        score: 0,
        share: 0,
        terms: new Set(),
        units: new Set(),
      };
      entry.score += score * (unit.weight ?? 1);
      entry.share += weight;
      entry.units.add(unit);
      terms.forEach((term) => entry.terms.add(term));
      found.set(id, entry);
    }
  });
  const phrases = phrasesOf(query);
  const said = flat(query);
  const isMessage = MESSAGE.test(query);
  const begins = isMessage ? 1 : mode.first; // what fails is not taught in order
  const isPhrase = said.trim().includes(" ");
  const first = new Map();
  for (const [id, { share }] of [...found].sort(([a], [b]) => a - b))
    if (share > 0.99 * total.sum && docs[id].parent)
      if (!first.has(docs[id].path)) first.set(docs[id].path, id);
  return [...found]
    .map(([id, { score, share, terms, units: hit }]) => {
      const doc = docs[id];
      const near = phrases.filter((phrase) => doc.flat.includes(phrase));
      const whole = phrases.length ? near.length / phrases.length : 0;
      const value =
        score *
        (share / total.sum) ** 1.5 *
        (1 + whole * Math.min(1, 0.3 + phrases.length / 10)) *
        (isPhrase && doc.flat.includes(said) ? mode.exact : 1) *
        (1 + 0.5 * named(doc, terms)) *
        (1 + ECHO * echo(doc, asked) ** 3) *
        (isMessage ? (doc.message ?? 1) : 1) *
        (first.get(doc.path) === id ? begins : 1) *
        (doc.boost ?? 1);
      return {
        doc,
        score: value,
        terms,
        missing: units.filter((u) => !hit.has(u)),
      };
    })
    .sort((a, b) => b.score - a.score || a.doc.number - b.doc.number);
}

/** What a text says, the names of one thing alike, and how it asks. */
function pieces(text) {
  const said = unitsOf(text).filter(({ weight = 1 }) => weight > BETWEEN);
  return new Set([
    ...said.map(({ typed, concept }) => concept ?? stem(typed)),
    ...askedBy(text).map((word) => `?${word}`),
  ]);
}

/** How much a piece says: the more, the fewer there are of it. */
function rarity(piece) {
  if (piece[0] === "?") return ASKING;
  if (!rarities.has(piece)) {
    const names = piece.names ?? [piece];
    const each = (name) =>
      name
        .split(" ")
        .map((word) => Math.log(1 + letters / (1 + (counts.get(word) ?? 0))))
        .reduce((sum, value) => sum + value);
    rarities.set(piece, Math.max(...names.map(each)));
  }
  return rarities.get(piece);
}

/** How near a query is to words of readers: 1 if it is one of them. */
function echo(doc, query) {
  const sum = (pieces) =>
    [...pieces].reduce((all, piece) => all + rarity(piece), 0);
  const asked = sum(query);
  const near = (words) => {
    const both = [...query].filter((piece) => words.has(piece));
    return both.length ? (2 * sum(both)) / (asked + sum(words)) : 0;
  };
  return Math.max(...doc.asked.map(near));
}

/** Neighbors in the query, which a message that is pasted whole has, too. */
function phrasesOf(query) {
  const asked = flat(query.replace(CHINESE, " ")).trim().split(" ");
  const found = asked.filter((word) => HAN.test(word) && word.length > 2);
  for (let i = 1; i < asked.length; i++)
    found.push(` ${asked[i - 1]} ${asked[i]}`);
  return found;
}
