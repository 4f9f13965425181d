# --8<-- [start:setup]
import keras
import matplotlib.pyplot as plt
import numpy as np
import scipy.signal
from keras import layers

keras.utils.set_random_seed(1)
# --8<-- [end:setup]

# --8<-- [start:row]
row = np.array([0, 0, 1, 1, 1, 0])  # paper, ink, paper
three_weights = np.array([-1, 0, 1])

matrix = np.zeros((4, 6), dtype=int)
for place in range(4):
    matrix[place, place : place + 3] = three_weights
print(matrix)

by_window = [np.sum(row[p : p + 3] * three_weights) for p in range(4)]
print("outputs:", matrix @ row)
assert np.array_equal(matrix @ row, by_window)
# --8<-- [end:row]

# --8<-- [start:count]
def count_weights(side, window):
    places = (side - window + 1) ** 2
    return {
        "dense": side**2 * places,
        "local": window**2 * places,
        "shared": window**2,
    }


for side in [28, 1000]:
    print(f"image of {side}×{side}:")
    for name, count in count_weights(side, window=3).items():
        print(f"  {name:6} {count:17,}")
# --8<-- [end:count]

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
with_channels = kernel[:, :, None, None].astype("float32")  # (2, 2, 1, 1)
output = keras.ops.conv(batch, with_channels)  # (1, 2, 2, 1)

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
    "vertical edges": [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
    "horizontal edges": [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
    "blur": [[1 / 9, 1 / 9, 1 / 9]] * 3,
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
}
responses = {
    name: correlate(digit, np.array(values))  # (26, 26)
    for name, values in kernels.items()
}
# --8<-- [end:hand_made]

# --8<-- [start:kernels]
figure, axes = plt.subplots(2, 3, figsize=(5, 3.7))
axes[0, 0].imshow(digit, cmap="gray_r")
axes[0, 0].set_title("input", size=10)
for ax, (name, values) in zip(axes.flat[1:], responses.items()):
    limit = np.abs(values).max()
    ax.imshow(values, cmap="RdBu", vmin=-limit, vmax=limit)
    ax.set_title(name, size=10)
for ax in axes.flat:
    ax.axis("off")
plt.show()
# --8<-- [end:kernels]

# --8<-- [start:two_channels]
channels = np.array([[[1, 2, 0], [0, 3, 1]], [[2, 0, 1], [1, 0, 3]]])
filters = {
    "first": np.array([[[1, -1], [2, 0]], [[0, 1], [1, -1]]]),
    "second": np.array([[[0, 1], [-1, 0]], [[1, 0], [0, 2]]]),
}
for name, parts in filters.items():
    one = correlate(channels[0], parts[0])
    two = correlate(channels[1], parts[1])
    print(f"{name:6}", *one, "+", *two, "=", *(one + two))
# --8<-- [end:two_channels]

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
tiny_map = np.moveaxis(channels, 0, -1).astype("float32")  # (2, 3, 2)
tiny_kernels = np.stack(
    [np.moveaxis(parts, 0, -1) for parts in filters.values()], axis=-1
)  # (2, 2, 2, 2)

tiny_layer = layers.Conv2D(filters=2, kernel_size=2)
tiny_layer.build((None, 2, 3, 2))
tiny_layer.set_weights([tiny_kernels, np.zeros(2)])
by_layer = keras.ops.convert_to_numpy(tiny_layer(tiny_map[None]))[0]
by_loops = conv_layer(tiny_map, tiny_kernels, biases=np.zeros(2))

print("output", by_layer.shape)
print(by_layer)
assert np.array_equal(by_layer, by_loops)
# --8<-- [end:channels_check]

# --8<-- [start:slices]
numbers = np.arange(25).reshape(5, 5)
i, j = 1, 1
print("valid:", numbers[i : i + 3, j : j + 3].shape)
print("same: ", numbers[i - 1 : i + 2, j - 1 : j + 2].shape)
print("wrong:", numbers[i - 1 : i + 1, j - 1 : j + 1].shape)
# --8<-- [end:slices]

# --8<-- [start:one_by_one]
some_map = np.random.default_rng(0).random((1, 5, 6, 3), dtype="float32")
pointwise = layers.Conv2D(
    filters=4, kernel_size=1, bias_initializer="random_normal"
)
by_convolution = pointwise(some_map)
mixing, biases = pointwise.get_weights()
print("weights", mixing.shape, "output", by_convolution.shape)

dense = layers.Dense(units=4)
dense.build((None, 3))
dense.set_weights([mixing[0, 0], biases])
assert np.allclose(by_convolution, dense(some_map), atol=1e-6)
by_numpy = some_map @ mixing[0, 0] + biases
assert np.allclose(by_convolution, by_numpy, atol=1e-6)
# --8<-- [end:one_by_one]

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
# --8<-- [end:build]

# --8<-- [start:cost]
convnet = build_convnet()
with_weights = [layer for layer in convnet.layers if layer.weights]
names = ["first", "second", "third", "dense"]
print("layer   parameters  multiply-adds  outputs")
for name, layer in zip(names, with_weights):
    kernel_shape = layer.weights[0].shape  # (3, 3, 1, 32) for the first
    places = np.prod(layer.output.shape[1:-1], dtype=int)
    multiply_adds = places * np.prod(kernel_shape)
    outputs = places * kernel_shape[-1]
    parameters = layer.count_params()
    print(f"{name:6} {parameters:11,} {multiply_adds:14,} {outputs:8,}")
# --8<-- [end:cost]

# --8<-- [start:build_dense]
def build_dense():
    inputs = keras.Input(shape=(28, 28, 1))
    x = layers.Flatten()(inputs)
    x = layers.Dense(units=512, activation="relu")(x)
    outputs = layers.Dense(units=10, activation="softmax")(x)
    return keras.Model(inputs, outputs)
# --8<-- [end:build_dense]

# --8<-- [start:train]
train_images = train_pixels[:10_000, ..., None].astype("float32") / 255
test_images = test_pixels[:2_000, ..., None].astype("float32") / 255


def train(model, images, epochs=2):
    model.compile(
        optimizer="rmsprop", loss="sparse_categorical_crossentropy"
    )
    labels = train_labels[: len(images)]
    model.fit(images, labels, epochs=epochs, batch_size=64, verbose=0)


networks = {"dense": build_dense(), "convnet": build_convnet()}
for model in networks.values():
    train(model, train_images)
# --8<-- [end:train]

# --8<-- [start:balance]
first_layer = networks["convnet"].layers[1]  # layers[0] is the input
learned = first_layer.get_weights()[0][:, :, 0]  # (3, 3, 32)
rest = np.abs(learned.sum(axis=(0, 1)))
share = rest / np.abs(learned).sum(axis=(0, 1))
chosen = share.argsort()[:8]
print("what is left:", *(f"{share[n]:.2f}" for n in chosen))
# --8<-- [end:balance]

# --8<-- [start:responses]
maps = keras.ops.convert_to_numpy(first_layer(train_images[:1]))[0]
figure, axes = plt.subplots(4, 4, figsize=(5, 5.2))
limit = np.abs(learned).max()
for number, n in enumerate(chosen):
    above, column = 2 * (number // 4), number % 4
    kernel_ax, map_ax = axes[above, column], axes[above + 1, column]
    kernel_ax.imshow(
        learned[:, :, n], cmap="RdBu", vmin=-limit, vmax=limit
    )
    map_ax.imshow(maps[:, :, n], cmap="gray_r")
for ax in axes.flat:
    ax.axis("off")
plt.show()
# --8<-- [end:responses]

# --8<-- [start:shift]
def shift(images, down, right):  # by up to four pixels
    padded = np.pad(images, [(0, 0), (4, 4), (4, 4), (0, 0)])
    return padded[:, 4 - down : 32 - down, 4 - right : 32 - right]
# --8<-- [end:shift]

# --8<-- [start:equivariance]
whole = test_pixels[:1000, ..., None].astype("float32")  # 0 to 255
edges = np.array(kernels["vertical edges"], "float32")[:, :, None, None]


def edge_maps(images):
    return keras.ops.convert_to_numpy(keras.ops.conv(images, edges))


before = edge_maps(whole)  # (1000, 26, 26, 1)
after = edge_maps(shift(whole, down=0, right=1))
print("moved along:", np.all(after[:, :, 1:] == before[:, :, :-1]))
print("in place:   ", np.all(after == before))
# --8<-- [end:equivariance]

# --8<-- [start:learned_too]
learned_before = first_layer(test_images[:1000])
learned_after = first_layer(shift(test_images[:1000], down=0, right=1))
assert np.allclose(
    learned_after[:, :, 1:], learned_before[:, :, :-1], atol=1e-6
)
# --8<-- [end:learned_too]

# --8<-- [start:shifted]
def shifted_accuracy(model, d):
    places = {(d, 0), (-d, 0), (0, d), (0, -d)}  # only one, if d is 0
    accuracies = []
    for down, right in places:
        images = shift(test_images, down, right)
        answers = model.predict(images, batch_size=500, verbose=0)
        hits = answers.argmax(axis=1) == test_labels[: len(images)]
        accuracies.append(np.mean(hits))
    return np.mean(accuracies)
# --8<-- [end:shifted]

# --8<-- [start:shifted_run]
shifted = {}
print("pixels ", *(f"{d:7}" for d in range(5)))
for name, model in networks.items():
    shifted[name] = [shifted_accuracy(model, d) for d in range(5)]
    print(f"{name:7}", *(f"{accuracy:7.1%}" for accuracy in shifted[name]))
# --8<-- [end:shifted_run]

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

# --8<-- [start:answer_ends]
drawing = np.array(
    [
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 1, 0, 0, 0, 0, 0, 0],
        [0, 1, 0, 0, 0, 0, 1, 0],
        [0, 1, 1, 1, 1, 1, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ]
)
ends = np.array([[-1, -1, -1], [-1, 2, -1], [-1, -1, -1]])
print(np.maximum(correlate(drawing, ends), 0).astype(int))
# --8<-- [end:answer_ends]

# --8<-- [start:answer_count]
photo = keras.Input(shape=(200, 300, 3))
photo_maps = layers.Conv2D(filters=16, kernel_size=5)(photo)
print("shape:", photo_maps.shape)
print("parameters:", keras.Model(photo, photo_maps).count_params())
print("by hand:   ", (5 * 5 * 3 + 1) * 16)
print(f"multiply-adds: {196 * 296 * 16 * 5 * 5 * 3:,}")
# --8<-- [end:answer_count]

# --8<-- [start:answer_cheaper]
plain = 3 * 3 * 64 * 64
narrow = 64 * 16 + 3 * 3 * 16 * 16 + 16 * 64
print(f"plain: {plain:,}  narrow: {narrow:,}  ratio: {plain / narrow:.1f}")
# --8<-- [end:answer_cheaper]

# --8<-- [start:answer_proof]
def response(image, i, j):
    return sum(
        image[i + a, j + b] * kernel[a, b]
        for a in range(2)
        for b in range(2)
    )


larger = np.arange(20).reshape(4, 5) ** 2 % 7  # any whole numbers
moved = np.pad(larger, [(0, 0), (1, 0)])[:, :5]  # one to the right
for i in range(3):
    for j in range(1, 4):
        assert response(moved, i, j) == response(larger, i, j - 1)
# --8<-- [end:answer_proof]

# --8<-- [start:answer_moved]
rng = np.random.default_rng(0)
moved_images = np.zeros_like(train_images)
for n in range(len(train_images)):
    down, right = rng.integers(-4, 5, size=2)
    moved_images[n] = shift(train_images[n : n + 1], down, right)[0]

after_moves = {}
for name, build in [("dense", build_dense), ("convnet", build_convnet)]:
    model = build()
    train(model, moved_images, epochs=6)
    after_moves[name] = [shifted_accuracy(model, d) for d in range(5)]
    print(f"{name:7}", *(f"{each:7.1%}" for each in after_moves[name]))
# --8<-- [end:answer_moved]
