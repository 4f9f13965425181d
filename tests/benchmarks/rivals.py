"""Other programs that readers would use, in an environment of their own.

`make .venv/peers-ready` makes it from requirements-peers.txt. It stands apart
from that of the site, whose packages those of Sphinx would disturb. Lessons
run with the packages of this environment, whoever runs them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

KERNEL = "lessons"  # for Jupyter, see `surroundings`
NAMES = ("furo", "myst-nb", "nbmake", "nbval", "sphinx", "zensical")
ASK = (
    "import importlib.metadata, json, sys; print(json.dumps({name: "
    "importlib.metadata.version(name) for name in sys.argv[1:]}))"
)
MNIST = "from tests.harness import datasets; datasets.put_in_place('mnist')"
LACKING = (
    "This benchmark needs Sphinx, Zensical and others, which are not in "
    "{}. Run `make .venv/peers-ready`, or let PEERS name the folder of an "
    "environment with what requirements-peers.txt lists."
)
LINK = re.compile(r"\]\(\.\./([a-z_0-9]+)/(?:#[\w-]+)?\)")


def folder() -> Path:
    """Of their environment."""
    return Path(os.environ.get("PEERS") or Path(sys.prefix) / "peers")


def python() -> str:
    """The interpreter of their environment."""
    inside = "Scripts/python.exe" if os.name == "nt" else "bin/python"
    return str(folder() / inside)


def versions() -> dict[str, str]:
    """Theirs, by name.

    Raises:
        SystemExit: they are not there; it says how to get them.
    """
    try:
        said = subprocess.check_output([python(), "-c", ASK, *NAMES])
    except (OSError, subprocess.CalledProcessError):
        sys.exit(LACKING.format(folder()))
    return json.loads(said)


def text_of(copy: str) -> str:
    """A page for others, from the Markdown that the site has beside it.

    Numbers, code and outputs are in it. Links lead to pages, not to their
    sections, whose names others would make in another way.
    """
    text = LINK.sub(r"](\1.md)", copy).replace("](./#", "](#")
    text = text.replace("](../assets/", "](assets/")
    return text.replace("<details>", "<details markdown>")


def write_content(site: Path, target: Path) -> None:
    """Give others what a site of ours shows.

    Args:
        site: one language of it, as it is built.
        target: where Markdown, figures and notebooks come.
    """
    shutil.copytree(site / "assets/figures", target / "assets/figures")
    (target / "notebooks").mkdir()
    for copy in sorted(site.glob("*/index.md")):
        text = text_of(copy.read_text(encoding="utf-8"))
        page = target / f"{copy.parent.name}.md"
        page.write_text(text, encoding="utf-8")
    for notebook in sorted(site.glob("notebooks/*/*.ipynb")):
        shutil.copy(notebook, target / "notebooks")
    toctree = "```{toctree}\n:glob:\n*\nnotebooks/*\n```\n"
    (target / "index.md").write_text(f"# Course\n\n{toctree}")


def surroundings(root: Path, target: Path) -> dict[str, str]:
    """Variables with which others run a lesson with our packages.

    Args:
        root: of the project.
        target: a folder, to which come a kernel for notebooks, and a folder
            for a page; both load MNIST as the lesson does, from our copy.
    """
    kernel = target / "kernels" / KERNEL / "kernel.json"
    kernel.parent.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher"]
    described = {
        "argv": [
            *(*command, "-f", "{connection_file}"),
            f"--IPKernelApp.exec_lines={MNIST}",
        ],
        "display_name": KERNEL,
        "language": "python",
    }
    kernel.write_text(json.dumps(described))
    (target / "page").mkdir()
    # Figures are drawn there and go nowhere; in a notebook, they are outputs.
    agg = "import os\n\nos.environ['MPLBACKEND'] = 'agg'"
    (target / "page/conftest.py").write_text(f"{agg}\n{MNIST}\n")
    own = {n: text for n, text in os.environ.items() if n != "MPLBACKEND"}
    return {
        **own,
        "CUDA_VISIBLE_DEVICES": "-1",
        "JUPYTER_PATH": str(target),
        "PYTHONPATH": str(root),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
