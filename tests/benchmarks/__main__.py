"""The command line: `python -m tests.benchmarks [all | costs | pages | …]`."""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import sys
from pathlib import Path
from typing import Any

from tests.harness import cell, kernel, page, peers, quote

from . import (
    build,
    costs,
    generated,
    input_pipeline,
    pages,
    training,
    verification,
    widgets,
)

ROOT = Path(__file__).parents[2]


def record_peers(root: Path) -> dict[str, Any]:
    """Record blocks of lessons that need other packages, beside the lessons.

    Raises:
        SystemExit: one of them failed.
    """
    for path in page.files(root, "en"):
        code = cell.cells(page.read(path, root), root)
        needs = any(each.importorskip for each in code)
        if faults := needs and peers.record(path, root):
            sys.exit("\n".join(faults))
    return {}


PARTS = {
    "build": build.measure,
    "costs": costs.measure,
    "faults": verification.measure_faults,
    "generated": generated.measure,
    "growth": costs.measure_growth,
    "input_pipeline": input_pipeline.measure,
    "pages": pages.measure,
    "peers": record_peers,
    "training": training.measure,
    "verification": verification.measure,
    "widgets": widgets.measure,
}
PACKAGES = (
    *("keras", "mkdocs", "mkdocs-material", "pytest", "pytest-codeblocks"),
    *("pytest-xdist", "tensorflow"),
)


def conditions() -> dict[str, Any]:
    """When and where a benchmark ran."""
    machine = kernel.environment()
    del machine["device"]  # known only where TensorFlow runs
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
        **machine,
        "versions": {
            name: importlib.metadata.version(name) for name in PACKAGES
        },
    }


def main() -> None:
    """Measure and write; end with a fault if something takes too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "part", nargs="?", default="all", choices=["all", *PARTS]
    )
    parser.add_argument(
        "--page", choices=pages.NAMES, help="of `pages`, measure this one alone"
    )
    told = parser.parse_args()
    if told.page and told.part != "pages":
        parser.error("--page is for the part `pages`")
    names = PARTS if told.part == "all" else [told.part]
    if faults := list(filter(None, (_part(name, told.page) for name in names))):
        sys.exit("\n".join(faults))


def _part(name: str, page: str | None) -> str:
    """Measure and write one part; what is missing, or takes too long."""
    print(f"{name} ...", flush=True)
    try:
        if page:
            before = quote.benchmarks(ROOT)[name]
            quote.write_benchmark(
                ROOT, name, pages.measure_one(ROOT, page, before)
            )
            return ""
        found = PARTS[name](ROOT)
    except SystemExit as fault:
        return f"{name}: {fault}"
    over = found.pop("over", [])
    if found:  # else it has written what it found
        quote.write_benchmark(ROOT, name, {**conditions(), **found})
    return "\n".join(over)


if __name__ == "__main__":
    main()
