# --8<-- [start:setup]
import shutil
import warnings
import zipfile
from pathlib import Path

import kagglehub
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from PIL import Image

tf.get_logger().setLevel("ERROR")  # no warning at each new network


def attempt(step, *arguments, **options):
    try:
        step(*arguments, **options)
        print("works")
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
# --8<-- [end:setup]

# --8<-- [start:name]
attempt(eval, "convnet.summary()")
# --8<-- [end:name]

# --8<-- [start:file]
attempt(Image.open, "digit.png")
print("images here:", [path.name for path in Path().glob("*.png")])
# --8<-- [end:file]

# --8<-- [start:gpu]
print("GPUs:", tf.config.list_physical_devices("GPU"))
# --8<-- [end:gpu]

# --8<-- [start:mnist_blocked]
attempt(keras.datasets.mnist.load_data)
attempt(keras.datasets.mnist.load_data)
# --8<-- [end:mnist_blocked]

# --8<-- [start:mnist_certificate]
attempt(keras.datasets.mnist.load_data)
# --8<-- [end:mnist_certificate]

# --8<-- [start:mnist_proxy]
attempt(keras.datasets.mnist.load_data)
# --8<-- [end:mnist_proxy]

# --8<-- [start:mnist_half]
attempt(keras.datasets.mnist.load_data)
# --8<-- [end:mnist_half]

# --8<-- [start:mnist_rejected]
attempt(keras.datasets.mnist.load_data)
attempt(keras.datasets.mnist.load_data)
# --8<-- [end:mnist_rejected]

# --8<-- [start:mnist_file]
with np.load("mnist.npz") as file:
    train_images, train_labels = file["x_train"], file["y_train"]
    test_images, test_labels = file["x_test"], file["y_test"]
print(train_images.shape, test_images.shape)
# --8<-- [end:mnist_file]

# --8<-- [start:mnist_page]
Path("page.npz").write_text("<!DOCTYPE html><title>Sign in</title>")
Path("half.npz").write_bytes(Path("mnist.npz").read_bytes()[:5_000_000])
for name in ["page.npz", "half.npz", "mnist.npz"]:
    attempt(np.load, name)
# --8<-- [end:mnist_page]

# --8<-- [start:cifar10_blocked]
attempt(keras.datasets.cifar10.load_data)
# --8<-- [end:cifar10_blocked]

# --8<-- [start:small]
def small(loss="sparse_categorical_crossentropy", flatten=True):
    network = keras.Sequential(name="small")
    network.add(keras.Input(shape=(28, 28, 1)))
    network.add(layers.Conv2D(8, 3, activation="relu", name="conv2d"))
    network.add(layers.MaxPooling2D(2))
    if flatten:
        network.add(layers.Flatten())
    network.add(layers.Dense(10, activation="softmax", name="dense"))
    network.compile(loss=loss, metrics=["accuracy"])
    return network
# --8<-- [end:small]

# --8<-- [start:few]
images = train_images[:32, :, :, np.newaxis] / 255
labels = train_labels[:32]
one_hot = keras.utils.to_categorical(labels)
print(images.shape, labels.shape, one_hot.shape)
# --8<-- [end:few]

# --8<-- [start:min_ndim]
attempt(layers.Conv2D(8, 3, name="conv2d"), keras.Input(shape=(28, 28)))
attempt(layers.Conv2D(8, 3, name="conv2d"), keras.Input(shape=(28, 28, 1)))
# --8<-- [end:min_ndim]

# --8<-- [start:kernel_shape]
whole_set = keras.Input(shape=(60_000, 28, 28, 1))
attempt(layers.Conv2D(8, 3, name="conv2d"), whole_set)
# --8<-- [end:kernel_shape]

# --8<-- [start:too_small]
def deep(padding):
    x = keras.Input(shape=(28, 28, 1))
    for _ in range(4):
        x = layers.Conv2D(8, 3, padding=padding)(x)
        x = layers.MaxPooling2D(2)(x)


attempt(deep, "valid")
attempt(deep, "same")
# --8<-- [end:too_small]

# --8<-- [start:rank]
attempt(small(flatten=False).fit, images, labels, verbose=0)
attempt(small().fit, images, one_hot, verbose=0)
attempt(small().fit, images, labels, verbose=0)
# --8<-- [end:rank]

# --8<-- [start:same_rank]
attempt(small("categorical_crossentropy").fit, images, labels, verbose=0)
attempt(small("categorical_crossentropy").fit, images, one_hot, verbose=0)
# --8<-- [end:same_rank]

# --8<-- [start:label_range]
guesses = small()(images)
crossentropy = keras.losses.sparse_categorical_crossentropy
attempt(crossentropy, labels + 1, guesses)
attempt(crossentropy, labels, guesses)
# --8<-- [end:label_range]

# --8<-- [start:cardinality]
attempt(small().fit, images, train_labels, verbose=0)
# --8<-- [end:cardinality]

# --8<-- [start:input_shape]
attempt(small(), np.zeros((1, 28, 28, 3)))
attempt(small(), np.zeros((1, 32, 32, 1)))
attempt(small(), np.zeros((1, 28, 28, 1)))
# --8<-- [end:input_shape]

# --8<-- [start:single]
attempt(small().predict, images[0], verbose=0)
attempt(small().predict, images[0, :, :, 0], verbose=0)
attempt(small().predict, images[:1], verbose=0)
# --8<-- [end:single]

# --8<-- [start:unknown_rank]
network = small()
attempt(network.predict, images, verbose=0)
attempt(network.predict, images[:, :, :, 0], verbose=0)
# --8<-- [end:unknown_rank]

# --8<-- [start:two_classes]
numbers = np.linspace(-1, 1, 32)[:, np.newaxis]
animals = (numbers[:, 0] > 0).astype(int)  # 0 for a cat, 1 for a dog


def two_classes(outputs, activation, loss):
    network = keras.Sequential([keras.Input(shape=(1,))])
    network.add(layers.Dense(outputs, activation=activation))
    network.compile(loss=loss, metrics=["accuracy"])
    network.fit(numbers, animals, verbose=0)
    return network
# --8<-- [end:two_classes]

# --8<-- [start:two_classes_check]
with warnings.catch_warnings(action="error"):
    attempt(two_classes, 1, "softmax", "binary_crossentropy")
    attempt(two_classes, 1, "sigmoid", "categorical_crossentropy")
attempt(two_classes, 2, "softmax", "binary_crossentropy")
attempt(crossentropy, animals, np.full((32, 1), 0.5))
attempt(two_classes, 2, "softmax", "sparse_categorical_crossentropy")
attempt(two_classes, 1, "sigmoid", "binary_crossentropy")
# --8<-- [end:two_classes_check]

# --8<-- [start:channels_first]
turned = np.moveaxis(images, -1, 1)
print(turned.shape)
first = layers.Conv2D(8, 3, data_format="channels_first", name="conv2d")
attempt(first, turned)
attempt(layers.Conv2D(8, 3), np.moveaxis(turned, 1, -1))
# --8<-- [end:channels_first]

# --8<-- [start:scale]
keras.utils.set_random_seed(1)
untrained = small()
losses = {}
for name, pixels in [("0 to 1", images), ("0 to 255", images * 255)]:
    losses[name], _ = untrained.evaluate(pixels, labels, verbose=0)
    print(f"pixels from {name}: first loss {losses[name]:.1f}")
# --8<-- [end:scale]

# --8<-- [start:memory]
photos = (1_000_000, 4000, 3000, 3)
attempt(np.zeros, photos)
attempt(tf.zeros, photos)
attempt(np.zeros, (32, 180, 180, 3))
# --8<-- [end:memory]

# --8<-- [start:hide_gpu]
tf.config.set_visible_devices([], "GPU")
print([device.device_type for device in tf.config.get_visible_devices()])
# --8<-- [end:hide_gpu]

# --8<-- [start:include_top]
attempt(keras.applications.MobileNetV2, input_shape=(100, 100, 3))
attempt(keras.applications.MobileNetV2, classes=2)
# --8<-- [end:include_top]

# --8<-- [start:preprocess_input]
for name in ["mobilenet_v2", "resnet50", "efficientnet"]:
    black_to_white = np.array([[[0, 127.5, 255]]])
    prepare = getattr(keras.applications, name).preprocess_input
    print(name, prepare(black_to_white).ravel())
print("uint8 - 127:", np.array([0, 127, 255], "uint8") - 127)
# --8<-- [end:preprocess_input]

# --8<-- [start:frozen]
def learns(network):
    kernel = network.get_layer("conv2d").kernel
    before = kernel.numpy()
    network.fit(images, labels, verbose=0)
    return (kernel.numpy() != before).any()


frozen = small()
print("learns:", learns(frozen))
frozen.get_layer("conv2d").trainable = False
print("learns, not compiled anew:", learns(frozen))
frozen.compile(loss="sparse_categorical_crossentropy")
print("learns, compiled anew:", learns(frozen))
# --8<-- [end:frozen]

# --8<-- [start:slopes]
picture = tf.constant(images[:1], tf.float32)


def slopes(watched):
    with tf.GradientTape() as tape:
        if watched:
            tape.watch(picture)
        score = untrained(picture)[0, 0]
    return tape.gradient(score, picture).numpy()


attempt(slopes, watched=False)
attempt(slopes, watched=True)
# --8<-- [end:slopes]

# --8<-- [start:inner]
maps = untrained.get_layer("conv2d").output
attempt(getattr, untrained, "input")
attempt(keras.Model(untrained.inputs[0], maps), images[:1])
# --8<-- [end:inner]

# --8<-- [start:no_token]
attempt(kagglehub.competition_download, "dogs-vs-cats")
# --8<-- [end:no_token]

# --8<-- [start:unauthorized]
attempt(kagglehub.competition_download, "dogs-vs-cats")
# --8<-- [end:unauthorized]

# --8<-- [start:forbidden]
attempt(kagglehub.competition_download, "dogs-vs-cats")
# --8<-- [end:forbidden]

# --8<-- [start:cut_off]
attempt(kagglehub.competition_download, "dogs-vs-cats")
attempt(kagglehub.competition_download, "dogs-vs-cats")
# --8<-- [end:cut_off]

# --8<-- [start:not_zip]
attempt(
    kagglehub.competition_download, "dogs-vs-cats", force_download=True
)
# --8<-- [end:not_zip]

# --8<-- [start:not_zip_again]
attempt(kagglehub.competition_download, "dogs-vs-cats")
cache = Path(kagglehub.config.get_cache_folder()) / "competitions"
(cache / "dogs-vs-cats.archive").unlink(missing_ok=True)
attempt(kagglehub.competition_download, "dogs-vs-cats")
# --8<-- [end:not_zip_again]

# --8<-- [start:archive]
with zipfile.ZipFile("whole.zip", "w") as archive:
    archive.writestr("cat.0.jpg", bytes(9000))
whole = Path("whole.zip").read_bytes()
Path("page.zip").write_text("<html>We will be back soon.</html>")
Path("half.zip").write_bytes(whole[: len(whole) // 2])
Path("damaged.zip").write_bytes(whole[:500] + b"!" + whole[501:])


def check(path):
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            archive.read(name)
# --8<-- [end:archive]

# --8<-- [start:archive_check]
for name in ["page.zip", "half.zip", "damaged.zip", "whole.zip"]:
    print(name, Path(name).stat().st_size, Path(name).read_bytes()[:4])
    attempt(check, name)
# --8<-- [end:archive_check]

# --8<-- [start:disk_full]
attempt(shutil.unpack_archive, "whole.zip", "unpacked")
# --8<-- [end:disk_full]

# --8<-- [start:disk_room]
with zipfile.ZipFile("whole.zip") as archive:
    needed = sum(member.file_size for member in archive.infolist())
print("enough room:", needed < shutil.disk_usage(".").free)
attempt(shutil.unpack_archive, "whole.zip", "unpacked")
# --8<-- [end:disk_room]

# --8<-- [start:broken]
five = Image.fromarray(train_images[0]).resize((200, 200))
five.save("photo.jpg")
data = Path("photo.jpg").read_bytes()
for animal in ["cat", "dog"]:
    Path("pets", animal).mkdir(parents=True, exist_ok=True)
    shutil.copy("photo.jpg", Path("pets", animal, "whole.jpg"))
Path("pets/cat/page.jpg").write_text("<html>Not found</html>")
Path("pets/cat/half.jpg").write_bytes(data[: len(data) // 2])
Path("pets/dog/empty.jpg").write_bytes(b"")
five.save("pets/dog/bitmap.jpg", "bmp")
# --8<-- [end:broken]

# --8<-- [start:broken_check]
def load(path):
    with Image.open(path) as image:
        image.load()


for path in sorted(Path("pets").rglob("*.jpg")):
    print(path.name)
    attempt(load, path)
    attempt(tf.io.decode_jpeg, path.read_bytes())
# --8<-- [end:broken_check]

# --8<-- [start:broken_repair]
for path in sorted(Path("pets").rglob("*.jpg")):
    try:
        with Image.open(path) as image:
            photo = image.convert("RGB")
        photo.save(path, "jpeg")
    except Exception:
        path.unlink()
        print("deleted:", path.name)
for path in sorted(Path("pets").rglob("*.jpg")):
    attempt(tf.io.decode_jpeg, path.read_bytes())
# --8<-- [end:broken_repair]

# --8<-- [start:sizes]
different = [Image.new("RGB", (40, 30)), Image.new("L", (30, 40))]
attempt(np.array, different)
attempt(np.stack, different)
alike = [photo.convert("RGB").resize((32, 32)) for photo in different]
attempt(np.stack, alike)
# --8<-- [end:sizes]

# --8<-- [start:extra]
Path("extra.jpg").write_bytes(data[:-2] + bytes(228) + data[-2:])
attempt(load, "extra.jpg")
with Image.open("extra.jpg") as image:
    image.save("clean.jpg")
# --8<-- [end:extra]

# --8<-- [start:no_images]
Path("empty").mkdir(exist_ok=True)
attempt(keras.utils.image_dataset_from_directory, "empty")
attempt(keras.utils.image_dataset_from_directory, "pets")
# --8<-- [end:no_images]

# --8<-- [start:class_names]
pets = keras.utils.image_dataset_from_directory("pets", verbose=False)
class_names = pets.class_names
scaled = pets.map(lambda images, labels: (images / 255, labels))
attempt(getattr, scaled, "class_names")
print(class_names)
# --8<-- [end:class_names]
