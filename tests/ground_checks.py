"""Specifications for tests of structures, and what is measured on their tiles."""

import numpy as np

from fabric_retrieval.rendering.specification import Specification
from fabric_retrieval.rendering.yarn import Yarn

COLOURS = np.array(
    [[0.6, 0.55, 0.5], [0.1, 0.1, 0.3], [0.5, 0.1, 0.1], [0.2, 0.4, 0.2], [0.7, 0.7, 0.2]], np.float32
)
# Nothing varies from thread to thread: what is measured follows from geometry alone.
EVEN = Yarn(cover=1.0, relief=0.2, twist=0.0, turns=1.5, unevenness=0.0, waver=0.0, melange=0.0, sheen=0.0)
LIVELY = Yarn(cover=0.95, relief=0.2, twist=0.6, turns=1.5, unevenness=0.1, waver=0.1, melange=0.1, sheen=0.1)


def specification(structure, pitch, yarn=EVEN, warp=(0,), weft=(0,), figure=None):
    return Specification("test", structure, pitch, COLOURS, warp, weft, yarn, None, figure)


def assert_is_ground(ground):
    """Shapes, types and ranges that `Ground` promises."""
    shape = ground.light.shape
    assert max(shape) <= 640
    assert not np.any(np.mod(shape, 16))
    assert ground.albedo.shape == (*shape, 3)
    assert ground.slope.shape == (*shape, 2)
    for array in (ground.albedo, ground.light, ground.slope):
        assert array.dtype == np.float32
        assert np.isfinite(array).all()
    if ground.opacity is not None:
        assert ground.opacity.dtype == np.float32
        assert ground.opacity.shape == shape
        assert ground.opacity.min() >= 0
        assert ground.opacity.max() <= 1
    assert 0.4 < ground.light.mean() < 1.2


def assert_repeats(image):
    """No seam: the step over the border is like the steps inside."""
    for axis in (0, 1):
        steps = np.abs(np.diff(image, axis=axis)).mean(1 - axis)
        seam = np.abs(np.take(image, 0, axis) - np.take(image, -1, axis)).mean()
        assert seam <= 1.05 * steps.max()


def strongest_frequency(image, extent, axis):
    """Cycles a millimetre of the strongest wave along `axis`, averaged over the other one."""
    power = (np.abs(np.fft.rfft(image - image.mean(), axis=axis)) ** 2).sum(1 - axis)
    power[0] = 0
    return power.argmax() / extent[axis]
