"""The same sources give the same site, anywhere.

The first build is the one that the other tests look at. The second is made
from a copy, see `elsewhere`, with everything changed that must not matter;
one more follows there without the site's address.
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


@pytest.fixture(scope="module")
def builds(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Builds:
    folder = tmp_path_factory.mktemp("elsewhere")
    sources = copy_of(ROOT, folder / "a copy of the sources")
    return build_again(sources, folder, site.address)


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


def test_a_site_without_its_address_says_so(builds: Builds) -> None:
    """To whoever builds it, and wherever an address would be wrong."""
    assert "SITE_URL is not set" in builds.said
    says = [
        text.partition(shipped.SERVED)[2] for text in shipped.NOWHERE.values()
    ]
    says += ["on a site of your own computer", "自己电脑上的网站"]
    silent, wrong = [], []
    for path in builds.unknown.rglob("*"):
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
        page = builds.unknown / prefix / "pooling/index.html"
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
