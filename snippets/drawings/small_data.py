# The figures of the lesson `small_data` that show what all its recorded runs
# measured.
# --8<-- [start:setup]
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.ticker import FixedLocator, NullLocator

from snippets.drawings.parts.grids import BLUE, FRAME, LINE
from snippets.drawings.parts.recorded import seeds
# --8<-- [end:setup]

# --8<-- [start:results]
VARIANTS = ["neither", "dropout", "augmentation", "both"]
values = seeds("snippets/outputs/small_data/metrics.json")

figure, ax = plt.subplots(figsize=(5, 2.3))
for y, variant in enumerate(VARIANTS):
    runs = [100 * value for value in values[f"{variant}_accuracy"]]
    ax.plot(runs, [y] * len(runs), "o", color=BLUE, alpha=0.6, ms=6)
    ax.plot([np.mean(runs)], [y], "|", color=LINE, ms=16, mew=2)
ax.set_xlabel("right answers in percent")
ax.grid(axis="y", color=FRAME, linewidth=0.8)
ax.set_yticks(range(len(VARIANTS)), labels=VARIANTS)
# Chinese pages name each in both languages.
figure.get_layout_engine().set(rect=(0.08, 0, 0.92, 1))
ax.set_ylim(len(VARIANTS) - 0.5, -0.5)
plt.show()
# --8<-- [end:results]

# --8<-- [start:sizes]
SIZES = [50, 200, 500, 1_000, 2_000]

figure, ax = plt.subplots(figsize=(5, 3))
for variant, color in (("both", BLUE), ("neither", LINE)):
    runs = np.array(values[f"{variant}_by_size"])  # (seeds, sizes)
    at_all = np.array(values[f"{variant}_accuracy"])[:, None]
    runs = 100 * np.hstack([runs, at_all])
    for each in runs:
        ax.plot(SIZES, each, "o", color=color, alpha=0.4, ms=5)
    ax.plot(SIZES, runs.mean(axis=0), color=color, label=variant)
ax.set_xscale("log")
ax.xaxis.set_major_locator(FixedLocator(SIZES))
ax.xaxis.set_minor_locator(NullLocator())
ax.set_xticklabels([f"{size:,}" for size in SIZES])
ax.set(xlabel="training photos", ylabel="right answers in percent")
ax.legend(frameon=False)
plt.show()
# --8<-- [end:sizes]
