"""What the lesson `speed` claims, checked by other means.

Networks are compared weight by weight, and multiplications counted by hand.
Of times, only what was recorded is looked at.
"""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from .conftest import apart
from .formulas import holds

KERNELS = [(26, 3, 1, 32), (11, 3, 32, 64), (3, 3, 64, 128)]
FULL = ("plain fit", "dataset", "ten steps", "XLA", "channels first")


# --- Where the time goes ---


def profile_of(lesson) -> dict[str, list[float]]:
    """Milliseconds forward and back, multiplications; of each recorded part."""
    row = r"^(.+?) +([\d.]+) +([\d.]+) +([\d,]+)$"
    return {name: rest for name, *rest in lesson.found("profile_total", row)}


def test_the_profile_as_recorded(lesson) -> None:
    parts = profile_of(lesson)
    assert len(parts) == 8
    times = {name: there + back for name, (there, back, _) in parts.items()}
    convolutions = [name for name in parts if "Conv2D" in name]
    assert len(convolutions) == 3
    taken = sum(times[name] for name in convolutions)
    assert taken > 0.7 * sum(times.values())
    others = [times[name] for name in parts if name not in convolutions]
    assert max(others) < min(times[name] for name in convolutions)
    back = sum(parts[name][1] for name in convolutions)
    assert back > taken / 2
    assert times["3 Conv2D"] / sum(times.values()) < 0.72
    drawn = lesson.record.figure_data("profile_figure")["axes"][0]
    assert len(drawn["rectangles"]) == 16


def test_multiplications_of_a_layer(lesson) -> None:
    """Places of the window times the products at each."""
    parts = profile_of(lesson)
    by_hand = [
        places**2 * size**2 * before * after
        for places, size, before, after in KERNELS
    ]
    found = [parts[f"{n} Conv2D"][2] for n in (1, 3, 5)]
    assert found == by_hand and by_hand[1] == 2230272 == max(by_hand)
    assert by_hand[0] == min(by_hand)
    total = sum(work for *_, work in parts.values())
    assert total == sum(by_hand) + 1152 * 10 == 3100032
    assert round(100 * by_hand[1] / total) == 72
    maps = [26 * 26 * 32, 11 * 11 * 64, 3 * 3 * 128]  # what each writes
    assert maps[0] == max(maps)


def test_the_clock_starts_after_the_first_step(lesson) -> None:
    """A step that takes long counts, unless it is the first."""
    names = lesson.definitions("setup", "step_time")

    class Network:
        def fit(self, *data, verbose, callbacks):
            for batch, seconds in enumerate([0.5, 0.01, 0.01, 0.01]):
                names["time"].sleep(seconds)
                callbacks[0].on_train_batch_end(batch, logs={})
            return type("History", (), {"history": {"loss": [1.5]}})

    seconds, loss = names["step_time"](Network())
    assert 0.01 <= seconds < 0.1 and loss == 1.5
    assert -(-60000 // 64) == 938


# --- One change at a time ---


@pytest.fixture(scope="module")
def networks(lesson, mnist) -> dict:
    """The lesson's functions, and 128 digits."""
    names = lesson.definitions("setup", "build", "step_time")
    names = lesson.definitions("precision", "falling", **names)
    names["images"] = mnist["x_train"][:128, ..., None].astype("float32") / 255
    names["labels"] = mnist["y_train"][:128]
    return names


def trained(names: dict, model, images=None, **options) -> list[np.ndarray]:
    model = names["compiled"](model, **options)
    images = names["images"] if images is None else images
    model.fit(images, names["labels"], batch_size=16, shuffle=False, verbose=0)
    return model.get_weights()


def test_it_is_the_same_network(networks) -> None:
    """What is exact stays within rounding, and bfloat16 only comes close."""
    build = networks["build_convnet"]
    assert build().count_params() == 104202
    plain = trained(networks, build())
    assert apart(build().get_weights(), plain) > 0.01
    assert apart(plain, trained(networks, build(), steps_per_execution=4)) == 0
    keras.config.set_image_data_format("channels_first")
    turned = build(shape=(1, 28, 28))
    keras.config.set_image_data_format("channels_last")
    images = networks["images"].transpose(0, 3, 1, 2)
    assert apart(plain, trained(networks, turned, images)) < 1e-3
    short = networks["build_in"]("mixed_bfloat16")
    assert {w.dtype for w in short.weights} == {"float32"}
    assert short.layers[-1].compute_dtype == "float32"
    assert short.layers[1].compute_dtype == "bfloat16"
    assert keras.config.dtype_policy().name == "float32"
    assert 1e-5 < apart(plain, trained(networks, short)) < 0.1


def test_the_same_training_as_recorded(lesson) -> None:
    row = r"^(.+?) +[\d.]+ ms.*\) +([\d.]+)$"
    losses = dict(lesson.found("race_run", row))
    assert len(losses) == 7
    full = [losses[name] for name in FULL]
    assert max(full) - min(full) < 0.002 * max(full)
    for name in ("bfloat16", "together"):
        assert 0 < abs(losses[name] - full[0]) < 0.01 * full[0]


def test_what_fits_into_two_bytes() -> None:
    """Beside float32: as many bits of the exponent, 8 significant ones."""
    short, long = tf.bfloat16, tf.float32
    assert (short.size, long.size) == (2, 4)
    assert float(short.max) == pytest.approx(long.max, rel=0.01)
    one = tf.constant(1.0, short)
    steps = [n for n in range(1, 30) if one + tf.cast(2.0**-n, short) != one]
    assert steps[-1] == 7
    assert 2 < (steps[-1] + 1) * np.log10(2) < 3


def test_the_bars_are_what_was_measured(lesson) -> None:
    kept = lesson.record.peers()["metrics"]
    names = ["torch_bfloat16", "torch_first", "torch_last", "together"]
    names += ["channels", "bfloat16", "xla", "ten_steps", "dataset"]
    drawn = lesson.record.figure_data("torch_figure")["axes"][0]
    widths = [width for _, _, width, _ in drawn["rectangles"]]
    expected = [*(kept[name][1] for name in names), 1]
    assert widths == pytest.approx(expected, abs=1e-3)


# --- Another batch, another training ---


def test_batch_sizes_as_recorded(lesson) -> None:
    """Fewer steps learn less, whether an epoch takes longer or not."""
    row = r"batch +(\d+), rate ([\d.]+): ([\d.]+) s, ([\d.]+) ±"
    found = {(n, r): rest for n, r, *rest in lesson.found("sizes_run", row)}
    assert len(found) == 4
    small, usual = found[16, 0.001], found[64, 0.001]
    large, raised = found[256, 0.001], found[256, 0.003]
    assert small[0] == max(seconds for seconds, _ in found.values())
    assert small[1] > usual[1] > raised[1] > large[1]
    for name in ("16", "64", "256", "raised"):
        assert len(lesson.metrics[f"right_{name}"]["page"]) == 5


# --- A short training ---


def test_the_rate_rises_and_falls(lesson, networks) -> None:
    rate = networks["falling"](0.004)
    values = np.array([float(rate(step)) for step in range(1101)])
    top = int(values.argmax())
    assert top == 55 and values[top] == pytest.approx(0.004)
    assert (np.diff(values[:56]) > 0).all() and (np.diff(values[55:]) < 0).all()
    assert values[-1] == pytest.approx(0, abs=1e-8)
    wave = 0.002 * (1 + np.cos(np.pi * np.arange(1046) / 1045))
    assert np.abs(values[55:] - wave).max() < 1e-6


def test_the_short_training_as_recorded(lesson) -> None:
    found = np.array(lesson.metrics["test_accuracies"]["page"])
    assert len(found) == 5 and found.mean() >= 0.99
    assert 100 * 0.99 == 99
    assert 1 < 1100 * 64 / 60000 < 1.2  # passes over the digits
    expected = [*found, found.mean(), found.std(ddof=1)]
    assert lesson.found("test") == pytest.approx(expected, abs=6e-5)


# --- Exercises ---


def test_the_ceiling_of_the_rest(lesson) -> None:
    """A step of 1000 pieces, from which all but the convolutions vanish."""
    rows = lesson.found("answer_ceiling", r"(\d+)%: at most ([\d.]+) times")
    expected = [[n / 10, round(1000 / n, 2)] for n in (500, 800, 900)]
    assert rows == expected


def test_the_gain_of_one_part(lesson) -> None:
    parts = profile_of(lesson)
    total = sum(there + back for there, back, _ in parts.values())
    middle = sum(parts["3 Conv2D"][:2])
    shares = tuple(number / 40 for number in range(41))
    holds("1 − p/2", lambda p=shares: (1 - p) + p * 0.5)
    (gain,) = lesson.found("answer_share", r"([\d.]+) times")
    assert gain == pytest.approx(total / (total - middle / 2), abs=0.02)
    assert gain < 2


def test_float16_as_recorded(lesson) -> None:
    row = r"float16 .* ms +([\d.]+) \([\d.]+ to ([\d.]+)\)"
    (found,) = lesson.found("answer_float16", row)
    assert max(found) < 0.7
