"""What can be played with also works from a disk, as one classic script."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from docs.hooks import classic
from tests.harness import settings

from .conftest import LANGUAGES, POLICY, ROOT, Site, wait_for

OUTER = """
import { one, two as second } from "./inner/values.js";
import * as all from "./inner/values.js";
// import nothing from "./nowhere.js";
const code = `import keras
export ${one}`, slash = /import "/, kinds = { export: second };
export async function start() { return [await code, all.one, kinds.export]; }
const inner = () => slash.source;
export { inner as pattern };
export const here = import.meta.url;
"""
VALUES = 'const two = "2";\nexport const one = 1;\nexport { two };\n'


def test_modules_become_one_script(browser, tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "outer.js").write_text(OUTER)
    (tmp_path / "inner/values.js").write_text(VALUES)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/three.bin").write_bytes(b"\0\1\2")
    script = classic.files(tmp_path / "bin")
    script += classic.script(tmp_path, ["outer"])
    (tmp_path / "all.js").write_text(script)
    page = tmp_path / "page.html"
    page.write_text('<script src="all.js"></script>')
    window = browser.new_page()
    window.goto(page.as_uri())
    assert window.evaluate("widgets.outer.start()") == [
        *("import keras\nexport 1", 1, "2")
    ]
    assert window.evaluate("widgets.outer.pattern()") == 'import "'
    assert window.evaluate("widgets.outer.here") == (
        (tmp_path / "outer.js").as_uri()
    )
    assert window.evaluate("atob(widgetFiles['three.bin'])") == "\0\1\2"
    window.close()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\nexport default 1;", "m.js:2: no way is known"),
        ("export let a = 1;", "export let a = 1;. Expected"),
        ("export const { a } = b;", "Expected: `import { a, b as c }"),
        ('export * from "./other.js";', "no way is known"),
        ('import a from "./other.js";', "no way is known"),
        ("const a = await b;", "await inside of functions"),
        ("const a = () => import(b);", "no way is known"),
        ('import { b } from "./other.js";', "'b' from other.js, which gives a"),
        ('import { a } from "./gone.js";', "no such module;.*m.js imports it"),
        ('import { a } from "./round.js";', "m.js → round.js → m.js"),
    ],
)
def test_what_is_not_known_is_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "m.js").write_text(text)
    (tmp_path / "other.js").write_text("export const a = 1;")
    (tmp_path / "round.js").write_text('import "./m.js";\nexport class a {}')
    with pytest.raises(classic.Refused, match=said):
        classic.script(tmp_path, ["m"])


@pytest.mark.parametrize("prefix", LANGUAGES.values(), ids=LANGUAGES)
def test_all_widgets_start_from_a_disk(
    browser, site: Site, tmp_path: Path, prefix: str
) -> None:
    folder = tmp_path / "课程"
    shutil.copytree(site.folder / prefix, folder, copy_function=os.link)
    (folder / classic.CLASSIC).write_text(classic.of_site(folder), "utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text))
    for name in settings.mkdocs(ROOT)["extra"]["widgets"]:
        html = folder / name / "index.html"
        text = classic.with_widgets(html.read_text("utf-8"))
        html.unlink()  # it is a link to the site's
        html.write_text(text, "utf-8")
        page.goto(html.as_uri())
        for place in page.locator(".widget").all():
            # What is laid out on the way may move it: go on scrolling.
            for _ in range(300):
                place.scroll_into_view_if_needed()
                page.wait_for_timeout(100)
                if place.locator("button").first.is_visible():
                    break
            assert place.locator("button").first.is_visible()
            assert place.get_attribute("data-failed") not in place.inner_text()
            if place.get_attribute("data-widget") == "descent":
                place.locator(".descent__first").click()
                assert place.locator("tbody tr").count() == 2
    page.goto((folder / "index.html").as_uri())
    before = page.locator(".window__sum").inner_text()
    page.locator(".window__digit").focus()
    page.keyboard.press("PageUp")
    wait_for(
        page,
        f"document.querySelector('.window__sum').innerText !== {before!r}",
    )
    context.close()
    # That the search needs more than this is another matter.
    wrong = re.compile(rf"{POLICY}|widgets/|window\.js|Error:")
    assert not [text for text in troubles if wrong.search(text)]
