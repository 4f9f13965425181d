# The figures of the lesson `pretrained` that stand beside its own: what stays
# and what learns; what all recorded runs measured, those of `small_data` too.
# --8<-- [start:setup]
import numpy as np
from matplotlib import pyplot as plt

from snippets.drawings.parts.grids import (
    BLUE,
    FRAME,
    GREEN,
    LINE,
    PURPLE,
    arrow,
    canvas,
    window,
    write,
)
from snippets.drawings.parts.recorded import seeds
# --8<-- [end:setup]

# --8<-- [start:heads]
EARLY, LATE, TOP = (8, 9), (19, 8.5), (32.6, 9)  # left, width


def part(place, y, text, color):
    left, wide = place
    window(ax, left, y - 1.4, wide, 2.8, color=color, shade=0.15, line=1.2)
    write(ax, text, left + wide / 2, y, size=9)


figure, ax = canvas(42, 23.4)
for y, title, late, top, answers in (
    (3.9, "as it comes", BLUE, BLUE, "1,000 labels"),
    (10.7, "a head of your own", BLUE, GREEN, "cat or dog"),
    (17.5, "fine-tuning", GREEN, GREEN, "cat or dog"),
):
    write(ax, title, 0.4, y - 2.8, size=9, weight="bold", align="left")
    write(ax, "photo", 2.6, y, size=9)
    part(EARLY, y, "early blocks", BLUE)
    part(LATE, y, "last blocks", late)
    part(TOP, y, answers, top)
    for start, end in ((5, EARLY[0]), (sum(EARLY), LATE[0])):
        arrow(ax, (start, y), (end, y))
    arrow(ax, (sum(LATE), y), (TOP[0], y))
    write(ax, "1,280", (sum(LATE) + TOP[0]) / 2, y - 1, size=9, color=LINE)
for x, color, text in (
    (0.5, BLUE, "learned on ImageNet, stays"),
    (23, GREEN, "learns on your photos"),
):
    window(ax, x, 21.2, 1.4, 1.4, color=color, shade=0.15, line=1.2)
    write(ax, text, x + 2, 21.9, size=9, align="left")
plt.show()
# --8<-- [end:heads]

# --8<-- [start:few]
SIZES = [50, 200, 500, 1000, 2000]
features = seeds("snippets/outputs/pretrained/metrics.json")
scratch = seeds("snippets/outputs/small_data/metrics.json")
from_scratch = np.column_stack(
    [scratch["both_by_size"], scratch["both_accuracy"]]
)

figure, ax = plt.subplots(figsize=(5, 3))
for runs, color, marker, label, above in (
    (np.array(features["size_accuracies"]), BLUE, "o", "pretrained", 2.5),
    (from_scratch, PURPLE, "s", "from scratch", -6),
):
    percent = 100 * runs  # (seeds, sizes)
    ax.plot(SIZES, percent.T, marker, color=color, alpha=0.5, ms=4)
    ax.plot(SIZES, percent.mean(axis=0), color=color)
    ax.text(600, percent.mean(axis=0)[2] + above, label, color=color, size=10)
ax.set_xscale("log")
ax.set_xticks(SIZES, labels=[f"{size:,}" for size in SIZES])
ax.minorticks_off()
ax.set(xlabel="photos to learn from", ylabel="right answers in percent")
ax.set_ylim(48, 92)
ax.grid(axis="y", color=FRAME, linewidth=0.8)
plt.show()
# --8<-- [end:few]
