"""The sources keep to what Zensical reads, and each planted fault is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gates.site import Site

from . import syntax

ROOT = Path(__file__).parents[2]
CONFIGURATION = """\
site_url: !ENV [SITE_URL, "http://127.0.0.1/"]
markdown_extensions:
  - admonition
  - toc:
      permalink: true
plugins:
  search:
hooks:
  - docs/hooks/figures.py
"""
PAGE = """\
---
title: == A page ==
---

# A page {#page}

Words, `==code==`, a [link](https://example.org/a~b), a time, 12:30,
{{ number }} and 2 == 2. <!-- [[not shown]] -->

```python
cube = [[1, 2], [3, 4]]
```

"""


def project(folder: Path, page: str = PAGE, configuration: str = "") -> Site:
    (folder / "docs/en").mkdir(parents=True)
    (folder / "docs/en/page.md").write_text(page, encoding="utf-8")
    (folder / "mkdocs.yml").write_text(configuration or CONFIGURATION)
    return Site(folder)


def test_this_site_keeps_to_what_zensical_reads() -> None:
    found = syntax.gate(Site(ROOT))
    assert not found, "\n".join(map(str, found))


def test_nothing_is_found_in_ordinary_text(tmp_path: Path) -> None:
    assert not syntax.gate(project(tmp_path))


@pytest.mark.parametrize(
    ("line", "reader"),
    [
        ('=== "First tab"', "pymdownx.tabbed"),
        ("/// tab | First", "another block of pymdownx.blocks"),
        ("A word.[^1]", "footnotes"),
        ("*[CNN]: convolutional network", "abbr"),
        (":   What it means", "def_list"),
        ("This is ==marked==.", "pymdownx.mark"),
        ("This is ~~struck out~~.", "pymdownx.tilde"),
        ("This is ^^new^^.", "pymdownx.caret"),
        ("{++new++}", "pymdownx.critic"),
        ("Press ++ctrl+c++.", "pymdownx.keys"),
        ("A :smile: here", "pymdownx.emoji"),
        ("- [x] done", "pymdownx.tasklist"),
        ("so $x^2$ is", "pymdownx.arithmatex"),
        (r"so \(x^2\) is", "pymdownx.arithmatex"),
        ("> [!NOTE]", "the plugin callouts"),
        ("::: keras.layers.Conv2D", "the plugin mkdocstrings"),
        ("see [[glossary]]", "wiki links"),
    ],
)
def test_other_syntax_is_named(line: str, reader: str, tmp_path: Path) -> None:
    (found,) = syntax.gate(project(tmp_path, f"{PAGE}{line}\n"))
    assert (found.path, found.line) == ("docs/en/page.md", 14)
    assert f"is written for {reader}, which the site" in found.what


def test_syntax_of_an_extension_that_is_loaded_is_fine(tmp_path: Path) -> None:
    configuration = CONFIGURATION.replace("admonition", "footnotes")
    assert not syntax.gate(
        project(tmp_path, f"{PAGE}A word.[^1]\n", configuration)
    )


@pytest.mark.parametrize(
    ("before", "after", "line", "what"),
    [
        (
            "- admonition",
            "- markdown_include.include",
            3,
            "does not name the extension 'markdown_include.include'",
        ),
        ("- toc:", "- codehilite:", 4, "the extension 'codehilite'"),
        ("search:", "i18n:", 7, "passes over 'i18n' without a word"),
        ("figures.py", "new.py", 9, "passes over 'docs/hooks/new.py'"),
    ],
)
def test_what_zensical_does_not_know_is_named(
    before: str, after: str, line: int, what: str, tmp_path: Path
) -> None:
    configuration = CONFIGURATION.replace(before, after)
    (found,) = syntax.gate(project(tmp_path, configuration=configuration))
    assert (found.path, found.line) == ("mkdocs.yml", line)
    assert what in found.what
