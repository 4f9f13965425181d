# --8<-- [start:setup]
import math

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(1)
# --8<-- [end:setup]

# --8<-- [start:load]
(images, labels), _ = keras.datasets.mnist.load_data()
images = images[..., np.newaxis] / np.float32(255)  # (60000, 28, 28, 1)
train_images, train_labels = images[:10_000], labels[:10_000]
val_images, val_labels = images[50_000:], labels[50_000:]
# --8<-- [end:load]


# --8<-- [start:count]
def multiply_adds(layer):
    if not isinstance(layer, (layers.Conv2D, layers.Dense)):
        return 0
    places = math.prod(layer.output.shape[1:-1])  # 1 for Dense
    return places * math.prod(layer.kernel.shape)


def work(network):
    return sum(multiply_adds(layer) for layer in network.layers)


# --8<-- [end:count]


# --8<-- [start:describe]
def describe(network):
    for layer in network.layers[1:]:  # the input has no cost
        kind = type(layer).__name__
        if isinstance(layer, layers.Conv2D):
            kind += " {}×{}".format(*layer.kernel_size)
        shape = "×".join(str(size) for size in layer.output.shape[1:])
        print(
            f"{kind[:13]:13}{shape:>9}"
            f"{layer.count_params():8,} {multiply_adds(layer):9,}"
        )
    print(f"{'total':22}{network.count_params():8,} {work(network):9,}")


# --8<-- [end:describe]


# --8<-- [start:conv]
def conv(filters, kernel_size=3, **options):
    return layers.Conv2D(
        filters, kernel_size, padding="same", activation="relu", **options
    )


# --8<-- [end:conv]


# --8<-- [start:lenet]
def lenet():
    inputs = keras.Input(shape=(28, 28, 1))
    x = conv(filters=6, kernel_size=5)(inputs)
    x = layers.MaxPooling2D(pool_size=2)(x)
    x = layers.Conv2D(filters=16, kernel_size=5, activation="relu")(x)
    x = layers.MaxPooling2D(pool_size=2)(x)
    x = layers.Flatten()(x)
    x = layers.Dense(units=120, activation="relu")(x)
    x = layers.Dense(units=84, activation="relu")(x)
    outputs = layers.Dense(units=10, activation="softmax")(x)
    return keras.Model(inputs, outputs)


describe(lenet())
# --8<-- [end:lenet]


# --8<-- [start:vgg_block]
def vgg_block(x, filters):
    x = conv(filters)(x)
    x = conv(filters)(x)
    return layers.MaxPooling2D(pool_size=2)(x)


# --8<-- [end:vgg_block]


# --8<-- [start:vgg]
def vgg():
    inputs = keras.Input(shape=(28, 28, 1))
    x = vgg_block(inputs, filters=8)
    x = vgg_block(x, filters=16)
    x = vgg_block(x, filters=32)
    x = layers.Flatten()(x)
    x = layers.Dense(units=64, activation="relu")(x)
    outputs = layers.Dense(units=10, activation="softmax")(x)
    return keras.Model(inputs, outputs)


describe(vgg())
# --8<-- [end:vgg]


# --8<-- [start:nin_block]
def nin_block(x, filters):
    x = conv(filters)(x)
    x = conv(filters, kernel_size=1)(x)
    x = conv(filters, kernel_size=1)(x)
    return layers.MaxPooling2D(pool_size=2)(x)


# --8<-- [end:nin_block]


# --8<-- [start:nin]
def nin():
    inputs = keras.Input(shape=(28, 28, 1))
    x = nin_block(inputs, filters=8)
    x = nin_block(x, filters=16)
    x = nin_block(x, filters=32)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(units=10, activation="softmax")(x)
    return keras.Model(inputs, outputs)


describe(nin())
# --8<-- [end:nin]


# --8<-- [start:residual_block]
def residual_block(x, filters, strides=1):
    y = conv(filters, strides=strides)(x)
    y = layers.Conv2D(filters, kernel_size=3, padding="same")(y)
    if x.shape != y.shape:  # bring x to the shape of y
        x = layers.Conv2D(filters, kernel_size=1, strides=strides)(x)
    return layers.ReLU()(layers.Add()([x, y]))


# --8<-- [end:residual_block]


# --8<-- [start:resnet]
def resnet():
    inputs = keras.Input(shape=(28, 28, 1))
    x = conv(filters=16, strides=2)(inputs)
    x = residual_block(x, filters=16)
    x = residual_block(x, filters=32, strides=2)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(units=10, activation="softmax")(x)
    return keras.Model(inputs, outputs)


describe(resnet())
# --8<-- [end:resnet]

# --8<-- [start:chain]
for slope in [0.3, -0.3]:
    plain, skips = slope**10, (1 + slope) ** 10
    print(f"{slope:4}: plain {plain:.6f}, with skips {skips:.3f}")
# --8<-- [end:chain]


# --8<-- [start:stack]
def stack(depth, skips, initializer="glorot_uniform"):
    options = {"filters": 16, "kernel_initializer": initializer}
    inputs = keras.Input(shape=(28, 28, 1))
    x = conv(strides=2, **options)(inputs)
    x = layers.MaxPooling2D(pool_size=2)(x)  # (batch, 7, 7, 16)
    for _ in range(depth // 2):
        y = conv(**options)(x)
        y = layers.Conv2D(kernel_size=3, padding="same", **options)(y)
        x = layers.ReLU()(layers.Add()([x, y]) if skips else y)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(units=10, activation="softmax")(x)
    return keras.Model(inputs, outputs)


# --8<-- [end:stack]


# --8<-- [start:gradient]
def first_gradient(network):
    kernel = network.layers[1].kernel
    with tf.GradientTape() as tape:
        losses = keras.losses.sparse_categorical_crossentropy(
            train_labels[:500], network(train_images[:500])
        )
        loss = tf.reduce_mean(losses)
    return float(tf.norm(tape.gradient(loss, kernel)))


# --8<-- [end:gradient]

# --8<-- [start:gradients]
depths = [2, 6, 10, 14, 20]
gradients = {}
for kind, skips in [("plain", False), ("with skips", True)]:
    gradients[kind] = [first_gradient(stack(depth, skips)) for depth in depths]
    print(f"{kind:10}", *[f"{size:.1e}" for size in gradients[kind]])
# --8<-- [end:gradients]

# --8<-- [start:gradients_figure]
figure, ax = plt.subplots(figsize=(5, 3))
for kind, sizes in gradients.items():
    ax.plot(depths, sizes, "o-", label=kind)
ax.set(yscale="log", xlabel="layers in the stack")
ax.set_ylabel("gradient of the first kernel")
ax.set_xticks(depths)
ax.yaxis.set_major_formatter("{x:g}")  # 0.01 rather than small exponents
ax.legend(frameon=False)
plt.show()
# --8<-- [end:gradients_figure]


# --8<-- [start:train]
def train(network, learning_rate=0.003):
    network.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    network.fit(train_images, train_labels, epochs=2, batch_size=32, verbose=0)
    _, accuracy = network.evaluate(
        val_images, val_labels, batch_size=500, verbose=0
    )
    return accuracy


# --8<-- [end:train]

# --8<-- [start:deep]
deep_accuracies = {}
for depth, skips in [(4, False), (20, False), (20, True)]:
    kind = f"{depth} layers, {'with skips' if skips else 'plain'}"
    network = stack(depth, skips)
    deep_accuracies[kind] = train(network, learning_rate=0.001)
    print(f"{kind:21} {deep_accuracies[kind]:.4f}")
# --8<-- [end:deep]

# --8<-- [start:compare]
networks = {"LeNet": lenet(), "VGG": vgg(), "NiN": nin(), "ResNet": resnet()}
accuracies = {}
for name, network in networks.items():
    accuracies[name] = train(network)
    millions = work(network) / 1e6
    print(f"{name:6} {millions:.2f} million, {accuracies[name]:.4f}")
# --8<-- [end:compare]

# --8<-- [start:results]
figure, ax = plt.subplots(figsize=(5, 3.2))
for name, accuracy in accuracies.items():
    millions = work(networks[name]) / 1e6
    ax.plot(millions, accuracy, "o", color="C0")
    ax.annotate(
        name,
        xy=(millions, accuracy),
        xytext=(8, 0),
        textcoords="offset points",
        verticalalignment="center",
    )
ax.set(xlim=(0, 2.4), ylabel="validation accuracy")
ax.set_xlabel("million multiply-adds for an image")
plt.show()
# --8<-- [end:results]


# --8<-- [start:answer_bottleneck]
def bottleneck(x, filters):
    y = conv(filters // 4, kernel_size=1)(x)
    y = conv(filters // 4)(y)
    y = layers.Conv2D(filters, kernel_size=1)(y)
    return layers.ReLU()(layers.Add()([x, y]))


inputs = keras.Input(shape=(14, 14, 64))
for block in [residual_block, bottleneck]:
    network = keras.Model(inputs, block(inputs, filters=64))
    print(f"{block.__name__:14} {work(network):10,} multiply-adds")
# --8<-- [end:answer_bottleneck]

# --8<-- [start:answer_means]
maps = np.random.default_rng(0).random((1, 7, 7, 32), dtype="float32")
average = layers.GlobalAveragePooling2D()
one_by_one = layers.Conv2D(filters=10, kernel_size=1)
dense = layers.Dense(units=10)
first_maps = average(one_by_one(maps))
dense.build((1, 32))
kernel, bias = one_by_one.get_weights()
dense.set_weights([kernel[0, 0], bias])
assert np.allclose(first_maps, dense(average(maps)), atol=1e-5)
print(f"{7 * 7 * kernel.size:,} or {dense.kernel.shape[0] * 10:,}")
# --8<-- [end:answer_means]

# --8<-- [start:answer_larger]
larger = first_gradient(stack(20, skips=False, initializer="he_normal"))
print(f"{larger:.1e}, {larger / gradients['plain'][-1]:.0f} times as large")
# --8<-- [end:answer_larger]

# --8<-- [start:answer_design]
inputs = keras.Input(shape=(64, 64, 3))
x = conv(filters=8, kernel_size=5, strides=4)(inputs)
x = residual_block(x, filters=16)
x = residual_block(x, filters=32, strides=2)
x = layers.GlobalAveragePooling2D()(x)
outputs = layers.Dense(units=10, activation="softmax")(x)
design = keras.Model(inputs, outputs)
describe(design)
# --8<-- [end:answer_design]
