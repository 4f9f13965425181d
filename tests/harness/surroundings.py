"""What a lesson's process gets of the machine and the account it runs under.

A reader's own settings reach no run: the process has a home folder of its own,
and of the environment only what is named here. `NEEDED` lets it run at all.
`COUNTED` says what it computes on, which nobody else can choose: that is part
of a run's key, see `identity`. All else is left out, and what many tools ask
for, such as a language, is the same everywhere.

Not shut out are settings of the whole machine, such as /etc/ipython, and what
is installed beside the project's packages.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

HARNESS = Path(__file__).parent
PROJECT = HARNESS.parents[1]

NEEDED = re.compile(
    # Where programs are, and where they may write.
    r"PATH|PATHEXT|SHELL|COMSPEC|SYSTEM(ROOT|DRIVE)|WINDIR|TE?MP|TMPDIR"
    r"|PROGRAM(DATA|FILES|W6432).*|COMMONPROGRAM.*"
    # How to reach the internet from here.
    r"|(HTTPS?|ALL|NO)_PROXY|SSL_CERT_(FILE|DIR)|(REQUESTS_CA|CURL_CA)_BUNDLE",
    re.IGNORECASE,
)
COUNTED = re.compile(
    # Devices, their memory, and what computes on them.
    r"KERAS_BACKEND|(CUDA|NVIDIA|HIP|HSA|ROCR|PYTORCH|XLA)_\w+|JAX_PLATFORM\w*"
    r"|TF_(FORCE_GPU|GPU|XLA|CUDNN|DETERMINISTIC|NUM|ENABLE_ONEDNN)_\w+"
    # Threads, and libraries that take the place of others.
    r"|(OMP|KMP|GOMP|MKL|OPENBLAS|BLIS|VECLIB|ONEDNN)_\w+"
    r"|LD_(LIBRARY_PATH|PRELOAD)|DYLD_\w+"
)
# Caches that the next run finds again: they are slow to make.
CACHES = {"MPLCONFIGDIR": "matplotlib", "CUDA_CACHE_PATH": "cuda"}


def counted() -> dict[str, str]:
    """The variables that reach a run and may change its results."""
    return {n: v for n, v in sorted(os.environ.items()) if COUNTED.fullmatch(n)}


def environment(root: Path, backend: str, scratch: Path) -> dict[str, str]:
    """What a lesson's process sees: 80 columns and quiet libraries.

    Args:
        root: the project's folder, whose modules can be imported.
        backend: what Keras computes with.
        scratch: a folder for this run alone; its home is in it. The user has
            its name, so that an output with either can be recognized.
    """
    needed = {n: v for n, v in os.environ.items() if NEEDED.fullmatch(n)}
    # Shell blocks find the commands of an environment that is not activated.
    commands = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    homes = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA")
    return {
        **{n: str(PROJECT / ".cache" / name) for n, name in CACHES.items()},
        **needed,
        **counted(),
        **dict.fromkeys(homes, str(scratch / "home")),
        **dict.fromkeys(("USER", "LOGNAME", "USERNAME"), scratch.name),
        "LC_ALL": "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8",
        "TZ": "UTC",
        "COLUMNS": "80",
        "JUPYTER_COLUMNS": "80",  # of tables that rich draws
        "PATH": os.pathsep.join(filter(None, commands)),
        "PYTHONPATH": os.pathsep.join(map(str, (root, PROJECT))),
        "PYTHONNOUSERSITE": "1",
        "PYTHONUTF8": "1",
        "IPYTHONDIR": str(scratch / "ipython"),  # the home stays empty
        "KERAS_BACKEND": backend,
        "MATPLOTLIBRC": str(HARNESS / "matplotlibrc"),
        "MPLBACKEND": "module://tests.harness.figures",  # else Jupyter's
        "TF_CPP_MIN_LOG_LEVEL": "2",
        # ipykernel then leaves what native code prints, which comes late, out.
        "PYTEST_CURRENT_TEST": "a lesson",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # ipykernel's debugger is chatty
    }
