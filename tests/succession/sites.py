"""Build the site twice, with MkDocs and with Zensical."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.gates.site import published

ADDRESS = "http://127.0.0.1:8000/"
# Each configuration, its language, and where that lies below the address.
LANGUAGES = (("mkdocs.yml", "zh", ""), ("mkdocs.en.yml", "en", "en/"))
LEFT_BEHIND = {".git", ".venv", ".cache", "site"}  # made on this machine


class BuildFailed(Exception):
    """A site could not be built; the message says why."""


def copy_sources(root: Path, folder: Path) -> Path:
    """Copy the project, without what was made on this machine."""
    return shutil.copytree(
        root,
        folder,
        ignore=lambda path, names: (
            LEFT_BEHIND.intersection(names) if Path(path) == root else ()
        ),
    )


def build_with_mkdocs(sources: Path, output: Path) -> None:
    """Build both languages, as `make site` does."""
    command = ["build", "--strict", "--quiet", "--site-dir", str(output)]
    _run("mkdocs", command, sources, ADDRESS)


def build_with_zensical(sources: Path, output: Path) -> None:
    """Build both languages; this adds files to the sources.

    Zensical runs no hooks. What docs/hooks/languages.py does for MkDocs is
    done here by ordinary means: the shared assets are copied into each
    language's folder, and each language is built by a command of its own.
    """
    if importlib.util.find_spec("zensical") is None:
        raise BuildFailed(
            "Zensical is not installed here; `make zensical` installs it."
        )
    shutil.rmtree(sources / "site", ignore_errors=True)
    for configuration, language, below in LANGUAGES:
        _share_assets(sources, language)
        _run(
            "zensical",
            ["build", "--clean", "--config-file", configuration],
            sources,
            ADDRESS + below,
        )
    shutil.move(sources / "site", output)


def _share_assets(sources: Path, language: str) -> None:
    pages = sources / "docs" / language
    shutil.copytree(sources / "docs/assets", pages / "assets")
    for test in sorted((sources / "tests/lessons").glob("test_*.py")):
        target = pages / published(test)
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(test, target)


def _run(tool: str, command: list[str], sources: Path, address: str) -> None:
    built = subprocess.run(
        [sys.executable, "-m", tool, *command],
        cwd=sources,
        env={**os.environ, "SITE_URL": address, "NO_COLOR": "1"},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    if built.returncode != 0:
        said = (built.stdout + built.stderr)[-3000:]
        raise BuildFailed(f"{tool} {' '.join(command)} failed:\n{said}")
