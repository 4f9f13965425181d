"""Read what a built page says, whoever built it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

from bs4 import BeautifulSoup, Comment, Tag

OUTPUT_TITLES = {"Output", "输出"}


@dataclass
class Content:
    """What a page says, in the order in which it says it."""

    head: list[str] = field(default_factory=list)  # language, title, address
    headings: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)  # what they show
    drawn: list[str] = field(default_factory=list)  # figures inside the HTML
    links: list[str] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)  # notes, answers to unfold
    text: list[str] = field(default_factory=list)  # all the rest
    # Not to compare, but to check: where links and images lead, ids to lead to.
    targets: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    is_notebook: bool = False


KINDS = tuple(f.name for f in fields(Content)[:9])


def read_site(folder: Path, address: str) -> dict[str, Content]:
    """All pages of a site, by their path below its address."""
    return {
        path.relative_to(folder).as_posix(): read_page(
            path.read_text(encoding="utf-8"),
            address + _url(path.relative_to(folder)),
            address,
        )
        for path in sorted(folder.rglob("*.html"))
    }


def read_page(html: str, url: str, address: str) -> Content:
    """What one page says.

    Args:
        html: the page.
        url: where it is served; its links count from there.
        address: of the whole site; links within it are named without.
    """
    page = BeautifulSoup(html, "html.parser")
    content = Content(ids={tag["id"] for tag in page.find_all(id=True)})
    content.is_notebook = page.find(class_="jupyter-wrapper") is not None
    content.head = _head(page)

    def target(reference: str) -> str:
        return urljoin(url, reference).removeprefix(address) or "./"

    for link in page.select("a[data-language-switch]"):
        content.links.append(f"{_text(link)} -> {target(link['href'])}")
    article = page.find("article")
    if article is None:
        return content
    # Not the links to a notebook: that the notebook is missing is named once.
    theme = "a.headerlink, #__skip, .md-content__button, nav.forms"
    for tag in article.select(theme):
        tag.decompose()
    for link in article.find_all("a", href=True):
        content.targets.append(target(link["href"]))
        content.links.append(f"{_text(link)} -> {content.targets[-1]}")
    for image in article.select("svg[role=img], img"):
        shows = str(image.get("aria-label") or image.get("alt") or "")
        content.figures.append(shows)
        if image.name == "svg":
            content.drawn.append(shows)
        else:
            content.targets.append(target(image["src"]))
        image.decompose()
    for block in article.find_all("pre"):
        _read_block(block, content)
        block.decompose()
    for heading in article.find_all(re.compile(r"^h[1-6]$")):
        content.headings.append(
            f"{heading.name} #{heading.get('id', '')} {_text(heading)}"
        )
        heading.decompose()
    for box in article.select(".admonition, details"):
        kind = " ".join([box.name, *box.get("class", [])])
        content.boxes.append(f"{kind}: {_text(box.find(['p', 'summary']))}")
    content.text = [
        " ".join(text.split())
        for text in article.find_all(string=True)
        if text.strip() and not isinstance(text, Comment)
    ]
    return content


def broken_links(pages: dict[str, Content], folder: Path) -> dict[str, set]:
    """For each page, the targets within the site that are not there."""
    found: dict[str, set[str]] = {}
    for name, page in pages.items():
        for target in page.targets:
            place, fragment = urldefrag(target)
            if ":" in place:
                continue  # another site
            place = unquote(place)
            if place == "./" or place.endswith("/"):
                place = place.removeprefix("./") + "index.html"
            missing = not (folder / place).is_file() or (
                fragment
                and place in pages
                and unquote(fragment) not in pages[place].ids
            )
            if missing:
                found.setdefault(name, set()).add(target)
    return found


def _head(page: BeautifulSoup) -> list[str]:
    root = page.find("html")
    canonical = page.find("link", rel="canonical")
    description = page.find("meta", attrs={"name": "description"})
    return [
        f"language: {root.get('lang') if root else None}",
        f"title: {_text(page.title)}",
        f"description: {description['content'] if description else None}",
        f"address: {canonical['href'] if canonical else None}",
    ]


def _read_block(block: Tag, content: Content) -> None:
    frame = block.find_parent(class_="highlight")
    title = frame.find(class_="filename") if frame else None
    language = next(
        (
            name.removeprefix("language-")
            for name in (frame.get("class", []) if frame else [])
            if name.startswith("language-")
        ),
        "",
    )
    shown = f"{language}\n{block.get_text()}"
    if title is not None and _text(title) in OUTPUT_TITLES:
        content.outputs.append(shown)
    else:
        content.code.append(f"{_text(title)} {shown}".lstrip())
    if title is not None:
        title.decompose()


def _text(tag: Tag | None) -> str:
    return " ".join(tag.get_text().split()) if tag is not None else ""


def _url(path: Path) -> str:
    return path.as_posix().removesuffix("index.html")
