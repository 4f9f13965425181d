"""What stands around a lesson's text: its place, its cost, other forms of it.

Above the title, the part and the number of the lesson; below it, what it
takes and when it was recorded, and links to its other forms. All comes from
the navigation and the record. On every page, the footer names the licenses.
"""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from docs.hooks import cards, copies, maker, reading_time, store
from docs.hooks.store import ROOT
from tests.harness import page as pages
from tests.harness import settings
from tests.harness.record import Record

FOLDER = "notebooks"
BRANCH = "notebooks"  # which publishing fills, for Colab to open them from
EDITED = "main"  # the branch that the links to edit a page lead to
GITHUB = re.compile(r"https://github\.com/(?P<project>[\w.-]+/[\w.-]+?)/?$")
COLAB = "https://colab.research.google.com/github"
RELEASE = re.compile(r"^## \[([^]]+)\]", re.MULTILINE)


def on_config(config: MkDocsConfig) -> None:
    """Say where pages are edited, and what the footer says."""
    language = config.theme["language"]
    if config.repo_url:
        config["edit_uri"] = f"edit/{EDITED}/docs/{language}/"
    words = config.extra["languages"][language]["footer"]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    release = RELEASE.search(changes)
    version = release[1] if release else "Unreleased"
    lessons = recorded()
    dates = [Record(ROOT, each).evidence()["date"] for each in lessons]
    config["copyright"] = words["license"] + (
        words["unreleased"] if version == "Unreleased" else words["version"]
    ).format(version=escape(version), date=max(dates, default="–"))


def on_page_content(
    html: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Put around a lesson's title what the record knows of the lesson."""
    lesson = page.file.src_uri.removesuffix(".md")
    if f"{lesson}.md" != page.file.src_uri or lesson not in recorded():
        return html
    words = config.extra["languages"][config.theme["language"]]
    evidence = Record(ROOT, lesson).evidence()
    path = ROOT / config.docs_dir / page.file.src_uri
    read = pages.read(path, ROOT)
    minutes = max(1, round(reading_time.minutes(read, ROOT)))
    proof = get_relative_url(f"verification/#{lesson}", page.url)
    is_read = not reading_time.is_looked_up(read.source)
    facts = [
        *[words["forms"]["time"].format(minutes)][:is_read],
        _cost(evidence, words["head"]),
        _seeds(evidence["seeds"], words["head"]),
        words["head"]["recorded"].format(evidence["date"]),
        f'<a href="{proof}">{words["head"]["evidence"]}</a>',
    ]
    base = f"{FOLDER}/{lesson}/"
    links = {
        words["forms"]["notebook"]: get_relative_url(base, page.url),
        **downloads(lesson, page, config),
        "Markdown": get_relative_url(copies.place(page), page.url),
    }
    above = _place(page, words["head"], files) if is_read else ""
    below = (
        f'<p class="facts"><span>{" ·</span> <span>".join(facts)}</span></p>'
        f"{bar(words['forms']['label'], links)}"
    )
    html = html.replace("<h1", f"{above}<h1", 1)
    return html.replace(
        "</h1>",
        f'</h1>\n<div class="below-title" data-search-exclude>{below}</div>',
        1,
    )


@store.once
def recorded() -> list[str]:
    """The lessons with a record, in the order of the site."""
    order = {name: n for n, name in enumerate(settings.navigation(ROOT))}
    names = maker.lessons(ROOT)
    there = [name for name in names if Record(ROOT, name).evidence()]
    return sorted(there, key=lambda name: order.get(name, len(order)))


def downloads(lesson: str, page: Page, config: MkDocsConfig) -> dict[str, str]:
    """What links to a lesson's files say, and where they lead from a page."""
    language = config.theme["language"]
    words = config.extra["languages"][language]["forms"]
    file = f"{FOLDER}/{lesson}/{lesson}"
    links = {
        words["download"]: get_relative_url(f"{file}.ipynb", page.url),
        words["script"]: get_relative_url(f"{file}.py", page.url),
    }
    if project := GITHUB.match(config.repo_url or ""):
        links[words["colab"]] = (
            f"{COLAB}/{project['project']}/blob/{BRANCH}/{language}/"
            f"{lesson}.ipynb"
        )
    return links


def bar(label: str, links: dict[str, str]) -> str:
    """Links as HTML: what each says, and where it leads."""
    items = []
    for text, address in links.items():
        is_file = address.endswith((".py", ".ipynb")) and ":" not in address
        download = " download" if is_file else ""
        items.append(
            f'<li><a href="{escape(address)}"{download}>{escape(text)}</a></li>'
        )
    return (
        f'<nav class="forms" aria-label="{escape(label)}">'
        f"<ul>{''.join(items)}</ul></nav>"
    )


def _place(page: Page, words: dict[str, str], files: Files) -> str:
    """The part and the number of a lesson, as a line above its title."""
    if page.parent is None:
        return ""  # the navigation does not list it yet
    lessons, parts = _course(files)
    said = words["place"].format(
        part=parts.index(page.parent.title) + 1,
        name=escape(page.parent.title),
        number=lessons.index(page.file.src_uri.removesuffix(".md")) + 1,
        of=len(lessons),
    )
    return f'<p class="place" data-search-exclude>{said}</p>\n'


@store.once
def _course(files: Files) -> tuple[list[str], list[str]]:
    """The lessons that are read from end to end, and the parts they make."""
    lessons, parts = [], {}
    for name in recorded():
        file = files.src_uris.get(f"{name}.md")
        if file and not reading_time.is_looked_up(file.content_string):
            lessons.append(name)
            if file.page and file.page.parent:
                parts[file.page.parent.title] = None
    return lessons, [*parts]


def _cost(evidence: dict[str, Any], words: dict[str, str]) -> str:
    """How long a run took, and on what."""
    unit, time = cards.took(evidence["seconds"])
    device = evidence["device"]
    if device == "CPU":
        device = words["cores"].format(evidence["cores"])
    return words[unit].format(time=time, device=device)


def _seeds(seeds: Sequence[int | None], words: dict[str, str]) -> str:
    random = [seed for seed in seeds if seed is not None]
    if not random:
        return words["fixed"]
    return words["seed" if len(random) == 1 else "seeds"].format(len(random))
