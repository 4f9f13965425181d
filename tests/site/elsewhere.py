"""Build the site of a copy as another machine would, and without its address.

Run as a script, in the folder of the sources, with the two folders to build
into: the clock is 400 days ahead, so that the year changes, too, and folders
are listed from their end. What the first build read goes to standard output.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import time_machine
from mkdocs.commands.build import build
from mkdocs.config import load_config

AHEAD = 400 * 86400  # seconds
ENVIRONMENT = {
    "PYTHONHASHSEED": "1",
    "TZ": "Pacific/Kiritimati",  # 14 hours ahead
    # Text is not UTF-8 unless a program says so, as on Windows.
    "LC_ALL": "C",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONUTF8": "0",
}
MADE_HERE = {".git", ".venv", ".cache", "site"}


@dataclass(frozen=True)
class Builds:
    """Two builds of a copy.

    Attributes:
        unknown: the one that knew no address.
        read: the files of the copy that the first one opened.
        modules: names of the modules that it imported.
        said: what the other one told whoever built.
    """

    first: Path
    unknown: Path
    read: list[str]
    modules: list[str]
    said: str


def copy_of(sources: Path, folder: Path) -> Path:
    """The sources in another folder, with another date of change."""
    shutil.copytree(
        sources,
        folder,
        ignore=lambda path, names: (
            MADE_HERE.intersection(names) if Path(path) == sources else ()
        ),
    )
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (86400, 86400))
    return folder


def build_again(sources: Path, output: Path, site_url: str) -> Builds:
    """Build in another environment, then without the site's address."""
    environment = {**os.environ, **ENVIRONMENT, "SITE_URL": site_url}
    environment.pop("SOURCE_DATE_EPOCH", None)
    first, unknown = output / "first", output / "unknown"
    built = subprocess.run(
        [sys.executable, __file__, first, unknown],
        cwd=sources,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr[-3000:]
    found = json.loads(built.stdout.splitlines()[0])
    return Builds(first, unknown, **found, said=built.stderr)


# --- The script --------------------------------------------------------------


class Backwards(Iterator, AbstractContextManager):
    """What `os.scandir` finds, from its end."""

    def __init__(self, found: Iterator[os.DirEntry]) -> None:
        self._left = sorted(found, key=str)

    def __next__(self) -> os.DirEntry:
        if not self._left:
            raise StopIteration
        return self._left.pop()

    def __exit__(self, *error: object) -> None:
        pass


def watched(folder: Path) -> set[str]:
    """The files below a folder that are opened from now on, to be read."""
    read: set[str] = set()

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str):
            path, mode = folder / arguments[0], arguments[1]
            if "r" in (mode or "r") and path.is_relative_to(folder):
                read.add(path.relative_to(folder).as_posix())

    sys.addaudithook(watch)
    return read


def main() -> None:
    first, unknown = sys.argv[1:]
    scandir, listdir = os.scandir, os.listdir
    os.scandir = lambda path=".": Backwards(scandir(path))
    os.listdir = lambda path=".": sorted(listdir(path), reverse=True)
    read = watched(Path.cwd())
    config = load_config("mkdocs.yml", site_dir=first, strict=True)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    files = sorted(path for path in read if Path(path).is_file())
    print(json.dumps({"read": files, "modules": [*sys.modules]}))
    del os.environ["SITE_URL"]
    build(load_config("mkdocs.yml", site_dir=unknown))


if __name__ == "__main__":
    with time_machine.travel(time.time() + AHEAD, tick=True):
        main()
