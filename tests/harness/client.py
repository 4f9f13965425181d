"""The kernel that a lesson runs in, as pytest sees it: start, ask, run, end.

A fresh Jupyter kernel executes cells as a reader's notebook would. Before and
after each, `tests.harness.kernel` is asked inside of it, by Jupyter's
`user_expressions`, which leave no name, no history and no count behind.
"""

from __future__ import annotations

import ast
import asyncio
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from unittest import mock

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from .surroundings import environment

HEARTBEAT = 0.5  # seconds between two looks at a cell that is running

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


class KernelError(Exception):
    """The kernel is of no use anymore. The text ends what a section began."""


class LimitHit(KernelError):
    """The run has taken as long as it may."""


class Client:
    """One kernel, in a folder of its own that goes when it ends.

    Args:
        root: the project's folder.
        backend: what Keras computes with.
        limit: seconds from here to the end of the run.
        tick: called about twice a second with the seconds since the start.
    """

    def __init__(
        self,
        root: Path,
        backend: str,
        limit: float,
        tick: Callable[[float], None],
    ) -> None:
        self._limit = limit
        self._tick = tick
        self._started = time.monotonic()
        self._scratch = Path(tempfile.mkdtemp(prefix="lesson-")).resolve()
        self.work = self._scratch / "work"
        self.work.mkdir()
        (self._scratch / "home").mkdir()
        self._notebook = NotebookClient(
            nbformat.v4.new_notebook(),
            kernel_name="python3",
            timeout_func=lambda _: max(self.left, 0.01),
            allow_errors=True,
            # What a dying process says goes to standard error, too.
            extra_arguments=["--IPKernelApp.quiet=False"],
        )
        # ZeroMQ needs a loop that can watch sockets, on Windows as well.
        self._runner = asyncio.Runner(loop_factory=asyncio.SelectorEventLoop)
        self._errors = (self._scratch / "stderr.txt").open("wb")
        try:
            seen = environment(root, backend, self._scratch)
            with mock.patch.dict(os.environ, seen, clear=True):
                self._await(self._start(seen))
        except BaseException:
            self.close()
            raise

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._started

    @property
    def left(self) -> float:
        return self._limit - self.elapsed

    def run(self, source: str, *, reads_input: bool = False) -> Any:
        """Execute a cell; return it, its outputs in it.

        Raises:
            KernelError: the kernel died, or the time limit was hit.
        """
        assert self._notebook.kc
        self._notebook.kc.allow_stdin = reads_input
        cell = nbformat.v4.new_code_cell(source)
        cells = self._notebook.nb.cells
        cells.append(cell)
        self._await(self._notebook.async_execute_cell(cell, len(cells) - 1))
        return cell

    def ask(self, function: str, *arguments: Any) -> Any:
        """Call a function of `tests.harness.kernel` in the kernel.

        Raises:
            KernelError: as `run`, or the function failed.
        """
        call = (
            "__import__('json').dumps("
            "__import__('tests.harness.kernel', fromlist=['kernel'])"
            f".{function}(*__import__('json').loads({json.dumps(arguments)!r})))"
        )
        answer = self._await(self._answer(call))
        if answer["status"] != "ok":
            said = "\n".join(answer.get("traceback", [str(answer)]))
            raise KernelError(f"{function} failed in the kernel:\n{said}")
        return json.loads(ast.literal_eval(answer["data"]["text/plain"]))

    def without_places(self, text: str) -> str:
        """Folders made for this run as a reader would write their own."""
        text = text.replace(str(self._scratch / "home"), "~")
        return text.replace(str(self.work), ".")

    def close(self) -> None:
        """End the kernel and what it started; remove its folder."""
        manager, client = self._notebook.km, self._notebook.kc
        if manager and manager.has_kernel:
            self._runner.run(manager.shutdown_kernel(now=True))
        if client:
            client.stop_channels()
        self._runner.close()
        self._errors.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    async def _start(self, seen: dict[str, str]) -> None:
        manager = self._notebook.create_kernel_manager()
        manager.kernel_spec_manager.kernel_dirs = []  # but that of this Python
        await self._notebook.async_start_new_kernel(
            cwd=str(self.work),
            env=seen,
            stdout=self._errors,  # what native code prints
            stderr=self._errors,
        )
        await self._notebook.async_start_new_kernel_client()

    async def _answer(self, expression: str) -> dict[str, Any]:
        client = self._notebook.kc
        assert client
        reply = await client.execute(
            "", silent=True, user_expressions={"answer": expression}, reply=True
        )
        return reply["content"]["user_expressions"]["answer"]

    def _await(self, work: Coroutine[Any, Any, Any]) -> Any:
        try:
            return self._runner.run(self._watched(work))
        except (CellTimeoutError, TimeoutError):
            raise LimitHit(
                f"the time limit of {self._limit:g} s was hit"
            ) from None
        except DeadKernelError:
            path = self._scratch / "stderr.txt"
            said = path.read_text(encoding="utf-8", errors="replace")
            last = "\n".join(said.splitlines()[-20:])
            raise KernelError(
                f"the process ended without a Python error. The end of what "
                f"it wrote:\n{last}"
            ) from None

    async def _watched(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Await work while saying how long it takes, and up to the limit."""
        task = asyncio.ensure_future(work)
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=HEARTBEAT)
                self._tick(self.elapsed)
                if task.done():
                    break  # what is done counts, however late it is asked for
                if self.left < -HEARTBEAT:
                    raise TimeoutError
                kernel = self._notebook.km
                started = kernel and kernel.has_kernel
                if started and not await kernel.is_alive():
                    raise DeadKernelError
            return task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def without_chance(text: str) -> str:
    """Remove timings, addresses and terminal control from printed text."""
    for pattern, replacement in CHANCE:
        text = pattern.sub(replacement, text)
    return text if text.strip() else ""


def printed(cell: Any, language: str) -> str:
    """What a cell shows as text, in order.

    Of a shell block, errors too, as in a terminal. The value of a cell's last
    line counts: a notebook shows it, although a script does not.
    """
    streams = {"stdout"} if language == "python" else {"stdout", "stderr"}
    parts = []
    for output in cell.outputs:
        if output.output_type == "stream" and output.name in streams:
            parts.append(output.text)
        elif output.output_type in {"execute_result", "display_data"}:
            text = output.data.get("text/plain", "")
            parts.append(text if text.endswith("\n") else text + "\n")
    return "".join(parts)
