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
  focusWideTables();
}).observe(document.body, { childList: true, subtree: true });

// A table that is wider than the page scrolls sideways: let the keyboard do it.
function focusWideTables() {
  for (const table of document.querySelectorAll(".md-typeset__scrollwrap"))
    if (table.scrollWidth > table.clientWidth) table.tabIndex = 0;
    else table.removeAttribute("tabindex");
}
addEventListener("resize", focusWideTables);
