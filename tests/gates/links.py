"""Nothing points to what is not there, and every image can be heard."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from docs.hooks.accounts import FACTS
from docs.hooks.glossary import TABLE
from docs.hooks.shipped import published
from tests.harness.block import Block, Page
from tests.harness.page import CODE, IMAGE, LINK
from tests.harness.record import FIGURES

from .current import again
from .finding import near
from .site import Finding, Site

EXTERNAL = re.compile(r"^(?:https?|mailto):")
# Addresses: of another site; of one that does not encrypt.
FOREIGN = re.compile(r"(?:https?:)?//")
OPEN = re.compile(
    r"http://(?!(?:localhost|127\.0\.0\.1)\b)[^\s\"'<>)`，。；）]*"
)


def gate(site: Site) -> Iterator[Finding]:
    """Broken links, missing figures, and facts and waivers that are none."""
    yield from _addresses(site)
    for page in site.pages:
        for block in page.blocks:
            if block.is_prose:
                yield from _figures(site, page, block)
                yield from _links(site, page, block)
        yield from _ids(page)
        yield from _annotations(site, page)


def _figures(site: Site, page: Page, block: Block) -> Iterator[Finding]:
    """Images of a block: itself, or between its words."""
    images = [(block.line, block.text, block.detail)]
    if block.kind != "figure":
        images = [
            (block.line_at(image.start()), image["alt"], image["source"])
            for image in IMAGE.finditer(block.text)
        ]
    for line, text, source in images:
        file = site.root / "docs" / source
        if not text.strip() and not site.waived(block, "alternative text"):
            yield Finding(
                page.path,
                line,
                f"{source} has no alternative text",
                "what the figure shows, for who cannot see it: ![text](file)",
                "say it, or <!-- waived alternative text: reason -->",
            )
        if FOREIGN.match(source):
            what = f"{source} is fetched from another site"
            expected = "a file below docs/assets/"
            do = "draw it by the page's code"
            yield Finding(page.path, line, what, expected, do)
        elif not file.is_file():
            what = f"the figure docs/{source} does not exist"
            beside = [each.name for each in file.parent.glob("*.*")]
            expected = near(file.name, beside, "a file below docs/assets/")
            do, folder = "correct the path", site.root / FIGURES
            for name in (*site.lessons, *site.drawings):
                if file.parent == folder / name:
                    do += f"; if it is not recorded yet, {again(name)}"
            yield Finding(page.path, line, what, expected, do)


def _addresses(site: Site) -> Iterator[Finding]:
    """Links that a browser would follow on an open line.

    That no page loads anything from elsewhere, tests/site/test_policy shows.
    """
    texts = [(path, 1, site.file(path)) for path in (FACTS, TABLE)]
    for page in site.pages:
        texts += [(page.path, b.line, b.text) for b in page.prose()]
    for path, first, text in texts:
        text = CODE.sub(" ", text) if "http:" in text else ""
        for found in OPEN.finditer(text):
            line = first + text.count("\n", 0, found.start())
            what = f"anybody on the way can change {found[0]}"
            do = "correct it, or put an example in backticks"
            yield Finding(path, line, what, f"https{found[0][4:]}", do)


def _links(site: Site, page: Page, block: Block) -> Iterator[Finding]:
    for link in LINK.finditer(block.text):
        target = link["target"]
        if EXTERNAL.match(target) or "{{" in target:
            continue  # the build checks a target that is put together
        what, expected = _broken(site, page, target)
        if not link["text"].strip():
            what = f"the link to {target} has no text"
            expected = "words that say where it leads"
        if what and not site.waived(block, f"link {target}"):
            line = block.line_at(link.start())
            yield Finding(page.path, line, what, expected, "correct the link")


def _broken(site: Site, page: Page, target: str) -> tuple[str, str]:
    """What is wrong with a link's target, if anything, and what is right."""
    path, _, anchor = target.partition("#")
    name = posixpath.normpath(path).removesuffix(".md")
    to = site.page(page.language, name) if path else page
    if to is None:
        tests = (site.root / "tests" / "lessons").glob("test_*.py")
        known = [*(f"{p.name}.md" for p in site.pages), *map(published, tests)]
        if path not in known and not (site.root / "docs" / path).is_file():
            expected = near(path, known, "a page of this language")
            return f"the link to {path} leads nowhere", expected
    elif anchor and anchor not in (ids := anchors(site, to)):
        expected = near(anchor, ids, "an id of a heading there")
        return f"{to.path} has no heading #{anchor}", expected
    return "", ""


def anchors(site: Site, page: Page) -> list[str]:
    """Ids of a page's headings, those among them that a loop makes."""
    made = {
        "{{lesson}}": list(site.lessons),
        "{{key}}": [t.key for t in site.terms.values() if t.taught],
    }
    ids = [heading.detail for heading in page.of("heading")]
    return [name for each in ids for name in made.get(each, [each])]


def _ids(page: Page) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for heading in page.of("heading"):
        name, line = heading.detail, heading.line
        if not name:
            what = f"the heading “{heading.text}” has no id"
            expected = f"{'#' * heading.level} {heading.text} {{#some-id}}"
            do = "give it the same id in both languages"
            yield Finding(page.path, line, what, expected, do)
        elif name in seen:
            what = f"the id #{name} is that of line {seen[name]} too"
            expected = "an id of its own for each heading"
            do = "choose another in both languages"
            yield Finding(page.path, line, what, expected, do)
        seen[name] = line


def _annotations(site: Site, page: Page) -> Iterator[Finding]:
    """Facts that are none, and waivers without a reason."""
    for each in page.annotations:
        if each.kind == "fact" and each.text not in site.facts:
            what = f"docs/facts.yml has no fact {each.text}"
            expected = near(each.text, site.facts, "an entry")
            do = "correct its name, or add it with its source"
            yield Finding(page.path, each.line, what, expected, do)
        elif each.kind == "waived" and not each.text:
            what = f"the waiver of {each.subject!r} has no reason"
            expected = f"<!-- waived {each.subject}: reason -->"
            yield Finding(page.path, each.line, what, expected, "say why")
