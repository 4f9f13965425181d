# --8<-- [start:setup]
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers, ops

keras.utils.set_random_seed(1)
# --8<-- [end:setup]

# --8<-- [start:load]
(images, labels), (test_images, test_labels) = keras.datasets.mnist.load_data()
images = images[..., None].astype("float32") / 255  # (60000, 28, 28, 1)
test_images = test_images[..., None].astype("float32") / 255
train_images, validation_images = images[:-10_000], images[-10_000:]
train_labels, validation_labels = labels[:-10_000], labels[-10_000:]
# --8<-- [end:load]

# --8<-- [start:ruler]
for right in [0.991, 0.995, 0.996]:
    error = np.sqrt(right * (1 - right) / 10_000)
    print(f"{right:.1%}: {10_000 * (1 - right):.0f} mistakes", end="")
    print(f" ± {10_000 * error:.0f}, which is ± {100 * error:.2f} points")
# --8<-- [end:ruler]

# --8<-- [start:normalize]
maps = np.random.default_rng(0).normal(5, 3, size=(128, 13, 13, 2))
means = maps.mean(axis=(0, 1, 2))  # one for each channel
variances = maps.var(axis=(0, 1, 2))
normalized = (maps - means) / np.sqrt(variances + 0.001)
layer = layers.BatchNormalization(scale=False)
assert np.allclose(layer(maps, training=True), normalized, atol=1e-4)
for name, values in [("before", maps), ("after", normalized)]:
    print(f"{name:6} mean {abs(values.mean()):.2f}, spread {values.std():.2f}")
# --8<-- [end:normalize]


# --8<-- [start:build]
def build(normalize=True):
    x = inputs = keras.Input(shape=(28, 28, 1))
    for filters in [32, 64, 128]:
        x = layers.Conv2D(filters, kernel_size=3, use_bias=not normalize)(x)
        if filters < 128:
            x = layers.MaxPooling2D(pool_size=2)(x)
        if normalize:
            x = layers.BatchNormalization(scale=False, momentum=0.9)(x)
        x = layers.ReLU()(x)
    x = layers.Flatten()(x)
    outputs = layers.Dense(units=10, activation="softmax")(x)
    return keras.Model(inputs, outputs)


# --8<-- [end:build]


# --8<-- [start:parameters]
def numbers(variables):
    return sum(np.prod(variable.shape) for variable in variables)


for normalize in [False, True]:
    network = build(normalize)
    print(
        f"normalize={normalize}:",
        f"{numbers(network.trainable_variables):,} trained,",
        f"{numbers(network.non_trainable_variables):,} only measured",
    )
# --8<-- [end:parameters]

# --8<-- [start:change]
source = keras.random.SeedGenerator()


def change(images, labels):
    count = ops.shape(images)[0]
    matrices = keras.random.uniform((count, 2, 2), -0.15, 0.15, seed=source)
    matrices = ops.eye(2) + matrices
    moves = keras.random.uniform((count, 2), -2, 2, seed=source)
    moves = moves + 13.5 - ops.sum(13.5 * matrices, axis=2)  # about the middle
    rows = ops.concatenate([matrices, moves[:, :, None]], axis=2)
    rows = ops.pad(ops.reshape(rows, (count, 6)), [[0, 0], [0, 2]])
    return ops.image.affine_transform(images, rows), labels


# --8<-- [end:change]

# --8<-- [start:changed]
same_digit = np.repeat(train_images[:1], 11, axis=0)
changed, _ = change(same_digit, None)
figure, axes = plt.subplots(2, 6, figsize=(5, 1.9))
for ax, image in zip(axes.flat, [train_images[0], *np.array(changed)]):
    ax.imshow(image[:, :, 0], cmap="gray_r")
    ax.axis("off")
plt.show()
# --8<-- [end:changed]


# --8<-- [start:schedule]
def schedule(epochs, steps):
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        warmup_target=0.003,
        warmup_steps=steps,  # the first epoch
        decay_steps=(epochs - 1) * steps,
    )


rate_at = schedule(8, 391)
for step in [0, 100, 391, 1_760, 3_128]:
    print(f"step {step:5,}: learning rate {float(rate_at(step)):.5f}")
# --8<-- [end:schedule]

# --8<-- [start:rates]
steps = np.arange(0, 3_129, 17)
rates = [float(rate_at(step)) for step in steps]
figure, ax = plt.subplots(figsize=(5, 2.2))
ax.plot(steps, rates, color="C0", label="schedule")
ax.plot([0, 3_128], [0.001, 0.001], "--", color="black", label="constant")
ax.set(xlabel="step", ylabel="learning rate")
ax.legend(frameon=False)
plt.show()
# --8<-- [end:rates]

# --8<-- [start:average]
rng = np.random.default_rng(0)
weights = 1 + 0.1 * rng.normal(size=20_000)  # jumps about around 1
averages = [weights[0]]
for weight in weights[1:]:
    averages.append(0.98 * averages[-1] + 0.02 * weight)
for name, values in [("weight", weights), ("average", averages)]:
    print(f"{name:7} {np.mean(values):.2f} ± {np.std(values[200:]):.3f}")
# --8<-- [end:average]

# --8<-- [start:averages]
figure, ax = plt.subplots(figsize=(5, 2.2))
ax.plot(weights[:400], ".", color="0.6", markersize=3, label="the weight")
ax.plot(averages[:400], color="C0", label="its average")
ax.set(xlabel="step")
ax.legend(frameon=False, ncols=2)
plt.show()
# --8<-- [end:averages]


# --8<-- [start:train]
def train(images, labels, epochs, without):
    network = build(normalize=without != "normalization")
    batches = tf.data.Dataset.from_tensor_slices((images, labels))
    batches = batches.shuffle(len(images)).batch(128)
    if without != "augmentation":
        batches = batches.map(change)
    steps = len(batches)
    rate = 0.001 if without == "schedule" else schedule(epochs, steps)
    optimizer = keras.optimizers.Adam(
        rate, use_ema=True, ema_momentum=1 - 1 / steps
    )
    network.compile(
        optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    fitted = network.fit(
        batches.prefetch(2),
        epochs=epochs,
        validation_data=(validation_images, validation_labels),
        validation_freq=epochs,  # only after the last epoch
        verbose=0,
    )
    return network, fitted.history["val_accuracy"][-1]


# --8<-- [end:train]


# --8<-- [start:leave_out]
def leave_out(images, labels, epochs):
    networks, mistakes, unaveraged = {}, {}, {}
    for without in ["nothing", "schedule", "augmentation", "normalization"]:
        network, accuracy = train(images, labels, epochs, without)
        answers = network.predict(validation_images, verbose=0).argmax(axis=1)
        networks[without] = network
        mistakes[without] = answers != validation_labels
        unaveraged[without] = round(10_000 * (1 - accuracy))
        print(
            f"without {without:13} {mistakes[without].sum():4} mistakes,",
            f"{unaveraged[without]:4} if the weights are not averaged",
        )
    return networks, mistakes, unaveraged


# --8<-- [end:leave_out]

# --8<-- [start:rehearse]
_, rehearsed, _ = leave_out(train_images[:5_000], train_labels[:5_000], 3)
# --8<-- [end:rehearse]

# --8<-- [start:compare]
networks, mistakes, unaveraged = leave_out(train_images, train_labels, 8)
# --8<-- [end:compare]

# --8<-- [start:common]
by_any = np.any([*mistakes.values()], axis=0).sum()
by_all = np.all([*mistakes.values()], axis=0).sum()
print(f"misread by at least one of the four networks: {by_any}")
print(f"misread by all four: {by_all}")
# --8<-- [end:common]

# --8<-- [start:test]
network = networks["nothing"]
_, test_accuracy = network.evaluate(test_images, test_labels, verbose=0)
print(f"{test_accuracy:.4f} of the test images")
# --8<-- [end:test]

# --8<-- [start:misread]
answers = network.predict(test_images, verbose=0).argmax(axis=1)
misread = np.flatnonzero(answers != test_labels)
figure, axes = plt.subplots(3, 8, figsize=(5, 2.6))
for ax in axes.flat:
    ax.axis("off")
for ax, index in zip(axes.flat, misread):
    ax.imshow(test_images[index, :, :, 0], cmap="gray_r")
    ax.set_title(f"{test_labels[index]} as {answers[index]}", size=8)
plt.show()
# --8<-- [end:misread]

# --8<-- [start:answer_images]
for low, high in [(0.991, 0.995), (0.995, 0.996)]:
    noise = low * (1 - low) + high * (1 - high)  # both are measured
    images_needed = noise * (2 / (high - low)) ** 2
    print(f"{low:.1%} against {high:.1%}: {images_needed:,.0f} images")
# --8<-- [end:answer_images]

# --8<-- [start:answer_half]
momentum = 1 - 1 / 391
half = np.log(0.5) / np.log(momentum)
print(f"{half:.0f} steps, {half / 391:.2f} epochs")
# --8<-- [end:answer_half]

# --8<-- [start:answer_scale]
rng = np.random.default_rng(0)
maps = rng.normal(size=(4, 11, 11, 64))
kernels = rng.normal(size=(3, 3, 64, 128))
factors = rng.uniform(0.5, 2, size=64)  # one for each channel
scaled = ops.conv(ops.relu(maps * factors), kernels)
absorbed = ops.conv(ops.relu(maps), factors[:, None] * kernels)
print("the same:", np.allclose(scaled, absorbed, atol=1e-3))
print(f"with factors: {104_202 + 32 + 64 + 128:,} trained")
# --8<-- [end:answer_scale]
