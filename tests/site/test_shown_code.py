"""All code that a page shows runs: the built page is the witness.

`tests.harness.cell` finds the code of a page in its source. Whatever the site
makes of that, what it shows in a language that we run has to be a cell.
"""

from __future__ import annotations

from bs4 import BeautifulSoup

from tests.harness import page as reader
from tests.harness.block import RUN
from tests.harness.cell import cells

from .conftest import ROOT, Site, each_language

# A title or a line number stands in no <code>.
SHOWN = ", ".join(f".language-{language} code" for language in RUN)


@each_language
def test_what_is_shown_as_code_is_what_runs(
    site: Site, language: str, prefix: str
) -> None:
    for path in sorted((ROOT / "docs" / language).glob("*.md")):
        name = "" if path.stem == "index" else path.stem
        built = site.folder / prefix / name / "index.html"
        page = BeautifulSoup(built.read_text("utf-8"), "html.parser")
        seen = {code.get_text().strip() for code in page.select(SHOWN)}
        found = cells(reader.read(path, ROOT), ROOT)
        assert seen == {cell.code.strip() for cell in found}, path
