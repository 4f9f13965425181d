# The figure of the lesson `input_speed` that explains and does not measure.
# --8<-- [start:setup]
from matplotlib import pyplot as plt

from snippets.drawings.parts.grids import (
    BLUE,
    GREEN,
    PURPLE,
    canvas,
    window,
    write,
)

# --8<-- [end:setup]

# --8<-- [start:pace]
figure, ax = canvas(26, 13)
left = 4.5  # where time 0 is


def bars(y, begins, length, color):
    for number, begin in enumerate(begins, start=1):
        x = left + begin
        window(ax, x, y, length, 1.5, color=color, shade=0.2, line=1)
        write(ax, str(number), x + length / 2, y + 0.75, size=9)


def timeline(name, y, inputs, trainings):
    write(ax, name, left + 1.5, y, size=10, color=GREEN)
    write(ax, "input", 2, y + 1.8, size=9)
    write(ax, "training", 2, y + 3.6, size=9)
    bars(y + 1, inputs, 2, BLUE)
    bars(y + 2.8, trainings, 3, PURPLE)
    for begin in trainings:
        write(ax, str(begin + 3), left + begin + 3, y + 5, size=9)


timeline("in turn", 0.7, [0, 5, 10, 15], [2, 7, 12, 17])
timeline("prefetch", 7.4, [0, 2, 4, 6], [2, 5, 8, 11])
plt.show()
# --8<-- [end:pace]
