"""Color each piece of code once.

Half of the code that a site shows stands on a page of both languages, and all
that runs stands in a notebook as well.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pygments
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Token
from pymdownx import highlight as extension

HERE = "here4711\n"  # in place of the code; nothing else is like it
_lines = HtmlFormatter(nowrap=True)
_formatters: dict[str, HtmlFormatter] = {}
_formatter = extension.BlockHtmlFormatter


def install() -> None:
    """Let pages use what is below, where pymdownx makes all anew."""
    extension.highlight = highlight
    extension.get_lexer_by_name = cache(get_lexer_by_name)
    extension.BlockHtmlFormatter = formatter


def highlight(source: str, lexer: Lexer, formatter: HtmlFormatter) -> str:
    """As `pygments.highlight`, for a formatter that treats all lines alike."""
    if formatter.hl_lines or formatter.linenos or formatter.linespans:
        return pygments.highlight(source, lexer, formatter)
    around = pygments.format([(Token.Text, HERE)], formatter)
    return around.replace(HERE, _colored(source, type(lexer), lexer.stripnl))


@cache
def _colored(source: str, lexer: type[Lexer], stripnl: bool) -> str:
    return pygments.highlight(source, lexer(stripnl=stripnl), _lines)


def formatter(**options: Any) -> HtmlFormatter:
    """The formatter with these options: most blocks have the same."""
    key = repr(options)
    if key not in _formatters:
        _formatters[key] = _formatter(**options)
    return _formatters[key]
