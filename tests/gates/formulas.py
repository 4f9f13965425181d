"""Formulas in letters, such as ⌊(n + 2p − k) / s⌋ + 1, are evaluated by a test.

A test that is cited above the formula hands it to `holds`, as the page has it,
with another way to compute the same: see tests/lessons/formulas.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from docs.hooks.accounts import prose
from tests.harness.block import Block
from tests.harness.page import CODE

from .finding import near
from .site import Finding, Site

LETTERS = re.compile(r"(?<!\*)\*([A-Za-z]{1,2})\*(?!\*)")  # *n* becomes ‹n›
# In brackets, words before a sign are one name: (window height × ...
NAMES = re.compile(r"([(×+−] ?)([A-Za-z]+(?: [A-Za-z]+)+)(?= [×+−]|\))")
OPERAND = (
    r"[(⌊⌈√]*(?:‹\w+›|\d[\d.,]*\b|\b[a-z]\b|[A-Za-z_]{2,}|[\u4e00-\u9fff]+)"
    r"[)⌋⌉²³]*"
)
SIGN = r"\s*[+−×·÷/=≤≥^]\s*|\s+[-<>]\s+|(?<=›)-(?=[‹\d])|(?=[(⌊⌈‹])"
RUN = re.compile(rf"{OPERAND}(?:(?:{SIGN}){OPERAND})*")
VALUE = re.compile(r"‹?\w›?\s*=\s*[\d.,]+")  # n = 6 is no formula
SIGNED = re.compile(r"[+−×·÷/=²³√⌊⌈≤≥<>^-]|\d[‹*]")
LETTERED = re.compile(
    r"‹|\b[a-z]\b|[A-Za-z\u4e00-\u9fff]{2}\)* [×+−] \(*[A-Za-z\u4e00-\u9fff]{2}"
)
DO = (
    "correct the formula; or hand it to `holds` in a test, as those in "
    "tests/lessons/test_formulas.py do, and name it above the block: "
    "<!-- tested: file.py::test -->"
)


def gate(site: Site) -> Iterator[Finding]:
    """Formulas that no test cited above them evaluates."""
    for page in (*site.pages, *site.explanations.values()):
        for block in page.prose():
            for line, formula in formulas(block):
                tests = [said for said in site.cited(block) if "holds" in said]
                known = {_key(each): each for said in tests for each in said}
                if _key(formula) not in known and not site.waived(
                    block, f"formula {formula}"
                ):
                    what = f"no test cited here evaluates {formula}"
                    like = near(formula, known.values(), "one that does")
                    yield Finding(page.path, line, what, like, DO)


def formulas(block: Block) -> Iterator[tuple[int, str]]:
    """Line and text of each formula in letters of a block."""
    if not SIGNED.search(block.text):
        return
    text = CODE.sub("`", prose(block.text))
    text = LETTERS.sub(r"‹\1›", text)
    text = NAMES.sub(lambda m: m[1] + m[2].replace(" ", "_"), text)
    for run in RUN.finditer(text):
        found = run[0]
        # “output size = ...” gives it a name.
        found = re.sub(r"^[\w\s]*[^\W_‹›]{2,}\s*=\s*(?=\D)", "", found)
        if (
            SIGNED.search(found)
            and LETTERED.search(found)
            and not VALUE.fullmatch(found)
        ):
            line = block.line + text.count("\n", 0, run.start())
            yield line, _balanced(re.sub("[‹›]", "", found).replace("_", " "))


def _balanced(formula: str) -> str:
    """Without brackets that belong to the sentence."""
    while formula.count("(") > formula.count(")") and formula[0] == "(":
        formula = formula[1:]
    while formula.count(")") > formula.count("(") and formula[-1] == ")":
        formula = formula[:-1]
    return formula


def _key(formula: str) -> str:
    return re.sub(r"[\s_]", "", formula)
