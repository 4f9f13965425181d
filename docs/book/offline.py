"""The built site as an archive that opens from a disk, without a server.

There a link has to name a file, and the browser starts no worker, fetches
nothing and loads no module: the search and what it searches become scripts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape, unescape
from pathlib import Path, PurePosixPath
from typing import Any

from docs.hooks import classic, shipped
from tests.harness import settings
from tests.harness.record import Record

from .files import Trouble, archive, complete

ROOT = Path(__file__).parents[2]
NAME = "vision-offline.zip"
FOLDER = "deep-learning-for-vision"  # all of it, where the archive is opened
LINK = re.compile(r'(?P<before> (?:href|src)=")(?P<target>[^"]*)"')
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|/|#|\?", re.IGNORECASE)
# Only a server needs these, or those who read what it tells of itself.
LEFT_OUT = re.compile(
    r"(en/)?(404\.html|sitemap\.xml(\.gz)?|assets/sharing/.*"
    r"|search/search_index\.json|.*\.map)"
)
SECTIONS = "search/sections.json"
WORKER = re.compile(r"assets/javascripts/workers/search\..*\.js")
# What the worker calls is handed to it; see docs/search/disk.js.
CALLED = """globalThis.startSearch = (addEventListener, postMessage, fetch) =>
{{
{}
}};
"""
STARTER = "assets/javascripts/search.js"  # of the search, in each page
WIDGET = re.compile(r'<div class="widget[^>]* data-widget="(\w+)"')
WIDGETS = "assets/javascripts/widgets"
SCRIPTS = ("disk_files.js", "disk.js")  # of the widgets
SITE_SCRIPT = re.compile(
    r'<script src="(?P<up>(?:\.\./)*)assets/javascripts/site\.js"></script>'
)
DISK = ROOT / "docs/search/disk.js"
NOTEBOOK = "notebook"  # Jupyter; any version will do
LANGUAGES = {"zh": "", "en": "en/"}


def write(site: Path, folder: Path, address: str) -> Path:
    """Write the archive.

    Args:
        site: the built site's folder.
        folder: for the archive.
        address: that the site was built for.

    Raises:
        Trouble: it cannot be written.
    """
    path = folder / NAME
    with complete(path) as part:
        archive(part, entries(site, address))
    return path


def entries(site: Path, address: str) -> Iterator[tuple[str, bytes]]:
    """What is in it: names and contents."""
    if not (site / shipped.COPY).is_file():
        raise Trouble(
            f"The site has no {shipped.COPY}, which lessons need where there "
            f"is no network. Restore snippets/data/mnist.npz: git checkout "
            f"snippets/data"
        )
    for path in sorted(site.rglob("*")):
        name = path.relative_to(site).as_posix()
        if path.is_file() and not LEFT_OUT.fullmatch(name):
            yield from _entry(name, path.read_bytes(), address)
    for language, prefix in LANGUAGES.items():
        for script, text in _widgets(site / prefix):
            yield f"{FOLDER}/{prefix}{script}", text.encode()
        text = (Path(__file__).parent / f"readme.{language}.txt").read_text(
            encoding="utf-8"
        )
        yield f"{FOLDER}/README.{language}.txt", text.encode()
    yield f"{FOLDER}/requirements.txt", requirements().encode()


def requirements() -> str:
    """The packages of all lessons, in the versions that they were run with."""
    lessons = settings.navigation(ROOT)
    found: dict[str, str] = {}
    for lesson in lessons:
        found.update(Record(ROOT, lesson).evidence().get("versions", {}))
    pinned = [f"{name}=={found[name]}\n" for name in sorted(found)]
    return "".join([*pinned, f"{NOTEBOOK}\n"])


def _entry(name: str, data: bytes, address: str) -> Iterator[tuple[str, bytes]]:
    """A file of the site as the disk needs it."""
    local = name.removeprefix(LANGUAGES["en"])
    begun = f"{FOLDER}/{name[: len(name) - len(local)]}"
    if name.endswith(".html"):
        yield f"{begun}{local}", page(data.decode(), name, address).encode()
    elif local == SECTIONS:
        for script, text in _index(json.loads(data)):
            yield f"{begun}{script}", text.encode()
    elif WORKER.fullmatch(local):
        yield f"{begun}{local}", CALLED.format(data.decode()).encode()
    elif local == STARTER:
        yield f"{begun}{local}", DISK.read_bytes() + data
    else:
        yield f"{begun}{local}", data


def _widgets(site: Path) -> Iterator[tuple[str, str]]:
    """What readers can play with, and its data, as two scripts."""
    pages = (path.read_text("utf-8") for path in site.glob("*/index.html"))
    names = {name for page in pages for name in WIDGET.findall(page)}
    if names:
        try:
            made = classic.script(site / WIDGETS, sorted(names))
        except classic.Refused as error:
            raise Trouble(str(error)) from None
        yield f"{WIDGETS}/{SCRIPTS[0]}", classic.files(site / "assets/widgets")
        yield f"{WIDGETS}/{SCRIPTS[1]}", made


def _index(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What is searched, as scripts: ours, and the empty one of the theme."""

    def place(location: str) -> str:
        page, mark, section = location.partition("#")
        return f"{page}index.html{mark}{section}"

    for entry in found["docs"]:
        entry["location"] = place(entry["location"])
    for term in found["config"]["terms"]:
        term["taught"] = place(term["taught"])
    yield "search/sections.js", f"globalThis.searchSections = {_json(found)};"
    theme = {"config": found["config"], "docs": []}
    yield "search/search_index.js", f"var __index = {_json(theme)};"


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def page(html: str, name: str, address: str) -> str:
    """A page whose links name files."""

    def named(link: re.Match[str]) -> str:
        target = unescape(link["target"])
        if target == f"{address}{shipped.COPY}":
            target = "../" * name.count("/") + shipped.COPY
        return f'{link["before"]}{escape(file_of(target))}"'

    if WIDGET.search(html):
        html = SITE_SCRIPT.sub(_with_widgets, html)
    return LINK.sub(named, html)


def _with_widgets(script: re.Match[str]) -> str:
    """The scripts of the widgets, before the one that looks for them."""
    folder = f"{script['up']}{WIDGETS}"
    tags = [f'<script src="{folder}/{name}"></script>' for name in SCRIPTS]
    return "".join([*tags, script[0]])


def file_of(target: str) -> str:
    """A relative link with the file that a server would find in a folder."""
    if not target or ELSEWHERE.match(target):
        return target
    end = re.search(r"[?#]|$", target)
    assert end
    path, rest = target[: end.start()], target[end.start() :]
    last = PurePosixPath(path).name
    if path.endswith("/") or last in {"", ".", ".."}:
        path = f"{path.rstrip('/') or '.'}/index.html"
    return path + rest
