# --8<-- [start:setup]
import io
import pathlib
import random
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from PIL import Image

keras.utils.set_random_seed(1)
# --8<-- [end:setup]

# --8<-- [start:by_hand]
def batches_by_hand(elements, size):
    batch = []
    for element in elements:
        batch.append(element)
        if len(batch) == size:
            yield np.stack(batch)
            batch = []
    if batch:
        yield np.stack(batch)  # what is left over


vectors = np.random.default_rng(0).normal(size=(1000, 16))
shapes_by_hand = [batch.shape for batch in batches_by_hand(vectors, size=32)]
print(len(shapes_by_hand), "batches")
print("first:", shapes_by_hand[0], "last:", shapes_by_hand[-1])
# --8<-- [end:by_hand]

# --8<-- [start:first]
dataset = tf.data.Dataset.from_tensor_slices(vectors)
print(dataset.element_spec)
print(len(dataset), "elements")
for vector in dataset.take(3):
    print(vector.shape, f"first number {vector[0]:.4f}")
# --8<-- [end:first]

# --8<-- [start:iterable]
try:
    next(dataset)
except TypeError as error:
    print("TypeError:", error)
iterator = iter(dataset)
print("next(iterator):", next(iterator).shape)
print("left in the iterator:", sum(1 for vector in iterator))
print("after that:", sum(1 for vector in iterator))
print("in the dataset:", sum(1 for vector in dataset))
# --8<-- [end:iterable]

# --8<-- [start:batch]
batched = dataset.batch(32)
shapes = [tuple(batch.shape) for batch in batched]
print(len(shapes), "batches, first:", shapes[0], "last:", shapes[-1])
print("as by hand:", shapes == shapes_by_hand)
full = dataset.batch(32, drop_remainder=True)
print(len(full), "batches, all of shape", full.element_spec.shape)
# --8<-- [end:batch]

# --8<-- [start:three]
for index, batch in enumerate(batched):
    print(index, batch.shape)
    if index >= 2:
        break
# --8<-- [end:three]

# --8<-- [start:backslash]
loop_header = "for index, batch in enumerate(batches):\\\n"
one_line = loop_header + "    print(index)\n"
two_lines = one_line + "    print(batch.shape)\n"
for code in [one_line, two_lines]:
    try:
        compile(code, "loop.py", "exec")
        print("accepted")
    except SyntaxError as error:
        print(f"{type(error).__name__}: {error.msg}, line {error.lineno}")
# --8<-- [end:backslash]

# --8<-- [start:map]
squares = dataset.map(lambda vector: tf.reshape(vector, (4, 4)))
print("an element:", squares.element_spec.shape)
print("a batch:   ", squares.batch(32).element_spec.shape)
same = np.array_equal(next(iter(squares)), vectors[0].reshape(4, 4))
print("the same numbers:", same)
# --8<-- [end:map]

# --8<-- [start:trace]
python_calls = []
calls = tf.Variable(0)


def count_calls(vector):
    python_calls.append(type(vector).__name__)
    calls.assign_add(1)
    return vector


list(dataset.map(count_calls))  # goes through all elements
print("calls that Python saw:", len(python_calls), python_calls)
print("calls that TensorFlow made:", calls.numpy())
# --8<-- [end:trace]

# --8<-- [start:shuffle_by_hand]
def shuffle_by_hand(elements, buffer_size, rng):
    buffer = []
    for element in elements:
        buffer.append(element)
        if len(buffer) == buffer_size:
            yield buffer.pop(rng.integers(buffer_size))
    while buffer:
        yield buffer.pop(rng.integers(len(buffer)))


rng = np.random.default_rng(0)
print(list(shuffle_by_hand(range(12), buffer_size=3, rng=rng)))
# --8<-- [end:shuffle_by_hand]

# --8<-- [start:shuffle]
position = np.arange(2000)
orders, moved, moved_by_hand, most_early = {}, [], [], []
for buffer_size in [1, 100, 1000, 2000]:
    shuffled = tf.data.Dataset.range(2000).shuffle(buffer_size, seed=1)
    order = np.array(list(shuffled.as_numpy_iterator()))
    by_hand = np.array(list(shuffle_by_hand(position, buffer_size, rng)))
    orders[buffer_size] = order
    moved.append(abs(order - position).mean())
    moved_by_hand.append(abs(by_hand - position).mean())
    most_early.append((order - position).max())
    print(
        f"buffer {buffer_size}: moved by {moved[-1]:.0f} places on average, "
        f"at most {most_early[-1]} early; by hand {moved_by_hand[-1]:.0f}"
    )
# --8<-- [end:shuffle]

# --8<-- [start:shuffle_figure]
figure, axes = plt.subplots(2, 2, figsize=(5, 5), sharex=True, sharey=True)
for ax, (buffer_size, order) in zip(axes.flat, orders.items()):
    ax.plot(position[::5], order[::5], ".", markersize=2.5)
    ax.set_title(f"buffer {buffer_size}", size=10)
    ax.set(xticks=[0, 1000, 2000], yticks=[0, 1000, 2000])
figure.supxlabel("place after shuffling", size=10)
figure.supylabel("place before", size=10)
plt.show()
# --8<-- [end:shuffle_figure]

# --8<-- [start:sorted]
(train_pixels, train_labels), (test_pixels, test_labels) = (
    keras.datasets.mnist.load_data()
)
by_label = np.argsort(train_labels[:20_000], kind="stable")
sorted_labels = train_labels[by_label]  # 0, 0, 0, ..., 9, 9, 9
kinds = []
for buffer_size in [1, 100, 1000, 20_000]:
    labels = tf.data.Dataset.from_tensor_slices(sorted_labels)
    batches = labels.shuffle(buffer_size, seed=1).batch(64)
    kinds.append(np.mean([len(np.unique(batch)) for batch in batches]))
    print(f"buffer {buffer_size}: {kinds[-1]:.1f} different digits in a batch")
# --8<-- [end:sorted]

# --8<-- [start:epochs]
every_time = tf.data.Dataset.range(8).shuffle(8, seed=1)
once = tf.data.Dataset.range(8).shuffle(
    8, seed=1, reshuffle_each_iteration=False
)
for epoch in [1, 2]:
    print("epoch", epoch, [int(number) for number in every_time])
for epoch in [1, 2]:
    print("fixed", epoch, [int(number) for number in once])
# --8<-- [end:epochs]

# --8<-- [start:order]
numbers = tf.data.Dataset.range(12)
print("shuffle, then batch:")
for batch in numbers.shuffle(12, seed=1).batch(4):
    print(batch.numpy().tolist())
print("batch, then shuffle:")
for batch in numbers.batch(4).shuffle(12, seed=1):
    print(batch.numpy().tolist())
# --8<-- [end:order]

# --8<-- [start:cache]
counted = dataset.map(count_calls)
cache_calls = []
for name, pipeline in [("map", counted), ("map, cache", counted.cache())]:
    calls.assign(0)
    for _ in range(3):
        list(pipeline)
    cache_calls.append(int(calls))
    print(f"{name}: {cache_calls[-1]:,} calls in three epochs")
# --8<-- [end:cache]

# --8<-- [start:cache_random]
generator = tf.random.Generator.from_seed(1)


def add_noise(number):
    return number + generator.uniform(shape=())


def two_epochs(name, pipeline):
    epochs = [list(pipeline.as_numpy_iterator()) for epoch in [1, 2]]
    print(f"{name}: both epochs the same: {epochs[0] == epochs[1]}")


zeros = tf.data.Dataset.from_tensor_slices(tf.zeros(1000))
two_epochs("noise, then cache", zeros.map(add_noise).cache())
two_epochs("cache, then noise", zeros.cache().map(add_noise))
# --8<-- [end:cache_random]

# --8<-- [start:seeded]
def noise_by_global_seed(number):
    return number + tf.random.uniform(shape=())


two_epochs("tf.random.uniform", zeros.map(noise_by_global_seed))
two_epochs("tf.random.Generator", zeros.map(add_noise))
# --8<-- [end:seeded]

# --8<-- [start:as_written]
as_written = tf.data.Options()
as_written.experimental_optimization.apply_default_optimizations = False
# --8<-- [end:as_written]

# --8<-- [start:ahead]
def made_ahead(prefetch):
    made = []

    def produce():
        for number in range(6):
            made.append(number)
            yield number

    signature = tf.TensorSpec(shape=(), dtype=tf.int32)
    stream = tf.data.Dataset.from_generator(produce, output_signature=signature)
    if prefetch:
        stream = stream.prefetch(prefetch)
    ahead = []
    for used, _ in enumerate(stream.with_options(as_written)):
        time.sleep(0.1)  # the network is busy with this element
        ahead.append(len(made) - used)
    return ahead


print("without prefetch:", made_ahead(prefetch=None))
print("prefetch(2):     ", made_ahead(prefetch=2))
# --8<-- [end:ahead]

# --8<-- [start:encode]
pngs = [
    tf.io.encode_png(pixels[..., np.newaxis]).numpy()
    for pixels in train_pixels[:1000]
]
print(len(pngs), "PNG files in memory,", len(pngs[0]), "bytes the first")
# --8<-- [end:encode]

# --8<-- [start:prepare]
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

# --8<-- [start:contenders]
def loop(prepare, files):
    for start in range(0, len(files), 50):
        yield np.stack([prepare(png) for png in files[start : start + 50]])


auto = tf.data.AUTOTUNE
files = tf.data.Dataset.from_tensor_slices(pngs).with_options(as_written)
mapped = files.map(prepare).batch(50)
parallel = files.map(prepare, num_parallel_calls=auto).batch(50)
cached = files.map(decode, num_parallel_calls=auto).cache()
cached = cached.map(augment, num_parallel_calls=auto).batch(50)
untouched = tf.data.Dataset.from_tensor_slices(pngs)  # no options set
rearranged = untouched.map(prepare, num_parallel_calls=auto).batch(50)
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


def report(times, yardstick):
    for name, milliseconds in times.items():
        ratios = np.divide(times[yardstick], milliseconds)
        low, middle, high = np.quantile(ratios, [0.25, 0.5, 0.75])
        print(
            f"{name}: {np.median(milliseconds):.3f} ms an image, "
            f"{middle:.2f} times as fast ({low:.2f} to {high:.2f})"
        )
# --8<-- [end:race]

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

# --8<-- [start:waiting]
def with_busy_consumer(pipeline):
    for batch in pipeline:
        time.sleep(0.015)  # an accelerator computes, the CPU is free
        yield batch


one_at_a_time = files.map(prepare).batch(50)
waiting = {
    "in turn": lambda: with_busy_consumer(one_at_a_time),
    "prefetch": lambda: with_busy_consumer(one_at_a_time.prefetch(auto)),
}
report(race(waiting, rounds=5), yardstick="in turn")
# --8<-- [end:waiting]

# --8<-- [start:timeline]
spans = {"input": [], "training": []}  # (begin, end) of each batch


def traced_batches():
    for start in range(0, 500, 50):
        begin = time.perf_counter()
        images = [prepare_by_hand(png) for png in pngs[start : start + 50]]
        images = np.stack(images)
        spans["input"].append((begin, time.perf_counter()))
        yield images, train_labels[start : start + 50]


signature = (
    tf.TensorSpec(shape=(None, 160, 160, 1), dtype=tf.float32),
    tf.TensorSpec(shape=(None,), dtype=tf.uint8),
)
in_turn = tf.data.Dataset.from_generator(
    traced_batches, output_signature=signature
).with_options(as_written)
overlapping = in_turn.prefetch(2)
# --8<-- [end:timeline]

# --8<-- [start:timeline_train]
inputs = keras.Input(shape=(160, 160, 1))
x = layers.Conv2D(filters=8, kernel_size=5, strides=4)(inputs)
x = layers.Conv2D(filters=16, kernel_size=3, strides=2, activation="relu")(x)
x = layers.GlobalAveragePooling2D()(x)
outputs = layers.Dense(units=10, activation="softmax")(x)
model = keras.Model(inputs, outputs)
model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy")


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
ratios = []
for number in range(9):
    first, second = train_and_trace(in_turn), train_and_trace(overlapping)
    ratios.append(duration(first) / duration(second))
low, middle, high = np.quantile(ratios, [0.25, 0.5, 0.75])
print(f"prefetch: {middle:.2f} times as fast ({low:.2f} to {high:.2f})")
# --8<-- [end:timeline_total]

# --8<-- [start:convnet]
def build_convnet():
    inputs = keras.Input(shape=(28, 28, 1))
    x = layers.Conv2D(filters=32, kernel_size=3, activation="relu")(inputs)
    x = layers.MaxPooling2D(pool_size=2)(x)
    x = layers.Conv2D(filters=64, kernel_size=3, activation="relu")(x)
    x = layers.MaxPooling2D(pool_size=2)(x)
    x = layers.Conv2D(filters=128, kernel_size=3, activation="relu")(x)
    x = layers.Flatten()(x)
    outputs = layers.Dense(units=10, activation="softmax")(x)
    model = keras.Model(inputs, outputs)
    model.compile(
        optimizer="rmsprop",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
# --8<-- [end:convnet]

# --8<-- [start:mnist]
def scale(pixels, label):
    return tf.cast(pixels, tf.float32)[..., tf.newaxis] / 255, label


train_dataset = (
    tf.data.Dataset.from_tensor_slices(
        (train_pixels[:20_000], train_labels[:20_000])
    )
    .shuffle(20_000, seed=1)
    .batch(64)
    .map(scale, num_parallel_calls=auto)
    .prefetch(auto)
)
test_dataset = tf.data.Dataset.from_tensor_slices((test_pixels, test_labels))
test_dataset = test_dataset.batch(500).map(scale).prefetch(auto)
for spec in train_dataset.element_spec:
    print(spec.shape, spec.dtype.name)
# --8<-- [end:mnist]

# --8<-- [start:fit]
from_dataset = build_convnet()
from_dataset.fit(train_dataset, epochs=1, verbose=0)
_, dataset_accuracy = from_dataset.evaluate(test_dataset, verbose=0)

from_arrays = build_convnet()
train_images = train_pixels[:20_000, ..., np.newaxis].astype("float32") / 255
from_arrays.fit(
    train_images, train_labels[:20_000], epochs=1, batch_size=64, verbose=0
)
_, arrays_accuracy = from_arrays.evaluate(test_dataset, verbose=0)
print(f"fit on a Dataset: {dataset_accuracy:.4f} of the test digits are right")
print(f"fit on arrays:    {arrays_accuracy:.4f}")
# --8<-- [end:fit]

# --8<-- [start:fit_errors]
try:
    build_convnet().fit(train_dataset.unbatch(), verbose=0)
except ValueError as error:
    print("not batched:", str(error).splitlines()[2])
try:
    from_dataset.fit(train_dataset, train_labels, verbose=0)
except ValueError as error:
    print("labels twice:", error)
# --8<-- [end:fit_errors]

# --8<-- [start:folder_draw]
def draw(kind, size):
    """A filled square or disk of a random color, somewhere on gray paper."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    row, column = rng.integers(30, 50, size=2)
    distances = np.stack([abs(rows - row), abs(columns - column)])
    inside = distances.max(axis=0) if kind == "dog" else np.hypot(*distances)
    image = np.full((*size, 3), 200, dtype="uint8")  # (height, width, 3)
    image[inside < 25] = rng.integers(0, 150, size=3)
    return image


folder = pathlib.Path("dogs_vs_cats_small")
if not folder.exists():  # never into a folder that holds your photos
    for split, count in [("train", 40), ("validation", 20), ("test", 20)]:
        for kind in ["cat", "dog"]:
            (folder / split / kind).mkdir(parents=True)
            for number in range(count):
                image = draw(kind, size=rng.integers(80, 120, size=2))
                path = folder / split / kind / f"{kind}.{number}.jpg"
                Image.fromarray(image).save(path, quality=95)
# --8<-- [end:folder_draw]

# --8<-- [start:folder_load]
def load_split(split, shuffle):
    return keras.utils.image_dataset_from_directory(
        folder / split,
        image_size=(180, 180),
        batch_size=32,
        shuffle=shuffle,
        seed=1,
    )


train_folder = load_split("train", shuffle=True)
validation_folder = load_split("validation", shuffle=False)
test_folder = load_split("test", shuffle=False)
print("classes:", train_folder.class_names)
for images, labels in train_folder:
    print(images.shape, images.dtype.name, labels.shape, labels.dtype.name)
# --8<-- [end:folder_load]

# --8<-- [start:folder_look]
images, labels = next(iter(train_folder))
figure, axes = plt.subplots(1, 5, figsize=(5, 1.4))
for ax, image, label in zip(axes, images, labels):
    ax.imshow(image.numpy().astype("uint8"))
    ax.set_title(f"label {label}", size=10)
    ax.axis("off")
plt.show()
# --8<-- [end:folder_look]

# --8<-- [start:folder_by_hand]
def read_image(path):
    image = tf.io.decode_jpeg(tf.io.read_file(path), channels=3)
    return tf.image.resize(image, size=(180, 180))


paths = sorted(str(path) for path in (folder / "test").glob("*/*.jpg"))
by_path = tf.data.Dataset.from_tensor_slices(paths)
images_by_hand = np.stack(list(by_path.map(read_image)))
images = np.concatenate([images for images, labels in test_folder])
labels = np.concatenate([labels for images, labels in test_folder])
print("same paths: ", paths == sorted(test_folder.file_paths))
order = np.argsort(test_folder.file_paths)
print("same pixels:", np.array_equal(images[order], images_by_hand))
print("labels:", labels[:3], "...", labels[-3:])
# --8<-- [end:folder_by_hand]

# --8<-- [start:bad_file]
broken = pathlib.Path("with_a_broken_file")
for number in range(8):
    image = draw("cat", size=(90, 100))
    path = broken / "cat" / f"{number}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path)
(broken / "cat" / "5.jpg").write_text("<html>404 Not Found</html>")

pictures = keras.utils.image_dataset_from_directory(
    broken, labels=None, image_size=(32, 32), batch_size=4, shuffle=False
)
try:
    for batch in pictures:
        print(batch.shape)
except tf.errors.InvalidArgumentError as error:
    print("InvalidArgumentError:", error.message)
# --8<-- [end:bad_file]

# --8<-- [start:bad_check]
def is_image(path):
    try:
        with Image.open(path) as image:
            image.load()  # reads all pixels, so that half a file fails too
        return True
    except (OSError, SyntaxError):
        return False


for path in sorted(broken.rglob("*.jpg")):
    if not is_image(path):
        print("not an image:", path.as_posix())
# --8<-- [end:bad_check]

# --8<-- [start:bad_ignore]
def read_small(path):
    image = tf.io.decode_jpeg(tf.io.read_file(path), channels=3)
    return tf.image.resize(image, size=(32, 32))


paths = sorted(str(path) for path in broken.rglob("*.jpg"))
small = tf.data.Dataset.from_tensor_slices(paths).map(read_small)
early = small.ignore_errors().batch(4)
late = small.batch(4).ignore_errors()
print("before batch:", sum(len(batch) for batch in early), "images left")
print("after batch: ", sum(len(batch) for batch in late), "images left")
# --8<-- [end:bad_ignore]

# --8<-- [start:bad_folder]
(broken / "bird").mkdir(exist_ok=True)
pictures = keras.utils.image_dataset_from_directory(broken)
print("classes:", pictures.class_names)
for name in pictures.class_names:
    print(name, len(list((broken / name).glob("*.jpg"))))
try:
    keras.utils.image_dataset_from_directory(broken / "bird", labels=None)
except ValueError as error:
    print("ValueError:", error)
# --8<-- [end:bad_folder]

# --8<-- [start:bad_shapes]
paths = sorted(str(path) for path in (folder / "test").glob("*/*.jpg"))
jpegs = tf.data.Dataset.from_tensor_slices(paths)
as_stored = jpegs.map(lambda path: tf.io.decode_jpeg(tf.io.read_file(path)))
try:
    next(iter(as_stored.batch(4)))
except tf.errors.InvalidArgumentError as error:
    print("InvalidArgumentError:", error.message)
resized = as_stored.map(lambda image: tf.image.resize(image, (180, 180)))
print("resized:", next(iter(resized.batch(4))).shape)
padded = as_stored.padded_batch(4, padded_shapes=(120, 120, 3))
print("padded: ", next(iter(padded)).shape)
# --8<-- [end:bad_shapes]

# --8<-- [start:answer_repeat]
for name, pipeline in [
    ("batch, then repeat", dataset.batch(32).repeat(2)),
    ("repeat, then batch", dataset.repeat(2).batch(32)),
]:
    sizes = [len(batch) for batch in pipeline]
    small = [size for size in sizes if size < 32]
    print(f"{name}: {len(sizes)} batches, sizes below 32: {small}")
# --8<-- [end:answer_repeat]

# --8<-- [start:answer_frozen]
def noise_by_numpy(number):
    return number + np.random.default_rng().uniform()


for name, noise in [("NumPy", noise_by_numpy), ("Generator", add_noise)]:
    values = set(zeros.map(noise).as_numpy_iterator())
    print(f"{name}: {'one value' if len(values) == 1 else 'many values'}")
# --8<-- [end:answer_frozen]

# --8<-- [start:answer_sorted]
sorted_images = train_pixels[by_label].astype("float32") / 255
test_images = test_pixels.astype("float32") / 255
sorted_accuracies = []
for buffer_size in [1, 100, 1000, 20_000]:
    pairs = tf.data.Dataset.from_tensor_slices((sorted_images, sorted_labels))
    pairs = pairs.shuffle(buffer_size, seed=1).batch(64)
    inputs = keras.Input(shape=(28, 28))
    x = layers.Flatten()(inputs)
    x = layers.Dense(units=64, activation="relu")(x)
    outputs = layers.Dense(units=10, activation="softmax")(x)
    dense = keras.Model(inputs, outputs)
    dense.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    dense.fit(pairs, epochs=1, verbose=0)
    _, accuracy = dense.evaluate(test_images, test_labels, verbose=0)
    sorted_accuracies.append(accuracy)
    print(f"buffer {buffer_size}: accuracy {accuracy:.3f}")
# --8<-- [end:answer_sorted]

# --8<-- [start:answer_cache_shuffle]
ten = tf.data.Dataset.range(10)
two_epochs("cache, then shuffle", ten.cache().shuffle(10, seed=1))
two_epochs("shuffle, then cache", ten.shuffle(10, seed=1).cache())
# --8<-- [end:answer_cache_shuffle]

# --8<-- [start:answer_batch_first]
def decode_only(png):
    return tf.io.decode_png(png, channels=1)  # (28, 28, 1)


def resize(images):
    return tf.image.resize(images, size=(180, 180)) / 255


files = tf.data.Dataset.from_tensor_slices(pngs).with_options(as_written)
decoded = files.map(decode_only)
one_by_one = decoded.map(resize).batch(50)
by_batch = decoded.batch(50).map(resize)
for first, second in zip(one_by_one, by_batch):
    assert np.array_equal(first, second)
pair = {"one by one": lambda: one_by_one, "by batch": lambda: by_batch}
report(race(pair, rounds=5), yardstick="one by one")
# --8<-- [end:answer_batch_first]
