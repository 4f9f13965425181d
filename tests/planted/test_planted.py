"""Plant one fault at a time in a copy of the real site; each must be named.

A fault is caught if a gate, or the comparison with a run, reports it in the
right file and says what it is. Harmless edits must pass every gate.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from docs.hooks.numerals import numerals
from tests.gates import (
    all_gates,
    comparing,
    numbers,
    parity,
    rename,
    reviews,
    waiting,
)
from tests.gates.site import Finding, Site
from tests.harness.block import Block, Page
from tests.harness.compare import Metrics, result_faults
from tests.harness.record import Record, digest
from tests.harness.result import Result

from .edits import Change, Planted, read

ROOT = Path(__file__).parents[2]
TABLE = read(Path(__file__).with_name("faults.yml"))
COPIED = (
    *("docs", "snippets", "tests/lessons", "tests/harness"),
    *("tests/check_python.py", ".github/badges", "mkdocs.yml"),
    *("requirements.txt", "LICENSE-docs.md", "pyproject.toml"),
)


def each(part: str) -> pytest.MarkDecorator:
    """A test for each entry of this part of the table."""
    ids = [f"{number}-{entry.told}" for number, entry in enumerate(TABLE[part])]
    return pytest.mark.parametrize("entry", TABLE[part], ids=ids)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("site")
    for name in COPIED:
        copied = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        copied(ROOT / name, root / name)
    return root


@contextmanager
def planted(root: Path, edits: Iterable[tuple[str, Change]]) -> Iterator[Site]:
    """The site with edited files, which are restored afterwards."""
    before: dict[Path, bytes | None] = {}
    try:
        for name, change in edits:
            path = root / name
            content = path.read_bytes() if path.is_file() else None
            before.setdefault(path, content)
            if change is None:
                path.unlink()
                continue
            text = (content or b"").decode()
            assert change(text) != text
            path.parent.mkdir(exist_ok=True)
            path.write_text(change(text), encoding="utf-8")
        yield Site(root)
    finally:
        for path, content in before.items():
            path.write_bytes(content or b"")
            if content is None:
                path.unlink()


def found(site: Site, gate: str = "") -> list[Finding]:
    """What a gate, or any, finds; some need what all the others have seen."""
    if gate in all_gates.GATES and not site.problems:
        return list(all_gates.GATES[gate](site))
    told, _ = all_gates.check(site)
    return [f for name in told if gate in ("", name) for f in told[name]]


def listed(findings: list[Finding]) -> str:
    return "\n".join(map(str, findings))


def test_the_copy_itself_passes(copy: Path) -> None:
    assert not found(Site(copy))


@each("faults")
def test_fault_is_named(copy: Path, entry: Planted) -> None:
    with planted(copy, entry.edits) as site:
        findings = found(site, entry.gate)
        file = copy / entry.where
        lines = file.read_bytes().splitlines() if file.is_file() else None
    told = [
        finding
        for finding in findings
        if finding.path == entry.where
        and entry.says in f"{finding.what} {finding.expected}"
    ]
    assert told, f"{entry.gate} does not say {entry.says!r}: {listed(findings)}"
    for finding in told:
        assert finding.expected and finding.do and finding.line >= 1
        assert lines is None or finding.line <= len(lines) + 1


@pytest.mark.parametrize(
    "name",
    [
        *("docs/facts.yml", "docs/en/pooling.md", "snippets/pooling.py"),
        *("snippets/pooling.toml", "tests/lessons/test_pooling.py"),
        *("snippets/outputs/pooling/by_hand.txt", "docs/reviews/pooling.json"),
    ],
)
def test_a_file_that_is_no_text(copy: Path, name: str) -> None:
    path = copy / name
    text = path.read_bytes()
    try:
        path.write_bytes(b"\n\xff" + text)
        (told,) = found(Site(copy))
    finally:
        path.write_bytes(text)
    assert (told.path, told.line) == (name, 2)
    assert told.what == "not UTF-8: byte 0xff"


def test_a_gate_that_fails_is_told(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(site: Site) -> list[Finding]:
        raise KeyError("page")

    monkeypatch.setitem(all_gates.GATES, "links", fails)
    (told,) = found(Site(copy))
    assert told.path == "tests/gates/links.py"
    assert "KeyError: 'page'" in told.what


def test_several_faults_are_told_together(copy: Path) -> None:
    one, two = TABLE["faults"][0], TABLE["faults"][3]
    with planted(copy, one.edits + two.edits) as site:
        texts = listed(found(site))
    assert one.says in texts
    assert two.says in texts


def test_harmless_edits_pass(copy: Path) -> None:
    """In one round of the gates; if that finds something, each by itself."""
    edits = TABLE["harmless"]
    with planted(copy, [pair for edit in edits for pair in edit.edits]) as site:
        told = listed(found(site))
    if told:
        for edit in edits:
            with planted(copy, edit.edits) as site:
                told += f"\n{edit.told}:\n{listed(found(site))}"
        pytest.fail(told, pytrace=False)


@each("waived")
def test_a_waiver_is_heeded_with_its_reason(copy: Path, entry: Planted) -> None:
    def bare(change: Change) -> Change:
        return lambda text: change(text).replace(": why -->", ": -->")

    with planted(copy, entry.edits) as site:
        assert not found(site, entry.gate)
    without = [(path, bare(change)) for path, change in entry.edits]
    with planted(copy, without) as site:
        assert found(site, entry.gate)


@each("readers")
def test_readers_agree(copy: Path, entry: Planted) -> None:
    with planted(copy, entry.edits) as site:
        findings = listed(found(site, entry.gate))
    assert entry.says in findings if entry.says else not findings


def nudged(text: str) -> Iterator[str]:
    """A text with the last digit of each of its numbers one more, in turn."""
    for numeral in numerals(numbers.prose(text)):
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


def run_faults(root: Path, section: str) -> list[str]:
    """What comparing says about a run that did what is recorded here."""
    here, there = Record(ROOT, "mnist_convnet"), Record(root, "mnist_convnet")
    measured = {name: kept["page"] for name, kept in here.metrics().items()}
    metrics = Metrics(measured, there.metrics())
    data = here.figure_data(section)
    figures = [{"data": data}] if data else []
    result = Result(here.text(section) or "", figures)
    faults = result_faults(section, result, there, metrics, form_only=False)
    return metrics.faults() + faults


@each("forged")
def test_forged_record_is_found_by_a_run(copy: Path, entry: Planted) -> None:
    """The evidence has the digest of the edited file: no gate can see it."""

    def digest_in(root: Path) -> str:
        return digest((root / entry.where).read_text())

    def forge(evidence: str) -> str:
        return evidence.replace(digest_in(ROOT), digest_in(copy))

    evidence = Path(entry.where).with_name("evidence.json").as_posix()
    assert not run_faults(ROOT, entry.gate)
    with planted(copy, [*entry.edits, (evidence, forge)]) as site:
        assert not found(site, "current")
        assert entry.says in "\n".join(run_faults(copy, entry.gate))


@contextmanager
def restored(root: Path) -> Iterator[dict[Path, bytes]]:
    """Everything below docs/, as it is put back afterwards."""
    kept = {path: path.read_bytes() for path in root.glob("docs/**/*.*")}
    try:
        yield kept
    finally:
        for path, content in kept.items():
            if path.read_bytes() != content:
                path.write_bytes(content)


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
    with restored(copy), planted(copy, entry.edits) as site:
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
    with restored(copy):
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
    with restored(copy) as before:
        with pytest.raises(ValueError, match=r"expected|already"):
            rename.rename(Site(copy), section, new)
        assert all(path.read_bytes() == before[path] for path in before)
