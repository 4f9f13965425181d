"""The modules that widgets are made of, run in Chromium as pages load them."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np

from .conftest import Site

FOLDER = "assets/javascripts/widgets/"
LIMIT = 1e-4  # between a result and the one that is expected
Result = dict[str, Any]
# Arrays come and go as base64. An error is a result, too. `passed` is what all
# layers of the network give for each digit, in a row.
RUN = """async (told) => {
    const {calls, weights, digits, folder} = JSON.parse(told);
    const load = (name) => import(`${folder}${name}.js`);
    const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt());
    const floats = (text) => new Float32Array(bytes(text).buffer);
    const { image } = await load("layers");
    const read = (value) => {
        if (value === null || typeof value !== "object") return value;
        if (Array.isArray(value)) return value.map(read);
        const made = Object.fromEntries(
            Object.entries(value).map(([key, each]) => [key, read(each)]));
        if (!value.floats) return made;
        const data = floats(value.floats);
        return made.shape ? image(made.shape, data) : data;
    };
    const text = (data) => {
        const all = new Uint8Array(Float32Array.from(data).buffer);
        const parts = [];
        for (let at = 0; at < all.length; at += 8192)
            parts.push(String.fromCharCode(...all.subarray(at, at + 8192)));
        return btoa(parts.join(""));
    };
    const result = (make) => {
        let made;
        try { made = make(); } catch (error) { return {error: error.name}; }
        made = made.output ?? made;
        const data = made.data ?? made;
        if (!(data instanceof Float32Array)) return {plain: made};
        return {floats: text(data), shape: made.shape ?? [data.length]};
    };
    const results = [];
    for (const [name, called, ...values] of calls) {
        const module = await load(name);
        results.push(result(() => module[called](...read(values))));
    }
    if (!weights) return JSON.stringify({results});
    const { forward, layersOf } = await load("network");
    const network = {layers: layersOf(bytes(weights).buffer)};
    const pass = (digit) => forward(network, digit).slice(1);
    const passed = read(digits).map((digit) => result(() =>
        Float32Array.from(pass(digit).flatMap(({data}) => [...data]))));
    return JSON.stringify({results, passed});
}"""


def floats(array: Any, **more: Any) -> dict[str, Any]:
    """Numbers for a call, in float32."""
    data = np.ascontiguousarray(array, dtype="<f4").tobytes()
    return {"floats": base64.b64encode(data).decode(), **more}


def image(array: np.ndarray) -> dict[str, Any]:
    """An image for a call: height, width, channels."""
    return floats(array, shape=array.shape)


def array_of(made: Result) -> np.ndarray | None:
    """A result as an array; None if there was an error."""
    if "floats" not in made:
        return None
    data = np.frombuffer(base64.b64decode(made["floats"]), "<f4")
    return data.reshape(made["shape"])


def is_near(made: Result, expected: np.ndarray) -> bool:
    found = array_of(made)
    return (
        found is not None
        and found.shape == expected.shape
        and bool(np.all(np.abs(found - expected) <= LIMIT))
    )


class Modules:
    """The modules of a site, in one of its pages."""

    def __init__(self, browser: Any, site: Site) -> None:
        self.page = browser.new_page()
        self.page.goto(f"{site.address}404.html")
        self._address = site.address + FOLDER

    def run(
        self,
        calls: list[list],
        weights: bytes = b"",
        digits: Any = (),
    ) -> dict[str, Any]:
        """Results of calls, and of passing digits through the network.

        Args:
            calls: module, function and values of each.
            weights: of the network, in the order of Keras.
            digits: images.
        """
        told = {"folder": self._address, "calls": calls}
        told |= {"digits": [image(each) for each in digits]}
        told |= {"weights": base64.b64encode(weights).decode()}
        # As text: Playwright takes its time for each value in an object.
        return json.loads(self.page.evaluate(RUN, json.dumps(told)))
