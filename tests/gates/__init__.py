"""Gates: what every page has to hold, checked without running a lesson.

- `reading`  a page's Markdown as units of prose, each with line and section
- `numerals` finds and reads numbers and formulas in prose
- `site`     all pages, records, facts and terms; what a `Finding` is
- `glossary` a term of docs/terms.yml, and what the glossary's page shows
- `complete`, `fences`, `numbers`, `parity`, `links`, `terms`, `language`,
  `figures`, `claims`, `current`, `badges` and `reviews` are the gates, each a
  function from `Site` to its findings; `all_gates` runs them
- `proof`    counts how a page is proven, for the site

`python -m tests.gates` runs them all; so does `pytest tests/gates`.
"""
