"""AlexNet as section 3.2 of the paper describes it."""

import keras
from keras import layers

from fabric_retrieval.models.local_response_normalization import LocalResponseNormalization
from fabric_retrieval.models.pooling import MaxPooling

FEATURE_LAYERS = ("fc6", "fc7", "embedding")
NORM_ORDERS = ("pool_first", "norm_first")
SMALLEST_INPUT = 67


def alexnet(
    input_size=227,
    width=1.0,
    groups=1,
    dropout=0.5,
    feature_layer="fc7",
    embedding_dim=None,
    fc7_gain=1.0,
    norm_order="pool_first",
):
    """Five convolutions and two fully connected layers, each followed by a ReLU.

    model = alexnet(); model(images)  # float32 [B, 227, 227, 3] with values 0 ... 255 -> [B, 4096]

    conv1 96 of 11x11, stride 4 (55x55), pool, normalise; conv2 256 of 5x5 (27x27), pool, normalise; conv3
    and conv4 384, conv5 256 of 3x3, pool (6x6); fc6 and fc7 4096. 58,281,344 parameters with one group.

    Args:
        input_size: side of the input in pixels; the paper's is 227.
        width: factor on the number of channels and neurons of every layer.
        groups: 2 splits conv2, conv4 and conv5 in halves that do not see each other, as in weights trained
            on two GPUs (56,868,224 parameters).
        dropout: rate after fc6 (where fc7 follows) and fc7 (where an embedding follows), in training only.
        feature_layer: the layer whose output the model returns: "fc6", "fc7" (after their ReLU) or
            "embedding". Layers behind it are not built.
        embedding_dim: size of a linear layer "embedding" after fc7; needed for that feature layer only.
        fc7_gain: factor on the initial standard deviation of fc7's kernel.
        norm_order: "pool_first", as in the paper and in Caffe's CaffeNet, or "norm_first", as in Krizhevsky
            et al. 2012 and in Caffe's bvlc_alexnet: conv1, normalise, pool; conv2, normalise, pool.

    Raises:
        ValueError: unknown feature layer or order, groups other than 1 and 2, or an input too small for the
            pools.
    """
    if feature_layer not in FEATURE_LAYERS:
        raise ValueError(f"feature_layer is {feature_layer!r}; it must be one of {FEATURE_LAYERS}.")
    if (feature_layer == "embedding") != bool(embedding_dim):
        raise ValueError(f"feature_layer={feature_layer!r} does not go with embedding_dim={embedding_dim}.")
    if norm_order not in NORM_ORDERS:
        raise ValueError(f"norm_order is {norm_order!r}; it must be one of {NORM_ORDERS}.")
    if groups not in (1, 2):
        raise ValueError(f"groups is {groups}; AlexNet has 1 or 2.")
    if input_size < SMALLEST_INPUT:
        raise ValueError(
            f"input_size is {input_size}; the three pools need at least {SMALLEST_INPUT} pixels."
        )

    def channels(number):
        return max(groups, groups * round(number * width / groups))

    images = keras.Input((input_size, input_size, 3), name="images")
    # ImageNet's mean and standard deviation, rounded: zero mean and unit variance for most photographs.
    x = layers.Rescaling(1 / 64, offset=-112 / 64, name="rescale")(images)
    x = _convolution(x, channels(96), 11, name="conv1", strides=4, padding="valid")
    x = _pool_and_normalise(x, 1, norm_order)
    x = _convolution(x, channels(256), 5, name="conv2", groups=groups)
    x = _pool_and_normalise(x, 2, norm_order)
    x = _convolution(x, channels(384), 3, name="conv3")
    x = _convolution(x, channels(384), 3, name="conv4", groups=groups)
    x = _convolution(x, channels(256), 3, name="conv5", groups=groups)
    x = _pool(x, "pool5")
    x = layers.Flatten(name="flatten")(x)
    x = _fully_connected(x, channels(4096), "fc6")
    if feature_layer != "fc6":
        x = layers.Dropout(dropout, name="drop6")(x)
        x = _fully_connected(x, channels(4096), "fc7", gain=fc7_gain)
    if feature_layer == "embedding":
        x = layers.Dropout(dropout, name="drop7")(x)
        x = layers.Dense(embedding_dim, name="embedding")(x)
    return keras.Model(images, x, name="alexnet")


def _convolution(x, filters, kernel_size, name, strides=1, padding="same", groups=1):
    """Grouped as separate convolutions: `Conv2D(groups=2)` is slow to train and exports XLA-only on a CPU."""

    def convolution(x, filters, name):
        return layers.Conv2D(
            filters,
            kernel_size,
            strides,
            padding,
            activation="relu",
            kernel_initializer="he_normal",
            name=name,
        )(x)

    if groups == 1:
        return convolution(x, filters, name)
    half = x.shape[-1] // 2
    return layers.Concatenate(name=name)(
        [
            convolution(x[..., :half], filters // 2, f"{name}_group1"),
            convolution(x[..., half:], filters // 2, f"{name}_group2"),
        ]
    )


def _pool(x, name):
    return MaxPooling(name=name)(x)


def _pool_and_normalise(x, number, norm_order):
    normalise = LocalResponseNormalization(name=f"norm{number}")
    if norm_order == "norm_first":
        return _pool(normalise(x), f"pool{number}")
    return normalise(_pool(x, f"pool{number}"))


def _fully_connected(x, neurons, name, gain=1.0):
    initializer = keras.initializers.VarianceScaling(2.0 * gain**2, "fan_in", "truncated_normal")
    return layers.Dense(neurons, activation="relu", kernel_initializer=initializer, name=name)(x)
