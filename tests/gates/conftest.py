"""Tell, at the end, what the gates were seen to catch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .reading import read

ROOT = Path(__file__).parents[2]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    counted = {"fault": [0, 0], "harmless": [0, 0]}
    kinds: set[str] = set()
    seen = []
    for status in ("passed", "failed"):
        for report in terminalreporter.stats.get(status, []):
            seen.append(report)
            for key, value in getattr(report, "user_properties", []):
                if key in counted and report.when == "call":
                    counted[key][0] += status == "passed"
                    counted[key][1] += 1
                    kinds.add(value)
    if not any("tests/gates/" in report.nodeid for report in seen):
        return
    pages = sorted((ROOT / "docs").glob("??/**/*.md"))
    waivers = [
        annotation
        for page in pages
        for annotation in read(page, ROOT).annotations
        if annotation.kind == "waived"
    ]
    write = terminalreporter.write_line
    terminalreporter.section("gates")
    if counted["fault"][1]:
        caught, planted = counted["fault"]
        passed, made = counted["harmless"]
        count = len(kinds - {"harmless"})
        write(f"caught / planted: {caught} / {planted} faults of {count} kinds")
        write(f"passed / made: {passed} / {made} harmless edits")
    write(f"{len(waivers)} waivers on {len(pages)} pages, each with a reason")
