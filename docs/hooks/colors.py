"""Color each piece of code once.

Half of the code that a site shows stands on a page of both languages, and all
that runs stands in a notebook as well.
"""

from __future__ import annotations

from functools import cache

import pygments
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.token import Token

HERE = "here4711\n"  # in place of the code; nothing else is like it
_lines = HtmlFormatter(nowrap=True)


def highlight(source: str, lexer: Lexer, formatter: HtmlFormatter) -> str:
    """As `pygments.highlight`, for a formatter that treats all lines alike."""
    if formatter.hl_lines or formatter.linenos:
        return pygments.highlight(source, lexer, formatter)
    around = pygments.format([(Token.Text, HERE)], formatter)
    return around.replace(HERE, _colored(source, type(lexer), lexer.stripnl))


@cache
def _colored(source: str, lexer: type[Lexer], stripnl: bool) -> str:
    return pygments.highlight(source, lexer(stripnl=stripnl), _lines)
