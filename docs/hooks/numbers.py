"""All names that pages can quote: numbers, proofs, the glossary."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from docs.hooks import glossary, proof
from docs.hooks.accounts import Sources
from tests.harness import page, quote
from tests.harness.block import Page


def known(
    root: Path,
    language: str,
    sources: Sources | None = None,
    read: Mapping[str, Page] | None = None,
) -> dict[str, Any]:
    """All names that a page can use between braces.

    Records and pages that are read already can be given.

    Those of `quote.numbers`; `runs`, the same by lesson, for a page about all
    of them; `drawings`, see there; `proof(page)`, see `proof.of`;
    `other_pages()`, the names of those that are no lesson; and `glossary()`,
    see `glossary.shown`.
    """
    sources = sources or Sources(root, quote.numbers(root))
    recorded = sources.recorded
    lessons = {n: runs for n, runs in recorded.items() if n != "benchmarks"}

    @cache
    def pages() -> Mapping[str, Page]:
        if read is not None:
            return read
        files = page.files(root, language)
        return {file.stem: page.read(file, root) for file in files}

    return {
        **recorded,
        "runs": lessons,
        "drawings": quote.drawings(root),
        "proof": cache(lambda name: proof.of(pages()[name], sources)),
        "other_pages": lambda: sorted(pages().keys() - lessons.keys()),
        "glossary": lambda: glossary.shown(
            glossary.read(root)[0].values(), pages(), language
        ),
    }


of_build = cache(known)  # of one build, which forgets what the last one read
