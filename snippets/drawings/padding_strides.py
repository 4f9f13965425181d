# The figures of the lesson `padding_strides` that explain and do not measure.
# --8<-- [start:setup]
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

image = np.array(
    [
        [1, 2, 1, 3, 2],
        [3, 1, 2, 1, 1],
        [2, 1, 3, 2, 1],
        [1, 3, 1, 1, 2],
        [2, 1, 1, 3, 1],
    ]
)
kernel = np.array([[1, 2, 1], [3, 1, 2], [2, 1, 3]])


def slide(image, kernel, stride=1):
    size = len(kernel)
    starts = range(0, len(image) - size + 1, stride)
    return np.array(
        [
            [
                (image[i : i + size, j : j + size] * kernel).sum()
                for j in starts
            ]
            for i in starts
        ]
    )


def empty(rows, columns):
    return [[""] * columns for _ in range(rows)]
# --8<-- [end:setup]

# --8<-- [start:places]
figure, ax = canvas(19.4, 21.4, inches=4)
for i, j in np.ndindex(3, 3):
    x, y = 0.7 + 6.5 * j, 1.4 + 6.9 * i
    write(ax, f"({i}, {j})", x + 2.5, y - 0.7, size=9)
    grid(ax, empty(5, 5), x, y, color=BLUE, shades=np.full((5, 5), 0.12))
    window(ax, x + j, y + i, 3, 3, shade=0.2)
    window(ax, x + j + 1, y + i + 1, 1, 1, shade=0.6, line=0)
plt.show()
# --8<-- [end:places]

# --8<-- [start:pad]
padded = np.pad(image, 1)
result = slide(padded, kernel)
shades = np.pad(np.full((5, 5), 0.16), 1)
figure, ax = canvas(18.4, 11.9)
grid(ax, padded, 0.2, 0.2, color=BLUE, shades=shades)
window(ax, 0.2, 0.2, 3, 3, shade=0.12)
write(ax, "×", 8.05, 3.7, size=14)
grid(ax, kernel, 8.9, 2.2, color=ORANGE)
write(ax, "=", 12.55, 3.7, size=14)
frame = np.full((5, 5), 0.3)
frame[1:-1, 1:-1] = 0.08
grid(ax, result, 13.2, 1.2, color=GREEN, shades=frame)
window(ax, 13.2, 1.2, 1, 1, color=GREEN)
for row, column in np.ndindex(3, 3):
    x, y = 4.9 + 2.3 * column, 8.6 + 1.2 * row
    write(ax, f"{padded[row, column]}·{kernel[row, column]}", x, y, size=11)
    if (row, column) != (2, 2):
        write(ax, "+", x + 1.15, y, size=11)
write(ax, f"= {result[0, 0]}", 10.4, 11.0, align="left", size=11)
plt.show()
# --8<-- [end:pad]

# --8<-- [start:stride]
colors = [BLUE, ORANGE, GREEN, PURPLE]
every, second = slide(image, kernel), slide(image, kernel, stride=2)
figure, ax = canvas(14.6, 6.4)
grid(ax, image, 0.3, 1.1)
grid(ax, every, 6.9, 2.1)
grid(ax, second, 12.1, 2.6, bold=True)
for color, (i, j) in zip(colors, np.ndindex(2, 2)):
    inset = 0.07
    window(
        ax,
        0.3 + 2 * j + inset,
        1.1 + 2 * i + inset,
        3 - 2 * inset,
        3 - 2 * inset,
        color=color,
        shade=0.12,
    )
    window(ax, 6.9 + 2 * j, 2.1 + 2 * i, 1, 1, color=color, shade=0.2)
    window(ax, 12.1 + j, 2.6 + i, 1, 1, color=color, shade=0.2)
arrow(ax, (5.5, 3.6), (6.7, 3.6))
arrow(ax, (10.1, 3.6), (11.9, 3.6))
write(ax, "s = 1", 8.4, 0.6, size=9)
write(ax, "s = 2", 13.1, 0.6, size=9)
plt.show()
# --8<-- [end:stride]

# --8<-- [start:formula]
figure, ax = canvas(15.6, 8.4)
for y, (n, p, places) in zip((0.3, 5.0), [(5, 1, 3), (6, 0, 2)]):
    cells = np.pad(np.arange(n).astype(str), p, constant_values="")
    shades = np.pad(np.full(n, 0.16), p)[None]
    grid(ax, [list(cells)], 0.3, y, color=BLUE, shades=shades)
    for place in range(places):
        window(
            ax,
            0.3 + 2 * place,
            y + 1.25 + 0.8 * place,
            3,
            0.5,
            shade=0.35,
            line=1.2,
        )
    write(ax, "k = 3", 1.8, y + 1.5, size=8)
    write(ax, "s = 2", 1.3, y + 2.3, size=8)
    write(ax, f"n = {n}, p = {p}, k = 3, s = 2", 8.2, y + 0.5, align="left")
    write(
        ax,
        f"⌊({n} + 2·{p} − 3) / 2⌋ + 1 = {places}",
        8.2,
        y + 1.9,
        align="left",
    )
plt.show()
# --8<-- [end:formula]

# --8<-- [start:two_ways]
labels = [[f"{i}{j}" for j in range(6)] for i in range(6)]
figure, ax = canvas(18.2, 17.4)
for x, first, title in [
    (0.4, 0, 'padding="same"'),
    (9.8, -1, "ZeroPadding2D(1)"),
]:
    left, top = x + 1, 2.4  # of pixel 00
    size = 7 if first == 0 else 8
    middle = left + first + size / 2
    write(ax, title, middle, 0.6, size=9)
    grid(ax, empty(size, size), left + first, top + first)
    picked = np.zeros((6, 6))
    picked[first + 1 :: 2, first + 1 :: 2] = 0.4
    grid(ax, empty(6, 6), left, top, color=BLUE, shades=np.full((6, 6), 0.12))
    grid(ax, labels, left, top, color=GREEN, shades=picked, size=8)
    window(ax, left + first, top + first, 3, 3)
    for place in range(3):
        window(
            ax,
            left + first + 2 * place,
            top + 7.3 + 0.7 * place,
            3,
            0.45,
            shade=0.35,
            line=1.2,
        )
    centers = [row[first + 1 :: 2] for row in labels[first + 1 :: 2]]
    arrow(ax, (middle, 12.1), (middle, 13.5))
    grid(ax, centers, middle - 1.5, 13.8, color=GREEN, size=8)
plt.show()
# --8<-- [end:two_ways]

# --8<-- [start:dilation]
figure, ax = canvas(16.2, 8.8)
for x, d in [(0.3, 1), (8.9, 2)]:
    write(ax, f"d = {d}", x + 3.5, 0.6)
    extent = 2 * d + 1
    weights = empty(7, 7)
    shades = np.zeros((7, 7))
    for i, j in np.ndindex(3, 3):
        weights[d * i][d * j] = kernel[i, j]
        shades[d * i, d * j] = 0.35
    grid(ax, empty(7, 7), x, 1.4, color=BLUE, shades=np.full((7, 7), 0.12))
    grid(ax, weights, x, 1.4, color=ORANGE, shades=shades)
    window(ax, x, 1.4, extent, extent)
plt.show()
# --8<-- [end:dilation]
