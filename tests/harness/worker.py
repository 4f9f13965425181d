"""Runs one lesson in a Jupyter kernel: `python -m tests.harness.worker`.

It reads one JSON plan from standard input, starts a fresh kernel through
nbclient, executes the cells in order, as a reader who runs the lesson's
notebook does, then most of them again from the last to the first, and writes
one JSON line for each event to standard output.
What surrounds a cell, such as a service that misbehaves, is arranged inside
the kernel, see `tests.harness.kernel`.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

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


def without_chance(text: str) -> str:
    """Remove timings, addresses and terminal control from printed text."""
    for pattern, replacement in CHANCE:
        text = pattern.sub(replacement, text)
    return text


def main() -> None:
    # What native code and the kernel print must not mix with the events.
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    plan = json.loads(sys.stdin.readline())

    def emit(**event: Any) -> None:
        print(json.dumps(event), file=events, flush=True)

    # A reader's own start-up files and history are not part of a lesson.
    os.environ["IPYTHONDIR"] = str(Path.cwd().parent / "ipython")
    try:
        _Kernel(plan, emit).run()
    except DeadKernelError as error:
        sys.exit(str(error))


class _Kernel:
    """The kernel of one run, and what is asked of it."""

    def __init__(self, plan: dict[str, Any], emit: Any) -> None:
        self.plan = plan
        self.emit = emit
        self.secrets: list[str] = []
        self.client = NotebookClient(
            nbformat.v4.new_notebook(),
            kernel_name="python3",
            timeout=None,  # whoever started the worker has a time limit
            allow_errors=True,
            # What a dying process says goes to standard error, too.
            extra_arguments=["--IPKernelApp.quiet=False"],
        )

    def run(self) -> None:
        with self.client.setup_kernel():
            self.secrets = self._ask("prepare", self.plan)
            if self.plan["opening"]:
                opening = nbformat.v4.new_code_cell(self.plan["opening"])
                self._run_cell(opening)
                result = self._ask("after", {})
                output = printed(opening, "python")
                self.emit(event="opening", output=output, error=result["error"])
                if result["error"]:
                    return
            for index, block in enumerate(self.plan["blocks"]):
                self.emit(event="start", block=index)
                result = self._execute(index, block)
                self.emit(event="done", block=index, **result)
                if result["error"] and not block["may_fail"]:
                    return
            environment = self._ask("environment")
            self._run_again()
            self._ask("finish")
        self.emit(event="end", environment=environment)

    def _run_again(self) -> None:
        """Run cells again, as for a reader who goes back to one.

        From the last to the first: each finds the names as cells below left
        them. An error ends nothing; it is what the reader would see.
        """
        for index, block in reversed([*enumerate(self.plan["blocks"])]):
            if block["again"]:
                result = self._execute(index, {**block, "metrics": {}})
                self.emit(event="again", block=index, **result)

    def _execute(self, index: int, block: dict[str, Any]) -> dict[str, Any]:
        self._ask("before", index, block)
        self.client.kc.allow_stdin = block["typed"] is not None
        started = time.perf_counter()
        cell = nbformat.v4.new_code_cell(block["source"])
        self._run_cell(cell)
        seconds = time.perf_counter() - started
        result = self._ask("after", block["metrics"])
        output = without_chance(printed(cell, block["language"]))
        output = _without_places(output)
        result = {"output": output, "seconds": seconds, **result}
        return self._without_secrets(result)

    def _run_cell(self, cell: Any, *, store_history: bool = True) -> None:
        """Execute a cell; its outputs are in it afterwards."""
        cells = self.client.nb.cells
        cells.append(cell)
        self.client.execute_cell(
            cell, len(cells) - 1, store_history=store_history
        )

    def _ask(self, function: str, *arguments: Any) -> Any:
        """Call a function of `tests.harness.kernel` in the kernel.

        Names, history and execution count of the lesson stay as they are.
        """
        answer = Path.cwd().parent / "answer.json"
        call = (
            f"__import__('pathlib').Path({str(answer)!r}).write_text("
            "__import__('json').dumps("
            "__import__('tests.harness.kernel', fromlist=['kernel'])"
            f".{function}(*__import__('json').loads({json.dumps(arguments)!r}))"
            "), encoding='utf-8')"
        )
        hidden = nbformat.v4.new_code_cell(call)
        self._run_cell(hidden, store_history=False)
        if not answer.exists():
            said = [getattr(o, "traceback", o) for o in hidden.outputs]
            sys.exit(f"{function} failed in the kernel:\n{said}")
        text = answer.read_text(encoding="utf-8")
        answer.unlink()
        return json.loads(text)

    def _without_secrets(self, result: dict[str, Any]) -> dict[str, Any]:
        """The result, or an error instead of it if it holds what is secret."""
        text = json.dumps(result)
        if not any(secret in text for secret in self.secrets):
            return result
        message = (
            "This block printed a key or a token. What it printed is withheld."
        )
        error = {"type": "KeyPrinted", "message": message}
        error["traceback"] = f"KeyPrinted: {message}\n"
        return {
            **{"output": "", "figures": [], "metrics": {}, "error": error},
            "seconds": result["seconds"],
        }


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


def _without_places(text: str) -> str:
    """Folders made for this run as a reader would write their own."""
    text = text.replace(str(Path.cwd().parent / "home"), "~")
    return text.replace(str(Path.cwd()), ".")


if __name__ == "__main__":
    main()
