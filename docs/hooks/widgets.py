"""Places below figures for what readers can play with.

mkdocs.yml says which, in `extra.widgets`: for a page, the figure that a widget
stands below, the widget's module in docs/assets/javascripts/widgets, and what
the module is told. The page's Markdown knows nothing of it. When the reader
comes near, site.js loads the module. `data: descent` in an entry adds what
docs/hooks/playable.py reads from the lessons.
"""

import json
import re
from collections.abc import Mapping
from fnmatch import fnmatch
from html import escape
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from docs.hooks import labels, lean, playable
from docs.hooks.store import ROOT

TABLE = "assets/javascripts/widgets/table.js"  # the file in docs/ is English
SCRIPTS = "assets/javascripts/widgets/*.js"
OURS = {"below", "widget", "data"}  # of an entry; the rest is the module's
LISTED = "`extra.widgets` in mkdocs.yml"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Look whether all is there, and write the words of the language."""
    for name, entries in config.extra.get("widgets", {}).items():
        if f"{name}.md" not in files.src_uris:
            raise PluginError(
                f"{LISTED} names the page {name}, which is not there. Expected "
                f"the name of a file in {config.docs_dir}, without .md."
            )
        for entry in entries:
            check(name, entry)
    table = labels.of(config.theme["language"], ROOT)
    said = {text for *_, text in labels.said(ROOT)}
    table = {text: table[text] for text in sorted(said & table.keys())}
    if table:
        if shared := files.get_file_from_path(TABLE):
            files.remove(shared)
        text = json.dumps(table, ensure_ascii=False, indent=2)
        content = f"export const TABLE = {text};\n"
        files.append(File.generated(config, TABLE, content=content))
    for file in files:
        if fnmatch(file.src_uri, SCRIPTS):
            file.content_string = lean.script(file.content_string)
    return files


def check(name: str, entry: Mapping[str, Any]) -> None:
    if missing := {"below", "widget"} - entry.keys():
        raise PluginError(
            f"{LISTED}, {name}: an entry has no `{min(missing)}`. Expected: "
            f"`below: lesson/figure.svg` and `widget: module`."
        )
    script = labels.SCRIPTS / f"{entry['widget']}.js"
    if not (ROOT / script).is_file():
        raise PluginError(
            f"{LISTED}, {name}: there is no {script.as_posix()}. Write it, or "
            f"correct `widget: {entry['widget']}`."
        )
    data = entry.get("data")
    if data and data not in playable.DATA:
        raise PluginError(
            f"{LISTED}, {name}: docs/hooks/playable.py gives no {data}, but "
            f"{', '.join(playable.DATA)}. Correct `data: {data}`."
        )


@event_priority(-95)  # after search and typesetting, before figures.py
def on_page_content(
    html: str, page: Page, config: MkDocsConfig, **kwargs: Any
) -> str:
    """Put the places into a page."""
    name = page.file.src_uri.removesuffix(".md")
    words = config.extra["languages"][config.theme["language"]]["widgets"]
    for entry in config.extra.get("widgets", {}).get(name, ()):
        placed = below(html, entry["below"], of(entry, words))
        if placed is None:
            raise PluginError(
                f"{page.file.src_uri}: {LISTED} has a place below the figure "
                f"{entry['below']}, which the page does not show. Expected a "
                f"file as the page names it, without assets/figures/."
            )
        html = placed
    return html


def of(entry: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """A place as HTML.

    Args:
        entry: of mkdocs.yml.
        words: what is said there before the module is loaded, or instead.
    """
    options = {key: entry[key] for key in entry.keys() - OURS}
    if "data" in entry:
        options |= getattr(playable, entry["data"])(ROOT)
    told = json.dumps(
        options, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    attributes = {
        "widget": entry["widget"],
        "options": told,
        "loading": words["loading"],
        "failed": words["failed"],
    }
    data = "".join(f' data-{k}="{escape(v)}"' for k, v in attributes.items())
    return (
        f'<div class="widget"{data} data-search-exclude>'
        f"<noscript>{words['without']}</noscript></div>"
    )


def below(content: str, figure: str, html: str) -> str | None:
    """A page with HTML below a figure; None if it does not show the figure."""
    image = re.search(
        rf'<img [^>]*assets/figures/{re.escape(figure)}"', content
    )
    if not image:
        return None
    before, after = content[: image.end()], content[image.end() :]
    is_framed = before.rfind("<figure") > before.rfind("</figure>")
    inside, end, rest = after.partition("</figure>" if is_framed else "</p>")
    return f"{before}{inside}{end}\n{html}{rest}"
