# The figure of the lesson `accuracy` that shows what all its recorded runs
# measured, beside the plain training of the lesson on digits.
# --8<-- [start:setup]
import numpy as np
from matplotlib import pyplot as plt

from snippets.drawings.parts.grids import BLUE, FRAME, LINE
from snippets.drawings.parts.recorded import seeds
# --8<-- [end:setup]

# --8<-- [start:results]
values = seeds("snippets/outputs/accuracy/metrics.json")
plain = seeds("snippets/outputs/mnist_convnet/metrics.json")
unaveraged = np.array(values["unaveraged"])  # (seeds, trainings)
rows = {
    "nothing": values["without_nothing"],
    "averaging": unaveraged[:, 0],
    "schedule": values["without_schedule"],
    "schedule, averaging": unaveraged[:, 1],
    "augmentation": values["without_augmentation"],
    "normalization": values["without_normalization"],
    "everything": [
        10_000 * (1 - epochs[4]) for epochs in plain["validation_accuracy"]
    ],
}

figure, ax = plt.subplots(figsize=(5, 3))
for y, runs in enumerate(rows.values()):
    ax.plot(runs, [y] * len(runs), "o", color=BLUE, alpha=0.6, ms=6)
    ax.plot([np.mean(runs)], [y], "|", color=LINE, ms=16, mew=2)
ax.set_xlabel("mistakes in 10,000 validation images")
ax.grid(axis="y", color=FRAME, linewidth=0.8)
ax.set_yticks(range(len(rows)), labels=[*rows])
# Chinese pages name each in both languages.
figure.get_layout_engine().set(rect=(0.08, 0, 0.92, 1))
ax.set_ylim(len(rows) - 0.5, -0.5)
plt.show()
# --8<-- [end:results]
