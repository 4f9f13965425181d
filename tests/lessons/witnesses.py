"""What layers compute, computed otherwise: by trying and by SciPy.

At the end, when an input and a training are done, by simulation. Nothing here
asks Keras or a lesson's own code, which are held against it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import scipy.signal

EDGES = np.array([[-1, 0, 1]] * 3)  # the kernel for vertical edges

# --- One side of an image -----------------------------------------------------


def windows(
    n: int, k: int, s: int = 1, before: int = 0, after: int = 0, d: int = 1
) -> list[list[int]]:
    """What each window along a side covers; -1 and n are padding.

    Found by trying: every start at which the last weight is still inside,
    and then every s-th of them.
    """
    inside = range(-before, n + after)
    covered = [[start + d * tap for tap in range(k)] for start in inside]
    return [pixels for pixels in covered if pixels[-1] in inside][::s]


def same_padding(n: int, k: int, s: int = 1, d: int = 1) -> tuple[int, int]:
    """The least padding that gives ceil(n / s) windows, and most of it behind.

    Found by trying.
    """
    total = next(
        total
        for total in itertools.count()
        if len(windows(n, k, s, 0, total, d)) >= math.ceil(n / s)
    )
    return total // 2, total - total // 2


def covered(n: int, k: int, s: int, mode: str, d: int = 1) -> list[list[int]]:
    """The windows of a layer whose padding is "valid" or "same"."""
    pads = same_padding(n, k, s, d) if mode == "same" else (0, 0)
    return windows(n, k, s, *pads, d)


Steps = list[tuple[int, int]]  # each layer's window and stride
CONVNET: Steps = [(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)]  # of most lessons


def map_sizes(n: int, steps: Steps) -> list[int]:
    """How many values a side has: of an image, and after each layer."""
    sizes = [n]
    for window, stride in steps:
        sizes.append(len(windows(sizes[-1], window, stride)))
    return sizes


def traced(steps: Steps, unit: int) -> list[set[int]]:
    """What a value is computed from along one side, map by map, down."""
    sets = [{unit}]
    for window, stride in reversed(steps):
        sets.append(
            {stride * each + tap for each in sets[-1] for tap in range(window)}
        )
    return sets


def receptive_fields(steps: Steps) -> list[int]:
    """How many pixels along a side a value sees after each layer."""
    return [len(traced(steps[: n + 1], 0)[-1]) for n in range(len(steps))]


# --- Costs, counted window by window ------------------------------------------

Row = tuple[tuple[int, ...], int, int]  # shape, parameters, multiply-adds


def conv(
    side: int, depth: int, filters: int, window=3, stride=1, mode="same"
) -> Row:
    """Each window meets each weight of each filter once."""
    lines = covered(side, window, stride, mode)
    products = sum(len(row) * len(column) for row in lines for column in lines)
    parameters = filters * (window * window * depth + 1)
    work = products * depth * filters
    return (len(lines), len(lines), filters), parameters, work


def dense(inputs: int, units: int) -> Row:
    return (units,), inputs * units + units, inputs * units


def convnet(side: int, depth: int, units: int) -> list[Row]:
    """The layers with weights of the network of most lessons."""
    rows = []
    for filters in (32, 64, 128):
        rows.append(conv(side, depth, filters, mode="valid"))
        side, depth = rows[-1][0][0] // (1 + (filters < 128)), filters
    return [*rows, dense(side * side * depth, units)]


# --- Feature maps -------------------------------------------------------------


def convolved(
    maps: np.ndarray,
    kernels: np.ndarray,
    strides: tuple[int, int] = (1, 1),
    padding: tuple[tuple[int, int], ...] = ((0, 0), (0, 0)),
    dilation: tuple[int, int] = (1, 1),
) -> np.ndarray:
    """(h, w, c), (kh, kw, c, f) -> (oh, ow, f), by SciPy.

    Pad, correlate at every place, then slice.
    """
    reach = (np.array(kernels.shape[:2]) - 1) * dilation + 1
    wide = np.zeros((*reach, *kernels.shape[2:]))
    wide[:: dilation[0], :: dilation[1]] = kernels
    padded = np.pad(maps, (*padding, (0, 0)))
    every = [
        scipy.signal.correlate(padded, wide[..., n], "valid", "direct")
        for n in range(wide.shape[3])
    ]
    return np.concatenate(every, axis=-1)[:: strides[0], :: strides[1]]


def pooled(
    maps: np.ndarray, k: int, s: int, mode: str, choose: Callable
) -> np.ndarray:
    """Pool (h, w, c) over those pixels of each window that exist."""
    rows, columns = (
        [[p for p in window if 0 <= p < n] for window in covered(n, k, s, mode)]
        for n in maps.shape[:2]
    )
    output = np.empty((len(rows), len(columns), maps.shape[2]))
    for i, j in np.ndindex(output.shape[:2]):
        output[i, j] = choose(maps[np.ix_(rows[i], columns[j])], axis=(0, 1))
    return output


# --- An input and a training, which wait for each other -----------------------


def finished(a: float, b: float, batches: int, n: int = 1) -> list[float]:
    """When training is done with each batch, if two may lie ready.

    Each of `n` workers makes a batch in `a` and begins the next one as soon as
    there is room; training takes a batch as soon as it is made and the one
    before it is done, and needs `b` for it.
    """
    free, taken, done = [0.0] * n, [], [0.0]
    for number in range(batches):
        worker = number % n
        room = taken[number - 2 - n] if number >= 2 + n else 0.0
        free[worker] = max(free[worker], room) + a
        taken.append(max(free[worker], done[-1]))
        done.append(taken[-1] + b)
    return done[1:]


def pace(a: float, b: float, n: int = 1) -> float:
    """From one batch to the next, long after the start."""
    done = finished(a, b, 420, n)
    return (done[419] - done[179]) / 240  # 240 is a multiple of each n
