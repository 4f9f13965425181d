"""Results that the page `verification` shows were recorded, and have words.

Each lesson that measures something has at least one, which its line shows.
"""

from __future__ import annotations

from collections.abc import Iterator

from docs.hooks.results import TABLE, read

from .finding import Finding, near
from .site import Site


def gate(site: Site) -> Iterator[Finding]:
    """Entries of docs/results.yml without a result, and lessons without one."""
    found, faults = read(site.root)
    for fault in faults:
        yield Finding(TABLE, *fault)
    for result in found:
        lesson = site.numbers.get(result.lesson, {})
        if not result.is_recorded(lesson):
            what = f"{result.name} names no recorded result"
            like = [f"{result.lesson}.{name}" for name in lesson]
            expected = near(
                result.name, like, "lesson.metric, or of a list [0]"
            )
            do = "correct it, or delete the entry"
            yield Finding(TABLE, result.line, what, expected, do)
    named = {result.lesson for result in found}
    for lesson in site.lessons.keys() - named:
        metrics = sorted(
            name
            for name, kept in site.numbers.get(lesson, {}).items()
            if isinstance(kept, dict) and "seeds" in kept and "page" in kept
        )
        if metrics:
            what = f"the lesson {lesson} has no result on the page verification"
            expected = f"{lesson}.{metrics[0]}: with `en` and `zh`, perhaps"
            do = "add the result that its line is to show"
            yield Finding(TABLE, 1, what, expected, do)
