# The figures of the lesson `pooling` that explain, and one that shows what
# all its recorded runs measured.
# --8<-- [start:setup]
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.patches import Polygon

from snippets.drawings.parts.grids import (
    BLUE,
    FRAME,
    GREEN,
    ORANGE,
    PURPLE,
    arrow,
    canvas,
    grid,
    window,
    write,
)
from snippets.drawings.parts.recorded import seeds
# --8<-- [end:setup]

# --8<-- [start:windows]
image = np.array([[1, 3, 2, 5], [4, 8, 1, 0], [7, 2, 6, 1], [0, 5, 9, 4]])

figure, ax = canvas(13, 5.2)
for text, x in (("input", 2.3), ("maximum", 8), ("average", 11.6)):
    write(ax, text, x, 0.5)
for (i, j), color in zip(np.ndindex(2, 2), (BLUE, ORANGE, GREEN, PURPLE)):
    patch = image[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
    shades = np.where(patch == patch.max(), 0.45, 0.12)
    x, y = 0.3 + 2 * j, 1 + 2 * i
    grid(ax, patch, x, y, color=color, shades=shades, size=11)
    window(ax, x + 0.06, y + 0.06, 1.88, 1.88, color=color, line=1.8)
    largest, mean = [[patch.max()]], [[patch.mean()]]
    grid(ax, largest, 7 + j, 2 + i, color=color, shades=[[0.45]], size=11)
    grid(ax, mean, 10.6 + j, 2 + i, color=color, size=11)
arrow(ax, (4.8, 3), (6.5, 3))
plt.show()
# --8<-- [end:windows]

# --8<-- [start:shift]
row = np.array([0, 0, 3, 9, 4, 0, 0, 0])

figure, ax = canvas(17, 6.2)
for shift in range(3):
    y = 0.6 + 1.9 * shift
    shifted = np.roll(row, shift)
    pooled = shifted.reshape(4, 2).max(axis=1)
    write(ax, f"shift {shift}", 0.2, y + 0.5, align="left")
    grid(ax, [shifted], 2.8, y, color=BLUE, shades=[shifted / 18])
    for place in range(4):
        window(ax, 2.86 + 2 * place, y - 0.06, 1.88, 1.12, line=1.8)
    arrow(ax, (11, y + 0.5), (12.4, y + 0.5))
    grid(ax, [pooled], 12.7, y, color=GREEN, shades=[pooled / 18])
plt.show()
# --8<-- [end:shift]

# --8<-- [start:receptive_field]
POOLED = [
    ("convolution", 3, 1),
    ("pooling", 2, 2),
    ("convolution", 3, 1),
    ("pooling", 2, 2),
    ("convolution", 3, 1),
]
PLAIN = [("convolution", 3, 1)] * 3
LEFT = 7.5  # where pixel 0 is drawn; names stand left of it

figure, ax = canvas(39, 29)
y = 0.5
for steps, color in ((POOLED, BLUE), (PLAIN, ORANGE)):
    # Of each map: name, number of units, where unit 0 begins, distance
    # between units. A unit is drawn in the middle of the pixels it sees.
    maps = [("input", 28, 0.0, 1)]
    for name, size, stride in steps:
        _, count, first, jump = maps[-1]
        first += (size * jump - jump * stride) / 2
        count = (count - size) // stride + 1
        maps.append((name, count, first, jump * stride))
    low = high = maps[-1][1] // 2  # the unit in the middle, and what it sees
    above = None
    for level in range(len(maps) - 1, -1, -1):
        name, count, first, jump = maps[level]
        write(ax, name, 0.2, y + 0.6, align="left", size=8)
        for unit in range(count):
            x = LEFT + first + jump * unit
            seen = low <= unit <= high
            window(
                ax,
                x,
                y,
                jump,
                1.2,
                color=color if seen else FRAME,
                shade=0.3 if seen else 0,
                line=0.8,
            )
        left = LEFT + first + jump * low
        right = LEFT + first + jump * (high + 1)
        if above:
            corners = [*above, (right, y), (left, y)]
            ax.add_patch(Polygon(corners, color=color, alpha=0.1, lw=0))
        above = [(left, y + 1.2), (right, y + 1.2)]
        write(ax, f"{high - low + 1}", 37.5, y + 0.6, size=9)
        if level:
            _, size, stride = steps[level - 1]
            low, high = stride * low, stride * high + size - 1
        y += 2.7
    y += 1.5
plt.show()
# --8<-- [end:receptive_field]

# --8<-- [start:results]
VARIANTS = ["none", "max", "learned", "average", "strided", "global"]
values = seeds("snippets/outputs/pooling/metrics.json")

figure, panels = plt.subplots(1, 2, figsize=(5, 2.6), sharey=True)
for ax, suffix, title in (
    (panels[0], "accuracy", "digits in place"),
    (panels[1], "moved", "moved by 4 pixels"),
):
    for y, variant in enumerate(VARIANTS):
        runs = [100 * value for value in values[f"{variant}_{suffix}"]]
        ax.plot(runs, [y] * len(runs), "o", color=BLUE, alpha=0.6, ms=6)
        ax.plot([np.mean(runs)], [y], "|", color=PURPLE, ms=14, mew=2)
    ax.set_title(title, size=10)
    ax.set_xlabel("right answers in percent")
    ax.grid(axis="y", color=FRAME, linewidth=0.8)
panels[0].set_yticks(range(len(VARIANTS)), labels=VARIANTS)
# Chinese pages name each in both languages.
figure.get_layout_engine().set(rect=(0.07, 0, 0.93, 1))
panels[0].set_ylim(len(VARIANTS) - 0.5, -0.5)
plt.show()
# --8<-- [end:results]
