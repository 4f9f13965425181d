"""What is recorded is what the present code, data and versions gave.

The evidence of a lesson, and that of its drawings, holds digests of the code
and data that were run, of every recorded file, and the versions of the
packages. No lesson is run here.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from tests.harness import datasets
from tests.harness.lessons import Lesson, LessonError, read_lesson
from tests.harness.records import (
    DRAWINGS,
    Record,
    code_digest,
    digest,
    drawing_name,
)

from .fences import is_run
from .reading import Page
from .site import Finding, Site

PLATFORMS = {"Linux": "linux", "Darwin": "darwin", "Windows": "win32"}


def gate(site: Site) -> list[Finding]:
    """Which records are out of date."""
    found = _damaged_data(site)
    drawings = {drawing_name(name): name for name in site.drawings}
    for name in [*site.lessons, *drawings]:
        record = Record(site.root, name)
        try:
            evidence = record.evidence()
        except ValueError:
            continue  # Site.numbers says so
        where = record.evidence_path.relative_to(site.root).as_posix()
        if not evidence:
            found.append(
                Finding(
                    where,
                    1,
                    f"no run of the lesson {name} is recorded",
                    "evidence of a run",
                    again(name),
                )
            )
            continue
        if name in drawings:
            found += _stale_drawings(site, name, evidence)
        for language in ("zh", "en"):
            if page := site.page(language, name):
                found += _stale_code(site, page, evidence.get("code", []))
        found += _stale_modules(site, name, evidence)
        found += _stale_backends(site, name, record, evidence)
        found += _stale_data(site, name, where, evidence)
        found += _stale_versions(site, name, where, evidence)
        found += _edited_files(name, record, evidence)
    return found


def _damaged_data(site: Site) -> list[Finding]:
    found = []
    folder = site.root / "snippets" / "data"
    for name, (file, _) in datasets.SHIPPED.items():
        try:
            datasets.checked(name, folder)
        except datasets.DamagedData as error:
            what, _, remedy = str(error).partition(". ")
            found.append(
                Finding(
                    f"snippets/data/{file}",
                    1,
                    what.replace(f"{folder.as_posix()}/", ""),
                    "the file as it was shipped",
                    remedy,
                )
            )
    return found


def page_code(site: Site, page: Page) -> list[tuple[str, int, str]]:
    """The code that a page runs: name, line in the page, digest."""
    blocks: list[tuple[str, int, str]] = []
    for unit in filter(is_run, page.units):
        lines, names = [], []
        includes = {
            each.line: each.detail
            for each in page.includes()
            if unit.line < each.line <= unit.line + unit.text.count("\n") + 1
        }
        for offset, line in enumerate(unit.text.split("\n"), start=1):
            target = includes.get(unit.line + offset)
            if target is None:
                lines.append(line)
            elif included := site.included(target):
                lines.append(included[2].rstrip("\n"))
                names.append(target.partition(":")[2])
        name = "+".join(filter(None, names)) or f"line-{unit.line}"
        blocks.append((name, unit.line, code_digest("\n".join(lines))))
    return blocks


def _stale_code(
    site: Site, page: Page, recorded: list[list[str]]
) -> list[Finding]:
    now = page_code(site, page)
    if [digest for *_, digest in now] == [digest for _, digest in recorded]:
        return []
    known = dict(recorded)
    digests = {digest for _, digest in recorded}
    waived = {
        unit.line
        for unit in filter(is_run, page.units)
        if site.waived(unit, "stale")
    }
    changed = [block for block in now if block[2] not in digests]
    if changed and all(line in waived for _, line, _ in changed):
        return []
    missing = [name for name in known if name not in {b[0] for b in now}]
    if changed:
        name, line, _ = changed[0]
        how = "changed" if name in known else "was added"
        after = sum(block[1] > line for block in now)
        what = f"the code of section {name} {how} since it was recorded"
        if after:
            what += f"; what {after} sections after it show may differ too"
    elif missing:
        line, what = 1, f"section {missing[0]} was recorded, but is not here"
    else:
        line, what = 1, "the sections run in another order than recorded"
    return [
        Finding(
            page.path,
            line,
            what,
            "outputs recorded from the code on the page",
            again(page.name)
            + ", or say above the fence: <!-- waived stale: reason -->",
        )
    ]


def _stale_drawings(site: Site, name: str, evidence: dict) -> list[Finding]:
    """The script has changed."""
    path = f"snippets/{name}.py"
    now = {
        section: (line, code_digest(code))
        for section, (line, code) in site.sections(path).items()
    }
    recorded = dict(evidence.get("code", []))
    places = [
        (path, line, f"the drawing {section} changed since it was recorded")
        for section, (line, code) in now.items()
        if recorded.get(section) != code
    ]
    places += [
        (path, 1, f"the drawing {section} was recorded, but is not here")
        for section in recorded.keys() - now.keys()
    ]
    return [
        Finding(
            where, line, what, "figures drawn by the present code", again(name)
        )
        for where, line, what in places
    ]


def _stale_modules(site: Site, name: str, evidence: dict) -> list[Finding]:
    """A file of the project that a run was made with has changed."""
    return [
        Finding(
            module,
            1,
            f"{module} changed since {name} was recorded with it",
            "a run with the present file",
            again(name),
        )
        for module, then in evidence.get("modules", {}).items()
        if not (site.root / module).is_file()
        or digest(site.file(module)) != then
    ]


def again(name: str) -> str:
    """How to record a lesson, or drawings, again."""
    if name.startswith(f"{DRAWINGS.name}/"):
        return f"run `make record ARGS=snippets/{name}.py`"
    return f'run `make record ARGS="docs/zh/{name}.md docs/en/{name}.md"`'


def _settings(site: Site, name: str) -> Lesson:
    """Settings of a lesson or of drawings; wrong ones are named elsewhere."""
    try:
        return site.lessons.get(name) or read_lesson(site.root, name)
    except LessonError:
        return Lesson(name)


def _stale_backends(
    site: Site, name: str, record: Record, evidence: dict
) -> list[Finding]:
    """The lesson has changed since it ran on another backend."""
    return [
        Finding(
            record.backends_path.relative_to(site.root).as_posix(),
            1,
            f"lesson {name} has changed since it ran on {entry['backend']}, "
            f"{entry['device']}",
            "runs of the present code on each backend",
            f"run `make backends ARGS={name}`, on a machine with that device",
        )
        for entry in record.backends()
        if entry.get("code") != evidence.get("code")
    ]


def _stale_data(
    site: Site, name: str, where: str, evidence: dict
) -> list[Finding]:
    shipped = {
        data: datasets.SHIPPED.get(data, ("", "no such data set"))[1]
        for data in _settings(site, name).data
    }
    if evidence.get("data", {}) == shipped:
        return []
    return [
        Finding(
            where,
            1,
            f"the data of lesson {name} changed since it was recorded",
            f"runs with {', '.join(shipped) or 'no data'} as shipped now",
            again(name),
        )
    ]


def _stale_versions(
    site: Site, name: str, where: str, evidence: dict
) -> list[Finding]:
    pins = _pins(site.root / "requirements.txt")
    system, _, machine = evidence.get("system", "").partition(" ")
    python = evidence.get("python", "3.11.0")
    there = {  # where it was recorded, which may not be this machine
        "sys_platform": PLATFORMS.get(system, system.lower()),
        "platform_system": system,
        "platform_machine": machine,
        "python_version": ".".join(python.split(".")[:2]),
        "python_full_version": python,
    }
    found = []
    for package, version in evidence.get("versions", {}).items():
        pinned = [
            str(pin.specifier).removeprefix("==")
            for pin in pins.get(canonicalize_name(package), [])
            if pin.marker is None or pin.marker.evaluate(there)
        ]
        if version not in pinned:
            found.append(
                Finding(
                    where,
                    1,
                    f"lesson {name} was recorded with {package} {version}",
                    f"{package} {' or '.join(pinned) or 'in no version'}, "
                    f"as in requirements.txt",
                    again(name),
                )
            )
    return found


@cache
def _parsed(text: str) -> dict[str, list[Requirement]]:
    pins: dict[str, list[Requirement]] = {}
    for line in text.splitlines():
        try:
            pin = Requirement(line.partition(" #")[0].rstrip(" \\"))
        except InvalidRequirement:
            continue  # a comment, or a hash
        pins.setdefault(canonicalize_name(pin.name), []).append(pin)
    return pins


def _pins(path: Path) -> dict[str, list[Requirement]]:
    return _parsed(path.read_text(encoding="utf-8") if path.is_file() else "")


def _edited_files(name: str, record: Record, evidence: dict) -> list[Finding]:
    recorded, now = evidence.get("files", {}), record.digests()
    found = []
    for path in sorted(recorded.keys() | now.keys()):
        if recorded.get(path) == now.get(path):
            continue
        if path not in now:
            what = "this recorded file is missing"
        elif path not in recorded:
            what = "no run made this file"
        else:
            what = "this recorded file was changed by hand"
        found.append(
            Finding(
                path,
                1,
                what,
                f"the file as the recorded run of {name} wrote it",
                f"git checkout -- {path}, or {again(name)}",
            )
        )
    return found
