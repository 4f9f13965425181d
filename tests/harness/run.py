"""Run the cells of a lesson in a kernel, or remember that they ran.

Results are kept in .cache/lessons under the run's key, see `identity`. What is
remembered are the raw results: they are compared with the record each time.
"""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from . import identity
from .cell import Cell
from .client import Client, KernelError, LimitHit, printed, without_chance
from .identity import RunError
from .lesson import Lesson
from .record import replace_file
from .result import Finished, Result, metrics_of, with_sources, without_secrets

CACHE = Path(".cache/lessons")
# Called with the index of the running cell and the seconds since the start.
Progress = Callable[[int, float], None]


class NotRun(RunError):
    """A cell was not run because of a failure that is reported already."""


class Run:
    """One run of a lesson's cells with one seed.

    Results are asked for in order with `result`; a kernel is started by the
    first call, unless the cache remembers the run.

    Args:
        root: the project's folder.
        lesson: the lesson's settings.
        cells: the cells, in order.
        opening: code of a cell before the first, if any: a notebook begins by
            looking whether all is there. With it, cells are run again at the
            end, as a notebook's reader would.
        may_fail: names of cells after whose errors the run goes on.
        seed: replaces the seed in the code; None keeps the code's own.
        backend: what Keras computes with; None for the usual one.
        fresh: do not trust the cache.

    Attributes:
        progress: told which cell is running, about twice a second.
        failure: where and why the run failed, without traceback, or None.
        modules: the project's own files that it is made with, with digests.
    """

    def __init__(
        self,
        root: Path,
        lesson: Lesson,
        cells: list[Cell],
        *,
        opening: str = "",
        may_fail: frozenset[str] = frozenset(),
        seed: int | None = None,
        backend: str | None = None,
        fresh: bool = False,
    ) -> None:
        self.root = root
        self.lesson = lesson
        self.cells = cells
        self.progress: Progress = lambda cell, elapsed: None
        self.backend = backend or identity.default_backend()
        code = [cell.code for cell in cells]
        self.seed = identity.page_seed(code) if seed is None else seed
        if seed is not None:
            code = [identity.with_seed(text, seed) for text in code]
        self.versions = identity.versions_of(
            root, lesson.name, code, self.backend
        )
        self.modules = identity.own_modules(root, lesson.name, code)
        self._opening = opening
        again = bool(opening) and seed is None
        self._plan = identity.plan_of(
            root, lesson, cells, code, may_fail, again
        )
        self.key = identity.key_of(
            [{"source": opening}, *self._plan],
            lesson,
            self.backend,
            self.versions,
            self.modules,
        )
        self._cache_path = root / CACHE / lesson.name / f"{self.key}.json"
        self.finished = None if fresh else self._recalled()
        self.from_cache = self.finished is not None
        self.failure: str | None = None
        self._failure: RunError | None = None  # to raise next
        self._client: Client | None = None
        self._running = 0
        self._secrets: list[str] = []
        self._opened = ""  # what the opening printed
        # So far; all of them, if the run is remembered.
        self._results = self.finished.results if self.finished else []

    def result(self, index: int) -> Result:
        """The result of one cell, running what comes before it if need be.

        Raises:
            RunError: the kernel ended, or took too long, before this cell was
                done.
            NotRun: the same, once it has been raised, or an earlier cell
                failed.
        """
        while len(self._results) <= index and self._failure is None:
            self._advance()
        last = index == len(self.cells) - 1
        if last and self._failure is None and self.finished is None:
            self._end()
        if len(self._results) > index:
            return self._results[index]
        raise self.tell()

    def finish(self) -> Finished:
        """Run to the end and remember it.

        Raises:
            RunError: as for `result`.
        """
        self.result(len(self.cells) - 1)
        if self.finished is None:
            raise self.tell()
        return self.finished

    def metrics(self, index: int) -> dict[str, Any]:
        """Metrics up to the cell with this index, which has been run."""
        return metrics_of(self._results[: index + 1])

    def may_fail(self, index: int) -> bool:
        """Whether the run goes on after an error in this cell."""
        return self._plan[index]["may_fail"]

    def close(self) -> None:
        """End the kernel, if it still runs."""
        if self._client:
            self._client.close()
        self._client = None

    def tell(self) -> RunError:
        """The failure in full the first time, in short afterwards."""
        told = self._failure
        assert told
        if not isinstance(told, NotRun):
            first, _, _ = str(told).partition("\n")
            self._failure = NotRun(f"Not run: {first}")
        return told

    def _recalled(self) -> Finished | None:
        try:
            kept = json.loads(self._cache_path.read_text(encoding="utf-8"))
            kept["results"] = [Result(**result) for result in kept["results"]]
            kept["again"] = {
                int(index): Result(**result)
                for index, result in kept["again"].items()
            }
            return Finished(**kept)
        except (OSError, ValueError, TypeError, KeyError):
            return None  # absent or unreadable: run it again

    def _advance(self) -> None:
        """Run the next cell, in a new kernel if it is the first."""
        try:
            if self._client is None:
                self._open()
            if self._failure is None:
                self._take(self._execute(len(self._results)))
        except KernelError as error:
            self._lost(error)

    def _open(self) -> None:
        """Start the kernel and run what comes before the first cell."""
        self._client = Client(
            self.root,
            self.backend,
            self.lesson.time_limit,
            lambda elapsed: self.progress(self._running, elapsed),
        )
        self._secrets = self._client.ask(
            "prepare", str(self.root), self.lesson.name, list(self.lesson.data)
        )
        if not self._opening:
            return
        cell = self._client.run(self._opening)
        self._opened = printed(cell, "python")
        if error := self._client.ask("after", {})["error"]:
            self._fail(
                f"The first cell of the notebook failed:\n{error['traceback']}",
                "the first cell of the notebook failed",
            )

    def _execute(self, index: int, *, again: bool = False) -> Result:
        client, plan = self._client, self._plan[index]
        assert client
        self._running = index
        reads = client.ask(
            "before", index, self.cells[index].name, plan["source"]
        )
        started = time.perf_counter()
        cell = client.run(plan["source"], reads_input=reads)
        seconds = time.perf_counter() - started
        done = client.ask("after", {} if again else plan["metrics"])
        output = without_chance(printed(cell, plan["language"]))
        if plan["section"]:  # there is a stage, which shows its home
            output = client.without_places(output)
        if done["error"]:
            error = done["error"]
            error["traceback"] = with_sources(error["traceback"], self.cells)
        result = Result(output=output, seconds=seconds, **done)
        return without_secrets(result, self._secrets)

    def _take(self, result: Result) -> None:
        index = len(self._results)
        self._results.append(result)
        if result.error and not self.may_fail(index):
            self._fail(
                f"{self._where()} failed before it, with seed {self.seed}:\n"
                f"{result.error['traceback']}",
                f"{self._where()}: {result.error['type']}: "
                f"{result.error['message']}",
            )

    def _end(self) -> None:
        """Run cells again, as for a reader who goes back; then remember all.

        From the last to the first: each finds the names as cells below left
        them. An error ends nothing; it is what the reader would see.
        """
        assert self._client
        try:
            environment = self._client.ask("environment")
            again = {
                index: self._execute(index, again=True)
                for index, plan in reversed([*enumerate(self._plan)])
                if plan["again"]
            }
            self._client.ask("finish")
        except KernelError as error:
            self._lost(error)
            return
        self.close()
        self.finished = Finished(
            seed=self.seed,
            date=datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
            environment=environment,
            results=self._results,
            opening=self._opened,
            again=again,
        )
        replace_file(self._cache_path, json.dumps(asdict(self.finished)))

    def _lost(self, error: KernelError) -> None:
        message = f"In {self._where()}, {error}"
        if isinstance(error, LimitHit):
            message += (
                f", for one run. If the work is right and this machine is "
                f"slow, raise time_limit in snippets/{self.lesson.name}.toml."
            )
        brief = str(error).partition(".")[0]
        self._fail(message, f"{self._where()}: {brief}")

    def _fail(self, message: str, brief: str) -> None:
        self._failure = RunError(message)
        self.failure = brief
        self.close()

    def _where(self) -> str:
        return f"section {self.cells[self._running].name}"
