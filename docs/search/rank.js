// The index, and how well each section answers to a query. worker.js makes
// of it what the theme shows.

// How much a match counts in each field, and how the length of a section does.
const FIELDS = { title: 2.5, asked: 2, text: 1, code: 1, page: 0.8 };
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
const TAUGHT = 1.2; // of the best score: more for the section that teaches it
const ECHO = 2; // more for a section that readers ask for in these words
const ASIDE = 0.1; // words before a dot, as keras in keras.layers

let index;
let docs = []; // as the theme's index has them, with `parent`
let concepts = []; // of docs/terms.yml: the names of one thing

// --- The index ---------------------------------------------------------------

function setUp({ config, docs: entries }) {
  const tokenize = (text) => words(text).flatMap(({ terms }) => terms);
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
    doc.asked = (entry.asked ?? "").split(", ").map(pieces);
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
}

/** The prose, and all code: blocks, and names in the prose. */
function partsOf(html) {
  const prose = html.replace(/<pre>.*?<\/pre>/gs, " ");
  const code = html.match(/<code>.*?<\/code>/gs) || [];
  return { text: bare(prose), code: bare(code.join(" | ")) };
}

// --- The query ---------------------------------------------------------------

/** What a query asks for: units that are found each by itself. */
function unitsOf(query) {
  const units = [];
  let rest = flat(query);
  const take = (name, unit) => {
    const at = HAN.test(name) ? rest.indexOf(name) : find(rest, name);
    if (at < 0) return;
    units.push({ ...unit, at });
    rest = rest.slice(0, at) + rest.slice(at).replace(name, blank);
  };
  const known = concepts
    .flatMap((concept) => concept.names.map((name) => ({ name, concept })))
    .filter(({ name }) => name.length > 1 || rest.trim() === name)
    .sort((a, b) => b.name.length - a.name.length);
  for (const { name, concept } of known) take(name, { typed: name, concept });
  const asked = (word) => !ENGLISH.has(word);
  const before = [...query.toLowerCase().matchAll(/(\w+)\.(?=[a-z_])/g)];
  const aside = new Set(before.map(([, word]) => word));
  // Words of questions ask for nothing, unless nothing else is there.
  const bareOfAsking = units.length || rest.replace(CHINESE, "").trim();
  for (const { 0: run, index: at } of rest.matchAll(TOKEN)) {
    if (!HAN.test(run)) {
      const weight = !asked(run) ? 0.1 : aside.has(run) ? ASIDE : 1;
      units.push({ typed: run, weight, at });
      continue;
    }
    const said = bareOfAsking ? run.replace(CHINESE, blank) : run;
    for (const { 0: piece, index: i } of said.matchAll(TOKEN))
      units.push(...chinese(piece, at + i));
  }
  return units.sort((a, b) => a.at - b.at);
}

/** The pairs of a Chinese run, and what stands in none that is known. */
function chinese(run, at) {
  const letters = [...run];
  const known = letters.map((letter, i) => ask(letter + letters[i + 1]).length);
  const units = [];
  letters.forEach((letter, i) => {
    if (known[i]) units.push({ typed: letter + letters[i + 1], at: at + i });
    else if (!known[i - 1]) {
      const concept = concepts.find(({ names }) => names.includes(letter));
      const weight = concept || run.length === 1 ? 1 : 0.3;
      units.push({ typed: letter, concept, weight, at: at + i });
    }
  });
  return units;
}

const blank = (found) => " ".repeat(found.length);

/** Where a name of words stands in a flat text, also in the plural. */
function find(text, name) {
  const match = [` ${name} `, ` ${name}s `].find((each) => text.includes(each));
  return match ? text.indexOf(match) + 1 : -1;
}

let mode = PROSE;
const ask = (term, options) => index.search(term, { ...mode, ...options });

/** How well each section answers to a word: number -> {score, terms}. */
function answers(word, isLast) {
  const letters = /^[a-z_\d]{3,}$/.test(word);
  const root = stem(word);
  const kinds = [[ask(word), 1]];
  if (root !== word) kinds.push([ask(root), 0.8]);
  if (letters) {
    const prefix = { prefix: true, weights: { prefix: 0.5 } };
    kinds.push([ask(root, prefix), isLast ? 0.8 : 0.5]);
  }
  const none = () => kinds.every(([found]) => !found.length);
  if (none() && letters && !/\d/.test(word)) {
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
function answersToName(name) {
  const asked = words(name).flatMap(({ word, terms }) =>
    HAN.test(word) ? terms.filter((term) => term.length > 1) : [word],
  );
  const each = (asked.length ? asked : [name]).map((word) => answers(word));
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
  if (!concept) return answers(typed, isLast);
  const best = new Map();
  for (const name of concept.names)
    for (const [id, { score, terms }] of answersToName(name)) {
      const value = name === typed ? score : OTHER_NAME * score;
      const entry = best.get(id) ?? { score: 0, terms: new Set() };
      entry.score = Math.max(entry.score, value);
      terms.forEach((term) => entry.terms.add(term));
      best.set(id, entry);
    }
  if (concept.taught < 0) return best;
  const top = Math.max(1, ...[...best.values()].map(({ score }) => score));
  const own = best.get(concept.taught) ?? { score: 0, terms: new Set() };
  best.set(concept.taught, { ...own, score: own.score + TAUGHT * part * top });
  return best;
}

function rank(query) {
  mode = /\w[._(=]|\w[a-z][A-Z]|[a-z]\d/.test(query) ? CODE : PROSE;
  const units = unitsOf(query);
  const asked = pieces(query);
  const open = !/\s$/.test(query);
  const total = { sum: 0 };
  const found = new Map();
  units.forEach((unit, i) => {
    const part = Math.max(0.4, 1 / asked.size || 1);
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
        (1 + ECHO * echo(doc, asked) ** 2) *
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

/** What a text says, as stems and pairs of characters. */
function pieces(text) {
  const said = words(text.replace(CHINESE, blank)).map(({ terms }) =>
    HAN.test(terms[0]) ? terms.at(-1) : terms[1] ?? terms[0],
  );
  return new Set(said.filter((word) => !ENGLISH.has(word)));
}

/** How near a query is to words of readers: 1 if it is one of them. */
function echo(doc, query) {
  const near = (words) => {
    const both = [...query].filter((word) => words.has(word)).length;
    return (2 * both) / (query.size + words.size || 1);
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
