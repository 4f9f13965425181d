"""`make lesson NAME=my_lesson`: the files of a new lesson.

They are copies of templates/, with `$name` and `$id` filled in, and already
run and record as they stand. What an author has to write is marked `TODO`;
the gate `complete` lists what is left of that.
"""

from __future__ import annotations

import importlib.util
import keyword
import re
from pathlib import Path
from string import Template

from mkdocs.utils.yaml import yaml_load

TEMPLATES = Path(__file__).parent / "templates"
FILES = {  # template -> the file that it becomes
    "script.py.txt": "snippets/$name.py",
    "settings.toml.txt": "snippets/$name.toml",
    "zh.md.txt": "docs/zh/$name.md",
    "en.md.txt": "docs/en/$name.md",
    "test.py.txt": "tests/lessons/test_$name.py",
}
LISTS = {  # the home page of each language -> the lesson's row there
    "docs/zh/index.md": "| [TODO：标题]($name.md) | TODO：学完能做什么 "
    "| {{ $name.evidence.date }}，NumPy {{ $name.evidence.versions.numpy }} |",
    "docs/en/index.md": "| [TODO: title]($name.md) | TODO: do what "
    "| {{ $name.evidence.date }}, NumPy {{ $name.evidence.versions.numpy }} |",
}
NAVIGATION = "mkdocs.yml"
# Names that mean something else in pages, or for `make reviewed`.
TAKEN = {"all", "benchmarks", "drawings", "proof", "runs", "terms"}


class NoLesson(Exception):
    """The lesson cannot be created. The text says why, and what to do."""


def create(root: Path, name: str) -> list[str]:
    """Create a lesson's files and list it; all of that or nothing.

    Args:
        root: the project's folder.
        name: of the lesson, such as "padding_strides".

    Returns:
        The paths of the files that were written or changed.

    Raises:
        NoLesson: the name cannot be used, or a file stands in the way.
    """
    check_name(name)
    words = {"name": name, "id": name.replace("_", "-")}
    texts = {
        Template(target).substitute(words): Template(
            (TEMPLATES / template).read_text(encoding="utf-8")
        ).substitute(words)
        for template, target in FILES.items()
    }
    outputs = f"snippets/outputs/{name}"
    for path in (*texts, outputs):
        if (root / path).exists():
            raise NoLesson(
                f"{path} exists. Expected: a name that no lesson and no page "
                f"has. Choose another, or delete that file first."
            )
    texts |= {
        path: with_row(_read(root, path), Template(row).substitute(words), path)
        for path, row in LISTS.items()
    }
    texts[NAVIGATION] = in_navigation(_read(root, NAVIGATION), name, root)
    _write(root, texts)
    return list(texts)


def check_name(name: str) -> None:
    """Raise NoLesson unless a lesson can have this name."""
    expected = "lower-case letters, digits and _, such as padding_strides"
    if not re.fullmatch(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*", name):
        raise NoLesson(
            f"{name!r} cannot name a lesson. Expected: {expected}. "
            f"Run: make lesson NAME=my_lesson"
        )
    if keyword.iskeyword(name) or name in TAKEN:
        raise NoLesson(
            f"{name!r} means something else already. Expected: another name, "
            f"such as {name}_lesson."
        )
    if importlib.util.find_spec(name):
        raise NoLesson(
            f"Python has a module {name!r}, which snippets/{name}.py would "
            f"hide from the other lessons. Expected: another name, such as "
            f"{name}_lesson."
        )


def with_row(text: str, row: str, path: str) -> str:
    """A home page with one more row below those of section #lessons."""
    lines = text.splitlines(keepends=True)
    last = 0
    section = ""
    for number, line in enumerate(lines, start=1):
        if heading := re.match(r"#+ .*\{#([\w-]+)\}", line):
            section = heading[1]
        elif section == "lessons" and line.startswith("| ["):
            last = number
    if not last:
        raise NoLesson(
            f"{path} has no table of lessons. Expected: a section {{#lessons}} "
            f"with rows that begin “| [”. Restore it: git checkout -- {path}"
        )
    return "".join([*lines[:last], f"{row}\n", *lines[last:]])


def in_navigation(text: str, name: str, root: Path) -> str:
    """mkdocs.yml with one more page, after the last lesson; else as it was."""
    before = yaml_load(text)["nav"]
    lessons = [
        entry
        for entry in before
        if isinstance(entry, str)
        and (root / "snippets" / entry).with_suffix(".py").is_file()
    ]
    line = f"  - {lessons[-1]}\n" if lessons else ""
    if not line or text.count(line) != 1:
        raise NoLesson(
            f"{NAVIGATION} has no lesson under `nav`, in a line such as "
            f"“  - pooling.md”. Restore it: git checkout -- {NAVIGATION}"
        )
    return text.replace(line, f"{line}  - {name}.md\n")


def _read(root: Path, path: str) -> str:
    if not (root / path).is_file():
        raise NoLesson(
            f"{root / path} is missing. Run this in the project's folder."
        )
    return (root / path).read_text(encoding="utf-8")


def _write(root: Path, texts: dict[str, str]) -> None:
    """Write all files, or put back what was there."""
    before: dict[Path, bytes | None] = {}
    try:
        for name, text in texts.items():
            path = root / name
            before[path] = path.read_bytes() if path.is_file() else None
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        for path, content in before.items():
            if content is not None:
                path.write_bytes(content)
            else:
                path.unlink(missing_ok=True)
        raise NoLesson(
            f"{error.filename} cannot be written: {error.strerror}. Nothing "
            f"was created. Make it writable and run this again."
        ) from None
