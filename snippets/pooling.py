# --8<-- [start:setup]
import math

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(1)
# --8<-- [end:setup]

# --8<-- [start:pool]
def pool(image, size, stride, choose):
    height = (image.shape[0] - size) // stride + 1
    width = (image.shape[1] - size) // stride + 1
    pooled = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            top, left = stride * i, stride * j
            window = image[top : top + size, left : left + size]
            pooled[i, j] = choose(window)
    return pooled
# --8<-- [end:pool]

# --8<-- [start:by_hand]
image = np.array(
    [
        [1, 3, 2, 5],
        [4, 8, 1, 0],
        [7, 2, 6, 1],
        [0, 5, 9, 4],
    ]
)
maximum = pool(image, size=2, stride=2, choose=np.max)
average = pool(image, size=2, stride=2, choose=np.mean)
print("maximum:", maximum, "average:", average, sep="\n")
# --8<-- [end:by_hand]

# --8<-- [start:by_keras]
one_image = image.reshape(1, 4, 4, 1).astype("float32")
maximum_by_keras = layers.MaxPooling2D(pool_size=2)(one_image)  # (1, 2, 2, 1)
average_by_keras = layers.AveragePooling2D(pool_size=2)(one_image)
np.testing.assert_array_equal(maximum_by_keras[0, :, :, 0], maximum)
np.testing.assert_array_equal(average_by_keras[0, :, :, 0], average)
print("Keras and the loops agree")
# --8<-- [end:by_keras]

# --8<-- [start:channels]
maps = np.random.default_rng(0).random((1, 26, 26, 32), dtype="float32")
halve = layers.MaxPooling2D(pool_size=2)
halved = halve(maps)
for channel in range(32):
    by_loops = pool(maps[0, :, :, channel], size=2, stride=2, choose=np.max)
    np.testing.assert_array_equal(halved[0, :, :, channel], by_loops)
print(maps.shape, "->", tuple(halved.shape))
print("parameters:", halve.count_params())
# --8<-- [end:channels]

# --8<-- [start:odd]
odd_map = np.zeros((1, 11, 11, 1), dtype="float32")
odd_map[0, 10, 10, 0] = 9  # in the last row and the last column
for padding in ["valid", "same"]:
    result = layers.MaxPooling2D(pool_size=2, padding=padding)(odd_map)
    print(f"{padding:5} {tuple(result.shape)}, largest {np.max(result):.0f}")
# --8<-- [end:odd]

# --8<-- [start:shift_row]
row = np.array([0, 0, 3, 9, 4, 0, 0, 0])
for shift in [0, 1, 2]:
    moved_row = np.roll(row, shift)
    maxima = moved_row.reshape(4, 2).max(axis=1)
    print(f"shifted by {shift}: {moved_row} -> {maxima}")
# --8<-- [end:shift_row]

# --8<-- [start:load]
(pixels, labels), (test_pixels, test_labels) = keras.datasets.mnist.load_data()
train_pixels, train_labels = pixels[:20_000], labels[:20_000]
validation_pixels, validation_labels = pixels[50_000:], labels[50_000:]
print(len(train_pixels), "to train,", len(validation_pixels), "to compare")
# --8<-- [end:load]

# --8<-- [start:respond]
kernel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])  # ink on the right


def respond(images):  # (n, 28, 28) -> (n, 26, 26, 1), as Keras wants it
    sums = sum(
        kernel[i, j] * images[:, i : i + 26, j : j + 26].astype("float32")
        for i, j in np.ndindex(3, 3)
    )
    return np.maximum(sums, 0)[..., np.newaxis]  # relu
# --8<-- [end:respond]

# --8<-- [start:look]
response = respond(train_pixels[:1])
views = {
    "input": train_pixels[0],
    "response": response[0],
    "maximum": layers.MaxPooling2D(pool_size=2)(response)[0],
    "average": layers.AveragePooling2D(pool_size=2)(response)[0],
}
figure, axes = plt.subplots(1, 4, figsize=(5, 1.6))
for ax, (name, view) in zip(axes, views.items()):
    strongest = 255 if name == "input" else response.max()
    ax.imshow(view, cmap="gray_r", vmin=0, vmax=strongest)
    ax.set_title(name, size=9)
    ax.axis("off")
plt.show()
# --8<-- [end:look]

# --8<-- [start:kept]
def move_right(images, shift):  # the columns that enter are blank
    return np.pad(images, ((0, 0), (0, 0), (shift, 0)))[:, :, :28]


def share_kept(before, after):
    filled = (before > 0) | (after > 0)
    return np.mean((before == after)[filled])
# --8<-- [end:kept]

# --8<-- [start:shift_measure]
still = respond(validation_pixels)
poolings = {
    "no pooling": lambda maps: maps,
    "average": layers.AveragePooling2D(pool_size=2),
    "maximum": layers.MaxPooling2D(pool_size=2),
}
kept = {}
for shift in [1, 2]:
    moved = respond(move_right(validation_pixels, shift))
    for name, pooling in poolings.items():
        before, after = np.array(pooling(still)), np.array(pooling(moved))
        kept[name, shift] = share_kept(before, after)
        print(f"shift {shift}, {name:10} kept {kept[name, shift]:5.1%}")
# --8<-- [end:shift_measure]

# --8<-- [start:receptive_field]
def receptive_field(steps):
    size, jump = 1, 1
    for name, window, stride in steps:
        size += (window - 1) * jump
        jump *= stride
        print(f"{name:15} sees {size:2}, jump {jump}")


receptive_field(
    [
        ("conv2d", 3, 1),
        ("max_pooling2d", 2, 2),
        ("conv2d_1", 3, 1),
        ("max_pooling2d_1", 2, 2),
        ("conv2d_2", 3, 1),
    ]
)
# --8<-- [end:receptive_field]

# --8<-- [start:receptive_field_none]
receptive_field([("conv2d", 3, 1), ("conv2d_1", 3, 1), ("conv2d_2", 3, 1)])
# --8<-- [end:receptive_field_none]

# --8<-- [start:stages]
def convolution(filters, size=3, stride=1):
    return layers.Conv2D(
        filters=filters, kernel_size=size, strides=stride, activation="relu"
    )


def with_max(filters):
    return [convolution(filters), layers.MaxPooling2D(pool_size=2)]


def without(filters):
    return [convolution(filters)]
# --8<-- [end:stages]

# --8<-- [start:build]
def build(stage, last=layers.Flatten):
    return keras.Sequential(
        [
            keras.Input(shape=(28, 28, 1)),
            *stage(32),
            *stage(64),
            convolution(128),
            last(),
            layers.Dense(units=10, activation="softmax"),
        ]
    )


networks = {"max": build(with_max), "none": build(without)}
# --8<-- [end:build]

# --8<-- [start:gradients]
noise = np.random.default_rng(0).random((100, 28, 28, 1), dtype="float32")


def seen_from_middle(network, layer):  # -> (28, 28), True where it matters
    part = keras.Model(network.inputs, layer.output)
    images = tf.constant(noise)
    with tf.GradientTape() as tape:
        tape.watch(images)
        maps = part(images)
        middle = maps.shape[1] // 2
        value = tf.reduce_sum(maps[:, middle, middle, :])  # all channels
    slopes = tape.gradient(value, images)[..., 0].numpy()
    return (slopes != 0).any(axis=0)  # in any of the images
# --8<-- [end:gradients]

# --8<-- [start:confirm]
squares = []
for name, network in networks.items():
    for layer in network.layers:
        if isinstance(layer, layers.Conv2D):
            seen = seen_from_middle(network, layer)
            rows = np.flatnonzero(seen.any(axis=1))
            columns = np.flatnonzero(seen.any(axis=0))
            assert seen[np.ix_(rows, columns)].all()  # no gaps
            squares.append((name, rows[0], len(rows)))
            print(f"{name:4} sees {len(rows):2} × {len(columns)} pixels")
# --8<-- [end:confirm]

# --8<-- [start:squares]
figure, axes = plt.subplots(2, 3, figsize=(5, 3.7))
for ax, (name, first, size) in zip(axes.flat, squares):
    ax.imshow(train_pixels[0], cmap="gray_r")
    corner = first - 0.5, first - 0.5  # pixel 0 reaches from -0.5 to 0.5
    ax.add_patch(
        plt.Rectangle(corner, size, size, fill=False, color="C1", linewidth=2)
    )
    ax.set_title(f"{name}: {size} × {size}", size=9)
    ax.axis("off")
plt.show()
# --8<-- [end:squares]

# --8<-- [start:winners]
for layer in [layers.MaxPooling2D(2), layers.AveragePooling2D(2)]:
    watched = tf.constant(one_image)
    with tf.GradientTape() as tape:
        tape.watch(watched)
        total = tf.reduce_sum(layer(watched))
    print(type(layer).__name__)
    print(tape.gradient(total, watched)[0, :, :, 0].numpy())
# --8<-- [end:winners]

# --8<-- [start:multiply_adds]
def multiply_adds(network):
    total = 0
    for layer in network.layers:
        if isinstance(layer, (layers.Conv2D, layers.Dense)):
            places = math.prod(layer.output.shape[1:-1])  # 1 for Dense
            total += places * math.prod(layer.kernel.shape)
    return total
# --8<-- [end:multiply_adds]

# --8<-- [start:describe]
def describe(name, network):
    last_map = network.layers[-3].output  # before Flatten and Dense
    height, width, channels = last_map.shape[1:]
    print(
        f"{name:8} {height:2} × {width:2} × {channels}",
        f"{network.layers[-1].count_params():7,} in Dense",
        f"{network.count_params():7,} in all",
        f"{multiply_adds(network):10,} multiply-adds",
    )


for name in ["max", "none"]:
    describe(name, networks[name])
# --8<-- [end:describe]

# --8<-- [start:prepare]
def prepare(images):  # (n, 28, 28) -> (n, 28, 28, 1), from 0 to 1
    return np.expand_dims(images.astype("float32") / 255, axis=-1)


def accuracy_of(network, images, labels):
    _, accuracy = network.evaluate(prepare(images), labels, verbose=0)
    return accuracy
# --8<-- [end:prepare]

# --8<-- [start:train]
def train(network):
    network.compile(
        optimizer="rmsprop",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    network.fit(
        prepare(train_pixels),
        train_labels,
        epochs=3,
        batch_size=64,
        verbose=0,
    )
    return accuracy_of(network, validation_pixels, validation_labels)
# --8<-- [end:train]

# --8<-- [start:train_max]
max_accuracy = train(networks["max"])
print(f"max      {max_accuracy:.4f}")
# --8<-- [end:train_max]

# --8<-- [start:more_stages]
def with_average(filters):
    return [convolution(filters), layers.AveragePooling2D(pool_size=2)]


def strided(filters):
    return [convolution(filters, stride=2)]


def learned(filters):
    return [convolution(filters), convolution(filters, size=2, stride=2)]
# --8<-- [end:more_stages]

# --8<-- [start:variants]
variants = {
    **networks,
    "average": build(with_average),
    "strided": build(strided),
    "learned": build(learned),
    "global": build(with_max, last=layers.GlobalAveragePooling2D),
}
for name, network in variants.items():
    describe(name, network)
# --8<-- [end:variants]

# --8<-- [start:train_none]
accuracies = {"max": max_accuracy, "none": train(variants["none"])}
print(f"none     {accuracies['none']:.4f}")
# --8<-- [end:train_none]

# --8<-- [start:compare]
for name in ["average", "strided", "learned", "global"]:
    accuracies[name] = train(variants[name])
    print(f"{name:8} {accuracies[name]:.4f}")
# --8<-- [end:compare]

# --8<-- [start:moved]
moved_accuracies = {}
moved_pixels = move_right(validation_pixels, 4)
for name, network in variants.items():
    moved_accuracies[name] = accuracy_of(
        network, moved_pixels, validation_labels
    )
    print(f"{name:8} {moved_accuracies[name]:.4f}")
# --8<-- [end:moved]

# --8<-- [start:test_once]
test_accuracy = accuracy_of(networks["max"], test_pixels, test_labels)
print(f"test accuracy: {test_accuracy:.4f}")
# --8<-- [end:test_once]

# --8<-- [start:exercise_pencil]
exercise = np.array(
    [
        [-1, -4, 0, 2],
        [-3, -2, 5, 1],
        [6, 0, -7, -5],
        [1, 2, -6, -8],
    ]
)
# --8<-- [end:exercise_pencil]

# --8<-- [start:answer_pencil]
print(pool(exercise, size=2, stride=2, choose=np.max))
print(pool(exercise, size=2, stride=1, choose=np.max))
# --8<-- [end:answer_pencil]

# --8<-- [start:answer_relu]
values = np.random.default_rng(0).normal(size=(1, 26, 26, 32))
for layer in [layers.MaxPooling2D(2), layers.AveragePooling2D(2)]:
    relu_first = layer(keras.ops.relu(values))
    relu_last = keras.ops.relu(layer(values))
    print(type(layer).__name__, np.allclose(relu_first, relu_last))
# --8<-- [end:answer_relu]

# --8<-- [start:answer_overlap]
x = keras.Input(shape=(28, 28, 1))
for filters in [32, 64]:
    x = convolution(filters)(x)
    print("convolution:", x.shape)
    x = layers.MaxPooling2D(pool_size=3, strides=2)(x)
    print("pooling:    ", x.shape)
x = convolution(128)(x)
print("convolution:", x.shape)
receptive_field(
    [
        ("conv2d", 3, 1),
        ("max_pooling2d", 3, 2),
        ("conv2d_1", 3, 1),
        ("max_pooling2d_1", 3, 2),
        ("conv2d_2", 3, 1),
    ]
)
# --8<-- [end:answer_overlap]

# --8<-- [start:answer_design]
receptive_field(
    [
        ("convolution 1", 3, 1),
        ("pooling 1", 2, 2),
        ("convolution 2", 3, 1),
        ("pooling 2", 2, 2),
        ("convolution 3", 3, 1),
        ("pooling 3", 2, 2),
        ("convolution 4", 3, 1),
    ]
)
# --8<-- [end:answer_design]

# --8<-- [start:answer_global]
unpooled = build(without, last=layers.GlobalAveragePooling2D)
for network in [variants["global"], unpooled]:
    print(f"{network.count_params():,} parameters")
# --8<-- [end:answer_global]

# --8<-- [start:answer_shift]
once = halve(respond(validation_pixels))
twice = halve(once)
for shift in [1, 2, 3, 4]:
    once_moved = halve(respond(move_right(validation_pixels, shift)))
    twice_moved = halve(once_moved)
    print(
        f"shift {shift}: pooled once",
        np.array_equal(once_moved[:, :, 1:], once[:, :, :-1]),
        "and twice",
        np.array_equal(twice_moved[:, :, 1:], twice[:, :, :-1]),
    )
# --8<-- [end:answer_shift]
