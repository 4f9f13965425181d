"""`make audit`: look for known vulnerabilities in every locked package.

pip-audit asks the OSV database about each package and version, for all systems
at once. It runs in an environment of its own, from requirements-dev.txt.

Ends with 0 if nothing is known, with 1 if a vulnerability is, and with 2 if a
package could not be looked up: nobody should take that for a clean result.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from .locks import LOCKS, ROOT, pins

TOOLS = "requirements-dev.txt"
# An environment of its own, made from a lock and kept by uv.
ALONE = (
    *(sys.executable, "-m", "uv", "run", "--no-config", "--quiet"),
    *("--no-project", "--isolated"),
)


def rounds(root: Path) -> Iterator[dict[str, str]]:
    """All locked versions; pip-audit takes one of each package at a time."""
    versions: dict[str, set[str]] = {}
    for lock in LOCKS:
        for pin in pins(root, lock):
            versions.setdefault(pin.name, set()).add(pin.version)
    left = {name: sorted(found) for name, found in sorted(versions.items())}
    while left:
        yield {name: found[0] for name, found in left.items()}
        left = {name: rest for name, (_, *rest) in left.items() if rest}


def ask(packages: dict[str, str], service: str | None) -> list[dict]:
    """What pip-audit reports on each package, or RuntimeError."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "packages.txt"
        listed.write_text("".join(f"{n}=={v}\n" for n, v in packages.items()))
        done = subprocess.run(
            [
                *(*ALONE, "--with-requirements", TOOLS, "--", "pip-audit"),
                *("--requirement", str(listed), "--no-deps", "--disable-pip"),
                *("--format", "json", "--progress-spinner", "off"),
                *("--vulnerability-service", "osv"),
                *(("--osv-url", service) if service else ()),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
    try:
        return json.loads(done.stdout)["dependencies"]
    except ValueError:
        said = done.stderr.strip().splitlines() or ["nothing"]
        raise RuntimeError(said[-1]) from None


def audit(root: Path, service: str | None) -> int:
    """Print what is found; the exit status, as above."""
    settings = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    accepted = settings.get("tool", {}).get("audit", {}).get("accepted", {})
    vulnerable, unknown, used, total = [], [], set(), 0
    for packages in rounds(root):
        total += len(packages)
        try:
            reports = ask(packages, service)
        except RuntimeError as error:
            print(
                f"The audit could not be made: pip-audit reported nothing on "
                f"{len(packages)} packages. It needs the OSV database, which "
                f"did not answer, or its own packages ({TOOLS}). "
                f"It said:\n{error}\nRun `make audit` again where there is "
                f"a network.",
                file=sys.stderr,
            )
            return 2
        seen = {report["name"]: report for report in reports}
        for name, version in packages.items():
            report = seen.get(name, {"skip_reason": "pip-audit left it out"})
            if "skip_reason" in report:
                unknown.append(f"{name} {version}: {report['skip_reason']}")
            for found in report.get("vulns", []):
                ids = [found["id"], *found.get("aliases", [])]
                reasons = [known for known in ids if known in accepted]
                used.update(reasons)
                if not reasons:
                    fixed = " or ".join(found["fix_versions"])
                    vulnerable.append(
                        f"{name} {version}: {', '.join(ids)}, "
                        f"fixed in {fixed or 'no version yet'}"
                    )
    for line in vulnerable:
        print(f"vulnerable: {line}")
    for line in unknown:
        print(f"not looked up: {line}")
    for name in sorted(set(accepted) - used):
        print(f"pyproject.toml: [tool.audit.accepted] {name} is found no more")
    if vulnerable:
        print(
            "Take a fixed one: `make lock UPGRADE='--upgrade-package NAME'`. "
            "Or say under [tool.audit.accepted] in pyproject.toml why it does "
            "no harm here."
        )
        return 1
    if unknown:
        print(f"{len(unknown)} of {total} packages could not be looked up.")
        return 2
    if set(accepted) - used:
        return 1
    print(f"{total} packages audited: no vulnerability is known.")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make audit")
    parser.add_argument("--service", help="another address of an OSV database")
    sys.exit(audit(ROOT, parser.parse_args().service))
