"""Whether training steps compute the same."""

import numpy as np

from fabric_retrieval.data.units import FabricIndex, shared_batch


def make_batch(fabrics=16, images=5, ratio=32, side=227, seed=0):
    """Images of noise [M, S, S, 3] uint8, and all units [M * (images - 1), 2 + R] int32 that they share."""
    index = FabricIndex(np.repeat(np.arange(fabrics), images))
    return with_noise(shared_batch(index, seed, 0, fabrics, images, ratio), side, seed)


def with_noise(drawn, side, seed=0):
    """Images of noise [M, S, S, 3] uint8 for what was drawn, with its units: a batch of a training step."""
    shape = (len(drawn.rows), side, side, 3)
    return {"images": np.random.default_rng(seed).integers(0, 256, shape, np.uint8), "units": drawn.units}


def follow(side, steps):
    """Losses [steps] of updates of `side`, and by how much they changed each kernel and bias, by name."""
    before = side.call("weights")
    losses = [side.call("step") for _ in range(steps)]
    after = side.call("weights")
    changes = {
        f"{name} {kind}": new - old
        for name in before
        for kind, old, new in zip(("kernel", "bias"), before[name], after[name], strict=True)
    }
    return losses, changes


def disagreement(expected, found):
    """The largest relative difference of two results of `follow`: of a loss, and of a change in its norm."""
    (losses, changes), (other_losses, other_changes) = expected, found
    return (
        max(abs(b - a) / abs(a) for a, b in zip(losses, other_losses, strict=True)),
        max(np.linalg.norm(other_changes[n] - c) / np.linalg.norm(c) for n, c in changes.items()),
    )
