# The figures of the lesson `learning` that explain and do not measure.
# --8<-- [start:setup]
import numpy as np
from matplotlib import pyplot as plt

from snippets.drawings.parts.boxes import box
from snippets.drawings.parts.grids import (
    BLUE,
    FRAME,
    GREEN,
    PURPLE,
    arrow,
    canvas,
    write,
)

# --8<-- [end:setup]

# --8<-- [start:surprise]
figure, ax = plt.subplots(figsize=(5, 2.6))
probability = np.linspace(0.02, 1, 99)
ax.plot(probability, -np.log(probability), color=BLUE)
powers = np.exp([2.0, 1.0, 0.0])
for each in powers / powers.sum():
    ax.plot([each], [-np.log(each)], "o", color=PURPLE, markersize=5)
    ax.annotate(
        f"{each:.2f} → {-np.log(each):.2f}",
        (each, -np.log(each)),
        xytext=(8, 5),
        textcoords="offset points",
        size=9,
    )
ax.set_xlabel("probability of the right class")
ax.set_ylabel("loss")
ax.set(xlim=(0, 1.05), ylim=(0, 4))
plt.show()
# --8<-- [end:surprise]

# --8<-- [start:backpropagation]
figure, ax = canvas(30, 17.6)


def neuron(x, y, text, back=""):
    look = {"color": BLUE, "shade": 0.12, "line": 1.2, "size": 9}
    box(ax, text, x - 1.9, y - 1, 3.8, 2, **look)
    write(ax, back, x, y + 1.7, size=9, color=PURPLE)


def connect(start, end, weight, back):
    """An arrow with its weight above, and with what comes back below it."""
    arrow(ax, start, end, color=FRAME)
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    write(ax, weight, x, y - 1.4, size=9, color=BLUE)
    write(ax, back, x, y + 1.6, size=9, color=PURPLE)


top, middle, bottom = 3.2, 7.6, 12.0
for x, text in ((2, "input"), (11, "neuron"), (20, "output"), (28, "loss")):
    write(ax, text, x, 0.8, size=9, color=GREEN)
neuron(2, middle, "0.5")
neuron(11, top, "2 → 2", "30")
neuron(11, bottom, "−1 → 0", "0")
neuron(20, middle, "6", "10")
neuron(28, middle, "25")
connect((3.9, middle - 0.4), (9.1, top), "×4", "15")
connect((3.9, middle + 0.4), (9.1, bottom), "×(−2)", "0")
connect((12.9, top), (18.1, middle - 0.4), "×3", "20")
connect((12.9, bottom), (18.1, middle + 0.4), "×7", "0")
arrow(ax, (21.9, middle), (26.1, middle), color=FRAME)
write(ax, "(6 − 1)²", 24, middle - 1.1, size=9, color=BLUE)
for y, start, end, color, text in (
    (15.2, 0.5, 3.5, BLUE, "forward: values and weights"),
    (16.8, 3.5, 0.5, PURPLE, "backward: slopes of the loss"),
):
    arrow(ax, (start, y), (end, y), color=color)
    write(ax, text, 4.3, y, size=9, color=color, align="left")
plt.show()
# --8<-- [end:backpropagation]
