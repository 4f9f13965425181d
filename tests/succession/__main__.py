"""Build the site with MkDocs and with Zensical, and compare them.

python -m tests.succession                 `make zensical`
python -m tests.succession --keep FOLDER   leave both sites there, to look at

It prints a table of the pages and a list of differences, both in Markdown,
and fails if a difference is not listed in tests/succession/known.toml, or if
one is listed there that is none any more.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import sys
import tempfile
from pathlib import Path

from . import compare, content, sites

ROOT = Path(__file__).parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.succession")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="leave both sites there"
    )
    asked = parser.parse_args()
    if asked.keep and asked.keep.exists():
        print(f"{asked.keep} exists; name a folder that does not.")
        return 2
    try:
        known = compare.read_known()
        with tempfile.TemporaryDirectory() as temporary:
            folder = asked.keep or Path(temporary)
            return report(folder.resolve(), known)
    except (sites.BuildFailed, ValueError) as problem:
        print(problem)
        return 2


def report(folder: Path, known: list[compare.Known]) -> int:
    """Build both sites below a folder and print how they compare."""
    folders = {"Material": folder / "mkdocs", "Zensical": folder / "zensical"}
    with tempfile.TemporaryDirectory() as temporary:
        sources = sites.copy_sources(ROOT, Path(temporary) / "sources")
        sites.build_with_mkdocs(sources, folders["Material"])
        sites.build_with_zensical(sources, folders["Zensical"])
    pages = [content.read_site(f, sites.ADDRESS) for f in folders.values()]
    nowhere = [
        content.broken_links(read, built)
        for read, built in zip(pages, folders.values(), strict=True)
    ]
    found = compare.differences(*pages) + compare.broken(*nowhere)
    new, explained = compare.sort_out(found, known)
    settled = [entry for entry, those in explained.items() if not those]

    versions = [
        f"{name} {importlib.metadata.version(name)}"
        for name in ("mkdocs-material", "zensical")
    ]
    print(f"# {' and '.join(versions)}\n")
    print("\n".join(compare.table(*pages)))
    print("\n## Expected differences\n")
    for entry, those in explained.items():
        where = f"{entry.page}: {entry.kind}, only with {entry.only}"
        print(f"- {len(those)} × {where}: {entry.what}. {entry.reason}")
    print("\n## New differences\n")
    print("\n".join(f"- {difference}" for difference in new) or "None.")
    for entry in settled:
        print(
            f"\nNothing is left of an expected difference; delete it from "
            f"{compare.KNOWN.name}: {entry.page}, {entry.kind}, {entry.what}"
        )
    return 1 if new or settled else 0


if __name__ == "__main__":
    sys.exit(main())
