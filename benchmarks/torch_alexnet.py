"""AlexNet of section 3.2 and the focus ranking loss once more, in PyTorch: the peer of the training step."""

import math

import torch
from torch import nn
from torch.nn import functional

CONVOLUTIONS = ("conv1", "conv2", "conv3", "conv4", "conv5")
NORM_FLOOR = 1e-6


class TorchAlexNet(nn.Module):
    """`alexnet(dropout=0)` up to fc7: [B, 3, S, S] with values 0 ... 255 to [B, 4096 * width].

    Args:
        weights: dict of layer name to (kernel, bias), kernels as Keras has them: [height, width, inputs,
            outputs] and [inputs, outputs].
        groups: of conv2, conv4 and conv5.
        side: of what pool5 gives, which fc6 sees as height, width, channel there and as channel, height,
            width here.
    """

    def __init__(self, weights, groups, side):
        super().__init__()
        self.groups = groups
        for name, (kernel, bias) in weights.items():
            if name == "fc6":
                kernel = kernel.reshape(side, side, -1, kernel.shape[-1]).transpose(2, 0, 1, 3)
                kernel = kernel.reshape(-1, kernel.shape[-1])
            order = (3, 2, 0, 1) if kernel.ndim == 4 else (1, 0)
            for kind, value in (("kernel", kernel.transpose(order)), ("bias", bias)):
                self.register_parameter(f"{name}_{kind}", nn.Parameter(torch.tensor(value.copy())))
        self.normalise = nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1.0)  # divides alpha by 5 itself

    def forward(self, images):
        x = (images.float() - 112) / 64
        x = self.normalise(functional.max_pool2d(self._convolution(x, "conv1", stride=4), 3, 2))
        x = self._convolution(x, "conv2", padding=2, groups=self.groups)
        x = self.normalise(functional.max_pool2d(x, 3, 2))
        x = self._convolution(x, "conv3", padding=1)
        x = self._convolution(x, "conv4", padding=1, groups=self.groups)
        x = self._convolution(x, "conv5", padding=1, groups=self.groups)
        x = functional.max_pool2d(x, 3, 2).flatten(1)
        for name in ("fc6", "fc7"):
            kernel, bias = self.get_parameter(f"{name}_kernel"), self.get_parameter(f"{name}_bias")
            x = functional.relu(functional.linear(x, kernel, bias))
        return x

    def _convolution(self, x, name, **how):
        kernel, bias = self.get_parameter(f"{name}_kernel"), self.get_parameter(f"{name}_bias")
        return functional.relu(functional.conv2d(x, kernel, bias, **how))

    def in_keras_order(self, name, values):
        """A kernel of layer `name`, or what has its shape, as Keras has it: an array."""
        values = values.detach().numpy()
        if name in CONVOLUTIONS:
            return values.transpose(2, 3, 1, 0)
        if name == "fc6":
            channels = self.conv5_kernel.shape[0]
            side = math.isqrt(values.shape[1] // channels)
            values = values.reshape(-1, channels, side, side).transpose(0, 2, 3, 1)
        return values.reshape(len(values), -1).T


def focus_ranking_loss(embeddings, units, scale):
    """Eq. 4, the mean over pairs, on unit vectors: [M, D], [U, 2 + R] to a scalar."""
    squares = embeddings.square().sum(dim=1, keepdim=True)
    unit = embeddings * torch.rsqrt(squares + NORM_FLOOR)
    squares = unit.square().sum(dim=1)
    distances = scale * (squares[:, None] + squares - 2 * unit @ unit.T).clamp(min=0)
    from_probe = distances.flatten()[units[:, :1] * len(embeddings) + units[:, 1:]]
    violation = from_probe[:, :1] - from_probe[:, 1:]
    return functional.softplus(violation * math.log(2)).mean() / math.log(2)
