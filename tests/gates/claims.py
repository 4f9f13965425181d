"""A comparison in prose is backed by a condition that is evaluated here.

`claim:` is a condition over recorded metrics, in the language of `{{ }}`;
`tested:` names a test that settles a statement about how something works.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .numerals import ENGLISH, NAME, evaluate
from .reading import Annotation, Page, Unit
from .site import Finding, Site, annotations_of

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


def gate(site: Site) -> list[Finding]:
    """Which claims do not hold, and which comparisons make none."""
    return [
        finding
        for page in site.pages
        for finding in [
            *_conditions(site, page),
            *_tests(site, page),
            *_unbacked(site, page),
        ]
    ]


def _conditions(site: Site, page: Page) -> list[Finding]:
    found = []
    names = site.names_for(page)
    for claim, units in annotations_of(page.units, "claim").items():
        try:
            holds = evaluate(claim.text, names)
        except ValueError as error:
            found.append(
                Finding(
                    page.path,
                    claim.line,
                    f"the condition {claim.text!r} cannot be evaluated: "
                    f"{error}",
                    "a comparison of recorded metrics, such as "
                    "convnet_accuracy.mean > dense_accuracy.mean",
                    f"correct it; snippets/outputs/{page.name}/metrics.json "
                    f"has the names",
                )
            )
            continue
        claim.used = True
        if not set(NAME.findall(claim.text)) & names.keys():
            found.append(
                Finding(
                    page.path,
                    claim.line,
                    f"the condition {claim.text!r} is about no result",
                    "a comparison of recorded metrics",
                    "name the metrics that the sentence speaks of",
                )
            )
        if holds is not True:
            found.append(_unsupported(page, claim, units[0], names))
    return found


def _unsupported(
    page: Page, claim: Annotation, unit: Unit, names: Mapping[str, object]
) -> Finding:
    sides = re.split(r"\s*(?:[<>]=?|[!=]=| and | or )\s*", claim.text)
    values = []
    for side in sides:
        try:
            values.append(f"{side} is {evaluate(side, names):.6g}")
        except (ValueError, TypeError):
            continue
    said = " ".join(unit.text.split())
    shown = said if len(said) < 70 else f"{said[:69]}…"
    return Finding(
        page.path,
        claim.line,
        f"the runs no longer support line {unit.line}, “{shown}”",
        f"{claim.text}; but {', '.join(values) or 'it is false'}",
        "rewrite the sentence in both languages to say what the runs show",
    )


def _tests(site: Site, page: Page) -> list[Finding]:
    found = []
    for annotation in annotations_of(page.units, "tested"):
        file, _, name = annotation.text.partition("::")
        if name in site.tests.get(file, ()):
            annotation.used = True
            continue
        found.append(
            Finding(
                page.path,
                annotation.line,
                f"there is no test {annotation.text}",
                "file::function of a test below tests/",
                "write the test, or correct its name",
            )
        )
    return found


def _unbacked(site: Site, page: Page) -> list[Finding]:
    found = []
    for unit in page.prose():
        text = re.sub(r"`[^`]*`", lambda m: " " * len(m[0]), unit.text)
        match = COMPARING[page.language].search(text)
        if not match or any(a.kind in BACKED for a in unit.annotations):
            continue
        if site.waived(unit, "comparison"):
            continue
        word = " ".join(match[0].split())
        found.append(
            Finding(
                page.path,
                unit.line_at(match.start()),
                f"nothing backs the comparison “{word}”",
                "above the block, <!-- claim: condition over metrics --> or "
                "<!-- tested: file.py::test -->",
                "add one, reword, or <!-- waived comparison: reason -->",
            )
        )
    return found
