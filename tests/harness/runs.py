"""Run the blocks of a lesson in a Jupyter kernel, or remember that they ran.

A run is identified by everything that its results depend on: the code, the
seed, what is measured, the shipped data, the versions of the packages that
the code imports, Keras's backend, the kind of device, and the worker itself.
Its results are kept in .cache/lessons under that key. What is remembered are
the raw results: they are compared with the record at every pytest run.
"""

from __future__ import annotations

import datetime
import hashlib
import importlib.metadata
import json
import os
import platform
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from . import datasets
from .lessons import Lesson
from .pages import Block, imported_modules
from .records import digest, replace_file
from .stage import Stage, sources, stage_of

CACHE = Path(".cache/lessons")
HARNESS = Path(__file__).parent
SEED = re.compile(r"(set_random_seed\(\s*)(\d+)(\s*\))")
HEARTBEAT = 0.5  # seconds between two looks at a block that is running


class RunError(Exception):
    """A lesson could not be run. The text says what to do."""


class NotRun(RunError):
    """A block was not run because of a failure that is reported already."""


@dataclass
class Result:
    """What one block did.

    Attributes:
        output: printed text, without what varies by chance.
        figures: [{"data": ..., "drawing": SVG text}, ...] in order shown.
        metrics: name -> number or list of numbers; text if it failed.
        seconds: how long the block took, wall clock.
        error: {"type": ..., "traceback": ...} of an exception, or None.
    """

    output: str
    figures: list[dict[str, Any]]
    metrics: dict[str, Any]
    seconds: float
    error: dict[str, str] | None = None

    def named_figures(self, section: str) -> dict[str, dict[str, Any]]:
        """Figures by file name: section, then section-2, section-3."""
        return {
            section if number == 1 else f"{section}-{number}": figure
            for number, figure in enumerate(self.figures, start=1)
        }


@dataclass
class Remembered:
    """A finished run, as kept in the cache.

    Attributes:
        opening: what the cell before the first block printed.
        again: what blocks did when they were run again, after all of them.
    """

    seed: int | None
    date: str
    environment: dict[str, Any]
    versions: dict[str, str]
    results: list[Result] = field(default_factory=list)
    opening: str = ""
    again: dict[int, Result] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        return sum(result.seconds for result in self.results)

    @property
    def metrics(self) -> dict[str, Any]:
        return {
            name: value
            for result in self.results
            for name, value in result.metrics.items()
        }


# Called with the index of the running block and the seconds since the start.
Progress = Callable[[int, float], None]


class Run:
    """One run of a lesson's blocks with one seed.

    Results are asked for in order with `result`; the process is started by
    the first call, unless the cache remembers the run.

    Args:
        root: the project's folder.
        lesson: the lesson's settings.
        blocks: the blocks, in order.
        opening: code of a cell before the first block, if any: a notebook
            begins by looking whether all is there. With it, blocks are run
            again at the end, as a notebook's reader would.
        may_fail: names of blocks that are expected to raise.
        seed: replaces the seed in the code; None keeps the code's own.
        backend: what Keras computes with; None for `default_backend`.
        fresh: do not trust the cache.
        progress: told which block is running, about twice a second.

    Attributes:
        failure: where and why the run failed, without traceback, or None.
        modules: the project's own files that the code imports, and those of
            its stage, with digests.
    """

    def __init__(
        self,
        root: Path,
        lesson: Lesson,
        blocks: list[Block],
        *,
        opening: str = "",
        may_fail: frozenset[str] = frozenset(),
        seed: int | None = None,
        backend: str | None = None,
        fresh: bool = False,
        progress: Progress | None = None,
    ) -> None:
        self.root = root
        self.lesson = lesson
        self.blocks = blocks
        self.backend = backend or default_backend()
        self.progress = progress or (lambda block, elapsed: None)
        code = [block.code for block in blocks]
        self.seed = page_seed(code) if seed is None else seed
        if seed is not None:
            code = [with_seed(text, seed) for text in code]
        stage = stage_of(root, lesson.name)
        clients = stage.clients if stage else ()
        self.versions = versions_of(code, self.backend, clients)
        self.modules = {
            **own_modules(root, code),
            **stage_modules(root, lesson.name),
        }
        self._plan = {
            "opening": opening,
            "root": str(root.resolve()),
            "lesson": lesson.name,
            **_plan(lesson, blocks, code, may_fail, stage),
        }
        for block in self._plan["blocks"]:
            block["again"] = bool(
                opening and seed is None and block["name"] not in lesson.again
            )
        self._again: dict[int, Result] = {}
        self._opening = ""  # what it printed
        self.key = self._identify()
        self._cache_path = root / CACHE / lesson.name / f"{self.key}.json"
        self.finished: Remembered | None = None
        self.from_cache = False
        if not fresh:
            self._recall()
        self._results: list[Result] = []
        self.failure: str | None = None
        self._failure: str | None = None  # the same, in full
        self._failure_is_told = False
        self._events: queue.Queue[str | None] = queue.Queue()
        self._process: subprocess.Popen[str] | None = None
        self._started = 0.0
        self._running = 0

    def result(self, index: int) -> Result:
        """The result of one block, running what comes before it if need be.

        Raises:
            RunError: the process ended, or took too long, before this block
                was done.
            NotRun: the same, once it has been raised, or an earlier block
                failed.
        """
        if self.finished:
            return self.finished.results[index]
        if self._process is None and self._failure is None:
            self._start()
        last = index == len(self.blocks) - 1
        while self._failure is None and self.finished is None:
            if len(self._results) > index and not last:
                break
            self._advance()
        if len(self._results) > index:
            return self._results[index]
        raise self._told()

    def finish(self) -> Remembered:
        """Run to the end and remember it."""
        self.result(len(self.blocks) - 1)
        if self.finished is None:
            raise self._told()
        return self.finished

    def may_fail(self, index: int) -> bool:
        """Whether the page expects this block to raise."""
        return self._plan["blocks"][index]["may_fail"]

    def close(self) -> None:
        """End the process, if it still runs."""
        if self._process is None:
            return
        if self._process.poll() is None:
            _kill(self._process)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                stream.close()
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._process = None

    def tell(self) -> None:
        """The failure of a block has been reported; do not repeat it."""
        self._failure_is_told = True

    def _told(self) -> RunError:
        """The failure in full the first time, in short afterwards."""
        assert self._failure
        if not self._failure_is_told:
            self._failure_is_told = True
            return RunError(self._failure)
        return NotRun(f"Not run: {self._failure.partition(chr(10))[0]}")

    def _identify(self) -> str:
        blocks = [
            {key: value for key, value in block.items() if key != "name"}
            for block in self._plan["blocks"]
        ]
        identity = {
            # Not their names, which count lines if the code has no section.
            "blocks": blocks,
            "opening": self._plan["opening"],
            "versions": self.versions,
            "backend": self.backend,
            "device": device_class(),
            "machine": [platform.system(), platform.machine()],
            "python": platform.python_version(),
            "data": [datasets.SHIPPED[name] for name in self.lesson.data],
            "modules": self.modules,
            "worker": [
                datasets.sha256(HARNESS / name)
                for name in (
                    *("worker.py", "kernel.py"),
                    *("figures.py", "matplotlibrc"),
                )
            ],
        }
        text = json.dumps(identity, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:24]

    def _recall(self) -> None:
        try:
            kept = json.loads(self._cache_path.read_text(encoding="utf-8"))
            results = [Result(**result) for result in kept.pop("results")]
            again = {
                int(index): Result(**result)
                for index, result in kept.pop("again").items()
            }
            self.finished = Remembered(**kept, results=results, again=again)
            self.from_cache = True
        except (OSError, ValueError, TypeError, KeyError):
            self.finished = None  # absent or unreadable: run it again

    def _remember(self, environment: dict[str, Any]) -> None:
        self.finished = Remembered(
            seed=self.seed,
            date=datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
            environment=environment,
            versions=self.versions,
            results=self._results,
            opening=self._opening,
            again=self._again,
        )
        replace_file(self._cache_path, json.dumps(asdict(self.finished)))

    def _start(self) -> None:
        self._scratch = tempfile.mkdtemp(prefix="lesson-")
        self._errors_path = Path(self._scratch) / "worker-stderr.txt"
        work = Path(self._scratch) / "work"  # beside it is room for a home
        work.mkdir()
        self._started = time.monotonic()
        with self._errors_path.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.harness.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
                cwd=work,
                env=_worker_environment(self.backend),
                start_new_session=os.name == "posix",
            )
        assert self._process.stdin
        self._process.stdin.write(json.dumps(self._plan) + "\n")
        self._process.stdin.close()  # `input()` must not wait for anyone
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process and self._process.stdout
        for line in self._process.stdout:
            self._events.put(line)
        self._events.put(None)

    def _advance(self) -> None:
        """Wait for the next event, a heartbeat or the time limit."""
        elapsed = time.monotonic() - self._started
        left = self.lesson.time_limit - elapsed
        try:
            # What is done already counts, however late it is asked for.
            line = self._events.get(timeout=max(0.0, min(HEARTBEAT, left)))
        except queue.Empty:
            if left > 0:
                self.progress(self._running, elapsed)
                return
            self._fail(
                f"The time limit of this lesson was hit: "
                f"{self.lesson.time_limit:g} s for one run. It was in "
                f"{self._where()}. If the work is right and this machine is "
                f"slow, raise time_limit in snippets/{self.lesson.name}.toml.",
                f"{self._where()}: the time limit of "
                f"{self.lesson.time_limit:g} s was hit",
            )
            return
        if line is None:
            self._fail(
                f"The process that runs this lesson ended in {self._where()}, "
                f"without a Python error. The end of what it wrote:\n"
                f"{self._last_words()}",
                f"{self._where()}: the process ended without a Python error",
            )
            return
        event = json.loads(line)
        if event["event"] == "start":
            self._running = event["block"]
            self.progress(self._running, elapsed)
        elif event["event"] == "opening":
            self._opening = event["output"]
            if event["error"]:
                self._fail(
                    f"The first cell of the notebook failed:\n"
                    f"{event['error']['traceback']}",
                    "the first cell of the notebook failed",
                )
        elif event["event"] == "done":
            self._take(event)
        elif event["event"] == "again":
            self._again[event["block"]] = self._result(event)
        elif event["event"] == "end":
            self._remember(event["environment"])
            self.close()

    def _take(self, event: dict[str, Any]) -> None:
        index = event["block"]
        result = self._result(event)
        self._results.append(result)
        if result.error and not self.may_fail(index):
            self._fail(
                f"{self._where()} failed before it, with seed {self.seed}:\n"
                f"{result.error['traceback']}",
                f"{self._where()}: {result.error['type']}: "
                f"{result.error['message']}",
            )

    def _result(self, event: dict[str, Any]) -> Result:
        result = Result(
            output=event["output"],
            figures=event["figures"],
            metrics=event["metrics"],
            seconds=event["seconds"],
            error=event["error"],
        )
        if result.error:
            result.error["traceback"] = self._with_sources(
                result.error["traceback"]
            )
        return result

    def _fail(self, message: str, brief: str) -> None:
        self._failure = message
        self.failure = brief
        self.close()

    def _where(self) -> str:
        return f"section {self.blocks[self._running].name}"

    def _last_words(self) -> str:
        text = self._errors_path.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-20:])

    def _with_sources(self, text: str) -> str:
        """Let a traceback name the files that a contributor edits."""

        def rename(match: re.Match[str]) -> str:
            origins = self.blocks[int(match["cell"])].origins
            line = int(match["line"])
            if line > len(origins):
                return match[0]
            origin = origins[line - 1]
            return f'File "{origin.path}", line {origin.line}'

        return re.sub(
            r'File "cell (?P<cell>\d+)", line (?P<line>\d+)', rename, text
        )


def page_seed(code: list[str]) -> int | None:
    """The seed that the code sets; None if it sets none.

    Raises:
        RunError: the code sets a seed more than once.
    """
    seeds = [match[2] for text in code for match in SEED.finditer(text)]
    if len(seeds) > 1:
        raise RunError(
            f"The lesson sets its seed {len(seeds)} times; expected once."
        )
    return int(seeds[0]) if seeds else None


def with_seed(code: str, seed: int) -> str:
    """The code with another seed, and nothing else changed."""
    return SEED.sub(rf"\g<1>{seed}\g<3>", code)


def default_backend() -> str:
    """What Keras computes with if nobody says otherwise."""
    return os.environ.get("KERAS_BACKEND", "tensorflow")


def own_modules(root: Path, code: list[str]) -> dict[str, str]:
    """The project's modules below snippets/ that code imports, by path.

    Returns:
        Path -> digest of the file's text.
    """
    names = {
        match[1]
        for text in code
        for match in re.finditer(r"^from (snippets[\w.]+) import", text, re.M)
    }
    paths = [root / f"{name.replace('.', '/')}.py" for name in sorted(names)]
    return {
        path.relative_to(root).as_posix(): digest(
            path.read_text(encoding="utf-8")
        )
        for path in paths
        if path.is_file()
    }


def stage_modules(root: Path, lesson: str) -> dict[str, str]:
    """What decides what is arranged for a lesson: path -> digest."""
    return {
        path.relative_to(root).as_posix(): digest(
            path.read_text(encoding="utf-8")
        )
        for path in sources(root, lesson)
    }


def versions_of(
    code: list[str], backend: str, clients: tuple[str, ...] = ()
) -> dict[str, str]:
    """Versions of the installed packages that the code depends on.

    These are the packages that it imports, for Keras what runs it, and the
    clients of its stage, which shell blocks call.
    """
    modules = imported_modules(code) | {*clients}
    if "keras" in modules:
        modules |= {"numpy", backend}
    providers = _providers()
    packages = {
        package for name in modules for package in providers.get(name, [])
    }
    return {
        package.lower(): importlib.metadata.version(package)
        for package in sorted(packages)
    }


@cache
def _providers() -> dict[str, list[str]]:
    return dict(importlib.metadata.packages_distributions())


@cache
def device_class() -> str:
    """What a lesson will run on here: "cuda", "metal" or "cpu".

    Guessed from the driver and the installed plug-in, because importing
    the backend to ask takes longer than all that is remembered saves.
    """
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in {"", "-1"}
    if Path("/dev/nvidia0").exists() and not hidden:
        return "cuda"
    if sys.platform == "darwin":
        try:
            importlib.metadata.version("tensorflow-metal")
            return "metal"
        except importlib.metadata.PackageNotFoundError:
            pass
    return "cpu"


def _plan(
    lesson: Lesson,
    blocks: list[Block],
    code: list[str],
    may_fail: frozenset[str],
    stage: Stage | None,
) -> dict[str, Any]:
    """The worker's plan.

    Raises:
        RunError: the lesson arranges something for a section that is not run.
    """
    typed = stage.typed if stage else {}
    arranged = typed.keys() | lesson.again.keys()
    if unknown := arranged - {block.name for block in blocks}:
        raise RunError(
            f"snippets/{lesson.name}.toml has something under [again], or "
            f"the lesson's stage under `typed`, for section "
            f"{', '.join(sorted(unknown))}, which the page does not run. "
            f"Correct the name."
        )
    return {
        "data": list(lesson.data),
        "blocks": [
            {
                "name": block.name,
                "language": block.language,
                "source": replace(block, code=text).source,
                "metrics": lesson.metrics.get(block.name, {}),
                "may_fail": block.name in may_fail,
                "typed": typed.get(block.name),
            }
            for block, text in zip(blocks, code, strict=True)
        ],
    }


def _worker_environment(backend: str) -> dict[str, str]:
    """What a lesson's process sees: a plain terminal and quiet libraries."""
    project = str(HARNESS.parents[1])
    search = [project, os.environ.get("PYTHONPATH", "")]
    # Shell blocks find the commands of an environment that is not activated.
    commands = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    return {
        **os.environ,
        "KERAS_BACKEND": backend,
        "PATH": os.pathsep.join(filter(None, commands)),
        "PYTHONPATH": os.pathsep.join(filter(None, search)),
        "PYTHONUTF8": "1",
        "MATPLOTLIBRC": str(HARNESS / "matplotlibrc"),
        "MPLBACKEND": "module://tests.harness.figures",  # else Jupyter's
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "COLUMNS": "80",
        "JUPYTER_COLUMNS": "80",  # of tables that rich draws
    }


def _kill(process: subprocess.Popen[str]) -> None:
    """End a process and what it started."""
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
