"""All names that pages can quote: numbers, proofs, the glossary."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from docs.hooks import bars, glossary, proof, results, shipped
from docs.hooks.accounts import Sources
from tests.harness import page, quote, settings
from tests.harness.block import Page
from tests.harness.lesson import read_lesson


def known(
    root: Path,
    language: str,
    sources: Sources | None = None,
    read: Mapping[str, Page] | None = None,
) -> dict[str, Any]:
    """All names that a page can use between braces.

    Records and pages that are read already can be given.

    Those of `quote.numbers`; `runs`, the same by lesson, for a page about all
    of them, in the order of the site; `drawings`, see there; `proof(page)`,
    see `proof.of`; `results(lesson)`, see `results.shown`; `long(lesson)`, the
    number of its sections that run only when it is recorded; `other_pages()`,
    the names of those that are no lesson; `glossary()`, see `glossary.shown`;
    `shipped`, the site's copy of MNIST, see `shipped.copy`; and `bar(ratio,
    most)`, see `bars.bar`. `totals()`
    counts what all pages together have of what `proof` tells of one, and says
    when the last run was.
    """
    sources = sources or Sources(root, quote.numbers(root))
    recorded = sources.recorded
    drawn = quote.drawings(root)
    # A lesson that the site does not list yet stands at the end.
    order = dict.fromkeys([*settings.navigation(root), *recorded, *drawn])
    lessons = {
        name: recorded[name]
        for name in order
        if name in recorded and name != "benchmarks"
    }

    @cache
    def pages() -> Mapping[str, Page]:
        if read is not None:
            return read
        files = page.files(root, language)
        return {file.stem: page.read(file, root) for file in files}

    @cache
    def words() -> list[results.Result]:
        return results.read(root)[0]

    def shown(lesson: str) -> list[dict[str, Any]]:
        of_lesson = [each for each in words() if each.lesson == lesson]
        return results.shown(of_lesson, lessons[lesson], language)

    def totals() -> dict[str, Any]:
        of_pages = [prove(name) for name in pages()]
        counted = "blocks", "outputs", "figures", "numbers"
        return {
            **{each: sum(page[each] for page in of_pages) for each in counted},
            "waivers": sum(len(page["waivers"]) for page in of_pages),
            "date": max(kept["evidence"]["date"] for kept in lessons.values()),
        }

    prove = cache(lambda name: proof.of(pages()[name], sources))
    return {
        **recorded,
        "runs": lessons,
        "drawings": {name: drawn[name] for name in order if name in drawn},
        "proof": prove,
        "totals": cache(totals),
        "results": cache(shown),
        "long": lambda name: len(read_lesson(root, name).long),
        "other_pages": lambda: sorted(pages().keys() - lessons.keys()),
        "glossary": lambda: glossary.shown(
            glossary.read(root)[0].values(), pages(), language
        ),
        "shipped": shipped.copy(root),
        "bar": bars.bar,
    }


of_build = cache(known)  # of one build, which forgets what the last one read
