"""What other sites show of a page that is shared: words, and a picture.

The picture of a lesson, and of its notebook, has the lesson's title and a
figure of its own, in the language of the page. Pages without a figure share
that of the home page.
"""

import math
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urljoin

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from docs.hooks import cards, figures, pictures, store
from docs.hooks.store import ROOT

FOLDER = "assets/sharing"
WIDTH, HEIGHT = 1200, 630  # what sites that show such pictures ask for
LOCALES = {"zh": "zh_CN", "en": "en_US"}
MARK = ROOT / "docs/assets/mark.svg"
PALETTE = ROOT / "docs/assets/stylesheets/palette.css"
FONT = Path(__file__).parent / "fonts/NotoSansSC.otf"
FAMILY = "Noto Sans CJK SC"
SYMBOLS = "−–—‘’“”…≤≥≈≠→←↑↓✓"  # in the font, see its README
COLUMN = 540  # pixels for text, beside the figure
SIZE, SMALL = 56, 22  # of letters: of the title, of the site's name
LATIN = 0.52  # of which a letter is wide; a Chinese one is as wide as high
WORD = re.compile(r"[!-~\u00a0-\u017f’]+ ?|.[，。：；？！、]?")
SHEET = """<svg xmlns="http://www.w3.org/2000/svg"
 xmlns:xlink="http://www.w3.org/1999/xlink" width="{width}" height="{height}">
<rect width="100%" height="100%" fill="{paper}"/>
<svg x="64" y="64" width="88" height="88" viewBox="0 0 32 32">{mark}</svg>
<g font-family="{family}" fill="{ink}" stroke="{ink}" stroke-width="1.2"
 font-size="{size}">{title}</g>
<g font-family="{family}" fill="{quiet}" font-size="{small}">{site}</g>
<rect x="620" y="64" width="516" height="502" rx="16" fill="{ground}"/>
<svg x="644" y="84" width="468" height="462" {figure}</svg>"""


_nav: list[Navigation] = []  # of the language that is being built


def on_nav(nav: Navigation, **kwargs: Any) -> None:
    """Begin a build."""
    _nav[:] = [nav]


def on_env(env: Any, config: MkDocsConfig, **kwargs: Any) -> None:
    """Draw the pictures: now all pages have their titles."""
    for page in _nav[0].pages:
        if page is _shown(page, config, _nav[0]):  # else another's stands
            _write(_name(page), _title(page, config), config)


def on_page_context(
    context: dict[str, Any],
    page: Page,
    config: MkDocsConfig,
    nav: Navigation,
    **kwargs: Any,
) -> None:
    """Tell the template what to say of a page."""
    language = config.theme["language"]
    shown = _shown(page, config, nav)
    context["sharing"] = {
        "title": _title(page, config),
        "description": page.meta.get("description")
        or shown.meta.get("description", config.site_description),
        "image": urljoin(config.site_url or "", f"{FOLDER}/{_name(shown)}.png"),
        "alt": _title(shown, config),
        "width": WIDTH,
        "height": HEIGHT,
        "locales": sorted(LOCALES.values(), key=LOCALES[language].__ne__),
    }


def _name(page: Page) -> str:
    return PurePosixPath(page.file.src_uri).stem


def _title(page: Page, config: MkDocsConfig) -> str:
    return config.site_name if page.is_homepage else str(page.title)


def _shown(page: Page, config: MkDocsConfig, nav: Navigation) -> Page:
    """The page whose picture stands for this one."""
    name = _name(page)
    for each in nav.pages:
        if each.file.src_uri == f"{name}.md" and cards.picture(
            name, config, ROOT
        ):
            return each
    assert nav.homepage
    return nav.homepage


def _write(name: str, title: str, config: MkDocsConfig) -> None:
    """Draw the picture of a page, unless a build before has.

    What cannot be drawn is told in every build.
    """
    sheet = _sheet(title, config.site_name, cards.picture(name, config, ROOT))
    if unknown := {c for c in re.sub(r"<[^>]*>", "", sheet) if not _known(c)}:
        raise PluginError(
            f"the picture to share of {name} has the character "
            f"{min(unknown)!r}, which its font has not. Expected: Chinese of "
            f"GB 2312, Latin letters or one of {SYMBOLS}. Use another "
            f"word, or follow docs/hooks/fonts/README.txt"
        )
    if config.extra["is_unknown"]:
        return  # no page can name it, see main.html
    language = config.theme["language"]
    picture = store.kept(
        f"{language}/{name}.sharing",
        (sheet,),
        lambda: pictures.drawn(sheet, FONT, FAMILY),
    )
    path = Path(config.site_dir) / FOLDER / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture)


def _sheet(title: str, site: str, drawing: str) -> str:
    """The picture as SVG: mark, title and figure."""
    css = PALETTE.read_text(encoding="utf-8")
    # The first of each name is that of the light scheme.
    colors = dict(reversed(re.findall(r"--(\w+): (#\w+);", css)))
    drawing = figures.own_colors(figures.PROLOGUE.sub("", drawing))
    root = drawing.removeprefix("<svg")
    return SHEET.format(
        **{"width": WIDTH, "height": HEIGHT, "size": SIZE, "small": SMALL},
        **{each: colors[each] for each in ("paper", "ground", "ink", "quiet")},
        mark=MARK.read_text(encoding="utf-8"),
        family=FAMILY,
        title="".join(_lines(title, SIZE, 250)),
        site="".join(_lines(site, SMALL, 536)),
        figure=re.sub(r' (?:width|height)="[^"]*pt"', "", root),
    )


def _lines(text: str, size: int, top: int) -> Iterator[str]:
    """A text in lines that fit the column; the first one stands at `top`.

    If it needs more than one, a line ends at a Chinese colon.
    """
    column = float(COLUMN)
    if " " not in text:  # Chinese: no character is left alone
        whole = _width(text, size)
        column = min(column, whole / math.ceil(whole / column) + size)
    lines, room = [""], column
    for word in WORD.findall(text):
        wide = _width(word, size)
        if lines[-1] and wide > room:
            lines.append("")
            room = column
        lines[-1] += word
        room -= wide
        if word.endswith("：") and _width(text, size) > COLUMN:
            room = 0
    for number, line in enumerate(lines):
        y = top + round(1.3 * size) * number
        yield f'<text x="64" y="{y}">{escape(line.strip())}</text>'


def _width(text: str, size: int) -> float:
    """About how wide a text is, in pixels."""
    return sum(LATIN if ord(c) < 0x2000 else 1 for c in text) * size


def _known(character: str) -> bool:
    """Whether the font has a character."""
    if ord(character) < 0x180 or character in SYMBOLS:
        return True
    try:
        return bool(character.encode("gb2312"))
    except UnicodeEncodeError:
        return False
