# --8<-- [start:setup]
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from skimage import data as photos

keras.utils.set_random_seed(1)
# --8<-- [end:setup]

# --8<-- [start:load]
pool, test = keras.datasets.cifar10.load_data()  # images and labels of each
cat, dog = 3, 5


def cats_and_dogs(images, labels):
    labels = labels.reshape(-1)  # (n, 1) -> (n,)
    chosen = np.isin(labels, [cat, dog])
    return images[chosen], (labels[chosen] == dog).astype(int)


pool_images, pool_labels = cats_and_dogs(*pool)
test_images, test_labels = cats_and_dogs(*test)
# --8<-- [end:load]

# --8<-- [start:split]
order = np.random.default_rng(0).permutation(len(pool_images))
train, val = order[:2_000], order[2_000:3_000]
train_images, train_labels = pool_images[train], pool_labels[train]
validation_images, validation_labels = pool_images[val], pool_labels[val]
# --8<-- [end:split]

# --8<-- [start:count]
for name, labels in [
    ("training", train_labels),
    ("validation", validation_labels),
    ("test", test_labels),
]:
    print(f"{name:10} {len(labels):5,} photos, {labels.sum():5,} of dogs")
# --8<-- [end:count]

# --8<-- [start:look]
figure, axes = plt.subplots(1, 4, figsize=(5, 1.7))
for ax, image, label in zip(axes, train_images[:4], train_labels):
    ax.imshow(image)
    ax.set_title("dog" if label else "cat", size=10)
    ax.axis("off")
plt.show()
# --8<-- [end:look]

# --8<-- [start:noise]
right = np.random.default_rng(0).binomial(n=1_000, p=0.7, size=10_000)
shares = right / 1_000
by_formula = np.sqrt(0.7 * (1 - 0.7) / 1_000)
print(f"from {shares.min():.3f} to {shares.max():.3f}")
print(f"standard deviation {shares.std():.4f}, by formula {by_formula:.4f}")
# --8<-- [end:noise]

# --8<-- [start:sigmoid]
scores = np.array([[0.0, 0.0], [1.0, 3.0], [4.0, 3.0], [2.0, 7.0]])
powers = np.exp(scores)
softmax = powers / powers.sum(axis=1, keepdims=True)  # (4, 2): cat, dog
difference = scores[:, 1] - scores[:, 0]
sigmoid = 1 / (1 + np.exp(-difference))
for one_difference, pair, one in zip(difference, softmax, sigmoid):
    print(f"{one_difference:4.0f}: softmax {pair[1]:.4f}, sigmoid {one:.4f}")
# --8<-- [end:sigmoid]

# --8<-- [start:sigmoid_figure]
differences = np.linspace(-6, 6, 121)
figure, ax = plt.subplots(figsize=(5, 2.4))
ax.plot(differences, 1 / (1 + np.exp(-differences)))
ax.set(xlabel="score", ylabel="probability of a dog")
ax.set_yticks([0, 0.5, 1])
plt.show()
# --8<-- [end:sigmoid_figure]

# --8<-- [start:binary_loss]
is_dog = np.array([1, 1, 0, 0])
by_hand = -np.log(np.where(is_dog, sigmoid, 1 - sigmoid))
binary = keras.losses.binary_crossentropy(is_dog[:, None], sigmoid[:, None])
of_two = keras.losses.sparse_categorical_crossentropy(is_dog, softmax)
assert np.allclose(binary, by_hand, atol=1e-5)
assert np.allclose(of_two, by_hand, atol=1e-5)
print(by_hand.round(4))
# --8<-- [end:binary_loss]

# --8<-- [start:build]
def build(before=(), after=()):
    stack = [
        keras.Input(shape=train_images.shape[1:]),
        *before,
        layers.Rescaling(1 / 255),
        layers.Conv2D(filters=32, kernel_size=3, activation="relu"),
        layers.MaxPooling2D(pool_size=2),
        layers.Conv2D(filters=64, kernel_size=3, activation="relu"),
        layers.MaxPooling2D(pool_size=2),
        layers.Conv2D(filters=128, kernel_size=3, activation="relu"),
        layers.Flatten(),  # (batch, 4, 4, 128) -> (batch, 2048)
        *after,
        layers.Dense(units=1, activation="sigmoid"),
    ]
    return keras.Sequential(stack)
# --8<-- [end:build]

# --8<-- [start:parameters]
plain = build()
print(f"{plain.count_params():,} parameters")
# --8<-- [end:parameters]

# --8<-- [start:learn]
def learn(network, images, labels, epochs, **options):
    network.compile(
        optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"]
    )
    fitted = network.fit(
        images,
        labels,
        batch_size=64,
        epochs=epochs,
        validation_data=(validation_images, validation_labels),
        verbose=0,
        **options,
    )
    return fitted.history
# --8<-- [end:learn]

# --8<-- [start:plain]
checkpoints = [
    keras.callbacks.ModelCheckpoint(
        f"{monitor}.keras", monitor=monitor, save_best_only=True
    )
    for monitor in ["val_loss", "val_accuracy"]
]
curves = learn(
    plain, train_images, train_labels, epochs=25, callbacks=checkpoints
)
for epoch in [1, 5, 10, 15, 20, 25]:
    print(
        f"epoch {epoch:2}: accuracy {curves['accuracy'][epoch - 1]:.3f},",
        f"on validation photos {curves['val_accuracy'][epoch - 1]:.3f}",
    )
# --8<-- [end:plain]

# --8<-- [start:curves]
figure, axes = plt.subplots(1, 2, figsize=(5, 2.5))
for ax, name in zip(axes, ["loss", "accuracy"]):
    numbers = range(1, len(curves[name]) + 1)
    ax.plot(numbers, curves[name], color="black", label="training")
    ax.plot(numbers, curves[f"val_{name}"], color="C0", label="validation")
    ax.set(title=name, xlabel="epoch")
axes[0].legend(frameon=False)
plt.show()
# --8<-- [end:curves]

# --8<-- [start:by_heart]
few_images = train_images[:500]
random_labels = np.random.default_rng(0).permutation(train_labels[:500])
memory = learn(
    build(), few_images, random_labels, epochs=40, validation_freq=40
)
print(f"training {memory['accuracy'][-1]:.3f}")
print(f"validation {memory['val_accuracy'][-1]:.3f}")
# --8<-- [end:by_heart]

# --8<-- [start:stop]
losses, accuracies = curves["val_loss"], curves["val_accuracy"]
stops = {
    "lowest loss": np.argmin(losses),
    "highest accuracy": np.argmax(accuracies),
    "last epoch": len(losses) - 1,
}
for rule, stop in stops.items():
    print(
        f"{rule:16} epoch {stop + 1:2}:",
        f"loss {losses[stop]:.3f}, accuracy {accuracies[stop]:.3f}",
    )
# --8<-- [end:stop]

# --8<-- [start:dropout_by_hand]
rng = np.random.default_rng(0)
values = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])


def drop(values, rate):
    kept = rng.random(values.shape) >= rate
    return values * kept / (1 - rate)


for step in [1, 2, 3]:
    print(f"step {step}:", drop(values, rate=0.5))
many = [drop(values, rate=0.5) for _ in range(10_000)]
print("mean of 10,000:", np.mean(many, axis=0).round(1))
# --8<-- [end:dropout_by_hand]

# --8<-- [start:dropout_layer]
dropout = layers.Dropout(rate=0.5)
print("training:", np.array(dropout(values, training=True)))
print("use:     ", np.array(dropout(values)))
# --8<-- [end:dropout_layer]

# --8<-- [start:changes]
cat_photo = np.array(layers.Resizing(72, 72)(photos.chelsea()[:, 75:375]))
(digits, _), _ = keras.datasets.mnist.load_data()
three, six = 255 - digits[7], 255 - digits[13]  # dark on white
views = {
    "a cat": cat_photo,
    "mirrored": cat_photo[:, ::-1],
    "shifted": np.roll(cat_photo, 7, axis=1),
    "upside down": cat_photo[::-1],
    "3": three,
    "3 mirrored": three[:, ::-1],
    "6": six,
    "6 turned": six[::-1, ::-1],
}
# --8<-- [end:changes]

# --8<-- [start:changes_figure]
figure, axes = plt.subplots(2, 4, figsize=(5, 3.2))
for ax, (name, view) in zip(axes.flat, views.items()):
    ax.imshow(view, cmap="gray")
    ax.set_title(name, size=10)
    ax.axis("off")
plt.show()
# --8<-- [end:changes_figure]

# --8<-- [start:augmentation]
def augmentation():
    return layers.Pipeline(
        [
            layers.RandomFlip(mode="horizontal"),
            layers.RandomTranslation(height_factor=0.1, width_factor=0.1),
        ]
    )


augment = augmentation()
# --8<-- [end:augmentation]

# --8<-- [start:augmented_figure]
figure, axes = plt.subplots(2, 4, figsize=(5, 2.7))
for ax in axes.flat:
    ax.imshow(np.array(augment(cat_photo, training=True)) / 255)
    ax.axis("off")
plt.show()
# --8<-- [end:augmented_figure]

# --8<-- [start:only_in_training]
untrained = build(before=[augmentation()])
for training in [True, False]:
    twice = [
        untrained(validation_images[:32], training=training) for _ in range(2)
    ]
    print(f"training={training}, same answers: {np.allclose(*twice)}")
# --8<-- [end:only_in_training]

# --8<-- [start:in_map]
def change(images, labels):
    return augment(images, training=True), labels


changed = (
    tf.data.Dataset.from_tensor_slices((train_images, train_labels))
    .shuffle(buffer_size=2_000)
    .batch(32)
    .map(change, num_parallel_calls=tf.data.AUTOTUNE)
    .prefetch(tf.data.AUTOTUNE)
)
# --8<-- [end:in_map]

# --8<-- [start:variants]
def variant(name):
    altered = [augmentation()] if name in ["augmentation", "both"] else []
    thinned = [layers.Dropout(rate=0.5)] if name in ["dropout", "both"] else []
    return build(before=altered, after=thinned)
# --8<-- [end:variants]

# --8<-- [start:compare]
networks, learned = {"neither": plain}, {"neither": curves}
for name, epochs in [("dropout", 25), ("augmentation", 40), ("both", 40)]:
    networks[name] = variant(name)
    learned[name] = learn(
        networks[name], train_images, train_labels, epochs=epochs
    )
for name, each in learned.items():
    print(
        f"{name:12} training {each['accuracy'][-1]:.3f},",
        f"validation {each['val_accuracy'][-1]:.3f}",
    )
# --8<-- [end:compare]

# --8<-- [start:compare_figure]
tones = {
    "neither": "black",
    "dropout": "C3",
    "augmentation": "C2",
    "both": "C0",
}
figure, axes = plt.subplots(1, 2, figsize=(5, 2.8), sharey=True)
for name, each in learned.items():
    numbers = range(1, len(each["loss"]) + 1)
    axes[0].plot(numbers, each["loss"], color=tones[name], label=name)
    axes[1].plot(numbers, each["val_loss"], color=tones[name])
axes[0].set(title="training", xlabel="epoch", ylabel="loss", ylim=(0, 1.5))
axes[1].set(title="validation", xlabel="epoch")
figure.legend(loc="outside lower center", ncols=2, frameon=False)
plt.show()
# --8<-- [end:compare_figure]

# --8<-- [start:sizes]
by_size = {"neither": [], "both": []}
for size, epochs in [(50, 150), (200, 80), (500, 50), (1_000, 40)]:
    for name, some_epochs in [("neither", epochs // 2), ("both", epochs)]:
        small = learn(
            variant(name),
            train_images[:size],
            train_labels[:size],
            epochs=some_epochs,
            validation_freq=some_epochs,  # only after the last epoch
        )
        by_size[name].append(small["val_accuracy"][-1])
    print(f"{size:5,} photos:", *[f"{by_size[n][-1]:.3f}" for n in by_size])
# --8<-- [end:sizes]

# --8<-- [start:errors]
chances = networks["both"].predict(validation_images, verbose=0)[:, 0]
answers = (chances > 0.5).astype(int)
mistaken = answers != validation_labels
cat_mistakes = np.sum(mistaken & (validation_labels == 0))
dog_mistakes = np.sum(mistaken & (validation_labels == 1))
print(
    f"cats taken for dogs: {cat_mistakes} of {np.sum(validation_labels == 0)}"
)
print(
    f"dogs taken for cats: {dog_mistakes} of {np.sum(validation_labels == 1)}"
)
# --8<-- [end:errors]

# --8<-- [start:sure]
confidences = np.maximum(chances, 1 - chances)
sure_counts, sure_shares = [], []
for low, high in [(0.5, 0.7), (0.7, 0.9), (0.9, 1.0)]:
    some = (low < confidences) & (confidences <= high)
    sure_counts.append(int(some.sum()))
    sure_shares.append(1 - mistaken[some].mean())
    print(
        f"sure to {low:.0%}-{high:.0%}: {sure_counts[-1]} photos,",
        f"{sure_shares[-1]:.0%} right",
    )
# --8<-- [end:sure]

# --8<-- [start:mistakes]
wrong = np.flatnonzero(mistaken)
worst = wrong[np.argsort(-confidences[wrong])][:4]
figure, axes = plt.subplots(1, 4, figsize=(5, 1.7))
for ax, index in zip(axes, worst):
    ax.imshow(validation_images[index])
    ax.set_title("a dog?" if answers[index] else "a cat?", size=10)
    ax.axis("off")
plt.show()
# --8<-- [end:mistakes]

# --8<-- [start:test]
def test_accuracy_of(network):
    return network.evaluate(test_images, test_labels, verbose=0)[1]


test_accuracy = test_accuracy_of(networks["both"])
print(f"both: {test_accuracy:.3f}")
# --8<-- [end:test]

# --8<-- [start:test_stops]
stopped = {
    "lowest loss": keras.models.load_model("val_loss.keras"),
    "highest accuracy": keras.models.load_model("val_accuracy.keras"),
    "last epoch": plain,
}
stopped_accuracies = {}
for rule, network in stopped.items():
    stopped_accuracies[rule] = test_accuracy_of(network)
    print(f"plain, {rule:16} {stopped_accuracies[rule]:.3f}")
# --8<-- [end:test_stops]

# --8<-- [start:answer_even]
even = -np.log(0.5)
sure = 0.7 * -np.log(0.99) + 0.3 * -np.log(0.01)
unsure = 0.7 * -np.log(0.7) + 0.3 * -np.log(0.3)
print(f"{even:.3f} {sure:.3f} {unsure:.3f}")
# --8<-- [end:answer_even]

# --8<-- [start:answer_twin]
twin = keras.Sequential(
    [
        keras.Input(shape=train_images.shape[1:]),
        *plain.layers[:-1],
        layers.Dense(units=2, activation="softmax"),
    ]
)
kernel, bias = plain.layers[-1].get_weights()  # (2048, 1), (1,)
twin.layers[-1].set_weights(
    [np.hstack([0 * kernel, kernel]), np.hstack([0 * bias, bias])]
)
of_plain = plain.predict(validation_images, verbose=0)[:, 0]
of_twin = twin.predict(validation_images, verbose=0)[:, 1]
print(np.allclose(of_plain, of_twin, atol=1e-5))
# --8<-- [end:answer_twin]

# --8<-- [start:answer_photos]
for points in [2, 1, 0.5]:
    needed = 0.7 * (1 - 0.7) / (points / 100) ** 2
    print(f"standard error {points:3} points: {needed:6,.0f} photos")
# --8<-- [end:answer_photos]

# --8<-- [start:answer_map]
altered_validation = (
    tf.data.Dataset.from_tensor_slices((validation_images, validation_labels))
    .batch(32)
    .map(change)
)
altered_accuracies = []
for _ in range(3):
    _, accuracy = plain.evaluate(altered_validation, verbose=0)
    altered_accuracies.append(accuracy)
    print(f"{accuracy:.3f}")
# --8<-- [end:answer_map]
