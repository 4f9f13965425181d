"""No mark of Markdown is left over: the built page is the witness.

What no extension in mkdocs.yml reads stands on the page as it was typed, and no
build complains.
"""

from __future__ import annotations

import html
import re

import markdown
import pytest

from tests.harness import settings

from .conftest import ROOT, Site

# Of a page: its title, what a search shows of it, its text.
READ = re.compile(
    r'<title>.*?</title>|<meta name="?description"? content="[^"]*"|'
    r"<article\b.*?</article>",
    re.DOTALL,
)
CODE = re.compile(r"<(pre|code|script|style|svg)\b.*?</\1>", re.DOTALL)
TAG = re.compile(
    r"<!--.*?-->|<meta [^>]*content=|(<h\d[^>]*>)\d+\. |<[^>]*>", re.S
)
LEFT = re.compile(
    # Emphasis, code, links, footnotes, boxes, attributes, icons.
    r"\*|`|\]\s?\(|\]\[|\[\[|\[\^|\[!|!!!|\?\?\?|///|\{[:#.]"
    r"|(?<![\w:]):[a-z][\w+-]*:(?![\w:])"
    # Marks of an edit, formulas, tags; and what makes lists and tables.
    r"|~~|==|\^\^|\+\+(?=\w)|\$[^\s$][^$\n]*\$|\\[(\[]|</?[A-Za-z]"
    r"|^\s*(?:#+|:::|: |\[[ xX]\] |[-+•] |\d+[.)] |\|)|\|\s*$",
    re.MULTILINE,
)


def left_over(page: str) -> list[str]:
    """What stands on a built page as it was typed, with some words around."""
    found = []
    for part in READ.finditer(page):
        text = html.unescape(TAG.sub("", CODE.sub("x", part[0])))
        for left in LEFT.finditer(text):
            found.append(text[max(0, left.start() - 30) : left.end() + 30])
    return found


def test_no_mark_is_left_over(site: Site) -> None:
    # Notebooks are read by another Markdown, see tests/engine/test_maker.
    pages = [*site.folder.glob("*/index.html")]
    pages += site.folder.glob("en/*/index.html")
    found = {page: left_over(page.read_text("utf-8")) for page in pages}
    assert len(found) > 40
    assert not {page: left for page, left in found.items() if left}


@pytest.mark.parametrize(
    "text",
    [
        *("This is **important.", "这是~~旧的~~。", "This is ==marked==."),
        *(
            "As ++said++, [^a].",
            "> [!NOTE]\n> Read this.",
            "[below](#error-scale",
        ),
        *("A :material-star: here.", "即 $n + 1$ 个。", "1) One."),
        *("There are two:\n- one\n- another", "A `word."),
        *(
            "有两种：\n| 甲 | 乙 |\n|---|---|",
            "| one | two |\n| three | four |",
        ),
        *("# Title {#a", "??? note 'More'\n    Words.", "/// box\n\nx\n///"),
    ],
)
def test_what_is_left_over_is_seen(text: str) -> None:
    listed = settings.mkdocs(ROOT)["markdown_extensions"]
    options = {name: dict(given or {}) for name, given in listed.items()}
    page = markdown.markdown(
        text, extensions=[*options], extension_configs=options
    )
    assert left_over(f"<article>{page}</article>"), page
