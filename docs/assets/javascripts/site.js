// Switching the language keeps the section that is being read: headings have
// the same ids in both languages. What a reader plays with, the address holds.
// A report of a mistake names the section, too.
function section() {
  const box = document.querySelector(":target")?.getBoundingClientRect();
  if (box && box.bottom > 0 && box.top < innerHeight) return location.hash;
  // The theme puts a section into the address from the second scroll on.
  const read = "[data-md-component=toc] .md-nav__link--active";
  return document.querySelector(read)?.hash ?? location.hash;
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-language-switch], a[data-report]");
  if (!link) return;
  if (link.matches("[data-language-switch]")) {
    const asked = new URLSearchParams(location.search);
    for (const words of ["h", "q"]) asked.delete(words); // of a search
    link.search = asked;
    link.hash = section();
  } else {
    const url = new URL(link.href);
    const page = url.searchParams.get("page").split("#")[0];
    url.searchParams.set("page", page + section());
    link.href = url;
  }
});

// Every block of code can be copied; the theme listens to the buttons. It would
// also make them, but one after the other, and measure the page after each,
// which keeps a phone from answering for seconds.
const { translations } = JSON.parse(
  document.getElementById("__config").textContent,
);
document.querySelectorAll(".highlight pre > code").forEach((code, n) => {
  const pre = code.parentElement;
  code.id = `__copy_${n}`; // the theme renames what holds it
  const button = document.createElement("button");
  button.type = "button";
  button.className = "md-code__button";
  button.title = translations["clipboard.copy"];
  button.dataset.clipboardTarget = `#${code.id}`;
  button.dataset.mdType = "copy";
  const place = document.createElement("div");
  place.className = "md-code__nav";
  place.append(button);
  pre.prepend(place);
});

// What is wider than the page scrolls sideways: let the keyboard do it. To
// measure all of it would lay out all of a page at once; what is far from the
// window counts as wide until the reader, or the keyboard, comes near.
const WIDE = [
  ".md-typeset__scrollwrap, pre > code",
  ".jupyter-wrapper :is(.highlight-ipynb, .jp-OutputArea-output pre)",
].join();
const near = new Set();
function focusWideParts() {
  const parts = [...near];
  const wide = parts.map((part) => part.scrollWidth > part.clientWidth);
  parts.forEach((part, n) => {
    if (wide[n]) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
  });
}
const nearing = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries)
      if (isIntersecting) near.add(target);
      else near.delete(target);
    focusWideParts();
  },
  { rootMargin: "100%" },
);
const watched = new WeakSet();
function watchWideParts() {
  for (const part of document.querySelectorAll(WIDE))
    if (!watched.has(part)) {
      watched.add(part);
      part.tabIndex = 0;
      nearing.observe(part);
    }
}
addEventListener("load", watchWideParts);
addEventListener("toggle", watchWideParts, true); // more of what search found
addEventListener("resize", focusWideParts);

// Light or dark: as the reader chose, else as the system has it. The theme's
// own way has a browser style all of a page anew, four times while it opens.
{
  const options = [...document.querySelectorAll(".md-option")];
  const isDark = matchMedia("(prefers-color-scheme: dark)");
  const metas = {};
  const say = (name, content) => {
    metas[name] ??= document.createElement("meta");
    Object.assign(metas[name], { name, content });
    document.head.append(metas[name]);
  };
  const color = (option) => {
    const color = {};
    for (const name of ["media", "scheme", "primary", "accent"]) {
      color[name] = option.getAttribute(`data-md-color-${name}`);
      document.body.setAttribute(`data-md-color-${name}`, color[name]);
    }
    for (const each of options)
      each.nextElementSibling.hidden = each !== option;
    const scheme = color.scheme === "slate" ? "dark" : "light";
    if (scheme === "dark" || metas["color-scheme"]) say("color-scheme", scheme);
    const header = getComputedStyle(document.querySelector(".md-header"));
    // When the page has been drawn, it costs nothing to ask for a color.
    requestAnimationFrame(() =>
      setTimeout(() => say("theme-color", header.backgroundColor)),
    );
    return { index: options.indexOf(option), color };
  };
  const asChosen = () => {
    const { index = Number(isDark.matches) } = __md_get("__palette") ?? {};
    if (options[index]) color(options[index]);
  };
  asChosen();
  isDark.addEventListener("change", asChosen);
  options.forEach((option, n) => {
    option.addEventListener("change", () => {
      __md_set("__palette", color(option));
    });
    option.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      const next = options[(n + 1) % options.length];
      next.click();
      next.focus();
    });
  });
}

// Paper is white, whatever the screen is.
const colors = document.body.dataset;
let onScreen;
addEventListener("beforeprint", () => {
  onScreen = colors.mdColorScheme;
  colors.mdColorScheme = "default";
});
addEventListener("afterprint", () => {
  colors.mdColorScheme = onScreen;
});

// A term says what it means where it stands, to the mouse, the keyboard and
// the finger. Without this, it is a link to the glossary, with a title.
const note = document.createElement("div");
note.className = "term-note";
note.id = "term-note";
note.setAttribute("role", "tooltip");
note.hidden = true;
(document.querySelector("main") ?? document.body).append(note);
let told; // the term that the note is about
function tell(term) {
  term.dataset.says ??= term.title;
  term.removeAttribute("title"); // or the browser says it again
  term.setAttribute("aria-describedby", note.id);
  const more = document.createElement("a");
  more.href = term.href;
  more.tabIndex = -1; // the term leads there, too
  more.textContent = term.textContent;
  note.replaceChildren(more, ` ${term.dataset.says}`);
  note.hidden = false;
  const at = term.getClientRects()[0];
  const left = Math.min(at.left, innerWidth - note.offsetWidth - 16);
  const below = at.bottom + note.offsetHeight + 8 < innerHeight;
  const top = below ? at.bottom + 4 : at.top - note.offsetHeight - 4;
  note.style.left = `${Math.max(16, left) + scrollX}px`;
  note.style.top = `${top + scrollY}px`;
  told = term;
}
function hush() {
  told?.removeAttribute("aria-describedby");
  told = null;
  note.hidden = true;
}
const termOf = (event) => event.target.closest?.("a.term");
document.addEventListener("pointerover", (event) => {
  if (event.pointerType === "touch") return;
  const term = termOf(event);
  if (term && term !== told) tell(term);
  else if (told && !term && !note.contains(event.target)) hush();
});
document.addEventListener("focusin", (event) => {
  if (!termOf(event)) hush();
  else if (event.target.matches(":focus-visible")) tell(termOf(event));
});
document.addEventListener("click", (event) => {
  const term = termOf(event);
  if (term && told !== term) {
    event.preventDefault(); // the first touch tells, the second leads there
    tell(term);
  } else if (!note.contains(event.target)) hush();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hush();
});

// A figure opens as large as the window.
const [ENLARGE, CLOSE] =
  document.documentElement.lang === "zh" ? ["放大", "关闭"] : ["Enlarge", "Close"];
const large = document.createElement("dialog");
large.className = "large-figure md-typeset";
large.addEventListener("click", () => large.close());
document.body.append(large);
for (const figure of document.querySelectorAll("article .figure:not(.card *)")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "enlarge";
  button.setAttribute("aria-label", ENLARGE);
  const frame = document.createElement("span");
  frame.className = "figure-frame";
  figure.replaceWith(frame);
  frame.append(figure, button);
  const open = () => {
    large.replaceChildren(figure.cloneNode(true), button.cloneNode(true));
    large.lastChild.setAttribute("aria-label", CLOSE);
    const alternative = figure.alt ?? figure.getAttribute("aria-label");
    large.setAttribute("aria-label", alternative);
    large.showModal();
  };
  button.addEventListener("click", open);
  figure.addEventListener("click", open);
}
// A word that the search has found only in closed boxes of a section opens
// them, or brings their tab to the front: else the reader arrives where it is
// not to be seen.
const TABS = ".tabbed-block";
function show(box) {
  if (!box.matches(TABS)) return void (box.open = true);
  const tabs = box.closest(".tabbed-set").querySelectorAll(":scope > input");
  tabs[[...box.parentElement.children].indexOf(box)].checked = true;
}
function openBoxes() {
  const sought = new URLSearchParams(location.search).get("h");
  const heading = document.getElementById(location.hash.slice(1));
  if (!sought || !heading) return;
  const parts = [];
  const first = heading.nextElementSibling;
  for (
    let part = first?.matches(".passage") ? first.firstElementChild : first;
    part;
    part = part.nextElementSibling
  )
    if (/^H[1-6]$/.test(part.tagName)) break;
    else if (part.matches(".tabbed-set"))
      parts.push(...part.querySelectorAll(TABS));
    else parts.push(part);
  const closed = parts.filter((part) =>
    part.matches(TABS) ? !part.offsetHeight : part.matches("details:not([open])"),
  );
  const has = (part, word) => part.textContent.toLowerCase().includes(word);
  for (const word of sought.toLowerCase().split(/\s+/))
    if (!parts.some((part) => !closed.includes(part) && has(part, word)))
      closed.filter((box) => has(box, word)).forEach(show);
}
openBoxes();

// What readers can play with, and what judges their answers to exercises, loads
// when they come near.
const ours = document.currentScript.src;
let sheet; // of all that can be played with
const reached = new IntersectionObserver(
  (seen) => {
    for (const { target } of seen.filter((each) => each.isIntersecting)) {
      reached.unobserve(target);
      begin(target);
    }
  },
  { rootMargin: "300px" },
);
document
  .querySelectorAll("[data-widget]")
  .forEach((host) => reached.observe(host));
async function begin(host) {
  const { widget, options = "{}", loading, failed } = host.dataset;
  const said = document.createElement("p");
  said.className = "widget__said";
  said.setAttribute("role", "status");
  said.textContent = loading;
  if (loading) host.append(said);
  try {
    if (host.matches(".widget"))
      await (sheet ??= new Promise((resolve, reject) => {
        const link = document.createElement("link");
        const href = new URL("../stylesheets/widgets.css", ours).href;
        Object.assign(link, { rel: "stylesheet", href });
        Object.assign(link, { onload: resolve, onerror: reject });
        document.head.append(link);
      }));
    const { start } =
      globalThis.widgets?.[widget] ?? (await import(`./widgets/${widget}.js`));
    await start(host, JSON.parse(options));
    said.remove();
  } catch (error) {
    console.error(error);
    said.textContent = error.name === "Trouble" ? error.message : failed;
    if (failed) host.replaceChildren(said);
  }
}

// The menu of a small screen: while it is open, the keyboard stays in it, and
// Escape closes it. What opens and closes it, and its parts, are labels.
const menu = document.getElementById("__drawer");
const inMenu = document.querySelector(".md-sidebar--primary");
const AROUND = ".md-skip, .md-header, .md-content, .md-footer, .md-top";
menu.addEventListener("change", () => {
  for (const part of document.querySelectorAll(AROUND))
    part.inert = menu.checked;
  if (!menu.checked || !inMenu) return;
  for (const label of inMenu.querySelectorAll("label")) label.tabIndex = 0;
  const shown = [...inMenu.querySelectorAll("a[href], label")];
  const options = { visibilityProperty: true };
  shown.find((each) => each.checkVisibility(options))?.focus();
});
inMenu?.addEventListener("change", ({ target }) => {
  const name = target.checked ? "title" : "link";
  target.parentElement.querySelector(`label.md-nav__${name}`)?.focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.checked) return;
  menu.click();
  document.querySelector(".md-header__button[for=__drawer]").focus();
});
matchMedia("(min-width: 76.25em)").addEventListener("change", () => {
  if (menu.checked) menu.click(); // a window that is wide has none
});
