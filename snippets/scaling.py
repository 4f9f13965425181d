# --8<-- [start:setup]
import faulthandler
import inspect
import json
import os
import pathlib
import queue
import socket
import subprocess
import sys
import tempfile
import threading
import time

import keras
import numpy as np
import tensorflow as tf
from keras import layers
# --8<-- [end:setup]

# --8<-- [start:devices]
tf.get_logger().setLevel("ERROR")  # no notes on which device does what
tf.config.set_visible_devices([], "GPU")  # the processor is enough
cpu = tf.config.list_physical_devices("CPU")[0]
logical = tf.config.LogicalDeviceConfiguration()
tf.config.set_logical_device_configuration(cpu, [logical, logical])
print("devices:", len(tf.config.list_logical_devices("CPU")))
# --8<-- [end:devices]

# --8<-- [start:slow_images]
def slowly(dataset, milliseconds):
    waiting = tf.raw_ops.SleepDataset(
        input_dataset=tf.data.experimental.to_variant(dataset),
        sleep_microseconds=1000 * milliseconds,
        output_types=[tf.int64],
        output_shapes=[[]],
    )
    return tf.data.experimental.from_variant(waiting, dataset.element_spec)


images = slowly(tf.data.Dataset.range(200), milliseconds=10).batch(4)
# --8<-- [end:slow_images]

# --8<-- [start:epoch_time]
def seconds(pipeline, training):
    for number, batch in enumerate(pipeline.take(15).prefetch(2)):
        if number == 0:
            begin = time.perf_counter()  # starting up does not count
        time.sleep(training / 1000)  # the network is busy
    return time.perf_counter() - begin
# --8<-- [end:epoch_time]

# --8<-- [start:bound]
for training in [10, 60]:  # milliseconds a batch
    total = min(seconds(images, training) for attempt in range(3))
    waited = total - 15 * training / 1000
    print(f"training {training} ms: {waited / total:.0%} of the time waited")
# --8<-- [end:bound]

# --8<-- [start:worker_program]
def work(dispatcher, port):
    threading.Thread(target=end_with_parent, daemon=True).start()
    answers(dispatcher)
    socket.create_server(("localhost", int(port))).close()
    config = tf.data.experimental.service.WorkerConfig(
        dispatcher_address=dispatcher,
        worker_address=f"localhost:{port}",
        port=int(port),
    )
    server = tf.data.experimental.service.WorkerServer(config)
    print("ready", flush=True)
    server.join()
# --8<-- [end:worker_program]

# --8<-- [start:end_with_parent]
def end_with_parent():
    sys.stdin.read()  # until whoever started this closes the pipe, or dies
    os._exit(0)
# --8<-- [end:end_with_parent]

# --8<-- [start:answers]
def answers(address):
    host, port = address.split(":")
    socket.create_connection((host, port), timeout=5).close()
# --8<-- [end:answers]

# --8<-- [start:write_program]
def write_program(file, *functions):
    modules = ["faulthandler", "os", "socket", "sys", "threading", "time"]
    lines = [f"import {module}" for module in modules]
    lines += ["import keras", "import numpy as np", "import tensorflow as tf"]
    lines += ["from keras import layers", ""]
    lines.append('tf.config.set_visible_devices([], "GPU")\n')
    lines += map(inspect.getsource, functions)
    lines.append(f"{functions[-1].__name__}(*sys.argv[1:])\n")
    pathlib.Path(file).write_text("\n".join(lines), encoding="utf-8")


write_program("data_worker.py", end_with_parent, answers, work)
# --8<-- [end:write_program]

# --8<-- [start:start]
def free_port():
    with socket.socket() as probe:
        probe.bind(("localhost", 0))  # 0 stands for any free port
        return probe.getsockname()[1]


def start(*command, **variables):
    return subprocess.Popen(
        [sys.executable, *map(str, command)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", **variables},
    )
# --8<-- [end:start]

# --8<-- [start:ready]
def ready(worker, seconds=120):
    clock = threading.Timer(seconds, worker.kill)
    clock.start()
    said = worker.stdout.readline()  # nothing if it has ended
    clock.cancel()
    if said != "ready\n":
        _, errors = worker.communicate()
        why = errors or f"it said nothing for {seconds} seconds"
        raise RuntimeError(f"the worker did not start: {why}")
# --8<-- [end:ready]

# --8<-- [start:service]
service = tf.data.experimental.service
dispatcher = service.DispatchServer(service.DispatcherConfig(port=0))
address = dispatcher.target.removeprefix("grpc://")
answers(address)
ports = [free_port(), free_port()]
workers = [start("data_worker.py", address, port) for port in ports]
for worker in workers:
    ready(worker)
print("workers ready:", len(workers))
# --8<-- [end:service]

# --8<-- [start:distribute]
def by_workers(dataset, policy=service.ShardingPolicy.DYNAMIC):
    answers(address)
    return dataset.apply(service.distribute(policy, dispatcher.target))


by_two = by_workers(images)
print("first batch:", next(iter(by_two)).shape)
# --8<-- [end:distribute]

# --8<-- [start:gain]
for training in [10, 60]:
    ratios = []
    for number in range(5):
        alone = seconds(images, training)
        ratios.append(alone / seconds(by_two, training))
    low, middle, high = np.quantile(ratios, [0.25, 0.5, 0.75])
    print(
        f"training {training} ms: {middle:.2f} times as fast "
        f"({low:.2f} to {high:.2f})"
    )
# --8<-- [end:gain]

# --8<-- [start:sharding]
numbers = tf.data.Dataset.range(40).batch(4)
totals = {}
for policy in [service.ShardingPolicy.OFF, service.ShardingPolicy.DYNAMIC]:
    batches = by_workers(numbers, policy).as_numpy_iterator()
    times = np.bincount(np.concatenate(list(batches)), minlength=40)
    totals[policy.name] = times.sum()
    print(f"{policy.name}: {times.sum()} in all, each {set(times.tolist())}")
# --8<-- [end:sharding]

# --8<-- [start:within]
def within(seconds, batches):
    arrived = queue.Queue(maxsize=1)

    def fetch():
        for batch in batches:
            arrived.put(batch)
        arrived.put(None)

    threading.Thread(target=fetch, daemon=True).start()
    try:
        while (batch := arrived.get(timeout=seconds)) is not None:
            yield batch
    except queue.Empty:
        raise TimeoutError(f"no batch for {seconds} seconds") from None
# --8<-- [end:within]

# --8<-- [start:lost]
received = []
for batch in within(60, by_two):
    received.extend(batch.numpy().tolist())
    if len(received) == 100:
        time.sleep(1)  # the network is busy; the workers go on
        workers[0].kill()
        workers[0] = start("data_worker.py", address, ports[0])
print("twice:", len(received) - len(set(received)))
print("lost:", 200 - len(received))
# --8<-- [end:lost]

# --8<-- [start:stop_service]
for worker in workers:
    worker.communicate(timeout=30)  # closes the pipe, and waits for the end
print("return codes:", [worker.returncode for worker in workers])
# --8<-- [end:stop_service]

# --8<-- [start:digits]
def load_batches():
    with np.load("digits.npz") as stored:
        pair = stored["digits"], stored["labels"]
    return tf.data.Dataset.from_tensor_slices(pair).batch(64)


(pixels, labels), _ = keras.datasets.mnist.load_data()
digits = pixels[:1280, ..., np.newaxis].astype("float32") / 255
np.savez("digits.npz", digits=digits, labels=labels[:1280])
batches = load_batches()
print("steps in an epoch:", len(batches))
# --8<-- [end:digits]

# --8<-- [start:convnet]
def convnet():
    keras.utils.set_random_seed(1)  # the same first weights each time
    inputs = keras.Input(shape=(28, 28, 1))
    x = layers.Conv2D(filters=32, kernel_size=3, activation="relu")(inputs)
    x = layers.MaxPooling2D(pool_size=2)(x)
    x = layers.Conv2D(filters=64, kernel_size=3, activation="relu")(x)
    x = layers.MaxPooling2D(pool_size=2)(x)
    x = layers.Conv2D(filters=128, kernel_size=3, activation="relu")(x)
    x = layers.Flatten()(x)
    outputs = layers.Dense(units=10, activation="softmax")(x)
    return keras.Model(inputs, outputs)


def compiled_convnet():
    model = convnet()
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate=0.1),
        loss="sparse_categorical_crossentropy",
    )
    return model
# --8<-- [end:convnet]

# --8<-- [start:mirrored]
mirrored = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
shared = mirrored.experimental_distribute_dataset(batches)
first_digits, _ = next(iter(shared))
for part in mirrored.experimental_local_results(first_digits):
    print("a replica gets", part.shape)
# --8<-- [end:mirrored]

# --8<-- [start:fit]
def fit(strategy):
    with strategy.scope():
        model = compiled_convnet()
    model.fit(batches, verbose=0)
    return model
# --8<-- [end:fit]

# --8<-- [start:same_weights]
def largest_difference(some_weights, other_weights):
    pairs = zip(some_weights, other_weights, strict=True)
    return max(np.abs(one - other).max() for one, other in pairs)


no_strategy = tf.distribute.get_strategy()  # the default: one replica
single, double = fit(no_strategy), fit(mirrored)
changed = largest_difference(single.get_weights(), double.get_weights())
print("same weights up to rounding:", bool(changed < 1e-3))
# --8<-- [end:same_weights]

# --8<-- [start:two_on_one]
ratios = []
for number in range(3):
    times = []
    for model in [single, double]:
        begin = time.perf_counter()
        model.fit(batches, verbose=0)
        times.append(time.perf_counter() - begin)
    ratios.append(times[0] / times[1])
low, middle, high = np.sort(ratios)
print(f"{middle:.2f} times as fast ({low:.2f} to {high:.2f})")
# --8<-- [end:two_on_one]

# --8<-- [start:on_jax]
def on_jax(file):
    threading.Thread(target=end_with_parent, daemon=True).start()
    parallel = keras.distribution.DataParallel()  # on all devices
    keras.distribution.set_distribution(parallel)
    model = compiled_convnet()
    model.fit(load_batches(), verbose=0)
    first_digits, _ = next(load_batches().as_numpy_iterator())
    layout = parallel.get_data_layout(first_digits.shape)
    shared = keras.distribution.distribute_tensor(first_digits, layout)
    for part in shared.addressable_shards:
        print("a device gets", part.data.shape)
    np.savez(file, *model.get_weights())
# --8<-- [end:on_jax]

# --8<-- [start:run_on_jax]
write_program(
    "on_jax.py",
    convnet,
    compiled_convnet,
    load_batches,
    end_with_parent,
    on_jax,
)


def run_on_jax(file, devices, timeout=300):
    process = start(
        *("on_jax.py", file),
        KERAS_BACKEND="jax",
        JAX_PLATFORMS="cpu",
        XLA_FLAGS=f"--xla_force_host_platform_device_count={devices}",
    )
    try:
        process.wait(timeout)
    finally:  # even if it never ends
        process.kill()
    printed, errors = process.communicate()
    if process.returncode:
        raise RuntimeError(errors)
    return printed
# --8<-- [end:run_on_jax]

# --8<-- [start:jax]
run_on_jax("one.npz", devices=1)
print(run_on_jax("two.npz", devices=2), end="")
with np.load("one.npz") as one, np.load("two.npz") as two:
    changed = largest_difference(one.values(), two.values())
print("same weights up to rounding:", bool(changed < 1e-3))
# --8<-- [end:jax]

# --8<-- [start:step]
def make_step(strategy, model, optimizer):
    def replica_step(images, labels):
        loss = keras.losses.sparse_categorical_crossentropy
        with tf.GradientTape() as tape:
            share = tf.reduce_sum(loss(labels, model(images))) / 64
        gradients = tape.gradient(share, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)

    return tf.function(lambda *batch: strategy.run(replica_step, args=batch))
# --8<-- [end:step]

# --8<-- [start:state]
def make_state(strategy):
    with strategy.scope():
        model = convnet()
        optimizer = keras.optimizers.SGD(learning_rate=0.02, momentum=0.9)
        optimizer.build(model.trainable_variables)
    return tf.train.Checkpoint(
        model=model,
        optimizer=optimizer,
        next_step=tf.Variable(0, dtype=tf.int64),
    )
# --8<-- [end:state]

# --8<-- [start:train]
def train(strategy, batches, state):
    step = make_step(strategy, state.model, state.optimizer)
    begin = int(state.next_step)
    rest = strategy.experimental_distribute_dataset(batches.skip(begin))
    for number, batch in enumerate(rest, start=begin):
        step(*batch)
        state.next_step.assign(number + 1)
        yield number
# --8<-- [end:train]

# --8<-- [start:join]
def join_others():
    threading.Thread(target=end_with_parent, daemon=True).start()
    faulthandler.dump_traceback_later(60, exit=True)  # unless cancelled
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    faulthandler.cancel_dump_traceback_later()
    return strategy
# --8<-- [end:join]

# --8<-- [start:part]
def take_part(folder, dies_after):
    strategy = join_others()
    rank = strategy.cluster_resolver.task_id  # 0 or 1
    state = make_state(strategy)
    manager = tf.train.CheckpointManager(state, folder, max_to_keep=2)
    state.restore(manager.latest_checkpoint)
    for number in train(strategy, load_batches(), state):
        print("step", number, flush=True)
        if rank == 0 and (number + 1) % 5 == 0:
            manager.save()
        if str(number) == dies_after:
            time.sleep(1)  # the other one is waiting in the next step
            os._exit(1)  # as if its plug had been pulled
    np.savez(f"weights_{rank}.npz", *state.model.get_weights())
# --8<-- [end:part]

# --8<-- [start:write_part]
write_program(
    "part.py",
    convnet,
    load_batches,
    make_step,
    make_state,
    train,
    end_with_parent,
    join_others,
    take_part,
)
# --8<-- [end:write_part]

# --8<-- [start:start_parts]
def start_parts(folder, deaths):
    hosts = [f"localhost:{free_port()}" for death in deaths]
    parts = []
    for rank, death in enumerate(deaths):
        task = {"type": "worker", "index": rank}
        config = json.dumps({"cluster": {"worker": hosts}, "task": task})
        parts.append(start("part.py", folder, death, TF_CONFIG=config))
    return parts
# --8<-- [end:start_parts]

# --8<-- [start:run_parts]
def run_parts(folder, deaths=("never", "never"), timeout=120):
    parts = start_parts(folder, deaths)
    try:
        for part in parts:
            part.wait(timeout)
    finally:  # even if one of them never ends
        for part in parts:
            part.kill()
    ends = [part.communicate() for part in parts]
    if not all(printed for printed, _ in ends):
        raise RuntimeError("\n".join(errors for _, errors in ends))
    for rank, (printed, _) in enumerate(ends):
        first, *_, last = printed.splitlines()
        end = "done" if parts[rank].returncode == 0 else "failed"
        print(f"process {rank}: {first} to {last}, {end}")
# --8<-- [end:run_parts]

# --8<-- [start:two_processes]
run_parts(tempfile.mkdtemp())
# --8<-- [end:two_processes]

# --8<-- [start:equal]
def weights_of(rank):
    with np.load(f"weights_{rank}.npz") as stored:
        return list(stored.values())


alone = make_state(no_strategy)
for number in train(no_strategy, batches, alone):
    pass
whole = weights_of(0)
changed = largest_difference(whole, weights_of(1))
print("both processes equal:", bool(changed == 0))
changed = largest_difference(whole, alone.model.get_weights())
print("equal to one process up to rounding:", bool(changed < 1e-3))
# --8<-- [end:equal]

# --8<-- [start:killed]
folder = tempfile.mkdtemp()
run_parts(folder, deaths=("never", "12"))
print("saved:", pathlib.Path(tf.train.latest_checkpoint(folder)).name)
# --8<-- [end:killed]

# --8<-- [start:resumed]
run_parts(folder)
changed = largest_difference(whole, weights_of(0))
print("as without the accident, up to rounding:", bool(changed < 1e-3))
# --8<-- [end:resumed]

# --8<-- [start:answer_workers]
for workers_needed in [1, 2, 3, 6, 12]:
    pace = max(120 / workers_needed, 40)  # milliseconds a batch
    print(f"workers: {workers_needed}, {120 / pace:.1f} times as fast")
# --8<-- [end:answer_workers]

# --8<-- [start:answer_mean]
weight = np.array([1.0, -2.0])
inputs = np.random.default_rng(1).normal(size=(64, 2))
targets = np.random.default_rng(2).normal(size=64)


def gradient(rows, divisor):
    errors = inputs[rows] @ weight - targets[rows]
    return 2 * errors @ inputs[rows] / divisor


halves = [slice(0, 32), slice(32, 64)]
by_64 = sum(gradient(half, 64) for half in halves)
by_32 = sum(gradient(half, 32) for half in halves)
print("divided by 64, as in one process:", by_64.round(3))
print("divided by 32, too large by:", (by_32 / by_64).round(3))
# --8<-- [end:answer_mean]

# --8<-- [start:answer_repeated]
repeated = [(dies + 1) % 5 for dies in range(20)]
print("steps done again, for each place of death:", repeated[:10])
print("on average:", np.mean(repeated))
# --8<-- [end:answer_repeated]
