# The figures of the lesson `architectures` that explain and do not measure.
# --8<-- [start:setup]
from matplotlib import pyplot as plt

from snippets.drawings.parts.grids import (
    BLUE,
    GREEN,
    LINE,
    PURPLE,
    arrow,
    block,
    canvas,
    window,
    write,
)
# --8<-- [end:setup]

# --8<-- [start:vgg]
BLOCKS = [(28, 8), (14, 16), (7, 32)]  # side and channels of each block


def volume(x, side, channels, color):
    """A map: high and deep as its sides, thick as its channels."""
    thick, high = 0.4 + channels / 14, side * 0.34
    block(ax, x, 14.5 - high, thick, high, side * 0.17, color=color)
    return x + thick


figure, ax = canvas(42, 23)
x = volume(0.6, 28, 1, LINE) + 3.4
for number, (side, channels) in enumerate(BLOCKS, start=1):
    left = x
    for _ in range(2):
        x = volume(x, side, channels, BLUE) + 0.6 + side * 0.09
    shape = f"{side}×{side}×{channels}"
    write(ax, shape, left, 16, size=8, color=BLUE, align="left")
    half = side // 2
    x += 0.9
    shape = f"{half}×{half}×{channels}"
    write(ax, shape, x - 0.4, 17.7, size=8, color=PURPLE, align="left")
    x = volume(x, half, channels, PURPLE) + 1.4 + half * 0.1
    write(ax, f"block {number}", left, 1, size=9, align="left")
for y, color, text in (
    (20, BLUE, "3×3 convolution"),
    (21.8, PURPLE, "max pooling"),
):
    write(ax, text, 1, y, size=9, color=color, align="left")
plt.show()
# --8<-- [end:vgg]

# --8<-- [start:residual]
figure, ax = canvas(30, 24.5)


def layer(x, y, text, color=BLUE):
    window(ax, x - 4.2, y - 0.9, 8.4, 1.8, color=color, shade=0.12, line=1.2)
    write(ax, text, x, y, size=9)


for x, title, projection in (
    (4.6, "same shape", False),
    (18.4, "another shape", True),
):
    side = x + 7.2  # of the skip connection
    write(ax, title, x + 1.5, 0.9, size=9, color=GREEN)
    write(ax, "x", x - 0.9, 3.2, size=11)
    for start, end in ((2.2, 6.1), (7.9, 11.1), (12.9, 17.1), (18.9, 23.5)):
        arrow(ax, (x, start), (x, end))
    layer(x, 7, "3×3 convolution")
    write(ax, "ReLU", x - 0.6, 9.4, size=9, align="right")
    layer(x, 12, "3×3 convolution")
    write(ax, "f(x)", x - 1.5, 14.9, size=10)
    top, bottom = (8.6, 10.4) if projection else (9.5, 9.5)
    ax.plot([x, side, side], [3.9, 3.9, top], color=PURPLE, lw=2)
    ax.plot([side, side], [bottom, 18], color=PURPLE, lw=2)
    arrow(ax, (side, 18), (x + 0.9, 18), color=PURPLE, line=2)
    if projection:
        layer(side, 9.5, "1×1 convolution", PURPLE)
    window(ax, x - 0.9, 17.1, 1.8, 1.8, color=GREEN, shade=0.15, line=1.2)
    write(ax, "+", x, 18, size=12)
    write(ax, "ReLU", x - 0.6, 21.8, size=9, align="right")
    write(ax, "x + f(x)", x - 0.6, 20, size=10, align="right")
plt.show()
# --8<-- [end:residual]
