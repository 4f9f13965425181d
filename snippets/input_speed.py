# --8<-- [start:setup]
import io
import random
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from PIL import Image

keras.utils.set_random_seed(1)
auto = tf.data.AUTOTUNE
# --8<-- [end:setup]

# --8<-- [start:encode]
(train_pixels, train_labels), _ = keras.datasets.mnist.load_data()
pngs = [
    tf.io.encode_png(pixels[..., np.newaxis]).numpy()
    for pixels in train_pixels[:1000]
]
print(len(pngs), "PNG files in memory,", len(pngs[0]), "bytes the first")
# --8<-- [end:encode]

# --8<-- [start:prepare]
generator = tf.random.Generator.from_seed(1)


def decode(png):
    image = tf.io.decode_png(png, channels=1)  # (28, 28, 1)
    return tf.image.resize(image, size=(180, 180)) / 255


def augment(image):
    seed = generator.make_seeds()[:, 0]  # two numbers, new at each call
    image = tf.image.stateless_random_crop(image, (160, 160, 1), seed)
    return tf.image.stateless_random_brightness(image, 0.2, seed)


def prepare(png):
    return augment(decode(png))  # (160, 160, 1)
# --8<-- [end:prepare]

# --8<-- [start:prepare_by_hand]
def decode_by_hand(png):
    image = Image.open(io.BytesIO(png))
    image = image.resize((180, 180), resample=Image.Resampling.BILINEAR)
    return np.asarray(image, dtype="float32")[..., np.newaxis] / 255


def augment_by_hand(image):
    top, left = random.randint(0, 20), random.randint(0, 20)
    image = image[top : top + 160, left : left + 160]
    return image + np.float32(random.uniform(-0.2, 0.2))


def prepare_by_hand(png):
    return augment_by_hand(decode_by_hand(png))


difference = np.abs(decode(pngs[0]) - decode_by_hand(pngs[0])).max()
print(f"largest difference: {255 * difference:.1f} of 255 gray levels")
# --8<-- [end:prepare_by_hand]

# --8<-- [start:as_written]
as_written = tf.data.Options()
as_written.experimental_optimization.apply_default_optimizations = False
# --8<-- [end:as_written]

# --8<-- [start:pipelines]
files = tf.data.Dataset.from_tensor_slices(pngs).with_options(as_written)
mapped = files.map(prepare).batch(50)
parallel = files.map(prepare, num_parallel_calls=auto).batch(50)
cached = files.map(decode, num_parallel_calls=auto).cache()
cached = cached.map(augment, num_parallel_calls=auto).batch(50)
untouched = tf.data.Dataset.from_tensor_slices(pngs)  # no options set
rearranged = untouched.map(prepare, num_parallel_calls=auto).batch(50)
# --8<-- [end:pipelines]

# --8<-- [start:contenders]
def loop(prepare, files):
    for start in range(0, len(files), 50):
        yield np.stack([prepare(png) for png in files[start : start + 50]])


contenders = {
    "loop, TensorFlow": lambda: loop(prepare, pngs[:100]),
    "loop, Pillow": lambda: loop(prepare_by_hand, pngs),
    "map": lambda: mapped,
    "map, parallel": lambda: parallel,
    "rearranged": lambda: rearranged,
    "decode cached": lambda: cached,
}
# --8<-- [end:contenders]

# --8<-- [start:race]
def race(contenders, rounds):
    times = {name: [] for name in contenders}  # milliseconds an image
    for number in range(rounds + 1):
        for name, batches in contenders.items():
            started = time.perf_counter()
            images = sum(len(batch) for batch in batches())
            seconds = time.perf_counter() - started
            if number > 0:  # the first round only warms up
                times[name].append(1000 * seconds / images)
    return times
# --8<-- [end:race]

# --8<-- [start:report]
def report(times, yardstick):
    for name, milliseconds in times.items():
        ratios = np.divide(times[yardstick], milliseconds)
        low, middle, high = np.quantile(ratios, [0.25, 0.5, 0.75])
        print(
            f"{name}: {np.median(milliseconds):.3f} ms an image, "
            f"{middle:.2f} times as fast ({low:.2f} to {high:.2f})"
        )
# --8<-- [end:report]

# --8<-- [start:race_run]
report(race(contenders, rounds=5), yardstick="loop, TensorFlow")
# --8<-- [end:race_run]

# --8<-- [start:torch]
import torch


class Digits(torch.utils.data.Dataset):
    def __len__(self):
        return len(pngs)

    def __getitem__(self, index):
        return prepare_by_hand(pngs[index])  # (160, 160, 1)


one_process = torch.utils.data.DataLoader(Digits(), batch_size=50)
two_workers = torch.utils.data.DataLoader(
    Digits(), batch_size=50, num_workers=2, persistent_workers=True
)
contenders["DataLoader"] = lambda: one_process
contenders["DataLoader, 2 workers"] = lambda: two_workers
# --8<-- [end:torch]

# --8<-- [start:cache_memory]
stored = sum(len(png) for png in pngs)
decoded = 1000 * decode(pngs[0]).numpy().nbytes
print(f"files: {stored:,} bytes")
print(f"decoded and enlarged: {decoded:,} bytes")
# --8<-- [end:cache_memory]

# --8<-- [start:ahead]
def made_ahead(prefetch):
    made = []

    def produce():
        for number in range(6):
            made.append(number)
            yield number

    number_spec = tf.TensorSpec(shape=(), dtype=tf.int32)
    stream = tf.data.Dataset.from_generator(
        produce, output_signature=number_spec
    ).prefetch(prefetch)
    ahead = []
    for used, _ in enumerate(stream.with_options(as_written)):
        time.sleep(0.1)  # the network is busy with this element
        ahead.append(len(made) - used)
    return ahead


print("without prefetch:", made_ahead(prefetch=0))
print("prefetch(2):     ", made_ahead(prefetch=2))
# --8<-- [end:ahead]

# --8<-- [start:ceiling]
def ceiling(a, b):
    return (a + b) / max(a, b)


for one, other in [(2, 3), (3, 3), (1, 9)]:
    print(f"{one} and {other}: at most {ceiling(one, other):.2f} times as fast")
# --8<-- [end:ceiling]

# --8<-- [start:slow_input]
input_time, busy_time = 12, 20  # milliseconds a batch


def slow_input():
    for number in range(20):
        time.sleep(input_time / 1000)  # it waits for a disk
        yield np.zeros(50)


def with_busy_consumer(batches):
    for batch in batches:
        time.sleep(busy_time / 1000)  # an accelerator computes
        yield batch
# --8<-- [end:slow_input]

# --8<-- [start:waiting]
slow = tf.data.Dataset.from_generator(
    slow_input, output_signature=tf.TensorSpec(shape=(50,), dtype=tf.float64)
).with_options(as_written)
waiting = {
    "in turn": lambda: with_busy_consumer(slow),
    "prefetch": lambda: with_busy_consumer(slow.prefetch(2)),
}
report(race(waiting, rounds=5), yardstick="in turn")
# --8<-- [end:waiting]

# --8<-- [start:waiting_ceiling]
print(f"at most {ceiling(input_time, busy_time):.2f} times as fast")
# --8<-- [end:waiting_ceiling]

# --8<-- [start:timeline]
spans = {"input": [], "training": []}  # (begin, end) of each batch


def traced_batches():
    for start in range(0, 500, 50):
        begin = time.perf_counter()
        fifty = [prepare_by_hand(png) for png in pngs[start : start + 50]]
        fifty = np.stack(fifty)
        spans["input"].append((begin, time.perf_counter()))
        yield fifty, train_labels[start : start + 50]


signature = (
    tf.TensorSpec(shape=(None, 160, 160, 1), dtype=tf.float32),
    tf.TensorSpec(shape=(None,), dtype=tf.uint8),
)
in_turn = tf.data.Dataset.from_generator(
    traced_batches, output_signature=signature
).with_options(as_written)
overlapping = in_turn.prefetch(2)
# --8<-- [end:timeline]

# --8<-- [start:network]
inputs = keras.Input(shape=(160, 160, 1))
x = layers.Conv2D(filters=8, kernel_size=5, strides=4)(inputs)
x = layers.Conv2D(filters=16, kernel_size=3, strides=2, activation="relu")(x)
x = layers.GlobalAveragePooling2D()(x)
outputs = layers.Dense(units=10, activation="softmax")(x)
model = keras.Model(inputs, outputs)
model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy")
# --8<-- [end:network]

# --8<-- [start:timeline_train]
def train_and_trace(pipeline):
    for events in spans.values():
        events.clear()
    for images, labels in pipeline:
        begin = time.perf_counter()
        model.train_on_batch(images, labels)
        spans["training"].append((begin, time.perf_counter()))
    return {name: np.array(events) for name, events in spans.items()}


def duration(trace):
    return trace["training"][-1, 1] - trace["input"][0, 0]  # seconds
# --8<-- [end:timeline_train]

# --8<-- [start:timeline_figure]
figure, axes = plt.subplots(2, 1, figsize=(5, 3), sharex=True)
for ax, (name, pipeline) in zip(
    axes, [("in turn", in_turn), ("prefetch", overlapping)]
):
    traces = [train_and_trace(pipeline) for number in range(8)]
    trace = min(traces, key=duration)  # the least disturbed of them
    zero = trace["input"][0, 0]
    for row, color in [("training", "C1"), ("input", "C0")]:
        begin, end = 1000 * (trace[row] - zero).T  # (batches,), milliseconds
        ax.barh([row] * len(begin), end - begin, left=begin, color=color)
    ax.set_title(name, size=10)
    ax.tick_params(labelsize=10)
axes[1].set_xlabel("milliseconds", size=10)
plt.show()
# --8<-- [end:timeline_figure]

# --8<-- [start:timeline_total]
ratios, ceilings = [], []
for number in range(9):
    first, second = train_and_trace(in_turn), train_and_trace(overlapping)
    ratios.append(duration(first) / duration(second))
    a, b = (np.diff(first[kind]).sum() for kind in ["input", "training"])
    ceilings.append(ceiling(a, b))
low, middle, high = np.quantile(ratios, [0.25, 0.5, 0.75])
print(f"at most: {np.median(ceilings):.2f} times as fast")
print(f"measured: {middle:.2f} times as fast ({low:.2f} to {high:.2f})")
# --8<-- [end:timeline_total]

# --8<-- [start:answer_few]
for n in [1, 2, 10, 100]:
    print(f"n = {n}: {n * (2 + 3) / (2 + 3 * n):.2f} times as fast")
# --8<-- [end:answer_few]

# --8<-- [start:answer_cores]
one_core = ceiling(200, 80)
input_on_eight = 200 / 8
eight_cores = (200 + 80) / max(input_on_eight, 80)
print(f"prefetch alone: at most {one_core:.1f} times as fast")
print(f"and eight parallel calls: at most {eight_cores:.1f} times as fast")
# --8<-- [end:answer_cores]

# --8<-- [start:answer_batch_first]
def decode_only(png):
    return tf.io.decode_png(png, channels=1)  # (28, 28, 1)


def resize(images):
    return tf.image.resize(images, size=(180, 180)) / 255


not_resized = files.map(decode_only)
one_by_one = not_resized.map(resize).batch(50)
by_batch = not_resized.batch(50).map(resize)
for first, second in zip(one_by_one, by_batch):
    assert np.array_equal(first, second)
pair = {"one by one": lambda: one_by_one, "by batch": lambda: by_batch}
report(race(pair, rounds=5), yardstick="one by one")
# --8<-- [end:answer_batch_first]

# --8<-- [start:answer_small_cache]
small = 1000 * decode_only(pngs[0]).numpy().nbytes
print(f"decoded, not enlarged: {small:,} bytes")
# --8<-- [end:answer_small_cache]
