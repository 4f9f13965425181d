"""Training the first lesson's network: Keras's backends beside native code.

Each contender is a program in a process of its own, which trains for an epoch
when it is told to, so that a round asks all of them in turn. The first epoch,
in which some compile, does not count; its loss shows that all of them train
the same network.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from . import peers
from .input_pipeline import ratio

ROUNDS = 9
IMAGES = 3200  # of an epoch: 50 batches, since 60,000 would take an hour
YARDSTICK = "tensorflow"
# Name in benchmarks.json: the program, what it is told, the backend of Keras.
CONTENDERS = {
    "tensorflow": ("keras_fit", "", "tensorflow"),
    "tensorflow_xla": ("keras_fit", "xla", "tensorflow"),
    "keras_jax": ("keras_fit", "", "jax"),
    "keras_torch": ("keras_fit", "", "torch"),
    "torch": ("torch_loop", "channels_last", ""),
    "torch_first": ("torch_loop", "contiguous_format", ""),
    "jax": ("jax_loop", "", ""),
}
PEERS = ("jax", "torch")
SAME = 0.002  # of a loss: sums are taken in another order


def measure(root: Path) -> dict[str, Any]:
    """Seconds of an epoch, and ratios to Keras on TensorFlow.

    Raises:
        SystemExit: a package is missing, or two programs do not train the
            same network.
    """
    lacking = [n for n in PEERS if importlib.util.find_spec(n) is None]
    if lacking:
        sys.exit(
            f"This benchmark needs {' and '.join(lacking)}; "
            "requirements-backends.txt has it."
        )
    times: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    with ExitStack() as ended:
        processes = {n: ended.enter_context(process()) for n in CONTENDERS}

        def epoch(name: str) -> tuple[float, float]:
            told = (*CONTENDERS[name], IMAGES)
            return processes[name].submit(peers.epoch, *told).result()

        losses = {name: epoch(name)[1] for name in CONTENDERS}
        compare(losses)
        for number in range(ROUNDS):
            for name, seconds in times.items():
                seconds.append(epoch(name)[0])
            print(f"round {number + 1} of {ROUNDS}", flush=True)
    found: dict[str, Any] = {
        "rounds": ROUNDS,
        "images": IMAGES,
        "peers": {name: importlib.metadata.version(name) for name in PEERS},
        "losses": {name: round(loss, 4) for name, loss in losses.items()},
    }
    for name, values in times.items():
        seconds = round(float(np.median(values)), 2)
        faster = ratio(times[YARDSTICK], values)
        found[name] = {"seconds": seconds, "ratio": faster}
        print(name, found[name])
    # Keras with PyTorch, and PyTorch without Keras, round by round.
    pair = ratio(times["torch"], times["keras_torch"])
    found["keras_torch"]["to_torch"] = pair
    return found


def process() -> ProcessPoolExecutor:
    """Another process, in which Keras can have another backend than here."""
    return ProcessPoolExecutor(1, get_context("spawn"))


def compare(losses: dict[str, float]) -> None:
    """Refuse losses of a first epoch that are not those of one network."""
    for name, loss in losses.items():
        if abs(loss - losses[YARDSTICK]) > SAME * losses[YARDSTICK]:
            sys.exit(
                f"Not the same training: after one epoch, {name} has a loss "
                f"of {loss:.4f}, {YARDSTICK} of {losses[YARDSTICK]:.4f}."
            )
