"""Run the gates, or note that sections were reviewed.

python -m tests.gates                       check all pages
python -m tests.gates --reviewed mnist_convnet#train ...
python -m tests.gates --reviewed all        after a change to both languages
python -m tests.gates --badges              draw the README's badges anew
"""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path

from tests.harness.record import write

from . import all_gates, badges, reviews
from .site import Site


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.gates")
    note = "note that these sections say the same in both languages"
    parser.add_argument(
        "--reviewed", nargs="*", metavar="PAGE#SECTION", help=note
    )
    draw = "draw the README's badges"
    parser.add_argument("--badges", action="store_true", help=draw)
    asked = parser.parse_args()
    if not (Path.cwd() / "docs").is_dir():
        print(f"No pages in {Path.cwd()}/docs; run this in the project.")
        return 2
    gc.disable()  # a tenth of the time, and it ends soon
    site = Site(Path.cwd())
    if asked.reviewed is not None and not site.problems:
        return _mark(site, asked.reviewed)
    if asked.badges and not site.problems:
        for path, drawing in badges.drawings(site).items():
            write(site.root / path, drawing)
            print(f"written: {path}")
        return 0
    findings, waivers = all_gates.check(site)
    for gate, found in findings.items():
        for finding in found:
            print(f"{finding}\n    gate: {gate}")
    if site.problems:
        print("Everything else is checked once this can be read.")
    if findings["complete"]:
        print("Where a TODO is left, languages are compared after that.")
    count = sum(map(len, findings.values()))
    print(
        f"{len(site.pages)} pages, {len(findings)} gates: "
        f"{count or 'nothing'} found, {waivers} waivers"
    )
    return 1 if count else 0


def _mark(site: Site, wanted: list[str]) -> int:
    if not wanted:
        print('Say which: make reviewed SECTIONS="page#section", or "all".')
        for finding in sorted(reviews.gate(site)):
            print(f"  {finding.path}:{finding.line}: {finding.what}")
        return 2
    try:
        done = reviews.mark(site, wanted)
    except ValueError as error:
        print(error)
        return 2
    print("\n".join(f"reviewed: {section}" for section in done) or "no change")
    return 0


if __name__ == "__main__":
    sys.exit(main())
