"""A small project, made for one test, with pages that the engine runs."""

from __future__ import annotations

import shlex
import textwrap
from pathlib import Path

import pytest

CONFIGURATION = """
    markdown_extensions:
      admonition:
      pymdownx.details:
      pymdownx.highlight:
      pymdownx.superfences:
      pymdownx.snippets:
        base_path: ["."]
        check_paths: true
        dedent_subsections: true
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
        self.write(
            "conftest.py",
            """
            pytest_plugins = ["tests.harness.plugin", "tests.harness.parallel"]
            """,
        )
        pytester.makeini(
            "[pytest]\ntestpaths = docs\naddopts = -ra\n"
            f"pythonpath = {shlex.quote(str(PROJECT))}\n"
        )

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return file

    def page(self, text: str, languages: tuple[str, ...] = ("en",)) -> None:
        """Write the page `toy` in these languages."""
        for language in languages:
            self.write(f"docs/{language}/toy.md", text)

    def lesson(self, code: str, settings: str = "") -> None:
        """Write the lesson `toy`: one section `work`, and a page with it."""
        body = textwrap.dedent(code).strip("\n")
        self.write(
            "snippets/toy.py",
            f"# --8<-- [start:work]\n{body}\n# --8<-- [end:work]\n",
        )
        self.write("snippets/toy.toml", settings)
        self.page(
            """
            # Toy

            ```python
            --8<-- "snippets/toy.py:work"
            ```
            """
        )

    def run(self, *arguments: str) -> pytest.RunResult:
        return self.pytester.runpytest("-p", "no:cacheprovider", *arguments)

    @property
    def runs(self) -> int:
        """How often code did `open("<root>/count", "a").write("x")`."""
        path = self.root / "count"
        return len(path.read_text()) if path.exists() else 0

    @property
    def counting(self) -> str:
        """A line of code that counts its own runs, and shows nothing."""
        return f'_ = open({str(self.root / "count")!r}, "a").write("x")'


@pytest.fixture
def project(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> Project:
    monkeypatch.delenv("CI", raising=False)  # CI trusts no remembered run
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    return Project(pytester)
