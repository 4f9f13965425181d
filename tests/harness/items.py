"""What the items of a page do: read it, run its blocks, compare."""

from __future__ import annotations

import base64
import textwrap
from pathlib import Path
from typing import Any, NoReturn

import nbformat
import pytest

from docs.hooks import maker

from . import compare, datasets, peers, recording
from .cell import Cell, PageError
from .identity import RunError
from .plugin import SESSION, PageFile
from .record import Record
from .run import NotRun


class Fault(Exception):
    """What is wrong with a page, as the report shows it."""


class _Item(pytest.Item):
    """What the items of a page have in common."""

    line = 1
    runs = True  # with the data of its lesson

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.state = self.config.stash[SESSION]
        self.record = Record(self.state.root, self.file.lesson_name)

    def setup(self) -> None:
        if self.runs:
            datasets.need(self.file.lesson.data, self.state.root)

    @property
    def file(self) -> PageFile:
        assert isinstance(self.parent, PageFile)
        return self.parent

    @property
    def page_name(self) -> str:
        return self.path.relative_to(self.state.root).as_posix()

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        if excinfo.errisinstance((Fault, RunError, PageError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, self.line - 1, f"{self.page_name}::{self.name}"


class PageItem(_Item):
    """The page can be read, and each of its sections stands there once."""

    runs = False

    def runtest(self) -> None:
        if self.file.problem:
            raise Fault(self.file.problem)
        if self.file.unfit:
            pytest.skip(self.file.unfit)
        names = [cell.name for cell in self.file.cells]
        if twice := sorted({n for n in names if names.count(n) > 1}):
            raise Fault(
                f"{self.page_name}: section {', '.join(twice)} is included "
                f"more than once; its output would be recorded twice."
            )


class BlockItem(_Item):
    """One code block: it runs, and does what is recorded.

    Args:
        cell: the block.
        index: its place among the cells that are run; -1 if it is not run.
    """

    def __init__(self, *, cell: Cell, index: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.cell = cell
        self.index = index
        self.line = cell.line

    def runtest(self) -> None:
        if self.index < 0:
            self._leave()
        run = self.file.run_of_page()
        try:
            result = run.result(self.index)
        except NotRun as error:
            pytest.skip(str(error))
        except RunError as error:
            raise Fault(f"{self._where()}\n{error}") from None
        self.user_properties.append(
            ("block", [self.name, result.seconds, run.from_cache])
        )
        if result.error:
            run.tell()
            raise self._fault(result.error["traceback"])
        if self.state.backend:
            return  # the metrics are what counts
        if self.state.recording:
            shows = self.file.shows
            if faults := recording.refused(run, shows, self.name, result):
                raise self._fault("\n".join(faults))
            recording.write_outputs(
                self.record, self.name, result, self.file.has_notebook
            )
        elif faults := compare.cell_faults(
            run, self.index, result, self.record
        ):
            do = "If the new result is right, run `make record`."
            raise self._fault("\n".join([*faults, do]))

    def _leave(self) -> NoReturn:
        """Not run here; the gate `current` holds its code to the record."""
        if not self.cell.is_run:
            pytest.skip("the page says that nothing runs it")
        if module := self.cell.importorskip:
            pytest.skip(f"needs {module}: {peers.how(self.record)}")
        date = self.record.evidence().get("date", "no day yet")
        why = self.file.lesson.left_to_one[self.name]
        pytest.skip(
            f"{why}: run when it was recorded, on {date}, and with --whole"
        )

    def _fault(self, what: str) -> Fault:
        code = textwrap.indent(self.cell.code, "    ")
        return Fault(f"{self._where()}\n{code}{what}")

    def _where(self) -> str:
        first = self.cell.origins[0] if self.cell.origins else None
        source = f" ({first})" if first and first.section else ""
        return (
            f"{self.page_name}:{self.cell.line} · section {self.name}{source}"
        )


class MetricsItem(_Item):
    """The named metrics lie in the bands that the recorded seeds give."""

    def runtest(self) -> None:
        if found := self._found():
            listed = "\n".join(found)
            raise Fault(f"{self.page_name}:\n{listed}")

    def _found(self) -> list[str]:
        """What is wrong with the metrics, after recording them if asked."""
        try:
            finished = self.file.run_of_page().finish()
        except NotRun as error:
            pytest.skip(str(error))
        if self.state.backend:
            return recording.write_backend(self.record, self.file)
        if self.state.recording:
            return recording.write_metrics(self.record, self.file)
        lesson, recorded = self.file.lesson, self.record.metrics()
        if not self.state.whole:
            for name in lesson.metrics_of(lesson.long) & recorded.keys():
                del recorded[name]
        return compare.Metrics(finished.metrics(), recorded).faults()


class NotebookItem(_Item):
    """The lesson's notebook is valid, runs, and shows what is recorded.

    It runs from its first cell to its last in a fresh kernel. If that is what
    the page has run already, cell for cell, it is not run again.
    """

    def runtest(self) -> None:
        if self.file.problem:
            raise Fault(self.file.problem)
        notebook = self.file.notebook()
        opening, cells = maker.cells_of(notebook)
        known = {cell.name: cell for cell in self.file.cells}
        for cell in cells:  # the page knows where each block stands
            cell.origins = known.get(cell.name, cell).origins
        run = self.state.run(self.file.lesson, cells, opening)
        try:
            finished = run.finish()
        except NotRun as error:
            pytest.skip(str(error))
        faults = shown_faults(notebook, self.record)
        expected = maker.check_output(
            cells, {**finished.environment, "versions": run.versions}
        )
        if finished.opening != expected:
            faults.append(
                f"the first cell printed\n{finished.opening}\n"
                f"expected:\n{expected}"
            )
        first, again = dict(enumerate(finished.results)), finished.again
        faults += compare.run_faults(run, first, self.record)
        faults += compare.run_faults(run, again, self.record, ", run again")
        if faults:
            listed = "\n".join(faults)
            raise Fault(f"{self.page_name}, as a notebook:\n{listed}")


def shown_faults(notebook: nbformat.NotebookNode, record: Record) -> list[str]:
    """Where a notebook does not show the outputs that are recorded."""
    faults = []
    for node in notebook.cells:
        name = node.metadata.get("name", "")
        if node.cell_type != "code" or name == maker.CHECK:
            continue
        shown = "".join(o.get("text", "") for o in node.outputs)
        if shown != (record.text(name) or ""):
            faults.append(f"cell {name} shows another text than the record")
        pictures = [
            base64.b64decode(output.data["image/png"])
            for output in node.outputs
            if "image/png" in output.get("data", {})
        ]
        recorded = [
            record.picture_path(figure).read_bytes()
            for figure in record.figure_names(name)
        ]
        if pictures != recorded:
            faults.append(f"cell {name} shows other figures than the record")
    return faults
