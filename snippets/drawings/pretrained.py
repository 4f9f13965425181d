# The figure of the lesson `pretrained` that shows what all recorded runs
# measured, its own and those of `small_data`.
# --8<-- [start:setup]
import numpy as np
from matplotlib import pyplot as plt

from snippets.drawings.parts.grids import BLUE, FRAME, PURPLE
from snippets.drawings.parts.recorded import seeds
# --8<-- [end:setup]

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
