"""Run the gates, or one of the commands that they ask for.

python -m tests.gates                       check all pages
python -m tests.gates --reviewed            show what waits for a review
python -m tests.gates --reviewed mnist_convnet#train ...
python -m tests.gates --rename mnist_convnet#train training
python -m tests.gates --badges              draw the README's badges anew
"""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path

from tests.harness.record import write

from . import all_gates, badges, rename, reviews
from .site import Site


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.gates")
    note = "note that these sections say the same in both languages"
    parser.add_argument(
        "--reviewed", nargs="*", metavar="PAGE#SECTION", help=note
    )
    give = "give a heading another id, and change all that names it"
    parser.add_argument(
        "--rename", nargs=2, metavar=("PAGE#SECTION", "ID"), help=give
    )
    draw = "draw the README's badges"
    parser.add_argument("--badges", action="store_true", help=draw)
    asked = parser.parse_args()
    if not (Path.cwd() / "docs").is_dir():
        print(f"No pages in {Path.cwd()}/docs; run this in the project.")
        return 2
    gc.disable()  # a tenth of the time, and it ends soon
    site = Site(Path.cwd())
    try:
        if asked.reviewed is not None and not site.problems:
            return _review(site, asked.reviewed)
        if asked.rename and not site.problems:
            for path in rename.rename(site, *asked.rename):
                print(f"changed: {path}")
            return 0
    except ValueError as error:
        print(error)
        return 2
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


def _review(site: Site, wanted: list[str]) -> int:
    """Show what waits for a review, or note what was reviewed."""
    if wanted:
        done = reviews.mark(site, wanted)
        print("\n".join(f"reviewed: {each}" for each in done) or "no change")
        return 0
    from . import waiting  # a library that checking the pages needs not

    print(f"sections that wait for a review: {waiting.show(site)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
