"""Words in figures and scripts have a Chinese, and none is left over."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from docs.hooks.labels import LABELS, WORD, keys, said
from tests.harness import settings
from tests.harness.block import Page
from tests.harness.record import FIGURES, OUTPUTS

from .finding import entry_line, near
from .reading import python
from .site import Finding, Site

TABLE = LABELS.as_posix()


def gate(site: Site) -> Iterator[Finding]:
    """Labels that a Chinese page would show in English, and unused entries."""
    entries, used = settings.chinese(site.root / TABLE), set()
    # The gate `orphans` names those that no page shows.
    for file in sorted((site.root / FIGURES).rglob("*.svg")):
        path = file.relative_to(site.root).as_posix()
        labels = keys(site.file(path))
        used |= labels
        for key in labels - entries.keys():
            what = f"the label “{key}” has no Chinese"
            expected = near(key, entries, f'"{key}": ... in {TABLE}')
            do = f"translate it in {TABLE}, # standing for a number"
            yield Finding(path, 1, what, expected, do)
    for script, line, key in said(site.root):
        used.add(key or "")
        path = script.as_posix()
        if key is None:
            what, do = "it says what no gate can look for", "write it out"
            yield Finding(path, line, what, 'a text in quotes: say("…")', do)
        elif WORD.search(key) and key not in entries:
            what = f"the text “{key}” has no Chinese"
            expected = near(key, entries, f'"{key}": ... in {TABLE}')
            do = f"translate it in {TABLE}"
            yield Finding(path, line, what, expected, do)
    yield from _hidden(site, entries)
    for key, entry in entries.items():
        if key not in used:
            what = f"no figure has the label “{key}”, and no script says it"
            expected, do = "labels of recorded figures", "delete it"
        elif entry.count("#") != key.count("#"):
            both = f"the label “{key}” and its Chinese “{entry}”"
            what = f"{both} have not as many numbers"
            expected, do = f"{key.count('#')} times #", "correct the entry"
        else:
            continue
        line = entry_line(key, site.file(TABLE))
        yield Finding(TABLE, line, what, expected, do)


def _hidden(site: Site, entries: Mapping[str, str]) -> Iterator[Finding]:
    """Labels that readers cannot find in the code and in what it prints.

    Code calls what it compares by names and prints a line for each; both stay
    English on a Chinese page.
    """
    for page in (page for page in site.pages if page.language == "zh"):
        names = _named(site, page)
        for figure in page.of("figure"):
            path = f"docs/{figure.detail}"
            if not (site.root / path).is_file():
                continue  # `links` says so
            for key in keys(site.file(path)) & entries.keys():
                name = re.split("[:,]", key)[0]
                if name in names and name not in entries[key]:
                    line = entry_line(key, site.file(TABLE))
                    what = f"“{entries[key]}” hides the name {name}, which "
                    what += f"the code of {page.name} prints"
                    expected = f"“{entries[key]} {name}”, say"
                    yield Finding(TABLE, line, what, expected, "add the name")


def _named(site: Site, page: Page) -> set[str]:
    """Texts that code has as keys or in lists, and that begin lines below."""
    included = map(site.included, page.includes())
    shown = [found for found in included if found]
    outputs = [o[2] for o in shown if o[0].startswith(OUTPUTS.as_posix())]
    code = [c.code for c in site.code(page) or [] if c.language == "python"]
    nodes = (node for text in code for node in ast.walk(python(text)))
    held = (getattr(n, "keys", getattr(n, "elts", ())) for n in nodes)
    texts = {getattr(e, "value", None) for each in held for e in each}
    return {
        name
        for name in texts
        if isinstance(name, str)
        and re.search(rf"^ *{re.escape(name)}\b", "\n".join(outputs), re.M)
    }
