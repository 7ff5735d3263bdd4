"""Caffe's weights as ours: channel order, mean, scale, and the order in which fc6 sees its input."""

import numpy as np

CAFFE_MEAN = (104.00699, 116.66877, 122.67892)  # blue, green, red of ImageNet (Caffe's mean file)


def for_rescaled_rgb(kernel, bias, scale, offset):
    """conv1 for an input x = scale * rgb + offset that gives what Caffe's gives for bgr - `CAFFE_MEAN`.

    With k the kernel for red, green, blue and m the mean,
    k . (rgb - m) + b = (k / scale) . x + b - sum k (offset / scale + m).
    Exact because conv1 does not pad: every window is full. In float64, as the mean's share is large.

    Args:
        kernel: [H, W, 3, N], blue, green, red. bias: [N].

    Returns:
        The kernel [H, W, 3, N] for red, green, blue, and the bias [N], float64.
    """
    kernel = np.asarray(kernel, np.float64)[:, :, ::-1]
    mean = np.array(CAFFE_MEAN[::-1])
    return kernel / scale, bias - np.einsum("hwcn,c->n", kernel, offset / scale + mean)


def from_channels_first(kernel, input_shape):
    """The rows of fc6's kernel [C * H * W, N] in the order H, W, C of an `input_shape` (H, W, C)."""
    height, width, channels = input_shape
    by_place = kernel.reshape(channels, height, width, -1)
    return by_place.transpose(1, 2, 0, 3).reshape(kernel.shape)
