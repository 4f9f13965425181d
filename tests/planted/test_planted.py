"""Plant one fault at a time in a copy of the real site; each must be named.

A fault is caught if a gate reports it in the right file and says what it is.
Harmless edits must pass every gate.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gates import all_gates
from tests.gates.site import Finding, Site

from .conftest import TABLE, each, found, listed, planted, restored
from .edits import Change, Planted


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
    with restored([path := copy / name]) as before:
        path.write_bytes(b"\n\xff" + before[path])
        (told,) = found(Site(copy))
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
        assert not listed(found(site, entry.gate))
