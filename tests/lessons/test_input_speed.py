"""What the lesson `input_speed` claims, checked by other means.

Orders of events, counts and shapes are checked by running small pipelines, and
ceilings by a simulation. Of times, only what was recorded is looked at.
"""

from __future__ import annotations

import time

import numpy as np
import pytest
import tensorflow as tf

from tests.benchmarks import input_pipeline as benchmark
from tests.harness import quote

from .conftest import ROOT
from .formulas import holds
from .witnesses import finished, pace

# --- Which side waits ---


def test_the_same_batch_again_needs_no_input() -> None:
    made = []

    def produce():
        for number in range(10):
            made.append(number)
            yield number

    numbers = tf.data.Dataset.from_generator(
        produce, output_signature=tf.TensorSpec((), tf.int32)
    )
    dataset = numbers.map(lambda number: number * number).batch(2)
    again = dataset.take(1).cache().repeat()
    for batch in again.take(20):
        assert batch.numpy().tolist() == [0, 1]
    # TensorFlow may prepare more than the first batch, but never begins again.
    assert made.count(0) == 1
    assert "dataset.take(1).cache().repeat()".count(".") == 3


# --- prefetch -----


def most_ahead(options: tf.data.Options) -> int:
    """How many elements a slow producer has made and not yet been rid of."""
    ahead = [0]

    def produce():
        for number in range(6):
            time.sleep(0.02)
            ahead.append(ahead[-1] + 1)
            yield number

    stream = tf.data.Dataset.from_generator(
        produce, output_signature=tf.TensorSpec((), tf.int32)
    )
    for _ in stream.with_options(options):
        time.sleep(0.06)
        ahead.append(ahead[-1] - 1)
    return max(ahead)


def test_tensorflow_prefetches_by_itself() -> None:
    assert most_ahead(tf.data.Options()) > 1
    off = tf.data.Options()
    off.experimental_optimization.inject_prefetch = False
    assert most_ahead(off) == 1


def test_prefetched_elements_lie_in_host_memory() -> None:
    for element in tf.data.Dataset.range(3).prefetch(2):
        assert element.device.endswith("device:CPU:0")


def test_parallel_calls_keep_the_order() -> None:
    """The first call sleeps, and its element still comes out first."""
    finished = []

    def sleep(number):
        time.sleep(0.3 if number == 0 else 0)
        finished.append(int(number))
        return number

    dataset = tf.data.Dataset.range(4).map(
        lambda number: tf.py_function(sleep, [number], tf.int64),
        num_parallel_calls=4,
    )
    # py_function holds the interpreter's lock, but not while it sleeps.
    assert [int(number) for number in dataset] == [0, 1, 2, 3]
    assert finished[0] != 0


# --- The ceiling ---


def in_turn(a: float, b: float, batches: int) -> float:
    clock = 0.0
    for _ in range(batches):
        clock += a
        clock += b
    return clock


def test_the_ceiling(lesson) -> None:
    holds("a + b", lambda a, b: in_turn(a, b, 1))
    holds("(a + b) / max(a, b)", lambda a, b: in_turn(a, b, 1) / pace(a, b))
    gains = {
        (a, b): in_turn(a, b, 1) / pace(a, b)
        for a in range(1, 10)
        for b in range(1, 10)
    }
    assert max(gains.values()) == 2
    assert all((gain == 2) == (a == b) for (a, b), gain in gains.items())
    assert pace(2, 5) == pace(5, 2) == 5  # the longer one
    printed = lesson.found("ceiling", r"(\d) and (\d): at most ([\d.]+)")
    assert len(printed) == 3
    for a, b, shown in printed:
        assert shown == pytest.approx(gains[a, b], abs=0.005)


def test_two_sleepers_come_close_to_the_ceiling(lesson) -> None:
    """Twenty batches of 12 and 20 milliseconds, as recorded."""
    _, gain = lesson.found("waiting", r"([\d.]+) times as fast")
    possible = in_turn(12, 20, 20) / finished(12, 20, 20)[-1]
    assert 0.85 * possible < gain < 1.1 * possible
    limit = in_turn(12, 20, 1) / pace(12, 20)
    assert f"at most {limit:.2f} times" in lesson.printed("waiting_ceiling")
    assert possible == pytest.approx(limit, rel=0.05)


def test_a_pass_of_few_batches(lesson) -> None:
    counts = (1, 2, 3, 10)
    holds("n(a + b)", lambda n, a, b: in_turn(a, b, n))
    holds(
        "n(a + b) / (min(a, b) + n × max(a, b))",
        lambda a, b, n=counts: in_turn(a, b, n) / finished(a, b, n)[-1],
    )
    holds(
        "n × max(a, b)",
        lambda a, b, n=counts: finished(a, b, n)[-1] - min(a, b),
    )
    lines = lesson.printed("answer_few").splitlines()
    for line, n in zip(lines, (1, 2, 10, 100), strict=True):
        gain = in_turn(2, 3, n) / finished(2, 3, n)[-1]
        assert line.startswith(f"n = {n}: {gain:.2f} ")


def test_the_drawn_timeline_is_a_simulation(lesson) -> None:
    """Input 2, training 3, four batches; left of time 0 stand the words."""
    drawn = lesson.drawn("pace")
    bars = sorted({(y, x, x + w) for x, y, w, _ in drawn["rectangles"]})
    assert len(bars) == 16
    zero = min(begin for _, begin, _ in bars)
    spans = [(begin - zero, end - zero) for _, begin, end in bars]
    rows = [spans[first : first + 4] for first in range(0, 16, 4)]
    turns = [5.0 * number for number in range(4)]
    done = finished(2, 3, 4)
    assert rows[0] == [(start, start + 2) for start in turns]
    assert rows[1] == [(start + 2, start + 5) for start in turns]
    assert rows[2] == [(start, start + 2) for start in (0, 2, 4, 6)]
    assert rows[3] == [(end - 3, end) for end in done]
    assert in_turn(2, 3, 4) == 20 and done == [5, 8, 11, 14]
    numbers = [int(text) for text in drawn["texts"] if text.isdigit()]
    assert numbers == [
        *[1, 2, 3, 4] * 2,
        5,
        10,
        15,
        20,
        *[1, 2, 3, 4] * 2,
        *done,
    ]


def test_a_plan_for_eight_cores(lesson) -> None:
    alone = in_turn(200, 80, 1) / pace(200, 80)
    eight = in_turn(200, 80, 1) / pace(200 / 8, 80)
    first, second = lesson.printed("answer_cores").splitlines()
    assert f"at most {alone:.1f} times" in first
    assert f"at most {eight:.1f} times" in second
    assert 200 / 8 == 25 and pace(25, 80) == pace(5, 80) == 80


def test_the_timeline_alternates_without_prefetch_and_overlaps_with_it(
    lesson,
) -> None:
    """And bars grow when input and training share the cores."""
    overlap, filled = [], []
    figure = lesson.record.figure_data("timeline_figure")
    assert [a["title"] for a in figure["axes"]] == ["in turn", "prefetch"]
    for axes in figure["axes"]:
        bars = [[x, x + width] for x, _, width, _ in axes["rectangles"]]
        training, inputs = np.split(np.array(bars), 2)
        assert len(training) == len(inputs) == 10
        assert (inputs[:, 1] <= training[:, 0]).all()  # made before used
        begin = np.maximum(training[:, None, 0], inputs[:, 0])
        end = np.minimum(training[:, None, 1], inputs[:, 1])
        overlap.append((end - begin).clip(min=0).sum())
        filled.append(np.diff(bars).sum())
    assert overlap[0] == 0 < overlap[1]
    assert filled[0] < filled[1]


# --- What each call buys ---


@pytest.fixture(scope="module")
def prepared(lesson, mnist) -> dict:
    """The lesson's functions, and files for them."""
    names = lesson("setup")
    names["pngs"] = [
        tf.io.encode_png(pixels[..., None]).numpy()
        for pixels in mnist["x_train"][:5]
    ]
    return lesson("prepare", "prepare_by_hand", **names)


def test_both_ways_to_decode_agree(prepared: dict) -> None:
    for png in prepared["pngs"]:
        library = prepared["decode"](png).numpy()
        by_hand = prepared["decode_by_hand"](png)
        assert library.shape == by_hand.shape == (180, 180, 1)
        assert np.abs(library - by_hand).max() * 255 < 1


def test_augmentation_really_crops_and_brightens(prepared: dict) -> None:
    rows, columns = np.mgrid[:180, :180]
    image = (1000 * rows + columns)[..., None].astype("float32")
    for augment in (prepared["augment"], prepared["augment_by_hand"]):
        results = np.array([augment(image) for _ in range(60)], "float64")
        first = results[:, :1, :1]
        assert np.abs(results - first - image[:160, :160]).max() < 0.25
        tops = np.round(first) // 1000
        assert tops.min() >= 0 and tops.max() <= 20 and len({*tops.flat}) > 5
        shifts = first - np.round(first)
        assert np.abs(shifts).max() < 0.21 and np.std(shifts) > 0.03


def test_the_benchmark_measured_this_code() -> None:
    recorded = quote.benchmarks(ROOT)["input_pipeline"]
    assert recorded["code"] == benchmark.digests(ROOT)
    assert recorded["cores"] == 2
    found = benchmark.ratio([2.0, 4.0, 6.0], [1.0, 1.0, 1.0])
    assert found == {"low": 3.0, "middle": 4.0, "high": 5.0}
    assert benchmark.ceiling([2.0, 3.0], [3.0, 3.0]) == pytest.approx(
        11 / 6, abs=1e-3
    )


def test_a_decoded_image_is_large(lesson, mnist) -> None:
    """The bytes of a float are four, those of a pixel of a file one."""
    files, decoded = lesson.found("cache_memory", r"([\d,]+) bytes")
    assert decoded == 1000 * 180 * 180 * np.float32().itemsize
    assert round(decoded / files) == 468
    colors = np.zeros((180, 180, 3), "float32")
    assert 1000 * colors.nbytes == 3 * decoded
    (small,) = lesson.found("answer_small_cache", r"([\d,]+) bytes")
    assert small == mnist["x_train"][:1000].nbytes == 1000 * 28 * 28
    assert round(decoded / small) == 165
    assert np.float32().itemsize == 4
