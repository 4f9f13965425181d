# --8<-- [start:setup]
from matplotlib import pyplot as plt

from snippets.drawings.parts.grids import (
    BLUE,
    ORANGE,
    arrow,
    canvas,
    grid,
    write,
)

# --8<-- [end:setup]

# --8<-- [start:buffer]
steps = [([0, 1, 2], 2), ([0, 1, 3], 1), ([0, 3, 4], 3), ([0, 4, 5], 0)]
figure, ax = canvas(width=12, height=6.4, inches=4.5)
write(ax, "enters", 1.5, 0.5)
write(ax, "buffer", 5.5, 0.5)
write(ax, "leaves", 10, 0.5)
for number, (buffer, leaving) in enumerate(steps):
    top = 1 + 1.35 * number
    entering = buffer if number == 0 else buffer[-1:]
    write(ax, ", ".join(map(str, entering)), 1.5, top + 0.5)
    arrow(ax, (2.6, top + 0.5), (3.7, top + 0.5))
    grid(
        ax,
        [buffer],
        4,
        top,
        color=ORANGE,
        shades=[[0.3 if value == leaving else 0 for value in buffer]],
    )
    arrow(ax, (7.3, top + 0.5), (9.2, top + 0.5))
    grid(ax, [[leaving]], 9.5, top, color=BLUE)
plt.show()
# --8<-- [end:buffer]
