"""Put recorded figures into the page itself, so that they follow its theme.

A page says `![what it shows](assets/figures/<lesson>/<section>.svg)`. Without
this hook the figure is an ordinary image; with it, the SVG stands in the HTML,
its colors are those of the light or dark scheme, its text can be selected, and
its labels are in the page's language. On a phone, where the drawing shrinks,
lesson.css sets the labels anew, at a size that can be read.
"""

import html
import re
import sys
from pathlib import Path, PurePath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
FIGURES = ROOT / "docs" / "assets" / "figures"
sys.path.insert(0, str(ROOT))

from docs.hooks import labels  # noqa: E402 (found through the line above)

IMAGE = re.compile(r"<img (?P<attributes>[^>]*)>")
ATTRIBUTE = re.compile(r'(?P<name>[\w-]+)="(?P<value>[^"]*)"')
STYLE = re.compile(r' style="(?P<declarations>[^"]*)"')
# What matplotlib says of all parts; the rest of it is the default.
EVERYWHERE = re.compile(r"\s*<defs>\s*<style\b.*?</style>\s*</defs>", re.DOTALL)
SMALL = 11.8  # units; smaller texts may grow on a phone, see lesson.css
# Everything that matplotlib writes before the drawing's root element.
PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)

# Colors of tests/harness/matplotlibrc -> colors of docs/assets/.../palette.css.
COLORS = {
    "#000000": "currentColor",
    "#1565c0": "var(--figure-blue)",
    "#c2410c": "var(--figure-orange)",
    "#2e7d32": "var(--figure-green)",
    "#7b1fa2": "var(--figure-purple)",
    "#cccccc": "var(--figure-frame)",
    "#ffffff": "var(--md-default-bg-color)",
}


@event_priority(-100)
def on_page_context(
    context: Any, page: Page, config: MkDocsConfig, **kwargs: Any
) -> None:
    """Replace images of recorded figures by the figures.

    After the search plugin has read the page: of a drawing it wants nothing,
    and going through it took half of its time.
    """
    language = config.theme["language"]
    table = labels.of(language, ROOT)
    content = page.content or ""
    if note := config.extra["languages"][language].get("drawn_in_english"):
        lesson = PurePath(page.file.src_uri).stem
        content = _with_note(content, lesson, note, table)
    page.content = IMAGE.sub(lambda image: _inlined(image, table), content)


def _with_note(
    content: str, lesson: str, note: str, table: dict[str, str]
) -> str:
    """Say below a lesson's first figure with words how copied code draws it.

    The page has these words in Chinese, the code has them in English.
    """
    figure = re.compile(
        rf"<img [^>]*assets/figures/(?P<file>{lesson}/[\w-]+\.svg)"
        r"(?:(?!<img).)*?(?=</figcaption>)",
        re.DOTALL,
    )
    for found in figure.finditer(content):
        path = FIGURES / found["file"]
        svg = path.read_text(encoding="utf-8") if path.is_file() else ""
        if labels.translated(svg, table) != svg:
            said = f'<p class="quiet">{html.escape(note)}</p>'
            return content[: found.end()] + said + content[found.end() :]
    return content


def _inlined(image: re.Match[str], table: dict[str, str]) -> str:
    attributes = {
        match["name"]: match["value"]
        for match in ATTRIBUTE.finditer(image["attributes"])
    }
    _, marker, tail = attributes.get("src", "").partition("assets/figures/")
    path = FIGURES / tail
    if not marker or path.suffix != ".svg" or not path.is_file():
        return image[0]
    return inline_svg(
        labels.translated(path.read_text(encoding="utf-8"), table),
        name=f"figure-{path.stem}",
        alternative=html.unescape(attributes.get("alt", "")),
    )


def inline_svg(svg: str, name: str, alternative: str = "") -> str:
    """An SVG file as an element of a page.

    Args:
        svg: the file's text.
        name: prefix of all ids in it, unique on the page.
        alternative: what the figure shows, for those who cannot see it; ""
            if the text beside it says as much.
    """
    svg = plain(PROLOGUE.sub("", svg))
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(?<=\bid=")', f"{name}-", svg)
    svg = re.sub(r'(?<=href="#)|(?<=url\(#)', f"{name}-", svg)
    for color, themed in COLORS.items():
        svg = svg.replace(color, themed)
    label = html.escape(alternative, quote=True)
    role = f'role="img" aria-label="{label}"' if label else 'aria-hidden="true"'
    return svg.strip().replace("<svg ", f'<svg class="figure" {role} ', 1)


def plain(svg: str) -> str:
    """A drawing without styles, which the policy of a page would refuse.

    They become attributes, over which any rule of a style sheet wins. Fonts
    are the page's own.
    """
    svg = EVERYWHERE.sub("", svg)
    svg = svg.replace("<svg ", '<svg stroke-linejoin="round" ', 1)
    return STYLE.sub(_attributes, svg)


def _attributes(style: re.Match[str]) -> str:
    pairs = (each.split(":") for each in style["declarations"].split(";"))
    said = {name.strip(): value.strip() for name, value in pairs}
    said.pop("font-family", None)
    if float(said.get("font-size", "99px").removesuffix("px")) < SMALL:
        said["class"] = "small"
    return "".join(f' {name}="{value}"' for name, value in said.items())
