"""What GitHub and contributors read first: complete, true, in both languages.

CONTRIBUTING names only commands and files that exist, the same ones in both
languages; forms and citation are what GitHub accepts.
"""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mkdocs.utils.yaml import yaml_load

ROOT = Path(__file__).parents[1]
GUIDES = ("CONTRIBUTING.md", "CONTRIBUTING.zh.md")
FORMS = tuple(
    f".github/ISSUE_TEMPLATE/{form}.yml"
    for form in ("1-mistake", "2-bug", "3-proposal")
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Both in one file.
BILINGUAL = (
    ".github/pull_request_template.md",
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
    "SECURITY.md",
)
# The lesson that the steps take as their example, and what each run makes.
MADE_LATER = re.compile(r"my_lesson|^\.venv|^site/")


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _code(text: str) -> list[str]:
    """Commands and names: lines of fences, and what stands in backticks."""
    fences = re.findall(r"(?ms)^ *```\w*\n(.*?)^ *```", text)
    lines = [
        line.strip() for fence in fences for line in fence.splitlines() if line
    ]
    prose = re.sub(r"(?ms)^ *```.*?^ *```", "", text)
    return lines + re.findall(r"`([^`\n]+)`", prose)


def _commands(text: str) -> list[str]:
    """Commands that a contributor types, in the order of the text."""
    known = re.compile(r"(make|git|pytest|python|mkdocs|\.venv/bin/\w+) ")
    return [each for each in _code(text) if known.match(f"{each} ")]


def _files(text: str) -> set[str]:
    """Files and folders that a text names, in backticks or as a link."""
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    words = (
        word for code in _code(text) for word in re.split(r"[\s\"=]", code)
    )
    named = re.compile(
        r"(?:[\w.-]+/)+(?:[\w.-]+)?|[\w-]+\.(?:md|toml|yml|in|txt)"
    )
    return {
        each
        for each in {*links, *(w for w in words if named.fullmatch(w))}
        if not MADE_LATER.search(each)
    }


def _is_bilingual(text: str) -> bool:
    return bool(CHINESE.search(text) and re.search("[A-Za-z]{3}", text))


def _sections(text: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"(?m)^## ", text)[1:]:
        heading, _, body = part.partition("\n")
        yield heading, body


def test_both_guides_name_the_same_commands_and_files() -> None:
    english, chinese = map(_read, GUIDES)
    assert _commands(english) == _commands(chinese)
    # Each links to the README and the guide of its language.
    named = [
        {each.replace(".zh.md", ".md") for each in _files(text)}
        for text in (english, chinese)
    ]
    assert named[0] == named[1]
    counts = [
        [len(_commands(body)) for _, body in _sections(text)]
        for text in (english, chinese)
    ]
    assert counts[0] == counts[1]


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_names_what_exists(guide: str) -> None:
    text = _read(guide)
    targets = set(re.findall(r"(?m)^([a-z-]+):", _read("Makefile")))
    used = {
        match[1]
        for command in _commands(text)
        if (match := re.match(r"make ([a-z-]+)", command))
    }
    assert len(used) > 5
    assert used <= targets, f"no make target: {used - targets}"
    named = _files(text)
    assert len(named) > 10
    missing = {each for each in named if not (ROOT / each).exists()}
    assert not missing, f"{guide} names files that do not exist"


@pytest.mark.parametrize("guide", GUIDES)
def test_a_lesson_takes_ten_steps(guide: str) -> None:
    steps = {
        heading: re.findall(r"(?m)^(\d+)\. ", body)
        for heading, body in _sections(_read(guide))
    }
    [ten] = [
        numbers
        for heading, numbers in steps.items()
        if re.search("ten steps|十步", heading)
    ]
    assert ten == [str(number) for number in range(1, 11)]


@pytest.mark.parametrize("guide", GUIDES)
def test_links_within_the_project_lead_somewhere(guide: str) -> None:
    for file, anchor in re.findall(r"\]\(([\w.]+\.md)#([^)]+)\)", _read(guide)):
        headings = re.findall(r"(?m)^#+ (.*)", _read(file))
        # As GitHub makes them: lower case, no punctuation, - for spaces.
        anchors = {
            re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in headings
        }
        assert anchor in anchors, f"{guide} links to {file}#{anchor}"


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_the_readme_leads_to_the_guide(readme: str) -> None:
    guide = readme.replace("README", "CONTRIBUTING")
    assert f"]({guide})" in _read(readme)


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-issue-forms", FORMS),
        ("github-issue-config", (".github/ISSUE_TEMPLATE/config.yml",)),
        ("citation-file-format", ("CITATION.cff",)),
    ],
)
def test_github_accepts(schema: str, files: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "check_jsonschema"]
    command += ["--builtin-schema", f"vendor.{schema}"]
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            copy = Path(folder, Path(file).name)
            copy.write_text(_read(file), encoding="utf-8")
            command.append(str(copy))
        done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("form", FORMS)
def test_a_form_speaks_both_languages(form: str) -> None:
    content = yaml_load(_read(form))
    texts = [content["name"], content["description"], content["title"]]
    ids = []
    for part in content["body"]:
        shown = part["attributes"]
        if part["type"] == "markdown":
            texts.append(shown["value"])
            continue
        ids.append(part["id"])
        texts.append(shown["label"])
        texts.append(shown.get("description", shown["label"]))
    assert len(set(ids)) == len(ids), "GitHub wants ids that differ"
    for text in texts:
        assert _is_bilingual(text), f"in one language only: {text}"


def test_a_mistake_is_told_with_place_and_source() -> None:
    asked = {
        part["id"]: part["validations"]["required"]
        for part in yaml_load(_read(FORMS[0]))["body"]
    }
    needed = ("page", "language", "says", "right", "source")
    assert asked == dict.fromkeys(needed, True)


@pytest.mark.parametrize("name", BILINGUAL)
def test_a_file_speaks_both_languages(name: str) -> None:
    text = re.sub(r"(?s)<!--.*?-->", "", _read(name))
    english = re.split(r"(?m)^## 中文\n", text)
    if len(english) == 2:  # one language after the other
        points = [re.findall(r"(?m)^- ", each) for each in english]
        assert len(points[0]) == len(points[1])
        assert all(len(each) > 200 for each in english)
        return
    # Or side by side, in each point.
    points = re.findall(r"(?ms)^- .*?(?=^- |^#|\Z)", text)
    assert points
    for point in points:
        assert _is_bilingual(point), f"in one language only: {point}"


def test_citation_and_license_name_the_same_authors() -> None:
    citation = yaml_load(_read("CITATION.cff"))
    [author] = citation["authors"]
    assert author["name"] in _read("LICENSE")
    assert citation["title"] in author["name"]
    assert citation["title"] == _read("README.md").splitlines()[0][2:]


def test_the_changelog_has_the_form_of_keep_a_changelog() -> None:
    text = _read("CHANGELOG.md")
    versions = re.findall(r"(?m)^## (.*)$", text)
    assert versions[0] == "[Unreleased]"
    for version in versions[1:]:
        assert re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", version)
    dates = [version[-10:] for version in versions[1:]]
    assert all(a >= b for a, b in itertools.pairwise(dates)), "newest first"
    kinds = re.findall(r"(?m)^### (\w+)", text)
    expected = (
        "Added",
        "Changed",
        "Deprecated",
        "Removed",
        "Fixed",
        "Security",
    )
    assert kinds and set(kinds) <= set(expected)


@pytest.mark.parametrize("name", ["CODE_OF_CONDUCT.md", "SECURITY.md"])
def test_reports_go_to_github_in_private(name: str) -> None:
    text = _read(name)
    assert text.count("**Report a vulnerability**") == 2  # in each language
    assert "@" not in text, "an address that somebody has to read"


EN, ZH = GUIDES
CONFIG = ".github/ISSUE_TEMPLATE/config.yml"
SAME = (test_both_guides_name_the_same_commands_and_files,)
EXISTS = test_a_guide_names_what_exists
STEPS = test_a_lesson_takes_ten_steps
LINKS = test_links_within_the_project_lead_somewhere
ACCEPTS = test_github_accepts
FORM = test_a_form_speaks_both_languages
SPEAKS = test_a_file_speaks_both_languages
LOG = (test_the_changelog_has_the_form_of_keep_a_changelog,)
PLANTED = [
    # check and its arguments; file, text in it, another text; what is said
    (SAME, EN, "make serve", "make show", "make show"),
    (SAME, ZH, "git add --all", "git add .", "git add"),
    (SAME, ZH, "`docs/words.txt`", "那里", "docs/words.txt"),
    (SAME, EN, "`make reviewed` alone", "It alone", "make reviewed"),
    ((EXISTS, EN), EN, "`make test`", "`make tests`", "make target: {'tests'}"),
    ((EXISTS, ZH), ZH, "docs/words.txt", "docs/word.txt", "docs/word.txt"),
    ((EXISTS, EN), EN, "(LICENSE)", "(LICENCE)", "LICENCE"),
    ((EXISTS, EN), "Makefile", "\nreviewed:", "\nread:", "{'reviewed'}"),
    ((STEPS, EN), EN, "9. Read both", "8. Read both", "'8' != '9'"),
    ((STEPS, ZH), ZH, "10. 检查", "10 检查", "'10'"),
    ((LINKS, EN), "README.md", "## How a lesson", "## Lesson", "#how-a-lesson"),
    ((LINKS, ZH), ZH, "#windows或者", "#windows-或者", "#windows-或者"),
    (
        (test_the_readme_leads_to_the_guide, "README.zh.md"),
        "README.zh.md",
        "CONTRIBUTING.zh.md",
        "CONTRIBUTING.md",
        "CONTRIBUTING.zh.md",
    ),
    (
        (ACCEPTS, "github-issue-forms", FORMS),
        FORMS[0],
        "name: ",
        "title_: ",
        "'name' is a required property",
    ),
    (
        (ACCEPTS, "github-issue-forms", FORMS),
        FORMS[1],
        "type: textarea",
        "type: text",
        "2-bug.yml",
    ),
    (
        (ACCEPTS, "github-issue-config", (CONFIG,)),
        CONFIG,
        "enabled: true",
        "enabled: perhaps",
        "'perhaps' is not of type 'boolean'",
    ),
    (
        (ACCEPTS, "citation-file-format", ("CITATION.cff",)),
        "CITATION.cff",
        "message:",
        "# message:",
        "'message' is a required property",
    ),
    ((FORM, FORMS[0]), FORMS[0], " · 应该是什么", "", "language only: What is"),
    (
        (FORM, FORMS[1]),
        FORMS[1],
        "id: expected",
        "id: steps",
        "ids that differ",
    ),
    (
        (test_a_mistake_is_told_with_place_and_source,),
        FORMS[0],
        "required: true",
        "required: false",
        "{'page': False}",
    ),
    ((SPEAKS, "SECURITY.md"), "SECURITY.md", "- **工作", "**工作", "4 == 3"),
    (
        (SPEAKS, "CHANGELOG.md"),
        "CHANGELOG.md",
        "每一课都有 Jupyter 笔记本，从头到尾再倒着运行过，与记录比对；"
        "还有纯脚本。`make notebooks` 把它们全部写出来。",
        "",
        "language only: - Each lesson as",
    ),
    (
        (test_citation_and_license_name_the_same_authors,),
        "CITATION.cff",
        "The authors of",
        "Authors of",
        "Authors of",
    ),
    (LOG, "CHANGELOG.md", "[Unreleased]", "Next", "Next"),
    (LOG, "CHANGELOG.md", "### Added", "### New", "New"),
    (
        (test_reports_go_to_github_in_private, "SECURITY.md"),
        "SECURITY.md",
        "**Report a vulnerability**",
        "write to us",
        "1 == 2",
    ),
]


@pytest.mark.parametrize(("check", "name", "old", "new", "said"), PLANTED)
def test_a_planted_fault_is_named(
    check: tuple[Callable[..., None], *tuple[Any, ...]],
    name: str,
    old: str,
    new: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = _read(name)
    assert old in text
    changed = text.replace(old, new, 1)
    monkeypatch.setattr(
        sys.modules[__name__],
        "_read",
        lambda asked, read=_read: changed if asked == name else read(asked),
    )
    function, *arguments = check
    with pytest.raises(AssertionError) as error:
        function(*arguments)
    assert said in str(error.value)
