"""What is copied out of a PDF, and found there: the characters as written.

Chromium names a glyph by the first character that a font draws with it. Fonts
draw the radicals, as dictionaries list them, with the glyphs of characters: 一
(U+4E00) would be copied as ⼀ (U+2F00), and not be found.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from pypdf import PdfReader, PdfWriter
from pypdf.generic import StreamObject

RADICALS = range(0x2E80, 0x2FE0)
# Those that Unicode does not call the same as a character, or as another one.
SAME = dict(
    zip(
        "⺒⺓⺞⺠⻅⻆⻉⻋⻑⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻮⻯⻰⻱⻲⼾",
        "巳幺歺民见角贝车長长门青韦页风飞食马骨鬼鱼鸟卤麦黄黾斉齐齿竜龙龜亀户",
        strict=True,
    )
)
# In a list of names: a glyph, or the first and the last, and its character.
NAMED = re.compile(rb"<(\w+)> (?:<(\w+)> )?<(\w{4})>")


def mend(pdf: Path) -> None:
    """Name characters in a PDF where it names radicals, and change no more."""
    writer = PdfWriter(PdfReader(pdf), incremental=True)
    for found in writer._objects:
        if isinstance(found, StreamObject) and b"begincmap" in found.get_data():
            found.set_data(NAMED.sub(_named, found.get_data()))
    writer.write(pdf)


def _named(entry: re.Match[bytes]) -> bytes:
    first, last, begun = entry.groups()
    start, count = int(begun, 16), 1
    if last:
        count += int(last, 16) - int(first, 16)
    codes = range(start, start + count)
    if start not in RADICALS and codes[-1] not in RADICALS:
        return entry[0]
    names = [f"<{ord(character(chr(code))):04X}>" for code in codes]
    if not last:
        return b"<%s> %s" % (first, names[0].encode())
    return b"<%s> <%s> [%s]" % (first, last, " ".join(names).encode())


def character(drawn: str) -> str:
    """The character for which a radical stands; any other is itself.

    >>> character("⼀"), character("⻅"), character("深")
    ('一', '见', '深')
    """
    if ord(drawn) not in RADICALS:
        return drawn
    return SAME.get(drawn, unicodedata.normalize("NFKC", drawn))
