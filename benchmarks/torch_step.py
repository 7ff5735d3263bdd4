"""The training step once more, in PyTorch: section 3.2, Eq. 4 and SGD, from the same weights."""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional

NORM_FLOOR = 1e-6  # as in fabric_retrieval.losses.distances


class AlexNet(nn.Module):
    """`alexnet(dropout=0)` up to fc7: [M, 3, S, S] with values 0 ... 255 to [M, D].

    Args:
        weights: dict of layer name to (kernel, bias), kernels as Keras has them: [height, width, inputs,
            outputs] and [inputs, outputs].
        groups: of conv2, conv4 and conv5.
    """

    def __init__(self, weights, groups):
        super().__init__()
        self.groups = groups
        for name, (kernel, bias) in weights.items():
            kernel = torch.tensor(kernel)
            if name == "fc6":  # sees rows, columns, channels there; channels, rows, columns here
                channels = weights["conv5"][0].shape[-1]
                side = math.isqrt(len(kernel) // channels)
                kernel = kernel.reshape(side * side, channels, -1).transpose(0, 1).flatten(0, 1)
            kernel = kernel.permute(3, 2, 0, 1) if kernel.ndim == 4 else kernel.T
            self.register_parameter(f"{name}_kernel", nn.Parameter(kernel.contiguous()))
            self.register_parameter(f"{name}_bias", nn.Parameter(torch.tensor(bias)))
        self.normalise = nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1.0)  # divides alpha by 5 itself

    def forward(self, images):
        x = (images.float() - 112) / 64
        x = functional.max_pool2d(self._convolution("conv1", x, stride=4), 3, 2)
        x = self._convolution("conv2", self.normalise(x), padding=2, groups=self.groups)
        x = self.normalise(functional.max_pool2d(x, 3, 2))
        x = self._convolution("conv3", x, padding=1)
        x = self._convolution("conv4", x, padding=1, groups=self.groups)
        x = self._convolution("conv5", x, padding=1, groups=self.groups)
        x = functional.max_pool2d(x, 3, 2).flatten(1)
        for name in ("fc6", "fc7"):
            x = functional.relu(functional.linear(x, *self.parameters_of(name)))
        return x

    def parameters_of(self, name):
        """Kernel and bias of layer `name`."""
        return self.get_parameter(f"{name}_kernel"), self.get_parameter(f"{name}_bias")

    def _convolution(self, name, x, **how):
        return functional.relu(functional.conv2d(x, *self.parameters_of(name), **how))

    def weights(self):
        """Dict of layer name to (kernel, bias), as they came."""
        names = [name.removesuffix("_bias") for name, _ in self.named_parameters() if name.endswith("_bias")]
        return {name: (self._as_keras(name), self.parameters_of(name)[1].detach().numpy()) for name in names}

    def _as_keras(self, name):
        kernel = self.parameters_of(name)[0].detach()
        kernel = kernel.permute(2, 3, 1, 0) if kernel.ndim == 4 else kernel.T
        if name == "fc6":
            channels = self.parameters_of("conv5")[1].numel()
            kernel = kernel.reshape(channels, len(kernel) // channels, -1).transpose(0, 1).flatten(0, 1)
        return kernel.numpy()


def focus_ranking_loss(embeddings, units, scale):
    """Eq. 4, the mean over pairs, on unit vectors: [M, D], [U, 2 + R] to a scalar."""
    embeddings = embeddings * torch.rsqrt(embeddings.square().sum(dim=1, keepdim=True) + NORM_FLOOR)
    squares = embeddings.square().sum(dim=1)
    distances = scale * (squares[:, None] + squares - 2 * embeddings @ embeddings.T).clamp(min=0)
    from_probe = distances.flatten()[units[:, :1] * len(embeddings) + units[:, 1:]]
    violations = from_probe[:, :1] - from_probe[:, 1:]
    return functional.softplus(violations * math.log(2)).mean() / math.log(2)


class TorchStep:
    """The peer of `TensorFlowStep`.

    Args:
        batch: as there. weights: as its `weights` gives them.
        scale, groups, rate, momentum, decay: as there.
        compiled: by torch.compile. channels_last: the layout of images and kernels in memory.
        threads: 0: as PyTorch likes.
    """

    def __init__(
        self,
        batch,
        weights,
        scale=10.0,
        groups=1,
        rate=1e-3,
        momentum=0.9,
        decay=5e-4,
        compiled=False,
        channels_last=False,
        threads=0,
    ):
        if threads:
            torch.set_num_threads(threads)
        layout = torch.channels_last if channels_last else torch.contiguous_format
        self._network = AlexNet(weights, groups).to(memory_format=layout)
        self._images = torch.tensor(batch["images"]).permute(0, 3, 1, 2).contiguous(memory_format=layout)
        self._units = torch.tensor(batch["units"].astype(np.int64))
        self._scale = scale
        self._loss = torch.compile(self._loss_of) if compiled else self._loss_of
        named = list(self._network.named_parameters())
        kernels = [parameter for name, parameter in named if name.endswith("kernel")]
        biases = [parameter for name, parameter in named if name.endswith("bias")]
        groups = [{"params": kernels, "weight_decay": decay}, {"params": biases}]
        self._optimizer = torch.optim.SGD(groups, rate, momentum, fused=True)

    def step(self):
        """Updates the weights; returns the loss by those before it."""
        self._optimizer.zero_grad()
        loss = self._loss(self._images, self._units)
        loss.backward()
        self._optimizer.step()
        return loss.item()

    def weights(self):
        """Dict of layer name to (kernel, bias), as Keras has them."""
        return self._network.weights()

    def _loss_of(self, images, units):
        return focus_ranking_loss(self._network(images), units, self._scale)
