"""Lace: fine net, motifs of close threads in it, and a cord (cordonnet) along their edges."""

import cv2
import numpy as np

from fabric_retrieval.rendering.ground import Ground
from fabric_retrieval.rendering.net import MESHES, draw_net
from fabric_retrieval.rendering.noise import periodic_noise, wrap_blur
from fabric_retrieval.rendering.prints import draw_print
from fabric_retrieval.rendering.tiling import lay_out, slope_of

SOFTNESS = 0.22  # millimetres: standard deviation of the motif's edge, from which distances are read


def lace_ground(specification, rng):
    """`Ground` of lace: net of cells `specification.pitch` apart, motifs from `specification.figure`."""
    mesh = MESHES["net_hexagon"]
    cell = mesh.rows * specification.pitch[0], specification.pitch[1]
    # Whole cells of net in whole repeats of the figure.
    cells = tuple(max(1, round(specification.figure.repeat / length)) for length in cell)
    repeat = tuple(n * length for n, length in zip(cells, cell, strict=True))
    counts, extent, size = lay_out(repeat, specification.pitch)
    pixel = extent[0] / size[0], extent[1] / size[1]
    yarn = specification.yarn
    inside, to_edge = _edge_distances(specification.figure, counts, size, pixel)

    nets = tuple(n * count for n, count in zip(cells, counts, strict=True))
    net, net_height, net_light = draw_net(mesh, cell, nets, extent, size, yarn, rng)
    close, close_height, close_light = _close_work(size, extent, specification.pitch[1], yarn, rng)
    cord_radius = np.float32(rng.uniform(0.16, 0.4))
    relative = to_edge / cord_radius
    cord_height = np.sqrt(np.maximum(1 - relative * relative, 0))
    cord = np.clip((cord_radius - to_edge) / np.float32(pixel[1]) + np.float32(0.5), 0, 1)
    motif = np.clip(inside / np.float32(pixel[1]) + np.float32(0.5), 0, 1)

    opacity = net + motif * (close - net)
    opacity += cord * (1 - opacity)
    light = net_light + motif * (close_light - net_light)
    light += cord * (np.float32(0.72) + np.float32(0.36) * cord_height - light)
    height = net_height + motif * (close_height + np.float32(0.1) - net_height)
    height += np.float32(1.3) * cord_radius * cord_height
    colours = specification.colours
    albedo = colours[0] + cord[..., None] * (colours[specification.weft[-1]] - colours[0])
    return Ground(albedo, light, slope_of(height, pixel), np.clip(opacity, 0, 1), extent)


# A design drawn in these has one layer a channel.
_LAYERS = np.vstack([np.zeros((1, 3)), np.eye(3), np.zeros((1, 3))]).astype(np.float32)


def _edge_distances(figure, counts, size, pixel):
    """Millimetres inside the motifs (negative outside) and to the nearest edge of their parts, [H, W] each.

    Right within about a millimetre of an edge.
    """
    shape = tuple(max(16, round(n / count)) for n, count in zip(size, counts, strict=True))
    layer, coverage = draw_print(figure.design, np.random.default_rng(figure.drawing), shape, _LAYERS)
    soft = np.dstack([coverage, layer * coverage[..., None]])
    soft = wrap_blur(soft, SOFTNESS / pixel[1], SOFTNESS / pixel[0])
    # The part whose edge is nearest is the one nearest to half covered.
    edge = np.float32(0.5) + np.abs(soft - np.float32(0.5)).min(-1)
    soft = np.clip(np.dstack([soft[..., 0], edge]), 1e-3, 1 - 1e-3)
    # The blurred edge is a normal distribution's, close to a logistic one of the same variance.
    distance = np.log(soft / (1 - soft)) * np.float32(SOFTNESS * 0.5513)
    both = np.tile(distance, (*counts, 1))
    return cv2.split(both if both.shape[:2] == tuple(size) else cv2.resize(both, size[::-1]))


def _close_work(size, extent, pitch, yarn, rng):
    """Cloth stitch inside motifs: close crossing threads → (opacity, height, light) as `draw_net` gives."""
    lines = []
    for axis in (0, 1):
        count = round(extent[axis] / max(0.28 * pitch, 0.25))
        at = (np.arange(size[axis], dtype=np.float32) + 0.5) * np.float32(count / size[axis] * 2 * np.pi)
        at = at[:, None] if axis == 0 else at[None, :]
        lines.append(np.cos(at + np.float32(1.2) * periodic_noise(rng, size, (9, 9))))
    threads = np.maximum(*lines)
    grain = wrap_blur(rng.standard_normal(size, np.float32), 0.8, 0.8)
    opacity = np.clip(np.float32(0.86) + np.float32(0.18) * threads + np.float32(0.1) * grain, 0.4, 1)
    light = np.float32(0.88) + np.float32(0.14) * threads + np.float32(0.5 * yarn.melange + 0.05) * grain
    return opacity, np.float32(0.05) * threads, light
