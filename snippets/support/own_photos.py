"""A reader's own photos in place of CIFAR-10's, in the lessons on photos.

It stands below the section `load`, and gives the six arrays that `load` gives.
"""

# --8<-- [start:own_photos]
import keras
import numpy as np

own_photos = ""  # a folder of yours, such as "dogs_vs_cats_small"
own_size = (32, 32)  # (128, 128) for a pretrained network


# All photos below a folder that has a folder for each class, as arrays.
def photos_in(folder):
    photos = keras.utils.image_dataset_from_directory(
        folder,
        image_size=own_size,
        batch_size=None,
        seed=0,  # the photos in one mixed order, the same in every run
        interpolation="area",  # means, where the default takes single pixels
    )
    print(photos.class_names)  # what `map` returns has no class_names
    images, labels = zip(*photos.as_numpy_iterator())
    whole = [np.rint(image).astype("uint8") for image in images]
    return np.array(whole), np.array(labels)


if own_photos:
    train_images, train_labels = photos_in(f"{own_photos}/train")
    validation_images, validation_labels = photos_in(f"{own_photos}/validation")
    test_images, test_labels = photos_in(f"{own_photos}/test")
# --8<-- [end:own_photos]
