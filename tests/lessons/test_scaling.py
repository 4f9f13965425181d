"""What the lesson `scaling` claims, checked by other means.

Processes are real ones, started by the lesson's own functions. Training is
compared with Keras's own, in one process. Of times, only what was recorded is
looked at, and a simulation says what was to be expected.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from .formulas import holds

tf = pytest.importorskip("tensorflow")
import keras  # noqa: E402

QUEUE = 2  # batches that may lie ready


# --- When another machine helps ---


def pace(a: float, b: float, n: int = 1) -> float:
    """From one batch to the next, by simulation, long after the start.

    Each of `n` workers makes a batch in `a` and begins the next one as soon as
    there is room; the network takes `b` for each.
    """
    free, taken, done = [0.0] * n, [], [0.0]
    for number in range(400):
        worker = number % n
        room = taken[number - QUEUE - n] if number >= QUEUE + n else 0.0
        free[worker] = max(free[worker], room) + a
        taken.append(max(free[worker], done[-1]))
        done.append(taken[-1] + b)
    return (done[-1] - done[200]) / 200


def test_the_slower_side_sets_the_pace(lesson) -> None:
    assert 8 * 5 == 40
    assert pace(40, 10) == pytest.approx(40)
    assert pace(40, 60) == pytest.approx(60)
    holds("max(a/n, b)", lambda a, b, n: pace(a, b, n))
    lines = lesson.printed("answer_workers").splitlines()
    gains = {}
    for line in lines:
        workers, gain = re.findall(r"[\d.]+", line)
        gains[int(workers)] = float(gain)
        expected = pace(120, 40) / pace(120, 40, int(workers))
        assert float(gain) == pytest.approx(expected, abs=0.05)
    best = max(gains.values())
    assert best == 3 == min(n for n, gain in gains.items() if gain == best)
    assert 120 / 3 == 40


def shares(printed: str) -> list[float]:
    return [float(share) for share in re.findall(r"(\d+)%", printed)]


def test_waiting_as_recorded(lesson) -> None:
    """With 40 ms of input, 10 ms of training wait 75 %, 60 ms do not."""
    quick, slow = shares(lesson.printed("bound"))
    assert 60 < quick < 90 and slow < 15
    assert [line.split()[1] for line in printed_lines(lesson, "bound")] == [
        "10",
        "60",
    ]


def printed_lines(lesson, section: str) -> list[str]:
    return lesson.printed(section).splitlines()


def middles(printed: str) -> list[float]:
    return [float(x) for x in re.findall(r"([\d.]+) times as fast", printed)]


def test_the_gain_as_recorded(lesson) -> None:
    waited, not_waited = middles(lesson.printed("gain"))
    assert pace(40, 10) / pace(40, 10, 2) == pytest.approx(2)
    assert 1.4 < waited < 2.2
    assert pace(40, 60) / pace(40, 60, 2) == pytest.approx(1)
    assert 0.85 < not_waited < 1.15


# --- tf.data service, with workers in processes of their own ---

PARENT = """
import os, subprocess, sys
{functions}
children = [start("data_worker.py", *sys.argv[1:3])]
ready(children[0])
children.append(start("part.py", "nowhere", "never", TF_CONFIG=sys.argv[3]))
print(*[child.pid for child in children], flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@pytest.fixture(scope="module")
def served(lesson, tmp_path_factory) -> Iterator[dict]:
    """The lesson's names once two workers are ready, in a folder of its own.

    A third worker, `lonely`, has been told of a dispatcher that is not there;
    a process `parent` has started a worker and one of two training processes.
    """
    with inside(tmp_path_factory.mktemp("service")):
        names = lesson("setup", "worker_program", "write_program", "start")
        names = lesson.definitions("digits", "convnet", "step", **names)
        names = lesson("state", "train", "part", "write_part", **names)
        names = lesson("ready", "service", "slow_images", **names)
        names = lesson.definitions("distribute", "start_parts", **names)
        port = names["free_port"]
        nobody = f"localhost:{port()}"
        names["lonely"] = names["start"]("data_worker.py", nobody, port())
        needed = map(inspect.getsource, [names["start"], names["ready"]])
        code = PARENT.format(functions="\n".join(needed))
        hosts = [f"localhost:{port()}" for _ in range(2)]
        task = {"type": "worker", "index": 0}  # the other one never comes
        config = json.dumps({"cluster": {"worker": hosts}, "task": task})
        address = names["address"]
        names["parent"] = names["start"]("-c", code, address, port(), config)
        yield names
        for process in [*names["workers"], names["lonely"], names["parent"]]:
            process.kill()
            process.communicate()


def test_each_number_comes_as_often_as_recorded(lesson, served) -> None:
    """Counted by a dictionary, over a data set of another size."""
    policies = served["service"].ShardingPolicy
    numbers = tf.data.Dataset.range(12).batch(3)
    for policy, times in [(policies.OFF, 2), (policies.DYNAMIC, 1)]:
        counts = dict.fromkeys(range(12), 0)
        for batch in served["by_workers"](numbers, policy):
            for number in batch.numpy():
                counts[int(number)] += 1
        assert set(counts.values()) == {times}
    assert printed_lines(lesson, "sharding") == [
        "OFF: 80 in all, each {2}",
        "DYNAMIC: 40 in all, each {1}",
    ]


def test_python_functions_do_not_travel(served) -> None:
    numbers = tf.data.Dataset.range(4)
    by_python = numbers.map(
        lambda number: tf.py_function(lambda x: x + 1, [number], tf.int64)
    )
    assert [int(x) for x in by_python] == [1, 2, 3, 4]

    def produce():
        yield 1

    generated = tf.data.Dataset.from_generator(
        produce, output_signature=tf.TensorSpec((), tf.int64)
    )
    assert [int(x) for x in generated] == [1]
    for pipeline in (by_python, generated):
        with pytest.raises(
            tf.errors.InvalidArgumentError, match="Could not find callback"
        ):
            list(served["by_workers"](pipeline))


def test_no_process_outlives_its_parent(served) -> None:
    """Its children end although it is killed and cannot tell them to."""
    parent = served["parent"]
    children = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(children) == 2 and all(map(runs, children))
    parent.kill()
    parent.wait(10)
    until = time.monotonic() + 60
    while any(map(runs, children)) and time.monotonic() < until:
        time.sleep(0.1)
    left = [pid for pid in children if runs(pid)]
    for pid in left:
        os.kill(pid, signal.SIGTERM)
    assert not left


def runs(pid: int) -> bool:
    """Whether there is such a process; one that has ended does not count."""
    if sys.platform == "linux":
        try:
            stat = Path(f"/proc/{pid}/stat").read_text("utf-8")
        except OSError:
            return False
        return stat.rpartition(")")[2].split()[0] != "Z"
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def test_a_worker_without_a_dispatcher_waits_in_silence(served) -> None:
    lonely = served["lonely"]
    os.set_blocking(lonely.stdout.fileno(), False)
    time.sleep(2)
    assert lonely.poll() is None
    assert not lonely.stdout.read()


def test_a_worker_that_does_not_start_says_why(served) -> None:
    worker = served["start"]("-c", "raise OSError('no room left')")
    with pytest.raises(RuntimeError, match="OSError: no room left"):
        served["ready"](worker)
    assert worker.returncode == 1


def test_nobody_answers(served) -> None:
    begin = time.monotonic()
    with pytest.raises(OSError):
        served["answers"](f"localhost:{served['free_port']()}")
    assert time.monotonic() - begin < 30
    served["answers"](served["address"])


@pytest.mark.skipif(sys.platform != "linux", reason="sockets differ")
def test_two_dispatchers_can_share_a_port(served) -> None:
    service = served["service"]
    first = service.DispatchServer(service.DispatcherConfig(port=0))
    port = int(first.target.rpartition(":")[2])
    second = service.DispatchServer(service.DispatcherConfig(port=port))
    assert first.target == second.target


def test_a_killed_worker_loses_and_never_repeats(lesson) -> None:
    """It holds at most some batches of 8: one unfinished, a few ready."""
    twice, lost = printed_lines(lesson, "lost")
    assert twice == "twice: 0"
    assert 0 < int(lost.split()[1]) <= 5 * 8
    assert lesson.printed("stop_service") == "return codes: [0, 0]\n"


# --- Training ---


@pytest.fixture(scope="module")
def trained(lesson, mnist, tmp_path_factory) -> dict:
    """The lesson's functions for training, and its batches."""
    names = lesson("setup")
    names = lesson.definitions("digits", "convnet", "step", **names)
    names = lesson("state", "train", **names)
    digits = mnist["x_train"][:1280, ..., None].astype("float32") / 255
    labels = mnist["y_train"][:1280]
    with inside(tmp_path_factory.mktemp("training")):
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


def apart(some: list, others: list) -> float:
    pairs = zip(some, others, strict=True)
    return max(np.abs(one - other).max() for one, other in pairs)


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
    assert printed_lines(lesson, "equal") == [
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
    assert "too large by: [2. 2.]" in lesson.printed("answer_mean")


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
    assert lesson.printed("resumed").endswith("rounding: True\n")


def test_two_replicas_on_one_processor_as_recorded(lesson) -> None:
    (middle,) = middles(lesson.printed("two_on_one"))
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


def fit_there(folder: str, death: str) -> None:
    """What each of two processes runs that uses Keras's own `fit`."""
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    with strategy.scope():
        model = convnet()  # noqa: F821
        model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(load_batches(), verbose=0)  # noqa: F821


def test_keras_fit_fails_in_two_processes(served) -> None:
    functions = [served["convnet"], served["load_batches"], fit_there]
    served["write_program"]("part.py", *functions)
    batches = tf.data.Dataset.from_tensors((np.zeros((4, 28, 28, 1)), [1] * 4))
    for digits, labels in batches:
        np.savez("digits.npz", digits=digits, labels=labels)
    parts = served["start_parts"]("nowhere", ("never", "never"))
    try:
        for part in parts:
            _, errors = part.communicate(timeout=120)
            assert part.returncode != 0
            assert "Attempt to convert a value (PerReplica" in errors
    finally:
        for part in parts:
            part.kill()
