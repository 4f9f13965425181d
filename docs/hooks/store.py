"""What a build makes, kept below .cache/ for the next one.

Each entry is kept with a key: all that it was made from. The key of every
entry also holds the packages that are installed, the configuration, and the
code that builds the site. Without .cache/ a build makes the same, in more
time.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from jinja2.bccache import Bucket, BytecodeCache

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "site"
Given, Made = ParamSpec("Given"), TypeVar("Made")

_forget: list[Callable[[], None]] = []


def once(make: Callable[Given, Made]) -> Callable[Given, Made]:
    """Let a function answer the same question once in a build."""
    kept = cache(make)
    _forget.append(kept.cache_clear)
    return kept  # type: ignore[return-value]


def _code() -> list[bytes]:
    """The modules that have a part in a build."""
    folders = (ROOT / "docs/hooks", ROOT / "tests/harness")
    return [
        path.read_bytes()
        for folder in folders
        for path in sorted(folder.glob("*.py"))
    ]


RUNNING = _code()  # what this process has loaded


@once
def _surroundings() -> str | None:
    """What holds for all entries; None if other code runs than stands here."""
    if _code() != RUNNING:
        return None  # edited under `make serve`, which goes on with the old
    settings = [path.read_bytes() for path in sorted(ROOT.glob("mkdocs*.yml"))]
    installed = {
        found.name  # with the version
        for place in sys.path
        for found in Path(place).glob("*.dist-info")
    }
    parts = (sys.version, sorted(installed), settings, RUNNING)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


@once
def digest(place: Path) -> str:
    """Digest of the paths and bytes of a file, or of all below a folder."""
    found = hashlib.sha256()
    inside = place.rglob("*") if place.is_dir() else [place]
    for path in sorted(filter(Path.is_file, inside)):
        found.update(f"{path} ".encode() + path.read_bytes())
    return found.hexdigest()


def start() -> None:
    """Begin a build: files may have changed since the last."""
    for forget in _forget:
        forget()


def kept(
    name: str,
    parts: tuple[Any, ...],
    make: Callable[[], Any],
    is_good: Callable[[], bool] = lambda: True,
) -> Any:
    """What `make` gives, from the last build if that made it of the same.

    Args:
        name: of the entry; an entry replaces the one of the same name.
        parts: all that it is made from.
        make: makes it.
        is_good: whether to keep what was made.
    """
    found = _find(name, parts)
    if found is None:
        found = make()
        if is_good():
            _keep(name, parts, found)
    return found


def _key(parts: tuple[Any, ...]) -> bytes:
    found = hashlib.sha256(repr(_surroundings()).encode())
    for part in parts:  # of a long text, `repr` takes longer than the digest
        text = part if isinstance(part, str) else repr(part)
        found.update(f"{type(part)} {len(text)} ".encode() + text.encode())
    return found.digest()


def _find(name: str, parts: tuple[Any, ...]) -> Any:
    path = CACHE / name
    if not _surroundings() or not path.is_file():
        return None
    with path.open("rb") as file:
        if file.read(hashlib.sha256().digest_size) != _key(parts):
            return None
        try:
            return pickle.load(file)
        except (pickle.UnpicklingError, EOFError):
            return None  # damaged: make it again


def _keep(name: str, parts: tuple[Any, ...], made: Any) -> None:
    if not _surroundings():
        return
    path = CACHE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(_key(parts) + pickle.dumps(made))
    try:
        part.replace(path)
    except PermissionError:  # on Windows, while another process reads it
        part.unlink()


class _Templates(BytecodeCache):
    """Compiled templates, which know the source that they are made from."""

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := _find(f"templates/{bucket.key}", ()):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        _keep(f"templates/{bucket.key}", (), bucket.bytecode_to_string())


TEMPLATES = _Templates()
