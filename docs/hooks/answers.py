"""Exercises that answer: a small form before each folded solution.

docs/hooks/asks.py knows the answers; the page gets them as data, and
docs/assets/javascripts/widgets/answers.js judges what is typed. Without a
script there is no form, and the exercise stands as it is.
"""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.pages import Page

from docs.hooks import asks, store
from docs.hooks.store import ROOT

CODE = re.compile(r"`([^`]+)`")
CLOSED = '<details class="success">'
FORM = """<div class="answer" data-widget="answers" data-failed="{failed}" \
data-search-exclude>
<form autocomplete="off" data-words="{words}"><fieldset disabled>
<legend>{legend}</legend>
<div class="answer__fields">{fields}</div>
<button class="md-button">{check}</button>
</fieldset>
<div role="status"></div>
{hints}</form>
</div>
"""
FIELD = """<p><label for="{name}">{label}</label>
<span class="answer__field"><input id="{name}" {data} autocapitalize="off" \
spellcheck="false" aria-describedby="{name}-said">{unit}
<span class="answer__mark" id="{name}-said"></span></span></p>"""


@store.once
def _known(root: Path) -> dict[str, list[asks.Ask]]:
    """As `asks.read`, for a build, which ends at the first fault."""
    found, faults = asks.read(root)
    for line, what, expected, do in faults:
        raise PluginError(
            f"{asks.TABLE}:{line}: {what}. Expected: {expected}; {do}"
        )
    return found


@event_priority(-95)  # after search and typesetting, which leave forms alone
def on_page_content(
    html: str, page: Page, config: MkDocsConfig, **kwargs: Any
) -> str:
    """Put the forms of a page before its folded solutions."""
    language = config.theme["language"]
    words = config.extra["languages"][language]["answers"]
    name = page.file.src_uri.removesuffix(".md")
    for exercise, fields in _known(ROOT).items():
        lesson, _, section = exercise.partition("#")
        if lesson != name:
            continue
        before, mark, after = html.partition(f' id="{section}"')
        question, closed, rest = after.partition(CLOSED)
        made = form(section, fields, language, words)
        html = f"{before}{mark}{question}{made}{closed}{rest}"
    return html


def form(
    section: str, asked: list[asks.Ask], language: str, words: dict[str, Any]
) -> str:
    """The form of an exercise as HTML. A script wakes it up."""
    hints = list(dict.fromkeys(ask.hint[language] for ask in asked))
    fields = []
    for number, ask in enumerate(asked):
        note = ""
        if ask.places is not None:
            note = words["places"].format(ask.places)
            note = f" <small>{note if ask.places else words['whole']}</small>"
        fields.append(
            FIELD.format(
                name=f"{section}-{number}",
                label=_marked(ask.label[language]) + note,
                data=_data(ask, hints.index(ask.hint[language])),
                unit=" %" * ask.percent,
            )
        )
    return FORM.format(
        words=escape(json.dumps(words["said"], ensure_ascii=False)),
        failed=escape(words["failed"]),
        legend=words["legend"],
        check=words["check"],
        fields="\n".join(fields),
        hints="\n".join(f"<template>{_marked(h)}</template>" for h in hints),
    )


def _data(ask: asks.Ask, hint: int) -> str:
    """What the script knows of a field, as attributes."""
    answer = " ".join(f"{value:f}" for value in ask.values)
    data = f'data-kind="{ask.kind}" data-answer="{answer}" data-hint="{hint}"'
    if ask.places is not None:
        data += f' data-places="{ask.places}"'
    elif ask.kind == "number":
        data += ' inputmode="decimal"'  # on a phone; its keys are enough
    return data + " data-percent" * ask.percent


def _marked(text: str) -> str:
    """Words as HTML, with code and emphasis."""
    code = CODE.sub(r"<code>\1</code>", escape(text))
    return re.sub(r"\*(\w+)\*", r"<em>\1</em>", code)
