"""A notebook as HTML: nbconvert makes it, in the look of mkdocs-jupyter.

mkdocs-jupyter itself reads each notebook twice and begins anew with each. Here
its template is used, and what belongs to that, for one notebook after the
other: the same HTML in a fraction of the time.
"""

from __future__ import annotations

import re
from collections.abc import Set
from functools import cache
from html import unescape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import pass_context
from mistune import HTMLRenderer, escape
from mkdocs_jupyter.utils import slugify
from nbconvert.exporters.html import HTMLExporter
from nbconvert.filters.highlight import _pygments_highlight
from nbconvert.filters.markdown_mistune import (
    IPythonRenderer,
    MarkdownWithMath,
)
from nbconvert.filters.strings import (
    _convert_header_id,
    html2text,
)
from pygments.formatters import HtmlFormatter
from traitlets.config import Config

from docs.hooks import pruned, store

TEMPLATE = "mkdocs_html/notebook.html.j2"
PICTURE = re.compile(r"[A-Za-z0-9+/=]{1000,}")  # in base64
QUOTES = re.compile("&(?:quot|#39|#x27);")  # nbconvert leaves them unescaped
BODY = '<div class="jupyter-wrapper">'
EMPTY = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
MARK = "6d1f0c"  # makes a word that stands nowhere else
HELD = re.compile(rf"(?:<b>)?held-{MARK}-(\d+)-(?:</b>)?")


def html_of(text: str) -> str:
    """The text of a notebook's file as HTML."""
    exporter = _exporter()
    exporter.held, exporter.code_cells = [], 0
    # Pictures, like code in colors, come back once all have read the rest.
    short = PICTURE.sub(lambda found: exporter.hold(found[0]), text)
    html, resources = exporter.from_notebook_node(
        nbformat.reads(short, as_version=4),
        resources={"mkdocs": {"include_requirejs": False}},
    )
    html = HELD.sub(lambda found: exporter.held[int(found[1])], html)
    css = resources["inlining"]["css"]
    return f"{html}\n        <style>\n        {css}\n        </style>\n        "


def body_of(html: str) -> str:
    """Only what is the notebook's own: what `look` gives stands elsewhere."""
    _, start, rest = html.partition(BODY)
    return start + rest.rpartition("<style>")[0]


def look(classes: Set[str]) -> tuple[str, str]:
    """The style sheet and the script of all notebooks.

    Not the scripts for formulas and diagrams, which ask other hosts: no
    notebook has any.

    Args:
        classes: of the elements in them.
    """
    head, *_ = html_of(EMPTY).partition(BODY)
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


class _Exporter(HTMLExporter):
    """Makes one notebook after the other into HTML."""

    held: list[str]  # HTML that is ready, of this notebook
    code_cells: int  # so far, since the copy button of each has a name

    def hold(self, html: str) -> str:
        """A word that stands for HTML until the rest is ready."""
        self.held.append(html)
        return f"held-{MARK}-{len(self.held) - 1}-"

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        renderer = _Renderer(escape=False)
        return MarkdownWithMath(renderer=renderer).render(source)

    def highlight(
        self, source: str, language: str = "python", metadata: Any = None
    ) -> str:
        """Code in colors, and once more as text for the copy button."""
        self.code_cells += 1
        text = f'<div class="clipboard-copy-txt" id="cell-{self.code_cells}">'
        html = f"{_colored(source, language)}{text}{escape(source)}</div>"
        html = QUOTES.sub(lambda found: unescape(found[0]), html)
        return f"<b>{self.hold(html)}</b>\n"  # an element, among others


@cache  # both languages have the same code
def _colored(source: str, language: str) -> str:
    formatter = HtmlFormatter(cssclass=f"highlight-ipynb hl-{language}")
    return _pygments_highlight(source, formatter, language)


@cache
def _exporter() -> _Exporter:
    package = find_spec("mkdocs_jupyter")
    assert package and package.origin
    header = {"enabled": True, "highlight_class": ".highlight-ipynb"}
    exporter = _Exporter(
        config=Config({"CSSHTMLHeaderPreprocessor": header}),
        template_file=TEMPLATE,
        extra_template_paths=[str(Path(package.origin).parent / "templates")],
        filters={"clean_html": lambda drawing: drawing},  # all are our own
        theme="",
        mathjax_url="",
        optimistic_validation=True,
    )
    exporter.filters["highlight_code"] = exporter.highlight
    exporter.environment.bytecode_cache = store.TEMPLATES
    return exporter
