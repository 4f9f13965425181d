"""Words inside figures have a translation, and no translation is left over."""

from __future__ import annotations

import re
from collections.abc import Iterator

from docs.hooks.labels import LABELS, key_of, labels, table

from .finding import line_of, near
from .site import Finding, Site

TABLE = LABELS.as_posix()


def gate(site: Site) -> Iterator[Finding]:
    """Labels that a Chinese page would show in English, and unused entries."""
    entries, used = table(site.root), set()
    for path in sorted(f"docs/{target}" for target in site.shown):
        if not path.endswith(".svg") or not (site.root / path).is_file():
            continue  # the gate `links` names a figure that is missing
        keys = {key_of(label) for label in labels(site.file(path))} - {None}
        used |= keys
        for key in keys - entries.keys():
            what = f"the label “{key}” has no Chinese"
            expected = near(key, entries, f'"{key}": ... in {TABLE}')
            do = f"translate it in {TABLE}, # standing for a number"
            yield Finding(path, 1, what, expected, do)
    for key, entry in entries.items():
        if key not in used:
            what = f"no figure has the label “{key}”"
            expected, do = "labels of figures that a page shows", "delete it"
        elif entry.count("#") != key.count("#"):
            both = f"the label “{key}” and its Chinese “{entry}”"
            what = f"{both} have not as many numbers"
            expected, do = f"{key.count('#')} times #", "correct the entry"
        else:
            continue
        line = line_of(rf"^[\"']?{re.escape(key)}[\"']?:", site.file(TABLE))
        yield Finding(TABLE, line, what, expected, do)
