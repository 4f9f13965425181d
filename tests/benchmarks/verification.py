"""How long others take to verify a lesson, and which faults each sees.

One lesson, in English. Ours runs it from its page; pytest-codeblocks gets the
page with everything put in, nbmake and nbval its notebook with the outputs
that Jupyter itself recorded. One fault at a time is planted in all of them.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from docs.hooks.maker import Maker
from tests.gates import all_gates
from tests.gates.site import Site

from . import faults, rivals
from .build import raced
from .costs import grow, timed
from .faults import LESSON

ROUNDS = 3
QUIET = ("-m", "pytest", "-q", "-p", "no:cacheprovider")


class Bench:
    """The lesson for each program, in a folder.

    Attributes:
        commands: by program, with the folder that each runs in.
        files: what faults are planted in, of ours and of others.
    """

    def __init__(self, root: Path, folder: Path) -> None:
        self.copy, self.env = folder / "copy", rivals.surroundings(root, folder)
        grow(root, self.copy, 1)
        page, notebook = folder / "page/page.md", folder / "lesson.ipynb"
        made = Maker(root, "en", "https://example.org/").text(LESSON)
        page.write_text(joined(made), encoding="utf-8")
        notebook.write_text(made, encoding="utf-8")
        ours = [sys.executable, *QUIET, faults.PAGE, "--fresh"]
        alone = [sys.executable, *QUIET, "--codeblocks", page.name]
        theirs = [rivals.python(), *QUIET, notebook.name]
        nbmake = [*theirs, "--nbmake", f"--nbmake-kernel={rivals.KERNEL}"]
        nbval = [*theirs, "--nbval", f"--nbval-kernel-name={rivals.KERNEL}"]
        self.files = {"ours": self.copy, "page": page, "notebook": notebook}
        self.commands = {
            "ours": (ours, self.copy),
            "codeblocks": (alone, page.parent),
            "nbmake": (nbmake, folder),
            "nbval": (nbval, folder),
        }
        # What an author does first: let Jupyter record the outputs.
        timed([*nbmake, "--overwrite"], folder, self.env)

    def time(self, program: str) -> dict[str, float]:
        command, folder = self.commands[program]
        return timed(command, folder, self.env)

    def seen(self) -> dict[str, bool | list[str]]:
        """Which programs object; of ours, before anything runs, which gates.

        The gate that asks a person to look at what changed is left out.
        """
        told, _ = all_gates.check(Site(self.copy))
        gates = sorted(n for n, found in told.items() if found)
        found: dict[str, bool | list[str]] = {
            "gates": [name for name in gates if name != "reviews"]
        }
        for program, (command, folder) in self.commands.items():
            asked = [word for word in command if word != "--fresh"]
            done = subprocess.run(
                asked, cwd=folder, env=self.env, capture_output=True
            )
            found[program] = done.returncode != 0
        return found


def measure(root: Path) -> dict[str, Any]:
    """Seconds of the lesson as it is, in turns, and ratios to ours."""
    found: dict[str, Any] = {"rounds": ROUNDS, "peers": rivals.versions()}
    with bench(root) as made:
        runs = {name: partial(made.time, name) for name in made.commands}
        found |= raced(runs, ROUNDS)
    print(found)
    return found


def measure_faults(root: Path) -> dict[str, Any]:
    """Which program sees what; with nothing planted, none may object."""
    found: dict[str, Any] = {"peers": rivals.versions(), "planted": {}}
    with bench(root) as made:
        for name, plant in faults.FAULTS.items():
            with planted(made, plant):
                found["planted"][name] = made.seen()
            print(name, found["planted"][name], flush=True)
            if name == "nothing" and any(found["planted"][name].values()):
                sys.exit("There are faults before one is planted.")
    return found


@contextmanager
def bench(root: Path) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="verification-") as name:
        yield Bench(root, Path(name))


@contextmanager
def planted(made: Bench, plant: faults.Plant) -> Iterator[None]:
    """A fault in the files of all programs, which are restored afterwards."""
    before: dict[Path, bytes] = {}
    for kind, base in made.files.items():
        for path, content in plant(kind, base).items():
            before[path] = path.read_bytes()
            assert content != before[path], f"{path} would not change"
            path.write_bytes(content)
    try:
        yield
    finally:
        for path, content in before.items():
            path.write_bytes(content)


def joined(notebook: str) -> str:
    """A page for pytest-codeblocks: text, code and outputs of a lesson.

    Its blocks share nothing, unless each is marked to go on with the one
    before it; and that may be of any language, also an output. So outputs
    stand in fences that it does not read.
    """
    parts, mark = [], ""
    for cell in json.loads(notebook)["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(re.sub(r"(?m)^```", "~~~", source))
            continue
        parts.append(f"{mark}```python\n{source}\n```")
        mark = "<!--pytest-codeblocks:cont-->\n\n"
        for output in cell["outputs"]:
            if text := "".join(output.get("text", "")):
                parts.append(f"~~~text\n{text}~~~")
            if "data" in output:
                name = cell["metadata"].get("name", "")
                parts.append(f"![A figure](figures/{name}.svg)")
    return "\n\n".join(parts) + "\n"
