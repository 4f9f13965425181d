"""The command line: `python -m tests.benchmarks [scale] [verification]`.

`python -m tests.benchmarks input_pipeline` needs PyTorch, so it is run only
if it is named.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
from pathlib import Path
from typing import Any

from tests.harness import kernel, records

from . import input_pipeline, scale, verification

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "keras",
    "mkdocs",
    "mkdocs-material",
    "pytest",
    "pytest-codeblocks",
    "pytest-xdist",
    "tensorflow",
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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "parts",
        nargs="*",
        help="scale, verification, input_pipeline; if none is named, the "
        "first two",
    )
    parser.add_argument(
        "--whole",
        action="store_true",
        help="time a whole `pytest --fresh` too, on two processes",
    )
    options = parser.parse_args()
    parts = {
        "scale": lambda: scale.measure(ROOT),
        "verification": lambda: verification.measure(ROOT, options.whole),
        "input_pipeline": lambda: input_pipeline.measure(ROOT),
    }
    if unknown := set(options.parts) - parts.keys():
        parser.error(f"no part {', '.join(sorted(unknown))}")
    for name in options.parts or ("scale", "verification"):
        found = {**conditions(), **parts[name]()}
        records.write_benchmark(ROOT, name, found)


if __name__ == "__main__":
    main()
