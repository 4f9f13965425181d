"""Nothing is orphaned, and nothing points to what is not there."""

from __future__ import annotations

import difflib
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from tests.harness import records
from tests.harness.compare import shows

from .current import again
from .reading import LINK, Page, Unit
from .site import Finding, Site, published

EXTERNAL = re.compile(r"^(?:https?|mailto):")


def gate(site: Site) -> list[Finding]:
    """Broken links and includes, images nobody can hear, unused files."""
    found: list[Finding] = []
    for page in site.pages:
        for unit in page.units:
            if unit.kind == "include":
                found += _include(site, page, unit)
            elif unit.kind == "figure":
                found += _figure(site, page, unit)
            if unit.is_prose:
                found += _links(site, page, unit)
        found += _ids(page)
        found += [
            Finding(page.path, line, what, expected, "correct it here first")
            for line, what, expected in page.faults
        ]
    for name in site.lessons:
        found += _unused_sections(site, name)
        found += _unused_outputs(site, name)
        found += _unused_metrics(site, name)
        found += _settings(site, name)
    for name in site.drawings:
        found += _unused_outputs(site, records.drawing_name(name))
    found += _unused_facts(site)
    return found


def _include(site: Site, page: Page, unit: Unit) -> list[Finding]:
    if site.included(unit.detail):
        return []
    path, _, section = unit.detail.partition(":")
    file = site.root / path
    if not file.is_file():
        what = f"the page includes {path}, which does not exist"
        known = [f.name for f in file.parent.glob("*") if f.is_file()]
        expected = _near(file.name, known, "a file below snippets/")
        do = "correct the path"
        if path.startswith(f"{records.OUTPUTS.as_posix()}/"):
            expected = _near(file.name, known, "an output that was recorded")
            do += _or_record(site, path, records.OUTPUTS)
    else:
        what = f"{path} has no section {section}"
        known = list(site.sections(path))
        expected = _near(section, known, f"one of {', '.join(known)}")
        do = f"correct the name, or mark the section in {path}"
    return [Finding(page.path, unit.line, what, expected, do)]


def _figure(site: Site, page: Page, unit: Unit) -> list[Finding]:
    found = []
    if not unit.text.strip() and not site.waived(unit, "alternative text"):
        found.append(
            Finding(
                page.path,
                unit.line,
                f"{unit.detail} has no alternative text",
                "what the figure shows, for who cannot see it: ![text](file)",
                "say it, or <!-- waived alternative text: reason -->",
            )
        )
    if EXTERNAL.match(unit.detail):
        found.append(
            Finding(
                page.path,
                unit.line,
                f"{unit.detail} is fetched from another site",
                "a file below docs/assets/",
                "draw it with the page's code",
            )
        )
    elif not (site.root / "docs" / unit.detail).is_file():
        file = site.root / "docs" / unit.detail
        known = [each.name for each in file.parent.glob("*")]
        found.append(
            Finding(
                page.path,
                unit.line,
                f"the figure docs/{unit.detail} does not exist",
                _near(file.name, known, "a file below docs/assets/"),
                "correct the path"
                + _or_record(site, f"docs/{unit.detail}", records.FIGURES),
            )
        )
    return found


def _or_record(site: Site, path: str, folder: Path) -> str:
    """Advice for a file below a folder that runs write."""
    name = posixpath.dirname(path).removeprefix(f"{folder.as_posix()}/")
    if name in (*site.lessons, *map(records.drawing_name, site.drawings)):
        return f"; if it is not recorded yet, {again(name)}"
    return ""


def _links(site: Site, page: Page, unit: Unit) -> Iterator[Finding]:
    for link in LINK.finditer(unit.text):
        target = link["target"]
        if EXTERNAL.match(target) or "{{" in target:
            continue  # the build checks a target that is put together
        path, _, anchor = target.partition("#")
        name = posixpath.normpath(path).removesuffix(".md") if path else ""
        to = site.page(page.language, name) if path else page
        what = expected = ""
        if to is None:
            known = [f"{p.name}.md" for p in site.pages]
            tests = (site.root / "tests" / "lessons").glob("test_*.py")
            known += map(published, tests)
            if path not in known and not (site.root / "docs" / path).is_file():
                what = f"the link to {path} leads nowhere"
                expected = _near(path, known, "a page of this language")
        elif anchor and anchor not in (ids := _anchors(site, to)):
            what = f"{to.path} has no heading #{anchor}"
            expected = _near(anchor, ids, "an id of a heading there")
        if not link["text"].strip():
            what = f"the link to {target} has no text"
            expected = "words that say where it leads"
        if what and not site.waived(unit, f"link {target}"):
            yield Finding(
                page.path,
                unit.line_at(link.start()),
                what,
                expected,
                "correct the link",
            )


def _anchors(site: Site, page: Page) -> list[str]:
    """Ids of a page's headings, those among them that a loop makes."""
    made = {
        "{{lesson}}": list(site.lessons),
        "{{key}}": [t.key for t in site.terms.values() if t.taught],
    }
    return [
        name
        for heading in page.headings()
        for name in made.get(heading.detail, [heading.detail])
    ]


def _ids(page: Page) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for heading in page.headings():
        if not heading.detail:
            yield Finding(
                page.path,
                heading.line,
                f"the heading “{heading.text}” has no id",
                f"{'#' * heading.level} {heading.text} {{#some-id}}",
                "give it the same id in both languages",
            )
        elif heading.detail in seen:
            yield Finding(
                page.path,
                heading.line,
                f"the id #{heading.detail} is that of line "
                f"{seen[heading.detail]} too",
                "an id of its own for each heading",
                "choose another in both languages",
            )
        seen[heading.detail] = heading.line


def _unused_sections(site: Site, name: str) -> Iterator[Finding]:
    for path, section, line in _lesson_sections(site, name):
        if f"{path}:{section}" not in site.shown:
            yield Finding(
                path,
                line,
                f"no page shows section {section}",
                f'--8<-- "{path}:{section}" on a page in both languages',
                "show it or delete it",
            )


def _lesson_sections(site: Site, name: str) -> Iterator[tuple[str, str, int]]:
    """Path, name and line of each section in Python and for the shell."""
    for path in (f"snippets/{name}.py", f"snippets/{name}.sh"):
        if (site.root / path).is_file():
            for section, (line, _) in site.sections(path).items():
                yield path, section, line


def _unused_outputs(site: Site, name: str) -> Iterator[Finding]:
    record = records.Record(site.root, name)
    for file in sorted(record.outputs.glob("*.txt")):
        path = file.relative_to(site.root).as_posix()
        if path not in site.shown:
            yield Finding(
                path,
                1,
                "no page shows this output",
                f'--8<-- "{path}" on a page in both languages',
                "show it, or let the code not print it",
            )
    for file in sorted(record.figures.glob("*.svg")):
        path = file.relative_to(site.root / "docs").as_posix()
        if path not in site.shown:
            yield Finding(
                f"docs/{path}",
                1,
                "no page shows this figure",
                f"![what it shows]({path}) on a page in both languages",
                "show it, or let the code not draw it",
            )


def _unused_metrics(site: Site, name: str) -> Iterator[Finding]:
    """A metric is quoted, or part of a claim, or shown by an output."""
    record = records.Record(site.root, name)
    outputs = "".join(
        file.read_text(encoding="utf-8")
        for file in record.outputs.glob("*.txt")
    )
    numerals = re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?%?", outputs)
    # A bare 0 would show any small number.
    printed = [n for n in numerals if len(re.sub(r"\D", "", n)) > 2]
    where = record.metrics_path.relative_to(site.root).as_posix()
    metrics = site.numbers.get(name, {})
    for metric, kept in metrics.items():
        if metric in site.names_used or "page" not in kept:
            continue
        page = kept["page"]
        values = page if isinstance(page, list) else [page]
        if not any(shows(text, value) for value in values for text in printed):
            yield Finding(
                where,
                1,
                f"no page quotes the metric {metric}",
                "a quotation, a claim or an output that shows it",
                f"use it, or delete it from snippets/{name}.toml and record",
            )


def _settings(site: Site, name: str) -> Iterator[Finding]:
    """Sections that snippets/<lesson>.toml names must exist."""
    lesson = site.lessons[name]
    sections = [section for _, section, _ in _lesson_sections(site, name)]
    path = f"snippets/{name}.toml"
    named = [*lesson.metrics, *lesson.varies]
    lines = site.file(path).splitlines() if named else []
    for section in named:
        if section not in sections:
            places = (n for n, t in enumerate(lines, start=1) if section in t)
            yield Finding(
                path,
                next(places, 1),
                f"the lesson has no section {section}",
                _near(section, sections, "a section of the lesson"),
                "correct its name",
            )


def _unused_facts(site: Site) -> Iterator[Finding]:
    cited = {}
    for page in site.pages:
        for annotation in page.annotations:
            if annotation.kind == "fact":
                cited[annotation.text] = page
                if annotation.text not in site.facts:
                    yield Finding(
                        page.path,
                        annotation.line,
                        f"docs/facts.yml has no fact {annotation.text}",
                        _near(annotation.text, list(site.facts), "an entry"),
                        "correct its name, or add it with its source",
                    )
            if annotation.kind == "waived" and not annotation.text:
                yield Finding(
                    page.path,
                    annotation.line,
                    f"the waiver of {annotation.subject!r} has no reason",
                    f"<!-- waived {annotation.subject}: reason -->",
                    "say why",
                )
    for fact in site.facts.values():
        source = str(fact.value.get("source", ""))
        if not EXTERNAL.match(source) and not (site.root / source).is_file():
            yield Finding(
                "docs/facts.yml",
                fact.line,
                f"the fact {fact.name} has no source",
                "source: an address (https://...) or a file of the project",
                "name where it can be looked up",
            )
        if fact.name not in cited:
            yield Finding(
                "docs/facts.yml",
                fact.line,
                f"no page cites the fact {fact.name}",
                f"<!-- fact: {fact.name} --> above a block",
                "cite it or delete it",
            )


def _near(name: str, known: list[str], otherwise: str) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"{close[0]}, perhaps" if close else otherwise
