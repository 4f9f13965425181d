# The figures of the lesson `convolution` that explain and do not measure.
# --8<-- [start:setup]
import numpy as np
from matplotlib import pyplot as plt

from snippets.drawings.parts.grids import (
    BLUE,
    GREEN,
    ORANGE,
    canvas,
    grid,
    window,
    write,
)
# --8<-- [end:setup]

# --8<-- [start:by_hand]
image = np.array([[1, 2, 0], [0, 3, 1], [2, 0, 4]])
kernel = np.array([[1, -1], [2, 0]])

figure, ax = canvas(13.6, 13.6)
for place, (i, j) in enumerate(np.ndindex(2, 2)):
    y = 0.4 + 3.4 * place
    patch = image[i : i + 2, j : j + 2]
    grid(ax, image, 0.2, y, color=BLUE, shades=image / 12)
    window(ax, 0.2 + j, y + i, 2, 2)
    products = [
        f"{a}·{b}" if b >= 0 else f"{a}·(−{-b})"
        for a, b in zip(patch.flat, kernel.flat)
    ]
    write(ax, "×", 3.7, y + 1.5, size=12)
    grid(ax, kernel, 4.2, y + 0.5, color=ORANGE, form="{:g}")
    total = int((patch * kernel).sum())
    write(
        ax,
        " + ".join(products) + " =",
        6.5,
        y + 1.5,
        align="left",
        size=9,
    )
    grid(ax, [[total]], 12.4, y + 1, color=GREEN, bold=True)
plt.show()
# --8<-- [end:by_hand]
