"""Say in one sentence whether this Python can run the project.

Written for any Python, so that an old one can say so. TensorFlow has no
wheels for other versions; on Macs with Apple's chips the last TensorFlow that
works with tensorflow-metal ends at 3.12.
"""

import platform
import sys

OLDEST = (3, 11)
NEWEST = (3, 13)


def complaint(version, system, machine):
    """What is wrong with this version of Python, or None."""
    newest = (3, 12) if (system, machine) == ("Darwin", "arm64") else NEWEST
    if OLDEST <= version <= newest:
        return None
    return (
        "This project needs Python %d.%d to %d.%d on this machine and found "
        "%d.%d. Install one of these, then run "
        "`make PYTHON=python%d.%d serve`."
        % (OLDEST + newest + version + newest)
    )


if __name__ == "__main__":
    problem = complaint(
        tuple(sys.version_info[:2]), platform.system(), platform.machine()
    )
    sys.exit(problem)
