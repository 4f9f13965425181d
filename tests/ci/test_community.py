"""What GitHub and contributors read first: true, and in both languages."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

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
MADE_LATER = r"\S*my_lesson\S*|\.venv\S*|site/|notebooks/\S*"


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
        found.append({each.replace(".zh.md", ".md") for each in named})
    # Each links to the other, and so that link is the same, too.
    assert found[0] == found[1] and f"{name}.md" in found[0]


@pytest.mark.parametrize("path", [*ROOT.glob(SCHEMAS["github-issue-forms"])])
def test_a_form_asks_in_both_languages(path: Path) -> None:
    asked = re.findall(r"(?:name|label|title): .*", path.read_text("utf-8"))
    assert asked
    assert not [
        each for each in asked if not re.search("[\u4e00-\u9fff]", each)
    ]
