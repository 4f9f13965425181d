"""Words inside figures have a translation, and no translation is left over."""

from __future__ import annotations

import difflib

import yaml

from tests.harness import labels

from .site import Finding, Site


def gate(site: Site) -> list[Finding]:
    """Labels that a Chinese page would show in English, and unused entries."""
    where = labels.LABELS.as_posix()
    try:
        table = labels.table(site.root)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = f"no YAML: {getattr(error, 'problem', error)}"
        return [
            Finding(
                where,
                mark.line + 1 if mark else 1,
                what,
                "English label: Chinese label",
                "correct the indentation, or quote the label",
            )
        ]
    used: set[str] = set()
    found = []
    for target in sorted(site.shown):
        path = f"docs/{target}"
        if not target.endswith(".svg") or not (site.root / path).is_file():
            continue  # the gate `links` names a figure that is missing
        keys = [
            labels.key_of(label) for label in labels.labels(site.file(path))
        ]
        for key in dict.fromkeys(filter(None, keys)):
            used.add(key)
            entry = table.get(key)
            if entry is None:
                near = difflib.get_close_matches(key, table, n=1, cutoff=0.8)
                found.append(
                    Finding(
                        path,
                        1,
                        f"the label “{key}” has no Chinese",
                        f'"{key}": ... in {where}'
                        + (f", where “{near[0]}” stands" if near else ""),
                        "translate it there, # standing for a number",
                    )
                )
            elif entry.count("#") != key.count("#"):
                found.append(
                    Finding(
                        where,
                        _line(site, key),
                        f"the label “{key}” and its Chinese “{entry}” have "
                        f"not as many numbers",
                        f"{key.count('#')} times #",
                        "correct the entry",
                    )
                )
    found += [
        Finding(
            where,
            _line(site, key),
            f"no figure has the label “{key}”",
            "only labels of figures that a page shows",
            "delete the entry",
        )
        for key in table.keys() - used
    ]
    return found


def _line(site: Site, key: str) -> int:
    lines = site.file(labels.LABELS.as_posix()).splitlines()
    starts = (f"{key}:", f'"{key}":', f"'{key}':")
    hits = (n for n, t in enumerate(lines, start=1) if t.startswith(starts))
    return next(hits, 1)
