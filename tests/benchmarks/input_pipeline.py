"""Input pipelines beside PyTorch's DataLoader, in one run of the lesson's code.

The page of `input_speed` leaves its PyTorch block out where PyTorch is missing,
so what it says of the DataLoader is measured here: by the sections of the
lesson's own script, interleaved in one process, as ratios with quartiles.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.harness.cell import Cell, drawing_cells
from tests.harness.lesson import Lesson
from tests.harness.run import Run

SCRIPT = Path("snippets/input_speed.py")
ROUNDS = 9
# The sections that the measurement needs, in the order of the page.
SECTIONS = (
    "setup",
    "encode",
    "prepare",
    "prepare_by_hand",
    "as_written",
    "pipelines",
    "contenders",
    "race",
    "report",
    "torch",
    "ceiling",
    "timeline",
    "network",
    "timeline_train",
    "timeline_total",
    "answer_batch_first",
)
MEASURE = f"""\
times = race(contenders, rounds={ROUNDS})
passes, bars = [], []
for number in range({ROUNDS}):
    first, second = train_and_trace(in_turn), train_and_trace(overlapping)
    passes.append([duration(first), duration(second)])
    bars.append([np.diff(first[kind]).sum() for kind in spans])
resizing = race(pair, rounds={ROUNDS})
"""
# Key in benchmarks.json -> name in the lesson's dictionaries.
CONTENDERS = {
    "tensorflow_loop": "loop, TensorFlow",
    "pillow_loop": "loop, Pillow",
    "map": "map",
    "parallel": "map, parallel",
    "rearranged": "rearranged",
    "cached": "decode cached",
    "dataloader": "DataLoader",
    "dataloader_2": "DataLoader, 2 workers",
}


def measure(root: Path) -> dict[str, Any]:
    """Medians and ratios of all contenders.

    Raises:
        SystemExit: PyTorch is not installed.
    """
    if importlib.util.find_spec("torch") is None:
        sys.exit(
            "This benchmark needs PyTorch; requirements-backends.txt has it."
        )
    cells = measured_cells(root)
    last = replace(cells[-1], name="measure", code=MEASURE, origins=[])
    expressions = {
        **{key: f"times[{name!r}]" for key, name in CONTENDERS.items()},
        "bars": "np.ravel(bars)",
        "training_in_turn": "[first for first, second in passes]",
        "training_prefetch": "[second for first, second in passes]",
        "one_by_one": "resizing['one by one']",
        "by_batch": "resizing['by batch']",
    }
    lesson = Lesson(
        name="input_pipeline_benchmark",
        data=("mnist",),
        time_limit=3600,
        metrics={"measure": expressions},
    )
    run = Run(root, lesson, [*cells, last], fresh=True)
    try:
        metrics = run.finish().metrics()
    finally:
        run.close()
    version, _, _ = importlib.metadata.version("torch").partition("+")
    about = {"rounds": ROUNDS, "torch": version, "code": digests(root)}
    found = {**about, **compared(metrics)}
    print(found)
    return found


def compared(metrics: dict[str, Any]) -> dict[str, Any]:
    """Medians and ratios of what was measured, round by round."""
    found: dict[str, Any] = {}
    times = {key: metrics[key] for key in CONTENDERS}
    for key, values in times.items():
        found[key] = {
            "milliseconds": round(float(np.median(values)), 4),
            "ratio": ratio(times["tensorflow_loop"], values),
            "to_pillow": ratio(times["pillow_loop"], values),
            "to_map": ratio(times["map"], values),
        }
    inputs, steps = np.reshape(metrics["bars"], (ROUNDS, 2)).T
    found["training_input"] = round(1000 * float(np.median(inputs)), 1)
    found["training_steps"] = round(1000 * float(np.median(steps)), 1)
    found["training_ceiling"] = ceiling(inputs, steps)
    found["training"] = ratio(
        metrics["training_in_turn"], metrics["training_prefetch"]
    )
    found["by_batch"] = ratio(metrics["one_by_one"], metrics["by_batch"])
    return found


def measured_cells(root: Path) -> list[Cell]:
    """The lesson's sections that are measured, as cells."""
    sections = {cell.name: cell for cell in drawing_cells(root / SCRIPT, root)}
    return [sections[name] for name in SECTIONS]


def digests(root: Path) -> dict[str, str]:
    """Digest of the code of each of these sections."""
    return {cell.name: cell.digest for cell in measured_cells(root)}


def ceiling(
    inputs: Sequence[float] | np.ndarray, steps: Sequence[float] | np.ndarray
) -> float:
    """How many times as fast prefetch can be at most, round by round."""
    both = np.add(inputs, steps) / np.maximum(inputs, steps)
    return round(float(np.median(both)), 3)


def ratio(yardstick: list[float], values: list[float]) -> dict[str, float]:
    """Quartiles of how many times as fast, round by round."""
    quartiles = np.quantile(np.divide(yardstick, values), [0.25, 0.5, 0.75])
    low, middle, high = (round(float(quartile), 3) for quartile in quartiles)
    return {"low": low, "middle": middle, "high": high}
