"""How the site's build and the gates grow with the number of pages.

Copies of the project are made in which every lesson stands 1, 10 and 100
times, under new names. A whole copy is a project that builds and passes.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

FACTORS = (1, 10, 100)
LIMIT = 30  # milliseconds a page
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".cache", ".*_cache", "__pycache__", "site"
)
BUILD = ("mkdocs", "build", "--strict", "--quiet")
GATES = ("tests.gates",)
SETTLE = (("tests.gates", "--reviewed", "all"), ("tests.gates", "--badges"))


def measure(root: Path) -> dict[str, Any]:
    """Seconds of the build and of the gates for each number of pages."""
    found: dict[str, list[dict[str, Any]]] = {"build": [], "gates": []}
    with tempfile.TemporaryDirectory(prefix="scale-") as folder:
        for factor in FACTORS:
            copy = Path(folder) / f"times-{factor}"
            pages = grow(root, copy, factor)
            for settle in SETTLE:  # the copies' own reviews and badges
                timed(copy, settle)
            for name, command in (("build", BUILD), ("gates", GATES)):
                seconds = timed(copy, command)
                if seconds is None:
                    print(f"{name}: {command[0]} is not there, skipped")
                    continue
                sizes = found[name]
                sizes.append({"pages": pages, "seconds": round(seconds, 2)})
                sizes[-1].update(_growth(sizes))
                print(f"{name}: {sizes[-1]}", flush=True)
            shutil.rmtree(copy)
    return {"limit_ms_per_page": LIMIT, **found}


def grow(root: Path, copy: Path, factor: int) -> int:
    """Copy a project with each lesson `factor` times; return its pages."""
    shutil.copytree(root, copy, ignore=NOT_COPIED)
    for script in sorted((root / "snippets").glob("*.py")):
        lesson = script.stem
        files = [
            path.relative_to(copy)
            for pattern in (
                f"docs/*/{lesson}.md",
                f"docs/assets/figures/{lesson}/*",
                f"docs/assets/figures/drawings/{lesson}/*",
                f"snippets/{lesson}.*",
                f"snippets/drawings/{lesson}.*",
                f"snippets/outputs/{lesson}/*",
                f"snippets/outputs/drawings/{lesson}/*",
                f"docs/reviews/{lesson}.json",
                f"tests/lessons/test_{lesson}.py",
            )
            for path in copy.glob(pattern)
        ]
        names = [f"{lesson}_copy_{number}" for number in range(2, factor + 1)]
        for name in names:
            for file in files:
                _copy_renamed(copy, file, lesson, name)
        _extend_navigation(copy / "mkdocs.yml", lesson, names)
    return len([*copy.glob("docs/zh/*.md"), *copy.glob("docs/en/*.md")])


def _copy_renamed(copy: Path, file: Path, lesson: str, name: str) -> None:
    target = copy / file.as_posix().replace(lesson, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".png":
        shutil.copyfile(copy / file, target)
        return
    text = (copy / file).read_text(encoding="utf-8")
    target.write_text(_renamed(text, lesson, name), encoding="utf-8")


def _renamed(text: str, lesson: str, name: str) -> str:
    """The text with a lesson's name replaced where it refers to its files.

    `pooling` is a lesson, and a word: it is the lesson in paths, as the first
    name of a recorded number, and in quotes.
    """
    word = re.escape(lesson)
    number = r"\.(?:evidence|backends|\w+\.(?:page|mean|sd|seeds))\b"
    return re.sub(
        rf'(?<=/){word}(?=[./])|(?<=lesson = "){word}(?=")'
        rf"|(?<!\w){word}(?={number})|(?<![\w/]){word}(?=\.md\b)",
        name,
        text,
    )


def _extend_navigation(path: Path, lesson: str, names: list[str]) -> None:
    """List the copies behind their lesson, where pages are listed."""

    def listed(line: re.Match[str]) -> str:
        copies = [_renamed(line[0], lesson, name) for name in names]
        return "\n".join([line[0], *copies])

    entry = rf"^ *- (?:.*: )?{re.escape(lesson)}\.md$"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        re.sub(entry, listed, text, flags=re.MULTILINE), encoding="utf-8"
    )


def timed(copy: Path, module: tuple[str, ...]) -> float | None:
    """Seconds of `python -m <module> ...` in a copy; None if it has none.

    Raises:
        SystemExit: the command failed.
    """
    own = copy / module[0].replace(".", "/")
    if "." in module[0] and not (own / "__main__.py").is_file():
        return None
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", *module],
        cwd=copy,
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        sys.exit(f"{' '.join(module)} failed:\n{done.stdout}{done.stderr}")
    return seconds


def _growth(sizes: list[dict[str, Any]]) -> dict[str, float]:
    """What a page more costs, and how that cost has grown since before."""
    if len(sizes) < 2:
        return {}
    first, before, last = sizes[0], sizes[-2], sizes[-1]
    more = last["pages"] - first["pages"]
    cost = 1000 * (last["seconds"] - first["seconds"]) / more
    growth = {"ms_per_page": round(cost, 1)}
    if "ms_per_page" in before:
        growth["growth"] = round(cost / before["ms_per_page"], 2)
    return growth
