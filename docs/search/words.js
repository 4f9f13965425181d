// Texts and queries as words; rank.js looks them up.

const HAN = /\p{sc=Han}/u;
const TOKEN =
  /\p{sc=Han}+|\d+(?:[x×]\d+)+|\d{1,3}(?:[,_]\d{3})+(?![\p{L}\p{N}_])|(?:(?!\p{sc=Han})[\p{L}\p{N}_])+/giu;
// Words of questions weigh little: they are on every page and say nothing.
const ENGLISH = new Set(
  `a an and are as at be by can do does for from get how i if in into is it
  its me my of on or should so than that the there this to use used using
  vs was what when where which while who why will with would you your
  mean means need really work works make much many difference between
  tutorial guide explained`.split(/\s+/),
);
const CHINESE = new RegExp(
  `为什么|怎么回事|怎么办|怎么样?|怎样|如何|是什么意思|是什么|什么意思|什么样?|
  哪一?[个些种张里儿]|哪|多少|多大|多久|几个|有没有|是不是|能不能|可不可以|可以|应该|
  需要|时候|以后|之后|这么|那么|一个|一下|请问|的话|
  [的了吗呢吧啊啥是我你它这那就都也很]`.replace(/\s/g, ""),
  "gu",
);
// Said in questions about anything.
const FAINT_CHINESE = new Set(
  `要 里 有 和 与 在 把 被 会 能 用 做 得 让 给 从 对 到 想 不 使用 进行 出现 原理
  作用 方法 问题 解决 情况 办法 意义 代码 例子 教程 详解 一直 总是 合适 用处 区别 差别
  不同 公式 推导 例题`.split(/\s+/),
);

/** A word as it is compared: 18,496 and 18_496 are 18496. */
function plain(raw) {
  const word = raw.toLowerCase().replaceAll("×", "x");
  return /^[\d,_]+$/.test(word) ? word.replace(/[,_]/g, "") : word;
}

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
    const word = plain(raw);
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
  return ` ${[...text.matchAll(TOKEN)].map(([raw]) => plain(raw)).join(" ")} `;
}
