# --8<-- [start:setup]
import math

import keras
import matplotlib.pyplot as plt
import numpy as np
import scipy.ndimage
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
print("maximum:")
print(maximum)
print("average:")
print(average)
# --8<-- [end:by_hand]

# --8<-- [start:by_keras]
one_image = image.reshape(1, 4, 4, 1).astype("float32")
by_keras = layers.MaxPooling2D(pool_size=2)(one_image)  # (1, 2, 2, 1)
np.testing.assert_array_equal(by_keras[0, :, :, 0], maximum)
by_keras = layers.AveragePooling2D(pool_size=2)(one_image)
np.testing.assert_array_equal(by_keras[0, :, :, 0], average)
print("Keras and the loops agree")
# --8<-- [end:by_keras]

# --8<-- [start:by_scipy]
every_place = scipy.ndimage.maximum_filter(image, size=2)  # (4, 4)
np.testing.assert_array_equal(every_place[1::2, 1::2], maximum)
every_place = scipy.ndimage.uniform_filter(image.astype(float), size=2)
np.testing.assert_allclose(every_place[1::2, 1::2], average)
print("SciPy and the loops agree")
# --8<-- [end:by_scipy]

# --8<-- [start:channels]
maps = np.random.default_rng(0).random((1, 26, 26, 32), dtype="float32")
layer = layers.MaxPooling2D(pool_size=2)
pooled = layer(maps)
for channel in range(32):
    np.testing.assert_array_equal(
        pooled[0, :, :, channel],
        pool(maps[0, :, :, channel], size=2, stride=2, choose=np.max),
    )
print(maps.shape, "->", tuple(pooled.shape))
print("parameters:", layer.count_params())
# --8<-- [end:channels]

# --8<-- [start:odd]
corner = np.zeros((1, 11, 11, 1), dtype="float32")
corner[0, 10, 10, 0] = 9  # in the last row and the last column
for padding in ["valid", "same"]:
    pooled = layers.MaxPooling2D(pool_size=2, padding=padding)(corner)
    print(f"{padding:5} {tuple(pooled.shape)}, largest {np.max(pooled):.0f}")
# --8<-- [end:odd]

# --8<-- [start:shift_row]
row = np.array([0, 0, 3, 9, 4, 0, 0, 0])
for shift in [0, 1, 2]:
    shifted = np.roll(row, shift)
    pooled = shifted.reshape(4, 2).max(axis=1)
    print(f"shifted by {shift}: {shifted} -> {pooled}")
# --8<-- [end:shift_row]

# --8<-- [start:load]
(train_pixels, train_labels), (test_pixels, test_labels) = (
    keras.datasets.mnist.load_data()
)
train_images = train_pixels.astype("float32") / 255
test_images = test_pixels.astype("float32") / 255
train_images = np.expand_dims(train_images, axis=-1)  # (60000, 28, 28, 1)
test_images = np.expand_dims(test_images, axis=-1)  # (10000, 28, 28, 1)
# --8<-- [end:load]

# --8<-- [start:respond]
kernel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])  # ink on the right


def respond(images):  # (n, 28, 28) -> (n, 26, 26)
    sums = sum(
        kernel[i, j] * images[:, i : i + 26, j : j + 26].astype(int)
        for i, j in np.ndindex(3, 3)
    )
    return np.maximum(sums, 0)  # relu


def windows(maps):  # (n, 26, 26) -> (4, n, 13, 13)
    return np.stack([maps[:, i::2, j::2] for i, j in np.ndindex(2, 2)])
# --8<-- [end:respond]

# --8<-- [start:look]
maps = respond(test_pixels[1:2])  # one image
views = {
    "input": test_pixels[1],
    "response": maps[0],
    "maximum": windows(maps).max(axis=0)[0],
    "average": windows(maps).mean(axis=0)[0],
}
figure, axes = plt.subplots(1, 4, figsize=(5, 1.6))
for ax, (name, view) in zip(axes, views.items()):
    strongest = 255 if name == "input" else maps.max()
    ax.imshow(view, cmap="gray_r", vmin=0, vmax=strongest)
    ax.set_title(name, size=9)
    ax.axis("off")
plt.show()
# --8<-- [end:look]

# --8<-- [start:shift_measure]
def move_right(images, shift):
    return np.pad(images, ((0, 0), (0, 0), (shift, 0)))[:, :, :28]


same, change = {}, {}
for shift in [1, 2]:
    maps = respond(test_pixels)
    moved = respond(move_right(test_pixels, shift))
    for name, before, after in [
        ("no pooling", maps, moved),
        ("strides", windows(maps)[0], windows(moved)[0]),
        ("average", windows(maps).mean(axis=0), windows(moved).mean(axis=0)),
        ("maximum", windows(maps).max(axis=0), windows(moved).max(axis=0)),
    ]:
        filled = (before > 0) | (after > 0)
        same[name, shift] = np.mean((before == after)[filled])
        change[name, shift] = np.abs(after - before).sum() / before.sum()
        print(
            f"shift {shift}, {name:10}",
            f"same {same[name, shift]:5.1%}",
            f"change {change[name, shift]:4.0%}",
        )
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

# --8<-- [start:build]
def build(variant):
    stride = 2 if variant == "strides" else 1
    inputs = keras.Input(shape=(28, 28, 1))
    x = inputs
    for filters in [32, 64]:
        x = layers.Conv2D(
            filters=filters,
            kernel_size=3,
            strides=stride,
            activation="relu",
        )(x)
        if variant in ["max", "global"]:
            x = layers.MaxPooling2D(pool_size=2)(x)
        elif variant == "average":
            x = layers.AveragePooling2D(pool_size=2)(x)
    x = layers.Conv2D(filters=128, kernel_size=3, activation="relu")(x)
    if variant == "global":
        x = layers.GlobalAveragePooling2D()(x)
    else:
        x = layers.Flatten()(x)
    outputs = layers.Dense(units=10, activation="softmax")(x)
    return keras.Model(inputs, outputs, name=variant)


networks = {"max": build("max"), "none": build("none")}
# --8<-- [end:build]

# --8<-- [start:gradients]
noise = np.random.default_rng(0).random((100, 28, 28, 1), dtype="float32")


def pixels_seen(network, layer):  # -> (100, 28, 28), True where seen
    part = keras.Model(network.inputs, layer.output)
    images = tf.constant(noise)
    with tf.GradientTape() as tape:
        tape.watch(images)
        maps = part(images)
        middle = maps.shape[1] // 2
        value = tf.reduce_sum(maps[:, middle, middle, :])  # all channels
    return tape.gradient(value, images)[..., 0].numpy() != 0
# --8<-- [end:gradients]

# --8<-- [start:confirm]
squares = []
for variant, network in networks.items():
    for layer in network.layers:
        if isinstance(layer, layers.Conv2D):
            seen = pixels_seen(network, layer).any(axis=0)  # (28, 28)
            rows = np.flatnonzero(seen.any(axis=1))
            columns = np.flatnonzero(seen.any(axis=0))
            assert seen[np.ix_(rows, columns)].all()  # no gaps
            squares.append((variant, rows[0], len(rows)))
            print(f"{variant:4} sees {len(rows):2} × {len(columns)} pixels")
# --8<-- [end:confirm]

# --8<-- [start:squares]
figure, axes = plt.subplots(2, 3, figsize=(5, 3.7))
for ax, (variant, first, size) in zip(axes.flat, squares):
    ax.imshow(test_pixels[1], cmap="gray_r")
    corner = first - 0.5, first - 0.5  # pixel 0 reaches from -0.5 to 0.5
    ax.add_patch(
        plt.Rectangle(corner, size, size, fill=False, color="C1", linewidth=2)
    )
    ax.set_title(f"{variant}: {size} × {size}", size=9)
    ax.axis("off")
plt.show()
# --8<-- [end:squares]

# --8<-- [start:winners]
for layer in [layers.MaxPooling2D(2), layers.AveragePooling2D(2)]:
    inputs = tf.constant(one_image)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        total = tf.reduce_sum(layer(inputs))
    print(type(layer).__name__)
    print(tape.gradient(total, inputs)[0, :, :, 0].numpy())
# --8<-- [end:winners]

# --8<-- [start:one_image]
last_layer = networks["max"].layers[5]  # conv2d_2
seen_alone = pixels_seen(networks["max"], last_layer).sum(axis=(1, 2))
print(f"one image: {seen_alone.mean():.1f} of {18 * 18} pixels on average")
# --8<-- [end:one_image]

# --8<-- [start:multiply_adds]
def multiply_adds(network):
    total = 0
    for layer in network.layers:
        if isinstance(layer, (layers.Conv2D, layers.Dense)):
            places = math.prod(layer.output.shape[1:-1])  # 1 for Dense
            total += places * math.prod(layer.kernel.shape)
    return total


def describe(network):
    last_map = network.layers[-3].output  # before Flatten and Dense
    height, width, channels = last_map.shape[1:]
    print(
        f"{network.name:8} {height:2} × {width:2} × {channels}",
        f"{network.layers[-1].count_params():7,} in Dense",
        f"{network.count_params():7,} in all",
        f"{multiply_adds(network):10,} multiply-adds",
    )


for network in networks.values():
    describe(network)
# --8<-- [end:multiply_adds]

# --8<-- [start:train]
def train(network):
    network.compile(
        optimizer="rmsprop",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    network.fit(
        train_images[:20_000],
        train_labels[:20_000],
        epochs=3,
        batch_size=64,
        verbose=0,
    )
    _, accuracy = network.evaluate(test_images, test_labels, verbose=0)
    print(f"{network.name:8} {accuracy:.4f}")
    return accuracy
# --8<-- [end:train]

# --8<-- [start:train_max]
accuracies = {"max": train(networks["max"])}
# --8<-- [end:train_max]

# --8<-- [start:train_none]
accuracies["none"] = train(networks["none"])
# --8<-- [end:train_none]

# --8<-- [start:describe]
for variant in ["average", "strides", "global"]:
    networks[variant] = build(variant)
for network in networks.values():
    describe(network)
# --8<-- [end:describe]

# --8<-- [start:compare]
for variant in ["average", "strides", "global"]:
    accuracies[variant] = train(networks[variant])
# --8<-- [end:compare]

# --8<-- [start:results]
figure, ax = plt.subplots(figsize=(5, 3.4))
for variant, accuracy in accuracies.items():
    place = multiply_adds(networks[variant]) / 1e6, accuracy
    side = "left" if variant in ["average", "global"] else "right"
    ax.plot(*place, "o", color="C0")
    ax.annotate(
        variant,
        xy=place,
        xytext=(8, 0) if side == "left" else (-8, 0),
        textcoords="offset points",
        horizontalalignment=side,
        verticalalignment="center",
    )
ticks = [1, 2, 5, 10, 20, 50]
ax.set(xscale="log", xlim=(1, 60), ylabel="test accuracy")
ax.set_xticks(ticks, labels=ticks)
ax.minorticks_off()
ax.set_xlabel("million multiply-adds for an image")
plt.show()
# --8<-- [end:results]

# --8<-- [start:moved]
moved_accuracies = {}
for variant, network in networks.items():
    moved_accuracies[variant] = []
    for shift in [2, 4]:
        moved = move_right(test_images[..., 0], shift)[..., np.newaxis]
        _, accuracy = network.evaluate(moved, test_labels, verbose=0)
        moved_accuracies[variant].append(accuracy)
    by_two, by_four = moved_accuracies[variant]
    print(f"{variant:8} moved by 2: {by_two:.4f}, by 4: {by_four:.4f}")
# --8<-- [end:moved]

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

# --8<-- [start:answer_two_windows]
receptive_field([("3×3", 3, 1), ("3×3 again", 3, 1)])
receptive_field([("5×5", 5, 1)])
two_small = keras.Sequential(
    [
        keras.Input(shape=(28, 28, 64)),
        layers.Conv2D(filters=64, kernel_size=3),
        layers.Conv2D(filters=64, kernel_size=3),
    ]
)
one_large = keras.Sequential(
    [
        keras.Input(shape=(28, 28, 64)),
        layers.Conv2D(filters=64, kernel_size=5),
    ]
)
print(f"{two_small.count_params():,} and {one_large.count_params():,}")
print(two_small.output_shape, one_large.output_shape)
# --8<-- [end:answer_two_windows]

# --8<-- [start:answer_overlap]
x = keras.Input(shape=(28, 28, 1))
for filters in [32, 64]:
    x = layers.Conv2D(filters=filters, kernel_size=3)(x)
    print("convolution:", x.shape)
    x = layers.MaxPooling2D(pool_size=3, strides=2)(x)
    print("pooling:    ", x.shape)
x = layers.Conv2D(filters=128, kernel_size=3)(x)
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

# --8<-- [start:answer_global]
for variant in ["max", "none"]:
    inputs = networks[variant].inputs
    last_map = networks[variant].layers[-3].output
    x = layers.GlobalAveragePooling2D()(last_map)  # (batch, 128)
    outputs = layers.Dense(units=10, activation="softmax")(x)
    network = keras.Model(inputs, outputs)
    print(f"{variant:4} {network.count_params():,} parameters")
# --8<-- [end:answer_global]

# --8<-- [start:answer_shift]
halve = layers.MaxPooling2D(pool_size=2)
maps = respond(test_pixels)[..., np.newaxis].astype("float32")
for shift in [1, 2, 3, 4]:
    moved = respond(move_right(test_pixels, shift))
    moved = moved[..., np.newaxis].astype("float32")
    once, moved_once = halve(maps), halve(moved)
    twice, moved_twice = halve(once), halve(moved_once)
    print(
        f"shift {shift}: pooled once",
        np.array_equal(moved_once[:, :, 1:], once[:, :, :-1]),
        "and twice",
        np.array_equal(moved_twice[:, :, 1:], twice[:, :, :-1]),
    )
# --8<-- [end:answer_shift]
