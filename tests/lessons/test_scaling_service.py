"""What the lesson `scaling` claims of processes: they are real ones here.

The lesson's own functions start them, in a folder of the test. What waits for
ever is watched from another thread.
"""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import psutil  # ipykernel needs it, too
import pytest
import tensorflow as tf

from .conftest import Lesson

lesson = pytest.fixture(scope="module")(lambda: Lesson("scaling"))

PARENT = """
import os, subprocess, sys, threading
{functions}
children = [start("data_worker.py", *sys.argv[1:3])]
ready(children[0])
children.append(start("part.py", "nowhere", "never", TF_CONFIG=sys.argv[3]))
print(*[child.pid for child in children], flush=True)
sys.stdin.read()
"""
# It cannot end with its parent: nothing else runs in it while it waits.
LONELY = """
import faulthandler, sys
import tensorflow as tf
faulthandler.dump_traceback_later(300, exit=True)
service = tf.data.experimental.service
print("begins", flush=True)
service.WorkerServer(service.WorkerConfig(sys.argv[1], port=0))
print("goes on", flush=True)
"""


@pytest.fixture(scope="module")
def served(lesson, tmp_path_factory) -> Iterator[dict]:
    """The lesson's names once two workers are ready, in a folder of its own.

    What has to be waited for goes on beside the other tests, and is looked at
    in the last ones: a worker alone, and a process that starts two others.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("service"))
        names = lesson("setup", "worker_program", "end_with_parent", "answers")
        names = lesson("write_program", "start", **names)
        names = lesson.definitions("digits", "convnet", "step", **names)
        names = lesson("state", "train", "join", "part", "write_part", **names)
        names = lesson("ready", "service", "slow_images", "within", **names)
        names = lesson.definitions("distribute", "start_parts", **names)
        port = names["free_port"]
        needed = map(inspect.getsource, [names["start"], names["ready"]])
        code = PARENT.format(functions="\n".join(needed))
        hosts = [f"localhost:{port()}" for _ in range(2)]
        task = {"type": "worker", "index": 0}  # the other one never comes
        config = json.dumps({"cluster": {"worker": hosts}, "task": task})
        program = Path("part.py").read_text("utf-8")
        assert program.count("later(60,") == 1
        Path("part.py").write_text(program.replace("later(60,", "later(15,"))
        service = names["service"]  # its worker is not one of the others
        names["own"] = service.DispatchServer(service.DispatcherConfig(port=0))
        address = names["own"].target.removeprefix("grpc://")
        parent = names["start"]("-c", code, address, port(), config)
        lonely = names["start"]("-c", LONELY, f"localhost:{port()}")
        names |= {"lonely": lonely, "orphans": {}}
        killing = threading.Thread(
            target=orphan, args=(parent, names["orphans"]), daemon=True
        )
        killing.start()
        yield names
        killing.join(60)
        for process in [*names["workers"], parent, lonely]:
            process.kill()
            process.communicate()


def orphan(parent: subprocess.Popen, found: dict[str, list[int]]) -> None:
    """Kill a process; note its children, and which ran until then."""
    children = [int(pid) for pid in parent.stdout.readline().split()]
    time.sleep(8)  # the second is waiting for the other process by then
    found["ran"] = [pid for pid in children if runs(pid)]
    parent.kill()
    parent.wait(10)
    found["children"] = children


def wait_until(holds: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)


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
    assert lesson.printed("sharding").splitlines() == [
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


def runs(pid: int) -> bool:
    """Whether there is such a process; one that has ended does not count."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def nobody(served) -> str:
    """An address at which nobody listens."""
    return f"localhost:{served['free_port']()}"


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("no dispatcher", "ConnectionRefusedError"),
        ("port taken", "Error: .* (in use|usage|forbidden)"),
        ("ends at once", "OSError: no room left"),
        ("says nothing", "nothing for 2 seconds"),
    ],
)
def test_a_worker_that_cannot_start_says_why(
    served, nobody: str, case: str, said: str
) -> None:
    dispatcher, free = served["address"], served["free_port"]()
    command, seconds = {
        "no dispatcher": (("data_worker.py", nobody, free), 120),
        "port taken": (("data_worker.py", dispatcher, served["ports"][1]), 120),
        "ends at once": (("-c", "raise OSError('no room left')"), 120),
        "says nothing": (("-c", "import time; time.sleep(60)"), 2),
    }[case]
    worker = served["start"](*command)
    with pytest.raises(RuntimeError, match=said):
        served["ready"](worker, seconds)
    assert worker.returncode != 0  # of what has been stopped, too


def test_a_pass_that_gets_nothing_stops_with_an_error(served) -> None:
    """Here, a dispatcher has no worker; below, one has died."""
    service, within = served["service"], served["within"]
    numbers = tf.data.Dataset.range(6).batch(2)
    assert len(list(within(60, served["by_workers"](numbers)))) >= 3
    idle = service.DispatchServer(service.DispatcherConfig(port=0))
    policy = service.ShardingPolicy.DYNAMIC
    waiting = numbers.apply(service.distribute(policy, idle.target))
    with pytest.raises(TimeoutError, match="no batch for 2 seconds"):
        list(within(2, waiting))


def test_nobody_answers(lesson, served, nobody: str) -> None:
    begin = time.monotonic()
    with pytest.raises(OSError):
        served["answers"](nobody)
    names = lesson.definitions("distribute", **{**served, "address": nobody})
    with pytest.raises(OSError):
        names["by_workers"](served["images"])
    assert time.monotonic() - begin < 30
    served["answers"](served["address"])


@pytest.mark.skipif(sys.platform != "linux", reason="sockets differ")
def test_two_dispatchers_can_share_a_port(served) -> None:
    service = served["service"]
    first = service.DispatchServer(service.DispatcherConfig(port=0))
    port = int(first.target.rpartition(":")[2])
    second = service.DispatchServer(service.DispatcherConfig(port=port))
    assert first.target == second.target


def passing(pipeline) -> tuple[threading.Thread, list[int]]:
    """A thread that goes through a pipeline, and what it has received."""
    received: list[int] = []

    def work() -> None:
        for batch in pipeline:
            received.extend(batch.numpy().ravel().tolist())
            time.sleep(2 if len(received) == 100 else 0)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread, received


def settled(received: list[int], seconds: float = 3) -> int:
    """How many there are once nothing has come for so long."""
    while True:
        before = len(received)
        time.sleep(seconds)
        if before and len(received) == before:
            return before


def test_a_client_waits_for_a_worker_in_silence(served) -> None:
    service = served["service"]
    dispatcher = service.DispatchServer(service.DispatcherConfig(port=0))
    numbers = tf.data.Dataset.range(6).batch(2)
    policy = service.ShardingPolicy.DYNAMIC
    distribute = service.distribute(policy, dispatcher.target)
    thread, received = passing(numbers.apply(distribute))
    thread.join(3)
    assert thread.is_alive() and not received
    address = dispatcher.target.removeprefix("grpc://")
    worker = service.WorkerServer(service.WorkerConfig(address, port=0))
    thread.join(60)
    assert not thread.is_alive() and sorted(received) == [*range(6)]
    del worker


def test_a_killed_worker_loses_and_never_repeats(lesson, served) -> None:
    """The pass ends only when another worker is at its address.

    A worker holds at most some batches of 4: one unfinished, others ready.
    """
    workers = served["workers"]
    thread, received = passing(served["by_workers"](served["images"]))
    while len(received) < 100:
        time.sleep(0.01)
    time.sleep(1)  # meanwhile, the workers make more
    workers[0].kill()
    assert 200 - 10 * 4 <= settled(received) < 200 and thread.is_alive()
    with pytest.raises(TimeoutError):
        list(served["within"](3, served["by_workers"](served["images"])))
    worker = "data_worker.py", served["address"], served["ports"][0]
    workers.append(served["start"](*worker))
    thread.join(120)
    assert not thread.is_alive()
    assert len({*received}) == len(received) < 200
    twice, lost = lesson.printed("lost").splitlines()
    assert twice == "twice: 0"
    assert 0 < int(lost.split()[1]) <= 10 * 4
    assert lesson.printed("stop_service") == "return codes: [0, 0]\n"


def test_no_process_is_left_when_time_is_up(lesson, served) -> None:
    started = []

    def noted(*arguments):
        started.extend(served["start_parts"](*arguments))
        return started

    names = lesson("run_parts", **{**served, "start_parts": noted})
    with pytest.raises(subprocess.TimeoutExpired):
        names["run_parts"]("nowhere", timeout=0.2)
    for part in started:
        part.communicate(timeout=30)
        assert part.returncode != 0
    assert len(started) == 2


def test_processes_that_do_not_begin_say_why(
    lesson, served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As where one of them cannot find a package; both are heard."""
    names = lesson("run_parts", **served)
    monkeypatch.chdir(tmp_path)
    Path("part.py").write_text("import no_such_package")
    with pytest.raises(RuntimeError) as raised:
        names["run_parts"]("nowhere")
    assert str(raised.value).count("No module named 'no_such_package'") == 2


@pytest.mark.skipif(bool(find_spec("jax")), reason="JAX is installed")
def test_without_jax_its_program_says_so(lesson, served) -> None:
    started = []

    def noted(*arguments, **variables):
        started.append(served["start"](*arguments, **variables))
        return started[-1]

    names = lesson("on_jax", **{**served, "start": noted})
    names = lesson("run_on_jax", **names)
    with pytest.raises(RuntimeError, match="No module named 'jax'"):
        names["run_on_jax"]("one.npz", devices=1)
    Path("on_jax.py").write_text("import time\ntime.sleep(100)")
    with pytest.raises(subprocess.TimeoutExpired):
        names["run_on_jax"]("one.npz", devices=1, timeout=1)
    assert all(process.wait(30) != 0 for process in started)


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


def test_a_worker_without_a_dispatcher_waits_in_silence(served) -> None:
    lonely = served["lonely"]
    assert lonely.stdout.readline() == "begins\n"
    time.sleep(5)
    assert lonely.poll() is None
    lonely.kill()
    assert lonely.stdout.read() == ""  # nothing came after it had begun


def test_no_process_outlives_its_parent(served) -> None:
    """Its children end although it is killed and cannot tell them to."""
    orphans = served["orphans"]
    wait_until(lambda: "children" in orphans)
    children = orphans["children"]
    assert len(children) == 2 and orphans["ran"] == children
    wait_until(lambda: not any(map(runs, children)))
    left = [pid for pid in children if runs(pid)]
    for pid in left:
        psutil.Process(pid).kill()
    assert not left
