"""Comments of code in Chinese, as Chinese pages show them.

Code is written and recorded once, with English comments. A Chinese page, its
notebook and its script show the same program with those of docs/comments.yml:
`tests.harness.cell` puts them in, for all of them. A comment without a word,
such as a shape, needs no entry.
"""

from __future__ import annotations

import io
import re
import tokenize
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from pygments.lexers.shell import BashLexer
from pygments.token import Comment as Kind

from . import settings

TABLE = Path("docs/comments.yml")
WORD = re.compile(r"[A-Za-z]{2,}")
ADDRESS = re.compile(r"https?://\S+")
# Said to a program and not to readers.
PRAGMA = re.compile(r"#(!|\s*(noqa|type:|fmt:|ruff:|pragma:|pylint:|@\w|%%))")


class Comment(NamedTuple):
    """A comment: its row from 1, its column from 0, its text from the #."""

    row: int
    column: int
    text: str

    @property
    def key(self) -> str | None:
        """What the table calls it; None if it needs no translation.

        >>> Comment(1, 9, "# (28, 28)").key, Comment(1, 0, "# seconds").key
        (None, 'seconds')
        """
        said = self.text.lstrip("#").strip()
        has_words = WORD.search(ADDRESS.sub("", said))
        return said if has_words and not PRAGMA.match(self.text) else None


@lru_cache(maxsize=4096)  # asked for the code of a site, three times
def comments(code: str, language: str = "python") -> list[Comment]:
    """The comments of some code; none, if it is no Python at all.

    Nobody changes the result: it is shared.
    """
    if language != "python":
        return _in_shell(code)
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    except (tokenize.TokenError, SyntaxError):
        return []  # shown to fail
    return [
        Comment(*token.start, token.string)
        for token in tokens
        if token.type == tokenize.COMMENT
    ]


def _in_shell(code: str) -> list[Comment]:
    found = []
    for start, kind, text in BashLexer().get_tokens_unprocessed(code):
        if kind is Kind.Single:
            row = code.count("\n", 0, start) + 1
            column = start - (code.rfind("\n", 0, start) + 1)
            found.append(Comment(row, column, text.rstrip("\n")))
    return found


def with_text(code: str, comment: Comment, text: str) -> str:
    """The code with another text in place of one of its comments."""
    lines = code.split("\n")
    line, end = lines[comment.row - 1], comment.column + len(comment.text)
    lines[comment.row - 1] = line[: comment.column] + text + line[end:]
    return "\n".join(lines)


def without(code: str, language: str = "python") -> str:
    """The code without its comments; each line stays where it is."""
    for comment in reversed(comments(code, language)):
        code = with_text(code, comment, "")
    return code


def shown(code: str, language: str, reader: str, root: Path) -> str:
    """The code as it is shown; a comment without an entry stays.

    Args:
        code: with English comments.
        language: "python" or "sh".
        reader: the language of the page, "zh" or "en".
        root: the project's folder.
    """
    said = comments(code, language) if reader == "zh" else []
    entries = settings.chinese(root / TABLE) if said else {}
    for comment in reversed(said):
        if entry := entries.get(comment.key or ""):
            code = with_text(code, comment, f"# {entry}")
    return code
