"""Words of the search index: read again only on pages that have changed."""

import pickle
import sys
from functools import lru_cache, partial
from pathlib import Path

import jieba
from material.plugins.search.plugin import SearchIndex
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from docs.hooks import glossary, store  # noqa: E402 (found by the line above)


def on_pre_build(config: MkDocsConfig) -> None:
    """Let the search plugin look for what a build before has found."""
    index = config.plugins["material/search"].search_index
    terms = glossary.read(ROOT)[0].values()
    index.add_entry_from_context = partial(
        _add,
        index,
        config.theme["language"],
        tuple(glossary.search_words(terms)),
    )


def _add(
    index: SearchIndex, language: str, words: tuple[str, ...], page: Page
) -> None:
    """Add a page, as `SearchIndex.add_entry_from_context` does."""
    parts = (page.content, page.url, page.title, page.meta)
    before = index.entries

    def make() -> list[dict[str, str]]:
        _teach(words)
        index.entries = []
        SearchIndex.add_entry_from_context(index, page)
        return index.entries

    found = store.kept(
        f"{language}/{page.file.src_uri}.search",
        (*parts, pickle.dumps(page.toc), words),
        make,
    )
    index.entries = before + found


@lru_cache(maxsize=1)  # until the terms change
def _teach(words: tuple[str, ...]) -> None:
    """Let jieba keep 感受野 as one word, and not as 感受 and 野."""
    jieba.dt.initialized = False  # it forgets what it was taught before
    for word in words:
        jieba.add_word(word)
