# The figures of the lesson `convolution` that explain and do not measure.
# --8<-- [start:setup]
import keras
import numpy as np
from matplotlib import pyplot as plt

from snippets.drawings.parts.grids import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    arrow,
    canvas,
    grid,
    window,
    write,
)

(pixels, _), _ = keras.datasets.mnist.load_data()
digit = pixels[0]  # (28, 28), a five
# --8<-- [end:setup]

# --8<-- [start:patches]
figure, ax = canvas(52, 29)
ax.imshow(digit, cmap="gray_r", vmin=0, vmax=255, extent=(0.5, 28.5, 28.5, 0.5))
window(ax, 0.5, 0.5, 28, 28, color=BLUE, line=1)
# Row and column of each patch, and where its letter stands beside it.
places = {
    "A": (5, 13, 1.5, -1),
    "B": (10, 10, -1, 1.5),
    "C": (14, 13, -1, 2.0),
    "D": (22, 11, 1.5, 4.2),
}
for number, (name, place) in enumerate(places.items()):
    row, column, right, down = place
    x, y = 36 + 8.5 * (number % 2), 4 + 13 * (number // 2)
    patch = digit[row : row + 3, column : column + 3]
    window(ax, 0.5 + column, 0.5 + row, 3, 3, line=2)
    ax.imshow(
        patch, cmap="gray_r", vmin=0, vmax=255, extent=(x, x + 7, y + 7, y)
    )
    window(ax, x, y, 7, 7, line=2)
    write(ax, name, x + 3.5, y + 8.8, size=10)
    write(
        ax,
        name,
        0.5 + column + right,
        0.5 + row + down,
        size=10,
        color=ORANGE,
        weight="bold",
    )
ax.set(xlim=(0, 52), ylim=(29, 0))
plt.show()
# --8<-- [end:patches]

# --8<-- [start:matrices]
# The same layer from six numbers to four, with fewer and fewer weights: a
# cell of its own shade is a weight of its own, a white cell is none.
ranks = np.random.default_rng(3).permutation(24).reshape(4, 6)
near = np.array([[0 <= j - i < 3 for j in range(6)] for i in range(4)])
tied = [("-1", BLUE), ("0", GREEN), ("1", ORANGE)]

figure, ax = canvas(20.6, 5.6)
for number, (name, kept) in enumerate(
    {
        "dense: 24 weights": near | True,
        "local: 12 weights": near,
        "shared: 3 weights": near,
    }.items()
):
    x = 0.1 + 7.2 * number
    write(ax, name, x + 3, 0.6, size=9)
    grid(ax, [[""] * 6] * 4, x, 1.3)
    for i, j in np.argwhere(kept):
        text, color = tied[j - i] if number == 2 else ("", PURPLE)
        shade = 0.2 if number == 2 else 0.15 + 0.033 * ranks[i, j]
        grid(
            ax,
            [[text]],
            *(x + j, 1.3 + i),
            color=color,
            shades=[[shade]],
            size=9,
        )
plt.show()
# --8<-- [end:matrices]

# --8<-- [start:by_hand]
image = np.array([[1, 2, 0], [0, 3, 1], [2, 0, 4]])
kernel = np.array([[1, -1], [2, 0]])


def signed(number):
    return f"{number}" if number >= 0 else f"(−{-number})"


figure, ax = canvas(13.4, 14)
for place, (i, j) in enumerate(np.ndindex(2, 2)):
    y = 0.3 + 3.5 * place
    patch = image[i : i + 2, j : j + 2]
    products = [f"{a}×{signed(b)}" for a, b in zip(patch.flat, kernel.flat)]
    grid(ax, image, 0.1, y, color=BLUE, shades=image / 12, size=11)
    window(ax, 0.1 + j, y + i, 2, 2)
    write(ax, "·", 3.4, y + 1.5, size=16)
    grid(ax, kernel, 3.7, y + 0.5, color=ORANGE, size=11)
    write(ax, " + ".join(products), 8.35, y + 1.5, size=10)
    write(ax, "=", 11.0, y + 1.5, size=11)
    output = np.full((2, 2), "", dtype=object)
    for before in list(np.ndindex(2, 2))[: place + 1]:
        row, column = before
        part = image[row : row + 2, column : column + 2] * kernel
        output[before] = f"{part.sum()}"
    grid(ax, output, 11.4, y + 0.6, cell=0.9, size=11)
    window(ax, 11.4 + 0.9 * j, y + 0.6 + 0.9 * i, 0.9, 0.9, color=GREEN)
plt.show()
# --8<-- [end:by_hand]

# --8<-- [start:two_channels]
channels = np.array([[[1, 2, 0], [0, 3, 1]], [[2, 0, 1], [1, 0, 3]]])
filters = np.array(
    [
        [[[1, -1], [2, 0]], [[0, 1], [1, -1]]],
        [[[0, 1], [-1, 0]], [[1, 0], [0, 2]]],
    ]
)
CELL = 0.72

figure, ax = canvas(13.4, 16.8)
for line, (number, place) in enumerate(np.ndindex(2, 2)):
    y = 1.0 + 3.8 * line + 0.8 * number
    if place == 0:
        name = ("first filter", "second filter")[number]
        write(ax, name, 0.1, y - 0.5, size=10, align="left")
    sums = []
    for channel, color in ((0, BLUE), (1, PURPLE)):
        top = y + 1.7 * channel
        values, part = channels[channel], filters[number, channel]
        patch = values[:, place : place + 2]
        products = [f"{a}×{signed(b)}" for a, b in zip(patch.flat, part.flat)]
        sums.append(int((patch * part).sum()))
        grid(ax, values, 0.1, top, cell=CELL, color=color, size=10)
        window(ax, 0.1 + CELL * place, top, 2 * CELL, 2 * CELL)
        write(ax, "·", 2.65, top + CELL, size=14)
        grid(ax, part, 3.0, top, cell=CELL, color=ORANGE, size=10)
        said = " + ".join(products) + f" = {sums[-1]}".replace("-", "−")
        write(ax, said, 4.75, top + CELL, size=10.5, align="left")
    total = f"{sums[0]} + {signed(sums[1])} =".replace("-", "−")
    write(ax, total, 11.55, y + 1.6, size=10.5, align="right")
    output = [["", ""]]
    for before in range(place + 1):
        part = channels[:, :, before : before + 2] * filters[number]
        output[0][before] = f"{part.sum()}"
    grid(ax, output, 11.8, y + 1.24, cell=CELL, size=10)
    window(ax, 11.8 + CELL * place, y + 1.24, CELL, CELL, color=GREEN)
plt.show()
# --8<-- [end:two_channels]

# --8<-- [start:mechanism]
BACK = np.array([0.3, -0.3])  # from one channel to the one behind it


def stack(ax, x, y, rows, columns, depth, color, cell=0.6, shade=0.12):
    """Cells of a map, channel behind channel; the first is in front."""
    for channel in reversed(range(depth)):
        left, top = np.array([x, y]) + channel * BACK
        window(
            ax,
            *(left, top, columns * cell, rows * cell),
            color="#ffffff",
            shade=1,
            line=0,
        )
        grid(ax, [[""] * columns] * rows, left, top, cell=cell)
        window(
            ax,
            *(left, top, columns * cell, rows * cell),
            color=color,
            shade=shade,
            line=1,
        )


figure, ax = canvas(13.4, 8.2)
stack(ax, 0.2, 2.5, 5, 5, 2, BLUE)
for channel in (1, 0):
    left, top = np.array([0.8, 3.1]) + channel * BACK
    window(ax, left, top, 1.8, 1.8, shade=0.35, line=2)
write(ax, "input (5, 5, 2)", 1.8, 6.0, size=9)

arrow(ax, (2.95, 3.9), (4.3, 3.9))
stack(ax, 4.5, 3.1, 3, 3, 2, ORANGE, shade=0.35)
write(ax, "patch (3, 3, 2)", 5.5, 5.4, size=9)

write(ax, "·", 6.9, 3.9, size=16)
for n in range(4):
    stack(ax, 7.4, 0.6 + 1.9 * n, 3, 3, 2, PURPLE, cell=0.4, shade=0.2)
    arrow(ax, (9.0, 1.1 + 1.9 * n), (9.6, 3.0 + 0.6 * n), line=0.8)
write(ax, "4 kernels (3, 3, 2)", 8.2, 7.9, size=9)

grid(ax, [[""]] * 4, 9.7, 2.7, cell=0.6, color=GREEN, shades=[[0.4]] * 4)
write(ax, "vector (4,)", 10.7, 5.6, size=9)

arrow(ax, (10.4, 3.9), (10.9, 3.9))
stack(ax, 11.0, 3.5, 3, 3, 4, GREEN, cell=0.45)
for channel in (3, 2, 1, 0):
    left, top = np.array([11.45, 3.95]) + channel * BACK
    window(ax, left, top, 0.45, 0.45, color=GREEN, shade=0.5, line=1.5)
write(ax, "output (3, 3, 4)", 11.85, 2.1, size=9)
plt.show()
# --8<-- [end:mechanism]

# --8<-- [start:hierarchy]
seen = [(3, 12, 15), (5, 10, 13), (7, 4, 11), (28, 0, 0)]
names = ["one layer", "two layers", "three layers", "whole digit"]
figure, ax = canvas(34, 20)
for number, ((size, row, column), name) in enumerate(zip(seen, names)):
    x = 0.5 + 8.4 * number
    crop = digit[row : row + size, column : column + size]
    for picture, top in ((crop, 2.2), (digit, 11.6)):
        ax.imshow(
            picture,
            cmap="gray_r",
            vmin=0,
            vmax=255,
            extent=(x, x + 7.6, top + 7.6, top),
        )
    scale = 7.6 / 28
    window(ax, x, 2.2, 7.6, 7.6, line=2)
    window(
        ax,
        x + column * scale,
        11.6 + row * scale,
        size * scale,
        size * scale,
        line=2,
    )
    write(ax, name, x + 3.8, 1.2, size=8)
    write(ax, f"{size}×{size}", x + 3.8, 10.7, size=9)
ax.set(xlim=(0, 34), ylim=(20, 0))
plt.show()
# --8<-- [end:hierarchy]
