"""Put notebooks on their branch, and fresh records into a pull request.

`make publish-notebooks`     fills the branch `notebooks`, which Colab reads
`make save-record`           keeps what a recording changed in a patch
`make propose-record`        puts such patches together, as a pull request

Nothing here writes to `main`.
"""

from __future__ import annotations

import argparse
import datetime
import os
import subprocess
import sys
import tempfile
from pathlib import Path

NOTEBOOKS = "notebooks"  # the folder that is published, and its branch
RECORDED = ("snippets/outputs", "docs/assets/figures")
BADGES = ".github/badges"
PATCH = Path("record.patch")
# Who signs what a workflow commits: the account that GitHub has for that.
BOT = "github-actions[bot]"
ADDRESS = "41898282+github-actions[bot]@users.noreply.github.com"

PROPOSAL = """\
The workflow `record` ran every lesson again with all its seeds. This is what
changed in the records.

Look at the differences before you merge: a text that a new result no longer
supports has to change, and `make check` names it. GitHub starts no tests for
a pull request that a workflow opened: close it and open it again to start
them.
"""


class Failed(Exception):
    """A command failed; the text says which and what it said."""


def git(*arguments: str, **environment: str) -> str:
    """What a Git command prints.

    Raises:
        Failed: it ended with an error.
    """
    return _run("git", *arguments, **environment)


def publish_notebooks(root: Path, remote: str) -> str:
    """Replace the branch by one commit that holds the folder.

    Without history: notebooks carry figures, and are made again at any time.
    Neither the checkout nor its index is touched.

    Returns:
        The new commit.

    Raises:
        Failed: there are no notebooks, or Git refuses.
    """
    folder = root / NOTEBOOKS
    if not any(folder.glob("*/*.ipynb")):
        raise Failed(
            f"No notebooks in {folder}: expected {NOTEBOOKS}/en/*.ipynb and "
            f"{NOTEBOOKS}/zh/*.ipynb. Run `make notebooks` first."
        )
    source = git("rev-parse", "HEAD")
    with tempfile.TemporaryDirectory() as scratch:
        index = {
            "GIT_INDEX_FILE": str(Path(scratch) / "index"),
            "GIT_DIR": git("rev-parse", "--absolute-git-dir"),
            "GIT_WORK_TREE": str(folder),
        }
        git("-C", str(folder), "add", "--all", "--force", ".", **index)
        tree = git("write-tree", **index)
    message = f"Notebooks and scripts of {source[:10]}"
    commit = git("commit-tree", tree, "-m", message, **_signature())
    git("push", "--force", remote, f"{commit}:refs/heads/{NOTEBOOKS}")
    return commit


def save_record() -> int:
    """Write a patch of what a recording changed, new and deleted files too.

    Returns:
        How many files changed.
    """
    git("add", "--all", "--", *RECORDED)
    # Git writes the file itself: a patch of a picture is no plain text.
    git("diff", "--cached", "--binary", f"--output={PATCH}", "--", *RECORDED)
    changed = git("diff", "--cached", "--name-only", "--", *RECORDED)
    git("reset", "--quiet")
    return len(changed.splitlines())


def propose_record(patches: list[Path], remote: str) -> str | None:
    """Commit patches to a new branch and open a pull request.

    Returns:
        The branch; None if nothing changed.

    Raises:
        Failed: there is no patch, one does not apply, or Git or gh refuse.
    """
    if not patches:
        raise Failed(
            "No record.patch found below records/: expected one of each job "
            "that recorded. `make save-record` writes it."
        )
    today = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")
    branch = f"record-{today}-{os.environ.get('GITHUB_RUN_ID', 'by-hand')}"
    git("switch", "--create", branch)
    for patch in patches:
        if patch.stat().st_size:
            git("apply", "--index", "--binary", str(patch))
    if not git("status", "--porcelain", "--untracked-files=no"):
        return None
    _run("make", "--no-print-directory", "badges")
    git("add", "--all", "--", *RECORDED, BADGES)
    title = f"Record the lessons anew, {today}"
    git("commit", "--quiet", "-m", title, **_signature())
    git("push", remote, f"HEAD:refs/heads/{branch}")
    _run(
        *["gh", "pr", "create", "--base", "main", "--head", branch],
        *["--title", title, "--body", PROPOSAL],
    )
    return branch


def _signature() -> dict[str, str]:
    return {
        "GIT_AUTHOR_NAME": BOT,
        "GIT_AUTHOR_EMAIL": ADDRESS,
        "GIT_COMMITTER_NAME": BOT,
        "GIT_COMMITTER_EMAIL": ADDRESS,
    }


def _run(*command: str, **environment: str) -> str:
    done = subprocess.run(
        command,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise Failed(f"{' '.join(command[:3])} failed: {said}")
    return done.stdout.strip("\n")


def main(arguments: list[str] | None = None) -> None:
    """Do what the command line asks for, and say what was done."""
    parser = argparse.ArgumentParser(prog="python -m tests.workflows.branches")
    parser.add_argument("what", choices=["notebooks", "save", "propose"])
    parser.add_argument("--remote", default="origin", help="where to push")
    asked = parser.parse_args(arguments)
    try:
        if asked.what == "notebooks":
            commit = publish_notebooks(Path.cwd(), asked.remote)
            print(f"Branch {NOTEBOOKS}: {commit}")
        elif asked.what == "save":
            print(f"{PATCH}: {save_record()} files changed")
        else:
            patches = sorted(Path("records").glob(f"**/{PATCH.name}"))
            branch = propose_record(patches, asked.remote)
            print(f"Proposed: {branch}" if branch else "Nothing changed.")
    except Failed as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
