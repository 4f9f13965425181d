# --8<-- [start:setup]
import zipfile

import keras
import matplotlib.pyplot as plt
import numpy as np
import scipy.ndimage
from keras import layers
from PIL import Image, ImageDraw, ImageFont, ImageOps

keras.utils.set_random_seed(1)
# --8<-- [end:setup]

# --8<-- [start:data]
(pixels, labels), (test_pixels, _) = keras.datasets.mnist.load_data()
images = pixels[..., np.newaxis].astype("float32") / 255
train_images, train_labels = images[:20_000], labels[:20_000]
validation_images, validation_labels = images[-5_000:], labels[-5_000:]
# --8<-- [end:data]

# --8<-- [start:build]
inputs = keras.Input(shape=(28, 28, 1))
x = layers.Conv2D(filters=32, kernel_size=3, activation="relu")(inputs)
x = layers.MaxPooling2D(pool_size=2)(x)
x = layers.Conv2D(filters=64, kernel_size=3, activation="relu")(x)
x = layers.MaxPooling2D(pool_size=2)(x)
x = layers.Conv2D(filters=128, kernel_size=3, activation="relu")(x)
x = layers.Flatten()(x)
outputs = layers.Dense(units=10, activation="softmax")(x)
trained = keras.Model(inputs, outputs)
# --8<-- [end:build]

# --8<-- [start:train]
trained.compile(
    optimizer="rmsprop",
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
history = trained.fit(
    train_images,
    train_labels,
    epochs=2,
    batch_size=64,
    validation_data=(validation_images, validation_labels),
    verbose=2,
)
# --8<-- [end:train]

# --8<-- [start:save]
trained.save("digits.keras")
with zipfile.ZipFile("digits.keras") as archive:
    print(archive.namelist())
# --8<-- [end:save]

# --8<-- [start:load]
convnet = keras.models.load_model("digits.keras")

before = trained.predict(validation_images, verbose=0)  # (5000, 10)
after = convnet.predict(validation_images, verbose=0)
print("largest difference:", np.abs(after - before).max())
# --8<-- [end:load]


# --8<-- [start:photo]
def make_photo(digit, rng):
    side = rng.integers(90, 170)
    top, left = rng.integers(0, [281 - side, 221 - side])
    large = Image.fromarray(digit).resize((side, side))  # smooth
    ink = np.zeros((280, 220))
    ink[top : top + side, left : left + side] = np.asarray(large) / 255

    paper, pen = np.array([240, 228, 200]), np.array([40, 45, 90])
    photo = paper + ink[..., np.newaxis] * (pen - paper)  # (280, 220, 3)
    photo *= np.linspace(1, 0.55, 220)[:, np.newaxis]  # a shadow
    photo += rng.normal(0, 6, size=photo.shape)  # noise
    return photo.clip(0, 255).astype("uint8")


rng = np.random.default_rng(0)
photos = [make_photo(digit, rng) for digit in test_pixels[:100]]
# --8<-- [end:photo]

# --8<-- [start:photos_figure]
figure, axes = plt.subplots(1, 4, figsize=(5, 1.8))
for ax, photo in zip(axes, photos):
    ax.imshow(photo)
    ax.axis("off")
plt.show()
# --8<-- [end:photos_figure]


# --8<-- [start:gray]
def to_gray(picture):
    values = np.asarray(picture, dtype="float32")
    if values.ndim == 3 and values.shape[-1] == 3:
        values = values.mean(axis=-1)
    if values.ndim != 2:
        raise ValueError(
            "expected a picture of shape (height, width) or "
            f"(height, width, 3), got {values.shape}"
        )
    return values


# --8<-- [end:gray]


# --8<-- [start:count]
digits = test_pixels[:100, ..., np.newaxis] / 255
expected = convnet.predict(digits, verbose=0).argmax(axis=1)


def count_same(step):
    prepared = np.array([step(photo) for photo in photos])
    answers = convnet.predict(prepared[..., np.newaxis], verbose=0)
    return np.sum(answers.argmax(axis=1) == expected)


# --8<-- [end:count]


# --8<-- [start:naive]
def shrink(values):
    return np.asarray(Image.fromarray(values).resize((28, 28)))


same = {"shrunk": count_same(lambda photo: shrink(to_gray(photo)) / 255)}
print(same["shrunk"], "of 100 photos are read as their digits were")
# --8<-- [end:naive]

# --8<-- [start:seen]
sides, centers = [], []
for digit in pixels[:1000]:
    rows, columns = np.nonzero(digit)
    sides.append(max(np.ptp(rows), np.ptp(columns)) + 1)
    centers.append(scipy.ndimage.center_of_mass(digit))

row, column = np.mean(centers, axis=0)
off = np.abs(np.array(centers) - 14).max()
print("longer side of the ink:", np.unique(sides))
print(f"center of mass: row {row:.1f}, column {column:.1f} on average")
print(f"never further from row or column 14 than {off:.1f} pixels")
# --8<-- [end:seen]


# --8<-- [start:dark_on_light]
def dark_on_light(gray):
    paper = np.median(gray)  # most of a picture is paper
    if gray.max() - paper > paper - gray.min():
        return 255 - gray
    return gray


# --8<-- [end:dark_on_light]


# --8<-- [start:ink]
def find_ink(gray):
    small = Image.fromarray(gray)
    small.thumbnail((128, 128))  # keeps proportions, averages noise away
    gray = dark_on_light(np.asarray(small))
    paper = scipy.ndimage.grey_closing(gray, size=max(gray.shape) // 4)
    ink = paper - gray
    ink = ink - np.median(ink)  # what noise leaves on empty paper
    if ink.max() < 40:
        raise ValueError(
            "expected ink that differs from its paper by 40 or more "
            f"of 255 gray levels, found at most {ink.max():.0f}"
        )
    return np.clip(ink / ink.max(), 0, 1)


# --8<-- [end:ink]

# --8<-- [start:ink_figure]
photo_gray = to_gray(photos[0])
closed = scipy.ndimage.grey_closing(photo_gray, size=70)
across = 125  # the row of pixels in which the top bar of the 7 lies

figure, axes = plt.subplots(2, 1, figsize=(5, 3.2), sharex=True)
axes[0].plot(photo_gray[across], label="photo")
axes[0].plot(closed[across], label="paper")
axes[0].set_ylim(0, 255)
axes[1].plot((closed - photo_gray)[across], "C2", label="paper − photo")
axes[1].set_xlabel("column")
for ax in axes:
    ax.set_ylabel("gray level")
    ax.legend()
plt.show()
# --8<-- [end:ink_figure]


# --8<-- [start:box]
def fit_in_box(ink, threshold=0.25):
    rows, columns = np.nonzero(ink > threshold)
    digit = ink[
        rows.min() : rows.max() + 1,
        columns.min() : columns.max() + 1,
    ]
    height, width = digit.shape
    scale = 20 / max(height, width)
    new_size = (max(1, round(scale * width)), max(1, round(scale * height)))
    small = np.asarray(Image.fromarray(digit).resize(new_size))
    return np.clip(small / small.max(), 0, 1)


# --8<-- [end:box]


# --8<-- [start:place]
def place(digit, point):
    """An empty 28×28 image with the digit's `point` at (14, 14)."""
    height, width = digit.shape
    top, left = np.round(14 - np.array(point)).astype(int)
    top = np.clip(top, 0, 28 - height)
    left = np.clip(left, 0, 28 - width)
    image = np.zeros((28, 28), dtype="float32")
    image[top : top + height, left : left + width] = digit
    return image


def prepare(picture):
    digit = fit_in_box(find_ink(to_gray(picture)))
    image = place(digit, scipy.ndimage.center_of_mass(digit))
    return image[..., np.newaxis]  # (28, 28, 1)


# --8<-- [end:place]


# --8<-- [start:steps]
def in_the_middle(photo):
    digit = fit_in_box(find_ink(to_gray(photo)))
    return place(digit, np.array(digit.shape) / 2)


steps = {
    "shrunk": lambda photo: shrink(to_gray(photo)) / 255,
    "inverted": lambda photo: 1 - shrink(to_gray(photo)) / 255,
    "paper removed": lambda photo: shrink(find_ink(to_gray(photo))),
    "20×20 box": in_the_middle,
    "center of mass": lambda photo: prepare(photo)[..., 0],
}
for name, step in steps.items():
    same[name] = count_same(step)
    print(f"{name:15} {same[name]} of 100")
# --8<-- [end:steps]

# --8<-- [start:steps_figure]
shown = photos[0]
figure, axes = plt.subplots(2, 3, figsize=(5, 3.9))
axes[0, 0].imshow(shown)
axes[0, 0].set_title("photo", size=9)
for ax, (name, step) in zip(axes.flat[1:], steps.items()):
    ax.imshow(step(shown), cmap="gray", vmin=0, vmax=1)
    ax.set_title(name, size=9)
for ax in axes.flat:
    ax.axis("off")
plt.show()
# --8<-- [end:steps_figure]


# --8<-- [start:draw]
def draw(*strokes, width=14):
    sheet = Image.new("L", (200, 200), color=255)
    pen = ImageDraw.Draw(sheet)
    for stroke in strokes:
        pen.line(stroke, fill=0, width=width, joint="curve")
    return sheet


def read(picture):
    batch = prepare(picture)[np.newaxis]  # (1, 28, 28, 1)
    (probabilities,) = convnet.predict(batch, verbose=0)  # (10,)
    return probabilities.argmax(), probabilities.max()


four = draw([(95, 40), (60, 110), (140, 110)], [(120, 75), (120, 165)])
answer, confidence = read(four)
print(f"read as {answer} with {confidence:.0%}")
# --8<-- [end:draw]

# --8<-- [start:draw_figure]
figure, axes = plt.subplots(1, 2, figsize=(3.4, 1.8))
axes[0].imshow(four, cmap="gray")
axes[0].set_title("drawing", size=9)
axes[1].imshow(prepare(four), cmap="gray")
axes[1].set_title("what the network gets", size=9)
for ax in axes:
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(True)
plt.show()
# --8<-- [end:draw_figure]

# --8<-- [start:phone]
exif = Image.Exif()
exif[0x0112] = 6  # orientation: to see me upright, turn me clockwise
lying = Image.fromarray(photos[0]).rotate(90, expand=True)
lying.save("digit.jpg", exif=exif)
# --8<-- [end:phone]

# --8<-- [start:file]
stored = Image.open("digit.jpg")
picture = ImageOps.exif_transpose(stored).convert("RGB")
print("stored:  ", np.asarray(stored).shape)
print("upright: ", np.asarray(picture).shape)
print("load_img:", np.asarray(keras.utils.load_img("digit.jpg")).shape)
print("read as", read(picture)[0])
# --8<-- [end:file]


# --8<-- [start:lying]
def prepare_lying(photo):
    return prepare(np.rot90(photo))[..., 0]


same["lying"] = count_same(prepare_lying)
print(f"lying on their side: {same['lying']} of 100")
# --8<-- [end:lying]

# --8<-- [start:error_batch]
one = prepare(picture)  # (28, 28, 1)
fresh = keras.models.load_model("digits.keras")
try:
    fresh.predict(one, verbose=0)
except ValueError as error:
    print(str(error).split(" for ")[0])
# --8<-- [end:error_batch]

# --8<-- [start:errors]
empty = np.full((200, 200), 255) - np.arange(200) // 4  # with a shadow
transparent = Image.new("RGBA", (200, 200))
for wrong in [empty, transparent]:
    try:
        prepare(wrong)
    except ValueError as error:
        print(error)
# --8<-- [end:errors]

# --8<-- [start:habits]
two = [(60, 70), (75, 46), (125, 46), (135, 80), (60, 160), (142, 160)]
habits = {
    "barred 7": draw([(60, 50), (140, 50), (90, 160)], [(75, 105), (145, 105)]),
    "1 with a foot": draw(
        [(55, 100), (105, 40), (105, 160)], [(65, 160), (145, 160)]
    ),
    "open 4": draw([(70, 40), (65, 105), (140, 105)], [(130, 45), (130, 160)]),
    "thin pen": draw(two, width=3),
}
# --8<-- [end:habits]

# --8<-- [start:failures]
failures = {
    "two digits": draw(
        [(50, 40), (50, 160)],
        [(105, 40), (80, 110), (150, 110)],
        [(130, 75), (130, 165)],
    ),
    "upside down": draw([(60, 50), (140, 50), (90, 160)]).rotate(180),
    "very thick": draw(two, width=50),
    "a heart": draw(
        [(100, 160), (50, 95), (60, 60), (85, 58), (100, 80)],
        [(100, 80), (115, 58), (140, 60), (150, 95), (100, 160)],
    ),
}
readings = {}
for name, drawing in {**habits, **failures}.items():
    readings[name] = read(drawing)
    print(f"{name:14}", "read as {} with {:.0%}".format(*readings[name]))
# --8<-- [end:failures]

# --8<-- [start:hard_figure]
figure, axes = plt.subplots(2, 4, figsize=(5, 3.1))
for ax, (name, drawing) in zip(axes.flat, {**habits, **failures}.items()):
    ax.imshow(drawing, cmap="gray")
    ax.set_title(f"{name}\nread as {readings[name][0]}", size=8)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(True)
plt.show()
# --8<-- [end:hard_figure]


# --8<-- [start:letters]
def draw_letter(letter):
    sheet = Image.new("L", (240, 240), color=255)
    font = ImageFont.load_default(size=150)
    ImageDraw.Draw(sheet).text((60, 20), letter, fill=0, font=font)
    return sheet


letters = "AEFHKMNPRTUVWXY"  # none of them is shaped like a digit
letter_images = np.array([prepare(draw_letter(each)) for each in letters])
letter_confidence = convnet.predict(letter_images, verbose=0).max(axis=1)
sure = np.sum(letter_confidence > 0.9)
print(f"{sure} of {len(letters)} letters: a digit, with over 90%")
# --8<-- [end:letters]


# --8<-- [start:answer_transparent]
def on_white(picture):
    picture = picture.convert("RGBA")
    sheet = Image.new("RGBA", picture.size, color="white")
    return Image.alpha_composite(sheet, picture).convert("RGB")


app_drawing = Image.new("RGBA", (200, 200))  # transparent
app_pen = ImageDraw.Draw(app_drawing)
app_pen.line([(60, 50), (140, 50), (90, 160)], fill="black", width=14)
try:
    read(app_drawing.convert("RGB"))
except ValueError as error:
    print(error)
print("on white: read as", read(on_white(app_drawing))[0])
# --8<-- [end:answer_transparent]

# --8<-- [start:answer_light]
dim = photos[0] * 0.5
bright = photos[0] * 0.5 + 100.0
for changed in [dim, bright]:
    print(np.abs(prepare(changed) - prepare(photos[0])).max() < 1e-4)
# --8<-- [end:answer_light]


# --8<-- [start:answer_row]
def read_row(picture):
    ink = find_ink(to_gray(picture))
    pieces, count = scipy.ndimage.label(ink > 0.25, np.ones((3, 3)))
    found = []
    for piece in range(1, count + 1):
        digit = fit_in_box(np.where(pieces == piece, ink, 0))
        image = place(digit, scipy.ndimage.center_of_mass(digit))
        (probabilities,) = convnet.predict(
            image[np.newaxis, ..., np.newaxis], verbose=0
        )
        column = scipy.ndimage.center_of_mass(pieces == piece)[1]
        found.append((column, int(probabilities.argmax())))
    return [answer for _, answer in sorted(found)]


print(read_row(failures["two digits"]))
# --8<-- [end:answer_row]

# --8<-- [start:answer_refuse]
confidence_of_digits = before.max(axis=1)  # on the validation images
limit = np.quantile(confidence_of_digits, 0.05)
passed = np.sum(letter_confidence >= limit)
print(f"limit {limit:.3f}: {passed} of {len(letters)} letters pass")
# --8<-- [end:answer_refuse]
