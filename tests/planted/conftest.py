"""A copy of the real site, what is planted in it, and what the gates find."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.gates import all_gates
from tests.gates.site import Finding, Site

from .edits import Change, read

ROOT = Path(__file__).parents[2]
TABLE = read(Path(__file__).with_name("faults.yml"))
COPIED = (
    *("docs", "snippets", "tests", ".github/badges", "mkdocs.yml"),
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
def restored(paths: Iterable[Path]) -> Iterator[dict[Path, bytes | None]]:
    """What files hold, if they are there, and get back afterwards."""
    kept = {
        each: each.read_bytes() if each.exists() else None for each in paths
    }
    try:
        yield kept
    finally:
        for path, content in kept.items():
            path.write_bytes(content or b"")
            if content is None:
                path.unlink()


@contextmanager
def planted(root: Path, edits: list[tuple[str, Change]]) -> Iterator[Site]:
    """The site with edited files, which are restored afterwards."""
    with restored(root / name for name, _ in edits):
        for name, change in edits:
            path = root / name
            if change is None:
                path.unlink()
                continue
            text = path.read_bytes().decode() if path.exists() else ""
            assert change(text) != text
            path.parent.mkdir(exist_ok=True)
            path.write_text(change(text), encoding="utf-8")
        yield Site(root)


def found(site: Site, gate: str = "") -> list[Finding]:
    """What a gate, or any, finds; some need what all the others have seen."""
    if gate in all_gates.GATES and not site.problems:
        return list(all_gates.GATES[gate](site))
    told, _ = all_gates.check(site)
    return [f for name in told if gate in ("", name) for f in told[name]]


def listed(findings: list[Finding]) -> str:
    return "\n".join(map(str, findings))
