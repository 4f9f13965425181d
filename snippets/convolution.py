# --8<-- [start:setup]
import keras
import matplotlib.pyplot as plt
import numpy as np
import scipy.signal
from keras import layers

keras.utils.set_random_seed(1)
# --8<-- [end:setup]

# --8<-- [start:tiny]
image = np.array([[1, 2, 0], [0, 3, 1], [2, 0, 4]])
kernel = np.array([[1, -1], [2, 0]])

window = image[0:2, 0:2]
print(window * kernel)
print("sum:", np.sum(window * kernel))
# --8<-- [end:tiny]

# --8<-- [start:by_hand]
def correlate(image, kernel):
    height = image.shape[0] - kernel.shape[0] + 1
    width = image.shape[1] - kernel.shape[1] + 1
    output = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            window = image[i : i + kernel.shape[0], j : j + kernel.shape[1]]
            output[i, j] = np.sum(window * kernel)
    return output


print(correlate(image, kernel))
# --8<-- [end:by_hand]

# --8<-- [start:library]
batch = image[None, :, :, None].astype("float32")  # (1, 3, 3, 1)
kernels = kernel[:, :, None, None].astype("float32")  # (2, 2, 1, 1)
output = keras.ops.conv(batch, kernels)  # (1, 2, 2, 1)

by_keras = keras.ops.convert_to_numpy(output)[0, :, :, 0]
by_scipy = scipy.signal.correlate2d(image, kernel, mode="valid")
print(by_keras)
assert np.array_equal(by_keras, correlate(image, kernel))
assert np.array_equal(by_scipy, correlate(image, kernel))
# --8<-- [end:library]

# --8<-- [start:flip]
print(scipy.signal.convolve2d(image, kernel, mode="valid"))

flipped = kernel[::-1, ::-1]  # upside down and left to right
assert np.array_equal(
    scipy.signal.convolve2d(image, kernel, mode="valid"),
    correlate(image, flipped),
)
# --8<-- [end:flip]

# --8<-- [start:hand_made]
(train_pixels, train_labels), (test_pixels, test_labels) = (
    keras.datasets.mnist.load_data()
)
digit = train_pixels[0] / 255  # (28, 28)
kernels = {
    "upright edges": [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
    "level edges": [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
    "blur": [[1 / 9, 1 / 9, 1 / 9]] * 3,
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
}
# --8<-- [end:hand_made]

# --8<-- [start:kernels]
figure, axes = plt.subplots(1, 5, figsize=(5, 1.3))
axes[0].imshow(digit, cmap="gray_r")
axes[0].set_title("input", size=8)
for ax, (name, values) in zip(axes[1:], kernels.items()):
    response = correlate(digit, np.array(values))  # (26, 26)
    limit = np.abs(response).max()
    ax.imshow(response, cmap="RdBu", vmin=-limit, vmax=limit)
    ax.set_title(name, size=8)
for ax in axes:
    ax.axis("off")
plt.show()
# --8<-- [end:kernels]

# --8<-- [start:channels]
def conv_layer(feature_map, kernels, biases):
    size = kernels.shape[0]
    height = feature_map.shape[0] - size + 1
    width = feature_map.shape[1] - size + 1
    output = np.zeros((height, width, kernels.shape[-1]))
    for i in range(height):
        for j in range(width):
            patch = feature_map[i : i + size, j : j + size, :]
            # (3, 3, input_depth) with (3, 3, input_depth, output_depth)
            output[i, j, :] = np.tensordot(patch, kernels, axes=3) + biases
    return output
# --8<-- [end:channels]

# --8<-- [start:channels_check]
layer = layers.Conv2D(
    filters=4, kernel_size=3, bias_initializer="random_normal"
)
feature_map = np.random.default_rng(0).normal(size=(6, 5, 2))
by_keras = keras.ops.convert_to_numpy(layer(feature_map[None]))[0]
print("input", feature_map.shape, "-> output", by_keras.shape)

weights, biases = layer.get_weights()
print("kernels", weights.shape, "biases", biases.shape)
by_loops = conv_layer(feature_map, weights, biases)
assert np.allclose(by_keras, by_loops, atol=1e-5)
for n in range(4):
    by_scipy = sum(
        scipy.signal.correlate2d(
            feature_map[:, :, c], weights[:, :, c, n], mode="valid"
        )
        for c in range(2)
    )
    assert np.allclose(by_keras[:, :, n], by_scipy + biases[n], atol=1e-5)
# --8<-- [end:channels_check]

# --8<-- [start:slices]
numbers = np.arange(25).reshape(5, 5)
i, j = 1, 1
print("valid:", numbers[i : i + 3, j : j + 3].shape)
print("same: ", numbers[i - 1 : i + 2, j - 1 : j + 2].shape)
print("wrong:", numbers[i - 1 : i + 1, j - 1 : j + 1].shape)
# --8<-- [end:slices]

# --8<-- [start:build]
def build_convnet():
    inputs = keras.Input(shape=(28, 28, 1))
    x = layers.Conv2D(filters=32, kernel_size=3, activation="relu")(inputs)
    x = layers.MaxPooling2D(pool_size=2)(x)
    x = layers.Conv2D(filters=64, kernel_size=3, activation="relu")(x)
    x = layers.MaxPooling2D(pool_size=2)(x)
    x = layers.Conv2D(filters=128, kernel_size=3, activation="relu")(x)
    x = layers.Flatten()(x)
    outputs = layers.Dense(units=10, activation="softmax")(x)
    return keras.Model(inputs, outputs)


def build_dense():
    inputs = keras.Input(shape=(28, 28, 1))
    x = layers.Flatten()(inputs)
    x = layers.Dense(units=512, activation="relu")(x)
    outputs = layers.Dense(units=10, activation="softmax")(x)
    return keras.Model(inputs, outputs)
# --8<-- [end:build]

# --8<-- [start:train]
train_images = train_pixels[..., None].astype("float32") / 255
test_images = test_pixels[..., None].astype("float32") / 255


def train(model, images):
    model.compile(
        optimizer="rmsprop",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(images, train_labels, epochs=2, batch_size=64, verbose=0)


networks = {"dense": build_dense(), "convnet": build_convnet()}
test_accuracies = {}
for name, model in networks.items():
    train(model, train_images)
    _, accuracy = model.evaluate(test_images, test_labels, verbose=0)
    test_accuracies[name] = accuracy
    print(f"{name:7} {accuracy:.4f}")
# --8<-- [end:train]

# --8<-- [start:responses]
first_layer = networks["convnet"].layers[1]  # layers[0] is the input
learned = first_layer.get_weights()[0]  # (3, 3, 1, 32)
maps = first_layer(train_images[:1])  # (1, 26, 26, 32)
maps = keras.ops.convert_to_numpy(maps)[0]
liveliest = maps.std(axis=(0, 1)).argsort()[::-1][:8]

figure, axes = plt.subplots(2, 8, figsize=(5, 1.5))
limit = np.abs(learned).max()
for (top, bottom), n in zip(axes.T, liveliest):
    top.imshow(learned[:, :, 0, n], cmap="RdBu", vmin=-limit, vmax=limit)
    bottom.imshow(maps[:, :, n], cmap="gray_r")
for ax in axes.flat:
    ax.axis("off")
plt.show()
# --8<-- [end:responses]

# --8<-- [start:shift]
def shift(images, down, right):  # by up to four pixels
    padded = np.pad(images, [(0, 0), (4, 4), (4, 4), (0, 0)])
    return padded[:, 4 - down : 32 - down, 4 - right : 32 - right]
# --8<-- [end:shift]

# --8<-- [start:change]
def first_maps(images, pooled):
    maps = first_layer(images)
    if pooled:
        maps = layers.MaxPooling2D(pool_size=2)(maps)
    return keras.ops.convert_to_numpy(maps)


def change(pixels, places, pooled=False):
    images = test_images[:1000]
    before = first_maps(images, pooled)
    after = first_maps(shift(images, down=0, right=pixels), pooled)
    paper = first_maps(np.zeros((1, 28, 28, 1)), pooled)[:, 5, 5]  # (1, 32)
    before = before[:, :, : before.shape[2] - places]
    after = after[:, :, places:]
    return np.abs(after - before).sum() / np.abs(before - paper).sum()
# --8<-- [end:change]

# --8<-- [start:equivariance]
conv_in_place = change(pixels=1, places=0)
print(f"image by 1, map by 1:     {change(pixels=1, places=1):6.1%}")
print(f"image by 3, map by 3:     {change(pixels=3, places=3):6.1%}")
print(f"image by 1, map in place: {conv_in_place:6.1%}")
# --8<-- [end:equivariance]

# --8<-- [start:pooled]
pooled_by_two = change(pixels=2, places=1, pooled=True)
pooled_by_one = change(pixels=1, places=1, pooled=True)
pooled_in_place = change(pixels=1, places=0, pooled=True)
print(f"image by 2, map by 1:     {pooled_by_two:6.1%}")
print(f"image by 1, map by 1:     {pooled_by_one:6.1%}")
print(f"image by 1, map in place: {pooled_in_place:6.1%}")
# --8<-- [end:pooled]

# --8<-- [start:shifted]
def shifted_accuracy(model, d):
    accuracies = []
    places = {(d, 0), (-d, 0), (0, d), (0, -d)}  # only one, if d is 0
    for down, right in places:
        images = shift(test_images, down, right)
        predictions = model.predict(images, batch_size=500, verbose=0)
        accuracies.append(np.mean(predictions.argmax(axis=1) == test_labels))
    return np.mean(accuracies)


shifted = {
    name: [shifted_accuracy(model, d) for d in range(5)]
    for name, model in networks.items()
}
print("pixels ", *(f"{d:7}" for d in range(5)))
for name, accuracies in shifted.items():
    print(f"{name:7}", *(f"{accuracy:7.1%}" for accuracy in accuracies))
# --8<-- [end:shifted]

# --8<-- [start:shifted_plot]
figure, ax = plt.subplots(figsize=(5, 3.2))
ax.plot(range(5), shifted["convnet"], "o-", label="convnet")
ax.plot(range(5), shifted["dense"], "o-", label="dense network")
ax.set(xlabel="shift in pixels", ylabel="accuracy", ylim=(0, 1.02))
ax.set_xticks(range(5))
ax.legend()
plt.show()
# --8<-- [end:shifted_plot]

# --8<-- [start:answer_pencil]
paper_image = np.array([[2, 0, 1], [1, 3, 0], [0, 1, 2]])
paper_kernel = np.array([[0, 1], [-1, 2]])
print(correlate(paper_image, paper_kernel))
# --8<-- [end:answer_pencil]

# --8<-- [start:answer_slant]
falling = np.eye(5)  # a line from the upper left to the lower right
rising = falling[:, ::-1]
slanted = np.array([[2, -1, -1], [-1, 2, -1], [-1, -1, 2]])
print("falling:", correlate(falling, slanted).diagonal())
print("rising: ", correlate(rising, slanted)[:, ::-1].diagonal())
# --8<-- [end:answer_slant]

# --8<-- [start:answer_count]
inputs = keras.Input(shape=(200, 300, 3))
outputs = layers.Conv2D(filters=16, kernel_size=5)(inputs)
print("shape:", outputs.shape)
print("parameters:", keras.Model(inputs, outputs).count_params())
print("by hand:   ", (5 * 5 * 3 + 1) * 16)
# --8<-- [end:answer_count]

# --8<-- [start:answer_moved]
rng = np.random.default_rng(0)
moved_images = np.zeros_like(train_images)
for n in range(len(train_images)):
    down, right = rng.integers(-4, 5, size=2)
    moved_images[n] = shift(train_images[n : n + 1], down, right)[0]

after_moves = {}
print("pixels ", *(f"{d:7}" for d in range(5)))
for name, build in [("dense", build_dense), ("convnet", build_convnet)]:
    model = build()
    train(model, moved_images)
    accuracies = [shifted_accuracy(model, d) for d in range(5)]
    after_moves[name] = accuracies
    print(f"{name:7}", *(f"{accuracy:7.1%}" for accuracy in accuracies))
# --8<-- [end:answer_moved]
