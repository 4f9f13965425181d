"""The same sources give the same site, anywhere; an edit gives another one.

The first build is the one that the other tests look at. The second is made
from a copy, see `elsewhere`, with everything changed that must not matter.
Two more follow in the same process, after an edit of each kind of file, as when
`mkdocs serve` shows what an author has just saved. Of two edits after either of
which a file is made anew, one stands in each round.
"""

from __future__ import annotations

import filecmp
import re
from pathlib import Path, PurePosixPath

import pytest
from mkdocs.utils.yaml import yaml_load

from docs.hooks import shipped

from .conftest import ROOT, Site
from .elsewhere import Builds, build_again, copy_of

# Only docs/requirements.txt is installed when a site is built.
LESSONS_NEED = {"tensorflow", "keras", "scipy", "numpy", "matplotlib"}
# An edit of each kind of file: its path; the pages that show it; what the
# edit replaces, as a pattern, by what; and what those pages then show more
# often, if it is not the new text itself. A blank line stands between builds.
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
docs/zh/pooling.md | pooling notebooks/pooling
\Z | 改过
docs/en/pooling.md | en/pooling en/notebooks/pooling
\Z | edited
snippets/pooling.py | pooling en/notebooks/pooling notebooks/pooling/pooling.py
(?<=start:pool\]\n) | print("edited")\n | edited
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
"""
ROUNDS = [lines.splitlines() for lines in EDITS.strip().split("\n\n")]
CHANGES = [
    (number, *file.split(" | "), *change.split(" | "))
    for number, lines in enumerate(ROUNDS)
    for file, change in zip(lines[::2], lines[1::2], strict=True)
]


@pytest.fixture(scope="module")
def builds(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Builds:
    folder = tmp_path_factory.mktemp("elsewhere")
    sources = copy_of(ROOT, folder / "a copy of the sources")
    edits: list[dict[str, str]] = [{} for _ in ROUNDS]
    for number, path, _, old, new, *_ in CHANGES:
        text = (ROOT / path).read_text(encoding="utf-8")
        edited, count = re.subn(old, new, text, flags=re.MULTILINE)
        assert count, path
        edits[number][path] = edited
    return build_again(sources, folder, site.address, edits)


def differences(first: Path, second: Path) -> list[str]:
    """Each file that is not the same in both folders, or in one alone."""
    names = {
        path.relative_to(folder).as_posix()
        for folder in (first, second)
        for path in folder.rglob("*")
        if path.is_file()
    }
    _, other, alone = filecmp.cmpfiles(first, second, names, shallow=False)
    return sorted(other + alone)


def test_another_build_gives_the_same_bytes(site: Site, builds: Builds) -> None:
    assert not differences(site.folder, builds.first)


@pytest.mark.parametrize("edit", CHANGES, ids=lambda edit: edit[1])
def test_an_edit_shows(builds: Builds, edit: tuple) -> None:
    number, _, pages, *_, shows = edit
    for name in pages.split():
        file = name if PurePosixPath(name).suffix else f"{name}/index.html"
        before, after = (
            (folder / file).read_text(encoding="utf-8").count(shows)
            for folder in (builds.first, *builds.edited)[number : number + 2]
        )
        assert after > before, name


def test_a_site_without_its_address_says_so(builds: Builds) -> None:
    """To whoever builds it, and wherever an address would be wrong."""
    assert "SITE_URL is not set" in builds.said
    says = [
        text.partition(shipped.SERVED)[2] for text in shipped.NOWHERE.values()
    ]
    says += ["on a site of your own computer", "自己电脑上的网站"]
    silent, wrong = [], []
    edited = builds.edited[-1]
    for path in edited.rglob("*"):
        if path.suffix not in {".html", ".ipynb", ".py", ".xml", ".json"}:
            continue
        text = path.read_text(encoding="utf-8")
        if shipped.SERVED in text and not any(each in text for each in says):
            silent.append(path.name)
        if re.search(r'rel="canonical"|"og:(?:url|image)"|<loc>', text):
            wrong.append(path)
    assert not silent
    assert not wrong
    for prefix, word in (
        ("", "没有设置 SITE_URL"),
        ("en/", "without SITE_URL"),
    ):
        page = edited / prefix / "pooling/index.html"
        assert word in page.read_text(encoding="utf-8")


def test_published_pages_never_name_the_local_address(site: Site) -> None:
    named = [
        path
        for path in site.folder.rglob("*")
        if path.suffix in {".html", ".ipynb", ".py", ".xml", ".json"}
        and shipped.SERVED.encode() in path.read_bytes()
    ]
    assert not named


def test_what_the_build_reads_is_watched(builds: Builds) -> None:
    """Or `make serve` would not show an edit of it."""
    config = yaml_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    watched = ["mkdocs.yml", config["docs_dir"], *config["watch"]]
    assert all((ROOT / path).exists() for path in watched)
    # What the build makes, and code: a process that has imported it keeps it.
    other = (".cache", "tests/gates", "tests/harness", "tests/__init__.py")
    unwatched = [
        path
        for path in builds.read
        if "__pycache__" not in path
        and not any(
            PurePosixPath(path).is_relative_to(folder)
            for folder in (*watched, *other)
        )
    ]
    assert not unwatched


def test_building_needs_nothing_that_lessons_need(builds: Builds) -> None:
    assert "mkdocs" in builds.modules
    assert not LESSONS_NEED.intersection(builds.modules)
