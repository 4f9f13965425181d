"""The same sources give the same site, elsewhere and on another day, too.

The first build is the one that the other tests look at. The second is made
from a copy, with everything changed that must not matter.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT, Site

DAYS = 400  # until the second build: the year changes, too
ELSEWHERE = {
    "PYTHONHASHSEED": "1",
    "TZ": "Pacific/Kiritimati",  # 14 hours ahead
    # Text is not UTF-8 unless a program says so, as on Windows.
    "LC_ALL": "C",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONUTF8": "0",
}

# `mkdocs build` with a clock that is ahead, and folders listed from the end.
MKDOCS = """
import os, sys, time
import time_machine
from mkdocs.__main__ import cli

class Backwards:
    def __init__(self, found):
        self.left = sorted(found, key=str)
    def __enter__(self):
        return self
    def __exit__(self, *error):
        pass
    def __iter__(self):
        return self
    def __next__(self):
        if not self.left:
            raise StopIteration
        return self.left.pop()

scandir, listdir = os.scandir, os.listdir
os.scandir = lambda path=".": Backwards(scandir(path))
os.listdir = lambda path=".": sorted(listdir(path), reverse=True)
ahead = time.time() + 86400 * float(sys.argv.pop(1))
with time_machine.travel(ahead, tick=True):
    cli()
"""


def copy_of(sources: Path, folder: Path) -> Path:
    """The sources in another folder, with another date of change."""
    made_here = shutil.ignore_patterns(".git", ".venv", ".cache", "site")
    shutil.copytree(sources, folder, ignore=made_here)
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (86400, 86400))
    return folder


def build_elsewhere(sources: Path, output: Path, site_url: str) -> None:
    """Build the site of another folder, 400 days from now."""
    environment = {**os.environ, **ELSEWHERE, "SITE_URL": site_url}
    environment.pop("SOURCE_DATE_EPOCH", None)
    command = ["build", "--strict", "--quiet", "--site-dir", str(output)]
    built = subprocess.run(
        [sys.executable, "-c", MKDOCS, str(DAYS), *command],
        cwd=sources,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr[-3000:]


def differences(first: Path, second: Path) -> list[str]:
    """Each file that is not the same in both folders, and where it differs."""
    names = {
        path.relative_to(folder).as_posix()
        for folder in (first, second)
        for path in folder.rglob("*")
        if path.is_file()
    }
    found = []
    for name in sorted(names):
        one, other = first / name, second / name
        if not (one.is_file() and other.is_file()):
            lacks = "second" if one.is_file() else "first"
            found.append(f"{name}: the {lacks} build lacks it")
            continue
        a, b = one.read_bytes(), other.read_bytes()
        if a != b:
            places = range(min(len(a), len(b)))
            at = next((i for i in places if a[i] != b[i]), len(places))
            start = max(0, at - 30)
            found.append(
                f"{name}, byte {at}: {a[start : at + 40]!r} in the first "
                f"build, {b[start : at + 40]!r} in the second"
            )
    return found


def test_another_build_gives_the_same_bytes(site: Site, tmp_path: Path) -> None:
    sources = copy_of(ROOT, tmp_path / "a copy of the sources")
    build_elsewhere(sources, tmp_path / "site", site.address)
    found = differences(site.folder, tmp_path / "site")
    assert not found, "\n".join(found)


# --- The test itself: what it has to notice, planted in a page of a tiny site -

HOOK = """
import os, random, sys, time
def on_page_markdown(markdown, page, config, files):
    return markdown + str({planted})
"""


NOT_ON_WINDOWS = pytest.mark.skipif(
    sys.platform == "win32", reason="it heeds neither TZ nor LC_ALL"
)


def build_here(sources: Path, output: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "-q", "-d", str(output)],
        cwd=sources,
        env={
            **os.environ,
            "PYTHONHASHSEED": "0",
            "TZ": "UTC",
            "PYTHONUTF8": "1",
        },
        check=True,
    )


@pytest.mark.parametrize(
    "planted",
    [
        "time.time()",
        "time.strftime('%Y')",
        "page.update_date",  # what MkDocs puts into a sitemap
        pytest.param("time.tzname", marks=NOT_ON_WINDOWS),
        "config.config_file_path",
        "os.path.getmtime(page.file.abs_src_path)",
        "os.listdir('docs')",
        "sorted({'a', 'b', 'c', 'd'}, key=hash)",
        pytest.param("open('hook.py').encoding", marks=NOT_ON_WINDOWS),
        "random.random()",
    ],
)
def test_it_notices(planted: str, tmp_path: Path) -> None:
    sources = tmp_path / "sources"
    (sources / "docs").mkdir(parents=True)
    # Enough, and mixed, so that no file system lists them as the copy does.
    for name in ("index", *"cgaebdf"):
        (sources / "docs" / f"{name}.md").write_text("# A page\n\nAs always.\n")
    (sources / "hook.py").write_text(HOOK.format(planted=planted))
    (sources / "mkdocs.yml").write_text(
        "site_name: Tiny\ntheme:\n  name: null\n  custom_dir: look\n"
        "hooks: [hook.py]\n"
    )
    (sources / "look").mkdir()
    (sources / "look" / "main.html").write_text("{{ page.content }}")
    build_here(sources, tmp_path / "first")
    build_elsewhere(
        copy_of(sources, tmp_path / "copy"), tmp_path / "second", ""
    )
    found = differences(tmp_path / "first", tmp_path / "second")
    assert any(line.startswith("index.html, byte ") for line in found), found


@pytest.mark.parametrize("lacking", ["first", "second"])
def test_it_notices_a_missing_file(lacking: str, tmp_path: Path) -> None:
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
        if folder != lacking:
            (tmp_path / folder / "sitemap.xml.gz").write_bytes(b"")
    assert differences(tmp_path / "first", tmp_path / "second") == [
        f"sitemap.xml.gz: the {lacking} build lacks it"
    ]
