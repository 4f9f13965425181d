from support.lite0 import efficientnet_lite0, preprocess_input

# --8<-- [start:setup]
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from keras.applications.imagenet_utils import decode_predictions
from skimage import data

tf.get_logger().setLevel("ERROR")  # no warning at each new network
keras.utils.set_random_seed(1)
# --8<-- [end:setup]

# --8<-- [start:photos]
photos = {
    "cat": data.chelsea(),
    "coffee": data.coffee(),
    "astronaut": data.astronaut(),
}
# The largest square in the middle, then smaller.
to_square = layers.Resizing(224, 224, crop_to_aspect_ratio=True, antialias=True)
squares = np.stack([to_square(photo) for photo in photos.values()])
print(squares.shape, f"pixels {squares.min():.0f} to {squares.max():.0f}")
# --8<-- [end:photos]

# --8<-- [start:guess]
network = efficientnet_lite0()
probabilities = network.predict(preprocess_input(squares), verbose=0)
guesses = decode_predictions(probabilities, top=5)
for name, five in zip(photos, guesses):
    print(name)
    for _, label, probability in five:
        print(f"  {probability:.3f} {label}")
# --8<-- [end:guess]

# --8<-- [start:guesses]
figure, axes = plt.subplots(3, 2, figsize=(5, 4.6), width_ratios=[1, 1.1])
for (left, right), photo, five in zip(axes, squares, guesses):
    left.imshow(photo[::2, ::2] / 255)  # 112 pixels a side are enough here
    left.axis("off")
    labels = [label.replace("_", " ") for _, label, _ in five]
    right.barh(range(5), [probability for *_, probability in five])
    right.set_yticks(range(5), labels=labels, size=8)
    right.invert_yaxis()
    right.set_xlim(0, 1)
    right.set_xticks([0, 0.5, 1])
axes[2, 1].set_xlabel("probability")
plt.show()
# --8<-- [end:guesses]

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

# --8<-- [start:cut]
base = efficientnet_lite0((128, 128, 3), include_top=False, pooling="avg")
print(f"with its top: {network.count_params():,} parameters")
print(f"without:      {base.count_params():,}")
print("it returns", base.output.shape)
# --8<-- [end:cut]

# --8<-- [start:run_over]
def run_over(model, images, prepare=preprocess_input):
    parts = []
    for first in range(0, len(images), 100):
        large = tf.image.resize(images[first : first + 100], (128, 128))
        parts.append(model.predict_on_batch(prepare(large)))
    return np.concatenate(parts)
# --8<-- [end:run_over]

# --8<-- [start:extract]
train_features = run_over(base, train_images)
validation_features = run_over(base, validation_images)
print(train_images.shape, "->", train_features.shape)
# --8<-- [end:extract]

# --8<-- [start:head]
def train_head(features, labels):
    head = keras.Sequential(
        [
            keras.Input(shape=(1280,)),
            layers.Dropout(0.5),
            layers.Dense(units=1, activation="sigmoid"),
        ]
    )
    head.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    head.fit(features, labels, epochs=20, batch_size=32, verbose=0)
    return head
# --8<-- [end:head]

# --8<-- [start:first_head]
head = train_head(train_features, train_labels)
_, head_accuracy = head.evaluate(
    validation_features, validation_labels, verbose=0
)
print(f"{head.count_params():,} parameters")
print(f"validation accuracy: {head_accuracy:.3f}")
# --8<-- [end:first_head]

# --8<-- [start:sizes]
sizes = [50, 200, 500, 1_000, 2_000]
size_accuracies = []
for size in sizes:
    few = train_head(train_features[:size], train_labels[:size])
    _, accuracy = few.evaluate(
        validation_features, validation_labels, verbose=0
    )
    size_accuracies.append(accuracy)
    print(f"{size:5,} images: {accuracy:.3f}")
# --8<-- [end:sizes]

# --8<-- [start:preparations]
def from_0_to_1(images):
    return images / 255


def left_as_it_is(images):
    return images


preparations = [preprocess_input, from_0_to_1, left_as_it_is]
for prepare in preparations:
    coffee = prepare(squares[1:2])
    ((_, label, chance),) = decode_predictions(np.array(network(coffee)), 1)[0]
    print(f"{prepare.__name__:16} {label}, {chance:.2f}")
# --8<-- [end:preparations]

# --8<-- [start:cut_off]
stem = keras.Model(network.input, network.get_layer("stem_relu").output)
stem_maps = [np.array(stem(prepare(squares[:1]))) for prepare in preparations]
for prepare, maps in zip(preparations, stem_maps):
    at_zero, at_six = np.mean(maps == 0), np.mean(maps == 6)
    print(f"{prepare.__name__:16} 0: {at_zero:3.0%}, 6: {at_six:3.0%}")
# --8<-- [end:cut_off]

# --8<-- [start:cut_off_figure]
spreads = [maps.std(axis=(0, 1, 2)) for maps in stem_maps]
channel = np.min(spreads, axis=0).argmax()  # one that varies in all three
figure, axes = plt.subplots(1, 3, figsize=(5, 1.9))
for ax, name, maps in zip(axes, ["right", "0 to 1", "0 to 255"], stem_maps):
    ax.imshow(maps[0, :, :, channel], cmap="gray", vmin=0, vmax=6)
    ax.set_title(name, size=10)
    ax.axis("off")
plt.show()
# --8<-- [end:cut_off_figure]

# --8<-- [start:trap]
print("preprocess_input", f"{size_accuracies[2]:.3f}")  # 500 photos
prepared_accuracies, mixed_accuracies = [], []
for prepare in [from_0_to_1, left_as_it_is]:
    seen = run_over(base, train_images[:500], prepare)
    held_out = run_over(base, validation_images, prepare)
    trapped = train_head(seen, train_labels[:500])
    _, accuracy = trapped.evaluate(held_out, validation_labels, verbose=0)
    _, mixed = head.evaluate(held_out, validation_labels, verbose=0)
    prepared_accuracies.append(accuracy)
    mixed_accuracies.append(mixed)
    print(f"{prepare.__name__:16} {accuracy:.3f}, mixed {mixed:.3f}")
# --8<-- [end:trap]

# --8<-- [start:augment]
base.trainable = False  # train the new layers alone
inputs = keras.Input(shape=train_images.shape[1:])
x = layers.RandomFlip("horizontal")(inputs)
x = layers.RandomTranslation(0.1, 0.1)(x)
x = layers.Resizing(128, 128)(x)
x = layers.Rescaling(scale=1 / 128, offset=-127 / 128)(x)
x = base(x)
x = layers.Dropout(0.5)(x)
outputs = layers.Dense(units=1, activation="sigmoid")(x)
whole = keras.Model(inputs, outputs)
whole.compile("adam", "binary_crossentropy", metrics=["accuracy"])
trained = sum(int(np.prod(w.shape)) for w in whole.trainable_weights)
print(f"{trained:,} of {whole.count_params():,} parameters are trained")
# --8<-- [end:augment]

# --8<-- [start:augmented]
whole.fit(train_images, train_labels, epochs=2, verbose=0)
_, augmented_accuracy = whole.evaluate(
    validation_images, validation_labels, verbose=0
)
print(f"validation accuracy: {augmented_accuracy:.3f}")
# --8<-- [end:augmented]

# --8<-- [start:two_statistics]
one_cup = preprocess_input(squares[1:2])
spare = efficientnet_lite0()  # training=True will change it
for training in [False, True]:
    answer = np.array(spare(one_cup, training=training))
    ((_, label, chance),) = decode_predictions(answer, top=1)[0]
    print(f"training={training}: {label}, {chance:.3f}")
# --8<-- [end:two_statistics]

# --8<-- [start:mistake]
def moving_mean_after_fit(training, trainable):
    normalize = layers.BatchNormalization()
    inner = keras.Sequential([keras.Input(shape=(4,)), normalize])
    inner.trainable = trainable
    inputs = keras.Input(shape=(4,))
    outputs = layers.Dense(units=1)(inner(inputs, training=training))
    outer = keras.Model(inputs, outputs)
    outer.compile(optimizer="sgd", loss="mean_squared_error")
    outer.fit(np.ones((32, 4)), np.ones(32), verbose=0)
    return float(normalize.moving_mean[0])
# --8<-- [end:mistake]

# --8<-- [start:mistakes]
for training, trainable in [(None, True), (False, True), (None, False)]:
    mean = moving_mean_after_fit(training, trainable)
    print(f"training={training}, trainable={trainable}: {mean:.2f}")
# --8<-- [end:mistakes]

# --8<-- [start:front]
front = keras.Model(base.input, base.get_layer("block12_add").output)
train_maps = run_over(front, train_images)
validation_maps = run_over(front, validation_images)
print(train_images.shape, "->", train_maps.shape)
# --8<-- [end:front]

# --8<-- [start:last_blocks]
def last_blocks(first, norms_learn):
    fresh = efficientnet_lite0((128, 128, 3), include_top=False, pooling="avg")
    learns = False
    for layer in fresh.layers:
        learns = learns or layer.name.startswith(first)
        is_norm = isinstance(layer, layers.BatchNormalization)
        layer.trainable = learns and (norms_learn or not is_norm)
    return keras.Model(fresh.get_layer("block12_add").output, fresh.output)
# --8<-- [end:last_blocks]

# --8<-- [start:tune]
def tune(first, learning_rate, norms_learn=False):
    top = keras.models.clone_model(head)
    top.set_weights(head.get_weights())
    maps = keras.Input(shape=train_maps.shape[1:])
    tuned = keras.Model(maps, top(last_blocks(first, norms_learn)(maps)))
    tuned.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )
    tuned.fit(train_maps, train_labels, epochs=2, verbose=0)
    return tuned
# --8<-- [end:tune]

# --8<-- [start:tunings]
tuned_networks, tuned_accuracies = {}, {}
for choice in [
    ("block15", 1e-4, False),
    ("block13", 1e-4, False),
    ("block13", 1e-3, False),
    ("block13", 1e-2, False),
    ("block13", 1e-4, True),
]:
    tuned = tuned_networks[choice] = tune(*choice)
    tuned_accuracies[choice] = tuned.evaluate(
        validation_maps, validation_labels, verbose=0
    )[1]
    print(choice, f"{tuned_accuracies[choice]:.3f}")
# --8<-- [end:tunings]

# --8<-- [start:test_head]
test_features = run_over(base, test_images)
_, test_accuracy = head.evaluate(test_features, test_labels, verbose=0)
error = np.sqrt(test_accuracy * (1 - test_accuracy) / len(test_labels))
print(f"test accuracy: {test_accuracy:.3f}, standard error {error:.3f}")
# --8<-- [end:test_head]

# --8<-- [start:test_tuned]
test_maps = run_over(front, test_images)
_, tuned_test_accuracy = tuned_networks["block13", 1e-4, False].evaluate(
    test_maps, test_labels, verbose=0
)
print(f"test accuracy, fine-tuned: {tuned_test_accuracy:.3f}")
# --8<-- [end:test_tuned]

# --8<-- [start:answer_no_head]
def dog_leads(features):
    kernel, bias = network.get_layer("classes").get_weights()
    scores = features @ kernel + bias  # (n, 1000)
    dog_scores, cat_scores = scores[:, 151:269], scores[:, 281:286]
    return dog_scores.max(axis=1) - cat_scores.max(axis=1)


leads = dog_leads(validation_features)
middle = np.median(dog_leads(train_features))
for threshold in [0, middle]:
    says_dog = leads > threshold
    right = np.mean(says_dog == validation_labels)
    print(f"lead {threshold:.1f}: {right:.3f}, {says_dog.mean():.0%} dogs")
# --8<-- [end:answer_no_head]

# --8<-- [start:answer_gray]
gray = squares[:1].mean(axis=-1, keepdims=True)  # (1, 224, 224, 1)
as_color = np.repeat(gray, 3, axis=-1)  # (1, 224, 224, 3)
answer = network.predict(preprocess_input(as_color), verbose=0)
for _, label, probability in decode_predictions(answer, top=3)[0]:
    print(f"{probability:.3f} {label}")
# --8<-- [end:answer_gray]

# --8<-- [start:answer_compile]
def change_after_freezing(compile_again):
    frozen, last = layers.Dense(units=4), layers.Dense(units=1)
    small = keras.Sequential([keras.Input(shape=(3,)), frozen, last])
    small.compile(optimizer="sgd", loss="mean_squared_error")
    small.fit(np.ones((8, 3)), np.zeros(8), verbose=0)
    frozen.trainable = False
    if compile_again:
        small.compile(optimizer="sgd", loss="mean_squared_error")
    before = frozen.get_weights()[0]
    small.fit(np.ones((8, 3)), np.zeros(8), verbose=0)
    return np.abs(frozen.get_weights()[0] - before).max()


for compile_again in [False, True]:
    changed = change_after_freezing(compile_again) > 0
    print(f"compiled again: {compile_again}, weights changed: {changed}")
# --8<-- [end:answer_compile]

# --8<-- [start:applications]
mobile = keras.applications.MobileNetV2(include_top=False, pooling="avg")
prepare_mobile = keras.applications.mobilenet_v2.preprocess_input
# --8<-- [end:applications]
