"""Formulas in letters, such as ⌊(n + 2p − k) / s⌋ + 1, are evaluated by a test.

A test that is cited above the formula hands it to `holds`, as the page has it,
with another way to compute the same: see tests/lessons/formulas.py.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from docs.hooks.accounts import prose
from tests.harness.block import Block

from .finding import near
from .site import Finding, Site

CODE = re.compile(r"`[^`\n]*`")
LETTERS = re.compile(r"(?<!\*)\*([A-Za-z]{1,2})\*(?!\*)")  # *n* becomes ‹n›
# In brackets, words before a sign are one name: (window height × ...
NAMES = re.compile(r"([(×+−] ?)([A-Za-z]+(?: [A-Za-z]+)+)(?= [×+−]|\))")
OPERAND = (
    r"[(⌊⌈√]*(?:‹\w+›|\d[\d.,]*\b|\b[a-z]\b|[A-Za-z_]{2,}|[\u4e00-\u9fff]+)"
    r"[)⌋⌉²³]*"
)
SIGN = r"\s*[+−×·÷/=≤≥]\s*|\s+[-<>]\s+|(?=[(⌊⌈‹])"
RUN = re.compile(rf"{OPERAND}(?:(?:{SIGN}){OPERAND})*")
VALUE = re.compile(r"‹?\w›?\s*=\s*[\d.,]+")  # n = 6 is no formula
SIGNED = re.compile(r"[+−×·÷/=²³√⌊⌈≤≥<>-]|\d‹")
LETTERED = re.compile(
    r"‹|\b[a-z]\b|[A-Za-z\u4e00-\u9fff]{2}\)* [×+−] \(*[A-Za-z\u4e00-\u9fff]{2}"
)


def gate(site: Site) -> Iterator[Finding]:
    """Formulas that no test cited above them evaluates."""
    for page in (*site.pages, *site.explanations.values()):
        for block in page.prose():
            known = {_key(each): each for each in _evaluated(site, block)}
            for line, formula in formulas(block):
                if _key(formula) in known or site.waived(
                    block, f"formula {formula}"
                ):
                    continue
                yield Finding(
                    page.path,
                    line,
                    f"no test cited here evaluates the formula {formula}",
                    near(formula, known.values(), "a test that calls `holds`"),
                    "correct the formula, or let a test evaluate it "
                    f'(holds("{formula}", ...), as in tests/lessons/test_'
                    "formulas.py) and name it above the block: "
                    "<!-- tested: file.py::test -->",
                )


def formulas(block: Block) -> Iterator[tuple[int, str]]:
    """Line and text of each formula in letters of a block."""
    text = CODE.sub(lambda m: "`" * len(m[0]), prose(block.text))
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
            line = block.line_at(0) + text.count("\n", 0, run.start())
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


def _evaluated(site: Site, block: Block) -> Iterator[str]:
    """Texts in those tests, cited for a block, that evaluate formulas."""
    for annotation in block.annotations:
        if annotation.kind == "tested":
            file, _, name = annotation.text.partition("::")
            nodes = [*ast.walk(site.tests(file).get(name, ast.Pass()))]
            called = {getattr(node, "id", "") for node in nodes}
            for node in nodes if "holds" in called else ():
                if isinstance(node, ast.Constant) and isinstance(
                    node.value, str
                ):
                    yield node.value
