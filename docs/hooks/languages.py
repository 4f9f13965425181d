"""Build both languages with one command, and let them share docs/assets.

mkdocs.yml is the Chinese site. When it is built, the English one is, too, into
`<site_dir>/en`: each has its own search index, 404 page and `lang`.
"""

import gc
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation, Section
from watchdog.observers.polling import PollingObserver

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # for all hooks: this is the first of them

from docs.hooks import english, served, serving, shipped, store  # noqa: E402
from tests.harness import datasets  # noqa: E402

log = logging.getLogger("mkdocs.hooks.languages")
ASSETS = ROOT / "docs" / "assets"
LOOK = 0.25  # seconds between two looks at the sources; each takes 0.02
NOWHERE = (
    "SITE_URL is not set, so this site is for this computer: its pages and its "
    f"sitemap name no address, notebooks and scripts name {shipped.SERVED} and "
    "say so, and 404.html looks for its style sheets at the root of a domain. "
    "To publish, build with the site's address: "
    "SITE_URL=https://example.org/course/ make site"
)

_built: Callable[[], None]  # to be called when the Chinese site is built


def on_startup(command: str, **kwargs: Any) -> None:
    """Tell whether a server shows the site; of a build, say what is wrong."""
    if command == "serve":
        served.start()
    gc.set_threshold(100_000, 50, 50)  # little of what is made is garbage
    told = logging.getLogger("mkdocs")
    if command == "build" and told.level == logging.INFO:
        # Warnings alone; `--quiet` would hide them from `--strict`, too.
        for handler in told.handlers:
            handler.setLevel(max(handler.level, logging.WARNING))


def on_shutdown() -> None:
    """End what builds the English site for a server."""
    english.end()


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
    """Name the groups of pages in the language of the site."""
    language = config.extra["languages"][config.theme["language"]]
    names = language.get("groups", {})
    for section in nav.items:
        if isinstance(section, Section):
            section.title = names.get(section.title, section.title)
    return nav


def on_env(env: Any, config: MkDocsConfig, files: Files) -> None:
    """Let pages and the sitemap name no address if it is not known."""
    for file in files.documentation_pages():
        if config.extra["is_unknown"] and file.page:
            file.page.canonical_url = None


@event_priority(100)  # before the search plugin, which reads a template
def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Tell the templates where the whole site lives."""
    language = config.extra["languages"][config.theme["language"]]
    prefix = language["prefix"]
    root = (config.site_url or "/").removesuffix(prefix)
    # Where the theme keeps what a reader chose, such as the colors.
    config.extra["scope"] = urlsplit(root).path
    if prefix and not (config.site_url or "").endswith(f"/{prefix}"):
        config.site_url = f"{(config.site_url or '/').rstrip('/')}/{prefix}"
    # The site shows no date of the build; sitemap.xml.gz would hold one.
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    make = config.theme.get_env
    config.theme.get_env = lambda: make().overlay(
        bytecode_cache=store.TEMPLATES
    )
    config.extra["is_unknown"] = shipped.is_unknown(root)
    return config


def on_pre_build(config: MkDocsConfig) -> None:
    """Under `make serve`, begin with the English site, if it has changed."""
    if not served.is_on or _is_english(config):
        return
    global _built
    english.settle()
    _built = serving.begin("zh")
    is_afresh = served.afresh(config.site_dir, serving.files())
    if is_afresh or not serving.is_current("en"):
        english.begin(is_afresh, _options(config))


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the shared assets to the language that is being built.

    The tests of the lessons are among them, as text, for pages to link to,
    and MNIST, unless it is damaged: then a site can be looked at without it,
    but `make site` builds none.
    """
    shared = {
        f"assets/{path.relative_to(ASSETS).as_posix()}": path
        for path in sorted(ASSETS.rglob("*"))
        if path.is_file() and not _is_for_notebooks(path)
    }
    tests = ROOT / "tests" / "lessons"
    for path in sorted([*tests.glob("test_*.py"), tests / "witnesses.py"]):
        shared[shipped.published(path)] = path
    if not _is_english(config):  # which links to the one copy, as it is large
        try:
            shared[shipped.COPY] = shipped.file(ROOT)
        except datasets.DamagedData as error:
            # An error, as `make site` shows no warnings.
            log.error("Without MNIST for readers: %s", error)
    for uri, path in shared.items():
        files.append(File.generated(config, uri, abs_src_path=str(path)))
    return files


def _is_for_notebooks(path: Path) -> bool:
    """Whether it is a recorded figure as PNG; pages show the SVG."""
    return path.suffix == ".png" and path.with_suffix(".svg").is_file()


def on_post_page(output: str, config: MkDocsConfig, **kwargs: Any) -> str:
    """Name what the theme leaves without a name, and out of Tab's way.

    On a small screen, menu and search open with a click on a label.
    """
    words = config.extra["languages"][config.theme["language"]]
    dialog = 'data-md-component="search" role="dialog"'
    name = f'{dialog} aria-label="{words["search"]}"'
    output = output.replace(dialog, name, 1)
    # site.js does it; the theme would style all of a page anew four times.
    output = output.replace(' data-md-component="palette"', "", 1)
    said = 'data-md-component="dialog"'  # that code is copied, for all to hear
    output = output.replace(said, f'{said} role="status"', 1)
    for each, word in (("drawer", "menu"), ("search", "search")):
        label = f'<label class="md-header__button md-icon" for="__{each}"'
        more = f'{label} title="{words[word]}" tabindex="0"'
        output = output.replace(label, more, 1)
    return output


def on_post_template(
    output: str, template_name: str, config: MkDocsConfig
) -> str:
    """Name it on the page that tells that there is none, too."""
    is_page = template_name.endswith(".html")
    return on_post_page(output, config=config) if is_page else output


@event_priority(-50)  # at the end: if it fails, all of the Chinese one is made
def on_post_build(config: MkDocsConfig) -> None:
    """Build the English site as well, or wait until it is built."""
    if _is_english(config):
        return
    if served.is_on:
        _built()
        english.wait()
        return
    english.build(**_options(config))
    if config.extra["is_unknown"]:
        print(NOWHERE, file=sys.stderr)  # a warning would fail `--strict`


def on_serve(
    server: LiveReloadServer, config: MkDocsConfig, builder: Callable[[], None]
) -> LiveReloadServer:
    """Look for saves often; build only the languages that one concerns."""

    def rebuild() -> None:
        store.start()
        if not serving.is_current("zh"):
            builder()
        elif not serving.is_current("en"):
            english.begin(False, _options(config))
            english.wait()

    server.builder = rebuild
    watched = [*server._watched_paths]
    for path in watched:
        server.unwatch(path)
    server.observer = PollingObserver(timeout=LOOK)
    for path in watched:
        server.watch(path)
    return server


def _is_english(config: MkDocsConfig) -> bool:
    return Path(config.config_file_path) == english.CONFIG


def _options(config: MkDocsConfig) -> dict[str, Any]:
    """What the English site has from the configuration of the Chinese one."""
    return {
        "site_url": config.site_url,
        "site_dir": str(Path(config.site_dir) / "en"),
        "strict": config.strict,
    }
