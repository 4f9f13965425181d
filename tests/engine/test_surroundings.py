"""A reader's own settings reach no run; test_running has what is in its key."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .conftest import run_of

# Settings of a reader, by the place that they have in the home folder.
FILES = {
    ".keras/keras.json": '{"image_data_format": "channels_first"}',
    ".ipython/profile_default/startup/a.py": "print('mine')",
    ".ipython/profile_default/ipython_kernel_config.py": "1 / 0",
    ".local/share/jupyter/kernels/python3/kernel.json": '{"argv": ["no"]}',
    "kernels/python3/kernel.json": '{"argv": ["no"], "language": "no"}',
    "modules/sitecustomize.py": "print('mine')",
    "startup.py": "print('mine')",
    "matplotlibrc": "lines.linewidth: 9",
}
# And in the environment; {home} is that folder.
SET = {
    **{"HOME": "{home}", "USERPROFILE": "{home}", "APPDATA": "{home}"},
    **{"XDG_DATA_HOME": "{home}/.local/share", "JUPYTER_PATH": "{home}"},
    **{"JUPYTER_CONFIG_DIR": "{home}", "IPYTHONDIR": "{home}/.ipython"},
    **{"JUPYTER_DEFAULT_PROVISIONER_NAME": "mine"},
    **{"KERAS_HOME": "{home}/.keras", "MPLCONFIGDIR": "{home}"},
    **{"PYTHONPATH": "{home}/modules", "PYTHONSTARTUP": "{home}/startup.py"},
    **{"PYTHONIOENCODING": "ascii", "PYTHONWARNINGS": "error"},
    **{"LC_ALL": "C", "LANG": "tr_TR", "TZ": "Asia/Tokyo", "COLUMNS": "20"},
    **{"FORCE_COLOR": "1", "TF_USE_LEGACY_KERAS": "1", "KAGGLE_KEY": "mine"},
}
PRINTS = """
    import os, sys, time
    from pathlib import Path

    import matplotlib

    print("größer 池化", time.tzname[0], os.environ["COLUMNS"])
    print([*Path.home().iterdir()], [p for p in sys.path if "modules" in p])
    print(matplotlib.rcParams["lines.linewidth"])
    print(sorted(os.environ.keys() & {names}))
    print(os.environ["OMP_NUM_THREADS"])
"""


def test_settings_of_a_reader_reach_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    for name, text in FILES.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    for name, value in SET.items():
        monkeypatch.setenv(name, value.format(home=home))
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    before = dict(os.environ), sorted(home.rglob("*"))
    code = PRINTS.replace("{names}", repr({"KERAS_HOME", "KAGGLE_KEY"}))
    (result,) = run_of(tmp_path, {"a": code}).finish().results
    assert result.error is None, result.error
    assert result.output == "größer 池化 UTC 80\n[] []\n1.5\n[]\n7\n"
    assert (dict(os.environ), sorted(home.rglob("*"))) == before
