"""How long building a site takes, beside what else builds sites.

Two lessons in English and their notebooks stand 1, 10 and 100 times in a
site of ours. Others get the same pages with everything put in, as the copies
in Markdown beside our pages have it. Every build begins with nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import rivals
from .costs import grow, timed
from .input_pipeline import ratio

LESSONS = ("introduction", "pooling")
ROUNDS = {1: 3, 10: 3, 100: 1}  # by how many times the lessons stand there
ALONE = 100  # that many times, only ours is built
Cost = dict[str, float]
SETTINGS = """site_name: Course
site_url: https://example.org/course/
docs_dir: content
site_dir: {site}
theme: {{name: material, font: false}}
markdown_extensions:
  [admonition, attr_list, md_in_html, tables, toc, pymdownx.highlight,
   pymdownx.superfences]
plugins:
  search:
{more}"""
NOTEBOOKS = """
  mkdocs-jupyter: {include: ["*.ipynb"], ignore: ["*.md"], execute: false}
"""
CONF = """project = "Course"
extensions = ["myst_nb"]
html_theme = "furo"
nb_execution_mode = "off"
suppress_warnings = ["myst", "toc", "misc.highlighting_failure"]
"""
NO_NOTEBOOKS = '\nexclude_docs: "*.ipynb"\n'


def measure(root: Path) -> dict[str, Any]:
    """Seconds and processor time of builds, and ratios to ours."""
    found: dict[str, Any] = {"peers": rivals.versions(), "times": [*ROUNDS]}
    found["sizes"] = []
    with tempfile.TemporaryDirectory(prefix="build-") as name:
        for times, rounds in ROUNDS.items():
            folder = Path(name) / f"times-{times}"
            builders = prepared(root, folder, times, alone=times == ALONE)
            pages = 1 + 2 * len(LESSONS) * times  # home, lessons, notebooks
            size = {"pages": pages, "rounds": rounds}
            found["sizes"].append(size | raced(builders, rounds))
            built = len([*(folder / "ours").rglob("index.html")])
            assert built == pages, f"{built} pages were built, not {pages}"
            print(found["sizes"][-1], flush=True)
            shutil.rmtree(folder)
    return found


def raced(
    programs: dict[str, Callable[[], Cost]], rounds: int
) -> dict[str, dict[str, Any]]:
    """Run them in turns: medians, and how many times as fast as ours."""
    costs: dict[str, list[Cost]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, run in programs.items():
            costs[name].append(run())
    found: dict[str, dict[str, Any]] = {}
    for name, each in costs.items():
        found[name] = {
            kind: round(statistics.median(one[kind] for one in each), 2)
            for kind in ("seconds", "processor")
        }
        ours, theirs = (
            [one["seconds"] for one in costs[who]] for who in ("ours", name)
        )
        found[name]["ratio"] = ratio(ours, theirs)
    return found


def prepared(
    root: Path, folder: Path, times: int, *, alone: bool = False
) -> dict[str, Callable[[], Cost]]:
    """What builds each of the sites, or ours alone, by name."""
    copy, content, site = (folder / n for n in ("copy", "content", "ours"))
    grow(root, copy, times, LESSONS)
    shrink(copy)
    ours = ["mkdocs", "build", "--quiet", "--config-file"]
    ours += [str(copy / "mkdocs.en.yml"), "--site-dir", str(site)]
    builders = {"ours": builder([sys.executable, "-m", *ours], copy, site)}
    if alone:
        return builders
    builders["ours"]()
    rivals.write_content(site, content)
    return builders | others(folder, content)


def others(folder: Path, content: Path) -> dict[str, Callable[[], Cost]]:
    """What builds the content without us, by name."""
    made: dict[str, Callable[[], Cost]] = {}
    more = {"material": NOTEBOOKS, "material_pages": NO_NOTEBOOKS}
    for name, settings in (more | {"zensical": NO_NOTEBOOKS}).items():
        config = folder / f"{name}.yml"
        text = SETTINGS.format(site=name, more=settings)
        config.write_text(text)
        program = [sys.executable, "-m", "mkdocs", "build", "--quiet"]
        if name == "zensical":
            program = [rivals.python(), "-m", "zensical", "build", "--clean"]
        command = [*program, "--config-file", str(config)]
        made[name] = builder(command, folder, folder / name)
    (content / "conf.py").write_text(CONF)
    sphinx = [rivals.python(), "-m", "sphinx", "--quiet", "--jobs=auto"]
    site = folder / "sphinx"
    sphinx += ["--builder=dirhtml", str(content), str(site)]
    return made | {"sphinx": builder(sphinx, folder, site)}


def builder(command: list[str], cwd: Path, site: Path) -> Callable[[], Cost]:
    """What builds from nothing: neither a site nor a memory of one is there."""

    def build() -> Cost:
        shutil.rmtree(cwd / ".cache", ignore_errors=True)
        shutil.rmtree(site, ignore_errors=True)
        return timed(command, cwd, {**os.environ, "NO_MKDOCS_2_WARNING": "1"})

    return build


def shrink(copy: Path) -> None:
    """Leave these lessons and the home page in the English site of a copy.

    The other pages stay as files: what checks the whole site finds them.
    """
    kept = re.compile(rf"({'|'.join(LESSONS)})(_copy_\d+)?\.md")
    pages = sorted((copy / "docs/en").glob("*.md"))
    gone = [page.stem for page in pages if not kept.fullmatch(page.name)]
    gone.remove("index")
    with (copy / "mkdocs.en.yml").open("a", encoding="utf-8") as config:
        lines = "".join(f"  {name}.*\n" for name in gone)
        config.write(f"\nexclude_docs: |\n{lines}")
    home = copy / "docs/en/index.md"
    rows = home.read_text(encoding="utf-8").splitlines(keepends=True)
    gone_row = re.compile(rf"\| \[.*\]\(({'|'.join(gone)})\.md\)")
    left = "".join(row for row in rows if not gone_row.match(row))
    home.write_text(left, encoding="utf-8")
    names = ["index.md", *(p.name for p in pages if kept.fullmatch(p.name))]
    listed = "nav:\n" + "".join(f"  - {name}\n" for name in names)
    config, nav = copy / "mkdocs.yml", re.compile(r"(?m)^nav:.*\n(?:  .*\n)+")
    text = config.read_text(encoding="utf-8")
    config.write_text(nav.sub(lambda _: listed, text), encoding="utf-8")
    # Words of readers that lead to sections, most of which are gone.
    (copy / "docs/asked.yml").write_text("{}\n")
