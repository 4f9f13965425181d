"""What happens inside the Jupyter kernel that a lesson runs in.

`tests.harness.client` calls these functions before and after each cell. The
kernel's namespace belongs to the lesson: nothing here adds a name to it. If
the lesson has a stage, it plays in this process.
"""

from __future__ import annotations

import contextlib
import os
import platform
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

from IPython.core.getipython import get_ipython

from . import datasets
from .stage import Stage, stage_of

_stage: list[Stage] = []  # the one of this lesson, if it has one
_files: dict[str, int] = {}  # the file that IPython gives a cell -> its index
_during = contextlib.ExitStack()  # what is arranged for the running cell
_failed: list[BaseException] = []  # by the cell that ran last


def prepare(root: str, name: str, data: list[str]) -> list[str]:
    """Make the kernel ready for a lesson that loads these shipped data sets.

    Returns:
        Texts that no result may hold, such as keys.
    """
    if stage := stage_of(Path(root), name):
        os.environ.update(stage.start(Path.home()))
        _stage.append(stage)
    for each in data:
        datasets.put_in_place(each)
    get_ipython().events.register("post_run_cell", _note_failure)
    return [text for stage in _stage for text in stage.secrets]


def finish() -> None:
    """Stop what `prepare` started."""
    for stage in _stage:
        stage.stop()


def before(index: int, name: str, source: str) -> bool:
    """Arrange what holds while a cell runs.

    Returns:
        Whether something is typed when it asks for input.
    """
    shell = get_ipython()
    _files[shell.compile.get_code_name(source, source, index)] = index
    typed = None
    for stage in _stage:
        typed = stage.typed.get(name)
        _during.enter_context(stage.during(name))
    if typed is not None:
        lines = iter(typed.splitlines())
        # In place of a front end, which would show a field to type in.
        shell.kernel._input_request = lambda *_, **__: next(lines)
        _during.callback(delattr, shell.kernel, "_input_request")
    return typed is not None


def after(metrics: dict[str, str]) -> dict[str, Any]:
    """What a cell has done, besides what it printed.

    Args:
        metrics: name -> expression in the lesson's names.
    """
    _during.close()
    error = _describe(_failed.pop()) if _failed else None
    figures = sys.modules.get("tests.harness.figures")  # if it plots
    return {
        "figures": figures.take() if figures else [],
        "error": error,
        "metrics": {} if error else _measure(metrics),
    }


def _note_failure(result: Any) -> None:
    error = result.error_before_exec or result.error_in_exec
    _failed[:] = [error] if error else []


def _measure(expressions: dict[str, str]) -> dict[str, Any]:
    """Evaluate metrics in the lesson's namespace as plain numbers."""
    measured: dict[str, Any] = {}
    for name, expression in expressions.items():
        try:
            value = eval(expression, dict(get_ipython().user_ns))
            measured[name] = (
                [float(element) for element in value]
                if hasattr(value, "__len__")
                else float(value)
            )
        except Exception as error:
            measured[name] = f"{expression}: {type(error).__name__}: {error}"
    return measured


def _describe(error: BaseException) -> dict[str, str]:
    """An error as a reader would see it, without IPython's own frames.

    Cells are named "cell 3" in it; `tests.harness.run` knows where they stand.
    """
    trace = error.__traceback__
    while trace and trace.tb_frame.f_code.co_filename not in _files:
        trace = trace.tb_next
    trace = trace or error.__traceback__
    text = "".join(traceback.format_exception(type(error), error, trace))
    for file, index in _files.items():
        text = text.replace(f'File "{file}"', f'File "cell {index}"')
    return {
        "type": type(error).__name__,
        "message": str(error),
        "traceback": text,
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
