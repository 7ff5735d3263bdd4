"""EfficientNet-Lite0 to Lite2: EfficientNets (Tan and Le 2019) without squeeze-and-excitation, with ReLU6."""

import math
from typing import NamedTuple

import keras
from keras import layers

EPSILON = 1e-3  # of batch normalisation, as in the weights' own network
SMALLEST_INPUT = 32


class Stage(NamedTuple):
    """`repeats` inverted residual blocks; the first has the stride, `expansion` widens it inside."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)
STEM, HEAD = 32, 1280
LITE = {  # name -> how much wider and deeper than Lite0; not stem, head, and depth of first and last stage
    "efficientnet_lite0": (1.0, 1.0),
    "efficientnet_lite1": (1.0, 1.1),
    "efficientnet_lite2": (1.1, 1.2),
}


def stages_of(name):
    """The seven `Stage`s of the network of that name in `LITE`: channels are multiples of 8."""
    width, depth = LITE[name]
    wider = [stage._replace(channels=_multiple_of_8(stage.channels * width)) for stage in STAGES]
    inner = [stage._replace(repeats=math.ceil(stage.repeats * depth)) for stage in wider[1:-1]]
    return (wider[0], *inner, wider[-1])


def efficientnet_lite(name="efficientnet_lite0", input_size=224, classes=None):
    """Its convolutions; with `classes`, the average of the last ones and a linear layer of so many.

    model = efficientnet_lite(); model(images)  # float32 [B, 224, 224, 3], 0 ... 255 -> [B, 7, 7, 1280]

    The output of stage n, 1 to 7, is that of the layer "stage<n>"; that of the head is "head". Lite0 has
    3,371,024 parameters before the average.

    Args:
        name: one of `LITE`.
        input_size: side of the input in pixels; ImageNet's weights were trained with 224, 240 and 260.
        classes: of ImageNet, say; None: none.

    Raises:
        ValueError: an input that is too small for five strides.
    """
    if input_size < SMALLEST_INPUT:
        raise ValueError(f"input_size is {input_size}; five strides need at least {SMALLEST_INPUT} pixels.")
    images = keras.Input((input_size, input_size, 3), name="images")
    x = layers.Rescaling(1 / 128, offset=-127 / 128, name="rescale")(images)
    x = _normalised(layers.Conv2D(STEM, 3, 2, "same", use_bias=False, name="stem_conv")(x), "stem")
    number = 0
    for stage_number, stage in enumerate(stages_of(name), 1):
        for repeat in range(stage.repeats):
            x = _block(x, f"block{number}", stage, 1 if repeat else stage.stride)
            number += 1
        x = layers.Identity(name=f"stage{stage_number}")(x)
    x = layers.Conv2D(HEAD, 1, use_bias=False, name="head_conv")(x)
    x = layers.Identity(name="head")(_normalised(x, "head"))
    if classes:
        x = layers.GlobalAveragePooling2D(name="average")(x)
        x = layers.Dense(classes, name="classes")(x)
    return keras.Model(images, x, name=name)


def _block(x, name, stage, stride):
    """Widen, filter each channel alone, narrow; added to its input where both have one shape."""
    inputs, channels = x, x.shape[-1]
    if stage.expansion > 1:
        x = layers.Conv2D(channels * stage.expansion, 1, use_bias=False, name=f"{name}_expand_conv")(x)
        x = _normalised(x, f"{name}_expand")
    x = layers.DepthwiseConv2D(stage.kernel, stride, "same", use_bias=False, name=f"{name}_depthwise_conv")(x)
    x = _normalised(x, f"{name}_depthwise")
    x = layers.Conv2D(stage.channels, 1, use_bias=False, name=f"{name}_project_conv")(x)
    x = layers.BatchNormalization(epsilon=EPSILON, name=f"{name}_project_norm")(x)
    if stride == 1 and channels == stage.channels:
        x = layers.Add(name=f"{name}_add")([x, inputs])
    return x


def _normalised(x, name):
    x = layers.BatchNormalization(epsilon=EPSILON, name=f"{name}_norm")(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(x)


def _multiple_of_8(channels):
    """The nearest one, but no more than a tenth less."""
    nearest = max(8, int(channels + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * channels else nearest
