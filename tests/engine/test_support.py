"""Code that lessons share is a cell of each, as if it were the lesson's own."""

from __future__ import annotations

import subprocess
import sys

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


def test_it_comes_first_in_page_notebook_and_script(project: Project) -> None:
    """Run and recorded, with Chinese comments, folded in the notebook."""
    project.has_notebooks()
    project.lesson("print(done)", "[metrics.work]\none = '1'\n")
    project.write("snippets/support/shared.py", SHARED)
    project.write("docs/comments.yml", "the end: 完\n")
    for language in ("zh", "en"):
        project.write(f"docs/{language}/toy.md", PAGE)
        project.write(f"docs/partials/{language}/notebook.md", "{{ url }}\n")
    project.run("--record").assert_outcomes(passed=8)
    code = Record(project.root, "toy").evidence()["code"]
    assert [name for name, _ in code] == ["tool", "work"]
    project.run().assert_outcomes(passed=10)
    made = maker.Maker(project.root, "zh", SITE).notebook("toy").cells
    _, tool, work = (cell for cell in made if cell.cell_type == "code")
    assert tool.source == "done = 'done'  # 完"
    assert tool.metadata.jupyter.source_hidden
    assert "jupyter" not in work.metadata
    script = maker.Maker(project.root, "en", SITE).script("toy")
    assert script.index("# --- tool ---") < script.index("# --- work ---")
    command = [sys.executable, "-c", script]
    assert subprocess.check_output(command, text=True) == "done\n"
    changed = SHARED.replace("'done'", "'new'")
    project.write("snippets/support/shared.py", changed)
    project.run().assert_outcomes(passed=6, failed=4)
