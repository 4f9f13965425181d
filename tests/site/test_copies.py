"""The Markdown copy of a page against the page: nothing is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest

import pytest
from bs4 import BeautifulSoup, Tag

from tests.harness import settings

from .conftest import LANGUAGES, ROOT, Site, each_language

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
FENCE = re.compile(r"^([> ]*)(`{3,}).*\n((?:.*\n)*?)\1\2$", re.MULTILINE)
ADDRESS = re.compile(r"\]\([^)]*\)")
PLACES = re.compile(r"^[> ]*\d+\. ", re.MULTILINE)  # of a list
PAGES = [name for name in settings.navigation(ROOT) if name != "index"]


def code_shown(page: Tag) -> list[str]:
    """The code and the outputs of a page, in order."""
    return ["".join(c.get_text().split()) for c in page.select("pre > code")]


def code_copied(copy: str) -> list[str]:
    return [
        "".join(body.replace(f"\n{margin}", "\n").removeprefix(margin).split())
        for margin, _, body in FENCE.findall(copy)
    ]


def words(page: Tag) -> Iterator[str]:
    """The text of a page beside its code; of a figure, what it shows."""
    for node in page.descendants:
        if isinstance(node, Tag):
            if said := node.get("alt") or node.get("aria-label"):
                yield f" {said} "
        elif type(node).__name__ == "NavigableString":
            yield str(node)


def numbers_shown(page: Tag) -> list[str]:
    for part in page.select("pre, svg > *, .headerlink, .term"):
        part.decompose() if part.get("class") != ["term"] else part.unwrap()
    return NUMBER.findall("".join(words(page)))


def numbers_copied(copy: str) -> list[str]:
    text = PLACES.sub("", ADDRESS.sub("]", FENCE.sub("", copy)))
    return NUMBER.findall(text)


def faults(html: str, copy: str) -> list[str]:
    """What the page shows and its copy does not, or not in that order."""
    page = BeautifulSoup(html, "html.parser").find("article")
    assert isinstance(page, Tag)
    for part in page.select("[data-search-exclude]"):
        part.decompose()
    text = copy.rpartition("\n---\n")[0]
    found = []
    if code_shown(page) != code_copied(text):
        found.append("code or outputs differ")
    pairs = zip_longest(numbers_shown(page), numbers_copied(text))
    if other := next((pair for pair in pairs if pair[0] != pair[1]), None):
        found.append(f"the page has {other[0]}, its copy {other[1]}")
    return found


def read(site: Site, language: str, name: str) -> tuple[str, str]:
    folder = site.folder / LANGUAGES[language] / name
    return (folder / "index.html").read_text(encoding="utf-8"), (
        folder / "index.md"
    ).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_copy_has_what_the_page_shows(
    site: Site, language: str, name: str
) -> None:
    assert not faults(*read(site, language, name))


@each_language
def test_heads_and_llms_txt_lead_to_the_copies(
    site: Site, language: str, prefix: str
) -> None:
    listed = (site.folder / prefix / "llms.txt").read_text(encoding="utf-8")
    links = re.findall(r"^- \[.+\]\((.*)\): .", listed, re.MULTILINE)
    address = f"{site.address}{prefix}"
    assert links == [f"{address}{name}/index.md" for name in PAGES]
    for name in PAGES:
        html, copy = read(site, language, name)
        head = BeautifulSoup(html.partition("</head>")[0], "html.parser")
        head = head.select_one("link[rel~=alternate][type='text/markdown']")
        assert head and head["href"] == "index.md"
        assert f"]({address}{name}/)" in copy.rpartition("\n---\n")[2]
        assert "<!--" not in FENCE.sub("", copy)
        assert "--8<--" not in copy
