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
