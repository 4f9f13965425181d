"""Our own verification against plain pytest-codeblocks, in one run.

Plain pytest-codeblocks runs each page of each language by itself: pages are
written out as the site reads them, and `cont` comments join a page's blocks,
which would otherwise not see each other's variables. It compares no output,
draws no figure file and measures nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.harness import lessons, pages

LIMIT = 0.6  # of the time of plain pytest-codeblocks
WHOLE_LIMIT = 30  # minutes, on two cores
CONT = "<!--pytest-codeblocks:cont-->"
LANGUAGES = ("zh", "en")
# What the engine does for a lesson before its first block, and no more.
CONFTEST = """\
from tests.harness import datasets

for name in {data!r}:
    datasets.put_in_place(name)
"""


def measure(root: Path, whole: bool) -> dict[str, Any]:
    """Seconds of both, their ratio and, if asked for, of all tests.

    Args:
        root: the project's folder.
        whole: time `pytest -n 2 --fresh`, with all tests, too.
    """
    found: dict[str, Any] = {"limit": LIMIT}
    with tempfile.TemporaryDirectory(prefix="verification-") as folder:
        found["plain"] = plain(root, Path(folder))
    found["own"] = {"seconds": _seconds(root, ["docs", "--fresh", "-q"])}
    ratio = found["own"]["seconds"] / found["plain"]["seconds"]
    found["ratio"] = round(ratio, 3)
    if whole:
        seconds = _seconds(root, ["-n", "2", "--fresh", "-q"])
        found["whole"] = {"seconds": seconds, "limit": 60 * WHOLE_LIMIT}
    print(found)
    return found


def plain(root: Path, folder: Path) -> dict[str, Any]:
    """Run each page in a plain pytest of its own; seconds of each."""
    found: dict[str, Any] = {"seconds": 0.0, "pages": {}, "left_out": 0}
    for language in LANGUAGES:
        for source in sorted((root / "docs" / language).glob("*.md")):
            page = pages.read_page(source, root)
            if not page.blocks:
                continue
            place = folder / language / page.lesson
            place.mkdir(parents=True)
            name = f"{language}/{page.lesson}"
            runs = [block for block in page.blocks if _can_be_joined(block)]
            found["left_out"] += len(page.blocks) - len(runs)
            (place / source.name).write_text(joined(runs), encoding="utf-8")
            data = lessons.read_lesson(root, page.lesson).data
            (place / "conftest.py").write_text(CONFTEST.format(data=data))
            seconds = _seconds(
                place,
                ["--codeblocks", "-q", "-p", "no:cacheprovider", source.name],
                PYTHONPATH=str(root),
                MPLBACKEND="Agg",
                KERAS_HOME=str(folder / "keras"),
            )
            found["pages"][name] = seconds
            found["seconds"] = round(found["seconds"] + seconds, 1)
    return found


def _can_be_joined(block: pages.Block) -> bool:
    """Whether `cont` can join it: a shell block or a skipped one cannot."""
    return block.language == "python" and not (
        block.marks or block.importorskip
    )


def joined(blocks: list[pages.Block]) -> str:
    """Python blocks as one Markdown file in which they share their names."""
    fences = [f"```python\n{block.code}```\n" for block in blocks]
    return f"\n{CONT}\n".join(fences)


def _seconds(folder: Path, arguments: list[str], **variables: str) -> float:
    """Seconds of one pytest.

    Raises:
        SystemExit: a test failed, so there is nothing to compare.
    """
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        sys.exit(f"pytest {' '.join(arguments)} failed:\n{done.stdout[-5000:]}")
    return round(seconds, 1)
