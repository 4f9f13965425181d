# --8<-- [start:setup]
import hashlib
import os
import random
import shutil
import tempfile
import zipfile
from getpass import getpass
from pathlib import Path

import kagglehub
import matplotlib.pyplot as plt
from PIL import Image
from tqdm import tqdm

# --8<-- [end:setup]

# --8<-- [start:no_token]
try:
    kagglehub.competition_download("dogs-vs-cats")
except Exception as error:
    print(f"{type(error).__name__}: {error}")
# --8<-- [end:no_token]

# --8<-- [start:save_token]
def private(path, flags):
    return os.open(path, flags, mode=0o600)  # read and write, you alone


def save_token(path):
    token = getpass("Kaggle token: ")  # known in this function only
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with open(path, "x", opener=private) as file:
        file.write(token)


token_file = Path.home() / ".kaggle" / "access_token"
save_token(token_file)
print(f"mode of the file: {token_file.stat().st_mode & 0o777:o}")
# --8<-- [end:save_token]

# --8<-- [start:download]
def download(competition, **options):
    cache = Path(kagglehub.config.get_cache_folder())
    archive = cache / "competitions" / f"{competition}.archive"
    try:
        return Path(kagglehub.competition_download(competition, **options))
    except (ValueError, zipfile.BadZipFile) as error:
        bad = isinstance(error, zipfile.BadZipFile)
        if bad or "Unsupported archive type" in str(error):
            # If it stayed, the next download would append to it.
            archive.unlink(missing_ok=True)
        raise


downloaded = download("dogs-vs-cats")
print(sorted(path.name for path in downloaded.iterdir()))
# --8<-- [end:download]

# --8<-- [start:unpack]
def unpack(archive, folder):
    if folder.exists():
        return f"{folder} is there already"
    with (
        zipfile.ZipFile(archive) as file,
        tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as part,
    ):
        whole = Path(part).resolve() / folder.name
        for member in file.namelist():
            if not (whole / member).resolve().is_relative_to(whole):
                raise ValueError(f"{member} points outside the folder")
        for member in tqdm(file.infolist(), unit=" files"):
            file.extract(member, whole)
        whole.rename(folder)  # only now is there a folder of this name
    return f"{folder} is complete"


print(unpack(downloaded / "train.zip", Path("dogs_vs_cats")))
# --8<-- [end:unpack]

# --8<-- [start:count]
train_folder = Path("dogs_vs_cats") / "train"
for animal in ["cat", "dog"]:
    paths = train_folder.glob(f"{animal}.*.jpg")
    numbers = {int(path.name.split(".")[1]) for path in paths}
    gaps = set(range(max(numbers, default=-1) + 1)) - numbers
    print(f"{animal}: {len(numbers)} images, {len(gaps)} missing in between")
# --8<-- [end:count]

# --8<-- [start:look]
figure, axes = plt.subplots(2, 4, figsize=(5, 2.8))
for row, animal in zip(axes, ["cat", "dog"]):
    for number, axis in enumerate(row):
        path = train_folder / f"{animal}.{number}.jpg"
        axis.imshow(Image.open(path))
        axis.set_title(path.name, fontsize=8)
        axis.axis("off")
plt.tight_layout()
plt.show()
# --8<-- [end:look]

# --8<-- [start:check]
def broken_images(folder):
    broken = {}
    for path in tqdm(sorted(folder.glob("*.jpg")), unit=" images"):
        try:
            with Image.open(path) as image:
                image.load()  # open() has read the header only
        except Exception as error:  # Pillow raises errors of many kinds
            broken[path] = error
    return broken


broken = broken_images(train_folder)
print(f"{len(broken)} broken images")
# --8<-- [end:check]

# --8<-- [start:split]
shares = {"train": 0.08, "validation": 0.04, "test": 0.08}


def split(source, folder, broken):
    if folder.exists():
        return f"{folder} is there already"
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as part:
        whole = Path(part) / folder.name
        for animal in ["cat", "dog"]:
            paths = sorted(source.glob(f"{animal}.*.jpg"))
            total = len(paths)
            paths = [path for path in paths if path not in broken]
            random.Random(1).shuffle(paths)  # the same order on every run
            for name, share in shares.items():
                goal = whole / name / animal
                goal.mkdir(parents=True)
                for _ in tqdm(range(round(share * total)), unit=" images"):
                    shutil.copy2(paths.pop(), goal)
        whole.rename(folder)
    return f"{folder} is complete"


print(split(train_folder, Path("dogs_vs_cats_small"), broken))
# --8<-- [end:split]

# --8<-- [start:sizes]
sizes = {}
for name in shares:
    for animal in ["cat", "dog"]:
        folder = Path("dogs_vs_cats_small") / name / animal
        sizes[name, animal] = len(list(folder.iterdir()))
        print(f"{folder.as_posix():35} {sizes[name, animal]:5}")
# --8<-- [end:sizes]

# --8<-- [start:again]
downloaded = download("dogs-vs-cats")
print(unpack(downloaded / "train.zip", Path("dogs_vs_cats")))
print(split(train_folder, Path("dogs_vs_cats_small"), broken))
# --8<-- [end:again]

# --8<-- [start:attempt]
def attempt(step, *arguments, **options):
    try:
        print("done:", step(*arguments, **options))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
# --8<-- [end:attempt]

# --8<-- [start:error_network]
attempt(download, "dogs-vs-cats")
attempt(download, "dogs-vs-cats", force_download=True)
# --8<-- [end:error_network]

# --8<-- [start:error_token]
attempt(download, "dogs-vs-cats")
# --8<-- [end:error_token]

# --8<-- [start:error_rules]
attempt(download, "dogs-vs-cats")
# --8<-- [end:error_rules]

# --8<-- [start:error_cut_off]
attempt(download, "dogs-vs-cats")
attempt(download, "dogs-vs-cats")
# --8<-- [end:error_cut_off]

# --8<-- [start:error_disk]
attempt(unpack, downloaded / "train.zip", Path("second_copy"))
print("a folder second_copy:", Path("second_copy").exists())
# --8<-- [end:error_disk]

# --8<-- [start:error_disk_again]
attempt(unpack, downloaded / "train.zip", Path("second_copy"))
# --8<-- [end:error_disk_again]

# --8<-- [start:error_not_zip]
attempt(download, "dogs-vs-cats", force_download=True)
# --8<-- [end:error_not_zip]

# --8<-- [start:error_not_zip_again]
attempt(download, "dogs-vs-cats")
# --8<-- [end:error_not_zip_again]

# --8<-- [start:error_outside]
downloaded = download("dogs-vs-cats", force_download=True)
attempt(unpack, downloaded / "train.zip", Path("third_copy"))
print("a folder third_copy:", Path("third_copy").exists())
# --8<-- [end:error_outside]

# --8<-- [start:error_images]
downloaded = download("dogs-vs-cats", force_download=True)
print(unpack(downloaded / "train.zip", Path("damaged")))
damaged = broken_images(Path("damaged") / "train")
for error in damaged.values():
    print(f"{type(error).__name__}: {error}")
# --8<-- [end:error_images]

# --8<-- [start:error_images_split]
print(split(Path("damaged") / "train", Path("damaged_small"), damaged))
copied = {path.name for path in Path("damaged_small").rglob("*.jpg")}
print("broken images in it:", len(copied & {path.name for path in damaged}))
# --8<-- [end:error_images_split]

# --8<-- [start:answer_room]
def room_needed(archive):
    with zipfile.ZipFile(archive) as file:
        return sum(member.file_size for member in file.infolist())


needed = room_needed(downloaded / "train.zip")
free = shutil.disk_usage(".").free
print(f"unpacked: {needed / 1e6:.1f} MB, enough room: {needed < free}")
# --8<-- [end:answer_room]

# --8<-- [start:answer_twins]
first_with = {}
twins = []
for path in sorted(train_folder.glob("*.jpg")):
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest in first_with:
        twins.append((first_with[digest], path.name))
    else:
        first_with[digest] = path.name
print(twins)
# --8<-- [end:answer_twins]

# --8<-- [start:answer_verify]
practice = Path("practice")
practice.mkdir(exist_ok=True)
image_bytes = (train_folder / "cat.0.jpg").read_bytes()
(practice / "cut.jpg").write_bytes(image_bytes[: len(image_bytes) // 2])
(practice / "text.jpg").write_text("This is no image.")

verified = []
for path in sorted(practice.glob("*.jpg")):
    try:
        with Image.open(path) as image:
            image.verify()  # where broken_images has load()
    except Exception:
        verified.append(path.name)
loaded = [path.name for path in broken_images(practice)]
print("found by verify():", verified)
print("found by load():  ", loaded)
# --8<-- [end:answer_verify]
