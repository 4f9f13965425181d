"""The badges of the README, drawn from the recorded runs.

`python -m tests.gates --badges` writes them; the gate says when the runs that
they tell of are no longer the recorded ones.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from .fences import run_blocks
from .site import Finding, Site

FOLDER = Path(".github/badges")
RESULT = "mnist_convnet"  # the lesson whose accuracy the README shows
WIDTH = 6.6  # of a character, in pixels at a size of 11


def gate(site: Site) -> list[Finding]:
    """Which badges do not show what is recorded."""
    found = []
    for name, drawing in drawings(site).items():
        path = site.root / FOLDER / name
        if path.is_file() and path.read_text(encoding="utf-8") == drawing:
            continue
        found.append(
            Finding(
                (FOLDER / name).as_posix(),
                1,
                "this badge does not show what is recorded",
                "the badge that belongs to the present records",
                "make badges",
            )
        )
    return found


def write(site: Site) -> list[str]:
    """Draw all badges; return their paths."""
    folder = site.root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, drawing in drawings(site).items():
        (folder / name).write_text(drawing, encoding="utf-8", newline="\n")
    return [(FOLDER / name).as_posix() for name in drawings(site)]


def drawings(site: Site) -> dict[str, str]:
    """File name -> SVG text."""
    runs = {name: site.numbers.get(name, {}) for name in site.lessons}
    evidence = [run["evidence"] for run in runs.values() if run.get("evidence")]
    if not evidence:
        return {}
    blocks = sum(
        len(list(run_blocks(page)))
        for name in runs
        if (page := site.page("en", name))
    )
    last = max(each["date"] for each in evidence)
    devices = ", ".join(sorted({each["device"] for each in evidence}))
    drawn = {
        "blocks.svg": _badge("code blocks run", str(blocks)),
        "last-run.svg": _badge("last recorded run", f"{last}, {devices}"),
    }
    if accuracy := runs.get(RESULT, {}).get("convnet_accuracy"):
        mean, sd = 100 * accuracy["mean"], 100 * accuracy["sd"]
        seeds = len(accuracy["seeds"])
        drawn[f"{RESULT}.svg"] = _badge(
            "MNIST convnet", f"({mean:.2f} ± {sd:.2f})%, {seeds} seeds"
        )
    return drawn


def _badge(label: str, value: str) -> str:
    left, right = (int(len(text) * WIDTH) + 12 for text in (label, value))
    label, value = escape(label), escape(value)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" '
        f'height="20" role="img" aria-label="{label}: {value}">\n'
        f"<title>{label}: {value}</title>\n"
        f'<rect width="{left + right}" height="20" rx="3" fill="#303f9f"/>\n'
        f'<path d="M3 0h{left - 3}v20H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" '
        f'fill="#444"/>\n'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" '
        f'font-size="11" text-anchor="middle">\n'
        f'<text x="{left / 2:g}" y="14" textLength="{left - 10}">{label}'
        f"</text>\n"
        f'<text x="{left + right / 2:g}" y="14" textLength="{right - 10}">'
        f"{value}</text>\n"
        f"</g>\n</svg>\n"
    )
