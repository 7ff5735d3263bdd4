"""Random streams: every number drawn is a function of (seed, stream, indices) and of nothing else."""

import numpy as np

# One number a stream. They are part of the collections: changing one changes every drawing.
FAMILY, FABRIC, VARIANT, TILE, CONDITIONS, PHOTOGRAPH, COUNT, DIFFERENCE = range(8)


def stream(seed, name, *indices):
    """Generator of one stream; `seed` and `indices` are non-negative integers."""
    return np.random.default_rng((seed, name, *indices))
