"""The process in which one lesson runs: `python -m tests.harness.worker`.

It reads one JSON plan from standard input and writes one JSON line for each
event to standard output. The blocks run in order in the namespace of
`__main__`, as a script's would, from a source file on disk, so that
tracebacks, AutoGraph, `inspect` and pickling work as they do for a reader.

If the lesson talks to services, their stand-ins serve from this process, and
the home folder is an empty one.
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
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

# What differs from run to run for no reason that a reader cares about.
# Keras prints "938/938 - 21s - 22ms/step - accuracy: ..." for each epoch.
CHANCE = [
    (re.compile(r"\x1b\[[0-9;?]*[A-Za-z]"), ""),  # terminal colors
    (re.compile(r"^.*\r(?!\n)", re.MULTILINE), ""),  # redrawn progress lines
    (re.compile(r"^ *\d+%\|.*\|.*\[.*\]\n", re.MULTILINE), ""),  # the last
    (re.compile(r" - \d+(\.\d+)?m?s - \d+(\.\d+)?[mµu]?s/(step|epoch)"), ""),
    (re.compile(r"\b0x[0-9a-f]{6,}\b"), "0x…"),  # addresses
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
]

# One stream for all blocks, as in a terminal: a library may keep it.
_printed = io.StringIO()


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
    with _services(plan["services"]) as stand_ins:
        _run_blocks(plan, stand_ins, emit)


@contextlib.contextmanager
def _services(names: list[str]) -> Iterator[dict[str, Any]]:
    """Start these stand-ins; let this process and its children see them."""
    if not names:
        yield {}
        return
    standins = importlib.import_module("tests.harness.standins")
    started = {name: standins.stand_in(name) for name in names}
    home = Path.cwd().parent / "home"
    home.mkdir()
    _move_into(home)
    for stand_in in started.values():
        os.environ.update(stand_in.start(home))
    try:
        yield started
    finally:
        for stand_in in started.values():
            stand_in.stop()


def _move_into(home: Path) -> None:
    """Leave a reader's own files and settings alone."""
    for name in list(os.environ):
        if name.startswith(("KAGGLE", "XDG_")):
            del os.environ[name]
    os.environ["HOME"] = os.environ["USERPROFILE"] = str(home)


def _run_blocks(
    plan: dict[str, Any], stand_ins: dict[str, Any], emit: Any
) -> None:
    script = types.ModuleType("__main__")
    script.__file__ = plan["script"]
    sys.modules["__main__"] = script
    for name in plan["data"]:
        datasets = importlib.import_module("tests.harness.datasets")
        datasets.put_in_place(name)
    for index, block in enumerate(plan["blocks"]):
        emit(event="start", block=index)
        started = time.perf_counter()
        result = _run_block(block, plan["script"], script.__dict__, stand_ins)
        result["seconds"] = time.perf_counter() - started
        if result["error"] is None:
            result["metrics"] = _measure(block["metrics"], script.__dict__)
        emit(event="done", block=index, **result)
        if result["error"] and not block["may_fail"]:
            return
    emit(event="end", environment=environment())


def _run_block(
    block: dict[str, Any],
    filename: str,
    namespace: dict[str, Any],
    stand_ins: dict[str, Any],
) -> dict[str, Any]:
    """Run one block; return its output, its figures and its error, if any."""
    error = None
    typed = _typed(block["typed"], stand_ins)
    with (
        contextlib.redirect_stdout(_printed),
        mock.patch.object(sys, "stdin", io.StringIO(typed)),
        _fault(block["fault"], stand_ins),
    ):
        try:
            if block["language"] == "python":
                padding = "\n" * (block["first_line"] - 1)
                code = compile(padding + block["code"], filename, "exec")
                exec(code, namespace)
            else:
                _run_shell(block["language"], block["code"], typed)
        except BaseException as caught:  # SystemExit too ends a lesson
            error = _describe(caught, filename)
    output = without_chance(_printed.getvalue())
    _printed.seek(0)
    _printed.truncate()
    result = {
        "output": _without_places(output) if stand_ins else output,
        "figures": _take_figures(),
        "error": error,
        "metrics": {},
    }
    return _without_secrets(result, stand_ins)


def _typed(what: str | None, stand_ins: dict[str, Any]) -> str:
    """What is typed while a block runs: nothing, unless the lesson says so."""
    if what is None:
        return ""
    service, _, name = what.partition(".")
    return stand_ins[service].typed[name]


def _fault(
    fault: str | None, stand_ins: dict[str, Any]
) -> contextlib.AbstractContextManager[None]:
    if fault is None:
        return contextlib.nullcontext()
    faults = importlib.import_module("tests.harness.faults")
    return faults.during(fault, stand_ins)


def _without_places(text: str) -> str:
    """Folders made for this run as a reader would write their own."""
    text = text.replace(os.environ["HOME"], "~")
    return text.replace(str(Path.cwd()), ".")


def _without_secrets(
    result: dict[str, Any], stand_ins: dict[str, Any]
) -> dict[str, Any]:
    """The result, or an error instead of it if it holds what is secret."""
    text = json.dumps(result)
    for name, stand_in in stand_ins.items():
        if any(secret in text for secret in stand_in.secrets):
            message = (
                f"This block printed a key or a token of the stand-in {name}. "
                f"What it printed is withheld."
            )
            error = {"type": "KeyPrinted", "message": message}
            error["traceback"] = f"KeyPrinted: {message}\n"
            return {"output": "", "figures": [], "error": error, "metrics": {}}
    return result


def _run_shell(shell: str, code: str, typed: str) -> None:
    """Run a shell block; print what it printed, errors too, as terminals do."""
    done = subprocess.run(
        [shell, "-c", code],
        input=typed.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    # Not `text=True`: it would make lines of what a progress bar redraws.
    printed = done.stdout.decode(errors="replace").replace("\r\n", "\n")
    if done.returncode:
        raise RuntimeError(
            f"{shell} ended with status {done.returncode}.\n{printed}"
        )
    print(printed, end="")


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
