"""Edit the text of the real site: numbers, comparisons, honest mends.

No digit can be changed in one language alone, sentences that compare are told
from others, and who does what the findings say is through in two checks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from docs.hooks.accounts import prose
from docs.hooks.numerals import numerals
from tests.gates import comparing, numbers, parity, rename, reviews, waiting
from tests.gates.site import Finding, Site
from tests.harness.block import Block, Page

from .conftest import (
    ROOT,
    TABLE,
    each,
    found,
    listed,
    planted,
    restored,
)
from .edits import Planted


def nudged(text: str) -> Iterator[str]:
    """A text with the last digit of each of its numbers one more, in turn."""
    for numeral in numerals(prose(text)):
        if numeral.in_digits:
            end = numeral.position + len(numeral.text)
            place = max(n for n in range(end) if text[n].isdigit())
            digit = (int(text[place]) + 1) % 10
            yield f"{text[:place]}{digit}{text[place + 1 :]}"


def section(page: Page, name: str) -> Page:
    """Only this section of a page: quick to compare."""
    return replace(page, blocks=[b for b in page.blocks if b.heading == name])


@pytest.mark.parametrize("language, other", [("zh", "en"), ("en", "zh")])
def test_no_digit_of_a_lesson_can_be_changed(language: str, other: str) -> None:
    """In one language, while the other still says what it said."""
    site = Site(ROOT)
    assert not [*numbers.gate(site), *parity.gate(site)]
    missed, tried = [], 0
    for name in site.lessons:
        page = site.page(language, name)
        for block in page.prose():
            there = section(site.page(other, name), block.heading)
            for text in nudged(block.text):
                tried += 1
                now = replace(block, text=text)
                blocks = [now if b is block else b for b in page.blocks]
                changed = replace(page, blocks=blocks)
                here = section(changed, block.heading)
                if not (
                    parity.differences(here, there, site)
                    or numbers.unaccounted(site, changed)
                ):
                    missed.append(f"{page.path}:{block.line} {text}")
    assert tried > 100
    assert not missed


@pytest.mark.parametrize("language", ["zh", "en"])
def test_sentences_that_compare_are_told_from_others(language: str) -> None:
    table = Path(__file__).with_name("sentences.yml").read_text("utf-8")
    for kind, sentences in yaml.safe_load(table)[language].items():
        for text in sentences:
            block = Block("paragraph", 1, [text], text, "", "")
            found = [*comparing.comparisons(block, language, ())]
            assert bool(found) == (kind == "compares"), text


def obey(root: Path, findings: list[Finding]) -> None:
    """Do what findings say: comments in their places, then the reviews."""
    comments: dict[tuple[str, int], str] = {}
    for finding in findings:
        if comment := re.search("<!-- waived (?!review).*? -->", finding.do):
            told = re.findall(r"(docs/\S+\.md):(\d+)", finding.do)
            for path, line in told or [(finding.path, finding.line)]:
                comments[path, int(line)] = comment[0]
    for (path, line), comment in sorted(comments.items(), reverse=True):
        lines = (root / path).read_text().split("\n")
        lines.insert(line - 1, comment)
        (root / path).write_text("\n".join(lines))
    said = " ".join(finding.do for finding in findings)
    reviews.mark(Site(root), re.findall('SECTIONS="(.*?)"', said))


@each("honest")
def test_an_honest_edit_takes_two_checks(copy: Path, entry: Planted) -> None:
    with restored(copy.glob("docs/**/*.*")), planted(copy, entry.edits) as site:
        findings = found(site)
        told = listed(findings)
        assert all(word in told for word in entry.says.split(" and ") if word)
        assert bool(findings) is bool(entry.says)
        obey(copy, findings)
        assert not listed(found(Site(copy)))


def test_what_waits_is_shown_in_both_languages(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with planted(copy, TABLE["honest"][0].edits) as site:
        assert waiting.show(site) == 1
    said = capsys.readouterr().out
    for word in ("这个任务很经典", "a classic one", "#mnist-convnet", "zh"):
        assert word in said


def test_a_section_gets_another_id_at_once(copy: Path) -> None:
    with restored(copy.glob("docs/**/*.*")):
        changed = rename.rename(Site(copy), "mnist_convnet#evaluate", "test-it")
        assert {"docs/terms.yml", "docs/en/mnist_convnet.md"} <= {*changed}
        assert not listed(found(Site(copy)))


@pytest.mark.parametrize(
    ("section", "new"),
    [
        *(("mnist_convnets#train", "x"), ("mnist_convnet#trains", "x")),
        *(("mnist_convnet", "x"), ("mnist_convnet#train", "build")),
        *(("mnist_convnet#train", "Trainieren!"), ("glossary#{{key}}", "x")),
        ("verification#drawings", "pooling"),  # a loop makes that
    ],
)
def test_an_id_that_cannot_be_is_refused(
    copy: Path, section: str, new: str
) -> None:
    with restored(copy.glob("docs/**/*.*")) as before:
        with pytest.raises(ValueError, match=r"expected|already"):
            rename.rename(Site(copy), section, new)
        assert all(path.read_bytes() == before[path] for path in before)
