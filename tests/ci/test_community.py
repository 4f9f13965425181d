"""What GitHub and contributors read first: true, and in both languages."""

import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from docs.hooks.numerals import ONES, numerals
from tests.check_python import NEWEST, OLDEST, complaint
from tests.gates import claims, links, numbers
from tests.gates.site import Site
from tests.harness import page
from tests.harness.cell import cells
from tests.harness.record import OUTPUTS, read_json

ROOT = Path(__file__).parents[2]
SCHEMAS = {
    "citation-file-format": "CITATION.cff",
    "dependabot": ".github/dependabot.yml",
    "github-issue-config": ".github/ISSUE_TEMPLATE/config.yml",
    "github-issue-forms": ".github/ISSUE_TEMPLATE/[0-9]*.yml",
}
# In code or links of a guide: a target of make, a file or a folder.
NAMED = (
    r"make [a-z][\w-]*|(?<![\w/:.])(?:(?:[\w.-]+/)+[\w.-]*|[\w.-]+\.(?:md|in))"
)
MADE_LATER = r"\S*my_lesson\S*|\.venv\S*|site/|dist/|notebooks/\S*"
# What guides say in numbers, in each language; {names} are those of `known`.
SAID = (
    (
        "Python {first}, {middle} or {last} (on a Mac with an Apple chip: "
        "{first} or {middle})",
        "Python {first}、{middle} 或 {last}（苹果芯片的 Mac 用 {first} 或 "
        "{middle}）",
    ),
    ("py -{middle} -m venv", "py -{middle} -m venv"),
    ("127.0.0.1:{port}/", "127.0.0.1:{port}/"),
    ("`pytest -n {jobs}`", "`pytest -n {jobs}`"),
    ("{jobs_en} tests at a time", "测试分{jobs_zh}路同时进行"),
    ("but for {left_en} that says so", "注明未运行的{left_zh}段"),
    ("Add a lesson in {steps_en} steps", "## {steps_zh}步写一课"),
    ("recording everything takes {hours_en};", "全部重新记录要{hours_zh}，"),
    ("at most {columns} columns", "每行不超过 {columns} 列"),
)
DURATIONS = (  # from 0, 30 and 60 minutes
    ("less than half an hour", "不到半小时"),
    ("more than half an hour", "半个多小时"),
    ("more than an hour", "一个多小时"),
)
OTHER = {  # numbers that no record or table has, and what they are
    "the book that the subject follows": "2 8 2021",
    "licenses": "3.0 4.0",
    "lines of a section": "3 15",
    "gigabytes of packages, megabytes of CIFAR-10": "3 140",
    "when Material ends, and when its successor was tried": "5 2027 11 2026",
}
NO_PROSE = r"(?s)```.*?```|`[^`\n]*`|\]\([^)]*\)|<[^>]*>|(?m:^ *\d\. )"


@pytest.mark.parametrize("schema", SCHEMAS)
def test_github_accepts(schema: str) -> None:
    ask = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    files = [*ROOT.glob(SCHEMAS[schema])]
    done = subprocess.run(
        [*ask, f"vendor.{schema}", *files], capture_output=True
    )
    assert files and done.returncode == 0, done.stdout.decode()


@pytest.mark.parametrize("name", ["README", "CONTRIBUTING"])
def test_guides_name_what_exists_and_the_same_in_both(name: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = []
    for guide in (f"{name}.md", f"{name}.zh.md"):
        text = (ROOT / guide).read_text(encoding="utf-8")
        code = re.findall(r"(?s)```\w*\n.*?```|`[^`\n]+`|\]\([^)#:]+", text)
        named = {*re.findall(NAMED, re.sub(MADE_LATER, "", "\n".join(code)))}
        for each in named:
            rule = each.replace("make ", "\n") + ":"
            exists = rule in makefile or (ROOT / each).exists()
            assert exists, f"{guide} names {each}, which does not exist"
        same = {re.sub("^docs/zh/", "docs/en/", each) for each in named}
        found.append({each.replace(".zh.md", ".md") for each in same})
    # Each links to the other, and so that link is the same, too.
    assert found[0] == found[1] and f"{name}.md" in found[0]


@pytest.mark.parametrize("path", [*ROOT.glob(SCHEMAS["github-issue-forms"])])
def test_a_form_asks_in_both_languages(path: Path) -> None:
    asked = re.findall(r"(?:name|label|title): .*", path.read_text("utf-8"))
    assert asked
    assert not [
        each for each in asked if not re.search("[\u4e00-\u9fff]", each)
    ]


@cache
def known() -> dict[str, str]:
    """What the guides may say, from the tables and records that decide it."""
    versions = [f"{OLDEST[0]}.{n}" for n in range(OLDEST[1], NEWEST[1] + 1)]
    on_mac = [
        (3, n) for n in range(30) if not complaint((3, n), "Darwin", "arm64")
    ]
    assert versions[:-1] == [f"3.{n}" for _, n in on_mac]
    makefile = (ROOT / "Makefile").read_text("utf-8")
    port, jobs = re.findall(r"(?m)^(?:PORT|JOBS) := (\d+)", makefile)
    left_out = [
        cell
        for path in page.files(ROOT, "en")
        for cell in cells(page.read(path, ROOT), ROOT)
        if not cell.is_run
    ]
    evidence = (ROOT / OUTPUTS).rglob("evidence.json")
    hours = sum(sum(read_json(path)["seconds"]) for path in evidence) / 3600
    duration = DURATIONS[min(int(2 * hours), len(DURATIONS) - 1)]
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    guide = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    steps = re.findall(r"(?m)^(\d)\. ", guide.partition("\n## Record")[0])
    counts = {"jobs": int(jobs), "left": len(left_out), "steps": len(steps)}
    return {
        **dict(zip(("first", "middle", "last"), versions, strict=True)),
        **{"port": port, "jobs": jobs},
        **{f"{name}_en": ONES[n] for name, n in counts.items()},
        **{f"{name}_zh": "零一两三四五六"[n] for name, n in counts.items()},
        **dict(zip(("hours_en", "hours_zh"), duration, strict=True)),
        "columns": str(settings["tool"]["ruff"]["line-length"]),
    }


@pytest.mark.parametrize("place", [0, 1], ids=["en", "zh"])
def test_numbers_of_the_guides_are_those_of_records_and_tables(
    place: int,
) -> None:
    ending = (".md", ".zh.md")[place]
    names = (f"README{ending}", f"CONTRIBUTING{ending}")
    text = "\n".join((ROOT / name).read_text("utf-8") for name in names)
    for said in SAID:
        pattern = re.sub(
            r"\\{\w+\\}", r"(\\w[\\w. ]*?)", re.escape(said[place])
        )
        found = {match[0] for match in re.finditer(pattern, text)}
        expected = {said[place].format(**known())}
        assert found == expected, f"correct it in {' or '.join(names)}"
        text = re.sub(pattern, " ", text)
    left = {n.text for n in numerals(re.sub(NO_PROSE, " ", text))}
    more = left - {*" ".join(OTHER.values()).split()}
    assert not more, f"name in SAID, or in OTHER, where {more} come from"


@pytest.mark.parametrize("guide", ["README.md", "README.zh.md"])
def test_its_examples_of_comments_hold(guide: str) -> None:
    text = (ROOT / guide).read_text(encoding="utf-8")
    comments = re.findall(r"`(<!-- \w.*? -->)`", text)
    source = "\n\n".join(f"{comment}\nText." for comment in comments)
    site = Site(ROOT)
    site.pages = [page.parse(source, "docs/en/mnist_convnet.md")]
    gates = (numbers, claims, links)
    assert len(comments) == len(page.KINDS)
    assert not [str(each) for gate in gates for each in gate.gate(site)]
