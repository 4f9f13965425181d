"""The pages of the built site as chapters, in which all is to be seen.

What opens with a click is open, answers stand at the end of their chapter,
links lead to other chapters, and figures are files with the colors of paper.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from bs4 import BeautifulSoup, Tag

from docs.hooks import figures, sharing, shipped
from tests.harness import settings

ROOT = Path(__file__).parents[2]
SVG = re.compile(r"<svg (?P<attributes>[^>]*)>.*?</svg>", re.DOTALL)
DRAWN = re.compile(r'class="(?:figure|dots)"')
LABEL = re.compile(r'(?:role="img" )?aria-label="([^"]*)"')
VARIABLE = re.compile(r"var\(--([\w-]+)\)")
PIXELS = re.compile(r' image-rendering="pixelated"')
IMAGE_ID = re.compile(r'(<image [^>]*?)\bid="[^"]*"')
COLOR = re.compile(r"--([\w-]+): (#\w+|var\(--[\w-]+\));")
# Buttons and what a screen needs; the title of a term is in the glossary.
LEFT_OUT = (
    ".headerlink, nav, .page-end, .tabbed-set > input, [data-widget], script"
)
EXTRA = ("title", "download", "loading", "decoding", "data-label", "data-tabs")
DATE = re.compile(r"\s*\d{4}-\d\d-\d\d\s*$")  # browsers end lines in one
LONG = 40  # lines of code; what has more may go on on another page
FONTS = '"Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif'


@dataclass
class Chapter:
    """A page of the site.

    Attributes:
        name: of the page.
        part: of the book, the group of the navigation.
        title: as text.
        body: of the page; its ids begin with its name.
        sections: ids and titles of its headings of level 2.
    """

    name: str
    part: str
    title: str
    body: Tag
    sections: list[tuple[str, str]] = field(default_factory=list)


class Reader:
    """Reads the pages of a language.

    Args:
        site: the folder of the built site.
        language: "zh" or "en".
        names: of pages to take; all, if there are none.

    Attributes:
        words: what mkdocs.yml has in the language.
        files: the name of each figure -> its text or bytes.
        title: of the site.
    """

    def __init__(
        self, site: Path, language: str, names: tuple[str, ...] = ()
    ) -> None:
        found = settings.mkdocs(ROOT)
        self.language = language
        self.words: Mapping[str, Any] = found["extra"]["languages"][language]
        self.files: dict[str, bytes] = {}
        self._site = site / self.words["prefix"]
        address = str(found["site_url"]).rstrip("/") + "/"
        self.address = f"{address}{self.words['prefix']}"
        self._names = names
        self._nav = found["nav"]
        css = sharing.PALETTE.read_text(encoding="utf-8")
        # The first of each name is that of the light scheme.
        self._colors = dict(reversed(COLOR.findall(css)))
        self.order = [name for _, name in self._pages()]

    def _pages(self) -> Iterator[tuple[str, str]]:
        """The pages with their groups, in order."""
        groups = self.words.get("groups", {})
        for entry in self._nav:
            if isinstance(entry, dict):
                for group, pages in entry.items():
                    for page in pages:
                        name = page.removesuffix(".md")
                        if not self._names or name in self._names:
                            yield groups.get(group, group), name

    def chapters(self) -> list[Chapter]:
        return [self._chapter(part, name) for part, name in self._pages()]

    def _chapter(self, part: str, name: str) -> Chapter:
        path = self._site / name / "index.html"
        html = path.read_text(encoding="utf-8")
        soup = BeautifulSoup(SVG.sub(self._as_file, html), "html.parser")
        body = soup.find("article")
        assert isinstance(body, Tag)
        for tag in body.select(LEFT_OUT):
            tag.decompose()
        for comment in body.find_all(
            string=lambda s: type(s).__name__ == "Comment"
        ):
            comment.extract()
        for tag in body.select("[class~=term], [loading], [data-label], div"):
            for each in EXTRA:
                tag.attrs.pop(each, None)
        heading = body.find("h1")
        assert isinstance(heading, Tag)
        title = heading.get_text()
        self._open(soup, body)
        self._answers(soup, body)
        self._link(body, name)
        found = [(str(h["id"]), h.get_text()) for h in body.find_all("h2")]
        body.name, body.attrs = "section", {"class": "chapter", "id": name}
        return Chapter(name, part, title, body, found)

    def _as_file(self, svg: re.Match[str]) -> str:
        """An image in place of a drawing that stands in the page."""
        drawing = svg[0]
        if not DRAWN.search(svg["attributes"]):
            return drawing
        label = LABEL.search(svg["attributes"])
        look = "figure" if 'class="figure"' in svg["attributes"] else "dots"
        drawing = LABEL.sub("", drawing, count=1)
        if look == "dots":
            drawing = drawing.replace("<path", '<path stroke="var(--quiet)"')
            drawing = drawing.replace("<circle", '<circle fill="#1565c099"')
        if "xmlns=" not in svg["attributes"]:
            drawing = drawing.replace(
                "<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1
            )
        drawing = drawing.replace("<svg ", f"<svg font-family='{FONTS}' ", 1)
        source, alternative = self._keep(drawing, ".svg"), label and label[1]
        size = ""
        if look == "figure":
            size = ' width="{}" height="{}"'.format(*figures.size_of(drawing))
        shown = f'alt="{alternative or ""}" class="{look}" src="{source}"'
        return f"<img {shown}{size}>"

    def _keep(self, text: str, suffix: str) -> str:
        """Keep a drawing with the colors of paper; its name."""
        for _ in range(2):  # one color is another
            text = VARIABLE.sub(
                lambda found: self._colors.get(found[1], found[0]), text
            )
        # As a style it is allowed in a book; a picture is drawn once.
        text = PIXELS.sub(' style="image-rendering: pixelated"', text)
        data = IMAGE_ID.sub(r"\1", text).encode()
        name = f"{hashlib.sha256(data).hexdigest()[:12]}{suffix}"
        self.files[name] = data
        return f"figures/{name}"

    def _open(self, soup: BeautifulSoup, body: Tag) -> None:
        """Boxes and tabs as what stands one below the other."""
        for summary in body.find_all("summary"):
            summary.name, summary.attrs = "p", {"class": "box-title"}
        for box in body.find_all("details"):
            box.name = "div"
            box["class"] = ["box", *box.get("class", [])]
        for tabs in body.select(".tabbed-set"):
            labels = tabs.select(".tabbed-labels > label")
            for label, block in zip(
                labels, tabs.select(".tabbed-block"), strict=True
            ):
                title = soup.new_tag("p", attrs={"class": "box-title"})
                title.append(label.get_text())
                block.insert(0, title)
            tabs.select_one(".tabbed-labels").decompose()
        for image in body.find_all("img"):
            source = str(image["src"])
            if not source.startswith("figures/"):
                image["src"] = self._taken(source)
            if "figure" in image.get("class", []):
                image["style"] = f"width: {image['width']}px"
        for code in body.select(".highlight"):
            if code.get_text().count("\n") > LONG:
                code["class"] = [*code["class"], "long"]
        for cell in body.find_all("td", string=DATE):
            cell["style"] = "white-space: nowrap"

    def _taken(self, source: str) -> str:
        """A figure of the site that is a file already."""
        path = self._site / posixpath.normpath(posixpath.join("x", source))
        if path.suffix == ".svg":
            text = path.read_text(encoding="utf-8")
            return self._keep(re.sub(r"@media \(prefers.*", "", text), ".svg")
        data = path.read_bytes()
        name = f"{hashlib.sha256(data).hexdigest()[:12]}{path.suffix}"
        self.files[name] = data
        return f"figures/{name}"

    def _answers(self, soup: BeautifulSoup, body: Tag) -> None:
        """Answers go to the end; where they stood, a link leads to them."""
        answers = body.select(".box.success")
        if not answers:
            return
        word = answers[0].select_one(".box-title")
        assert word
        end = soup.new_tag("h2", id="answers")
        end.append(self.words["book"]["answers"])
        body.append(end)
        for number, answer in enumerate(answers, start=1):
            above = answer.find_previous(["h2", "h3"])
            assert isinstance(above, Tag)
            name = f"answer-{number}"
            link = soup.new_tag("a", href=f"#{name}", attrs={"class": "ref"})
            link.append(answer.select_one(".box-title").extract().get_text())
            place = soup.new_tag("p", attrs={"class": "to-answer"})
            place.append(link)
            answer.replace_with(place)
            title = soup.new_tag("h3", id=name)
            back = soup.new_tag("a", href=f"#{above['id']}")
            back.append(above.get_text())
            title.append(back)
            answer["class"] = ["solution"]
            body.append(title)
            body.append(answer)

    def _link(self, body: Tag, page: str) -> None:
        """Ids that differ between chapters, and links that lead to them."""
        for tag in body.find_all(id=True):
            tag["id"] = f"{page}--{tag['id']}"
        for link in body.find_all("a", href=True):
            target = unescape(str(link["href"]))
            if target.startswith("#"):
                link["href"] = f"#{page}--{target[1:]}"
            elif not re.match("[a-z]+:", target):
                self._lead(link, target, page)

    def _lead(self, link: Tag, target: str, page: str) -> None:
        """A link to another page: of the book, of the site, or none."""
        path, _, section = target.partition("#")
        name = posixpath.normpath(posixpath.join(page, path))
        if name in self.order:
            whole = not section or section == name.replace("_", "-")
            link["href"] = f"#{name}" if whole else f"#{name}--{section}"
            if "term" not in link.get("class", []):
                link["class"] = "ref"
        elif not self.is_known:
            link.unwrap()
        else:
            link["href"] = urljoin(f"{self.address}{page}/", target)

    @property
    def is_known(self) -> bool:
        """Whether the site has an address of its own."""
        return not shipped.is_unknown(self.address)
