// The search, in the place of the theme's worker: it fetches its own index
// and answers in the theme's form, so that dialog, keyboard and list stay the
// theme's. docs/hooks/search.py puts MiniSearch, words.js and rank.js before
// it. Unlike the theme's it finds names in code by their parts, Chinese without a dictionary, terms
// by the names that docs/terms.yml knows, and words with a letter wrong.

const NEAR = 0.35; // of the best score: shown with it, not behind "more"
const SHOWN = 4; // sections of a page, at most
const FAINT = 0.02; // of the best score: not shown
const SECTIONS = "../../../search/sections.json"; // from the worker's file

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
    const [{ score }] = group;
    for (const section of group.filter(({ parent }) => parent).slice(0, SHOWN))
      if (section.score > NEAR * score) section.score = score;
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
  const lost = missing.filter(
    (unit) => !("weight" in unit) || unit.weight > 0.5,
  );
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

/** Where in a text the words stand that were found. */
function rangesOf(text, terms) {
  const ranges = [];
  let before = ""; // the word that was found last
  for (const { word, terms: has, start, end } of text) {
    const hit = has.filter((term) => terms.has(term));
    if (!hit.length) continue;
    // A Chinese character is found by the pair that it begins.
    const length = Math.max(...hit.map((term) => term.length));
    const until = HAN.test(word) ? start + length : end;
    const last = ranges.at(-1);
    const gap = HAN.test(before + word) ? 0 : 1; // "receptive field" is one mark
    if (last && start <= last[1] + gap) last[1] = Math.max(last[1], until);
    else ranges.push([start, until]);
    before = word;
  }
  return ranges;
}

/** How much of its title a query names: "Strides" is about strides. */
function named({ titled }, terms) {
  const long = (ranges) =>
    ranges.reduce((sum, [from, to]) => sum + to - from, 0);
  const all = titled.filter(({ word }) => !ENGLISH.has(word));
  const whole = long(all.map(({ start, end }) => [start, end]));
  return whole && long(rangesOf(all, terms)) / whole;
}

/** Markup in which the words that were found are marked. */
function marked(html, terms) {
  return rangesOf(words(bare(html)), terms).reduceRight(
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
  const longer = (word) => word.startsWith(last) && word.length > last.length;
  if (last.length < 2) return [];
  const names = concepts.flatMap((each) => each.names).filter(longer);
  const counts = new Map();
  for (const { match } of ask(last, { prefix: true }))
    for (const term of Object.keys(match).filter(longer))
      counts.set(term, (counts.get(term) ?? 0) + 1);
  const common = [...counts].sort(([, a], [, b]) => b - a)[0];
  return [names.filter((name) => !name.includes(" "))[0] ?? common?.[0]].filter(
    Boolean,
  );
}

// --- The theme's messages ----------------------------------------------------

const [SETUP, READY, QUERY, RESULT] = [0, 1, 2, 3];

addEventListener("message", async ({ data: { type, data } }) => {
  if (type === SETUP) {
    setUp({ ...data, ...(await sections()) });
    postMessage({ type: READY });
  } else if (type === QUERY) postMessage({ type: RESULT, data: search(data) });
});

/** The sections of all pages; without a network, as soon as there is one. */
async function sections() {
  for (;;) {
    const answer = await fetch(SECTIONS).catch(() => ({}));
    if (answer.ok) return answer.json();
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}
