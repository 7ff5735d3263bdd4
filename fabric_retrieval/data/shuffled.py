"""Every image once an epoch, in a new order each time: the batches of a classifier."""

import numpy as np

from fabric_retrieval.data.units import SHUFFLED, UnitBatch, generator


def shuffled_batch(index, seed, batch, images=80):
    """Images `batch * images` ... of an endless row of epochs, each a permutation of all images.

    A batch may straddle two epochs (or more, where it is larger than the collection), so none is short.

    Args:
        index: `FabricIndex`. seed, batch: integers, on which alone the result depends.

    Returns:
        `UnitBatch` with rows [images] and units [images, 1] int32, the positions 0 ... images - 1.
    """
    size = index.order.size
    epochs, places = np.divmod(np.arange(batch * images, (batch + 1) * images), size)
    rows = np.concatenate(
        [
            generator(seed, SHUFFLED, int(epoch)).permutation(size)[places[epochs == epoch]]
            for epoch in np.unique(epochs)
        ]
    )
    return UnitBatch(rows, np.arange(images, dtype=np.int32)[:, None])
