"""Put notebooks on their branch, and fresh records into a pull request.

`make publish-notebooks`     fills the branch `notebooks`, which Colab reads
`make save-record`           keeps what a recording changed in record.patch
`make propose-record`        opens a pull request with that patch

Nothing here writes to `main`.
"""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
import tempfile
from pathlib import Path

NOTEBOOKS = "notebooks"  # the folder that is published, and its branch
RECORDED = ("snippets/outputs", "docs/assets/figures", ".github/badges")
PATCH = Path("record.patch")
# Who signs what a workflow commits: the account that GitHub has for that.
BOT = {"NAME": "github-actions[bot]"}
BOT["EMAIL"] = f"41898282+{BOT['NAME']}@users.noreply.github.com"
SIGNATURE = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in BOT.items()
}

PROPOSAL = """\
The workflow `record` ran every lesson again with all its seeds. This is what
changed in the records.

Look at the differences before you merge: a text that a new result no longer
supports has to change, and `make check` names it. GitHub starts no tests for
a pull request that a workflow opened: close it and open it again to start
them.
"""


def run(*command: str, **environment: str) -> str:
    """What a command prints; if it fails, what it said ends this one, too."""
    done = subprocess.run(
        command,
        env={**os.environ, **SIGNATURE, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        sys.exit(f"{' '.join(command[:3])} failed: {said}")
    return done.stdout.strip("\n")


def publish_notebooks() -> None:
    """Replace the branch by one commit that holds the folder.

    Without history: notebooks carry figures, and are made again at any time.
    Neither the checkout nor its index is touched.
    """
    if not any(Path(NOTEBOOKS).glob("*/*.ipynb")):
        sys.exit(f"No notebooks in {NOTEBOOKS}/: run `make notebooks` first.")
    source = run("git", "rev-parse", "--short=10", "HEAD")
    with tempfile.TemporaryDirectory() as scratch:
        index = {
            "GIT_INDEX_FILE": str(Path(scratch, "index")),
            "GIT_DIR": run("git", "rev-parse", "--absolute-git-dir"),
            "GIT_WORK_TREE": str(Path(NOTEBOOKS).absolute()),
        }
        add = ("add", "--all", "--force", ".")
        run("git", "-C", NOTEBOOKS, *add, **index)
        tree = run("git", "write-tree", **index)
    message = f"Notebooks and scripts of {source}"
    commit = run("git", "commit-tree", tree, "-m", message)
    run("git", "push", "--force", "origin", f"{commit}:refs/heads/{NOTEBOOKS}")
    print(f"Branch {NOTEBOOKS}: {commit}")


def save_record() -> None:
    """Write a patch of what a recording changed, new and deleted files too."""
    run("git", "add", "--all", "--", *RECORDED)
    # Git writes the file itself: a patch of a picture is no plain text.
    diff = ("git", "diff", "--cached", "--binary", f"--output={PATCH}")
    run(*diff, "--", *RECORDED)
    run("git", "reset", "--quiet")


def propose_record() -> None:
    """Commit the patch to a new branch and open a pull request."""
    if not PATCH.is_file():
        sys.exit(f"No {PATCH} here: `make save-record` writes it.")
    if not PATCH.stat().st_size:
        print("Nothing changed.")
        return
    today = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")
    branch = f"record-{today}-{os.environ.get('GITHUB_RUN_ID', 'by-hand')}"
    title = f"Record the lessons anew, {today}"
    run("git", "switch", "--create", branch)
    run("git", "apply", "--index", "--binary", str(PATCH))
    run("git", "commit", "--quiet", "-m", title)
    run("git", "push", "origin", f"HEAD:refs/heads/{branch}")
    ask = ("gh", "pr", "create", "--base", "main", "--head", branch)
    run(*ask, "--title", title, "--body", PROPOSAL)
    print(f"Proposed: {branch}")


if __name__ == "__main__":
    actions = {
        "notebooks": publish_notebooks,
        "save": save_record,
        "propose": propose_record,
    }
    actions[sys.argv[1]]()
