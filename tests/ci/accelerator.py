"""Fail unless TensorFlow finds a GPU here: `make gpu`, `make metal`.

TensorFlow falls back to the processor without a word if the driver, CUDA's
libraries or the plug-in for Metal are missing. A run would then pass, and
prove nothing about the GPU. This also makes sure that the records, which the
run is compared with, come from the processor.
"""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path

WANTED = {
    "cuda": "an NVIDIA GPU (`nvidia-smi` lists it; CUDA's libraries come from "
    "requirements-gpu.txt; CUDA_VISIBLE_DEVICES may hide it)",
    "metal": "an Apple GPU (of a Mac that is not virtual, with Python 3.11 or "
    "3.12, and tensorflow-metal from requirements.txt)",
}


def problem(kind: str, devices: list[str]) -> str | None:
    """What is wrong with the GPUs that TensorFlow sees, or None."""
    metal = any("METAL" in name.upper() for name in devices)
    if devices and metal == (kind == "metal"):
        return None
    return (
        f"TensorFlow sees {', '.join(devices) or 'no GPU'} on this machine "
        f"({platform.system()} {platform.machine()}); expected {WANTED[kind]}. "
        f"The lessons would prove nothing about it."
    )


def foreign_records(root: Path) -> list[str]:
    """Lessons whose record does not come from a processor, with the device."""
    found = []
    for path in sorted(root.glob("snippets/outputs/*/evidence.json")):
        evidence = json.loads(path.read_text(encoding="utf-8"))
        if (device := evidence.get("device", "unknown")) != "CPU":
            found.append(f"{path.parent.name} ({device})")
    return found


def main(kind: str) -> None:
    """Print what was found; end with an error unless it is the GPU asked."""
    import tensorflow

    details = tensorflow.config.experimental.get_device_details
    devices = [
        details(gpu).get("device_name", gpu.name)
        for gpu in tensorflow.config.list_physical_devices("GPU")
    ]
    if wrong := problem(kind, devices):
        sys.exit(wrong)
    if foreign := foreign_records(Path.cwd()):
        sys.exit(
            f"Not recorded on a processor: {', '.join(foreign)}. A GPU is "
            f"compared with what the processor gave; run `make record` on a "
            f"machine without a GPU."
        )
    print(f"TensorFlow {tensorflow.__version__} finds {devices}.")


if __name__ == "__main__":
    main(sys.argv[1])
