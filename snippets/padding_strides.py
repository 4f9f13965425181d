# --8<-- [start:setup]
import itertools
import math

import keras
import numpy as np
import scipy.signal
from keras import layers

rng = np.random.default_rng(0)
# --8<-- [end:setup]

# --8<-- [start:places]
image_size, window_size = 5, 3
starts = []
for start in range(image_size):
    if start + window_size <= image_size:  # the window fits
        starts.append(start)
print("starts along one side:", starts)
for row in starts:
    print([(row, column) for column in starts])
# --8<-- [end:places]

# --8<-- [start:slide]
image = np.array(
    [
        [1, 2, 1, 3, 2],
        [3, 1, 2, 1, 1],
        [2, 1, 3, 2, 1],
        [1, 3, 1, 1, 2],
        [2, 1, 1, 3, 1],
    ]
)
kernel = np.array([[1, 2, 1], [3, 1, 2], [2, 1, 3]])
# --8<-- [end:slide]

# --8<-- [start:slide_run]
def slide(image, kernel, stride=1):
    size = len(kernel)
    starts = range(0, len(image) - size + 1, stride)
    sums = [
        (image[row : row + size, column : column + size] * kernel).sum()
        for row in starts
        for column in starts
    ]
    return np.array(sums).reshape(len(starts), len(starts))


print(slide(image, kernel))
# --8<-- [end:slide_run]

# --8<-- [start:shrink]
x = keras.Input(shape=(28, 28, 1))
for _ in range(3):
    x = layers.Conv2D(filters=1, kernel_size=3)(x)
    print(x.shape)
# --8<-- [end:shrink]

# --8<-- [start:pad]
padded = np.pad(image, pad_width=1)  # (7, 7)
print(padded)
# --8<-- [end:pad]

# --8<-- [start:pad_slide]
by_hand = slide(padded, kernel)
print(by_hand)
# --8<-- [end:pad_slide]

# --8<-- [start:keras_conv]
def keras_conv(image, kernel, **options):
    layer = layers.Conv2D(
        filters=1, kernel_size=len(kernel), use_bias=False, **options
    )
    batch = image[None, :, :, None].astype("float32")  # (1, 5, 5, 1)
    layer.build(batch.shape)
    layer.set_weights([kernel[:, :, None, None]])  # (3, 3, 1, 1)
    output = keras.ops.convert_to_numpy(layer(batch))  # (1, 5, 5, 1)
    return np.rint(output[0, :, :, 0]).astype(int)
# --8<-- [end:keras_conv]

# --8<-- [start:same]
same = keras_conv(image, kernel, padding="same")
witness = scipy.signal.correlate2d(image, kernel, mode="same")
assert np.array_equal(same, by_hand)
assert np.array_equal(witness, by_hand)

print("same: ", same.shape)
print("valid:", keras_conv(image, kernel, padding="valid").shape)
print("by default:", layers.Conv2D(filters=1, kernel_size=3).padding)
# --8<-- [end:same]

# --8<-- [start:wide]
wide_kernel = np.ones((5, 5), dtype=int)
wide = keras_conv(image, wide_kernel, padding="same")
assert np.array_equal(wide, slide(np.pad(image, pad_width=2), wide_kernel))
print("5×5 window, padding 2:", wide.shape)
# --8<-- [end:wide]

# --8<-- [start:cost]
gray = np.full((5, 5), 90)
blur = np.full((3, 3), 1 / 9)  # the mean of nine pixels
print(keras_conv(gray, blur, padding="same"))
# --8<-- [end:cost]

# --8<-- [start:cost_pooling]
batch = gray[None, :, :, None].astype("float32")  # (1, 5, 5, 1)
options = {"pool_size": 3, "strides": 1, "padding": "same"}
average = layers.AveragePooling2D(**options)(batch)
maximum = layers.MaxPooling2D(**options)(-batch)
print(f"corner of the average of 90: {float(average[0, 0, 0, 0]):.0f}")
print(f"corner of the maximum of -90: {float(maximum[0, 0, 0, 0]):.0f}")
# --8<-- [end:cost_pooling]

# --8<-- [start:stride]
stride_1 = slide(image, kernel)
stride_2 = slide(image, kernel, stride=2)
assert np.array_equal(stride_2, stride_1[::2, ::2])
assert np.array_equal(stride_2, keras_conv(image, kernel, strides=2))
print(stride_1)
print(stride_2)
# --8<-- [end:stride]

# --8<-- [start:pixels_seen]
def pixels_seen(n, pad=0, **options):
    layer = layers.Conv1D(
        filters=1, kernel_initializer="ones", use_bias=False, **options
    )
    inputs = np.eye(n, dtype="float32")  # input i: only pixel i is 1
    inputs = np.pad(inputs, [(0, 0), (pad, pad)])[:, :, None]
    outputs = keras.ops.convert_to_numpy(layer(inputs))  # (n, places, 1)
    return outputs[:, :, 0].T.astype(int)  # (places, n)


print(pixels_seen(n=5, kernel_size=3))
# --8<-- [end:pixels_seen]

# --8<-- [start:pixels_seen_same]
print(pixels_seen(n=5, kernel_size=3, padding="same"))
# --8<-- [end:pixels_seen_same]

# --8<-- [start:pixels_seen_stride]
print(pixels_seen(n=6, kernel_size=3, strides=2))
# --8<-- [end:pixels_seen_stride]

# --8<-- [start:output_size]
def output_size(n, k, s=1, p=0):
    return (n + 2 * p - k) // s + 1


size = 28
for layer_name, k, s in [
    ("conv2d", 3, 1),
    ("max_pooling2d", 2, 2),
    ("conv2d_1", 3, 1),
    ("max_pooling2d_1", 2, 2),
    ("conv2d_2", 3, 1),
]:
    size = output_size(size, k, s)
    print(f"{layer_name:15} {size:2}")
# --8<-- [end:output_size]

# --8<-- [start:check]
sizes = itertools.product(range(1, 13), range(1, 6), range(1, 4))
cases = {"valid": 0, "same": 0}
for n, k, s in sizes:
    predicted = {"same": math.ceil(n / s)}
    if k <= n:
        predicted["valid"] = output_size(n, k, s)
    blank = np.zeros((1, n, n, 1), dtype="float32")
    for padding, size in predicted.items():
        conv = layers.Conv2D(1, k, strides=s, padding=padding)
        pool = layers.MaxPooling2D(k, strides=s, padding=padding)
        assert tuple(conv(blank).shape) == (1, size, size, 1)
        assert tuple(pool(blank).shape) == (1, size, size, 1)
        cases[padding] += 1
print("cases checked:", cases)
# --8<-- [end:check]

# --8<-- [start:too_small]
try:
    layers.Conv2D(filters=1, kernel_size=3)(keras.Input(shape=(2, 2, 1)))
except ValueError as error:
    print(error)
# --8<-- [end:too_small]

# --8<-- [start:same_padding]
def same_padding(n, k, s=1):
    places = math.ceil(n / s)
    total = max((places - 1) * s + k - n, 0)
    return total // 2, total - total // 2  # before, after


for n in [5, 6, 7, 8]:
    before, after = same_padding(n, k=3, s=2)
    print(f"n = {n}: {before} before, {after} after")
# --8<-- [end:same_padding]

# --8<-- [start:same_check]
same_cases = 0
for n, k, s in itertools.product(range(1, 13), range(1, 6), range(1, 4)):
    pixels = rng.integers(0, 10, size=(n, n))
    weights = rng.integers(0, 10, size=(k, k))
    framed = np.pad(pixels, same_padding(n, k, s))
    ours = slide(framed, weights, stride=s)
    theirs = keras_conv(pixels, weights, strides=s, padding="same")
    assert np.array_equal(ours, theirs)
    same_cases += 1
print("cases in which every value agrees:", same_cases)
# --8<-- [end:same_check]

# --8<-- [start:two_ways]
print("same:")
print(pixels_seen(n=6, kernel_size=3, strides=2, padding="same"))
print("one pixel on each side:")
print(pixels_seen(n=6, pad=1, kernel_size=3, strides=2))
# --8<-- [end:two_ways]

# --8<-- [start:two_results]
numbered = 10 * np.arange(6)[:, None] + np.arange(6)  # 24: row 2, column 4
center = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]])

print(keras_conv(numbered, center, strides=2, padding="same"))

batch = numbered[None, :, :, None]  # (1, 6, 6, 1)
framed = layers.ZeroPadding2D(padding=1)(batch)  # (1, 8, 8, 1)
framed = keras.ops.convert_to_numpy(framed)[0, :, :, 0]
print(keras_conv(framed, center, strides=2, padding="valid"))
# --8<-- [end:two_results]

# --8<-- [start:spread]
def spread(kernel, d):
    size = d * (len(kernel) - 1) + 1
    wide = np.zeros((size, size), dtype=int)
    wide[::d, ::d] = kernel
    return wide


print(spread(kernel, d=2))
# --8<-- [end:spread]

# --8<-- [start:dilation]
digits = np.arange(49).reshape(7, 7) % 10
dilated = keras_conv(digits, kernel, dilation_rate=2)
assert np.array_equal(dilated, slide(digits, spread(kernel, d=2)))
print("7×7 becomes", dilated.shape)
print(pixels_seen(n=7, kernel_size=3, dilation_rate=2))
# --8<-- [end:dilation]

# --8<-- [start:answer_sizes]
for n, layer in [
    (32, layers.Conv2D(filters=1, kernel_size=5)),
    (32, layers.Conv2D(filters=1, kernel_size=3, strides=2, padding="same")),
    (13, layers.MaxPooling2D(pool_size=3, strides=2)),
    (32, layers.Conv2D(filters=1, kernel_size=3, dilation_rate=4)),
]:
    print(n, "->", layer(keras.Input(shape=(n, n, 1))).shape[1])
x = layers.ZeroPadding2D(padding=3)(keras.Input(shape=(224, 224, 3)))
x = layers.Conv2D(filters=64, kernel_size=7, strides=2)(x)
print("224 ->", x.shape[1])
# --8<-- [end:answer_sizes]

# --8<-- [start:answer_keep]
for k in [3, 5, 7, 9]:
    keeps = [p for p in range(10) if output_size(n=28, k=k, p=p) == 28]
    print(f"k = {k}: p = {keeps}")
x = layers.ZeroPadding2D(padding=3)(keras.Input(shape=(28, 28, 1)))
print(layers.Conv2D(filters=1, kernel_size=7)(x).shape)
# --8<-- [end:answer_keep]

# --8<-- [start:answer_even]
for k in [2, 4]:
    print(f"k = {k}: sizes", [output_size(5, k, p=p) for p in range(4)])
    print("Keras adds", same_padding(5, k))
print(pixels_seen(n=5, kernel_size=2, padding="same"))
# --8<-- [end:answer_even]

# --8<-- [start:answer_smallest]
def last_map(n):
    x = inputs = keras.Input(shape=(n, n, 1))
    for filters in [32, 64]:
        x = layers.Conv2D(filters, kernel_size=3)(x)
        x = layers.MaxPooling2D(pool_size=2)(x)
    x = layers.Conv2D(128, kernel_size=3)(x)
    return keras.Model(inputs, x).output_shape


print(18, last_map(18))
try:
    last_map(17)
except ValueError as error:
    print(17, str(error).split(".")[0])
# --8<-- [end:answer_smallest]

# --8<-- [start:answer_products]
products = {}
for stride in [1, 2]:
    starts = range(0, 28 - 3 + 1, stride)
    places = len(starts) * len(starts)
    products[stride] = places * 3 * 3
    print(f"stride {stride}: {places} places, {products[stride]} products")
print("stride 1 makes", products[1] // products[2], "times as many")
# --8<-- [end:answer_products]
