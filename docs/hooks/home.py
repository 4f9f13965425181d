"""The home page: a window to move, totals, and a card for each lesson.

Its text is docs/<language>/index.md; docs/overrides/home.html is the page
around it. What stands on a card comes from the navigation, the lesson and its
record; the finding comes from the table below the heading `lessons`.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page

from docs.hooks import cards, classic, figures, labels, lean, playable
from docs.hooks.store import ROOT

PARTS = re.compile(
    r"(?P<opening>.*?)(?P<totals><ul>.*?)"
    r'(?P<heading><h2 id="lessons".*?</h2>)(?P<findings>.*?)(?P<rest><h2.*)',
    re.DOTALL,
)
ROW = re.compile(
    r'<td><a href="(?P<url>[^"]*)">.*?</a></td>\s*<td>(?P<finding>.*?)</td>',
    re.DOTALL,
)
SCRIPT = "assets/javascripts/window.js"
STILL = "convolution/kernels.svg"  # the same digit and kernels, recorded


@event_priority(-50)  # when languages.py has added the shared files
def on_files(files: Files, **kwargs: Any) -> Files:
    """Make one script of the window's and the layers that it computes with.

    The home page asks for no more files than before, and its window also moves
    where it is opened from a disk.
    """
    file = files.src_uris[SCRIPT]
    folder = Path(file.abs_src_path).parent
    text = classic.script(folder, [Path(SCRIPT).stem])
    file.content_string = lean.script(text)
    return files


def on_page_context(
    context: dict[str, Any],
    page: Page,
    config: MkDocsConfig,
    nav: Navigation,
    **kwargs: Any,
) -> None:
    """Give the template of the home page what it shows."""
    if not page.is_homepage:
        return
    parts = PARTS.fullmatch(page.content or "")
    if parts is None:
        raise PluginError(
            f"{page.file.src_uri}: the home page has not the parts that its "
            f"template shows. Expected: a title and a sentence, a list of "
            f"totals, `## … {{#lessons}}` with a table, and more sections. "
            f"Restore what is missing: git diff {config.docs_dir}"
        )
    words = config.extra["languages"][config.theme["language"]]
    found = {row["url"]: row["finding"] for row in ROW.finditer(parts[0])}
    table = labels.of(config.theme["language"], ROOT)
    data = playable.window(ROOT)
    drawing = (figures.FIGURES / STILL).read_text(encoding="utf-8")
    context["home"] = {
        **{name: Markup(text) for name, text in parts.groupdict().items()},
        "words": words["home"],
        "groups": list(_groups(nav, found, config)),
        "kernels": {name: table.get(name, name) for name in data["kernels"]},
        "window": data,
        "still": figures.inline_svg(
            labels.translated(drawing, table), "still", words["home"]["still"]
        ),
    }
    if left := found.keys() - {entry.url for entry in nav.pages}:
        raise PluginError(
            f"{page.file.src_uri}: the table of lessons has {min(left)}, which "
            f"the navigation has not. Expected: the pages that `nav` in "
            f"mkdocs.yml lists. Add it there, or delete the row."
        )


def _groups(
    nav: Navigation, found: Mapping[str, str], config: MkDocsConfig
) -> Iterator[dict[str, Any]]:
    """The groups of the navigation, each with its cards."""
    for section in nav.items:
        if isinstance(section, Section):
            pages = [page for page in section.children or [] if page.is_page]
            yield {
                "title": section.title,
                "cards": [
                    {
                        **cards.of(page, config, ROOT),
                        "finding": found.get(page.url, "").replace(
                            " ± ", "\u00a0±\u00a0"
                        ),
                    }
                    for page in pages
                ],
            }
