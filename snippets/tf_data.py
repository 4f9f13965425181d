# --8<-- [start:setup]
import pathlib

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

# --8<-- [start:batch]
batched = dataset.batch(32)
shapes = [tuple(batch.shape) for batch in batched]
print(len(shapes), "batches, first:", shapes[0], "last:", shapes[-1])
print("as by hand:", shapes == shapes_by_hand)
full = dataset.batch(32, drop_remainder=True)
print(len(full), "batches, all of shape", full.element_spec.shape)
# --8<-- [end:batch]

# --8<-- [start:iterable]
try:
    next(dataset)
except TypeError as error:
    print("TypeError:", error)
iterator = iter(dataset)
print("next(iterator):", next(iterator).shape)
print("left in the iterator:", len(list(iterator)))
print("after that:", len(list(iterator)))
print("in the dataset:", len(list(dataset)))
# --8<-- [end:iterable]

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
orders, moved, most_early = {}, [], []
for buffer_size in [1, 100, 1000, 2000]:
    shuffled = tf.data.Dataset.range(2000).shuffle(buffer_size, seed=1)
    order = np.array(list(shuffled.as_numpy_iterator()))
    orders[buffer_size] = order
    moved.append(abs(order - position).mean())
    most_early.append((order - position).max())
    print(
        f"buffer {buffer_size}: moved by {moved[-1]:.0f} places on average, "
        f"at most {most_early[-1]} early"
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
(train_pixels, train_labels), test_pairs = keras.datasets.mnist.load_data()
by_label = np.argsort(train_labels[:20_000], kind="stable")
sorted_labels = train_labels[by_label]  # 0, 0, 0, ..., 9, 9, 9
stream = tf.data.Dataset.from_tensor_slices(sorted_labels)
kinds = []
for buffer_size in [1, 100, 1000, 20_000]:
    batches = stream.shuffle(buffer_size, seed=1).batch(64)
    kinds.append(np.mean([len(np.unique(batch)) for batch in batches]))
    print(f"buffer {buffer_size}: {kinds[-1]:.1f} different digits in a batch")
# --8<-- [end:sorted]

# --8<-- [start:epochs]
eight = tf.data.Dataset.range(8).shuffle(8, seed=1)
for epoch in [1, 2, 3]:
    print("epoch", epoch, [int(number) for number in eight])
# --8<-- [end:epochs]

# --8<-- [start:repeat]
three = tf.data.Dataset.range(3)
print("two epochs:", [int(number) for number in three.repeat(2)])
print("no end:    ", [int(number) for number in three.repeat().take(8)])
# --8<-- [end:repeat]

# --8<-- [start:cache]
cached = dataset.map(count_calls).cache()
calls.assign(0)
for epoch in [1, 2, 3]:
    list(cached)
    print("calls so far:", int(calls))
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
by_global_seed = zeros.map(lambda number: number + tf.random.uniform(()))
two_epochs("tf.random.uniform", by_global_seed)
two_epochs("tf.random.Generator", zeros.map(add_noise))
# --8<-- [end:seeded]

# --8<-- [start:order]
numbers = tf.data.Dataset.range(12)
print("shuffle, then batch:")
for batch in numbers.shuffle(12, seed=1).batch(4):
    print(batch.numpy().tolist())
print("batch, then shuffle:")
for batch in numbers.batch(4).shuffle(12, seed=1):
    print(batch.numpy().tolist())
# --8<-- [end:order]

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


train_pairs = (train_pixels[:20_000], train_labels[:20_000])
train_dataset = (
    tf.data.Dataset.from_tensor_slices(train_pairs)
    .shuffle(20_000, seed=1)
    .batch(64)
    .map(scale)
    .prefetch(tf.data.AUTOTUNE)
)
for spec in train_dataset.element_spec:
    print(spec.shape, spec.dtype.name)
# --8<-- [end:mnist]

# --8<-- [start:held_out]
held_out = tf.data.Dataset.from_tensor_slices(
    (train_pixels[50_000:], train_labels[50_000:])
)
validation_dataset = held_out.batch(500).map(scale)
# --8<-- [end:held_out]

# --8<-- [start:fit]
from_dataset = build_convnet()
history = from_dataset.fit(
    train_dataset, validation_data=validation_dataset, verbose=0
)
(dataset_accuracy,) = history.history["val_accuracy"]

from_arrays = build_convnet()
train_images = train_pixels[:20_000, ..., np.newaxis].astype("float32") / 255
from_arrays.fit(train_images, train_labels[:20_000], batch_size=64, verbose=0)
_, arrays_accuracy = from_arrays.evaluate(validation_dataset, verbose=0)
print(f"fit on a Dataset: {dataset_accuracy:.4f} of the held-out digits right")
print(f"fit on arrays:    {arrays_accuracy:.4f}")
# --8<-- [end:fit]

# --8<-- [start:test_once]
test_dataset = tf.data.Dataset.from_tensor_slices(test_pairs)
test_dataset = test_dataset.batch(500).map(scale)
_, test_accuracy = from_dataset.evaluate(test_dataset, verbose=0)
print(f"{test_accuracy:.4f} of the test digits right")
# --8<-- [end:test_once]

# --8<-- [start:steps]
counting = build_convnet()
counting.fit(train_dataset.repeat(), steps_per_epoch=10, epochs=3, verbose=0)
print("steps of training:", int(counting.optimizer.iterations))
# --8<-- [end:steps]

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
first_images, first_labels = next(iter(train_folder))
print(first_images.shape, first_images.dtype.name, first_labels.dtype.name)
# --8<-- [end:folder_load]

# --8<-- [start:folder_look]
figure, axes = plt.subplots(1, 5, figsize=(5, 1.4))
for ax, image, label in zip(axes, first_images, first_labels):
    ax.imshow(image.numpy().astype("uint8"))
    ax.set_title(f"label {label}", size=10)
    ax.axis("off")
plt.show()
# --8<-- [end:folder_look]

# --8<-- [start:class_names]
class_names = train_folder.class_names
scaled = train_folder.map(lambda images, labels: (images / 255, labels))
print("before map:", class_names)
print("after map, there are class_names:", hasattr(scaled, "class_names"))
# --8<-- [end:class_names]

# --8<-- [start:folder_by_hand]
def read_image(path):
    image = tf.io.decode_jpeg(tf.io.read_file(path), channels=3)
    return tf.image.resize(image, size=(180, 180))


test_paths = tf.data.Dataset.from_tensor_slices(test_folder.file_paths)
read_by_hand = test_paths.map(read_image).batch(32)
for by_keras, ours in zip(test_folder, read_by_hand):
    print("same pixels:", np.array_equal(by_keras[0], ours))
# --8<-- [end:folder_by_hand]

# --8<-- [start:bad_draw]
broken = pathlib.Path("with_a_broken_file")
(broken / "cat").mkdir(parents=True, exist_ok=True)
for number in range(8):
    drawing = Image.fromarray(draw("cat", size=(90, 100)))
    drawing.save(broken / "cat" / f"{number}.jpg")
# --8<-- [end:bad_draw]

# --8<-- [start:bad_file]
(broken / "cat" / "5.jpg").write_text("<html>404 Not Found</html>")
pictures = keras.utils.image_dataset_from_directory(
    broken, labels=None, image_size=(32, 32), batch_size=4, shuffle=False
)
try:
    for four in pictures:
        print(four.shape)
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
broken_paths = [str(path) for path in sorted(broken.rglob("*.jpg"))]
readable = tf.data.Dataset.from_tensor_slices(broken_paths).map(read_image)
early = readable.ignore_errors().batch(4)
late = readable.batch(4).ignore_errors()
print("before batch:", len(list(early.unbatch())), "images left")
print("after batch: ", len(list(late.unbatch())), "images left")
# --8<-- [end:bad_ignore]

# --8<-- [start:bad_folder]
(broken / "bird").mkdir(exist_ok=True)
two_kinds = keras.utils.image_dataset_from_directory(broken)
print("classes:", two_kinds.class_names)
for kind in two_kinds.class_names:
    print(kind, len(list((broken / kind).glob("*.jpg"))))
# --8<-- [end:bad_folder]

# --8<-- [start:bad_shapes]
as_stored = test_paths.map(tf.io.read_file).map(tf.io.decode_jpeg)
try:
    next(iter(as_stored.batch(4)))
except tf.errors.InvalidArgumentError as error:
    print("InvalidArgumentError:", error.message)
resized = as_stored.map(lambda image: tf.image.resize(image, (180, 180)))
print("resized:", next(iter(resized.batch(4))).shape)
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
by_numpy = zeros.map(lambda zero: zero + np.random.default_rng().uniform())
for name, noisy in [("NumPy", by_numpy), ("Generator", zeros.map(add_noise))]:
    values = set(noisy.as_numpy_iterator())
    print(f"{name}: {'one value' if len(values) == 1 else 'many values'}")
# --8<-- [end:answer_frozen]

# --8<-- [start:answer_sorted]
pairs = (train_pixels[by_label], sorted_labels)
sorted_pairs = tf.data.Dataset.from_tensor_slices(pairs)
sorted_accuracies = []
for buffer_size in [1, 100, 1000, 20_000]:
    inputs = keras.Input(shape=(28, 28, 1))
    x = layers.Flatten()(inputs)
    x = layers.Dense(units=64, activation="relu")(x)
    outputs = layers.Dense(units=10, activation="softmax")(x)
    dense = keras.Model(inputs, outputs)
    dense.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    in_a_buffer = sorted_pairs.shuffle(buffer_size, seed=1)
    dense.fit(in_a_buffer.batch(64).map(scale), verbose=0)
    _, accuracy = dense.evaluate(validation_dataset, verbose=0)
    sorted_accuracies.append(accuracy)
    print(f"buffer {buffer_size}: accuracy {accuracy:.3f}")
# --8<-- [end:answer_sorted]

# --8<-- [start:answer_late]
late_shares = []
for buffer_size in [10, 100, 1000]:
    long = tf.data.Dataset.range(100_000).shuffle(buffer_size, seed=1)
    (new_order,) = long.batch(100_000)  # all in one batch
    late_shares.append(np.mean(np.arange(100_000) > new_order))
    formula = (1 - 1 / buffer_size) ** buffer_size
    print(f"buffer {buffer_size}: {late_shares[-1]:.2f} late, {formula:.2f}")
# --8<-- [end:answer_late]
