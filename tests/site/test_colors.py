"""The site's colors: what stands out on what, and what orange is kept for."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest

from docs.hooks import sharing
from docs.hooks.figures import COLORS, FIGURES, WINDOW, inline_svg, plain

from .conftest import ROOT

STYLES = ROOT / "docs/assets/stylesheets"
# Colors that stand on others, and the least contrast, as WCAG 2 counts it.
GROUNDS = ("ground", "paper")
TEXTS = ("ink", "text", "quiet", "window")
TEXTS += ("figure-blue", "figure-green", "figure-purple")
PAIRS = [
    *((4.5, text, ground) for text, ground in product(TEXTS, GROUNDS)),
    *((3, "edge", ground) for ground in GROUNDS),  # of what can be pressed
    *((4.5, text, "bar") for text in ("bar-text", "bar-window")),
    *((4.5, "on-window", "window"), (4.5, "ground", "ink")),
]


def palette(scheme: str) -> dict[str, str]:
    """The colors of a scheme by name, and those that both schemes share."""
    css = (STYLES / "palette.css").read_text("utf-8")
    found: dict[str, str] = {}
    for names, block in re.findall(r"(?m)^(\[data.*\]) \{([^}]*)\}", css):
        if scheme in names or "primary" in names:
            found |= dict(re.findall(r"--([\w-]+): (#\w{6});", block))
    return found


def luminance(color: str) -> float:
    """As https://www.w3.org/TR/WCAG22/#dfn-relative-luminance has it."""
    shares = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in shares
    ]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


@pytest.mark.parametrize("scheme", ["default", "slate"])
def test_colors_stand_out(scheme: str) -> None:
    colors = palette(scheme)
    for least, one, other in PAIRS:
        bright = sorted(luminance(colors[name]) for name in (one, other))
        contrast = (bright[1] + 0.05) / (bright[0] + 0.05)
        assert contrast >= least, f"{one} on {other}: {contrast:.2f}"


def test_the_palette_is_that_of_the_figures() -> None:
    """Drawn as on paper, a figure has the colors of the light scheme."""
    colors = palette("default")
    named = {"figure-orange": colors["window"], **colors}
    for drawn, shown in COLORS.items():
        if name := re.fullmatch(r"var\(--(figure-[\w-]+)\)", shown):
            assert named[name[1]] == drawn, name[1]


def in_a_page(drawing: str) -> str:
    return inline_svg(drawing, "figure")


def shared(drawing: str) -> str:
    """Its colors are those of the files; styles become attributes here."""
    return plain(sharing._sheet("title", "site", drawing))


@pytest.mark.parametrize(
    ("shown", "orange"),
    [(in_a_page, "var(--figure-orange)"), (shared, WINDOW)],
)
def test_no_curve_and_no_bar_has_the_color_of_the_window(
    shown: Callable[[str], str], orange: str
) -> None:
    """They are where matplotlib's cycle has orange."""
    for path in sorted(FIGURES.rglob("*.svg")):
        figure = ET.fromstring(shown(path.read_text("utf-8")))
        for group in figure.iter("{http://www.w3.org/2000/svg}g"):
            if "line2d" in group.get("id", ""):
                assert orange not in ET.tostring(group, "unicode"), path
            for shape in group.findall("{http://www.w3.org/2000/svg}path"):
                if shape.get("fill") == orange:  # a window is
                    assert {*shape.keys()} & {"opacity", "stroke"}, path
