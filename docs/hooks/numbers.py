"""All names that pages can quote: numbers, proofs, the glossary.

Those of `quote.numbers`; `runs`, the same by lesson, for a page about all of
them, in the order of the site; `drawings`, see there; `proof(page)`, see
`proof_of`, and `totals()`, which counts it for all pages together and says when
the last run was; `results(lesson)`, see `results.shown`; `long(lesson)`, the
number of its sections that run only when it is recorded; `other_pages()`, the
names of those that are no lesson; `glossary()`, see `glossary.shown`;
`shipped`, the site's copy of MNIST, see `shipped.copy`; and `bar(ratio, most)`,
see `results.bar`.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from docs.hooks import glossary, results, shipped, store
from docs.hooks.accounts import FACTS, HOW, Accounts, Sources, annotated
from tests.harness import cell, page, quote, settings
from tests.harness.block import Page
from tests.harness.lesson import read_lesson
from tests.harness.record import OUTPUTS


def known(
    root: Path,
    language: str,
    sources: Sources | None = None,
    read: Mapping[str, Page] | None = None,
    prove: Callable[[Page, Sources], dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """All names that a page can use between braces.

    Records and pages that are read already can be given, and another way to
    get at what `proof_of` finds.
    """
    sources = sources or Sources(root, quote.numbers(root))
    recorded = sources.recorded
    drawn = quote.drawings(root)
    # A lesson that the site does not list yet stands at the end.
    order = dict.fromkeys([*settings.navigation(root), *recorded, *drawn])
    lessons = {name: recorded[name] for name in order if name in recorded}
    lessons.pop("benchmarks", None)

    @cache
    def pages() -> Mapping[str, Page]:
        if read is not None:
            return read
        files = page.files(root, language)
        return {file.stem: page.read(file, root) for file in files}

    words = cache(lambda: results.read(root)[0])

    def shown(lesson: str) -> list[dict[str, Any]]:
        of_lesson = [each for each in words() if each.lesson == lesson]
        return results.shown(of_lesson, lessons[lesson], language)

    prove = prove or proof_of
    proof = cache(lambda name: prove(pages()[name], sources))
    return {
        **recorded,
        "runs": lessons,
        "drawings": {name: drawn[name] for name in order if name in drawn},
        "proof": proof,
        "totals": cache(lambda: _totals(map(proof, pages()), lessons)),
        "results": cache(shown),
        "long": lambda name: len(read_lesson(root, name).long),
        "other_pages": lambda: sorted(pages().keys() - lessons.keys()),
        "glossary": lambda: glossary.shown(
            glossary.read(root)[0].values(), pages(), language
        ),
        "shipped": shipped.copy(root),
        "bar": results.bar,
    }


def _totals(
    proofs: Iterable[dict[str, Any]], lessons: Mapping[str, Any]
) -> dict[str, Any]:
    of_pages = list(proofs)
    counted = "blocks", "outputs", "figures", "numbers"
    return {
        **{each: sum(page[each] for page in of_pages) for each in counted},
        "waivers": sum(len(page["waivers"]) for page in of_pages),
        "date": max(kept["evidence"]["date"] for kept in lessons.values()),
    }


@store.once
def of_build(root: Path, language: str) -> dict[str, Any]:
    """The same; a page of which nothing has changed is not proven again."""
    return known(root, language, prove=_proof)


def proof_of(page: Page, sources: Sources) -> dict[str, Any]:
    """How a page is proven, counted from the sources: it is never out of date.

    Returns:
        title: of the page.
        blocks, outputs, figures: how many are run, shown and drawn.
        numbers: how many stand in the prose; of these are quoted, shown,
            derived, tested, facts and waived.
        claims, tests: conditions evaluated, tests named.
        waivers: [{"subject": ..., "reason": ...}, ...].

    Raises:
        cell.PageError: its code cannot be read, so it would not run.
    """
    counts = Accounts(page, sources).counts
    outputs = f"{OUTPUTS.as_posix()}/"
    named = {a.text for a in page.annotations if a.kind == "tested"}
    return {
        "title": next((h.text for h in page.of("heading")), page.name),
        "blocks": sum(c.is_run for c in cell.cells(page, sources.root)),
        "outputs": sum(t.startswith(outputs) for t in page.includes()),
        "figures": len(list(page.of("figure"))),
        "numbers": sum(counts.values()),
        **{how: counts[how] for how in HOW},
        "claims": len(annotated(page, "claim")),
        "tests": len(named),
        "waivers": [
            {"subject": annotation.subject, "reason": annotation.text}
            for annotation in page.annotations
            if annotation.kind == "waived"
        ],
    }


def _proof(page: Page, sources: Sources) -> dict[str, Any]:
    """As `proof_of`; as a build before has found it of the same."""
    read = {target.partition(":")[0] for target in page.includes()}
    places = (OUTPUTS, FACTS, *sorted(read))
    parts = page.source, *(store.digest(sources.root / p) for p in places)
    return store.kept(
        f"{page.path}.proof", parts, lambda: proof_of(page, sources)
    )
