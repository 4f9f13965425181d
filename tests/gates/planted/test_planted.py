"""Plant one fault at a time in a copy of the real site; each must be named.

A fault is caught if a gate, or the comparison with a run, reports it in the
right file and says what it is. Harmless edits must pass every gate.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.gates import all_gates, numbers, parity
from tests.gates.numerals import numerals
from tests.gates.site import Finding, Site
from tests.harness import compare
from tests.harness.records import Record, digest
from tests.harness.runs import Result

from .edits import OUTPUTS, Change, Fault
from .faults import FAULTS, FORGED, HARMLESS, WAIVED

ROOT = Path(__file__).parents[3]
COPIED = ("docs", "snippets", "tests/lessons", "tests/harness")
COPIED += ("tests/check_python.py",)
COPIED += (
    ".github/badges",
    "mkdocs.yml",
    "requirements.txt",
    "LICENSE-docs.md",
    "pyproject.toml",
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("site")
    for name in COPIED:
        source, target = ROOT / name, root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    return root


@pytest.fixture
def edited(copy: Path) -> Iterator[Callable[[dict[str, Change | None]], Path]]:
    """Edit files of the copy; they are restored afterwards."""
    before: dict[Path, bytes | None] = {}

    def edit(edits: dict[str, Change | None]) -> Path:
        for name, change in edits.items():
            path = copy / name
            before[path] = path.read_bytes() if path.is_file() else None
            if change is None:
                path.unlink()
                continue
            text = (before[path] or b"").decode()
            changed = change(text)
            assert changed != text
            path.write_text(changed, encoding="utf-8")
        return copy

    yield edit
    for path, content in before.items():
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)


def test_the_copy_itself_passes(copy: Path) -> None:
    assert not _all(copy)


@pytest.mark.parametrize(
    "fault", FAULTS, ids=[f"{n}-{f.kind}" for n, f in enumerate(FAULTS)]
)
def test_fault_is_named(edited, record_property, fault: Fault) -> None:
    record_property("fault", fault.kind)
    found = all_gates.check(Site(edited(fault.edits)))[0]
    told = [
        finding
        for finding in found[fault.gate]
        if finding.path == fault.where
        and fault.says in f"{finding.what} {finding.expected}"
    ]
    everything = "\n".join(map(str, _flat(found))) or "nothing"
    assert told, f"expected {fault.gate} to say {fault.says!r}:\n{everything}"
    file = edited({}) / fault.where
    for finding in told:
        assert finding.expected and finding.do
        if file.is_file():
            assert 1 <= finding.line <= len(file.read_text().splitlines()) + 1


@pytest.mark.parametrize("edit", HARMLESS)
def test_harmless_edit_passes(edited, record_property, edit: str) -> None:
    record_property("harmless", "harmless")
    found = _all(edited(HARMLESS[edit]))
    assert not found, "\n".join(map(str, found))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_digit_of_a_lesson_can_be_changed_alone(language: str) -> None:
    """Each number in turn, its last digit one more, in this language only."""
    site = Site(ROOT)
    assert not numbers.gate(site) + parity.gate(site)
    missed, tried = [], 0
    for name in site.lessons:
        zh, en = site.page("zh", name), site.page("en", name)
        assert zh and en
        page = zh if language == "zh" else en
        for unit in page.prose():
            text = unit.text
            for numeral in numerals(numbers.prose(text)):
                if not numeral.text[0].isdigit():
                    continue
                last = max(
                    place
                    for place, sign in enumerate(numeral.text)
                    if sign.isdigit()
                )
                place = numeral.position + last
                digit = str((int(text[place]) + 1) % 10)
                unit.text = text[:place] + digit + text[place + 1 :]
                tried += 1
                if not (
                    parity.differences(zh, en, site)
                    or numbers.unaccounted(site, page)
                ):
                    missed.append(f"{page.path}:{unit.line} {numeral.text}")
            unit.text = text
    assert tried > 100
    assert not missed


def test_several_faults_are_told_together(edited) -> None:
    one, two = FAULTS[0], FAULTS[3]
    found = _all(edited({**one.edits, **two.edits}))
    texts = "\n".join(map(str, found))
    assert one.says in texts
    assert two.says in texts


@pytest.mark.parametrize("subject", WAIVED)
def test_a_waiver_with_a_reason_is_heeded(edited, subject: str) -> None:
    edits, gate = WAIVED[subject]
    found = all_gates.check(Site(edited(edits)))[0]
    assert not found[gate], "\n".join(map(str, found[gate]))


@pytest.mark.parametrize("subject", WAIVED)
def test_a_waiver_without_a_reason_is_not(edited, subject: str) -> None:
    edits, gate = WAIVED[subject]

    def without_reason(change: Change | None) -> Change:
        assert change
        return lambda text: change(text).replace(": why -->", ": -->")

    bare = {path: without_reason(change) for path, change in edits.items()}
    found = all_gates.check(Site(edited(bare)))[0]
    assert found[gate]


# --- Faults that a run has to find, because the digests were forged too -------


def _run_faults(root: Path, name: str) -> list[str]:
    """What comparing says about a run that did what is recorded here."""
    here, there = Record(ROOT, "mnist_convnet"), Record(root, "mnist_convnet")
    measured = {name: kept["page"] for name, kept in here.metrics().items()}
    metrics = compare.Metrics(measured, there.metrics())
    drawing = here.drawing_path(name)
    figures = (
        [{"data": here.figure_data(name), "drawing": drawing.read_text()}]
        if drawing.is_file()
        else []
    )
    result = Result(here.text(name) or "", figures, {}, 0.0)
    return metrics.faults() + compare.result_faults(
        name, result, there, metrics, form_only=False
    )


@pytest.mark.parametrize("fault", FORGED)
def test_forged_record_is_found_by_a_run(
    edited, record_property, fault: str
) -> None:
    record_property("fault", f"forged: {fault}")
    name, edits, says = FORGED[fault]
    assert not _run_faults(ROOT, name)
    root = edited({f"{OUTPUTS}/{file}": edit for file, edit in edits.items()})
    evidence = root / OUTPUTS / "evidence.json"
    kept = evidence.read_text()
    forged = json.loads(kept)
    for file in edits:
        text = (root / OUTPUTS / file).read_text()
        forged["files"][f"{OUTPUTS}/{file}"] = digest(text)
    evidence.write_text(json.dumps(forged))
    try:
        assert not all_gates.check(Site(root))[0]["current"]
        found = "\n".join(_run_faults(root, name))
    finally:
        evidence.write_text(kept)
    assert says in found


def _all(root: Path) -> list[Finding]:
    return _flat(all_gates.check(Site(root))[0])


def _flat(found: dict[str, list[Finding]]) -> list[Finding]:
    return [finding for each in found.values() for finding in each]
