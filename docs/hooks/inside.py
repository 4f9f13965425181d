"""What the page says of the network that readers can look inside of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docs.hooks.digits import LESSON
from tests.harness.record import Record

FILE = "weights.bin"


def data(root: Path) -> dict[str, Any]:
    """What docs/assets/javascripts/widgets/inside.js is started with.

    Returns:
        weights: the recorded file, below assets/widgets.
        digest: of it: the first digits of its SHA-256.
        seed, accuracy: of the recorded run that left it.
    """
    record = Record(root, LESSON)
    path = record.left_path(FILE).relative_to(root).as_posix()
    evidence = record.evidence()
    if path not in evidence.get("files", {}):
        raise LookupError(
            f"No run has left {path}. Expected: the weights of {LESSON}, named "
            f"in snippets/{LESSON}.toml under [leaves]. Run `make record`."
        )
    return {
        "weights": f"{LESSON}/{FILE}",
        "digest": evidence["files"][path],
        "seed": evidence["seeds"][0],
        "accuracy": record.metrics()["convnet_accuracy"]["page"],
    }
