"""The parallel threads of one direction, laid straight over the pixels of a periodic tile."""

import numpy as np

from fabric_retrieval.rendering.yarn import Yarn


class Ruler:
    """Where `count` threads of equal width lie along `pixels` pixels.

    Values of threads are spread over pixels by the share that each thread has in a pixel, so that threads
    whose borders fall within pixels do not beat with them.

    Attributes:
      across_squared: [pixels] float32, mean square of the distance from the thread's middle, in threads.
      at: [pixels] float32, the pixel's middle in threads.
    """

    def __init__(self, count, pixels):
        # The tile's border runs along the middle of a thread: between threads it would be the sharpest edge.
        edges = np.arange(pixels + 1) * (count / pixels) + 0.5
        whole = np.floor(edges[:-1])
        beyond = np.clip((edges[1:] - whole - 1) * (pixels / count), 0, 1)
        self.count = count
        self._thread = whole.astype(np.intp) % count
        self._border = np.flatnonzero(beyond > 1e-6)
        self._share = beyond[self._border].astype(np.float32)
        fine = (np.arange(8 * pixels) + 0.5) * (count / pixels / 8) + 0.5
        self.across_squared = ((fine % 1 - 0.5) ** 2).reshape(pixels, 8).mean(1).astype(np.float32)
        self.at = ((np.arange(pixels) + 0.5) * (count / pixels) + 0.5).astype(np.float32)

    def spread(self, values, axis=0):
        """Values with `count` entries along `axis` → as many as there are pixels."""
        spread = np.take(values, self._thread, axis, mode="clip")
        border = (slice(None),) * axis + (self._border,)
        share = self._share.reshape(-1, *[1] * (values.ndim - axis - 1))
        following = np.take(values, (self._thread[self._border] + 1) % self.count, axis)
        spread[border] += share * (following - spread[border])
        return spread

    def interpolate(self, values):
        """Periodic values [n, ...], evenly spaced along the pixels → [pixels, ...], eased between them."""
        at = self.at * np.float32(len(values) / self.count) - np.float32(0.5)
        before = np.floor(at)
        share = at - before
        share = (share * share * (3 - 2 * share)).reshape(-1, *[1] * (values.ndim - 1))
        before = before.astype(np.intp) % len(values)
        first = values[before]
        return first + share * (values[(before + 1) % len(values)] - first)


def lay_threads(across, along, up, yarn: Yarn, rng):
    """Threads of one direction, drawn as if they ran down the picture.

    Args:
      across, along: `Ruler`s over the threads and over those that they cross.
      up: [along.count, across.count] float32, 1 where the thread is on top of the crossing and -1 elsewhere.

    Returns:
      (level, flatness, tone), each [along pixels, across.count] float32: a thread's height over its middle is
      `level`, and less by `flatness` times the squared distance from it; `tone` is its shade, about 0.
    """
    long_patches = max(2, along.count // 8)
    thick = along.interpolate(rng.standard_normal((long_patches, across.count), np.float32))
    diameter = 1 + np.float32(0.5 * yarn.unevenness) * thick
    if yarn.slub:
        # Thick places are rare, some ten thread distances long, and taper off.
        place = along.interpolate(rng.standard_normal((max(2, along.count // 10), across.count), np.float32))
        slub = np.clip(place - np.float32(1.3), 0, 1)
        diameter += np.float32(yarn.slub) * slub
        thick += slub
    of_thread = rng.standard_normal((2, across.count), np.float32)
    diameter *= np.float32(yarn.cover) * (1 + np.float32(0.6 * yarn.unevenness) * of_thread[0])
    np.maximum(diameter, np.float32(0.3), out=diameter)
    level = np.float32(yarn.relief) * along.interpolate(up) + np.float32(0.5) * diameter
    tone = np.float32(0.5 * yarn.melange) * of_thread[1] + np.float32(0.35 * yarn.melange) * thick
    return level, 2 / diameter, tone
