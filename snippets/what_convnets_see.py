from support.lite0 import efficientnet_lite0, preprocess_input

# --8<-- [start:setup]
import keras
import matplotlib.pyplot as plt
import numpy as np
import scipy.ndimage
import skimage.data
import tensorflow as tf
from keras import layers

tf.get_logger().setLevel("ERROR")  # no warning at each new network
keras.utils.set_random_seed(1)
# --8<-- [end:setup]


# --8<-- [start:photos]
def square(photo):
    height, width, _ = photo.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    middle = photo[top : top + side, left : left + side]
    return keras.ops.image.resize(middle, (224, 224), antialias=True)


names = ["chelsea", "coffee", "astronaut", "rocket"]
photos = np.stack([square(getattr(skimage.data, name)()) for name in names])
print(photos.shape, photos.dtype)
# --8<-- [end:photos]

# --8<-- [start:guesses]
network = efficientnet_lite0()
answers = network.predict(preprocess_input(photos), verbose=0)
best = keras.applications.imagenet_utils.decode_predictions(answers, top=3)
for name, guesses in zip(names, best):
    print(f"{name}:")
    for _, label, probability in guesses:
        print(f"  {label:17} {probability:.1%}")
# --8<-- [end:guesses]

# --8<-- [start:photos_figure]
figure, axes = plt.subplots(2, 2, figsize=(4, 4.4))
for ax, photo, guesses in zip(axes.flat, photos, best):
    ax.imshow(photo[::2, ::2])  # every second pixel is enough here
    ax.set_title(guesses[0][1].replace("_", " "), size=10)
    ax.axis("off")
plt.show()
# --8<-- [end:photos_figure]

# --8<-- [start:inner]
depths = {
    "stem": "stem_relu",
    "block 4": "block4_depthwise_relu",
    "block 10": "block10_depthwise_relu",
    "head": "head_relu",
}
outputs = [network.get_layer(layer).output for layer in depths.values()]
inner = keras.Model(network.input, outputs)
maps = dict(zip(depths, inner.predict(preprocess_input(photos), verbose=0)))
for depth, of_photos in maps.items():
    print(f"{depth:8} {of_photos.shape}")
# --8<-- [end:inner]

# --8<-- [start:maps_figure]
draw = np.random.default_rng(0)
figure, axes = plt.subplots(4, 3, figsize=(4.2, 6))
for row, (depth, of_photos) in zip(axes, maps.items()):
    cat = of_photos[0]  # (height, width, channels)
    for ax, n in zip(row, draw.choice(cat.shape[-1], 3, replace=False)):
        ax.imshow(cat[:, :, n], cmap="gray_r", vmin=0)
        ax.set_title(f"{depth}: {n}", size=9)
        ax.set(xticks=[], yticks=[])
plt.show()
# --8<-- [end:maps_figure]

# --8<-- [start:sparse]
zeros = {depth: np.mean(each[0] == 0) for depth, each in maps.items()}
silent = {
    depth: np.mean(each[0].max(axis=(0, 1)) == 0)
    for depth, each in maps.items()
}
for depth in depths:
    print(
        f"{depth:8} zeros {zeros[depth]:.0%}, "
        f"silent channels {silent[depth]:.0%}"
    )
# --8<-- [end:sparse]

# --8<-- [start:loudest]
block_10 = maps["block 10"]  # (4, 14, 14, 672)
spread = block_10[0].std(axis=(0, 1))
loudest = spread.argsort()[::-1][:3]
print("channel  ", *(f"{name:>9}" for name in names))
for n in loudest:
    strongest = block_10[..., n].max(axis=(1, 2))
    print(f"{n:7}  ", *(f"{value:9.1f}" for value in strongest))
# --8<-- [end:loudest]


# --8<-- [start:overlay]
def overlay(ax, photo, heat, title, top=None):
    gray = photo[::2, ::2].mean(axis=-1)
    around = (0, 224, 224, 0)
    ax.imshow(gray, cmap="gray", vmin=0, vmax=255, extent=around)
    ax.imshow(heat, cmap="inferno", alpha=0.6, vmin=0, vmax=top, extent=around)
    ax.set_title(title.replace("_", " "), size=10)
    ax.axis("off")


# --8<-- [end:overlay]

# --8<-- [start:loudest_figure]
figure, axes = plt.subplots(2, 3, figsize=(4.5, 3.4))
for row, number in zip(axes, [0, 2]):  # the cat and the astronaut
    for ax, n in zip(row, loudest):
        heat = block_10[number, :, :, n]
        overlay(ax, photos[number], heat, f"channel {n}", top=6)
plt.show()
# --8<-- [end:loudest_figure]


# --8<-- [start:ascent]
def slopes_of(model, images, channels):
    images = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        means = tf.reduce_mean(model(images), axis=(1, 2))
        # the first image excites the first channel, and so on
        excited = tf.linalg.diag_part(tf.gather(means, channels, axis=1))
        total = tf.reduce_sum(excited)
    return tape.gradient(total, images).numpy(), excited.numpy()


# --8<-- [end:ascent]

# --8<-- [start:climb]
small = efficientnet_lite0(input_shape=(96, 96, 3), include_top=False)


def climb(layer, channels, jitter=0, blur=0, steps=20):
    model = keras.Model(small.input, small.get_layer(layer).output)
    model = tf.function(model)  # traced once, then faster
    noise = keras.random.normal((len(channels), 96, 96, 3), stddev=0.1)
    images = np.array(noise)
    for _ in range(steps):
        move = np.array(keras.random.randint((2,), -jitter, jitter + 1))
        moved = np.roll(images, move, axis=(1, 2))
        slopes, excited = slopes_of(model, moved, channels)
        slopes = np.roll(slopes, -move, axis=(1, 2))  # move back
        slopes = scipy.ndimage.gaussian_filter(slopes, (0, blur, blur, 0))
        size = np.sqrt(np.mean(slopes**2, axis=(1, 2, 3), keepdims=True))
        images = np.clip(images + 0.1 * slopes / size, -1, 1)
    return images[:, 16:80, 16:80], excited  # the middle of each image


# --8<-- [end:climb]

# --8<-- [start:plain]
channels = [0, 1, 2]  # the first three, not the prettiest
plain, plain_excited = climb("block7_add", channels)
smooth, smooth_excited = climb("block7_add", channels, jitter=4, blur=1)
print("plain: ", *(f"{value:5.1f}" for value in plain_excited))
print("smooth:", *(f"{value:5.1f}" for value in smooth_excited))
# --8<-- [end:plain]

# --8<-- [start:plain_figure]
figure, axes = plt.subplots(2, 3, figsize=(4.5, 3.2))
for ax, image in zip(axes.flat, [*plain, *smooth]):
    ax.imshow((image + 1) / 2)
    ax.axis("off")
plt.show()
# --8<-- [end:plain_figure]

# --8<-- [start:layer_by_layer]
wanted = {}
for layer in ["block2_add", "block4_add", "block10_add", "block14_add"]:
    wanted[layer], _ = climb(layer, channels, jitter=4, blur=1)
# --8<-- [end:layer_by_layer]

# --8<-- [start:layers_figure]
figure, axes = plt.subplots(4, 3, figsize=(4.5, 6.4))
for row, (layer, of_layer) in zip(axes, wanted.items()):
    number = layer.removeprefix("block").removesuffix("_add")
    for ax, n, image in zip(row, channels, of_layer):
        ax.imshow((image + 1) / 2)
        ax.set_title(f"block {number}: {n}", size=9)
        ax.axis("off")
plt.show()
# --8<-- [end:layers_figure]

# --8<-- [start:places]
last = maps["head"]  # (4, 7, 7, 1280)
weights, biases = network.get_layer("classes").get_weights()
place_scores = last @ weights + biases  # (4, 7, 7, 1000)
scores = place_scores.mean(axis=(1, 2))  # (4, 1000)
assert np.allclose(keras.ops.softmax(scores), answers, atol=1e-3)
# --8<-- [end:places]

# --8<-- [start:cam]
ranked = answers.argsort(axis=1)[:, ::-1]  # the best guess first
classes = [ranked[0, 0], ranked[1, 0], ranked[2, 1], ranked[3, 0]]
labels = [best[0][0][1], best[1][0][1], best[2][1][1], best[3][0][1]]
cams = np.stack([place_scores[n, :, :, c] for n, c in enumerate(classes)])
print(cams[1].round().astype(int))  # of the coffee
print(f"mean {cams[1].mean():.1f}, score {scores[1, classes[1]]:.1f}")
# --8<-- [end:cam]

# --8<-- [start:cam_figure]
figure, axes = plt.subplots(2, 2, figsize=(4, 4.4))
for ax, photo, cam, label in zip(axes.flat, photos, cams, labels):
    overlay(ax, photo, cam, label)
plt.show()
# --8<-- [end:cam_figure]


# --8<-- [start:grad_cam]
def grad_cam(feature_maps, head, index):
    feature_maps = tf.constant(feature_maps[None])  # a batch of one
    with tf.GradientTape() as tape:
        tape.watch(feature_maps)
        score = head(feature_maps)[0, index]
    slopes = tape.gradient(score, feature_maps)[0].numpy()
    importance = slopes.mean(axis=(0, 1))  # one number for a channel
    return np.maximum(feature_maps[0].numpy() @ importance, 0)


# --8<-- [end:grad_cam]

# --8<-- [start:equal]
head = keras.Sequential(
    [
        keras.Input((7, 7, 1280)),
        layers.GlobalAveragePooling2D(),
        layers.Dense(1000),  # scores, without softmax
    ]
)
head.set_weights([weights, biases])
for number, index in enumerate(classes):
    by_hand = np.maximum(last[number] @ weights[:, index], 0)
    by_slopes = grad_cam(last[number], head, index)
    assert np.allclose(by_hand, 49 * by_slopes, atol=1e-3)
# --8<-- [end:equal]

# --8<-- [start:absent]
goldfish = place_scores[1, :, :, 1]  # class 1, on the photo of the coffee
bobsled = place_scores[2, :, :, ranked[2, 0]]
for label, cam in [("espresso", cams[1]), ("goldfish", goldfish)]:
    print(f"{label}: {cam.min():.0f} to {cam.max():.0f}")
# --8<-- [end:absent]

# --8<-- [start:absent_figure]
figure, axes = plt.subplots(1, 3, figsize=(4.8, 2))
overlay(axes[0], photos[1], goldfish, "goldfish")
overlay(axes[1], photos[1], goldfish, "same scale", top=cams[1].max())
overlay(axes[2], photos[2], bobsled, "bobsled")
plt.show()
# --8<-- [end:absent_figure]

# --8<-- [start:rocket]
print(cams[3].round().astype(int))
painted = photos[3].astype("float32")
left, right = painted[40:200, 95:96], painted[40:200, 128:129]
painted[40:200, 96:128] = (left + right) / 2  # sky over the rocket
without = network.predict(preprocess_input(painted[None]), verbose=0)[0]
print(f"with the rocket    {answers[3, classes[3]]:.0%}")
print(f"without the rocket {without[classes[3]]:.0%}")
# --8<-- [end:rocket]

# --8<-- [start:cell]
to_maps = keras.Model(network.input, network.get_layer("head_relu").output)
rocket = tf.constant(preprocess_input(photos[3:]))
with tf.GradientTape() as tape:
    tape.watch(rocket)
    vector = to_maps(rocket)[0, 3, 2]  # (1280,), the place with the 23
    place_score = tf.tensordot(vector, weights[:, classes[3]], axes=1)
effect = np.abs(tape.gradient(place_score, rocket)[0]).sum(axis=-1)
shares = effect.reshape(7, 32, 7, 32).sum(axis=(1, 3)) / effect.sum()
print((100 * shares).round().astype(int))
# --8<-- [end:cell]


# --8<-- [start:occlusion]
def occlude(photo, index, own_color=False, size=48):
    copies = []
    for row in range(16, 224, 32):
        for column in range(16, 224, 32):
            copies.append(photo.copy())
            down = slice(max(row - size // 2, 0), row + size // 2)
            right = slice(max(column - size // 2, 0), column + size // 2)
            mean = photo[down, right].mean(axis=(0, 1))
            copies[-1][down, right] = mean if own_color else 127
    inputs = preprocess_input(np.stack(copies))  # (49, 224, 224, 3)
    covered = network.predict(inputs, batch_size=7, verbose=0)
    return covered[:, index].reshape(7, 7)


# --8<-- [end:occlusion]

# --8<-- [start:witness]
gray_patch = np.stack(
    [occlude(photo, index) for photo, index in zip(photos, classes)]
)
agreement = {}
for label, found, cam in zip(labels, gray_patch, cams):
    agreement[label] = np.corrcoef(-found.ravel(), cam.ravel())[0, 1]
    print(
        f"{label:15} covered {found.min():3.0%} to {found.max():.0%}, "
        f"correlation {agreement[label]:5.2f}"
    )
# --8<-- [end:witness]

# --8<-- [start:witness_figure]
whole = answers[range(4), classes]
figure, axes = plt.subplots(2, 2, figsize=(4, 4.4))
for n, ax in enumerate(axes.flat):
    overlay(ax, photos[n], whole[n] - gray_patch[n], labels[n])
plt.show()
# --8<-- [end:witness_figure]

# --8<-- [start:own_color]
own_patch = occlude(photos[3], classes[3], own_color=True)
for kind, found in [("gray", gray_patch[3]), ("own color", own_patch)]:
    along = found[1:4].mean(axis=0)  # where the rocket stands
    print(f"{kind:9}", *(f"{value:.0%}" for value in along))
# --8<-- [end:own_color]

# --8<-- [start:own_color_figure]
figure, axes = plt.subplots(1, 3, figsize=(4.8, 2))
overlay(axes[0], photos[3], cams[3], "activation")
overlay(axes[1], photos[3], whole[3] - gray_patch[3], "gray patch")
overlay(axes[2], photos[3], whole[3] - own_patch, "own color")
plt.show()
# --8<-- [end:own_color_figure]

# --8<-- [start:digits]
(digits, digit_labels), _ = keras.datasets.mnist.load_data()
digits = digits[:10_000, ..., np.newaxis] / np.float32(255)

inputs = keras.Input(shape=(28, 28, 1))
first = layers.Conv2D(filters=32, kernel_size=3, activation="relu")(inputs)
x = layers.MaxPooling2D(pool_size=2)(first)
second = layers.Conv2D(filters=64, kernel_size=3, activation="relu")(x)
x = layers.MaxPooling2D(pool_size=2)(second)
third = layers.Conv2D(filters=128, kernel_size=3, activation="relu")(x)
x = layers.Flatten()(third)
outputs = layers.Dense(units=10, activation="softmax")(x)
reader = keras.Model(inputs, outputs)
reader.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy")
digit_labels = digit_labels[: len(digits)]
history = reader.fit(digits, digit_labels, batch_size=64, verbose=0)
# --8<-- [end:digits]

# --8<-- [start:digit_maps]
digit_inner = keras.Model(inputs, [first, second, third])
digit_maps = [each[0] for each in digit_inner.predict(digits[:1], verbose=0)]
digit_zeros = [np.mean(each == 0) for each in digit_maps]
for each, share in zip(digit_maps, digit_zeros):
    print(f"{each.shape}: zeros {share:.0%}")
# --8<-- [end:digit_maps]

# --8<-- [start:digit_figure]
figure, axes = plt.subplots(3, 3, figsize=(4.2, 4.6))
for number, (row, each) in enumerate(zip(axes, digit_maps), start=1):
    for ax, n in zip(row, each.std(axis=(0, 1)).argsort()[::-1]):
        ax.imshow(each[:, :, n], cmap="gray_r", vmin=0)
        ax.set_title(f"layer {number}: {n}", size=9)
        ax.set(xticks=[], yticks=[])
plt.show()
# --8<-- [end:digit_figure]

# --8<-- [start:answer_wide]
coffee = keras.ops.image.resize(
    skimage.data.coffee(), (224, 336), antialias=True
)
wide = efficientnet_lite0(input_shape=(224, 336, 3))
head_maps = keras.Model(wide.input, wide.get_layer("head_relu").output)
wide_map = head_maps.predict(preprocess_input(coffee)[None], verbose=0)[0]
wide_scores = wide_map @ weights + biases  # (7, 11, 1000)
for part in [wide_scores, wide_scores[:, 2:9]]:  # all, and the middle
    mean = part.mean(axis=(0, 1))
    probability = keras.ops.softmax(mean[None])[0, classes[1]]
    print(f"score {mean[classes[1]]:.1f}, probability {probability:.0%}")
# --8<-- [end:answer_wide]


# --8<-- [start:answer_each]
def roughness(images):
    return np.mean(np.abs(np.diff(images, axis=2)))


rough = {
    "neither": roughness(plain[:1]),
    "jitter": roughness(climb("block7_add", [0], jitter=4)[0]),
    "blur": roughness(climb("block7_add", [0], blur=1)[0]),
    "both": roughness(smooth[:1]),
}
for kind, value in rough.items():
    print(f"{kind:8} {value:.2f}")
# --8<-- [end:answer_each]

# --8<-- [start:answer_flatten]
third_map = digit_maps[-1]  # (3, 3, 128), of the first digit, a 5
kernel, bias = reader.layers[-1].get_weights()  # (1152, 10), (10,)
digit_head = keras.Sequential(
    [keras.Input((3, 3, 128)), layers.Flatten(), layers.Dense(10)]
)
digit_head.set_weights([kernel, bias])
exact = (third_map * kernel[:, 5].reshape(3, 3, 128)).sum(axis=-1)
digit_score = np.array(digit_head(third_map[None]))[0, 5]
assert np.isclose(exact.sum() + bias[5], digit_score, atol=1e-3)

averaged = grad_cam(third_map, digit_head, 5)
likeness = np.corrcoef(exact.ravel(), averaged.ravel())[0, 1]
for name, of_places in [("exact", exact), ("Grad-CAM", averaged)]:
    print(name)
    for row in of_places:
        print(*(f"{value:+.1f}" for value in row))
# --8<-- [end:answer_flatten]

# --8<-- [start:answer_cat]
cats = slice(281, 286)  # ImageNet's five house cats
places = {
    "nothing": np.s_[0:0, 0:0],
    "both eyes": np.s_[50:120, 20:190],
    "the face": np.s_[32:192, 32:192],
}
for what, place in places.items():
    photo = photos[0].copy()
    photo[place] = 127
    covered = network.predict(preprocess_input(photo[None]), verbose=0)[0]
    print(
        f"{what:9} covered: {covered[classes[0]]:.0%}, "
        f"all cats {covered[cats].sum():.0%}"
    )
# --8<-- [end:answer_cat]
