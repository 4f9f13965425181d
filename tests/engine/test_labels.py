"""Labels of figures in Chinese: numbers are kept, code and numbers stay."""

from __future__ import annotations

import pytest

from docs.hooks import labels

SVG = """<svg><g><text style="text-anchor: end" x="1">{}</text></g></svg>"""
TABLE = {
    "epoch": "轮",
    "# read as #": "# 认成 #",
    "one < two": "甲 < 乙",
    "moved by #": "移动 #",
}


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("epoch", "轮"),
        ("7 read as 2", "7 认成 2"),
        ("moved by −1.5", "移动 −1.5"),
        ("one &lt; two", "甲 &lt; 乙"),
        ("no entry", "no entry"),
        ("0.95", "0.95"),
        ("k = 3", "k = 3"),
    ],
)
def test_a_label_is_translated(label: str, shown: str) -> None:
    assert labels.translated(SVG.format(label), TABLE) == SVG.format(shown)
