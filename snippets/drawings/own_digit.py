# The figure of the lesson `own_digit` that explains and does not measure.
# --8<-- [start:setup]
import numpy as np
from matplotlib import pyplot as plt

from snippets.drawings.parts.grids import (
    BLUE,
    FRAME,
    PURPLE,
    canvas,
    grid,
    window,
    write,
)

# --8<-- [end:setup]

# --8<-- [start:center]
SIDE = 12
seven = [(0, column) for column in range(4)]
seven += [(row, 3) for row in range(1, 6)]
figure, ax = canvas(26.4, 14)

for x, moved, title in (
    (0.2, 0, "by its box"),
    (14.2, 1, "by its center of mass"),
):
    write(ax, title, x + SIDE / 2, 0.8, size=10)
    top, left = (SIDE - 6) // 2 + moved, (SIDE - 4) // 2 - moved
    corner = (x, 1.8)
    window(ax, *corner, SIDE, SIDE, color=FRAME, line=1.5)
    for row, column in seven:
        cell = (corner[0] + left + column, corner[1] + top + row)
        grid(ax, [[""]], *cell, color=BLUE, shades=np.full((1, 1), 0.4))
    window(ax, x + left, 1.8 + top, 4, 6, color=BLUE, line=1.2, style="--")
    ax.plot([x, x + SIDE], [1.8 + SIDE / 2] * 2, color=FRAME, lw=1)
    ax.plot([x + SIDE / 2] * 2, [1.8, 1.8 + SIDE], color=FRAME, lw=1)
    rows, columns = np.array(seven).T + 0.5  # middles of the cells
    ax.plot(
        [corner[0] + left + columns.mean()],
        [corner[1] + top + rows.mean()],
        "o",
        color=PURPLE,
        markersize=7,
    )
plt.show()
# --8<-- [end:center]
