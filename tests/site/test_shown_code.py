"""All code that a page shows runs: the built page is the witness.

`tests.harness.cell` finds the code of a page in its source. Whatever the site
makes of that, what it shows in a language that we run has to be a cell.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from tests.harness import page as reader
from tests.harness.block import RUN
from tests.harness.cell import cells

from .conftest import ROOT, Site, each_language

# A title or a line number stands in no <code>.
BLOCK = re.compile(
    rf'<div class="[^"]*\blanguage-(?:{"|".join(RUN)})\b[^"]*">'
    r"(?:(?!</div>).)*?<code[^>]*>(?P<code>.*?)</code>",
    re.DOTALL,
)


def shown(page: str) -> Iterator[str]:
    """The code blocks of a built page, as a reader copies them."""
    for block in BLOCK.finditer(page):
        yield html.unescape(re.sub(r"<[^>]*>", "", block["code"]))


@each_language
def test_what_is_shown_as_code_is_what_runs(
    site: Site, language: str, prefix: str
) -> None:
    for path in sorted((ROOT / "docs" / language).glob("*.md")):
        name = "" if path.stem == "index" else path.stem
        built = site.folder / prefix / name / "index.html"
        seen = {code.strip() for code in shown(built.read_text("utf-8"))}
        found = cells(reader.read(path, ROOT), ROOT)
        assert seen == {cell.code.strip() for cell in found}, path


def test_code_in_plain_html_is_seen() -> None:
    page = '<div class="language-python"><pre><code>x &lt; 1</code></pre></div>'
    assert [*shown(page)] == ["x < 1"]
