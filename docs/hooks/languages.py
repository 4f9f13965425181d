"""Build both languages with one command, and let them share docs/assets.

mkdocs.yml is the Chinese site. When it is built, the English one follows into
`<site_dir>/en`: each has its own search index, 404 page and `lang`.
"""

import logging
import os
import sys
from pathlib import Path
from typing import Any

import jieba
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from docs.hooks import glossary, proof  # noqa: E402 (found by the line above)

ASSETS = ROOT / "docs" / "assets"
ENGLISH = ROOT / "mkdocs.en.yml"


def on_startup(**kwargs: Any) -> None:
    """Keep the terminal for what its reader can act on."""
    for chatty in ("jieba", "mkdocs.plugins.mkdocs_macros.util"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Tell the templates where the whole site lives."""
    language = config.extra["languages"][config.theme["language"]]
    prefix = language["prefix"]
    if prefix and not (config.site_url or "").endswith(f"/{prefix}"):
        config.site_url = f"{(config.site_url or '/').rstrip('/')}/{prefix}"
    # The site shows no date of the build; sitemap.xml.gz would hold one.
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    _teach_search_our_terms()
    return config


def _teach_search_our_terms() -> None:
    """Let the search index keep 感受野 as one word, and not as 感受 and 野."""
    terms = glossary.read(ROOT)[0]
    for word in glossary.search_words(terms.values()):
        jieba.add_word(word)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the shared assets to the language that is being built.

    The tests of the lessons are among them, as text, for pages to link to.
    """
    shared = {
        f"assets/{path.relative_to(ASSETS).as_posix()}": path
        for path in sorted(ASSETS.rglob("*"))
        if path.is_file() and not _is_for_notebooks(path)
    }
    for path in sorted((ROOT / "tests" / "lessons").glob("test_*.py")):
        shared[proof.published(path)] = path
    for uri, path in shared.items():
        files.append(File.generated(config, uri, abs_src_path=str(path)))
    return files


def _is_for_notebooks(path: Path) -> bool:
    """Whether it is a recorded figure as PNG; pages show the SVG."""
    return path.suffix == ".png" and path.with_suffix(".svg").is_file()


def on_post_page(output: str, config: MkDocsConfig, **kwargs: Any) -> str:
    """Name the search dialog, which the theme leaves without a name."""
    name = config.extra["languages"][config.theme["language"]]["search"]
    dialog = 'data-md-component="search" role="dialog"'
    return output.replace(dialog, f'{dialog} aria-label="{name}"', 1)


def on_post_build(config: MkDocsConfig) -> None:
    """After the Chinese site, build the English one below it."""
    if Path(config.config_file_path) == ENGLISH:
        return
    english = load_config(
        str(ENGLISH),
        site_url=config.site_url,
        site_dir=str(Path(config.site_dir) / "en"),
        strict=config.strict,
    )
    english.plugins.on_startup(command="build", dirty=False)
    build(english)
    english.plugins.on_shutdown()
