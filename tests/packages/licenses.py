"""`make licenses`: every locked package has a license that is allowed.

pip-licenses reads the licenses from what is installed. pyproject.toml lists
those allowed, and the packages that are used under another, each with a
reason. A package that is locked for another system, or for an extra that is
not installed, is named as not checked: CI runs this on each system.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from packaging.utils import canonicalize_name

from .audit import ALONE as UV
from .locks import ALONE, LOCKS, ROOT, Pin, pins


@dataclass(frozen=True)
class Rules:
    """What pyproject.toml says under [tool.licenses]."""

    allowed: frozenset[str]
    reasons: dict[str, str]

    def allow(self, license: str) -> bool:
        """Whether a license is allowed; of alternatives, one is enough.

        `A AND B` must both be allowed, and so must those of `A; B`, where the
        package only lists several.
        """
        return license in self.allowed or all(
            any(
                {choice.strip(), choice.strip(" ()")} & self.allowed
                for choice in re.split(r"\s+OR\s+", part)
            )
            for part in re.split(r"\s+AND\s+|;", license)
        )

    def reason(self, name: str) -> str | None:
        """Why a package is used in spite of its license, or None."""
        fits = (r for r in self.reasons if fnmatchcase(name, r))
        return next(fits, None)


def rules(root: Path) -> Rules:
    settings = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    table = settings["tool"]["licenses"]
    return Rules(frozenset(table["allowed"]), table["reasons"])


def installed(*environment: str) -> dict[tuple[str, str], str]:
    """The license of each installed package, by name and version."""
    command = environment or (sys.executable, "-m", "piplicenses")
    done = subprocess.run(
        [*command, "--from=mixed", "--format=json", "--with-system"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if done.returncode:
        sys.exit(f"`{' '.join(command)}` failed:\n{done.stderr}")
    return {
        (canonicalize_name(row["Name"]), row["Version"]): row["License"]
        for row in json.loads(done.stdout)
    }


def of_list(lock: str, own: Pin) -> dict[tuple[str, str], str]:
    """The licenses of a list that has an environment of its own."""
    return installed(
        *(*UV, "--with-requirements", lock, "--with", str(own.requirement)),
        *("--", "pip-licenses"),
    )


def faults(
    locked: list[Pin], licenses: dict[tuple[str, str], str], rules: Rules
) -> list[str]:
    """Locked and installed packages whose license is not allowed, by name."""
    found = {}
    for pin in locked:
        license = licenses.get((pin.name, pin.version))
        if license is not None and not (
            rules.allow(license) or rules.reason(pin.name)
        ):
            found[pin.name] = (
                f"{pin.where}: {pin.name} {pin.version} has the license "
                f"{license!r}, which is not allowed in pyproject.toml. Do "
                f"without the package, or say under [tool.licenses.reasons] "
                f"why it may be used."
            )
    names = {pin.name for pin in locked}
    return [*found.values()] + [
        f"pyproject.toml: [tool.licenses.reasons] {name} is in no list"
        for name in sorted(rules.reasons)
        if not any(fnmatchcase(package, name) for package in names)
    ]


def main(root: Path = ROOT) -> int:
    """Check all lists and print what is found; the exit status."""
    locked = [pin for lock in LOCKS for pin in pins(root, lock)]
    own = next(pin for pin in locked if pin.name == "pip-licenses")
    licenses = installed()
    for lock in ALONE:
        licenses |= of_list(lock, own)
    found = faults(locked, licenses, rules(root))
    for line in found:
        print(line)
    missing = {p.name for p in locked if (p.name, p.version) not in licenses}
    missing -= {p.name for p in locked if (p.name, p.version) in licenses}
    if missing:
        print(
            f"Not installed here, so not checked: {', '.join(sorted(missing))}."
        )
    checked = len({p.name for p in locked} - missing)
    print(f"{checked} packages checked, {len(found)} faults.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
