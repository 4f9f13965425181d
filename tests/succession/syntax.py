"""Keep the sources to what Zensical reads.

Zensical reports neither a plugin nor a hook that it does not know, and syntax
that nothing reads stands in the page as it was typed, under MkDocs as well.
So both are looked for in the sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.gates.site import Finding, Site

CONFIGURATIONS = ("mkdocs.yml", "mkdocs.en.yml")

# The Markdown extensions that Zensical's documentation calls supported.
EXTENSIONS = {
    *("abbr", "admonition", "attr_list", "def_list", "footnotes"),
    *("md_in_html", "tables", "toc"),
    *(
        f"pymdownx.{name}"
        for name in (
            *("arithmatex", "betterem", "blocks.caption", "caret", "critic"),
            *("details", "emoji", "highlight", "inlinehilite", "keys"),
            *("magiclink", "mark", "smartsymbols", "snippets"),
            *("superfences", "tabbed", "tasklist", "tilde"),
        )
    ),
}
PLUGINS = {"search", "macros"}  # those of ours that it has a version of
# What it passes over without a word, and what the site is then without.
PASSED_OVER = {
    "mkdocs-jupyter": "notebooks as pages",
    "docs/hooks/figures.py": "figures in the page's colors and language",
    "docs/hooks/languages.py": "both languages by one command",
}

# How text looks that is written for an extension, or for none of ours: syntax
# of another plugin or tool.
WRITTEN_FOR = {
    "abbr": r"^\*\[[^\]]+\]:",
    "def_list": r"^:[ \t]{1,3}\S",
    "footnotes": r"\[\^[^\]\s]+\]",
    "pymdownx.arithmatex": r"\$\$|\\\(|\\\[|(?<!\S)\$[^\s$][^$]*\$",
    "pymdownx.caret": r"\^\^\S",
    "pymdownx.critic": r"\{(\+\+|--|~~|==|>>)",
    "pymdownx.emoji": r"(?<![\w:]):[a-z][a-z0-9_+-]+:(?![\w:])",
    "pymdownx.keys": r"(?<!\{)\+\+[a-z][\w+-]*\+\+",
    "pymdownx.mark": r"(?<![=\w])==[^=\s]",
    "pymdownx.tabbed": r"^\s*===[!+]* +[\"']",
    "pymdownx.tasklist": r"^\s*[-*+] +\[[ xX]\] ",
    "pymdownx.tilde": r"~~\S",
    "another block of pymdownx.blocks": r"^\s*///+ *(?!caption\b)[a-z]",
    "the plugin callouts": r"^\s*> *\[!\w+\]",
    "the plugin mkdocstrings": r"^\s*::: *\S",
    "wiki links": r"\[\[[^\]]+\]\]",
}

# Not prose: front matter, fences, comments, code, macros, attributes.
MASKED = re.compile(
    r"\A---\n.*?\n---\n"
    r"|^(?P<indent>[ \t]*)(?P<ticks>`{3,}|~{3,}).*?"
    r"^(?P=indent)(?P=ticks)[ \t]*$"
    r"|<!--.*?-->"
    r"|(?P<code>`+)[^\n]+?(?P=code)"
    r"|\{\{.*?\}\}|\{%.*?%\}|\{ *[#.:][^}\n]*\}",
    re.DOTALL | re.MULTILINE,
)


def gate(site: Site) -> list[Finding]:
    """What in the configuration and the pages Zensical would not read."""
    loaded: set[str] = set()
    found: list[Finding] = []
    for path in CONFIGURATIONS:
        if not (site.root / path).is_file():
            continue
        for kind, name, line in _entries(site.root / path):
            if kind == "markdown_extensions":
                loaded.add(name)
            found += _entry_findings(path, line, kind, name)
    for page in site.pages:
        found += _page_findings(page.path, site.file(page.path), loaded)
    return found


def _entries(path: Path) -> Iterator[tuple[str, str, int]]:
    """Extensions, plugins and hooks: which of them, name, line."""
    # Composed, not loaded: that keeps lines, and leaves `!ENV` alone.
    root = yaml.compose(path.read_text(encoding="utf-8"))
    for key, value in root.value:
        if key.value not in ("markdown_extensions", "plugins", "hooks"):
            continue
        for entry in value.value:
            if isinstance(entry, yaml.MappingNode):  # - name: {options}
                (entry,) = entry.value
            name = entry[0] if isinstance(entry, tuple) else entry
            yield key.value, name.value, name.start_mark.line + 1


def _entry_findings(
    path: str, line: int, kind: str, name: str
) -> Iterator[Finding]:
    if kind == "markdown_extensions" and name not in EXTENSIONS:
        yield Finding(
            path,
            line,
            f"Zensical's documentation does not name the extension {name!r}",
            "an extension that Zensical supports",
            "do without it; or, if Zensical reads it by now, add it to "
            "EXTENSIONS in tests/succession/syntax.py",
        )
    if kind != "markdown_extensions" and name not in PLUGINS | {*PASSED_OVER}:
        yield Finding(
            path,
            line,
            f"Zensical passes over {name!r} without a word",
            "few plugins and hooks, each known in tests/succession/syntax.py",
            "do without it; or add it to PASSED_OVER there, with what the "
            "site lacks without it",
        )


def _page_findings(path: str, text: str, loaded: set[str]) -> Iterator[Finding]:
    prose = MASKED.sub(lambda hidden: "\n" * hidden[0].count("\n"), text)
    for number, line in enumerate(prose.splitlines(), start=1):
        for reader, pattern in WRITTEN_FOR.items():
            written = re.search(pattern, line)
            if written and reader not in loaded:
                yield Finding(
                    path,
                    number,
                    f"{written[0].strip()!r} is written for {reader}, which "
                    f"the site does not load",
                    "syntax of the extensions in mkdocs.yml",
                    "write it in other words, or as code",
                )
