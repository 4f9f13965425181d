// The search, in the place of the theme's worker: it gets the theme's index
// and answers in the theme's form, so that dialog, keyboard and list stay the
// theme's. docs/hooks/search.py puts MiniSearch before it. Unlike the theme's
// it finds names in code by their parts, Chinese without a dictionary, terms
// by the names that docs/terms.yml knows, and words with a letter wrong.

const HAN = /\p{sc=Han}/u;
const TOKEN = /\p{sc=Han}+|\d+(?:[x×]\d+)+|(?:(?!\p{sc=Han})[\p{L}\p{N}_])+/giu;
// Words of questions weigh little: they are on every page and say nothing.
const ENGLISH = new Set(
  `a an and are as at be by can do does for from get how i if in into is it
  its me my of on or should so than that the there this to use used using
  vs was what when where which while who why will with would you your
  mean means need really work works make much many`.split(/\s+/),
);
const CHINESE =
  /为什么|是什么|什么样?|怎么样?|怎样|如何|哪个|哪些|哪里|多少|多大|可以|应该|需要|时候|以后|之后|这么|一个|请问|的|了|吗|呢|是|我|要|里|有|和|与|在|把|被|会|能|用|做|得/gu;
const FIELDS = { title: 2.5, terms: 4, names: 1.2, text: 1, page: 0.4 };
const NEAR = 0.8; // of the best score: shown with it, not behind "more"
const FAINT = 0.12; // of the best score: not shown

let index;
let docs = []; // as the theme's index has them, with `parent`
let concepts = []; // of docs/terms.yml: the names of one thing

// --- Words -------------------------------------------------------------------

/** Text with its markup blanked: positions stay as they are. */
function bare(html) {
  return html
    .replace(/<[^>]*>/g, (tag) => " ".repeat(tag.length))
    .replace(/&(lt|gt|amp|quot);/g, (mark) => " ".repeat(mark.length));
}

/** Without the ending that a plural or a form of a verb has. */
function stem(word) {
  if (!/^[a-z]{4,}$/.test(word)) return word;
  const cut = word
    .replace(/ies$/, "y")
    .replace(/(ss|sh|ch|x)es$/, "$1")
    .replace(/([^s])s$/, "$1");
  return cut.replace(/(?<=.{3})(?:ing|ed)$/, "").replace(/(?<=.{3})e$/, "");
}

/** The parts of a name in code: load_data, MaxPooling2D. */
function parts(word) {
  const found = word
    .split(/_|(?<=[\p{Ll}\d])(?=\p{Lu})|(?<=\p{L})(?=\d)/u)
    .filter((part) => part.length > 1);
  return found.length > 1 ? found.map((part) => part.toLowerCase()) : [];
}

/** The two-character pieces of a Chinese text, which needs no dictionary. */
function pairs(run) {
  const letters = [...run];
  if (letters.length === 1) return letters;
  return letters.slice(1).map((letter, i) => letters[i] + letter);
}

/** Each word of a text: where it stands, and what it is found by. */
function words(text) {
  const found = [];
  for (const { 0: raw, index: start } of text.matchAll(TOKEN)) {
    const word = raw.toLowerCase().replaceAll("×", "x");
    if (!HAN.test(word)) {
      const terms = new Set([word, stem(word)]);
      for (const part of parts(raw)) terms.add(part).add(stem(part));
      found.push({ word, terms: [...terms], start, end: start + raw.length });
      continue;
    }
    [...raw].forEach((letter, i) => {
      const terms = [letter];
      if (i + 1 < raw.length) terms.push(raw.slice(i, i + 2));
      found.push({ word: letter, terms, start: start + i, end: start + i + 1 });
    });
  }
  return found;
}

/** Words with one space between them, none inside Chinese. */
function flat(text) {
  const found = [...text.matchAll(TOKEN)].map(([word]) => word.toLowerCase());
  return ` ${found.join(" ").replaceAll("×", "x")} `;
}

// --- The index ---------------------------------------------------------------

function setUp({ config, docs: entries }) {
  const tokenize = (text) => words(text).flatMap(({ terms }) => terms);
  index = new MiniSearch({
    idField: "number",
    fields: Object.keys(FIELDS),
    tokenize: (text) => (text ? tokenize(text) : []),
    processTerm: (term) => term,
    searchOptions: { tokenize: (text) => [text], boost: FIELDS },
  });
  concepts = (config.terms || []).map((names) =>
    names.map((name) => flat(name).trim()),
  );
  const articles = new Map();
  docs = entries.map((entry, number) => {
    const [path] = entry.location.split("#");
    const title = entry.title.replaceAll("\u200b", "");
    const text = entry.text.replaceAll("\u200b", "");
    const doc = { ...entry, number, path, title, text };
    if (articles.has(path)) doc.parent = articles.get(path);
    else articles.set(path, doc);
    doc.flat = flat(bare(`${title} ${text}`));
    return doc;
  });
  index.addAll(
    docs.map((doc) => ({
      number: doc.number,
      title: bare(doc.title),
      text: bare(doc.text),
      names: namesIn(doc.text),
      terms: (doc.terms || []).join(" | "),
      page: doc.parent ? bare(doc.parent.title) : "",
    })),
  );
}

/** The names that the text itself, not its code, speaks about. */
function namesIn(html) {
  const prose = html.replace(/<pre>.*?<\/pre>/gs, " ");
  return [...prose.matchAll(/<code>(.*?)<\/code>/gs)]
    .map(([, name]) => bare(name))
    .join(" | ");
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
    .flatMap((names) => names.map((name) => ({ name, names })))
    .filter(({ name }) => name.length > 1 || rest.trim() === name)
    .sort((a, b) => b.name.length - a.name.length);
  for (const { name, names } of known)
    take(name, { typed: name, names });
  const asked = (word) => !ENGLISH.has(word);
  for (const { 0: run, index: at } of rest.matchAll(TOKEN)) {
    if (!HAN.test(run)) {
      units.push({ typed: run, weight: asked(run) ? 1 : 0.1, at });
      continue;
    }
    const said = run.replace(CHINESE, blank);
    for (const { 0: piece, index: i } of said.matchAll(TOKEN))
      for (const pair of pairs(piece))
        units.push({ typed: pair, at: at + i });
  }
  if (!units.length)
    for (const pair of pairs(rest.replaceAll(" ", "")))
      units.push({ typed: pair, at: 0 });
  return units.sort((a, b) => a.at - b.at);
}

const blank = (found) => " ".repeat(found.length);

/** Where a name of words stands in a flat text, also in the plural. */
function find(text, name) {
  const match = [` ${name} `, ` ${name}s `].find((each) => text.includes(each));
  return match ? text.indexOf(match) + 1 : -1;
}

/** How well each section answers to a word: number -> {score, terms}. */
function answers(word, isLast) {
  const ask = (term, options) => index.search(term, options);
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
      kinds.push([ask(root, { fuzzy: word.length > 7 ? 2 : 1 }), 0.5]);
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

/** The best answer of a section to any name of a thing. */
function answersTo({ typed, names }, isLast) {
  if (!names) return answers(typed, isLast);
  const best = new Map();
  for (const name of names)
    for (const [id, { score, terms }] of answersToName(name)) {
      const value = name === typed ? score : 0.9 * score;
      if (!(best.get(id)?.score > value)) best.set(id, { score: value, terms });
    }
  return best;
}

function rank(query) {
  const units = unitsOf(query);
  const open = !/\s$/.test(query);
  const total = { sum: 0 };
  const found = new Map();
  units.forEach((unit, i) => {
    const best = answersTo(unit, open && i === units.length - 1);
    if (!best.size) return;
    const weight = (unit.weight ?? 1) * Math.log(1 + docs.length / best.size);
    total.sum += weight;
    for (const [id, { score, terms }] of best) {
      const entry = found.get(id) || { score: 0, share: 0, terms: new Set(), units: new Set() };
      entry.score += score * (unit.weight ?? 1);
      entry.share += weight;
      entry.units.add(unit);
      terms.forEach((term) => entry.terms.add(term));
      found.set(id, entry);
    }
  });
  const phrases = phrasesOf(query);
  return [...found]
    .map(([id, { score, share, terms, units: hit }]) => {
      const doc = docs[id];
      const said = phrases.filter((phrase) => doc.flat.includes(phrase));
      const whole = phrases.length ? said.length / phrases.length : 0;
      const value =
        score * (share / total.sum) ** 2 * (1 + whole) * (doc.boost ?? 1);
      return { doc, score: value, terms, missing: units.filter((u) => !hit.has(u)) };
    })
    .sort((a, b) => b.score - a.score || a.doc.number - b.doc.number);
}

/** Neighbors in the query, which a message that is pasted whole has, too. */
function phrasesOf(query) {
  const asked = flat(query.replace(CHINESE, " ")).trim().split(" ");
  const found = asked.filter((word) => HAN.test(word) && word.length > 2);
  for (let i = 1; i < asked.length; i++)
    found.push(` ${asked[i - 1]} ${asked[i]}`);
  return found;
}

// --- The answer --------------------------------------------------------------

function search(query) {
  const ranked = rank(query);
  const best = ranked[0]?.score ?? 0;
  const groups = new Map();
  for (const hit of ranked.filter(({ score }) => score > FAINT * best)) {
    const group = groups.get(hit.doc.path) || [];
    groups.set(hit.doc.path, [...group, shown(hit)]);
  }
  for (const group of groups.values()) {
    const article = group[0].parent ?? group[0];
    if (!group.some(({ location }) => location === article.location))
      group.push({ ...article, score: 0, terms: {} });
    // The theme shows those as good as the best, and hides the rest.
    const second = group.filter(({ parent }) => parent)[1];
    if (second?.score > NEAR * group[0].score) second.score = group[0].score;
  }
  return { items: [...groups.values()], suggest: suggested(query) };
}

/** A section as the theme lists it: matches marked, and the words missed. */
function shown({ doc, score, terms, missing }) {
  const title = marked(doc.title, terms);
  const blocks = excerpt(doc.text, terms);
  const seen = [title, ...blocks].join().matchAll(/<mark>(.*?)<\/mark>/gs);
  const good = [...seen].map(([, word]) => word.toLowerCase());
  const kept = good.filter((word) => word.length > 1 && !ENGLISH.has(word));
  const lost = missing.filter((unit) => !("weight" in unit) || unit.weight > 0.5);
  return {
    location: doc.location,
    parent: doc.parent,
    title,
    text: blocks.join(""),
    score,
    terms: Object.fromEntries([
      ...[...new Set(kept)].slice(0, 8).map((word) => [word, true]),
      ...lost.map(({ typed }) => [typed, false]),
    ]),
  };
}

/** Markup in which the words that were found are marked. */
function marked(html, terms) {
  const ranges = [];
  for (const { terms: has, start, end } of words(bare(html))) {
    // A Chinese character is found by the pair that it begins.
    const long = has.filter((term) => terms.has(term));
    if (!long.length) continue;
    const until = HAN.test(html[start])
      ? start + Math.max(...long.map((term) => term.length))
      : end;
    const last = ranges.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], until);
    else ranges.push([start, until]);
  }
  return ranges.reduceRight(
    (text, [from, to]) =>
      `${text.slice(0, from)}<mark>${text.slice(from, to)}</mark>${text.slice(to)}`,
    html,
  );
}

/** The one or two blocks of a section that hold most of what was found. */
function excerpt(html, terms) {
  const blocks = html.match(/<(p|pre|ul|ol)>.*?<\/\1>|[^<]+/gs) || [];
  const rated = blocks
    .map((block, i) => ({ block, i, kinds: kindsIn(block, terms) }))
    .filter(({ kinds }) => kinds > 0)
    .sort((a, b) => b.kinds - a.kinds || a.i - b.i)
    .slice(0, 2)
    .sort((a, b) => a.i - b.i);
  return rated.map(({ block }) => marked(fewLines(block, terms), terms));
}

function kindsIn(text, terms) {
  const has = words(bare(text)).flatMap((word) => word.terms);
  return new Set(has.filter((term) => terms.has(term))).size;
}

/** Of a block of code, the lines around what was found. */
function fewLines(block, terms) {
  if (!block.startsWith("<pre>")) return block;
  const lines = block.replace(/<\/?(?:pre|code)>/g, "").split("\n");
  const kinds = lines.map((line) => kindsIn(line, terms));
  const best = kinds.indexOf(Math.max(...kinds));
  const few = lines.slice(Math.max(0, best - 1), best + 3);
  return `<pre><code>${few.join("\n").trimEnd()}</code></pre>`;
}

/** What the last word may become; the arrow to the right accepts it. */
function suggested(query) {
  const last = query.split(/[\s-]+/).pop();
  if (last.length < 2 || last !== last.toLowerCase()) return [];
  const names = concepts.flat().filter((name) => !name.includes(" "));
  const known = index
    .autoSuggest(last, { fuzzy: false, prefix: true, boost: FIELDS })
    .map(({ suggestion }) => suggestion);
  const longer = (word) => word.startsWith(last) && word.length > last.length;
  return [...names, ...known].filter(longer).slice(0, 1);
}

// --- The theme's messages ----------------------------------------------------

const [SETUP, READY, QUERY, RESULT] = [0, 1, 2, 3];

addEventListener("message", ({ data: { type, data } }) => {
  if (type === SETUP) {
    setUp(data);
    postMessage({ type: READY });
  } else if (type === QUERY) postMessage({ type: RESULT, data: search(data) });
});
