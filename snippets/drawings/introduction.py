# The figures of the lesson `introduction` that explain and do not measure.
# --8<-- [start:setup]
import numpy as np
from matplotlib import pyplot as plt

from snippets.drawings.parts.grids import (
    BLUE,
    GREEN,
    arrow,
    canvas,
    grid,
    window,
    write,
)
# --8<-- [end:setup]

# --8<-- [start:weights]
image = np.full((6, 6), "")

figure, ax = canvas(22.2, 8.2)

grid(ax, image, 0.2, 1.2, color=BLUE)
window(ax, 0.2, 1.2, 6, 6)
arrow(ax, (6.5, 4.2), (8, 4.2))
grid(ax, [[""]], 8.3, 3.7, color=GREEN, shades=np.full((1, 1), 0.5))
write(ax, "dense: 36 weights", 3.2, 0.5, size=9)
write(ax, "1 output", 8.8, 5.5, size=9)

left = 10.8
grid(ax, image, left, 1.2, color=BLUE)
outputs = np.zeros((4, 4))
for row, column in ((0, 0), (3, 2)):
    window(ax, left + column, 1.2 + row, 3, 3)
    arrow(
        ax,
        (left + column + 3.1, 2.7 + row),
        (left + 7.3 + column, 2.7 + row),
    )
    outputs[row, column] = 0.5
grid(
    ax,
    np.full((4, 4), ""),
    left + 7.3,
    2.2,
    color=GREEN,
    shades=0.1 + outputs,
)
write(ax, "convolution: 9 weights", left + 3, 0.5, size=9)
write(ax, "16 outputs", left + 9.3, 7.0, size=9)
plt.show()
# --8<-- [end:weights]
