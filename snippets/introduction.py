# --8<-- [start:setup]
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

# --8<-- [end:setup]

# --8<-- [start:load]
(train_pixels, train_labels), (test_pixels, test_labels) = (
    keras.datasets.mnist.load_data()
)
digit = test_pixels[0]
crop = digit[7:15, 15:23]  # rows 7 to 14, columns 15 to 22
print("shape:", digit.shape)
print("type: ", digit.dtype)
print(crop)
# --8<-- [end:load]

# --8<-- [start:look]
figure, axes = plt.subplots(1, 2, figsize=(5, 2.5))
for ax, pixels in zip(axes, [digit, crop]):
    ax.imshow(pixels, cmap="gray_r", vmin=0, vmax=255)
    ax.axis("off")
frame = plt.Rectangle((14.5, 6.5), 8, 8, fill=False, color="C1", linewidth=2)
axes[0].add_patch(frame)
for row, column in np.ndindex(8, 8):
    axes[1].text(
        x=column,
        y=row,
        s=crop[row, column],
        size=8,
        color="0.95" if crop[row, column] > 127 else "0.1",
        horizontalalignment="center",
        verticalalignment="center",
    )
plt.show()
# --8<-- [end:look]

# --8<-- [start:one_digit]
known = train_pixels[:10_000].astype("float64")
known_labels = train_labels[:10_000]

squares = (known - digit) ** 2  # (10000, 28, 28)
distances = np.sqrt(squares.sum(axis=(1, 2)))  # (10000,)
nearest = distances.argmin()
print("nearest image: number", nearest)
print(f"distance: {distances[nearest]:.0f}")
print("its label:", known_labels[nearest])
# --8<-- [end:one_digit]

# --8<-- [start:many_digits]
known_rows = known.reshape(-1, 28 * 28)  # (10000, 784)
known_sums = (known_rows**2).sum(axis=1)  # (10000,)


def squared_distances(images):
    rows = images.reshape(-1, 28 * 28)  # (n, 784)
    sums = (rows**2).sum(axis=1, keepdims=True)  # (n, 1)
    return sums - 2 * rows @ known_rows.T + known_sums  # (n, 10000)


digits = test_pixels[:1000].astype("float64")
digit_labels = test_labels[:1000]
assert (squared_distances(digits[:1]) == squares.sum(axis=(1, 2))).all()
# --8<-- [end:many_digits]

# --8<-- [start:read]
def read(images):
    return known_labels[squared_distances(images).argmin(axis=1)]


readings = read(digits)
print(f"{np.mean(readings == digit_labels):.1%} of the digits are right")
# --8<-- [end:read]

# --8<-- [start:shift]
def shift(images, down, right):  # by up to four pixels
    padded = np.pad(images, [(0, 0), (4, 4), (4, 4)])  # zeros all around
    return padded[:, 4 - down : 32 - down, 4 - right : 32 - right]
# --8<-- [end:shift]

# --8<-- [start:shifted]
def shifted_accuracy(d):
    scores = []
    places = {(d, 0), (-d, 0), (0, d), (0, -d)}  # only one, if d is 0
    for down, right in places:
        shifted_readings = read(shift(digits, down, right))
        scores.append(np.mean(shifted_readings == digit_labels))
    return np.mean(scores)


accuracies = [shifted_accuracy(d) for d in range(5)]
for d, accuracy in enumerate(accuracies):
    print(f"shifted by {d}: {accuracy:.1%}")
# --8<-- [end:shifted]

# --8<-- [start:shifted_plot]
figure, ax = plt.subplots(figsize=(5, 3))
ax.plot(range(5), accuracies, "o-")
ax.set(xlabel="shift in pixels", ylabel="accuracy", ylim=(0, 1.02))
ax.set_xticks(range(5))
plt.show()
# --8<-- [end:shifted_plot]

# --8<-- [start:find_misread]
moved = shift(digits, down=0, right=3)
moved_readings = read(moved)
was_right = readings == digit_labels
is_wrong = moved_readings != digit_labels
misread = np.flatnonzero(was_right & is_wrong)[:5]
neighbors = squared_distances(moved[misread]).argmin(axis=1)
# --8<-- [end:find_misread]

# --8<-- [start:misread]
figure, axes = plt.subplots(2, 5, figsize=(5, 2.6))
for column, (index, neighbor) in enumerate(zip(misread, neighbors)):
    axes[0, column].imshow(moved[index], cmap="gray_r")
    axes[0, column].set_title(digit_labels[index], size=9)
    axes[1, column].imshow(known[neighbor], cmap="gray_r")
    axes[1, column].set_title(f"read as {known_labels[neighbor]}", size=9)
for ax in axes.flat:
    ax.axis("off")
plt.show()
# --8<-- [end:misread]

# --8<-- [start:parameters]
def dense_parameters(side):
    return (side * side * 3 + 1) * 512  # (weights + bias) * numbers out


def convolution_parameters():
    return (3 * 3 * 3 + 1) * 32  # (weights + bias) * patterns


for side in [32, 64, 1000]:
    print(
        f"{side:4} pixels a side: "
        f"dense {dense_parameters(side):13,}, "
        f"convolution {convolution_parameters():3}"
    )
gigabytes = 4 * dense_parameters(1000) / 1e9
print(f"the last dense layer takes {gigabytes:.1f} GB")
# --8<-- [end:parameters]

# --8<-- [start:keras_counts]
for side in [32, 64]:
    dense = layers.Dense(units=512)
    dense.build((None, side * side * 3))
    print(f"{side:4} dense:       {dense.count_params():9,}")
for side in [32, 64, 1000]:
    convolution = layers.Conv2D(filters=32, kernel_size=3)
    convolution.build((None, side, side, 3))
    print(f"{side:4} convolution: {convolution.count_params():9,}")
# --8<-- [end:keras_counts]

# --8<-- [start:progress]
# Top-5 error rates in percent, as published.
runner_up_2012 = 26.2  # https://doi.org/10.1145/3065386
convnet_2012 = 15.3  # the same paper
convnet_2015 = 3.57  # https://arxiv.org/abs/1512.03385


def errors_removed(before, after):
    return (before - after) / before


removed_2012 = errors_removed(runner_up_2012, convnet_2012)
removed_2015 = errors_removed(convnet_2012, convnet_2015)
print(f"2012, convnet against runner-up: {removed_2012:.0%} fewer errors")
print(f"2015, convnet against 2012:      {removed_2015:.0%} fewer errors")
# --8<-- [end:progress]

# --8<-- [start:progress_plot]
names = ["runner-up, 2012", "convnet, 2012", "convnet, 2015"]
errors = [runner_up_2012, convnet_2012, convnet_2015]
figure, ax = plt.subplots(figsize=(5, 1.9))
bars = ax.barh(names, errors, color=["C1", "C0", "C0"])
ax.bar_label(bars, fmt="%g%%", padding=4)
ax.invert_yaxis()
ax.set(xlabel="error rate in percent", xlim=(0, 32))
plt.show()
# --8<-- [end:progress_plot]

# --8<-- [start:answer_photo]
photo = np.zeros((3000, 4000, 3), dtype="uint8")
print(f"{photo.size:,} numbers, {photo.nbytes:,} bytes")
print(f"as float32: {4 * photo.size:,} bytes")
print(f"as many numbers as {photo.size // digit.size:,} MNIST digits")
# --8<-- [end:answer_photo]

# --8<-- [start:answer_distance]
moved_by_two = shift(digits, down=0, right=2)
to_itself = np.sqrt(((moved_by_two - digits) ** 2).sum(axis=(1, 2)))  # (1000,)

same_label = known_labels == digit_labels[:, None]  # (1000, 10000)
distances = np.sqrt(squared_distances(digits))
to_another = np.where(same_label, np.inf, distances).min(axis=1)

farther = np.mean(to_itself > to_another)
print(f"to itself, shifted:      {to_itself.mean():.0f}")
print(f"to the nearest stranger: {to_another.mean():.0f}")
print(f"itself is farther away:  {farther:.1%} of the digits")
# --8<-- [end:answer_distance]

# --8<-- [start:answer_averages]
averages = [train_pixels[train_labels == n].mean(axis=0) for n in range(10)]

figure, axes = plt.subplots(2, 5, figsize=(5, 2.2))
for ax, average in zip(axes.flat, averages):
    ax.imshow(average, cmap="gray_r", vmin=0, vmax=255)
    ax.axis("off")
plt.show()
# --8<-- [end:answer_averages]

# --8<-- [start:answer_averages_run]
distances = [((test_pixels - a) ** 2).sum(axis=(1, 2)) for a in averages]
right = np.argmin(distances, axis=0) == test_labels  # (10000,)
print(f"all digits:      {right.mean():.1%}")
print(f"the first 1,000: {right[:1000].mean():.1%}")
by_digit = [right[test_labels == n].mean() for n in range(10)]
for n, accuracy in enumerate(by_digit):
    print(f"{n}: {accuracy:.0%}")
# --8<-- [end:answer_averages_run]

# --8<-- [start:answer_signs]
people = 100 - 98.84  # https://doi.org/10.1016/j.neunet.2012.02.016
convnet = 100 - 99.46  # https://doi.org/10.1016/j.neunet.2012.02.023
removed_signs = errors_removed(people, convnet)
print(f"misread by people:      {people:.2f}%")
print(f"misread by the convnet: {convnet:.2f}%")
print(f"errors removed:         {removed_signs:.0%}")
# --8<-- [end:answer_signs]
