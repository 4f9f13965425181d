"""A small project, made for one test, with pages that the engine runs.

A kernel takes seconds to start, and what is tested is mostly what pytest does
with its answers: `project` has a stand-in that executes cells in this process.
What happens in a kernel is tested in test_kernel.py, with real ones.
"""

from __future__ import annotations

import contextlib
import io
import platform
import shlex
import textwrap
import traceback
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.harness.cell import Cell, Origin
from tests.harness.lesson import Lesson
from tests.harness.run import Run

CONFIGURATION = """
    markdown_extensions:
      admonition:
      pymdownx.details:
      pymdownx.highlight:
      pymdownx.superfences:
      pymdownx.snippets: {check_paths: true, dedent_subsections: true}
"""
NOTEBOOKS = """
site_url: https://example.org/
extra: {languages: {zh: {prefix: ''}, en: {prefix: en/}}}
plugins: {mkdocs-jupyter: {}}
"""
PAGE = """# Toy {{#toy}}

```python
--8<-- "snippets/{}.py:work"
```
"""
PROJECT = Path(__file__).parents[2]


class Project:
    """A project folder with the engine in it.

    Code under test can write to `count` to show how often it ran.
    """

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.root = pytester.path
        self.write("mkdocs.yml", CONFIGURATION)
        plugins = ["tests.harness.plugin", "tests.harness.parallel"]
        self.write("conftest.py", f"pytest_plugins = {plugins}\n")
        pytester.makeini(
            "[pytest]\ntestpaths = docs\naddopts = -ra\n"
            f"pythonpath = {shlex.quote(str(PROJECT))}\n"
        )

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return file

    def lesson(self, code: str, settings: str = "", name: str = "toy") -> None:
        """Write a lesson: one section `work`, and an English page with it."""
        body = textwrap.dedent(code).strip("\n")
        self.write(
            f"snippets/{name}.py",
            f"# --8<-- [start:work]\n{body}\n# --8<-- [end:work]\n",
        )
        self.write(f"snippets/{name}.toml", settings)
        self.write(f"docs/en/{name}.md", PAGE.format(name))

    def run(self, *arguments: str) -> pytest.RunResult:
        return self.pytester.runpytest("-p", "no:cacheprovider", *arguments)

    def has_notebooks(self) -> None:
        """Let the site show lessons as notebooks, too."""
        with (self.root / "mkdocs.yml").open("a") as configuration:
            configuration.write(NOTEBOOKS)

    @property
    def runs(self) -> int:
        """How often code did `open("<root>/count", "a").write("x")`."""
        path = self.root / "count"
        return len(path.read_text()) if path.exists() else 0

    @property
    def counting(self) -> str:
        """A line of code that counts its own runs, and shows nothing."""
        return f'_ = open({str(self.root / "count")!r}, "a").write("x")'


class InProcess:
    """Stands in for `client.Client`: the same calls, and no kernel."""

    def __init__(self, *_: Any) -> None:
        self._names: dict[str, Any] = {"__name__": "__main__"}
        self._error: dict[str, str] | None = None
        self._index = 0

    def run(self, source: str, *, reads_input: bool = False) -> Any:
        printed = io.StringIO()
        self._error = None
        try:
            code = compile(source, f"cell {self._index}", "exec")
            with contextlib.redirect_stdout(printed):
                exec(code, self._names)
        except BaseException as error:
            lines = traceback.format_exception(error)
            del lines[1]  # the line above
            self._error = {
                "type": type(error).__name__,
                "message": str(error),
                "traceback": "".join(lines),
            }
        outputs = [nbformat.v4.new_output("stream", text=printed.getvalue())]
        return nbformat.v4.new_code_cell(source, outputs=outputs)

    def ask(self, function: str, *arguments: Any) -> Any:
        if function == "before":
            self._index = arguments[0]
        elif function == "environment":
            return {"device": "CPU", "python": platform.python_version()}
        elif function == "after":
            done = {"figures": [], "error": self._error, "metrics": {}}
            for name, expression in arguments[0].items():
                try:
                    done["metrics"][name] = eval(expression, self._names)
                except NameError as error:
                    done["metrics"][name] = f"{expression}: NameError: {error}"
            return done
        return []

    def close(self) -> None:
        self._names.clear()


@pytest.fixture
def real(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose cells run in kernels."""
    monkeypatch.delenv("CI", raising=False)  # CI trusts no remembered run
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    return Project(pytester)


@pytest.fixture
def project(real: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose cells are executed in this process."""
    monkeypatch.setattr("tests.harness.run.Client", InProcess)
    return real


def run_of(
    root: Path,
    codes: dict[str, str],
    lesson: Lesson | None = None,
    *,
    opening: str = "",
) -> Run:
    """A run of cells by name: those in sh begin with "sh", all may fail."""
    cells = []
    for name, code in codes.items():
        text = textwrap.dedent(code).strip("\n") + "\n"
        origins = [Origin("toy.py", n + 1) for n in range(text.count("\n"))]
        language = "sh" if name.startswith("sh") else "python"
        cells.append(Cell(name, language, text, 1, origins))
    return Run(
        root,
        lesson or Lesson("toy"),
        cells,
        opening=opening,
        may_fail=frozenset(codes),
        fresh=True,
    )
