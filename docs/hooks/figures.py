"""Put recorded figures into the page itself, so that they follow its theme.

A page says `![what it shows](assets/figures/<lesson>/<section>.svg)`. Without
this hook the figure is an ordinary image; with it, the SVG stands in the HTML,
its colors are those of the light or dark scheme, its text can be selected, and
its labels are in the page's language. On a phone, where the drawing shrinks,
lesson.css sets the labels anew, at a size that can be read.

A large drawing stays a file, which the browser loads when the reader comes
near. The file has a style sheet of its own: colors, and sizes on a phone.
"""

import html
import re
import zlib
from pathlib import PurePath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from docs.hooks import labels, store
from docs.hooks.store import ROOT

FIGURES = ROOT / "docs" / "assets" / "figures"
STYLES = ROOT / "docs" / "assets" / "stylesheets"
LARGE = 20_000  # characters of a drawing; no page holds a larger one
HEAVY = 8_000  # bytes, compressed; nor a heavier one, such as photos


IMAGE = re.compile(r"<img (?P<attributes>[^>]*)>")
ATTRIBUTE = re.compile(r'(?P<name>[\w-]+)="(?P<value>[^"]*)"')
STYLE = re.compile(r' style="(?P<declarations>[^"]*)"')
# What matplotlib says of all parts; the rest of it is the default.
EVERYWHERE = re.compile(r"\s*<defs>\s*<style\b.*?</style>\s*</defs>", re.DOTALL)
METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
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
    "#ffffff": "var(--ground)",
}
# Orange means the window. The second of two curves, or kinds of bars, is orange
# in matplotlib's cycle and no window, so that it gets the last color of that
# cycle. A bar is filled and has no edge; a window has one, or is translucent.
WINDOW, OTHERS = "#c2410c", "#7b1fa2"
NO_WINDOW = re.compile(
    r'<g id="[\w-]*line2d_\d+">.*?</g>'
    rf'|<path [^>]* (?:fill="|style="fill: ){WINDOW}"/>',
    re.DOTALL,
)
# The style sheet of a file. What it says of the width is that of the drawing on
# the screen: of the window, as lesson.css has it, the page's margins are off.
# A card asks for the drawing alone: its address ends in #card.
SHEET = """<style>
:root {{ {light} color: var(--text); fill: currentColor;
 background: var(--ground); }}
@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}
:root:target {{ background: none; }}
:root:target text {{ display: none; }}
text {{ font-family: {fonts}, sans-serif; }}
image {{ image-rendering: pixelated; }}
@media (max-width: 496px) {{ text.small {{ font-size: 11.2px; }} }}
@media (max-width: 352px) {{ text.small {{ font-size: 11.8px; }} }}
</style>"""
SCHEME = re.compile(r'\[data-md-color-scheme="\w+"\] \{([^}]*)\}')
FONTS = re.compile(r"--md-text-font: ([^;]*);")
VIEW = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
POINT = 4 / 3  # pixels


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Publish large drawings as the pages of a language show them."""
    language = config.theme["language"]
    table = labels.of(language, ROOT)

    def make() -> list[tuple[str, str]]:
        drawings = [
            (path.relative_to(FIGURES).as_posix(), path.read_text("utf-8"))
            for path in sorted(FIGURES.rglob("*.svg"))
        ]
        return [
            (name, svg_file(labels.translated(svg, table)))
            for name, svg in drawings
            if is_large(svg)
        ]

    parts = (table, store.digest(FIGURES), store.digest(STYLES))
    for name, content in store.kept(f"{language}/figures", parts, make):
        uri = f"assets/figures/{name}"
        if shared := files.get_file_from_path(uri):
            files.remove(shared)
        files.append(File.generated(config, uri, content=content))
    return files


@event_priority(-100)
def on_page_content(
    content: str, page: Page, config: MkDocsConfig, **kwargs: Any
) -> str:
    """Replace images of recorded figures by the figures.

    After search.py has read the page: of a drawing it wants nothing, and going
    through it took half of its time.
    """
    if "assets/figures/" not in content:
        return content
    language = config.theme["language"]
    table = labels.of(language, ROOT)
    note = config.extra["languages"][language].get("drawn_in_english")
    lesson = PurePath(page.file.src_uri).stem

    def make() -> str:
        said = _with_note(content, lesson, note, table) if note else content
        return IMAGE.sub(lambda image: _inlined(image, table), said)

    parts = (content, table, store.digest(FIGURES))
    name = f"{language}/{page.file.src_uri}.figures"
    return str(store.kept(name, parts, make))


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
    address = attributes.get("src", "")
    _, marker, tail = address.partition("assets/figures/")
    path = FIGURES / tail
    if not marker or path.suffix != ".svg" or not path.is_file():
        return image[0]
    return element(
        path.read_text(encoding="utf-8"),
        table,
        address,
        name=f"figure-{path.stem}",
        alternative=html.unescape(attributes.get("alt", "")),
    )


def element(
    svg: str,
    table: dict[str, str],
    address: str,
    name: str,
    alternative: str = "",
) -> str:
    """A figure as an element of a page: the drawing, or its file if large.

    Args:
        svg: as it was recorded.
        table: its labels in the language of the page.
        address: of its file, from the page.
        name: as below.
        alternative: as below.
    """
    if not is_large(svg):
        return inline_svg(labels.translated(svg, table), name, alternative)
    width, height = size_of(svg)
    label = html.escape(alternative, quote=True)
    return (
        f'<img class="figure" src="{address}" alt="{label}" width="{width}" '
        f'height="{height}" loading="lazy" decoding="async">'
    )


def size_of(svg: str) -> tuple[int, int]:
    """Width and height of a drawing, in pixels."""
    view = VIEW.search(svg)
    assert view, "a drawing without a viewBox from 0 0"
    width, height = (round(POINT * float(side)) for side in view.groups())
    return width, height


def is_large(svg: str) -> bool:
    """Whether a drawing, as it was recorded, is too much for a page."""
    return len(svg) > LARGE or len(zlib.compress(svg.encode())) > HEAVY


def svg_file(svg: str) -> str:
    """A drawing as a file that looks as it would in the page."""
    svg = themed(plain(PROLOGUE.sub("", svg)))
    root, _, rest = svg.strip().partition(">")
    root = re.sub(r' (?:width|height)="[^"]*pt"', "", root)
    return f'{root} id="card">{_sheet()}{rest}\n'


@store.once  # a build reads it a hundred times
def _sheet() -> str:
    palette = (STYLES / "palette.css").read_text(encoding="utf-8")
    site = (STYLES / "site.css").read_text(encoding="utf-8")
    light, dark = map(str.strip, SCHEME.findall(palette))
    fonts = FONTS.findall(site)[0]
    return SHEET.format(light=light, dark=dark, fonts=fonts)


def inline_svg(svg: str, name: str, alternative: str = "") -> str:
    """An SVG file as an element of a page.

    Args:
        svg: the file's text.
        name: prefix of all ids in it, unique on the page.
        alternative: what the figure shows, for those who cannot see it; ""
            if the text beside it says as much.
    """
    svg = plain(PROLOGUE.sub("", svg))
    svg = re.sub(r'(?<=\bid=")', f"{name}-", svg)
    svg = re.sub(r'(?<=href="#)|(?<=url\(#)', f"{name}-", svg)
    svg = themed(svg)
    label = html.escape(alternative, quote=True)
    role = f'role="img" aria-label="{label}"' if label else 'aria-hidden="true"'
    return svg.strip().replace("<svg ", f'<svg class="figure" {role} ', 1)


def own_colors(svg: str) -> str:
    """A drawing, recorded or plain, in which orange means the window alone."""
    return NO_WINDOW.sub(lambda part: part[0].replace(WINDOW, OTHERS), svg)


def themed(svg: str) -> str:
    """A drawing whose colors are those of the scheme."""
    svg = own_colors(svg)
    for color, name in COLORS.items():
        svg = svg.replace(color, name)
    return svg


def plain(svg: str) -> str:
    """A drawing without styles, which the policy of a page would refuse.

    They become attributes, over which any rule of a style sheet wins. Fonts
    are the page's own.
    """
    svg = METADATA.sub("", EVERYWHERE.sub("", svg))
    svg = svg.replace("<svg ", '<svg stroke-linejoin="round" ', 1)
    return STYLE.sub(_attributes, svg)


def _attributes(style: re.Match[str]) -> str:
    pairs = (each.split(":") for each in style["declarations"].split(";"))
    said = {name.strip(): value.strip() for name, value in pairs}
    said.pop("font-family", None)
    if float(said.get("font-size", "99px").removesuffix("px")) < SMALL:
        said["class"] = "small"
    return "".join(f' {name}="{value}"' for name, value in said.items())
