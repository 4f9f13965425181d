"""What the recorded runs of a lesson measured, for drawings that show it."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).parents[3]


def seeds(path: str) -> dict[str, list[float]]:
    """The values of each metric, one for each recorded run.

    Args:
        path: of the lesson's metrics.json, from the project's folder. It
            stands in the drawing's code as it is, where the engine finds it:
            the drawing is stale when that file changes.
    """
    metrics = json.loads((ROOT / path).read_text(encoding="utf-8"))
    return {name: metric["seeds"] for name, metric in metrics.items()}
