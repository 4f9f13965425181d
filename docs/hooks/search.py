"""The search: its index, and the worker that searches it in the browser.

The theme's plugin reads the pages, again only those that have changed. To
what it found this adds what the table of terms knows, the words of readers in
docs/asked.yml, and how much a section should weigh. The theme's worker gives
way to docs/search/worker.js, which says what that one cannot do; dialog and
messages stay the theme's.

Each page loads the theme's index at once, so that one is left empty. Ours is
another file, for which the worker asks when a reader opens the search, see
docs/assets/javascripts/search.js.
"""

import json
import pickle
import re
from collections.abc import Set
from pathlib import Path
from typing import Any

import yaml
from material.plugins.search import plugin
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from docs.hooks import glossary, store
from docs.hooks.store import ROOT
from tests.harness.settings import LOADER

ASKED = "docs/asked.yml"
INDEX = "sections.json"  # as docs/search/worker.js names it
WORKER = "assets/javascripts/workers/search.*.min.js"  # the theme's
OURS = ("minisearch", "words", "query", "rank", "worker")  # one after the other
# Of a section by its id, against 1: they mention what others teach.
WEIGHTS = {
    **dict.fromkeys(("exercises", "remember", "next", "messages"), 0.4),
    **dict.fromkeys(("what-was-run", "sources"), 0.4),
}
EXERCISE = 0.75
OTHER_PAGES = 0.5  # glossary and home: the lessons come first
EARLIER = 0.03  # more for each lesson that builds on this one
MESSAGES = {"boost": 0.8, "message": 2.0}  # of troubleshooting; if one is typed
LEFT_OUT = ("#lessons", "verification/")  # the home page's list, the evidence

# In code, each word has an element of its own, for its color; search has none.
CODE = re.compile(r"<pre\b.*?</pre>", re.DOTALL)
COLOR = re.compile(r"</?span\b[^>]*>")

plugin.jieba = None  # the worker needs no words cut out, if it is installed
_lessons: list[str] = []


def on_pre_build(config: MkDocsConfig) -> None:
    """Let the search plugin find each page read."""
    index = config.plugins["material/search"].search_index
    index.add_entry_from_context = lambda page: None


def on_nav(nav: Navigation, **kwargs: Any) -> None:
    """Learn the order of the lessons: the navigation is it."""
    pages = (page.file.src_uri.removesuffix(".md") for page in nav.pages)
    _lessons[:] = [page for page in pages if _is_lesson(page)]


@event_priority(-50)  # when the page has its title; before typesetting.py
def on_page_content(
    html: str, page: Page, config: MkDocsConfig, **kwargs: Any
) -> None:
    """Read a page, or take what a build before has read."""
    page.content = html
    index = config.plugins["material/search"].search_index
    _add(index, config.theme["language"], page)


def on_post_build(config: MkDocsConfig) -> None:
    """Complete the index, and put our worker where the theme has its own."""
    site, language = Path(config.site_dir), config.theme["language"]
    path = site / "search" / "search_index.json"
    index = json.loads(path.read_text(encoding="utf-8"))
    _write(path.with_name(INDEX), complete(index, language, _lessons))
    _write(path, {**index, "docs": []})
    (worker,) = site.glob(WORKER)  # another name would leave the theme's
    paths = [ROOT / "docs/search" / f"{name}.js" for name in OURS]
    scripts = [script.read_text(encoding="utf-8") for script in paths]
    worker.write_text("\n".join(scripts), encoding="utf-8", newline="\n")


def complete(
    index: dict[str, Any], language: str, lessons: list[str]
) -> dict[str, Any]:
    """The index with names of terms, with weights, and without lists.

    Args:
        index: as the theme's plugin writes it.
        language: of the site; names in it come first.
        lessons: their names, in the order in which they are read.
    """
    docs = []
    asked = _asked({entry["location"] for entry in index["docs"]})
    for entry in index["docs"]:
        page, _, section = entry["location"].partition("#")
        page = page.rstrip("/")
        if entry["location"].startswith(LEFT_OUT):
            continue
        docs.append({**entry, "boost": _weight(page, section, lessons)})
        if words := asked.get(entry["location"]):
            docs[-1]["asked"] = words
        if page == "troubleshooting" and section not in WEIGHTS:
            docs[-1].update(MESSAGES)
    terms = [
        {"names": _names(term, language), "taught": _location(term)}
        for term in glossary.read(ROOT)[0].values()
    ]
    return {"config": {**index["config"], "terms": terms}, "docs": docs}


def _asked(locations: Set[str]) -> dict[str, str]:
    """The words of readers, for each section by its place in the index."""
    table = yaml.load((ROOT / ASKED).read_text("utf-8"), LOADER)
    found = {}
    for where, words in table.items():
        page, _, section = where.partition("#")
        folder = "" if page == "index" else f"{page}/"
        place = f"{folder}#{section}"
        if section == page:  # its title, where its text needs no entry
            place = folder
        if place not in locations:
            raise PluginError(
                f"{ASKED}: there is no section {where}. Expected: a page and "
                f"the id of one of its headings, as in mnist_convnet#train. "
                f"If the heading has another id now, use that one."
            )
        found[place] = words
    return found


def _location(term: glossary.Term) -> str:
    """Of the section that teaches a term, as the index has it."""
    # The id of a page's title is its name, and not in its address.
    is_page = term.section == term.page.replace("_", "-")
    return f"{term.page}/" + ("" if is_page else f"#{term.section}")


def _names(term: glossary.Term, language: str) -> list[str]:
    """All words that ask for a term, also names that the site does not use."""
    order = sorted(glossary.LANGUAGES, key=lambda each: each != language)
    names = [
        str(name)
        for each in order
        for name in (
            term.names[each],
            *term.also.get(each, ()),
            *term.rejected.get(each, ()),
        )
    ]
    return list(dict.fromkeys([*names, *term.asked]))


def _weight(page: str, section: str, lessons: list[str]) -> float:
    """How much a section counts: what teaches, before what mentions."""
    if page not in lessons:
        return OTHER_PAGES
    earlier = 1 + EARLIER * (len(lessons) - lessons.index(page))
    exercise = EXERCISE if section.startswith("exercise-") else 1
    return round(earlier * exercise * WEIGHTS.get(section, 1), 3)


def _is_lesson(page: str) -> bool:
    return (ROOT / "snippets" / f"{page}.py").is_file()


def _write(path: Path, index: dict[str, Any]) -> None:
    text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
    path.write_text(text, encoding="utf-8", newline="\n")


def _add(index: plugin.SearchIndex, language: str, page: Page) -> None:
    """Add a page, as `SearchIndex.add_entry_from_context` does."""
    parts = (page.content, page.url, page.title, page.meta)
    before = index.entries

    def make() -> list[dict[str, str]]:
        content = page.content or ""
        index.entries = []
        page.content = CODE.sub(lambda code: COLOR.sub("", code[0]), content)
        plugin.SearchIndex.add_entry_from_context(index, page)
        page.content = content
        return index.entries

    found = store.kept(
        f"{language}/{page.file.src_uri}.search",
        (*parts, pickle.dumps(page.toc)),
        make,
    )
    index.entries = before + found
