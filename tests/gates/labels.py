"""Words inside figures have a translation, and no translation is left over."""

from __future__ import annotations

from collections.abc import Iterator

from docs.hooks.labels import LABELS, keys, table
from tests.harness.record import FIGURES

from .finding import entry_line, near
from .site import Finding, Site

TABLE = LABELS.as_posix()


def gate(site: Site) -> Iterator[Finding]:
    """Labels that a Chinese page would show in English, and unused entries."""
    entries, used = table(site.root), set()
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
    for key, entry in entries.items():
        if key not in used:
            what = f"no figure has the label “{key}”"
            expected, do = "labels of recorded figures", "delete it"
        elif entry.count("#") != key.count("#"):
            both = f"the label “{key}” and its Chinese “{entry}”"
            what = f"{both} have not as many numbers"
            expected, do = f"{key.count('#')} times #", "correct the entry"
        else:
            continue
        line = entry_line(key, site.file(TABLE))
        yield Finding(TABLE, line, what, expected, do)
