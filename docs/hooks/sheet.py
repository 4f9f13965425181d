"""One style sheet of the theme's and the site's own, so that a page asks once.

The theme comes with two, and mkdocs.yml lists ours under `extra_css`; a phone
that is far away waits for each of them. Rules that no page needs are left
out: a third of the theme's.
"""

import re
from collections.abc import Set
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files

from docs.hooks import finished, pruned, store
from tests.harness.record import write

SHEET = "assets/stylesheets/all.css"
SCRIPTS = ("assets/javascripts/*.js", "assets/javascripts/widgets/*.js")
THEME = (
    "assets/stylesheets/main.*.min.css",
    "assets/stylesheets/palette.*.min.css",
)
# Where the theme's were compressed from; that is no file of the site.
SOURCE = re.compile(r"/\*# sourceMappingURL=.*?\*/")
# What the theme says otherwise. The parts of a page stand in passages, too. And
# of two rules: a page that opens is given a class and an attribute, whereupon
# a browser styles all elements anew that a rule about them may concern.
OTHERWISE = {
    ".md-content__inner>": ":is(.md-content__inner,.passage)>",
    ".tabbed-labels>:": ".tabbed-labels>label:",
    "[data-md-color-switching] *,[data-md-color-switching] :after,"
    "[data-md-color-switching] :before": ".md-color-switching",
}
WORD = re.compile(r"[\w-]+")

_ours: list[str] = []  # of the language that is being built
_text = ""


def on_config(config: MkDocsConfig) -> None:
    """Let pages name the one; main.html leaves out the theme's."""
    _ours[:] = config.extra_css
    config["extra_css"] = [SHEET]


@event_priority(-50)  # when languages.py has added the shared files
def on_files(files: Files, **kwargs: Any) -> Files:
    """Take the files of all of them, the theme's first."""
    global _text
    names = sorted(files.src_uris)
    order = [name for each in THEME for name in names if fnmatch(name, each)]
    found = [files.src_uris[name] for name in (*order, *_ours)]
    texts = [SOURCE.sub("", file.content_string) for file in found]
    _text = "\n".join(texts)
    for theirs, own in OTHERWISE.items():
        assert theirs in _text, f"the theme no longer says {theirs}"
        _text = _text.replace(theirs, own)
    for file in found:
        files.remove(file)
    return files


def on_post_template(output: str, **kwargs: Any) -> None:
    """Learn the classes of the page that tells that there is none."""
    finished.classes.update(finished.classes_of(output))


def on_post_build(config: MkDocsConfig) -> None:
    """Write the one."""
    site = Path(config.site_dir)
    scripts = sorted(path for each in SCRIPTS for path in site.glob(each))
    said = {
        word
        for script in scripts
        for word in WORD.findall(script.read_text(encoding="utf-8"))
    }
    classes = given(_text, finished.classes | said)
    # Both languages have the same, as long as they have the same classes.
    text = store.kept(
        "sheet",
        (_text, sorted(classes)),
        lambda: pruned.rules(_text, classes),
    )
    write(site / SHEET, text)


def given(css: str, words: Set[str]) -> set[str]:
    """The classes of a style sheet that elements have, or get from a script.

    Args:
        css: the style sheet.
        words: classes in pages, and all words in scripts; a script may put a
            name together, from "tabbed-control--" and what comes after it.
    """
    begun = tuple(word for word in words if re.search(r"\w--$", word))
    return {
        name
        for name in pruned.CLASS.findall(css)
        if name in words or name.startswith(begun)
    }
