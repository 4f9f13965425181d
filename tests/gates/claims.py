"""A comparison in prose is backed by a condition that is evaluated here.

`claim:` is a condition over recorded metrics, in the language of `{{ }}`;
`tested:` names a test that settles a statement about how something works.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from docs.hooks.accounts import annotated
from docs.hooks.numerals import ENGLISH, NAME, evaluate
from tests.harness.block import Annotation, Block, Page

from .pairs import above
from .site import Finding, Site

# Words that say how one result stands to another.
COMPARING = {
    "en": re.compile(
        r"\b(?:better|worse|faster|slower|quicker|fewer|less|higher|lower|"
        r"larger|smaller|greater|more accurate|at (?:most|least)|twice|half|"
        r"wins|beats|loses|suffers|outperforms|falls (?:from|behind|to)|"
        r"falls\s+from|rises (?:from|to)|hardly|"
        r"(?:about|nearly|almost|roughly|around)\s+"
        rf"(?:a\s|\d|{'|'.join(ENGLISH)}))(?=\W|\d|$)",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"更[好差快慢少多高低大小准强弱]|至[多少]|最[多少](?!的)|[高低优少多大小]于|"
        r"不如|超过|领先|落后|[降升]到|(?<!上下)左右(?!翻转|颠倒|两|对称)|大约|一千上下|几乎|始终|变[差好]|"
        r"一半|[减折]半|落下得|落差更|"
        r"[少多高低快慢][了 ]?\*{0,2}(?:\{\{|\d)"
    ),
}
BACKED = {"claim", "tested", "derived", "fact"}


def gate(site: Site) -> Iterator[Finding]:
    """Which claims do not hold, and which comparisons make none."""
    for page in site.pages:
        yield from _conditions(site, page)
        yield from _tests(site, page)
        yield from _unbacked(site, page)


def _conditions(site: Site, page: Page) -> Iterator[Finding]:
    names = site.sources.names_for(page)
    for claim, block in annotated(page, "claim").items():
        try:
            holds = evaluate(claim.text, names)
        except ValueError as error:
            yield Finding(
                page.path,
                claim.line,
                f"the condition {claim.text!r} cannot be evaluated: {error}",
                "a comparison of recorded metrics, such as "
                "convnet_accuracy.mean > dense_accuracy.mean",
                f"correct it; snippets/outputs/{page.name}/metrics.json has "
                f"the names",
            )
            continue
        if not set(NAME.findall(claim.text)) & names.keys():
            yield Finding(
                page.path,
                claim.line,
                f"the condition {claim.text!r} is about no result",
                "a comparison of recorded metrics",
                "name the metrics that the sentence speaks of",
            )
        if holds is not True:
            yield _unsupported(page, claim, block, names)


def _unsupported(
    page: Page, claim: Annotation, block: Block, names: Mapping[str, object]
) -> Finding:
    sides = re.split(r"\s*(?:[<>]=?|[!=]=| and | or )\s*", claim.text)
    values = []
    for side in sides:
        try:
            values.append(f"{side} is {evaluate(side, names):.6g}")
        except (ValueError, TypeError):
            continue
    said = " ".join(block.text.split())
    shown = said if len(said) < 70 else f"{said[:69]}…"
    return Finding(
        page.path,
        claim.line,
        f"the runs no longer support line {block.line}, “{shown}”",
        f"{claim.text}; but {', '.join(values) or 'it is false'}",
        "rewrite the sentence in both languages to say what the runs show",
    )


def _tests(site: Site, page: Page) -> Iterator[Finding]:
    for annotation in annotated(page, "tested"):
        file, _, name = annotation.text.partition("::")
        if name not in site.tests(file):
            what = f"there is no test {annotation.text}"
            expected = "file::function of a test below tests/"
            do = "write the test, or correct its name"
            yield Finding(page.path, annotation.line, what, expected, do)


def _unbacked(site: Site, page: Page) -> Iterator[Finding]:
    for block in page.prose():
        text = re.sub(r"`[^`]*`", lambda m: " " * len(m[0]), block.text)
        match = COMPARING[page.language].search(text)
        if not match or any(a.kind in BACKED for a in block.annotations):
            continue
        if not site.waived(block, "comparison"):
            word = " ".join(match[0].split())
            yield Finding(
                page.path,
                block.line_at(match.start()),
                f"nothing backs the comparison “{word}”",
                "above the block, <!-- claim: condition over metrics --> or "
                "<!-- tested: file.py::test -->",
                f"add one above {' and '.join(above(site, page, block))}, "
                f"reword, or <!-- waived comparison: reason -->",
            )
