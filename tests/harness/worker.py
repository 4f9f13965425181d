"""The process in which one lesson runs: `python -m tests.harness.worker`.

It reads one JSON plan from standard input and writes one JSON line for each
event to standard output. The blocks run in order in the namespace of
`__main__`, as a script's would, from a source file on disk, so that
tracebacks, AutoGraph, `inspect` and pickling work as they do for a reader.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import platform
import re
import subprocess
import sys
import time
import traceback
import types
from pathlib import Path
from typing import Any

# What differs from run to run for no reason that a reader cares about.
# Keras prints "938/938 - 21s - 22ms/step - accuracy: ..." for each epoch.
CHANCE = [
    (re.compile(r"\x1b\[[0-9;?]*[A-Za-z]"), ""),  # terminal colors
    (re.compile(r"^.*\r(?!\n)", re.MULTILINE), ""),  # redrawn progress lines
    (re.compile(r" - \d+(\.\d+)?m?s - \d+(\.\d+)?[mµu]?s/(step|epoch)"), ""),
    (re.compile(r"\b0x[0-9a-f]{6,}\b"), "0x…"),  # addresses
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
]


def without_chance(text: str) -> str:
    """Remove timings, addresses and terminal control from printed text."""
    for pattern, replacement in CHANCE:
        text = pattern.sub(replacement, text)
    return text


def main() -> None:
    # Lines that native code prints must not mix with the events.
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    plan = json.loads(sys.stdin.readline())
    _run(
        plan, lambda **event: print(json.dumps(event), file=events, flush=True)
    )


def _run(plan: dict[str, Any], emit: Any) -> None:
    script = types.ModuleType("__main__")
    script.__file__ = plan["script"]
    sys.modules["__main__"] = script
    for name in plan["data"]:
        datasets = importlib.import_module("tests.harness.datasets")
        datasets.put_in_place(name)
    for index, block in enumerate(plan["blocks"]):
        emit(event="start", block=index)
        started = time.perf_counter()
        result = _run_block(block, plan["script"], script.__dict__)
        result["seconds"] = time.perf_counter() - started
        if result["error"] is None:
            result["metrics"] = _measure(block["metrics"], script.__dict__)
        emit(event="done", block=index, **result)
        if result["error"] and not block["may_fail"]:
            return
    emit(event="end", environment=environment())


def _run_block(
    block: dict[str, Any], filename: str, namespace: dict[str, Any]
) -> dict[str, Any]:
    """Run one block; return its output, its figures and its error, if any."""
    printed = io.StringIO()
    error = None
    with contextlib.redirect_stdout(printed):
        try:
            if block["language"] == "python":
                padding = "\n" * (block["first_line"] - 1)
                code = compile(padding + block["code"], filename, "exec")
                exec(code, namespace)
            else:
                printed.write(_run_shell(block["language"], block["code"]))
        except BaseException as caught:  # SystemExit too ends a lesson
            error = _describe(caught, filename)
    return {
        "output": without_chance(printed.getvalue()),
        "figures": _take_figures(),
        "error": error,
        "metrics": {},
    }


def _run_shell(shell: str, code: str) -> str:
    """Run a shell block; return what it printed."""
    done = subprocess.run([shell, "-c", code], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(
            f"{shell} ended with status {done.returncode}.\n{done.stderr}"
        )
    return done.stdout


def _take_figures() -> list[dict[str, Any]]:
    """Figures shown since the last call; none if nothing was plotted."""
    figures = sys.modules.get("tests.harness.figures")
    return figures.take() if figures else []


def _measure(
    expressions: dict[str, str], namespace: dict[str, Any]
) -> dict[str, Any]:
    """Evaluate metrics in the lesson's namespace as plain numbers."""
    measured: dict[str, Any] = {}
    for name, expression in expressions.items():
        try:
            value = eval(expression, dict(namespace))
            measured[name] = (
                [float(element) for element in value]
                if hasattr(value, "__len__")
                else float(value)
            )
        except Exception as error:
            measured[name] = f"{expression}: {type(error).__name__}: {error}"
    return measured


def _describe(error: BaseException, filename: str) -> dict[str, str]:
    """An error as a reader would see it, without the worker's own frames."""
    trace = error.__traceback__
    while trace and trace.tb_frame.f_code.co_filename != filename:
        trace = trace.tb_next
    lines = traceback.format_exception(
        type(error), error, trace or error.__traceback__
    )
    return {
        "type": type(error).__name__,
        "message": without_chance(str(error)),
        "traceback": "".join(lines),
    }


def environment() -> dict[str, Any]:
    """Where this process runs: processor, device, system."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "device": _device(os.environ.get("KERAS_BACKEND", "tensorflow")),
    }


def _device(backend: str) -> str:
    """The device that the backend computes on: its first, "CPU" if no other.

    Other backends may be loaded beside it: Keras imports what it finds.
    """
    library = sys.modules.get(backend)
    if library is None:  # the lesson does not compute with it
        return "CPU"
    if backend == "tensorflow":
        for gpu in library.config.list_physical_devices("GPU"):
            details = library.config.experimental.get_device_details(gpu)
            return details.get("device_name", "GPU")
    elif backend == "jax":
        device = library.devices()[0]
        if device.platform != "cpu":
            return device.device_kind
    elif backend == "torch":
        if library.backends.mps.is_available():
            return "Apple GPU"
        if library.cuda.is_available():
            return library.cuda.get_device_name()
    return "CPU"


def _processor() -> str:
    """The processor's name, as the system knows it."""
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if sys.platform == "darwin":
        query = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.check_output(query, text=True).strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
