"""What is recorded is what the present code, data and versions gave.

The evidence of a lesson, and that of its drawings, holds digests of the code
and data that were run, of every recorded file, and the versions of the
packages. No lesson is run here.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from tests.harness import datasets, peers
from tests.harness.lesson import Lesson
from tests.harness.record import DRAWINGS, Record, digest
from tests.harness.snippet import code_digest

from .site import LANGUAGES, Finding, Site

PLATFORMS = {"Linux": "linux", "Darwin": "darwin", "Windows": "win32"}
Evidence = dict[str, Any]
Place = tuple[str, int, str, str]  # path, line, what is stale, what is expected


def gate(site: Site) -> Iterator[Finding]:
    """Which records are out of date."""
    for lesson in (*site.lessons.values(), *site.drawings.values()):
        name = lesson.name
        record = Record(site.root, name)
        where = record.evidence_path.relative_to(site.root).as_posix()
        evidence, backends = record.evidence(), record.backends()
        if not evidence:
            what = f"no run of the lesson {name} is recorded"
            yield Finding(where, 1, what, "evidence of a run", again(name))
            continue
        for place in _stale(site, lesson, where, evidence):
            yield Finding(*place, again(name))
        for entry in backends:
            if _short(entry, lesson) != _short(evidence, lesson):
                yield _stale_backend(site, record, name, entry)
        yield from _stale_peers(site, lesson, record)
        yield from _edited_files(lesson, record, evidence)


def again(name: str) -> str:
    """How to record a lesson, or drawings, again."""
    if name.startswith(f"{DRAWINGS.name}/"):
        return f"run `make record ARGS=snippets/{name}.py`"
    return f'run `make record ARGS="docs/zh/{name}.md docs/en/{name}.md"`'


def _stale(
    site: Site, lesson: Lesson, where: str, evidence: Evidence
) -> Iterator[Place]:
    """What has changed since a lesson, or drawings, were recorded."""
    name, recorded = lesson.name, evidence.get("code", [])
    if name in site.drawings:
        path = f"snippets/{name}.py"
        found = site.sections(path).items()
        drawn = [(each, at, code_digest(code)) for each, (at, code) in found]
        yield from _stale_code(path, drawn, recorded)
    for language in LANGUAGES:
        page = site.page(language, name)
        cells = site.code(page) if page else None
        if page and cells is not None:  # else `fences` says so
            here = filter(lambda cell: cell.runs_everywhere, cells)
            run = [(cell.name, cell.line, cell.digest) for cell in here]
            yield from _stale_code(page.path, run, recorded)
    for module, then in evidence.get("modules", {}).items():
        there = (site.root / module).is_file()
        if not there or digest(site.file(module)) != then:
            what = f"{module} changed since {name} was recorded with it"
            yield module, 1, what, "a run with the present file"
    known = {data: each.digest for data, each in datasets.DATA.items()}
    now = {data: known.get(data, "no such data set") for data in lesson.data}
    if evidence.get("data", {}) != now:
        what = f"the data of lesson {name} changed since it was recorded"
        expected = f"runs with {', '.join(now) or 'no data'} as it is now"
        yield where, 1, what, expected
    for package, version, pinned in _other_versions(site, evidence):
        yield (
            where,
            1,
            f"lesson {name} was recorded with {package} {version}",
            f"{package} {' or '.join(pinned) or 'in no version'}, as in "
            f"requirements.txt",
        )


def _stale_code(
    path: str, now: list[tuple[str, int, str]], recorded: list[list[str]]
) -> Iterator[Place]:
    """Which section, of name, line and digest, is not as it was recorded."""
    known, digests = dict(recorded), [digest for _, digest in recorded]
    if [digest for *_, digest in now] == digests:
        return
    changed = [cell for cell in now if cell[2] not in digests]
    missing = known.keys() - {name for name, *_ in now}
    if changed:
        name, line, _ = changed[0]
        how = "changed" if name in known else "was added"
        after = sum(other > line for _, other, _ in now)
        what = f"the code of section {name} {how} since it was recorded"
        if after:
            what += f"; what {after} sections after it show may differ too"
    elif missing:
        line, what = 1, f"section {min(missing)} was recorded, but is not here"
    else:
        line, what = 1, "the sections run in another order than recorded"
    yield path, line, what, "what the present code prints and draws"


def _short(evidence: Evidence, lesson: Lesson) -> list[list[str]]:
    """The code that was run, but for what other backends leave out."""
    code = evidence.get("code", [])
    return [pair for pair in code if pair[0] not in lesson.left_to_one]


def _stale_backend(
    site: Site, record: Record, name: str, entry: dict[str, str]
) -> Finding:
    return Finding(
        record.backends_path.relative_to(site.root).as_posix(),
        1,
        f"lesson {name} has changed since it ran on {entry['backend']}, "
        f"{entry['device']}",
        "runs of the present code on each backend",
        f"run `make backends ARGS=docs/en/{name}.md`, on a machine with that "
        f"device",
    )


def _stale_peers(
    site: Site, lesson: Lesson, record: Record
) -> Iterator[Finding]:
    """Blocks that need another package, if no run of them is of this code."""
    for language in LANGUAGES:
        page = site.page(language, lesson.name)
        cells = (page and site.code(page)) or []
        block = next((cell for cell in cells if cell.importorskip), None)
        then = [digest for _, digest in record.peers().get("code", [])]
        now = [cell.digest for cell in peers.needed(cells, lesson)]
        if page and block and now != then:
            what = f"section {block.name} needs {block.importorskip}, and no "
            what += "run of this code, and of that above it, is recorded"
            expected = "what the present code does where that is installed"
            yield Finding(page.path, block.line, what, expected, peers.DO)


def _other_versions(
    site: Site, evidence: Evidence
) -> Iterator[tuple[str, str, list[str]]]:
    """Packages in another version than is pinned, with both versions."""
    pins = _pins(site.file("requirements.txt"))
    system, _, machine = evidence.get("system", "").partition(" ")
    python = evidence.get("python", "3.11.0")
    there = {  # where it was recorded, which may not be this machine
        "sys_platform": PLATFORMS.get(system, system.lower()),
        "platform_system": system,
        "platform_machine": machine,
        "python_version": ".".join(python.split(".")[:2]),
        "python_full_version": python,
    }
    for package, version in evidence.get("versions", {}).items():
        pinned = [
            str(pin.specifier).removeprefix("==")
            for pin in pins.get(canonicalize_name(package), [])
            if pin.marker is None or pin.marker.evaluate(there)
        ]
        if version not in pinned:
            yield package, version, pinned


@cache
def _pins(text: str) -> dict[str, list[Requirement]]:
    pins: dict[str, list[Requirement]] = {}
    for line in text.splitlines():
        try:
            pin = Requirement(line.partition(" #")[0].rstrip(" \\"))
        except InvalidRequirement:
            continue  # a comment, or a hash
        pins.setdefault(canonicalize_name(pin.name), []).append(pin)
    return pins


def _edited_files(
    lesson: Lesson, record: Record, evidence: Evidence
) -> Iterator[Finding]:
    name = lesson.name
    recorded, now = {**evidence.get("files", {})}, record.digests()
    recorded |= record.peers().get("files", {})  # written on their own
    to_leave = map(record.left_path, lesson.left_names)
    left = {path.relative_to(record.root).as_posix() for path in to_leave}
    for path in sorted(recorded.keys() | now.keys() | left):
        if path in now and recorded.get(path) == now[path]:
            continue
        if path not in now:
            what = "this recorded file is missing"
        elif path not in recorded:
            what = "no run made this file"
        else:
            what = "this recorded file was changed by hand"
        expected = f"the file as the recorded run of {name} wrote it"
        do = f"git checkout -- {path}, or {again(name)}"
        yield Finding(path, 1, what, expected, do)
