# --8<-- [start:setup]
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers

(train_pixels, train_labels), (test_pixels, test_labels) = (
    keras.datasets.mnist.load_data()
)
train_images = train_pixels[..., np.newaxis].astype("float32") / 255
images, labels = train_images[:1920], train_labels[:1920]  # 30 batches of 64
# --8<-- [end:setup]

# --8<-- [start:build]
def build_convnet(shape=(28, 28, 1), seed=1):
    keras.utils.set_random_seed(seed)  # the same first weights each time
    inputs = keras.Input(shape=shape)
    x = layers.Conv2D(filters=32, kernel_size=3, activation="relu")(inputs)
    x = layers.MaxPooling2D(pool_size=2)(x)
    x = layers.Conv2D(filters=64, kernel_size=3, activation="relu")(x)
    x = layers.MaxPooling2D(pool_size=2)(x)
    x = layers.Conv2D(filters=128, kernel_size=3, activation="relu")(x)
    x = layers.Flatten()(x)
    outputs = layers.Dense(units=10, activation="softmax", dtype="float32")(x)
    return keras.Model(inputs, outputs)


def compiled(model, optimizer="rmsprop", **options):
    model.compile(
        optimizer=optimizer,
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        **options,
    )
    return model
# --8<-- [end:build]

# --8<-- [start:step_time]
def step_time(model, *data, **options):
    ends = []

    def note(batch, logs):
        ends.append((batch, time.perf_counter()))

    watch = keras.callbacks.LambdaCallback(on_train_batch_end=note)
    history = model.fit(*data, verbose=0, callbacks=[watch], **options)
    (first, begin), *_, (last, end) = ends
    return (end - begin) / (last - first), history.history["loss"][0]
# --8<-- [end:step_time]

# --8<-- [start:functions]
def functions_of(layer, first):
    @tf.function
    def forward(x):
        return layer(x)

    @tf.function
    def both(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
        slopes_of_input = [] if first else [x]  # nobody needs the digit's
        return tape.gradient(y, layer.trainable_variables + slopes_of_input)

    return forward, both
# --8<-- [end:functions]

# --8<-- [start:calls]
model = compiled(build_convnet())
model.fit(images, labels, batch_size=64, verbose=0)
nothing = tf.function(lambda x: x)
x, calls, work = tf.constant(images[:64]), {}, {}
for number, layer in enumerate(model.layers[1:], start=1):
    name = f"{number} {type(layer).__name__}"
    forward, both = functions_of(layer, first=number == 1)
    calls[name] = (nothing, forward, both, x)
    x = layer(x)
    places = np.prod(x.shape[1:-1])  # of the window; 1 for Dense
    kernels = [w for w in layer.weights if w.name == "kernel"]
    work[name] = int(places * sum(np.prod(k.shape) for k in kernels))
# --8<-- [end:calls]

# --8<-- [start:shortest]
def shortest(function, *arguments, times=30):
    taken = []
    for number in range(times + 1):
        begin = time.perf_counter()
        function(*arguments)
        taken.append(1000 * (time.perf_counter() - begin))  # milliseconds
    return min(taken[1:])  # the first one compiles
# --8<-- [end:shortest]

# --8<-- [start:profile]
parts = {}
for name, (*functions, x) in calls.items():
    call, forward, both = (shortest(each, x) for each in functions)
    parts[name] = max(forward - call, 0), max(both - forward, 0)
slopes = [tf.zeros_like(weight) for weight in model.trainable_variables]
update = tf.function(model.optimizer.apply)
parts["optimizer"] = shortest(update, slopes) - call, 0
# --8<-- [end:profile]

# --8<-- [start:profile_total]
print("milliseconds a batch: forward, back; multiplications an image")
for name, (forward, back) in parts.items():
    print(f"{name:15} {forward:6.2f} {back:6.2f} {work.get(name, 0):10,}")
told = {"batch_size": 64, "shuffle": False}  # the same order for all
step = 1000 * min(step_time(model, images, labels, **told) for n in range(5))[0]
print(f"together        {sum(map(sum, parts.values())):6.2f}")
print(f"a step of fit   {step:6.2f}")
# --8<-- [end:profile_total]

# --8<-- [start:profile_figure]
names = list(parts)[::-1]  # the first layer on top
forward, back = np.transpose([parts[name] for name in names])
figure, ax = plt.subplots(figsize=(5, 3), layout="constrained")
ax.barh(names, forward, color="C0", label="forward")
ax.barh(names, back, left=forward, color="C2", label="back")
ax.set_xlabel("milliseconds a batch")
ax.legend()
plt.show()
# --8<-- [end:profile_figure]

# --8<-- [start:contenders]
def on_arrays(model, images=images):
    return lambda: step_time(model, images, labels, **told)


contenders = {"plain fit": on_arrays(compiled(build_convnet()))}
# --8<-- [end:contenders]

# --8<-- [start:dataset]
pairs = tf.data.Dataset.from_tensor_slices((images, labels))
batches = pairs.batch(64).cache().prefetch(2)


def on_dataset(model):
    return lambda: step_time(model, batches)


contenders["dataset"] = on_dataset(compiled(build_convnet()))
# --8<-- [end:dataset]

# --8<-- [start:steps]
ten_steps = compiled(build_convnet(), steps_per_execution=10)
contenders["ten steps"] = on_arrays(ten_steps)
# --8<-- [end:steps]

# --8<-- [start:xla]
xla = compiled(build_convnet(), jit_compile=True)
contenders["XLA"] = on_arrays(xla)
# --8<-- [end:xla]

# --8<-- [start:precision]
def build_in(precision, seed=1):
    keras.config.set_dtype_policy(precision)
    model = build_convnet(seed=seed)
    keras.config.set_dtype_policy("float32")  # as before
    return model


contenders["bfloat16"] = on_arrays(compiled(build_in("mixed_bfloat16")))
# --8<-- [end:precision]

# --8<-- [start:channels]
keras.config.set_image_data_format("channels_first")
turned = compiled(build_convnet(shape=(1, 28, 28)))
keras.config.set_image_data_format("channels_last")  # as before
turned_images = images.transpose(0, 3, 1, 2)  # (1920, 1, 28, 28)
contenders["channels first"] = on_arrays(turned, turned_images)
# --8<-- [end:channels]

# --8<-- [start:together]
fast = compiled(build_in("mixed_bfloat16"), steps_per_execution=10)
contenders["together"] = on_dataset(fast)
# --8<-- [end:together]

# --8<-- [start:race]
def race(contenders, rounds):
    times = {name: [] for name in contenders}
    losses = {name: run()[1] for name, run in contenders.items()}
    for number in range(rounds):
        for name, run in contenders.items():
            times[name].append(1000 * run()[0])  # milliseconds
    return times, losses


def quartiles(times, name, yardstick="plain fit"):
    ratios = np.divide(times[yardstick], times[name])  # round by round
    return np.quantile(ratios, [0.25, 0.5, 0.75])
# --8<-- [end:race]

# --8<-- [start:report]
def report(times, losses):
    print("milliseconds a step, times as fast, loss of the first epoch")
    for name, taken in times.items():
        low, middle, high = quartiles(times, name)
        print(
            f"{name:15} {np.median(taken):6.1f} ms {middle:5.2f} "
            f"({low:.2f} to {high:.2f})  {losses[name]:.3f}"
        )
# --8<-- [end:report]

# --8<-- [start:race_run]
report(*race(contenders, rounds=5))
# --8<-- [end:race_run]

# --8<-- [start:torch]
import sys

sys.modules["triton"] = None  # its compiler ends a process with TensorFlow's
import torch
from torch import nn


def torch_convnet():
    return nn.Sequential(
        *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(64, 128, 3), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(1152, 10)),
    )
# --8<-- [end:torch]

# --8<-- [start:torch_weights]
def copy_weights(model, network):
    for parameter, value in zip(network.parameters(), model.get_weights()):
        if value.ndim == 4:  # to (filters, channels, rows, columns)
            value = value.transpose(3, 2, 0, 1)
        if value.ndim == 2:  # Flatten gives channels, rows, columns here
            value = value.reshape(3, 3, 128, 10).transpose(3, 2, 0, 1)
            value = value.reshape(10, 1152)
        parameter.data = torch.tensor(value)
# --8<-- [end:torch_weights]

# --8<-- [start:torch_epoch]
def torch_epoch(network, optimizer, pixels, targets, half=False):
    total, begin = 0, time.perf_counter()
    for start in range(0, len(targets), 64):
        batch = slice(start, start + 64)
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            scores = network(pixels[batch])
            loss = nn.functional.cross_entropy(scores, targets[batch])
        loss.backward()
        optimizer.step()
        total += loss.detach()
    steps = len(targets) / 64
    return (time.perf_counter() - begin) / steps, float(total) / steps
# --8<-- [end:torch_epoch]

# --8<-- [start:on_torch]
def on_torch(images, labels, layout, half=False):
    network = torch_convnet()
    copy_weights(build_convnet(), network)
    network = network.to(memory_format=layout)
    optimizer = torch.optim.RMSprop(
        network.parameters(), lr=0.001, alpha=0.9, eps=3e-4
    )
    pixels = torch.tensor(images).permute(0, 3, 1, 2)
    pixels = pixels.contiguous(memory_format=layout)
    targets = torch.tensor(labels.astype("int64"))
    return lambda: torch_epoch(network, optimizer, pixels, targets, half)
# --8<-- [end:on_torch]

# --8<-- [start:torch_contenders]
last, first = torch.channels_last, torch.contiguous_format
contenders["torch, last"] = on_torch(images, labels, last)
contenders["torch, first"] = on_torch(images, labels, first)
contenders["torch, bfloat16"] = on_torch(images, labels, last, half=True)
# --8<-- [end:torch_contenders]

# --8<-- [start:torch_race]
times, losses = race(contenders, rounds=7)
report(times, losses)
# --8<-- [end:torch_race]

# --8<-- [start:torch_figure]
names = list(times)[::-1]
low, middle, high = np.transpose([quartiles(times, name) for name in names])
figure, ax = plt.subplots(figsize=(5, 3.6), layout="constrained")
ax.barh(names, middle, color="C0")
ax.hlines(names, low, high, color="black")  # between the quartiles
ax.axvline(1, color="0.5", linestyle=":")
ax.set_xlim(0, 2)
ax.set_xlabel("times as fast as the plain fit")
plt.show()
# --8<-- [end:torch_figure]

# --8<-- [start:validation]
validation_images = train_images[-10_000:]
validation_labels = train_labels[-10_000:]


def right(model, images=validation_images, labels=validation_labels):
    return model.evaluate(images, labels, batch_size=500, verbose=0)[1]
# --8<-- [end:validation]

# --8<-- [start:sizes]
def after_an_epoch(batch_size, rate, seed, count=6400):
    optimizer = keras.optimizers.RMSprop(rate)
    model = compiled(build_convnet(seed=seed), optimizer)
    some = train_images[:count], train_labels[:count]
    step, _ = step_time(model, *some, batch_size=batch_size)
    return step * count / batch_size, right(model)  # seconds, share
# --8<-- [end:sizes]

# --8<-- [start:sizes_run]
sizes = [(64, 0.001), (16, 0.001), (256, 0.001), (256, 0.003)]
learned = {size: [] for size in sizes}
for seed in range(1, 6):
    for size in sizes:
        learned[size].append(after_an_epoch(*size, seed))
for (batch_size, rate), runs in learned.items():
    seconds, accuracy = np.transpose(runs)  # (5,) each
    print(
        f"batch {batch_size:3}, rate {rate}: {np.median(seconds):.2f} s, "
        f"{accuracy.mean():.3f} ± {accuracy.std(ddof=1):.3f} right"
    )
# --8<-- [end:sizes_run]

# --8<-- [start:falling]
def falling(peak, steps=1100):
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=peak / 10,
        warmup_target=peak,
        warmup_steps=steps // 20,
        decay_steps=steps - steps // 20,
    )
# --8<-- [end:falling]

# --8<-- [start:recipe]
def train_briefly(count, rate, seed, steps=1100):
    model = build_in("mixed_bfloat16", seed)
    adam = keras.optimizers.Adam(rate)
    compiled(model, optimizer=adam, steps_per_execution=10)
    rng = np.random.default_rng(seed)
    passes = [rng.permutation(count), rng.permutation(count)]
    order = np.concatenate(passes)[: 64 * steps]  # shuffled beforehand
    model.fit(
        train_images[order],
        train_labels[order],
        batch_size=64,
        shuffle=False,
        verbose=0,
    )
    return model
# --8<-- [end:recipe]

# --8<-- [start:choose]
rates = {"0.001": 0.001, "peak 0.001": falling(0.001)}
rates |= {"0.004": 0.004, "peak 0.004": falling(0.004)}
chosen = {name: [] for name in rates}
for seed in [1, 2]:
    for name, rate in rates.items():
        chosen[name].append(right(train_briefly(50_000, rate, seed)))
        print(f"seed {seed}, {name}: {chosen[name][-1]:.4f}")
# --8<-- [end:choose]

# --8<-- [start:torch_whole]
def seconds_of(function):
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


one_epoch = on_torch(train_images, train_labels, last)
whole = []
for number in range(4):
    brief = seconds_of(lambda: train_briefly(60_000, falling(0.004), seed=1))
    whole.append((brief, seconds_of(one_epoch)))
    print("short training {:.1f} s, PyTorch {:.1f} s".format(*whole[-1]))
# --8<-- [end:torch_whole]

# --8<-- [start:test]
test_images = test_pixels[..., np.newaxis].astype("float32") / 255
test_accuracies = []
for seed in range(1, 6):
    model = train_briefly(60_000, falling(0.004), seed)
    test_accuracies.append(right(model, test_images, test_labels))
print("seeds:", np.round(test_accuracies, 4))
deviation = np.std(test_accuracies, ddof=1)
print(f"{np.mean(test_accuracies):.4f} ± {deviation:.4f} of the test digits")
# --8<-- [end:test]

# --8<-- [start:answer_share]
share = sum(parts["3 Conv2D"]) / sum(map(sum, parts.values()))
print(f"twice as fast there: {1 / (1 - share / 2):.2f} times as fast in all")
# --8<-- [end:answer_share]

# --8<-- [start:answer_ceiling]
for convolutions in [0.5, 0.8, 0.9]:
    print(f"{convolutions:.0%}: at most {1 / convolutions:.2f} times as fast")
# --8<-- [end:answer_ceiling]

# --8<-- [start:answer_float16]
half = on_arrays(compiled(build_in("mixed_float16")))
pair = {"plain fit": contenders["plain fit"], "float16": half}
report(*race(pair, rounds=2))
# --8<-- [end:answer_float16]
