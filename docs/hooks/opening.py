"""The first code cell of a notebook: is everything here that it imports?"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from tests.harness.cell import Cell
from tests.harness.snippet import imported_modules

CHECK = "requirements"  # the name of the cell
# Packages that a lesson cannot do with an older one; else any version will do.
LOWEST = {"keras": "3", "tensorflow": "2.16"}
# The package that has a module, where they have different names.
PACKAGES = {"PIL": "pillow"}
SOURCE = """import re
import sys
from importlib.metadata import PackageNotFoundError, version

needs = {{  # package: the lowest version that will do
    "Python": "3.11",{listed}
}}
for name, lowest in needs.items():
    try:
        found = sys.version.split()[0] if name == "Python" else version(name)
    except PackageNotFoundError:
        print("✗", name, f"  %pip install {{name}}")
        continue
    have, need = (re.findall(r"\\d+", text) for text in (found, lowest))
    if [*map(int, have)] >= [*map(int, need)]:
        print("✓", name, found)
    else:
        print("✗", name, found)
        if name != "Python":
            print(f"  %pip install -U {{name}}")"""


def check_source(cells: Sequence[Cell]) -> str:
    """Source of the cell, the same in all languages: all can share one run."""
    listed = "".join(
        f"\n    {json.dumps(name)}: {json.dumps(LOWEST.get(name, ''))},"
        for name in _needs(cells)
    )
    return SOURCE.format(listed=listed)


def check_output(cells: Sequence[Cell], evidence: dict[str, Any]) -> str:
    """What it prints where there are the versions of a run."""
    versions = {"Python": evidence["python"], **evidence["versions"]}
    return "".join(
        f"✓ {name} {versions[name]}\n"
        for name in ["Python", *_needs(cells)]
        if name in versions
    )


def _needs(cells: Sequence[Cell]) -> list[str]:
    """Packages that the code imports, and TensorFlow if it imports Keras."""
    code = [cell.code for cell in cells if cell.runs_everywhere]
    modules = imported_modules(code) - set(sys.stdlib_module_names)
    if "keras" in modules:
        modules.add("tensorflow")
    return sorted({PACKAGES.get(name, name) for name in modules})
