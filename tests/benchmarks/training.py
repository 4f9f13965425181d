"""Training the first lesson's network: Keras's backends beside native code.

Each contender is a program, which trains for an epoch when it is told to, so
that a round asks all of them in turn. The first epoch, in which some compile,
does not count; its loss shows that all of them train the same network.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

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
        SystemExit: a package is missing, a program fails, or two of them do
            not train the same network.
    """
    lacking = [n for n in PEERS if importlib.util.find_spec(n) is None]
    if lacking:
        sys.exit(
            f"This benchmark needs {' and '.join(lacking)}; "
            "requirements-backends.txt has it."
        )
    programs: dict[str, Program] = {}
    times: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    try:
        for name, told in CONTENDERS.items():
            programs[name] = Program(root, *told)
        losses = {n: each.epoch()["loss"] for n, each in programs.items()}
        compare(losses)
        for number in range(ROUNDS):
            for name, program in programs.items():
                times[name].append(program.epoch()["seconds"])
            print(f"round {number + 1} of {ROUNDS}", flush=True)
    finally:
        for program in programs.values():
            program.process.kill()
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


def compare(losses: dict[str, float]) -> None:
    """Refuse losses of a first epoch that are not those of one network."""
    for name, loss in losses.items():
        if abs(loss - losses[YARDSTICK]) > SAME * losses[YARDSTICK]:
            sys.exit(
                f"Not the same training: after one epoch, {name} has a loss "
                f"of {loss:.4f}, {YARDSTICK} of {losses[YARDSTICK]:.4f}."
            )


class Program:
    """One of `peers`, which trains when it is told to.

    Args:
        root: of the project.
        module: of the program.
        told: its argument.
        backend: of Keras, for a program that uses it.
    """

    def __init__(self, root: Path, module: str, told: str, backend: str):
        self.name = f"{module} {told or backend}"
        command = [sys.executable, "-m", f"tests.benchmarks.peers.{module}"]
        self.process = subprocess.Popen(
            [*command, str(IMAGES), told],
            cwd=root,
            env={
                **os.environ,
                "KERAS_BACKEND": backend or "tensorflow",
                "TF_CPP_MIN_LOG_LEVEL": "3",
                "CUDA_VISIBLE_DEVICES": "-1",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def epoch(self) -> dict[str, float]:
        """What an epoch took, `seconds`, and its mean `loss`.

        Raises:
            SystemExit: the program has ended; what it said is above.
        """
        assert self.process.stdin and self.process.stdout
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        if not (line := self.process.stdout.readline()):
            sys.exit(f"{self.name} ended before it had trained.")
        return json.loads(line)
