# --8<-- [start:setup]
import keras
import matplotlib.pyplot as plt
import numpy as np
import scipy.signal
from keras import layers

keras.utils.set_random_seed(1)
# --8<-- [end:setup]

# --8<-- [start:softmax]
def softmax(scores):
    powers = np.exp(scores)
    return powers / np.sum(powers)


scores = np.array([2.0, 1.0, 0.0])
probabilities = softmax(scores)
print("powers:       ", np.exp(scores).round(2))
print("probabilities:", probabilities.round(2))
# --8<-- [end:softmax]

# --8<-- [start:loss]
def loss_of(scores, label):
    return -np.log(softmax(scores)[label])


for label in range(3):
    print(f"if {label} is right: {loss_of(scores, label):.2f}")

by_keras = keras.losses.sparse_categorical_crossentropy(
    np.array([0]), probabilities[None]
)
assert np.isclose(by_keras[0], loss_of(scores, 0))
# --8<-- [end:loss]

# --8<-- [start:difference]
def slopes_by_difference(loss, weights, change=1e-5):
    slopes = np.zeros(len(weights))
    for i in range(len(weights)):
        more, less = weights.copy(), weights.copy()
        more[i] += change
        less[i] -= change
        slopes[i] = (loss(more) - loss(less)) / (2 * change)
    return slopes


by_difference = slopes_by_difference(lambda s: loss_of(s, 0), scores)
print("by difference:", by_difference.round(2))
# --8<-- [end:difference]

# --8<-- [start:pencil]
by_pencil = probabilities - np.array([1, 0, 0])
print("by pencil:    ", by_pencil.round(2))
assert np.allclose(by_pencil, by_difference)
# --8<-- [end:pencil]

# --8<-- [start:keras_step]
model = keras.Sequential(
    [
        keras.Input(shape=(1,)),
        layers.Dense(units=3, use_bias=False, activation="softmax"),
    ]
)
model.set_weights([scores[None]])  # (1, 3)
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=1.0),
    loss="sparse_categorical_crossentropy",
)
model.train_on_batch(np.ones((1, 1)), np.array([0]))
by_keras = scores - model.get_weights()[0][0]
print("by Keras:     ", by_keras.round(2))
assert np.allclose(by_keras, by_pencil, atol=1e-6)
# --8<-- [end:keras_step]

# --8<-- [start:one_weight]
x = np.array([1.0, 2.0])
wanted = np.array([2.0, 4.0])


def loss_at(w):
    return np.mean((w * x - wanted) ** 2)


def slope_at(w):
    return np.mean(2 * (w * x - wanted) * x)


print("at w = 0: loss", loss_at(0), "slope", slope_at(0))
# --8<-- [end:one_weight]

# --8<-- [start:descend]
def descend(learning_rate, steps=8, w=0.0):
    path = [w]
    for _ in range(steps):
        w = w - learning_rate * slope_at(w)
        path.append(w)
    return np.array(path)


paths = {rate: descend(rate) for rate in [0.02, 0.15, 0.42]}
for rate, path in paths.items():
    print(f"rate {rate}:", *[f"{w:6.3f}" for w in path[:6]])
# --8<-- [end:descend]

# --8<-- [start:descent]
curve = np.linspace(-1.5, 5.5, 141)
figure, axes = plt.subplots(1, 3, figsize=(5, 2), sharey=True)
for ax, (rate, path) in zip(axes, paths.items()):
    ax.plot(curve, [loss_at(w) for w in curve], color="0.7")
    ax.plot(path, [loss_at(w) for w in path], "o-", markersize=3)
    ax.set_title(f"learning rate {rate}", size=9)
    ax.set_xlabel("weight")
    ax.set_ylim(-1, 32)
axes[0].set_ylabel("loss")
plt.show()
# --8<-- [end:descent]

# --8<-- [start:examples]
(train_pixels, train_labels), _ = keras.datasets.mnist.load_data()
digits = train_pixels[:100, ..., None] / 255  # (100, 28, 28, 1)
hand_made = np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]])

responses = np.array(
    [
        scipy.signal.correlate2d(digit[..., 0], hand_made, mode="valid")
        for digit in digits
    ]
)[..., None]  # (100, 26, 26, 1)
print(digits.shape, "->", responses.shape)
# --8<-- [end:examples]

# --8<-- [start:build]
def build():
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28, 1)),
            layers.Conv2D(filters=1, kernel_size=3, use_bias=False),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate=0.5),
        loss="mean_squared_error",
    )
    return model
# --8<-- [end:build]

# --8<-- [start:learn]
learner = build()
kernels = {0: learner.get_weights()[0][:, :, 0, 0]}
for epoch in range(1, 101):
    learner.fit(digits, responses, batch_size=10, verbose=0)
    kernels[epoch] = learner.get_weights()[0][:, :, 0, 0]

for epoch in [0, 1, 10, 100]:
    print(f"epoch {epoch}")
    for row in kernels[epoch]:
        print(*[f"{weight:+.2f}" for weight in row])
# --8<-- [end:learn]

# --8<-- [start:kernels]
shown = {f"epoch {epoch}": kernels[epoch] for epoch in [0, 1, 3, 10, 100]}
shown["hand-made"] = hand_made
figure, axes = plt.subplots(1, 6, figsize=(5, 1.2))
for ax, (name, kernel) in zip(axes, shown.items()):
    ax.imshow(kernel, cmap="RdBu", vmin=-1, vmax=1)
    ax.set_title(name, size=8)
    ax.axis("off")
plt.show()
# --8<-- [end:kernels]

# --8<-- [start:batches]
losses = {}
for batch_size in [100, 10]:
    learner = build()
    learner.set_weights([kernels[0][:, :, None, None]])  # the same start
    learner.fit(
        digits, responses, epochs=5, batch_size=batch_size, verbose=0
    )
    losses[batch_size] = learner.evaluate(digits, responses, verbose=0)
    steps = 5 * len(digits) // batch_size
    print(f"{steps:2} steps: loss {losses[batch_size]:.4f}")
# --8<-- [end:batches]

# --8<-- [start:two_are_one]
def correlate(image, kernel):
    return scipy.signal.correlate2d(image, kernel, mode="valid")


image = digits[0, :, :, 0]
blur = np.full((3, 3), 1 / 9)
two = correlate(correlate(image, hand_made), blur)
one = correlate(image, scipy.signal.convolve2d(hand_made, blur))
print(two.shape, one.shape)
assert np.allclose(two, one)
# --8<-- [end:two_are_one]

# --8<-- [start:two_are_one_figure]
panels = {
    "digit": image,
    "edges": correlate(image, hand_made),
    "then blur": two,
    "5×5 kernel": scipy.signal.convolve2d(hand_made, blur),
    "its response": one,
}
figure, axes = plt.subplots(1, 5, figsize=(5, 1.4))
for ax, (name, values) in zip(axes, panels.items()):
    limit = np.abs(values).max()
    ax.imshow(values, cmap="RdBu", vmin=-limit, vmax=limit)
    ax.set_title(name, size=8)
    ax.axis("off")
plt.show()
# --8<-- [end:two_are_one_figure]

# --8<-- [start:relu]
def relu(values):
    return np.maximum(values, 0)


left, right = hand_made, -hand_made
plain = correlate(image, left) + correlate(image, right)
bent = relu(correlate(image, left)) + relu(correlate(image, right))
print("without ReLU:", plain.min(), "to", plain.max())
print("with ReLU:   ", bent.min(), f"to {bent.max():.2f}")
# --8<-- [end:relu]

# --8<-- [start:relu_figure]
panels = {
    "left edges": correlate(image, left),
    "right edges": correlate(image, right),
    "sum": plain,
    "sum of ReLUs": bent,
}
figure, axes = plt.subplots(1, 4, figsize=(5, 1.6))
for ax, (name, values) in zip(axes, panels.items()):
    ax.imshow(values, cmap="RdBu", vmin=-3, vmax=3)
    ax.set_title(name, size=9)
    ax.axis("off")
plt.show()
# --8<-- [end:relu_figure]

# --8<-- [start:forward]
signal = 0.5
first = np.array([4.0, -2.0])  # from the input to two neurons
second = np.array([3.0, 7.0])  # from the neurons to the output
target = 1.0

sums = first * signal
hidden = relu(sums)
output = np.sum(second * hidden)
print("sums", sums, "after ReLU", hidden)
print("output", output, "loss", (output - target) ** 2)
# --8<-- [end:forward]

# --8<-- [start:backward]
at_output = 2 * (output - target)
for_second = at_output * hidden
at_hidden = at_output * second
at_sums = at_hidden * (sums > 0)  # ReLU lets through what it let through
for_first = at_sums * signal
print("second layer:", for_second)
print("first layer: ", for_first)
# --8<-- [end:backward]

# --8<-- [start:backward_check]
def loss_with(weights):
    hidden = relu(weights[:2] * signal)
    return (np.sum(weights[2:] * hidden) - target) ** 2


weights = np.concatenate([first, second])
tried = slopes_by_difference(loss_with, weights)
print("by difference:", tried.round(4))
assert np.allclose(tried, [*for_first, *for_second])
# --8<-- [end:backward_check]

# --8<-- [start:answer_even]
for classes in [3, 10]:
    print(classes, "classes:", f"{loss_of(np.zeros(classes), 0):.2f}")
# --8<-- [end:answer_even]

# --8<-- [start:answer_rate]
for rate in [0.2, 0.4]:
    print(f"rate {rate}:", descend(rate, steps=4).round(6))
# --8<-- [end:answer_rate]

# --8<-- [start:answer_flip]
flipped_responses = np.array(
    [
        scipy.signal.convolve2d(digit[..., 0], hand_made, mode="valid")
        for digit in digits
    ]
)[..., None]
flip_learner = build()
flip_learner.fit(
    digits, flipped_responses, epochs=30, batch_size=10, verbose=0
)
flip_kernel = flip_learner.get_weights()[0][:, :, 0, 0]
for row in flip_kernel:
    print(*[f"{weight:+.2f}" for weight in row])
# --8<-- [end:answer_flip]

# --8<-- [start:answer_maximum]
def maximum(a, b):
    return b + relu(a - b)


for a, b in [(3, 5), (5, 3), (-2, -7)]:
    print(a, b, "->", maximum(a, b))
# --8<-- [end:answer_maximum]
