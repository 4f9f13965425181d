"""A script without what only its authors read: comments and indents.

Names stay, so that an error still says what it is about.
"""

from __future__ import annotations

import re
from functools import cache

from pygments.lexers import JavascriptLexer
from pygments.token import Comment, String

BREAK = re.compile(r"[ \t]*\n\s*")


@cache  # both languages have the same
def script(text: str) -> str:
    r"""The same script, shorter; strings stay as they are.

    >>> script("const a = `\n  // text`; // a\n\n  // b\nb();\n")
    'const a = `\n  // text`;\nb();\n'
    """
    lexer = JavascriptLexer(ensurenl=False, stripnl=False)
    # Pieces of strings, and of what is between them.
    pieces: list[tuple[bool, str]] = []
    for _, kind, value in lexer.get_tokens_unprocessed(text):
        is_string = kind in String
        value = "" if kind in Comment else value
        if pieces and pieces[-1][0] == is_string:
            value = pieces.pop()[1] + value
        pieces.append((is_string, value))
    return "".join(
        piece if is_string else BREAK.sub("\n", piece)
        for is_string, piece in pieces
    ).lstrip("\n")
