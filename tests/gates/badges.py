"""The badges of the README, drawn from the recorded runs by `make badges`."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from .site import Finding, Site

RESULT = "mnist_convnet"  # the lesson whose accuracy the README shows
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="20" role="img">
<title>{1}</title>
<rect width="{0}" height="20" rx="3" fill="#303f9f"/>
<text x="50%" y="14" text-anchor="middle" fill="#fff" font-size="11"
 font-family="Verdana,DejaVu Sans,sans-serif">{1}</text>
</svg>
"""


def gate(site: Site) -> Iterator[Finding]:
    """Which badges do not show what is recorded."""
    for path, drawing in drawings(site).items():
        if not (site.root / path).is_file() or site.file(path) != drawing:
            what = "this badge does not show what is recorded"
            expected = "the badge that belongs to the present records"
            yield Finding(path, 1, what, expected, "make badges")


def drawings(site: Site) -> dict[str, str]:
    """Path -> SVG text; none before there is a run."""
    runs = {name: site.numbers.get(name, {}) for name in site.lessons}
    evidence = [run["evidence"] for run in runs.values() if run.get("evidence")]
    if not evidence:
        return {}
    pages = (site.page("en", name) for name in runs)
    blocks = sum(len(site.code(page) or ()) for page in pages if page)
    last = max(each["date"] for each in evidence)
    devices = ", ".join(sorted({each["device"] for each in evidence}))
    texts = {
        "blocks": f"code blocks run: {blocks}",
        "last-run": f"last recorded run: {last}, {devices}",
    }
    if kept := runs.get(RESULT, {}).get("convnet_accuracy"):
        shown = f"({100 * kept['mean']:.2f} ± {100 * kept['sd']:.2f})%"
        texts[RESULT] = f"MNIST convnet: {shown}, {len(kept['seeds'])} seeds"
    return {
        f".github/badges/{name}.svg": SVG.format(
            7 * len(text) + 10, escape(text)
        )
        for name, text in texts.items()
    }
