"""`make audit`: look for known vulnerabilities in every locked package.

pip-audit passes over what is locked for other systems and takes one version
of a package at a time; so it is given plain names and versions, in as many
rounds as a package has versions. To accept what does no harm here, add
`--ignore-vuln ID` to the command in the Makefile, with the reason.

Ends with 1 if a vulnerability is known, and with 2 if a package could not be
looked up: nobody should take that for a clean result.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from itertools import zip_longest
from pathlib import Path

OPTIONS = (
    *("--no-deps", "--disable-pip", "--strict", "--progress-spinner=off"),
    "--vulnerability-service=osv",
)


def rounds(root: Path) -> list[list[str]]:
    """All packages of all lists, `name==version`, one version in a round."""
    versions: dict[str, set[str]] = {}
    for path in (
        root / "docs/requirements.txt",
        *root.glob("requirements*.txt"),
    ):
        text = path.read_text(encoding="utf-8")
        for name, version in re.findall(r"(?m)^([\w.-]+)==([^\s;]+)", text):
            versions.setdefault(name, set()).add(f"{name}=={version}")
    columns = zip_longest(*map(sorted, versions.values()))
    return [sorted(filter(None, column)) for column in columns]


def audit(packages: list[str], *options: str) -> int:
    """Audit one round, and print what pip-audit says; the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder, "packages.txt")
        listed.write_text("\n".join(packages))
        command = [sys.executable, "-m", "pip_audit", *OPTIONS, *options]
        done = subprocess.run(
            [*command, "-r", listed], capture_output=True, text=True
        )
    *_, said = ["nothing", *done.stderr.strip().splitlines()]
    print(done.stdout, end="")
    if done.returncode and not said.startswith("Found "):
        print(
            f"The audit could not be made of {len(packages)} packages: no "
            f"answer from the database, or it does not know one. pip-audit "
            f"said: {said}"
        )
        return 2
    print(f"{len(packages)} packages: {said}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(max(audit(each, *sys.argv[1:]) for each in rounds(Path.cwd())))
