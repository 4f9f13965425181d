"""Formulas in letters, such as ⌊(n + 2p − k) / s⌋ + 1, are evaluated by a test.

A test that is cited above the formula hands it to `holds`, as the page has it,
with another way to compute the same: see tests/lessons/formulas.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from docs.hooks.accounts import prose
from tests.harness.page import CODE
from tests.lessons.formulas import formulas

from .finding import near
from .site import Finding, Site

DO = (
    "correct the formula; or hand it to `holds` in a test, as those in "
    "tests/lessons/test_formulas.py do, and name it above the block: "
    "<!-- tested: file.py::test -->"
)


def gate(site: Site) -> Iterator[Finding]:
    """Formulas that no test cited above them evaluates."""
    for page in (*site.pages, *site.explanations.values()):
        for block in page.prose():
            for line, formula in formulas(CODE.sub("`", prose(block.text))):
                tests = [said for said in site.cited(block) if "holds" in said]
                known = {_key(each): each for said in tests for each in said}
                if _key(formula) not in known and not site.waived(
                    block, f"formula {formula}"
                ):
                    what = f"no test cited here evaluates {formula}"
                    like = near(formula, known.values(), "one that does")
                    place = block.line + line
                    yield Finding(page.path, place, what, like, DO)


def _key(formula: str) -> str:
    return re.sub(r"[\s_]", "", formula)
