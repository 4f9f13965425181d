# --8<-- [start:setup]
import hashlib
import random
import re
import shutil
import tempfile
import zipfile
from contextlib import contextmanager
from getpass import getpass
from pathlib import Path
from urllib.request import urlretrieve

import matplotlib.pyplot as plt
from PIL import Image
from tqdm import tqdm

# --8<-- [end:setup]

# --8<-- [start:fetch]
def fetch(url, archive):
    if archive.exists():
        return
    part = archive.with_suffix(".part")  # another name until it is whole
    try:
        with tqdm(unit="B", unit_scale=True) as bar:
            urlretrieve(url, part, lambda _, size, total: bar.update(size))
    except OSError as error:
        raise OSError(
            f"{url} did not come: {error}. Run this again, or download it in "
            f"a browser and save it as {archive.absolute()}"
        ) from error
    part.rename(archive)
# --8<-- [end:fetch]

# --8<-- [start:microsoft]
url = (
    "https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-"
    "8368-6DEBA77B919F/kagglecatsanddogs_5340.zip"
)
archive = Path("kagglecatsanddogs_5340.zip")
fetch(url, archive)
with archive.open("rb") as file:
    digest = hashlib.file_digest(file, "sha256").hexdigest()
print(f"{archive}: {archive.stat().st_size:,} bytes, SHA-256:\n{digest}")
# --8<-- [end:microsoft]

# --8<-- [start:new_folder]
@contextmanager
def new_folder(folder):
    # a folder to fill: it gets its name once it is full, or vanishes
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder.parent) as part:
        whole = Path(part) / folder.name
        whole.mkdir()
        yield whole
        whole.rename(folder)
# --8<-- [end:new_folder]

# --8<-- [start:is_complete]
def is_complete(folder, names):
    # whether the files are there already; if only some are, an error
    if not folder.exists():
        return False
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise FileExistsError(
            f"expected {len(names)} files in the folder {folder}, but "
            f"{len(missing)} are missing, such as {missing[0]}. "
            "Delete or rename the folder, then run this again"
        )
    return True
# --8<-- [end:is_complete]

# --8<-- [start:unpack]
def unpack(archive, folder):
    if not zipfile.is_zipfile(archive):
        raise ValueError(
            f"expected a whole zip file as {archive.absolute()}. If there is "
            "another file of this name, delete it; then download it again"
        )
    with zipfile.ZipFile(archive) as file:
        names = [name for name in file.namelist() if name[-1] != "/"]
        if not is_complete(folder, names):
            with new_folder(folder) as part:
                for name in tqdm(names, unit=" files"):
                    file.extract(name, part)
    print(f"{folder}: {len(names)} files")
# --8<-- [end:unpack]

# --8<-- [start:unpack_microsoft]
unpack(archive, Path("microsoft"))
# --8<-- [end:unpack_microsoft]

# --8<-- [start:save_token]
def save_token(path):
    token = getpass("Kaggle token: ").strip()  # known in this function only
    if not re.fullmatch("[!-~]+", token):  # visible characters of ASCII
        raise ValueError(
            "expected a token of letters, digits and signs, and got "
            f"{len(token)} characters, not all of this kind. Nothing was "
            "saved: copy the token again, and run this again"
        )
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.unlink(missing_ok=True)  # an older token
    path.touch(mode=0o600)  # read and write, you alone
    path.write_text(token)
# --8<-- [end:save_token]

# --8<-- [start:give_token]
token_file = Path.home() / ".kaggle" / "access_token"
save_token(token_file)
print(f"mode of the file: {token_file.stat().st_mode & 0o777:o}")
# --8<-- [end:give_token]

# --8<-- [start:download]
import kagglehub

downloaded = Path(kagglehub.competition_download("dogs-vs-cats"))
print(sorted(path.name for path in downloaded.iterdir()))
unpack(downloaded / "train.zip", Path("dogs_vs_cats"))
# --8<-- [end:download]

# --8<-- [start:images_by_class]
JPEG = {"JPEG", "MPO"}  # MPO: a JPEG with more than one picture
FORMATS = {".jpg": JPEG, ".jpeg": JPEG}
FORMATS |= {".png": {"PNG"}, ".gif": {"GIF"}, ".bmp": {"BMP"}}


def images_by_class(source):
    # the class is the folder, as in Cat/0.jpg, or stands in the name
    classes = {}
    for path in sorted([*source.glob("*.*.*"), *source.glob("*/*.*")]):
        if path.suffix.lower() in FORMATS:
            flat = path.parent == source  # such as cat.0.jpg
            label = path.name.split(".")[0] if flat else path.parent.name
            classes.setdefault(label, []).append(path)
    return classes
# --8<-- [end:images_by_class]

# --8<-- [start:find_images]
def find_images(source):
    if not source.is_dir():
        raise FileNotFoundError(f"there is no folder {source.absolute()}")
    classes = images_by_class(source)
    counts = {label: len(paths) for label, paths in classes.items()}
    if len(classes) < 2:
        raise ValueError(
            f"expected images of at least two classes in the folder {source}, "
            f"named as Cat/0.jpg or cat.0.jpg, but found {counts or 'none'}. "
            "Name the folder in which the classes are"
        )
    print(f"{source.as_posix()}: {counts}")
    return classes
# --8<-- [end:find_images]

# --8<-- [start:count]
photos = Path("microsoft/PetImages")  # from Kaggle: dogs_vs_cats/train
classes = find_images(photos)
# --8<-- [end:count]

# --8<-- [start:count_kaggle]
kaggle_classes = find_images(Path("dogs_vs_cats/train"))
# --8<-- [end:count_kaggle]

# --8<-- [start:problem_of]
def problem_of(path):
    # what is wrong with an image file; None if nothing is
    try:
        with Image.open(path) as image:
            image.load()  # open() has read the header only
    except Exception as error:  # Pillow raises errors of many kinds
        return f"{type(error).__name__}: {error}"
    if image.format not in FORMATS[path.suffix.lower()]:
        return f"the name says {path.suffix}, but inside is {image.format}"
    return None
# --8<-- [end:problem_of]

# --8<-- [start:bad_images]
def bad_images(classes):
    bad = {}
    for paths in classes.values():
        for path in tqdm(paths, unit=" images"):
            if problem := problem_of(path):
                bad[path] = problem
    return bad
# --8<-- [end:bad_images]

# --8<-- [start:sound]
bad = bad_images(classes)
sound = {}
for label, paths in classes.items():
    sound[label] = [path for path in paths if path not in bad]
    print(f"{label}: {len(sound[label])} sound images")
for path, problem in list(bad.items())[:10]:
    print(f"{path.as_posix()}: {problem}")
# --8<-- [end:sound]

# --8<-- [start:look]
figure, axes = plt.subplots(2, 4, figsize=(5, 2.8))
for row, label in zip(axes, sound):
    for axis, path in zip(row, sound[label]):
        axis.imshow(Image.open(path))
        axis.set_title(f"{label}/{path.name}", fontsize=8)
        axis.axis("off")
plt.tight_layout()
plt.show()
# --8<-- [end:look]

# --8<-- [start:group_sizes]
SHARES = {"train": 0.08, "validation": 0.04, "test": 0.08}


def group_sizes(classes):
    # how many images of each class come into each group
    smallest = min(classes, key=lambda label: len(classes[label]))
    fewest = len(classes[smallest])
    sizes = {group: round(share * fewest) for group, share in SHARES.items()}
    if min(sizes.values()) < 1 or sum(sizes.values()) > fewest:
        raise ValueError(
            "expected at least one image of each class for each group, but "
            f"{fewest} of {smallest} give {sizes}. Add some, or change SHARES"
        )
    return sizes
# --8<-- [end:group_sizes]

# --8<-- [start:choose]
def choose(classes):
    # the name of each copy, and the image that it is made of
    sizes = group_sizes(classes)
    copies = {}
    for label, paths in classes.items():
        left = list(paths)
        random.Random(1).shuffle(left)  # the same order on every run
        for group, size in sizes.items():
            for _ in range(size):
                path = left.pop()
                copies[f"{group}/{label}/{path.name}"] = path
    return copies
# --8<-- [end:choose]

# --8<-- [start:split]
def split(classes, folder):
    copies = choose(classes)
    if not is_complete(folder, copies):
        with new_folder(folder) as part:
            for name, path in tqdm(copies.items(), unit=" images"):
                (part / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, part / name)
    print(f"{folder}: {len(copies)} images")
# --8<-- [end:split]

# --8<-- [start:split_sound]
split(sound, Path("dogs_vs_cats_small"))
# --8<-- [end:split_sound]

# --8<-- [start:sizes]
sizes = {}
for group in SHARES:
    for label in sound:
        folder = Path("dogs_vs_cats_small") / group / label
        sizes[group, label] = len(list(folder.iterdir()))
        print(f"{folder.as_posix():35} {sizes[group, label]:5}")
# --8<-- [end:sizes]

# --8<-- [start:refuse]
def attempt(step, *arguments):
    try:
        step(*arguments)
    except (OSError, ValueError) as error:
        print(f"{type(error).__name__}: {error}.")


Path("empty").mkdir(exist_ok=True)
attempt(find_images, Path("empty"))
attempt(split, sound, Path("empty"))
attempt(split, {**sound, "Dog": sound["Dog"][:5]}, Path("too_few"))
# --8<-- [end:refuse]

# --8<-- [start:answer_room]
def room_needed(archive):
    with zipfile.ZipFile(archive) as file:
        return sum(member.file_size for member in file.infolist())


needed = room_needed(archive)
free = shutil.disk_usage(".").free
print(f"unpacked: {needed / 1e6:.1f} MB, enough room: {needed < free}")
# --8<-- [end:answer_room]

# --8<-- [start:answer_twins]
first_with = {}
twins = []
for path in sorted(photos.glob("*/*.jpg")):
    content = hashlib.sha256(path.read_bytes()).hexdigest()
    if content in first_with:
        twins.append((first_with[content], path.name))
    else:
        first_with[content] = path.name
print(twins)
# --8<-- [end:answer_twins]

# --8<-- [start:answer_verify]
practice = Path("practice")
practice.mkdir(exist_ok=True)
image_bytes = sound["Cat"][0].read_bytes()
(practice / "cut.jpg").write_bytes(image_bytes[: len(image_bytes) // 2])
(practice / "text.jpg").write_text("This is no image.")

by_verify, by_load = [], []
for path in sorted(practice.glob("*.jpg")):
    try:
        with Image.open(path) as image:
            image.verify()  # where problem_of has load()
    except Exception:
        by_verify.append(path.name)
    if problem_of(path):
        by_load.append(path.name)
print("found by verify():", by_verify)
print("found by load():  ", by_load)
# --8<-- [end:answer_verify]
