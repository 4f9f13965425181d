// Switching the language keeps the section that is being read: headings have
// the same ids in both languages, and the address holds the current one.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-language-switch]");
  if (link) link.hash = location.hash;
});
