"""`make serve` shows what is saved, and makes little else again.

A server shows a copy of the project. First one page is saved, then an edit of
each kind of file, then a mistake, and a file that comes and goes. In the end
its folder holds what a build from nothing makes.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pytest
from mkdocs.utils.yaml import yaml_load

from docs.hooks import serving

from .conftest import ROOT
from .elsewhere import copy_of
from .test_build import differences

SECONDS = 90  # to wait; lessons may be running at the same time
POLICY = re.compile(rb"script-src 'self' [^;]*;")  # see docs/hooks/policy.py
MKDOCS = [sys.executable, "-m", "mkdocs"]
# As for most authors: without what a site can be told.
TOLD = {"SITE_URL", "REPO_URL", "EDITIONS", "CPU_ONLY_SITE"}
HERE = {name: value for name, value in os.environ.items() if name not in TOLD}
UNKNOWN = "{{ pooling.no_such_number }}"
# An edit of each kind of file: its path; the pages that show it; what the
# edit replaces, as a pattern, by what; and what those pages then show more
# often, if it is not the new text itself. Each is saved alone: of two that a
# page is made anew for, one would hide that the other is not looked at.
EDITS = r"""
docs/comments.yml | pooling notebooks/pooling notebooks/pooling/pooling.py
(?<=^no gaps: ) | 补注
docs/terms.yml | glossary en/glossary en/own_digit
(?<=says_(zh|en): ) | edited
snippets/outputs/padding_strides/shrink.txt | padding_strides
\Z | edited
snippets/outputs/padding_strides/pad.txt | notebooks/padding_strides
\Z | edited
snippets/outputs/mnist_convnet/metrics.json | mnist_convnet en/mnist_convnet
("convnet_accuracy": \{[^}]*"mean": )[\d.]+ | \g<1>0.5 | <strong>50.00%</strong>
docs/results.yml | verification en/verification
(?<=^  (zh|en): ) | edited
docs/assets/figures/drawings/convolution/patches.svg | en/convolution
(?<=</text>) | <text>edited</text>
docs/assets/stylesheets/site.css | en/assets/stylesheets/all.css
\Z | body { order: 4711 } | 4711
docs/labels.yml | assets/figures/mnist_convnet/curves.svg
(?<=epoch: )轮 | 遍 | >遍<
docs/labels.yml | pooling
(?<=: )最大 maximum$ | 极大 maximum
docs/zh/pooling.md | pooling notebooks/pooling
\Z | 改过
docs/en/pooling.md | en/pooling en/notebooks/pooling
\Z | edited
docs/en/pooling.md | pooling
(?<=3 \+ 1 = )4(?=,) | 47 | data-answer="47"
docs/zh/pooling.md | learning notebooks/learning
(?<=^title: ) | 另题
snippets/pooling.py | pooling en/notebooks/pooling notebooks/pooling/pooling.py
(?<=start:pool\]\n) | print("edited")\n | edited
snippets/pooling.py | pooling/index.md
(?<=start:pool\]\n) | print("again")\n | again
docs/facts.yml | en/verification
numbers: \[.*\] | numbers: [] | 0 facts
docs/partials/zh/proven.md | convolution
\Z | 改过
docs/overrides/partials/alternate.html | glossary
\Z | edited
docs/overrides/home.html | index.html en/index.html
(?=<div class="totals">) | edited
snippets/convolution.py | index.html en/index.html
(?<=\[\[)-1(?=, 0, 1\], \[) | -7 | × −7
tests/lessons/test_pooling.py | assets/tests/test_pooling.txt
\Z | # edited
CHANGELOG.md | pooling en/pooling
^(?=## \[Unreleased) | ## [9.8.7] - 2027-01-01\n\n | 9.8.7
mkdocs.yml | pooling
(?<=^      menu: )菜单 | 目录单
"""
LINES = EDITS.strip().splitlines()
CHANGES = [
    (*file.split(" | "), *change.split(" | "))
    for file, change in zip(LINES[::2], LINES[1::2], strict=True)
]


def until(condition: Callable[[], bool], seconds: float = SECONDS) -> bool:
    """Whether a condition holds, now or before long."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


@dataclass
class Server:
    """A copy of the project, and `mkdocs serve` of it.

    Attributes:
        site: the folder that is served, as it was in the end.
        rewritten: pages that were written when one had been saved.
        shown: what was saved -> the pages that have shown it.
        said: what the server told its author.
    """

    sources: Path
    address: str
    site: Path
    rewritten: list[str] = field(default_factory=list)
    shown: dict[str, list[str]] = field(default_factory=dict)
    said: str = ""

    def count(self, text: str, page: str) -> int:
        """How often a page shows a text; −1 while no page is served."""
        name = page if PurePosixPath(page).suffix else f"{page}/"
        try:
            with urllib.request.urlopen(self.address + name, timeout=5) as file:
                return str(file.read().decode()).count(text)
        except OSError:  # the server does not listen, or waits for a mend
            return -1

    def settled(self, text: str, page: str) -> int:
        """The same, once it is served."""
        assert until(lambda: self.count(text, page) >= 0), page
        return self.count(text, page)

    def lacks(self, page: str) -> bool:
        """Whether it answers that a page is not there; not while it builds."""
        try:
            urllib.request.urlopen(self.address + page, timeout=5).close()
        except urllib.error.HTTPError as error:
            return error.code == 404
        except OSError:
            return False
        return False

    def shows(
        self, text: str, page: str, more: int = 0, seconds: float = SECONDS
    ) -> bool:
        """Whether a page shows a text more often, now or before long."""
        return until(lambda: self.count(text, page) > more, seconds)

    def save(self, name: str, pattern: str, new: str) -> None:
        path = self.sources / name
        text = path.read_text(encoding="utf-8")
        text, count = re.subn(pattern, new, text, flags=re.MULTILINE)
        assert count, f"{name} has no {pattern}"
        path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Server:
    folder = tmp_path_factory.mktemp("served")
    temporary = folder / "temporary"
    temporary.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        host = f"127.0.0.1:{free.getsockname()[1]}"
    sources = copy_of(ROOT, folder / "sources")
    found = Server(sources, f"http://{host}/", folder / "site")
    process = subprocess.Popen(
        [*MKDOCS, "serve", "--quiet", "--dev-addr", host],
        cwd=sources,
        env={**HERE, "TMPDIR": str(temporary), "TEMP": str(temporary)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert found.shows("<h1", "en/pooling")
        (site,) = temporary.glob("mkdocs_*")
        _save_one(found, site)
        for change in CHANGES:
            _save(found, *change)
        _save_a_mistake(found)
        _add_and_delete(found)
        shutil.copytree(site, found.site)
    finally:
        process.terminate()
        # Until the process that builds the English site has ended, too.
        _, found.said = process.communicate(timeout=SECONDS)
    return found


def _save_one(server: Server, site: Path) -> None:
    before = time.time_ns()
    server.save("docs/en/learning.md", r"\Z", "saved")
    assert server.shows("saved", "en/learning")
    server.rewritten = [
        path.relative_to(site).as_posix()
        for path in site.rglob("*.html")
        if path.stat().st_mtime_ns > before
    ]


def _save(server: Server, path: str, pages: str, old: str, *new: str) -> None:
    text = new[-1]
    before = {page: server.settled(text, page) for page in pages.split()}
    server.save(path, old, new[0])
    end = time.monotonic() + SECONDS  # for all of them
    server.shown[f"{path}: {text}"] = [
        page
        for page, count in before.items()
        if server.shows(text, page, count, end - time.monotonic())
    ]


def _save_a_mistake(server: Server) -> None:
    page, found = "en/pooling", "search/sections.json"
    server.save("docs/zh/pooling.md", r"\Z", "saved beside a mistake")
    server.save("docs/en/pooling.md", r"\Z", f"{UNKNOWN} mended")
    if not server.shows("mended", page, seconds=4):
        server.save("docs/en/pooling.md", re.escape(UNKNOWN), "")
        if server.shows("mended", page):
            server.shown["mistake"] = [page]
            if server.shows("saved beside a mistake", found, seconds=0):
                server.shown["beside"] = [found]


def _add_and_delete(server: Server) -> None:
    page = "assets/added.txt"
    added = server.sources / "docs" / page
    added.write_text("added", encoding="utf-8")
    if server.shows("added", page):
        added.unlink()
        if until(lambda: server.lacks(page)):
            server.shown["added and deleted"] = [page]


def test_a_save_of_what_is_watched_concerns_a_language() -> None:
    """Or the server would build, and the page would not show it."""
    config = yaml_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    names = [name for name, _ in serving.files()]
    for place in config["watch"]:
        assert any(name.is_relative_to(place) for name in names), place


@pytest.mark.parametrize("edit", CHANGES, ids=lambda edit: edit[0])
def test_an_edit_shows(server: Server, edit: tuple[str, ...]) -> None:
    path, pages, *_, text = edit
    assert server.shown[f"{path}: {text}"] == pages.split()


def test_a_mistake_is_told_and_mended(server: Server) -> None:
    assert server.shown["mistake"]
    assert "no_such_number" in server.said
    assert "Traceback" not in server.said


def test_a_mistake_in_english_leaves_the_chinese_search(server: Server) -> None:
    assert server.shown["beside"]


def test_a_file_comes_and_goes(server: Server) -> None:
    assert server.shown["added and deleted"]


def test_one_page_is_made_again_and_few_others(server: Server) -> None:
    """The page, its notebook, and those that count or list all pages."""
    assert "en/learning/index.html" in server.rewritten
    assert len(server.rewritten) <= 6, server.rewritten


def test_the_served_site_is_the_built_one(
    server: Server, tmp_path: Path
) -> None:
    """A build that knows what the server has made, and one from nothing."""
    after, built = tmp_path / "after", tmp_path / "built"
    for folder in (after, built):
        subprocess.run(
            [*MKDOCS, "build", "--quiet", "-d", folder],
            cwd=server.sources,
            env={**HERE, "SITE_URL": server.address},
            check=True,
        )
        shutil.rmtree(server.sources / ".cache")
    assert not differences(after, built)
    for folder in (server.site, built):
        for path in folder.rglob("*.html"):
            path.write_bytes(POLICY.sub(b"", path.read_bytes()))
    assert not differences(server.site, built)
