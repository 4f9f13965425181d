"""What the lesson `scaling` claims of training, checked by other means.

Training is compared with Keras's own, in one process. Of times, only what was
recorded is looked at, and a simulation says what was to be expected. What
happens between processes is in test_scaling_service.py.
"""

from __future__ import annotations

import re
from itertools import pairwise

import keras
import numpy as np
import pytest
import tensorflow as tf

from .conftest import apart
from .formulas import holds
from .witnesses import pace

# --- When another machine helps ---


def test_the_slower_side_sets_the_pace(lesson) -> None:
    assert 4 * 10 == 40
    assert pace(40, 10) == pytest.approx(40)
    assert pace(40, 60) == pytest.approx(60)
    holds("max(a/n, b)", lambda a, b, n: pace(a, b, n))
    gains = {}
    row = r"(\d+), ([\d.]+) times"
    for workers, gain in lesson.found("answer_workers", row):
        gains[workers] = gain
        expected = pace(120, 40) / pace(120, 40, int(workers))
        assert gain == pytest.approx(expected, abs=0.05)
    best = max(gains.values())
    assert best == 3 == min(n for n, gain in gains.items() if gain == best)
    assert 120 / 3 == 40


def test_waiting_as_recorded(lesson) -> None:
    """With 40 ms of input, 10 ms of training wait 75 %, 60 ms do not."""
    (short, quick), (long, slow) = lesson.found("bound", r"(\d+) ms: (\d+)%")
    assert 60 < quick < 90 and slow < 15
    assert (short, long) == (10, 60)


def test_the_gain_as_recorded(lesson) -> None:
    waited, not_waited = lesson.found("gain", r"([\d.]+) times as fast")
    assert pace(40, 10) / pace(40, 10, 2) == pytest.approx(2)
    assert 1.4 < waited < 2.2
    assert pace(40, 60) / pace(40, 60, 2) == pytest.approx(1)
    assert 0.85 < not_waited < 1.15


# --- Training ---


@pytest.fixture(scope="module")
def trained(lesson, mnist, tmp_path_factory) -> dict:
    """The lesson's functions for training, and its batches."""
    names = lesson("setup")
    names = lesson.definitions("digits", "convnet", "step", **names)
    names = lesson("state", "train", **names)
    digits = mnist["x_train"][:1280, ..., None].astype("float32") / 255
    labels = mnist["y_train"][:1280]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("training"))
        np.savez("digits.npz", digits=digits, labels=labels)
        names["batches"] = names["load_batches"]()
    names["digits"], names["labels"] = digits, labels
    return names


def steps(trained: dict, state, end: int = 20) -> list[int]:
    """Train until step `end`, which is left out, and return the steps."""
    strategy = tf.distribute.get_strategy()
    made = []
    for number in trained["train"](strategy, trained["batches"], state):
        made.append(number)
        if number + 1 == end:
            break
    return made


def fresh(trained: dict):
    return trained["make_state"](tf.distribute.get_strategy())


@pytest.fixture(scope="module")
def whole(trained: dict) -> list[np.ndarray]:
    """The weights after an epoch without an accident."""
    state = fresh(trained)
    assert steps(trained, state) == [*range(20)]
    return state.model.get_weights()


def test_the_loop_does_what_keras_does(lesson, trained, whole) -> None:
    model = trained["convnet"]()
    first = model.get_weights()
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate=0.02, momentum=0.9),
        loss="sparse_categorical_crossentropy",
    )
    for begin in range(0, 1280, 64):
        rows = slice(begin, begin + 64)
        model.train_on_batch(trained["digits"][rows], trained["labels"][rows])
    assert apart(model.get_weights(), whole) < 1e-5
    assert apart(first, whole) > 0.01
    assert lesson.printed("equal").splitlines() == [
        "both processes equal: True",
        "equal to one process up to rounding: True",
    ]
    assert lesson.printed("same_weights").endswith(": True\n")


def test_gradients_of_halves_add_up(lesson, trained) -> None:
    """Each half is divided by 64; divided by 32, their sum is twice as much."""
    model = trained["convnet"]()
    digits, labels = trained["digits"][:64], trained["labels"][:64]
    loss = keras.losses.sparse_categorical_crossentropy

    def gradients(rows: slice, divisor: int) -> list[np.ndarray]:
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(loss(labels[rows], model(digits[rows])))
            share = total / divisor
        return tape.gradient(share, model.trainable_variables)

    everything = gradients(slice(0, 64), 64)
    for divisor, times in [(64, 1), (32, 2)]:
        halves = [slice(0, 32), slice(32, 64)]
        parts = zip(*(gradients(half, divisor) for half in halves), strict=True)
        added = [one + other for one, other in parts]
        assert apart(added, [times * each for each in everything]) < 1e-5
    sizes = re.findall(r"\((\d+), 28, 28, 1\)", lesson.printed("mirrored"))
    assert sizes == ["32", "32"] and 64 / 2 == 32
    assert sum(1 for _ in trained["batches"].rebatch(128)) == 20 / 2
    assert "too large by: [2. 2.]" in lesson.printed("answer_mean")


def test_jax_divides_the_batch_as_recorded(lesson) -> None:
    """Two devices get what two replicas get, and train as one does."""
    *parts, same = lesson.printed("jax").splitlines()
    replicas = lesson.printed("mirrored").splitlines()
    assert [part.replace("device", "replica") for part in parts] == replicas
    assert same == "same weights up to rounding: True"


def test_the_drawn_parts_make_the_batch(lesson) -> None:
    texts = lesson.drawn("replicas")["texts"]
    parts = [int(text) for text in texts if text.isdigit()]
    assert "batch of 64" in texts and parts == [32, 32]


def test_skip_needs_the_same_order() -> None:
    numbers = tf.data.Dataset.range(100)
    kept = numbers.shuffle(100, seed=1, reshuffle_each_iteration=False)
    changing = numbers.shuffle(100, seed=1)
    orders = []
    for shuffled in (kept, changing):
        before = [int(x) for x in shuffled]
        rest = [int(x) for x in shuffled.skip(60)]
        orders.append(before[60:] == rest)
    assert orders == [True, False]


def test_resuming_counts_every_batch_once(trained, whole, tmp_path) -> None:
    """In one process: 13 steps, of which 10 were saved, then the rest."""
    state = fresh(trained)
    assert steps(trained, state, end=10) == [*range(10)]
    saved = state.save(str(tmp_path / "all"))
    lacking = tf.train.Checkpoint(model=state.model, next_step=state.next_step)
    without = lacking.save(str(tmp_path / "without"))
    assert steps(trained, state, end=13) == [10, 11, 12]
    again = fresh(trained)
    again.restore(saved).assert_existing_objects_matched()
    assert steps(trained, again) == [*range(10, 20)]
    assert apart(again.model.get_weights(), whole) < 1e-6
    forgetful = fresh(trained)
    tf.train.Checkpoint(
        model=forgetful.model, next_step=forgetful.next_step
    ).restore(without)
    assert steps(trained, forgetful) == [*range(10, 20)]
    assert apart(forgetful.model.get_weights(), whole) > 1e-3


def test_steps_as_recorded(lesson) -> None:
    ran = {
        section: re.findall(
            r"process \d: step (\d+) to step (\d+), (\w+)",
            lesson.printed(section),
        )
        for section in ("two_processes", "killed", "resumed")
    }
    assert ran == {
        "two_processes": [("0", "19", "done")] * 2,
        "killed": [("0", "12", "failed")] * 2,
        "resumed": [("10", "19", "done")] * 2,
    }
    after = [step for step in range(13) if (step + 1) % 5 == 0]
    assert lesson.printed("killed").endswith("saved: ckpt-2\n")
    assert after[2 - 1] == 9
    lost = [*range(9 + 1, 13)]  # the first process is waiting in step 13
    assert lost == [10, 11, 12]
    assert lesson.printed("resumed").endswith("rounding: True\n")


def test_two_replicas_on_one_processor_as_recorded(lesson) -> None:
    (middle,) = lesson.found("two_on_one", r"([\d.]+) times as fast")
    assert middle < 1


def test_steps_done_again(lesson) -> None:
    """Each place of death, with the last save before it by hand."""
    saves = [-1, *range(4, 1000, 5)]
    again = [
        death - last
        for last, following in pairwise(saves)
        for death in range(last + 1, following + 1)
        if death != following
    ]
    again += [0] * (len(saves) - 1)  # right after a save
    assert np.mean(again) == 2 and min(again) == 0 and max(again) == 4
    assert lesson.printed("answer_repeated").endswith("on average: 2.0\n")
