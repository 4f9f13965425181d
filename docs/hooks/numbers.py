"""Give pages the numbers that runs have recorded (for mkdocs-macros)."""

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.harness import records  # noqa: E402 (found through the line above)

known = records.quotable


def define_env(env: Any) -> None:
    """Register what `records.inject` gives the same page under test."""
    env.variables.update(records.quotable(ROOT, env.conf["theme"]["language"]))
    for name, function in records.FILTERS.items():
        env.filter(function, name)
