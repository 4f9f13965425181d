"""The lists of packages that `make lock` compiles, and what is wrong in them.

A lock is a `.txt` beside the `.in` that it is compiled from. It names every
package with one version, the systems and Pythons it is for, and the hashes of
its files.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from tests import check_python

ROOT = Path(__file__).parents[2]

# In the order of compilation: later ones are constrained by earlier ones.
LOCKS = (
    "docs/requirements.txt",
    "requirements.txt",
    "requirements-backends.txt",
    "requirements-gpu.txt",
    "requirements-dev.txt",
    "requirements-zensical.txt",
)
# Installed into environments of their own, so their versions may differ.
ALONE = ("requirements-dev.txt", "requirements-zensical.txt")
ENVIRONMENTS = (
    tuple(lock for lock in LOCKS if lock not in ALONE),
    *((lock,) for lock in ALONE),
)
# Packages without a wheel for every system and Python, and why that is well.
SOURCE_ONLY = {
    "jieba": "pure Python, published as a source archive only",
}
# The oldest macOS that all packages have wheels for; PyTorch sets it.
MACOS = {"MACOSX_DEPLOYMENT_TARGET": "14.0"}


@dataclass(frozen=True)
class Target:
    """A supported system and Python, as uv and markers name them."""

    platform: str
    system: str  # as in markers: sys_platform
    machine: str
    python: str

    @property
    def markers(self) -> dict[str, str]:
        """What environment markers are evaluated with."""
        names = {
            "linux": ("Linux", "posix"),
            "darwin": ("Darwin", "posix"),
            "win32": ("Windows", "nt"),
        }
        return {
            "sys_platform": self.system,
            "platform_system": names[self.system][0],
            "os_name": names[self.system][1],
            "platform_machine": self.machine,
            "python_version": self.python,
            "python_full_version": f"{self.python}.9",
            "implementation_name": "cpython",
        }

    def __str__(self) -> str:
        return f"{self.platform}, Python {self.python}"


_SYSTEMS = (
    ("x86_64-manylinux_2_28", "linux", "x86_64"),
    ("aarch64-manylinux_2_28", "linux", "aarch64"),
    ("aarch64-apple-darwin", "darwin", "arm64"),
    ("x86_64-pc-windows-msvc", "win32", "AMD64"),
)
_PYTHONS = range(check_python.OLDEST[1], check_python.NEWEST[1] + 1)
# check_python says which Pythons fit: on Macs, 3.13 does not.
TARGETS = tuple(
    target
    for system, minor in product(_SYSTEMS, _PYTHONS)
    if (target := Target(*system, python=f"3.{minor}"))
    and not check_python.complaint(
        (3, minor), target.markers["platform_system"], target.machine
    )
)


@dataclass(frozen=True)
class Pin:
    """One requirement of a lock."""

    requirement: Requirement
    hashes: frozenset[str]
    where: str

    @property
    def name(self) -> str:
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        """The one version it allows, or the empty string."""
        specifiers = list(self.requirement.specifier)
        exact = len(specifiers) == 1 and specifiers[0].operator == "=="
        return specifiers[0].version if exact else ""

    def is_for(self, target: Target) -> bool:
        marker = self.requirement.marker
        return marker is None or marker.evaluate(target.markers)


class LockError(Exception):
    """A list that cannot be read, or a tool that failed on it."""


class RegistryError(LockError):
    """No package registry answers."""


def pins(root: Path, lock: str) -> list[Pin]:
    """The requirements of a lock; it has no options and no other files."""
    found = []
    text = (root / lock).read_text(encoding="utf-8")
    # A requirement goes on over the lines that end in a backslash.
    joined = re.sub(r" \\\n", lambda m: "\0", text)
    number = 1
    for line in joined.split("\n"):
        where = f"{lock}:{number}"
        number += 1 + line.count("\0")
        stated, *rest = line.partition(" #")[0].split("\0")
        if not stated.strip() or stated.lstrip().startswith("#"):
            continue
        try:
            requirement = Requirement(stated)
        except InvalidRequirement as error:
            raise LockError(
                f"{where}: expected a package, a version and hashes, found "
                f"{stated.strip()!r}. Run `make lock`."
            ) from error
        hashes = (part.strip().removeprefix("--hash=") for part in rest)
        found.append(Pin(requirement, frozenset(hashes), where))
    return found


def uv(root: Path, *arguments: str, stdin: str | None = None) -> str:
    """What uv prints; an error says what it was asked and what it said."""
    if stdin is not None:
        arguments = (*arguments, "-")
    done = subprocess.run(
        # Settings of this machine must not change what is compared.
        [sys.executable, "-m", "uv", "--no-config", "--quiet", *arguments],
        input=stdin,
        cwd=root,
        env=os.environ | MACOS,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if done.returncode == 0:
        return done.stdout
    said = done.stderr.strip()
    unreachable = re.search(
        r"error sending request|Failed to fetch|dns error|Connectivity", said
    )
    kind = RegistryError if unreachable else LockError
    raise kind(f"`uv {shlex.join(arguments)}` failed:\n{said}")


# --- Read from the files alone -----------------------------------------------


def without_version_or_hash(root: Path, lock: str) -> list[str]:
    """Requirements that pip would take from anywhere, or in any version."""
    found = []
    for pin in pins(root, lock):
        if not pin.version:
            found.append(f"{pin.where}: {pin.requirement} has no exact version")
        if not pin.hashes:
            found.append(f"{pin.where}: {pin.requirement} has no hash")
    return found


def other_sources(root: Path, lock: str) -> list[str]:
    """Addresses and folders: a lock is the same wherever it is compiled."""
    options = re.compile(r"://|--(?:index|extra-index|find-links|trusted)|@ ")
    lines = (root / lock).read_text(encoding="utf-8").splitlines()
    return [
        f"{lock}:{number}: names a source of packages: {line.strip()}"
        for number, line in enumerate(lines, 1)
        if options.search(line)
    ]


def disagreements(root: Path) -> list[str]:
    """Packages that two locks of one environment pin to different versions."""
    found = []
    for target in TARGETS:
        seen: dict[str, Pin] = {}
        for lock in ENVIRONMENTS[0]:
            for pin in filter(lambda pin: pin.is_for(target), pins(root, lock)):
                first = seen.setdefault(pin.name, pin)
                if (first.version, first.hashes) != (pin.version, pin.hashes):
                    found.append(
                        f"{pin.where}: {pin.name} {pin.version} where "
                        f"{first.where} has {first.version} ({target}), or "
                        f"other hashes"
                    )
    site = {(p.name, p.version) for p in pins(root, LOCKS[0])}
    lessons = {(p.name, p.version) for p in pins(root, LOCKS[1])}
    return found + [
        f"{LOCKS[0]}: {name} {version} is not in {LOCKS[1]}"
        for name, version in sorted(site - lessons)
    ]


def misplaced_metal(root: Path, lock: str) -> list[str]:
    """Metal works with TensorFlow 2.19 and Python up to 3.12 only."""
    found = []
    everywhere = [
        Target(*system, python=f"3.{minor}")
        for system, minor in product(
            (*_SYSTEMS, ("x86_64-apple-darwin", "darwin", "x86_64")),
            (*_PYTHONS, _PYTHONS.stop),
        )
    ]
    for target in everywhere:
        here = {p.name: p for p in pins(root, lock) if p.is_for(target)}
        metal = here.get("tensorflow-metal")
        fits = (target.system, target.machine) == ("darwin", "arm64") and (
            target.python in ("3.11", "3.12")
        )
        if bool(metal) is not fits:
            found.append(
                f"{lock}: tensorflow-metal is "
                f"{'in' if metal else 'not in'} the list for {target}"
            )
        elif metal and not here["tensorflow"].version.startswith("2.19."):
            found.append(
                f"{here['tensorflow'].where}: tensorflow-metal is listed with "
                f"TensorFlow {here['tensorflow'].version}, expected 2.19 "
                f"({target})"
            )
    return found


# --- Asked of the registry, through uv ---------------------------------------


def options(root: Path, lock: str) -> list[str]:
    """The options that a lock was compiled with, which its header tells."""
    header = (root / lock).read_text(encoding="utf-8").split("\n", 2)[1]
    command = header.partition("uv pip compile")[2].split()
    if "--generate-hashes" not in command or "--universal" not in command:
        raise LockError(
            f"{lock}:2: expected the options of `uv pip compile`, found "
            f"{header!r}. Run `make lock`."
        )
    return command


def outdated(root: Path, lock: str) -> list[str]:
    """How a lock differs from what its `.in` compiles to now.

    uv keeps the versions and hashes of the lock where the `.in` allows them,
    so what was released since makes no difference.
    """
    was = (root / lock).read_text(encoding="utf-8").splitlines()
    header = was[1].removeprefix("#").strip()
    source = str(Path(lock).with_suffix(".in").as_posix())
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "lock.txt"
        output.write_text("\n".join(was) + "\n", encoding="utf-8")
        command = ("--custom-compile-command", header)
        uv(
            root,
            *("pip", "compile", *options(root, lock), *command),
            *(source, "--output-file", str(output)),
        )
        now = output.read_text(encoding="utf-8").splitlines()
    if was == now:
        return []
    gone = [line for line in was if line not in now and "==" in line]
    new = [line for line in now if line not in was and "==" in line]
    return [
        f"{lock} is not what {source} compiles to: run `make lock`. "
        f"It has {gone or 'no line too many'} and lacks {new or 'no package'}."
    ]


def wrong_hashes(root: Path, lock: str) -> list[str]:
    """Hashes that are not the registry's, and files whose hash is missing.

    A file that was added to a release after all the locked ones may be
    missing: wheels for a new Python appear months later.
    """
    locked = pins(root, lock)
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.txt"  # without hashes, so uv asks for them
        bare.write_text("".join(f"{p.requirement}\n" for p in locked))
        fresh = Path(folder) / "fresh.txt"
        ask = ("pip", "compile", "--no-deps", "--universal", str(bare))
        python = ("--python-version", "3.11")
        uv(root, *ask, *python, "--generate-hashes", "-o", str(fresh))
        published = _published(
            uv(root, *ask, *python, "--format", "pylock.toml")
        )
        known = {
            (pin.name, pin.version): pin.hashes
            for pin in pins(Path(folder), fresh.name)
        }
    found = []
    for pin in locked:
        key = (pin.name, pin.version)
        strange = pin.hashes - known.get(key, frozenset())
        found += [
            f"{pin.where}: no file of {pin.name} {pin.version} has {digest}"
            for digest in sorted(strange)
        ]
        times = published.get(key, {})
        newest = max((times[h] for h in pin.hashes if h in times), default=None)
        found += [
            f"{pin.where}: {pin.name} {pin.version} lacks {digest}"
            for digest, time in sorted(times.items())
            if digest not in pin.hashes and newest and time <= newest
        ]
    return found


def _published(pylock: str) -> dict[tuple[str, str], dict[str, object]]:
    """When each file of each package was uploaded, by its hash."""
    found: dict[tuple[str, str], dict[str, object]] = {}
    for package in tomllib.loads(pylock)["packages"]:
        files = [*package.get("wheels", []), package.get("sdist")]
        found.setdefault((package["name"], package["version"]), {}).update(
            {
                f"sha256:{file['hashes']['sha256']}": file["upload-time"]
                for file in files
                if file and "upload-time" in file
            }
        )
    return found


def uninstallable(
    root: Path,
    target: Target,
    environments: Iterable[Iterable[str]] = ENVIRONMENTS,
) -> list[str]:
    """What keeps the locks from being installed on a target, wheels only."""
    found = []
    wheels = ["--only-binary", ":all:"]
    for name in SOURCE_ONLY:
        wheels += ["--no-binary", name]
    for lists in environments:
        sources = [part for lock in lists for part in ("-r", lock)]
        try:
            with tempfile.TemporaryDirectory() as empty:
                uv(
                    root,
                    *("pip", "install", "--dry-run", "--require-hashes"),
                    *("--python-platform", target.platform),
                    *("--python-version", target.python),
                    *("--target", empty, *wheels, *sources),
                )
        except RegistryError:
            raise
        except LockError as error:
            found.append(f"{', '.join(lists)} on {target}: {error}")
    return found
