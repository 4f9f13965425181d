"""Page, notebook and script of a lesson: one program, and one run of it.

Code that lessons share is a cell of each, as if it were the lesson's own.
"""

from __future__ import annotations

import subprocess
import sys

import nbformat
import pytest

from docs.hooks import maker
from tests.harness.record import Record

from .conftest import Project

SITE = "https://example.org/"
SHARED = "# --8<-- [start:tool]\ndone = 'done'  # the end\n# --8<-- [end:tool]"
PAGE = """---
title: Toy
description: A toy.
---

# Toy {#toy}

??? example "Shared"

    ```python
    --8<-- "snippets/support/shared.py:tool"
    ```

```python
--8<-- "snippets/toy.py:work"
```

```text
--8<-- "snippets/outputs/toy/work.txt"
```
"""


@pytest.fixture
def toy(project: Project) -> Project:
    """A lesson in both languages on a site that shows notebooks."""
    project.has_notebooks()
    project.lesson(
        f"{project.counting}\nprint(done)", "[metrics.work]\none = '1'\n"
    )
    project.write("snippets/support/shared.py", SHARED)
    project.write("docs/comments.yml", "the end: 完\n")
    for language in ("zh", "en"):
        project.write(f"docs/{language}/toy.md", PAGE)
        project.write(f"docs/partials/{language}/notebook.md", "{{ url }}\n")
    project.run("--record").assert_outcomes(passed=8)
    (project.root / "count").unlink()
    return project


def test_pages_and_notebooks_share_one_run(toy: Project) -> None:
    toy.run("--fresh").assert_outcomes(passed=10)
    # Once from top to bottom, and once more as a reader goes back.
    assert toy.runs == 2


def test_shared_code_comes_first_folded_and_in_the_readers_language(
    toy: Project,
) -> None:
    code = Record(toy.root, "toy").evidence()["code"]
    assert [name for name, _ in code] == ["tool", "work"]
    made = maker.Maker(toy.root, "zh", SITE).notebook("toy").cells
    _, tool, work = (cell for cell in made if cell.cell_type == "code")
    assert tool.source == "done = 'done'  # 完"
    assert tool.metadata.jupyter.source_hidden
    assert "jupyter" not in work.metadata
    script = maker.Maker(toy.root, "en", SITE).script("toy")
    assert script.index("done'  # the end") < script.index("# --- work ---")
    command = [sys.executable, "-c", script]
    assert subprocess.check_output(command, text=True) == "done\n"
    changed = SHARED.replace("'done'", "'new'")
    toy.write("snippets/support/shared.py", changed)
    toy.run().assert_outcomes(passed=6, failed=4)


def test_an_edited_cell_runs(toy: Project) -> None:
    toy.run("--fresh")
    maker.write_all(toy.root, toy.root / "notebooks")
    toy.run("notebooks/zh/toy.ipynb").assert_outcomes(passed=1)
    assert toy.runs == 2
    path = toy.root / "notebooks/en/toy.ipynb"
    notebook = nbformat.read(path, 4)
    notebook.cells[-1].source += "\nprint(1)"
    nbformat.write(notebook, path)
    result = toy.run("notebooks/en/toy.ipynb")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["cell work: --- recorded", "+1"])
    path.write_text("{", encoding="utf-8")
    result = toy.run("notebooks/en/toy.ipynb")
    result.stdout.fnmatch_lines(["*toy.ipynb: not a Jupyter notebook*"])


def test_a_cell_that_cannot_be_run_twice_is_named(toy: Project) -> None:
    code = "assert 'ran' not in globals()\nran = 1\nprint(done)"
    path = toy.root / "snippets/toy.py"
    path.write_text(path.read_text().replace("print(done)", code))
    result = toy.run("docs/en/toy.md")
    result.assert_outcomes(passed=4, failed=1)
    result.stdout.fnmatch_lines(
        ["cell work, run again: Traceback*", "AssertionError"]
    )
    toy.write("snippets/toy.toml", "[again]\nwork = 'the folder is there'\n")
    toy.run("docs/en/toy.md").assert_outcomes(passed=4)
