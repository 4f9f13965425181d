"""Modules of what can be played with become one classic script."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.hooks import classic

OUTER = """
import { one, second } from "./inner/values.js";
import { two } from
  "./inner/values.js";
// import nothing from "./nowhere.js";
const code = `import keras
export ${one}`, slash = /import "/, kinds = { export: second };
export async function start() { return [await code, two, kinds.export]; }
export const pattern = () => slash.source;
export const here = import.meta.url;
"""
VALUES = "".join(
    f"export const {name} = {value};\n"
    for name, value in (("one", 1), ("two", 1), ("second", "'2'"))
)


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
        ("export const { a } = b;", "Expected: `import { a, b }"),
        ("const a = 1;\nexport { a };", "m.js:2: no way is known"),
        ('import { a as b } from "./other.js";', "no way is known"),
        ('import * as a from "./other.js";', "no way is known"),
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
    (tmp_path / "round.js").write_text(
        'import { b } from "./m.js";\nexport const a = 1;'
    )
    with pytest.raises(classic.Refused, match=said):
        classic.script(tmp_path, ["m"])
