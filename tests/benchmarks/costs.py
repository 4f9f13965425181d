"""What `make test`, `make site`, `make serve` and `make check` cost.

They run in copies of the project, in which nothing is remembered. In copies
in which every lesson stands 10 and 100 times, under new names, the build and
the gates show how they grow; each is a project that builds and passes.
Both take half an hour or more, so that each is a part of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.gates.site import Site

FACTORS = (1, 10, 100)
# Of seconds, but of processor time for the build, which a busy machine does
# not change much. Each lesson after the seventh may add some, see LATER.
LIMITS = {
    "test": 600,
    "test_unchanged": 15,
    "site": 8,
    "site_edited": 3.5,
    "serve_edited": 2,
}
LATER = {"test": 60, "site": 0.4}
MOST = {"test": 1500}  # however many lessons there are
START = re.compile(r"^( *)# --8<-- \[start:.*$", re.MULTILINE)
PAUSE = 5  # seconds, until both languages are built and the server watches
GROWTH = 1.3  # at most, of the cost of a page, from 10 times to 100 times
EDITED = "docs/en/pooling.md"
# What authors save under `make serve`: where it goes, by a pattern, and the
# page that shows it.
SAVED = {
    EDITED: (r"\Z", "en/pooling"),
    "snippets/pooling.py": (r"(?<=start:pool\]\n)", "en/pooling"),
    "snippets/outputs/pooling/by_hand.txt": (r"\Z", "en/pooling"),
    "docs/labels.yml": (r"(?<=: )(?=最大 maximum$)", "pooling"),
    "docs/terms.yml": (r"(?<=^  says_en: )", "en/glossary"),
}
MADE = shutil.ignore_patterns(
    ".git", ".venv", ".cache", ".*_cache", "__pycache__"
)


def measure(root: Path) -> dict[str, Any]:
    """Seconds and processor time of everything, and what is over its limit."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="costs-") as folder:
        copy = Path(folder) / "copy"
        grow(root, copy, 1)
        for name in ("site", "check"):
            found[name] = make(copy, name)
        save(copy, EDITED, "edited")
        found["site_edited"] = make(copy, "site")
        found["serve_edited"] = serve(copy)
        print(found, flush=True)
        make(copy, "data")  # the time of a download is not the project's
        for name in ("test", "test_unchanged"):
            found[name] = make(copy, "test")
    found["over"] = over(found, len([*root.glob("snippets/*.py")]))
    return found


def measure_growth(root: Path) -> dict[str, Any]:
    """The cost of copies with more lessons; whether a page costs more there."""
    scale = []
    with tempfile.TemporaryDirectory(prefix="growth-") as folder:
        for factor in FACTORS:
            copy = Path(folder) / f"times-{factor}"
            size = {"pages": grow(root, copy, factor)}
            names = " ".join(Site(copy).names)
            make(copy, "reviewed", f"SECTIONS={names}")  # of the copies
            make(copy, "badges")
            size |= {name: make(copy, name) for name in ("site", "check")}
            scale.append(size)
            print(size, flush=True)
            shutil.rmtree(copy)
    return {"scale": scale, "over": grown(scale)}


def make(copy: Path, target: str, *options: str) -> dict[str, float]:
    """Seconds and processor time of `make <target>` in a copy.

    Raises:
        SystemExit: it failed.
    """
    packages = Path(sys.executable).parent  # already installed
    old = [f"--old-file=.venv/{name}-ready" for name in ("site", "test")]
    command = ["make", *old, target, f"BIN={packages}", *options]
    return timed(command, copy)


def timed(
    command: list[str], cwd: Path, env: dict[str, str] | None = None
) -> dict[str, float]:
    """Seconds and processor time of a command.

    Raises:
        SystemExit: it failed.
    """
    before, started = os.times(), time.perf_counter()
    done = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True
    )
    seconds, after = time.perf_counter() - started, os.times()
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    user = after.children_user - before.children_user
    system = after.children_system - before.children_system
    return {"seconds": round(seconds, 2), "processor": round(user + system, 2)}


def save(copy: Path, name: str, word: str) -> None:
    """Put a word, with a mark that makes it a comment in code, into a file."""
    pattern, _ = SAVED[name]
    path = copy / name
    text = path.read_text(encoding="utf-8")
    mark = f"# {word}\n" if path.suffix == ".py" else f"{word} "
    text, count = re.subn(pattern, mark, text, count=1, flags=re.MULTILINE)
    assert count, f"{name} has no {pattern}"
    path.write_text(text, encoding="utf-8")


def serve(copy: Path) -> dict[str, Any]:
    """Seconds from saving a file until `make serve` shows it; the longest."""
    address = "127.0.0.1:8765"
    command = ["mkdocs", "serve", "--quiet", "--dev-addr", address]
    server = subprocess.Popen([sys.executable, "-m", *command], cwd=copy)
    found = {}
    try:
        for number, (name, (_, page)) in enumerate(SAVED.items()):
            shown, word = f"http://{address}/{page}/", f"saved{number}"
            _wait_for("", shown)
            started = time.perf_counter()
            save(copy, name, word)
            _wait_for(word, shown)
            found[name] = round(time.perf_counter() - started, 2)
            time.sleep(PAUSE)
    finally:
        server.terminate()
        server.wait()
    return {"seconds": max(found.values()), "of": found}


def _wait_for(word: str, address: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address) as page:
                if word in page.read().decode():
                    return
        except OSError:  # it does not listen yet
            pass
        time.sleep(0.2)
    sys.exit(f"{address} does not show {word!r}")


def over(found: dict[str, Any], lessons: int) -> list[str]:
    """What takes longer than it may, in words."""
    faults = []
    for name, limit in LIMITS.items():
        limit += LATER.get(name, 0) * max(0, lessons - 7)
        limit = min(limit, MOST.get(name, limit))
        cost = found[name].get("processor" if "site" in name else "seconds")
        if cost > limit:
            faults.append(f"{name}: {cost} s, more than {limit}")
    return faults


def grown(scale: list[dict[str, Any]]) -> list[str]:
    """What costs more for each page where there are more pages, in words."""
    faults = []
    for name in ("site", "check"):
        before, now = (growth(scale[n : n + 2], name) for n in (0, 1))
        if now > GROWTH * before:
            faults.append(f"{name}: a page costs {now} s, before {before}")
    return faults


def growth(sizes: list[dict[str, Any]], name: str) -> float:
    """Seconds of processor time that a page more costs."""
    small, large = sizes
    more = large[name]["processor"] - small[name]["processor"]
    return round(more / (large["pages"] - small["pages"]), 4)


def not_copied(folder: str, names: list[str]) -> set[str]:
    """What machines have made; `site` is that only beside mkdocs.yml."""
    built = {"site"} if "mkdocs.yml" in names else set()
    return MADE(folder, names) | built


def grow(
    root: Path, copy: Path, factor: int, lessons: Sequence[str] = ()
) -> int:
    """Copy a project with lessons `factor` times; return its pages.

    Args:
        root: of the project.
        copy: the folder of the copy.
        factor: how many times they stand in it.
        lessons: their names; none means all.
    """
    shutil.copytree(root, copy, ignore=not_copied)
    scripts = sorted((root / "snippets").glob("*.py"))
    for lesson in lessons or [script.stem for script in scripts]:
        names = [f"{lesson}_copy_{number}" for number in range(2, factor + 1)]
        files = [
            path
            for folder in ("docs", "snippets", "tests/lessons")
            for path in (copy / folder).rglob("*")
            if path.stem in (lesson, f"test_{lesson}")
            or path.parent.name == lesson
        ]
        for file in filter(Path.is_file, files):
            _copy_renamed(copy, file, lesson, names)
        _list(copy, lesson, names)
    for git in ("init --quiet", "add --all"):  # some checks ask what is tracked
        subprocess.run(["git", *git.split()], cwd=copy, check=True)
    return len([*copy.glob("docs/zh/*.md"), *copy.glob("docs/en/*.md")])


def _copy_renamed(
    copy: Path, file: Path, lesson: str, names: list[str]
) -> None:
    """Copy a file of a lesson to others, in which code looks different.

    A comment at the top of each section says which copy it is: what a build
    does once for all code that is alike has no advantage from copies.
    """
    for number, name in enumerate(names, start=2):
        place = file.relative_to(copy).as_posix()
        target = copy / place.replace(lesson, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix in {".png", ".bin"}:
            shutil.copyfile(file, target)
            continue
        text = file.read_text(encoding="utf-8")
        text = START.sub(rf"\g<0>\n\1# {number}", text)
        target.write_text(_renamed(text, lesson, name), encoding="utf-8")


def _renamed(text: str, lesson: str, name: str) -> str:
    """The text with a lesson's name replaced where it refers to its files.

    `pooling` is a lesson, and a word: it is the lesson in paths, as the first
    name of a recorded number, and in quotes.
    """
    number = r"\.(?:evidence|backends|\w+\.(?:page|mean|sd|seeds))\b"
    return re.sub(
        rf'(?<=/){lesson}(?=[./])|(?<=lesson = "){lesson}(?=")'
        rf"|(?<!\w){lesson}(?={number})|(?<![\w/]){lesson}(?=\.md\b)",
        name,
        text,
    )


def _list(copy: Path, lesson: str, names: list[str]) -> None:
    """List the others behind a lesson, in the navigation and at home."""
    entry = re.compile(rf"^(?: *- |\| \[.*\]\(){lesson}\.md.*\n", re.MULTILINE)
    for path in ("mkdocs.yml", "docs/zh/index.md", "docs/en/index.md"):
        text = (copy / path).read_text(encoding="utf-8")
        found = entry.search(text)
        assert found, f"{path} does not list {lesson}"
        lines = [_renamed(found[0], lesson, name) for name in names]
        text = text.replace(found[0], found[0] + "".join(lines))
        (copy / path).write_text(text, encoding="utf-8")
