"""Colours of crossing threads: each place shows a share of the warp and for the rest the weft."""

import cv2
import numpy as np

from fabric_retrieval.rendering.threads import Ruler


def crossed(warp_share, weft, warp):
    """Albedo [H, W, 3] of weft and warp of one colour [3] each; `warp_share` [H, W]."""
    if np.array_equal(weft, warp):
        height, width = warp_share.shape
        return np.tile(warp, (height, width)).reshape(height, width, 3)
    return cv2.transform(warp_share, np.column_stack([warp - weft, weft]))


def threaded(warp_share, threads, weft, warp, colours):
    """Albedo of colour sequences, as three layers [H, W].

    Args:
      warp_share: [H, W] float32 in [0, 1].
      threads: how many there are, (weft, warp).
      weft, warp: number of the colour of each thread, repeated over the tile.
      colours: [n, 3] float32.
    """
    height, width = warp_share.shape
    weft, warp = (
        Ruler(count, pixels).spread(colours[np.resize(sequence, count)])
        for count, pixels, sequence in zip(threads, (height, width), (weft, warp), strict=True)
    )
    layers = []
    for channel in range(3):
        layer = warp[None, :, channel] - weft[:, None, channel]
        layer *= warp_share
        layer += weft[:, None, channel]
        layers.append(layer)
    return layers
