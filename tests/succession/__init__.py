"""The site after Material for MkDocs, which ends on 5 May 2027.

Its successor, Zensical, reads the same mkdocs.yml and pages.
`make zensical` builds the site with both and compares them page by page.

- `sites`   builds the site with MkDocs and with Zensical, from one copy
- `content` reads what a built page says: headings, code, outputs, links ...
- `compare` names every difference; `known.toml` lists those that are expected,
            each with its reason
- `syntax`  keeps the sources to what Zensical reads; `pytest` checks it

CONTRIBUTING.md tells what to do when Material ends.
"""
