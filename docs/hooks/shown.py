"""A notebook as HTML, as mkdocs-jupyter shows it.

That takes each notebook through a long template and a reader of HTML, twice.
Here it shows one cell of each kind, and what stands in all others is put into
that: the same HTML in a fraction of the time.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Set
from functools import cache
from html import escape, unescape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nbformat
from mistune import HTMLRenderer
from mkdocs_jupyter.utils import slugify
from nbconvert.exporters.html import HTMLExporter
from nbconvert.filters.ansi import ansi2html
from nbconvert.filters.markdown_mistune import (
    IPythonRenderer,
    MarkdownWithMath,
)
from nbconvert.filters.strings import _convert_header_id, html2text
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from traitlets.config import Config

from docs.hooks import colors, pruned, store

TEMPLATE = "mkdocs_html/notebook.html.j2"
PICTURE = re.compile(r"(?<=base64,)[A-Za-z0-9+/=]{1000,}")
BODY = '<div class="jupyter-wrapper">'
# What stands before the first cell and after the last.
FIRST, LAST = 'data-jp-theme-name="JupyterLab Light">\n', "</div> <!-- jp-N"
# Code; a tag with several attributes, or with a slash; space between elements;
# characters that have a name, and need none.
LOOSE = re.compile(
    r"(?P<code><pre\b.*?</pre>)|<(?P<tag>\w+)(?P<more> [^>]*?(?: [^>]*|/))>"
    r"|(?<=>)\s*\n\s*(?=<)|&(?!(?:lt|gt|amp);)#?\w+;",
    re.DOTALL,
)
ATTRIBUTE = re.compile(r'([\w:-]+)(?:="([^"]*)")?')
# What stands in a cell that is shown as an example: nothing else is like it.
ID, HERE, COUNT, WIDTH, HEIGHT = "id4711", "here4711", 47111, 47112, 47113


def html_of(text: str) -> str:
    """The text of a notebook's file as HTML; what `look` gives is elsewhere."""
    before, after = _html().partition(BODY)[2].split(LAST)
    parts = []
    code_cells = 0  # so far, since the copy button of each has a name
    for cell in json.loads(text)["cells"]:
        source, outputs = "".join(cell["source"]), cell.get("outputs", ())
        if cell["cell_type"] == "markdown":
            shown = "\n" + _example("markdown").replace(HERE, _prose(source))
        else:
            code_cells += 1
            name = f"cell-{code_cells}"
            copied = f'<div class="clipboard-copy-txt" id="{name}">'
            code = f"{_colored(source)}{copied}{escape(source, False)}</div>"
            shown = _example("code", *(each["output_type"] for each in outputs))
            shown = shown.replace(f"{COUNT}", f"{cell['execution_count']}")
            shown = shown.replace("cell-1", name).replace(HERE, code, 1)
            for output in outputs:
                shown = _filled(shown, output)
        parts.append(shown.replace(ID, cell["id"]))
    return f"{BODY}{before}{''.join(parts).strip()}\n{LAST}{after}"


def look(classes: Set[str]) -> tuple[str, str]:
    """The style sheet and the script of all notebooks.

    Not the scripts for formulas and diagrams, which ask other hosts: no
    notebook has any.

    Args:
        classes: of the elements in them.
    """
    head, *_ = _html().partition(BODY)
    styles = re.findall(r"<style[^>]*>(.*?)</style>", head, re.DOTALL)
    scripts = re.findall(r"<script>(.*?)</script>", head, re.DOTALL)
    return pruned.used("\n".join(styles), classes), "\n".join(scripts)


class _Renderer(IPythonRenderer):
    """Text cells, with ids of headings as mkdocs-jupyter makes them."""

    def heading(self, text: str, level: int, **attributes: Any) -> str:
        title = html2text(HTMLRenderer.heading(self, text, level))
        name = _convert_header_id(slugify(title))
        anchor = f'<a class="anchor-link" href="#{name}">¶</a>'
        return f'<h{level} id="{name}">{text}{anchor}</h{level}>'


_markdown = MarkdownWithMath(renderer=_Renderer(escape=False))


def _prose(source: str) -> str:
    """Text of a cell as HTML; pictures come back when all else is read."""
    pictures = PICTURE.findall(source)
    html = LOOSE.sub(_strict, _markdown.render(PICTURE.sub(HERE, source)))
    for picture in pictures:
        html = html.replace(HERE, picture, 1)
    return html.strip()


def _strict(found: re.Match[str]) -> str:
    """What may be written in several ways, in the one that Jupyter gives it."""
    if code := found["code"]:
        return code.replace("&quot;", '"').replace("&#39;", "'")
    if not found["tag"]:
        return unescape(found[0].strip() or "\n")
    written = ""
    for name, value in sorted(ATTRIBUTE.findall(found["more"])):
        quote = "'" if "&quot;" in value and "'" not in value else '"'
        value = value.replace("&quot;", '"') if quote == "'" else value
        written += f" {name}={quote}{value}{quote}"
    return f"<{found['tag']}{written}{'/' * found['more'].endswith('/')}>"


def _colored(source: str) -> str:
    html = colors.highlight(source, PythonLexer(), _formatter)
    return html.replace("&quot;", '"').replace("&#39;", "'")


_formatter = HtmlFormatter(cssclass="highlight-ipynb hl-python")


def _filled(shown: str, output: dict[str, Any]) -> str:
    """A cell with an output in the next of the places for them."""
    if output["output_type"] == "stream":
        text = unescape(ansi2html("".join(output["text"])))
        return shown.replace(HERE, escape(text, False), 1)
    about = output["metadata"]["image/png"]
    shown = shown.replace(f"{WIDTH}", f"{about['width']}", 1)
    shown = shown.replace(f"{HEIGHT}", f"{about['height']}", 1)
    return shown.replace(HERE, output["data"]["image/png"], 1)


@cache
def _example(kind: str, *outputs: str) -> str:
    """A cell as mkdocs-jupyter shows it, with places for what differs."""
    cell = {"cell_type": kind, "id": ID, "metadata": {}, "source": HERE}
    if kind == "code":
        size = {"width": WIDTH, "height": HEIGHT}
        known = {
            "stream": {"name": "stdout", "text": HERE},
            "display_data": {
                "data": {"image/png": HERE},
                "metadata": {"image/png": size},
            },
        }
        shown = [{"output_type": each, **known[each]} for each in outputs]
        cell |= {"execution_count": COUNT, "outputs": shown}
    html = _html(json.dumps(cell)).partition(FIRST)[2].partition(LAST)[0]
    html = html.strip("\n")
    html = html.replace(f"<p>{HERE}</p>", HERE)
    return html.replace(f"<b>{HERE}</b>", HERE)


@cache
def _exporter() -> HTMLExporter:
    package = find_spec("mkdocs_jupyter")
    assert package and package.origin
    header = {"enabled": True, "highlight_class": ".highlight-ipynb"}
    exporter = HTMLExporter(
        config=Config({"CSSHTMLHeaderPreprocessor": header}),
        template_file=TEMPLATE,
        extra_template_paths=[str(Path(package.origin).parent / "templates")],
        filters={"highlight_code": lambda code, **_: f"<b>{code}</b>\n"},
        theme="",
        mathjax_url="",
    )
    return exporter


@cache
def _html(*cells: str) -> str:
    """A notebook of these cells, each as JSON, as mkdocs-jupyter shows it.

    Its exporter takes longer to set up than a notebook takes here.
    """
    name = hashlib.sha256("".join(cells).encode()).hexdigest()[:12]
    found = [json.loads(cell) for cell in cells]
    return str(store.kept(f"cells/{name}", cells, lambda: _exported(found)))


def _exported(cells: list[dict[str, Any]]) -> str:
    about = {"metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    html, _ = _exporter().from_notebook_node(
        nbformat.from_dict({"cells": cells, **about}),
        resources={"mkdocs": {"include_requirejs": False}},
    )
    return f"{html}\n        "
