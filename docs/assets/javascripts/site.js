// Switching the language keeps the section that is being read: headings have
// the same ids in both languages, and the address holds the current one.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-language-switch]");
  if (link) link.hash = location.hash;
});

// The theme gives every code block a <nav> for its copy button. A page with
// twenty navigations is hard to find one's way in with a screen reader.
new MutationObserver(() => {
  for (const nav of document.querySelectorAll("nav.md-code__nav:not([role])"))
    nav.setAttribute("role", "none");
  focusWideParts();
}).observe(document.body, { childList: true, subtree: true });

// What is wider than the page scrolls sideways: let the keyboard do it.
const WIDE = ".md-typeset__scrollwrap, .jupyter-wrapper .highlight-ipynb";
function focusWideParts() {
  for (const part of document.querySelectorAll(WIDE))
    if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
}
addEventListener("load", focusWideParts);
addEventListener("resize", focusWideParts);

// A word that the search has found only in closed boxes of a section opens
// them: else the reader arrives where it is not to be seen.
function openBoxes() {
  const sought = new URLSearchParams(location.search).get("h");
  const heading = document.getElementById(location.hash.slice(1));
  if (!sought || !heading) return;
  const parts = [];
  for (
    let part = heading.nextElementSibling;
    part;
    part = part.nextElementSibling
  )
    if (/^H[1-6]$/.test(part.tagName)) break;
    else parts.push(part);
  const closed = parts.filter((part) => part.matches("details:not([open])"));
  const has = (part, word) => part.textContent.toLowerCase().includes(word);
  for (const word of sought.toLowerCase().split(/\s+/))
    if (!parts.some((part) => !closed.includes(part) && has(part, word)))
      for (const box of closed) if (has(box, word)) box.open = true;
}
openBoxes();
