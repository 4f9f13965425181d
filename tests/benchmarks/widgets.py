"""How fast widgets answer: a digit through the network, and frames of a drag.

Measured in the Chromium that is installed, on the site as it is built.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.site.conftest import browser_path
from tests.site.visits import served

from . import pages

PASS = 30  # milliseconds for a digit to pass through the network
FRAME = 1000 / 30  # milliseconds that a picture of a drag may take
PHONE = {"width": 390, "height": 844}
LARGEST = "_".join(["1,0,-1,0,1"] * 5)  # the largest kernel there
# Pages, the place on them, and what is dragged there.
DRAGS = [
    ("convolution/", "playground", ".play__input"),
    (f"convolution/?w={LARGEST}", "playground", ".play__input"),
    ("mnist_convnet/", "inside", ".inside__maps"),
    ("mnist_convnet/", "inside", ".inside__one"),
    ("pooling/", "inside", ".inside__input"),
]
MODULES = "assets/javascripts/widgets/"
PASSES = """async (folder) => {
    const { digits } = await import(folder + "digits.js");
    const { load, forward } = await import(folder + "network.js");
    const { image } = await import(folder + "layers.js");
    const { options } = document.querySelector(
        "[data-widget=inside]").dataset;
    const network = await load(JSON.parse(options));
    return (await digits()).map(({ pixels }) => {
        const scaled = Float32Array.from(pixels, (value) => value / 255);
        const digit = image([28, 28, 1], scaled);
        const begin = performance.now();
        forward(network, digit);
        return performance.now() - begin;
    });
}"""
FRAMES = """() => new Promise(done => {
    const times = [];
    const tick = now => {
        times.push(now);
        if (times.length < 60) requestAnimationFrame(tick);
        else done(times.slice(1).map((time, n) => time - times[n]));
    };
    requestAnimationFrame(tick);
})"""
DRAG = """pane => {
    const box = document.querySelector(pane);
    const { left, top, width, height } = box.getBoundingClientRect();
    box.setPointerCapture = () => {};
    box.hasPointerCapture = () => true;
    let n = 0;
    const move = () => {
        box.dispatchEvent(new PointerEvent("pointermove", {
            clientX: left + width * (0.5 + 0.4 * Math.sin(n / 5)),
            clientY: top + height * (0.5 + 0.4 * Math.cos(n / 7)) }));
        n += 1;
        if (n < 70) requestAnimationFrame(move);
    };
    move();
}"""


def measure(root: Path) -> dict[str, Any]:
    """Both, and what is slower than it should be."""
    with tempfile.TemporaryDirectory(prefix="widgets-") as name:
        found = _measured(pages.build(root, Path(name))["ours"])
    found["over"] = list(over(found))
    return found


def _measured(site: Path) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    found: dict[str, Any] = {"frames": {}}
    with served(site) as host, sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=browser_path(),
            args=["--no-sandbox", "--disable-gpu"],
        )
        for path, widget, pane in DRAGS:
            page = opened.new_page(viewport=PHONE)
            page.goto(f"{host.address}{path}")
            place = page.locator(f"[data-widget={widget}]")
            while not page.locator(pane).count():
                place.scroll_into_view_if_needed()
                page.wait_for_timeout(100)
            page.locator(pane).scroll_into_view_if_needed()
            if widget == "inside" and "pass" not in found:
                times = page.evaluate(PASSES, f"{host.address}{MODULES}")
                found["pass"] = round(statistics.median(times), 1)
            page.evaluate(DRAG, pane)
            times = page.evaluate(FRAMES)
            median = round(statistics.median(times), 1)
            found["frames"][f"{path} {pane}"] = median
            page.close()
        opened.close()
    return found


def over(found: dict[str, Any]) -> Iterator[str]:
    """What takes too long, in sentences."""
    if found["pass"] > PASS:
        yield f"a digit takes {found['pass']} ms, more than {PASS}"
    for name, median in found["frames"].items():
        if median > FRAME:
            yield f"a frame takes {median} ms, more than 33: {name}"
