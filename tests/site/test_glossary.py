"""The glossary's page shows what docs/terms.yml holds, and can be found."""

from __future__ import annotations

import html
import os
import re

import pytest

from tests.gates import glossary
from tests.gates import site as sources

from .conftest import NO_BROWSER, ROOT, Site, browser_path

LANGUAGES = {"zh": "", "en": "en/"}
ENTRY = re.compile(
    r'<h2 id="(?P<key>[\w-]+)">(?P<name>.*?)'
    r'<a class="headerlink".*?</h2>\s*<p>(?P<says>.*?)</p>\s*'
    r'<p class="taught">.*?<a href="(?P<link>[^"]+)">(?P<section>.*?)</a>',
    re.DOTALL,
)


def page_of(site: Site, prefix: str, name: str) -> str:
    path = site.folder / prefix / name / "index.html"
    return path.read_text(encoding="utf-8")


def taught() -> list[glossary.Term]:
    terms = sources.Site(ROOT, languages=()).terms
    return [term for term in terms.values() if term.taught]


@pytest.mark.parametrize(("language", "prefix"), LANGUAGES.items())
def test_every_taught_term_stands_on_the_page(
    site: Site, language: str, prefix: str
) -> None:
    shown = page_of(site, prefix, "glossary")
    entries = {entry["key"]: entry for entry in ENTRY.finditer(shown)}
    assert len(entries) == shown.count("<h2")
    assert sorted(entries) == sorted(term.key for term in taught())
    for term in taught():
        entry = entries[term.key]
        name = html.unescape(re.sub(r"<[^>]+>", "", entry["name"]))
        for each in set(term.names.values()):
            assert each in name
        said = html.unescape(re.sub(r"<[^>]+>", "", entry["says"]))
        assert said == term.says[language].replace("`", "")


@pytest.mark.parametrize(("language", "prefix"), LANGUAGES.items())
def test_each_entry_leads_to_the_section_that_teaches_it(
    site: Site, language: str, prefix: str
) -> None:
    entries = [*ENTRY.finditer(page_of(site, prefix, "glossary"))]
    places = {term.key: (term.page, term.section) for term in taught()}
    for entry in entries:
        page, section = places[entry["key"]]
        assert entry["link"] == f"../{page}/#{section}"
        headings = re.findall(
            r'<h\d id="([\w-]+)">(.*?)<', page_of(site, prefix, page)
        )
        assert dict(headings)[section].endswith(entry["section"])


@pytest.mark.parametrize(("language", "prefix"), LANGUAGES.items())
def test_entries_are_in_order(site: Site, language: str, prefix: str) -> None:
    shown = page_of(site, prefix, "glossary")
    names = {term.key: term.names[language] for term in taught()}
    order = [names[entry["key"]] for entry in ENTRY.finditer(shown)]
    if language == "en":
        assert order == sorted(order, key=str.lower)
        return
    # Pinyin by hand for some that surely stay, from b to z.
    known = [
        "标准误差",
        "测试集",
        "感受野",
        "卷积层",
        "权重",
        "训练集",
        "准确率",
    ]
    assert [name for name in order if name in known] == known


@pytest.mark.skipif(
    browser_path() is None and not os.environ.get("CI"), reason=NO_BROWSER
)
@pytest.mark.parametrize(
    ("prefix", "query", "key"),
    [
        ("", "感受野", "receptive-field"),
        ("", "最大池化", "max-pooling"),
        ("", "交叉熵", "sparse-categorical-cross-entropy"),
        ("", "receptive field", "receptive-field"),
        ("en/", "receptive field", "receptive-field"),
        ("en/", "max pooling", "max-pooling"),
        ("en/", "感受野", "receptive-field"),
    ],
)
def test_search_finds_the_entry(
    page, site: Site, prefix: str, query: str, key: str
) -> None:
    page.goto(f"{site.address}{prefix}")
    field = page.locator(".md-search__input")
    field.click()
    field.fill(query)
    field.press("End")  # the search listens to keys
    address = re.escape(f"{site.address}{prefix}glossary/")
    entry = page.locator(".md-search-result__link")
    entry.first.wait_for()
    found = [link.get_attribute("href") for link in entry.all()]
    pattern = rf"{address}\?h=[^#]*#{key}"
    assert any(re.fullmatch(pattern, each) for each in found), found
