"""`make lesson NAME=my_lesson`: a new lesson that runs, recorded and listed.

Its files come from templates/: `$name` and `$id` are filled in, and each
⟨中文¦English⟩ leaves what belongs to the language of the file. What an author
has to write is marked `TODO`; the gate `complete` lists what is left of that.
"""

import re
import subprocess
import sys
from pathlib import Path
from string import Template

from docs.hooks.results import TABLE
from tests.harness import lesson

TEMPLATES = Path(__file__).parent / "templates"
FILES = {  # the file of a lesson -> its template
    "snippets/$name.py": "script.py.txt",
    "snippets/$name.toml": "settings.toml.txt",
    "docs/zh/$name.md": "page.md.txt",
    "docs/en/$name.md": "page.md.txt",
    "tests/lessons/test_$name.py": "test.py.txt",
}
ROW = (
    '| [{{ proof("$name").title }}]($name.md) '
    "| ⟨TODO：测得了什么¦TODO: what it measured⟩ |"
)
RESULT = """
$name.total:
  en: "TODO: what the number `total` says"
  zh: "TODO：`total` 是什么"
"""
LISTS = {  # a file that lists the lessons -> the line of this one
    "docs/zh/index.md": ROW,
    "docs/en/index.md": ROW,
    "mkdocs.yml": "      - $name.md",
}


def create(root: Path, name: str) -> list[str]:
    """Create a lesson's files and list it; return the paths written.

    Raises:
        SystemExit: the name or a file will not do; it says why, and what to
            do. Nothing was written.
    """
    if why := lesson.misnamed(name):
        raise SystemExit(
            f"{name!r} cannot name a lesson: {why}. Run: make lesson "
            f"NAME=my_lesson, or another name such as {name}_lesson"
        )

    def filled(text: str, path: str) -> str:
        keep = r"\1" if "/zh/" in path else r"\2"
        text = re.sub("⟨(.*?)¦(.*?)⟩", keep, text)
        return Template(text).substitute(name=name, id=name.replace("_", "-"))

    texts = {
        filled(path, path): filled((TEMPLATES / file).read_text("utf-8"), path)
        for path, file in FILES.items()
    }
    for path in (*texts, f"snippets/outputs/{name}"):
        if (root / path).exists():
            raise SystemExit(
                f"{path} exists. Expected: a name that no lesson and no page "
                f"has. Choose another, or delete that file first."
            )
    for path, line in LISTS.items():
        texts[path] = listing(root, path, filled(line, path))
    results = (root / TABLE).read_text("utf-8")
    texts[TABLE] = results + filled(RESULT, TABLE)
    for path, text in texts.items():
        (root / path).write_text(text, encoding="utf-8", newline="\n")
    return list(texts)


def listing(root: Path, path: str, line: str) -> str:
    """A file with one more line, after that of the last lesson."""
    lessons = "|".join(each.stem for each in (root / "snippets").glob("*.py"))
    listed = rf"(?m)^(?: +- |\| \[[^]]*\]\()(?:{lessons})\.md\b.*\n"
    text = (root / path).read_text("utf-8")
    *_, last = re.finditer(listed, text)
    end = last.end()
    return f"{text[:end]}{line}\n{text[end:]}"


def main(name: str) -> None:
    written = create(Path.cwd(), name)
    print("\n".join(f"written: {path}" for path in written), flush=True)
    # Until a lesson is recorded, the site cannot quote its numbers.
    record = ("pytest", "--record", f"docs/zh/{name}.md", f"docs/en/{name}.md")
    for command in record, ("tests.gates", "--badges"):
        subprocess.run([sys.executable, "-m", *command], check=True)
    print(
        "\nThe lesson runs, and `make serve` shows it. How to make it yours is "
        "in CONTRIBUTING.md\n(in Chinese: CONTRIBUTING.zh.md), from step 2 on."
    )


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
