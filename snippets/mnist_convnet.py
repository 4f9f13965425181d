# --8<-- [start:setup]
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

keras.utils.set_random_seed(1)
# --8<-- [end:setup]

# --8<-- [start:load]
(train_pixels, train_labels), (test_pixels, test_labels) = (
    keras.datasets.mnist.load_data()
)
print("training images:", train_pixels.shape, train_pixels.dtype)
print("training labels:", train_labels.shape, train_labels[:10])
print("test images:    ", test_pixels.shape, test_pixels.dtype)
# --8<-- [end:load]

# --8<-- [start:look]
figure, axes = plt.subplots(2, 5, figsize=(5, 2.5))
for ax, image, label in zip(axes.flat, train_pixels, train_labels):
    ax.imshow(image, cmap="gray_r")
    ax.set_title(label)
    ax.axis("off")
plt.show()
# --8<-- [end:look]

# --8<-- [start:prepare]
train_images = train_pixels.astype("float32") / 255
test_images = test_pixels.astype("float32") / 255
train_images = np.expand_dims(train_images, axis=-1)  # (60000, 28, 28, 1)
test_images = np.expand_dims(test_images, axis=-1)  # (10000, 28, 28, 1)
# --8<-- [end:prepare]

# --8<-- [start:split]
fit_images, fit_labels = train_images[:-10_000], train_labels[:-10_000]
validation_images = train_images[-10_000:]
validation_labels = train_labels[-10_000:]
print("to fit:     ", fit_images.shape)
print("to validate:", validation_images.shape)
print("to test:    ", test_images.shape)
# --8<-- [end:split]

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
    return keras.Model(inputs, outputs, name="convnet")
# --8<-- [end:build]

# --8<-- [start:summary]
trial = build_convnet()
trial.summary()
# --8<-- [end:summary]

# --8<-- [start:count]
parameters = {
    "conv2d": (3 * 3 * 1 + 1) * 32,  # (weights + bias) * filters
    "conv2d_1": (3 * 3 * 32 + 1) * 64,
    "conv2d_2": (3 * 3 * 64 + 1) * 128,
    "dense": (1152 + 1) * 10,  # (weights + bias) * classes
}
for name, count in parameters.items():
    print(f"{name:8} {count:8,}")
print(f"{'total':8} {sum(parameters.values()):8,}")
# --8<-- [end:count]

# --8<-- [start:compile]
def compile_model(model):
    model.compile(
        optimizer="rmsprop",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )


compile_model(trial)
# --8<-- [end:compile]

# --8<-- [start:train]
trial_history = trial.fit(
    fit_images,
    fit_labels,
    epochs=8,
    batch_size=64,
    validation_data=(validation_images, validation_labels),
    verbose=2,
)
# --8<-- [end:train]

# --8<-- [start:curves]
epochs = range(1, 9)
history = trial_history.history
figure, axes = plt.subplots(1, 2, figsize=(5, 2.8), layout="constrained")
for ax, quantity in zip(axes, ["loss", "accuracy"]):
    ax.plot(epochs, history[quantity], "o-", label="training")
    ax.plot(epochs, history[f"val_{quantity}"], "s--", label="validation")
    ax.set(xlabel="epoch", ylabel=quantity, xticks=epochs)
axes[0].legend()
plt.show()
# --8<-- [end:curves]

# --8<-- [start:final]
convnet = build_convnet()
compile_model(convnet)
convnet_history = convnet.fit(
    train_images, train_labels, epochs=5, batch_size=64, verbose=2
)
# --8<-- [end:final]

# --8<-- [start:evaluate]
convnet_loss, convnet_accuracy = convnet.evaluate(
    test_images, test_labels, verbose=0
)
print(f"convnet: {convnet_accuracy:.4f} of the test digits are right")
# --8<-- [end:evaluate]

# --8<-- [start:build_dense]
def build_dense():
    inputs = keras.Input(shape=(28, 28, 1))
    x = layers.Flatten()(inputs)
    x = layers.Dense(units=512, activation="relu")(x)
    outputs = layers.Dense(units=10, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="dense")
# --8<-- [end:build_dense]

# --8<-- [start:train_dense]
dense = build_dense()
compile_model(dense)
dense.fit(train_images, train_labels, epochs=5, batch_size=64, verbose=0)
dense_loss, dense_accuracy = dense.evaluate(test_images, test_labels, verbose=0)
print(f"dense: {dense_accuracy:.4f} with {dense.count_params():,} parameters")
# --8<-- [end:train_dense]

# --8<-- [start:compare]
dense_error = 1 - dense_accuracy
convnet_error = 1 - convnet_accuracy
removed = (dense_error - convnet_error) / dense_error
print(f"error rate: dense {dense_error:.2%}, convnet {convnet_error:.2%}")
print(f"errors removed by the convnet: {removed:.0%}")
# --8<-- [end:compare]

# --8<-- [start:predict]
probabilities = convnet.predict(test_images, verbose=0)  # (10000, 10)
predictions = probabilities.argmax(axis=1)  # (10000,)
print("sum of the first row:", f"{probabilities[0].sum():.3f}")
print("predicted:", predictions[:10])
print("true:     ", test_labels[:10])
# --8<-- [end:predict]

# --8<-- [start:samples]
figure, axes = plt.subplots(2, 5, figsize=(5, 2.6))
for ax, image, prediction in zip(axes.flat, test_pixels, predictions):
    ax.imshow(image, cmap="gray_r")
    ax.set_title(f"read as {prediction}", size=9)
    ax.axis("off")
plt.show()
# --8<-- [end:samples]

# --8<-- [start:mistakes]
confidence = probabilities.max(axis=1)
mistakes = np.flatnonzero(predictions != test_labels)
most_confident = mistakes[np.argsort(-confidence[mistakes])][:10]
figure, axes = plt.subplots(2, 5, figsize=(5, 2.9))
for ax, index in zip(axes.flat, most_confident):
    ax.imshow(test_pixels[index], cmap="gray_r")
    ax.set_title(f"{test_labels[index]} read as {predictions[index]}", size=8)
    ax.axis("off")
plt.show()
# --8<-- [end:mistakes]

# --8<-- [start:count_pairs]
confusion = np.zeros((10, 10), dtype=int)  # (true digit, predicted digit)
for true, predicted in zip(test_labels, predictions):
    confusion[true, predicted] += 1
# --8<-- [end:count_pairs]

# --8<-- [start:confusion]
only_mistakes = confusion * (1 - np.eye(10, dtype=int))

figure, ax = plt.subplots(figsize=(5, 4.6))
ax.imshow(only_mistakes, cmap="Oranges", vmin=0, vmax=20)
for true, predicted in np.ndindex(10, 10):
    ax.text(
        x=predicted,
        y=true,
        s=confusion[true, predicted] or "",
        size=8,
        color="0.1",
        horizontalalignment="center",
        verticalalignment="center",
    )
ax.set(xticks=range(10), yticks=range(10))
ax.set(xlabel="predicted digit", ylabel="true digit")
plt.show()
# --8<-- [end:confusion]

# --8<-- [start:error_channel]
try:
    inputs = keras.Input(shape=(28, 28))
    layers.Conv2D(filters=32, kernel_size=3)(inputs)
except ValueError as error:
    print(error)
# --8<-- [end:error_channel]

# --8<-- [start:error_one_hot]
one_hot_labels = keras.utils.to_categorical(train_labels)  # (60000, 10)
try:
    convnet.fit(train_images, one_hot_labels, verbose=0)
except ValueError as error:
    print(error)
# --8<-- [end:error_one_hot]

# --8<-- [start:error_scale]
scale_accuracy = {}
for name, images in [("0 to 1", train_images), ("0 to 255", train_pixels)]:
    brief = build_dense()
    compile_model(brief)
    brief.fit(images[:-10_000], fit_labels, batch_size=64, verbose=0)
    _, accuracy = brief.evaluate(images[-10_000:], validation_labels, verbose=0)
    scale_accuracy[name] = accuracy
    print(f"images from {name}: {accuracy:.4f}")
# --8<-- [end:error_scale]

# --8<-- [start:error_batch]
try:
    inputs = keras.Input(shape=train_images.shape)
    layers.Conv2D(filters=32, kernel_size=3)(inputs)
except ValueError as error:
    print(error)
# --8<-- [end:error_batch]

# --8<-- [start:answer_shapes]
inputs = keras.Input(shape=(28, 28, 1))
x = layers.Conv2D(filters=32, kernel_size=5, activation="relu")(inputs)
print("first: ", x.shape, f"{(5 * 5 * 1 + 1) * 32:,} parameters")
x = layers.MaxPooling2D(pool_size=2)(x)
x = layers.Conv2D(filters=64, kernel_size=5, activation="relu")(x)
print("second:", x.shape, f"{(5 * 5 * 32 + 1) * 64:,} parameters")
print(f"both, counted by Keras: {keras.Model(inputs, x).count_params():,}")
# --8<-- [end:answer_shapes]

# --8<-- [start:answer_chance]
def standard_error(values):
    return values.std() / np.sqrt(len(values))


dense_predictions = dense.predict(test_images, verbose=0).argmax(axis=1)
convnet_right = (predictions == test_labels).astype(int)  # (10000,), 0 or 1
dense_right = (dense_predictions == test_labels).astype(int)
gap = convnet_right - dense_right  # (10000,), -1, 0 or 1
for name, values in [
    ("convnet", convnet_right),
    ("dense", dense_right),
    ("gap", gap),
]:
    print(f"{name:8} {values.mean():6.2%} ± {standard_error(values):.2%}")
print(f"gap / standard error: {gap.mean() / standard_error(gap):.1f}")
# --8<-- [end:answer_chance]

# --8<-- [start:answer_best]
rng = np.random.default_rng(0)
right = rng.binomial(n=10_000, p=0.99, size=(1_000, 20))  # 20 networks a try
print(f"a network: {right.mean() / 10_000:.4f}")
print(f"the best of 20: {right.max(axis=1).mean() / 10_000:.4f}")
# --8<-- [end:answer_best]

# --8<-- [start:answer_stop]
stop_early = keras.callbacks.EarlyStopping(
    monitor="val_loss", patience=2, restore_best_weights=True
)
stopped = build_dense()
compile_model(stopped)
stopped_history = stopped.fit(
    fit_images,
    fit_labels,
    epochs=50,
    batch_size=64,
    validation_data=(validation_images, validation_labels),
    callbacks=[stop_early],
    verbose=0,
)
losses = stopped_history.history["val_loss"]
print(f"epochs trained: {len(losses)}, best: {np.argmin(losses) + 1}")
kept_loss, _ = stopped.evaluate(
    validation_images, validation_labels, verbose=0
)
print(f"validation loss: best {min(losses):.4f}, last {losses[-1]:.4f}")
print(f"of the network that comes out: {kept_loss:.4f}")
# --8<-- [end:answer_stop]

# --8<-- [start:answer_scrambled]
order = np.random.default_rng(0).permutation(28 * 28)


def scramble(images):
    pixels = images.reshape(-1, 28 * 28)
    return pixels[:, order].reshape(-1, 28, 28, 1)
# --8<-- [end:answer_scrambled]

# --8<-- [start:answer_scrambled_run]
scrambled_accuracy = {}
for name, build in [("dense", build_dense), ("convnet", build_convnet)]:
    for view, change in [("plain", np.copy), ("scrambled", scramble)]:
        network = build()
        compile_model(network)
        network.fit(
            change(fit_images[:20_000]),
            fit_labels[:20_000],
            epochs=2,
            batch_size=64,
            verbose=0,
        )
        _, accuracy = network.evaluate(
            change(validation_images), validation_labels, verbose=0
        )
        scrambled_accuracy[name, view] = accuracy
        print(f"{name:7} on {view:9} digits: {accuracy:.4f}")
# --8<-- [end:answer_scrambled_run]
