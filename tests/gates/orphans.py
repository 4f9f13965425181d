"""Nothing is orphaned: what is recorded, marked or listed is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from docs.hooks.accounts import FACTS
from docs.hooks.numerals import numerals
from tests.harness.record import Record

from .finding import line_of, near
from .links import EXTERNAL
from .site import Finding, Site

SUPPORT = "snippets/support/*.py"  # code that several lessons show
Section = tuple[str, str, int]  # path of its script, its name, its line


def gate(site: Site) -> Iterator[Finding]:
    """What no page shows, quotes or cites, and settings for what is not."""
    support = list(_sections(site, *sorted(site.root.glob(SUPPORT))))
    yield from _unshown(site, support)
    for name in site.lessons:
        scripts = (f"snippets/{name}.py", f"snippets/{name}.sh")
        sections = list(_sections(site, *map(site.root.joinpath, scripts)))
        yield from _unshown(site, sections)
        yield from _outputs(site, name)
        yield from _metrics(site, name)
        names = [section for _, section, _ in (*sections, *support)]
        yield from _settings(site, name, names)
    for name in site.drawings:
        yield from _outputs(site, name)
    yield from _facts(site)


def _sections(site: Site, *files: Path) -> Iterator[Section]:
    for file in filter(Path.is_file, files):
        path = file.relative_to(site.root).as_posix()
        for section, (line, _) in site.sections(path).items():
            yield path, section, line


def _unshown(site: Site, sections: Iterable[Section]) -> Iterator[Finding]:
    for path, section, line in sections:
        if f"{path}:{section}" not in site.shown:
            what = f"no page shows section {section}"
            expected = f'--8<-- "{path}:{section}" in both languages'
            yield Finding(path, line, what, expected, "show or delete it")


def _outputs(site: Site, name: str) -> Iterator[Finding]:
    record = Record(site.root, name)
    for kind, files, make in (
        ("output", record.outputs.glob("*.txt"), "print"),
        ("figure", record.figures.glob("*.svg"), "draw"),
    ):
        for file in sorted(files):
            path = file.relative_to(site.root).as_posix()
            if (shown := path.removeprefix("docs/")) not in site.shown:
                what = f"no page shows this {kind}"
                expected = f"{shown} on a page in both languages"
                do = f"show it, or let the code not {make} it"
                yield Finding(path, 1, what, expected, do)


def _metrics(site: Site, name: str) -> Iterator[Finding]:
    """A metric is quoted, or part of a claim, or shown by an output."""
    record = Record(site.root, name)
    outputs = "".join(
        site.file(file.relative_to(site.root).as_posix())
        for file in record.outputs.glob("*.txt")
    )
    # A bare 0 would show any small number.
    printed = [
        n for n in numerals(outputs) if sum(map(str.isdigit, n.text)) > 2
    ]
    for metric, kept in site.numbers.get(name, {}).items():
        if metric in site.names_used or "page" not in kept:
            continue
        page = kept["page"]
        values = page if isinstance(page, list) else [page]
        if not any(n.shows(value) for value in values for n in printed):
            yield Finding(
                record.metrics_path.relative_to(site.root).as_posix(),
                1,
                f"no page quotes the metric {metric}",
                "a quotation, a claim or an output that shows it",
                f"use it, or delete it from snippets/{name}.toml and record",
            )


def _settings(site: Site, name: str, sections: list[str]) -> Iterator[Finding]:
    """Sections that snippets/<lesson>.toml names must exist."""
    lesson = site.lessons[name]
    path = f"snippets/{name}.toml"
    for section in (
        *lesson.metrics,
        *lesson.leaves,
        *lesson.varies,
        *lesson.again,
        *lesson.left_to_one,
    ):
        if section not in sections:
            line = line_of(section, site.file(path))
            what = f"the lesson has no section {section}"
            expected = near(section, sections, "a section of the lesson")
            yield Finding(path, line, what, expected, "correct its name")


def _facts(site: Site) -> Iterator[Finding]:
    cited = {
        annotation.text
        for page in site.pages
        for annotation in page.annotations
        if annotation.kind == "fact"
    }
    for fact in site.facts.values():
        source = fact.value["source"]
        if not EXTERNAL.match(source) and not (site.root / source).is_file():
            what = f"the fact {fact.name} has no source"
            expected = "an address (https://...) or a file of the project"
            do = "name where it can be looked up"
            yield Finding(FACTS, fact.line, what, expected, do)
        if fact.name not in cited:
            what = f"no page cites the fact {fact.name}"
            expected = f"<!-- fact: {fact.name} --> above a block"
            yield Finding(FACTS, fact.line, what, expected, "cite or delete it")
