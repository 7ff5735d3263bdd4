"""Caffe's AlexNets in NumPy and float64, from what Caffe's documentation says of each layer."""

import numpy as np

MEAN_BGR = np.array([104.00699, 116.66877, 122.67892])
GROUPS = {"conv2": 2, "conv4": 2, "conv5": 2}
CHANNELS = {"conv1": 6, "conv2": 16, "conv3": 24, "conv4": 24, "conv5": 16}  # a sixteenth of the network
INPUT_SIDE = 99  # 23, 11, 5 and 2 pixels: fc6 sees 2 x 2, so that the order of what it sees matters
NEURONS = 256


def random_weights(seed=0):
    """{layer: (kernel [N, I / groups, H, W] or [N, K], bias [N])} float32, biases and fc8 included."""
    rng = np.random.default_rng(seed)
    shapes, depth = {}, 3
    for (name, channels), side in zip(CHANNELS.items(), (11, 5, 3, 3, 3), strict=True):
        shapes[name] = (channels, depth // GROUPS.get(name, 1), side, side)
        depth = channels
    shapes |= {"fc6": (NEURONS, depth * 2 * 2), "fc7": (NEURONS, NEURONS), "fc8": (10, NEURONS)}
    return {
        name: (
            rng.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape).astype(np.float32),
            rng.normal(0, 2.0, shape[0]).astype(np.float32),
        )
        for name, shape in shapes.items()
    }


def features(weights, images, norm_order):
    """fc6 and fc7 [B, NEURONS], after their ReLU, of RGB images [B, H, W, 3] with values 0 ... 255."""
    x = images.astype(np.float64)[..., ::-1] - MEAN_BGR
    x = x.transpose(0, 3, 1, 2)
    for name, stride, padding in (("conv1", 4, 0), ("conv2", 1, 2)):
        x = convolve(x, *weights[name], stride, padding, GROUPS.get(name, 1))
        x = pool(normalise(x)) if norm_order == "norm_first" else normalise(pool(x))
    for name in ("conv3", "conv4", "conv5"):
        x = convolve(x, *weights[name], 1, 1, GROUPS.get(name, 1))
    flat = pool(x).reshape(len(x), -1)
    fc6 = np.maximum(flat @ weights["fc6"][0].T.astype(np.float64) + weights["fc6"][1], 0)
    fc7 = np.maximum(fc6 @ weights["fc7"][0].T.astype(np.float64) + weights["fc7"][1], 0)
    return fc6, fc7


def convolve(x, kernel, bias, stride, padding, groups):
    """Output channel n sees the input channels of its own group only; then the ReLU."""
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    count, depth, height, width = kernel.shape
    rows = (x.shape[2] - height) // stride + 1
    columns = (x.shape[3] - width) // stride + 1
    y = np.empty((len(x), count, rows, columns))
    for group in range(groups):
        mine = slice(group * count // groups, (group + 1) * count // groups)
        seen = x[:, group * depth : (group + 1) * depth]
        for i in range(rows):
            for j in range(columns):
                window = seen[:, :, i * stride : i * stride + height, j * stride : j * stride + width]
                y[:, mine, i, j] = np.einsum("bihw,nihw->bn", window, kernel[mine].astype(np.float64))
    return np.maximum(y + bias[:, None, None], 0)


def normalise(x, size=5, alpha=1e-4, beta=0.75):
    """Caffe's LRN across channels: x / (1 + alpha / size * sum of x^2 over `size` channels)^beta."""
    y = np.empty_like(x)
    for channel in range(x.shape[1]):
        near = x[:, max(0, channel - size // 2) : channel + size // 2 + 1]
        y[:, channel] = x[:, channel] / (1 + alpha / size * (near**2).sum(axis=1)) ** beta
    return y


def pool(x, size=3, stride=2):
    """Caffe's maximum pooling: windows begin every `stride` pixels, and one that hangs over is cut."""
    side = int(np.ceil((x.shape[2] - size) / stride)) + 1
    y = np.empty((*x.shape[:2], side, side))
    for i in range(side):
        for j in range(side):
            window = x[:, :, i * stride : i * stride + size, j * stride : j * stride + size]
            y[:, :, i, j] = window.max(axis=(2, 3))
    return y
