"""What the built HTML says about itself; no browser needed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import labels

from .conftest import ROOT, Site

LANGUAGES = {"zh": "", "en": "en/"}


@pytest.mark.parametrize(("language", "prefix"), LANGUAGES.items())
def test_language_and_addresses(site: Site, language: str, prefix: str) -> None:
    page = site.folder / prefix / "mnist_convnet/index.html"
    html = page.read_text(encoding="utf-8")
    here = f"{site.address}{prefix}mnist_convnet/"
    assert f'<html lang="{language}"' in html
    assert re.findall(r'<link rel="canonical" href="([^"]+)"', html) == [here]


def test_sitemaps_name_both_languages_of_each_page(site: Site) -> None:
    for prefix in LANGUAGES.values():
        sitemap = (site.folder / prefix / "sitemap.xml").read_text()
        assert f"<loc>{site.address}{prefix}mnist_convnet/</loc>" in sitemap
        for code, other in LANGUAGES.items():
            assert (
                f'hreflang="{code}" '
                f'href="{site.address}{other}mnist_convnet/"' in sitemap
            )


@pytest.mark.parametrize(("language", "prefix"), LANGUAGES.items())
def test_404_page(site: Site, language: str, prefix: str) -> None:
    html = (site.folder / prefix / "404.html").read_text(encoding="utf-8")
    assert f'<html lang="{language}"' in html
    first = re.search(r"<h1>(.*?)</h1>", html)
    assert first
    assert (
        first[1]
        == {
            "zh": "没有这一页",
            "en": "This page does not exist",
        }[language]
    )


@pytest.mark.parametrize(("language", "prefix"), LANGUAGES.items())
def test_search_index_holds_its_own_language(
    site: Site, language: str, prefix: str
) -> None:
    path = site.folder / prefix / "search/search_index.json"
    index = json.loads(path.read_text(encoding="utf-8"))
    text = "".join(
        entry["title"]
        for entry in index["docs"]
        if not entry["location"].startswith("glossary/")  # in both
    )
    has_chinese = bool(re.search(r"[\u4e00-\u9fff]", text))
    assert has_chinese is (language == "zh")


def test_chinese_terms_are_words_in_the_search_index(site: Site) -> None:
    path = site.folder / "search/search_index.json"
    index = json.loads(path.read_text(encoding="utf-8"))
    words = set()
    for entry in index["docs"]:
        text = re.sub(r"<[^>]+>", " ", entry["text"])
        words |= set(re.split("[\\s\u200b，。；：、（）]+", text))
    terms = {"感受野", "池化", "特征图", "卷积层", "混淆矩阵", "独热编码"}
    assert terms <= words


@pytest.mark.parametrize(("language", "prefix"), LANGUAGES.items())
def test_figures_speak_the_language_of_the_page(
    site: Site, language: str, prefix: str
) -> None:
    words = []
    for path in (site.folder / prefix).glob("*/index.html"):
        html = path.read_text(encoding="utf-8")
        for figure in re.findall(r'<svg class="figure".*?</svg>', html, re.S):
            words += re.findall(r"<text[^>]*>([^<]*)</text>", figure)
    chinese = {word for word in words if re.search(r"[\u4e00-\u9fff]", word)}
    english = {word for word in words if re.search(r"[A-Za-z]{2,}", word)}
    # Code, such as padding="same", is its own translation.
    code = {key for key, entry in labels.table(ROOT).items() if key == entry}
    english -= {word for word in english if labels.key_of(word) in code}
    assert chinese if language == "zh" else english
    assert not (english if language == "zh" else chinese)


def test_building_needs_nothing_that_lessons_need(tmp_path: Path) -> None:
    """Only docs/requirements.txt is installed when a site is built."""
    code = """
import sys
from mkdocs.commands.build import build
from mkdocs.config import load_config

build(load_config("mkdocs.yml", site_dir=sys.argv[1]))
lessons = {"tensorflow", "keras", "scipy", "numpy", "matplotlib", "resvg_py"}
sys.exit(", ".join(sorted(lessons & set(sys.modules))) or None)
"""
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "site")],
        cwd=ROOT,
        check=True,
    )


def test_nothing_is_loaded_from_another_host(site: Site) -> None:
    loads = re.compile(r'(?:src|href)="(https?://[^"]+)"')
    tag = re.compile(r"<(?:script|link|img|iframe|source)\b[^>]*>")
    for path in site.folder.rglob("*.html"):
        for element in tag.findall(path.read_text(encoding="utf-8")):
            for address in loads.findall(element):
                assert address.startswith(site.address), (path, element)


def test_numbers_in_prose_are_those_of_the_record(site: Site) -> None:
    record = "snippets/outputs/mnist_convnet/metrics.json"
    metrics = json.loads((ROOT / record).read_text(encoding="utf-8"))
    accuracy = f"{100 * metrics['convnet_accuracy']['mean']:.2f}%"
    for prefix in LANGUAGES.values():
        page = site.folder / prefix / "mnist_convnet/index.html"
        html = page.read_text(encoding="utf-8")
        assert f"<strong>{accuracy}</strong>" in html
        assert "{{" not in html
