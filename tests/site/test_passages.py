"""A long page is laid out where it is read, and nobody notices."""

from __future__ import annotations

import pytest

from .conftest import Site, settle

MOST = 0.3  # of what passages hold, before the reader scrolls
NEAR = """() => {
    const all = [...document.querySelectorAll(
        ".passage *, .jp-CodeCell *")].filter(e => e.checkVisibility());
    const near = { contentVisibilityAuto: true };
    return all.filter(e => e.checkVisibility(near)).length / all.length;
}"""
TOP = "document.getElementById('corrupt-jpeg').getBoundingClientRect().top"


@pytest.mark.parametrize("path", ["troubleshooting/", "notebooks/pooling/"])
def test_a_phone_leaves_alone_what_is_far(page, site: Site, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site.address}en/{path}")
    settle(page)
    assert page.evaluate(NEAR) < MOST
    page.emulate_media(media="print")
    assert page.evaluate(NEAR) == 1


@pytest.mark.parametrize("width", [390, 1280])
def test_a_link_leads_to_a_far_heading(page, site: Site, width: int) -> None:
    """Though what is above it has not been measured."""
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{site.address}en/troubleshooting/#corrupt-jpeg")
    page.wait_for_function(f"{TOP} > -5 && {TOP} < 120")
    page.wait_for_timeout(500)  # what is near now grows, above and below
    assert -5 < page.evaluate(TOP) < 120
    page.wait_for_function(
        "document.querySelector('.md-nav__link--active[href=\"#corrupt-jpeg\"]')"
    )
