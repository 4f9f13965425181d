"""Modules of what can be played with become one classic script."""

from __future__ import annotations

from pathlib import Path

from docs.hooks import classic

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
