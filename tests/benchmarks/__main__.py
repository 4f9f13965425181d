"""The command line: `python -m tests.benchmarks [costs | pages | …]`."""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.harness import cell, kernel, page, quote

from . import costs, input_pipeline, pages, training, widgets

ROOT = Path(__file__).parents[2]
PARTS = {
    "costs": costs.measure,
    "input_pipeline": input_pipeline.measure,
    "pages": pages.measure,
    "training": training.measure,
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


def run_peers() -> int:
    """Record blocks of lessons that need other packages; pytest's status."""
    pages = [
        str(path)
        for path in page.files(ROOT, "en")
        if any(c.importorskip for c in cell.cells(page.read(path, ROOT), ROOT))
    ]
    return pytest.main(["--record", "--peers", *pages])


def main() -> None:
    """Measure and write; end with a fault if something takes too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parts = [*PARTS, "peers"]
    parser.add_argument("part", nargs="?", default="costs", choices=parts)
    part = parser.parse_args().part
    if part == "peers":
        sys.exit(run_peers())
    found = PARTS[part](ROOT)
    over = found.pop("over", [])
    quote.write_benchmark(ROOT, part, {**conditions(), **found})
    if over:
        sys.exit("\n".join(over))


if __name__ == "__main__":
    main()
