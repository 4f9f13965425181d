# The figures of the lesson `scaling`, which explain and do not measure.
# --8<-- [start:setup]
from matplotlib import pyplot as plt

from snippets.drawings.parts.boxes import box
from snippets.drawings.parts.grids import (
    BLUE,
    GREEN,
    PURPLE,
    arrow,
    canvas,
    write,
)

# --8<-- [end:setup]

# --8<-- [start:service]
figure, ax = canvas(26, 12)
box(ax, "dispatcher", 0.5, 4.5, 7, 3, color=GREEN)
box(ax, "worker 1", 10.5, 0.7, 6, 3, color=BLUE)
box(ax, "worker 2", 10.5, 8.3, 6, 3, color=BLUE)
box(ax, "client", 20, 4.5, 5.5, 3, color=PURPLE)
arrow(ax, (7.6, 5), (10.4, 2.7), color=GREEN)
arrow(ax, (7.6, 7), (10.4, 9.3), color=GREEN)
write(ax, "parts of the data", 5.5, 2.2, size=9, color=GREEN)
arrow(ax, (16.6, 2.7), (19.9, 5), color=BLUE)
arrow(ax, (16.6, 9.3), (19.9, 7), color=BLUE)
write(ax, "batches", 20.5, 2.2, size=9, color=BLUE)
arrow(ax, (19.9, 6), (7.6, 6), color=PURPLE)
write(ax, "the pipeline", 13.7, 5.4, size=9, color=PURPLE)
plt.show()
# --8<-- [end:service]

# --8<-- [start:replicas]
figure, ax = canvas(26, 12)
box(ax, "batch of 64", 0.4, 4.5, 7.2, 3, color=GREEN)
for number, y in [(1, 0.7), (2, 8.3)]:
    box(ax, f"replica {number}", 11.5, y, 6, 3, color=BLUE)
    middle = y + 1.5
    bend = 0.7 if number == 1 else -0.7
    arrow(ax, (7.7, 6 - bend), (11.4, middle + bend / 2), color=GREEN)
    write(ax, "32", 9.2, 6 - 4.2 * bend, size=9, color=GREEN)
    arrow(ax, (17.6, middle + bend / 2), (19.4, 6 - 2 * bend), color=BLUE)
    write(ax, "gradient", 21, 6 - 4.8 * bend, size=9, color=BLUE)
box(ax, "sum", 19.5, 4.5, 6, 3, color=PURPLE)
arrow(ax, (19.4, 5.7), (15.2, 3.9), color=PURPLE)
arrow(ax, (19.4, 6.3), (15.2, 8.1), color=PURPLE)
write(ax, "the same step", 13, 6, size=9, color=PURPLE)
plt.show()
# --8<-- [end:replicas]
