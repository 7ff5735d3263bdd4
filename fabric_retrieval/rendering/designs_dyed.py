"""Ikat, batik, camouflage, marbling and animal skins: what fields, rather than motifs, draw."""

import cv2
import numpy as np

from fabric_retrieval.rendering import canvas, motifs


def ikat(rng, size):
    """Bands of diamonds or steps whose edges are feathered along one axis, as bound threads slip."""
    y, x = canvas.unit_grid(size)
    across, down = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    # Every few threads are dyed and slip together; a little of it is each thread's own.
    threads = rng.integers(20, 60) * max(1, size[1] // 200)
    slip = rng.standard_normal(threads) * rng.uniform(0.008, 0.02)
    slip += np.repeat(rng.standard_normal(-(-threads // 3)), 3)[:threads] * rng.uniform(0.01, 0.03)
    slip = slip[np.arange(size[1]) * threads // size[1]].astype(np.float32)[None]
    place = (y + slip) * down
    u, v = np.abs(2 * (x * across % 1) - 1), np.abs(2 * canvas.wrapped(place) - 1)
    style = rng.integers(3)
    if style == 0:
        field = (u + v) / 2
    elif style == 1:
        field = v + np.float32(0.25) * np.abs(2 * (x * across * 2 % 1) - 1)
    else:
        field = np.maximum(v, np.floor(u * 4) / np.float32(4)) * np.float32(0.6) + np.float32(0.4) * v
    count = int(rng.integers(3, 7))
    edges = np.sort(rng.uniform(0.08, 0.95, count)).astype(np.float32)
    used = canvas.inks(rng, int(rng.integers(2, 5)))
    order = np.array([used[i // 2 % len(used)] if i % 2 else 0 for i in range(count + 1)], np.uint8)
    if rng.random() < 0.5:
        order = np.array([[0, *used][i % (len(used) + 1)] for i in range(count + 1)], np.uint8)
    return canvas.banded(field, edges, order)


def camouflage(rng, size):
    """Blotches in three or four colours with hard edges, or in squares as digital patterns are."""
    small = canvas.half(size)
    cells, stretch = rng.uniform(2, 5), rng.uniform(1, 2.2)
    digital = rng.random() < 0.25
    index = canvas.blank(size)
    used = canvas.inks(rng, int(rng.integers(2, 5)))
    for number, ink in enumerate(used):
        field = canvas.noise(rng, small, (round(cells * stretch), round(cells)))
        field = field + np.float32(0.35) * canvas.noise(rng, small, 3 * cells)
        level = np.quantile(field[::4, ::4], rng.uniform(0.55, 0.75) + 0.06 * number)
        if digital:
            grid = tuple(max(2, min(n, round(n / min(small) * 28))) for n in small)
            field = cv2.resize(
                cv2.resize(field, grid[::-1], interpolation=cv2.INTER_AREA),
                size[::-1],
                interpolation=cv2.INTER_NEAREST,
            )
        else:
            field = canvas.enlarge(field, size)
        index[field > level] = ink
    return index


def batik(rng, size):
    """Wax-drawn motifs with dotted fillings and wavering edges, and the veins where the wax cracked."""
    index = canvas.blank(size)
    used = canvas.inks(rng, 4)
    cloth = used[0] if rng.random() < 0.6 else 0
    index[:] = cloth
    count = int(rng.choice([1, 2, 2, 3]))
    step = min(size) / count
    petals, spokes = int(rng.integers(5, 13)), int(rng.integers(8, 20))
    bare = 0 if cloth else used[1]
    spots = canvas.scatter(rng, size, step * 0.1, 60)
    canvas.fill(index, motifs.blob(rng, 0.4) * step * 0.018 + spots[:, None], bare)
    radius, shaky = step * rng.uniform(0.3, 0.45), rng.uniform(0.005, 0.015)
    star = motifs.star(petals, 0.6) if rng.random() < 0.5 else motifs.flower(petals, 0.35)
    rounds = [(0.85, bare), (0.74, used[2]), (0.5, bare), (0.25, used[3]), (0.1, bare)]
    for place, _, _ in canvas.lattice(size, count, count, count % 2 == 0):
        canvas.stamp(index, motifs.disc(), place, radius * 1.05, 0, cloth)
        canvas.stamp(index, motifs.around(motifs.blob(rng) * 0.07, spokes, 1), place, radius, 0, bare)
        for number, (scale, ink) in enumerate(rounds):
            outline = star if number < 3 else motifs.disc()
            turn = (np.pi / petals) * (number == 2)
            canvas.stamp(index, motifs.wavering(rng, outline * scale, shaky), place, radius, turn, ink)
    if rng.random() < 0.65:
        index[_veins(rng, size, rng.uniform(2, 5), rng.uniform(0.02, 0.05))] = used[3]
    return index


def marbled(rng, size):
    """Swirled bands of ink, as on a bath."""
    small = canvas.half(size)
    y, x = canvas.unit_grid(small)
    bend = canvas.noise(rng, small, rng.uniform(2, 4)) * np.float32(rng.uniform(0.2, 0.5))
    bend = bend + np.float32(0.1) * canvas.noise(rng, small, rng.uniform(6, 9))
    turns = int(rng.integers(1, 4))
    bands = y * turns + x * int(rng.integers(0, 2)) + bend
    phase = canvas.enlarge(np.cos(2 * np.pi * bands), size)
    edges = np.sort(rng.uniform(-0.95, 0.95, 4)).astype(np.float32)
    order = np.array([0, *canvas.inks(rng, 4)], np.uint8)
    return canvas.banded(phase, edges, order)


def leopard(rng, size):
    """Rosettes: broken dark rings about a warmer middle, spots between them."""
    index = canvas.blank(size)
    most = int(rng.integers(20, 60))
    step = np.sqrt(size[0] * size[1] / most)
    ring, middle = (1, int(rng.integers(2, 5))) if rng.random() < 0.8 else canvas.inks(rng, 2)
    lie, long, thick = rng.uniform(0, 2 * np.pi), rng.uniform(0.65, 1), rng.uniform(0.3, 0.55)
    spots = [motifs.blob(rng, 0.4) * (1, long) for _ in range(5)]
    pieces = int(rng.integers(2, 5))
    rings = [_ring_piece(rng, pieces, long, thick) for _ in range(8)]
    for place in canvas.scatter(rng, size, 0.4 * step, most):
        canvas.stamp(index, spots[rng.integers(5)], place, step * rng.uniform(0.04, 0.1), 0, ring)
    for place in canvas.scatter(rng, size, 0.78 * step, most):
        scale, angle, spot = step * rng.uniform(0.28, 0.36), lie + rng.normal(0, 0.4), spots[rng.integers(5)]
        canvas.stamp(index, spot, place, scale * 1.25, angle, 0)
        canvas.stamp(index, spot, place, scale * 0.8, angle, middle)
        for number in range(pieces):
            turn = angle + 2 * np.pi * number / pieces
            canvas.stamp(index, rings[rng.integers(8)], place, scale, turn, ring)
    return index


def _ring_piece(rng, pieces, long, thick):
    """One of `pieces` arcs of a broken ring, thicker in its middle."""
    turns = 2 * np.pi * np.linspace(0.05, rng.uniform(0.7, 0.95), 9) / pieces
    line = (
        np.stack([np.cos(turns), np.sin(turns)], -1) * rng.uniform(0.9, 1.05, (9, 1)) * rng.uniform(long, 1)
    )
    width = thick * np.sin(np.linspace(0.3, np.pi - 0.3, 9)) * rng.uniform(0.7, 1.2)
    return motifs.ribbon(line, width)


def zebra(rng, size):
    """Stripes that fork, taper and bend."""
    small = canvas.half(size)
    y, _ = canvas.unit_grid(small)
    count = int(rng.integers(4, 9))
    bend = canvas.noise(rng, small, 2) * np.float32(0.9) + canvas.noise(rng, small, 4) * np.float32(0.3)
    phase = 2 * np.pi * (count * y) + bend * np.float32(2.2)
    width = canvas.noise(rng, small, (count, 3)) * np.float32(0.45)
    field = canvas.enlarge(np.sin(phase) + width, size)
    ink = canvas.inks(rng, 1)[0]
    return ((field > rng.uniform(-0.2, 0.3)) * np.uint8(ink)).astype(np.uint8)


def _veins(rng, size, cells, width):
    """Fine lines where noise crosses zero, bool [H, W]."""
    field = canvas.noise(rng, canvas.half(size), cells)
    field = field + np.float32(0.3) * canvas.noise(rng, canvas.half(size), 5 * cells)
    return np.abs(canvas.enlarge(field, size)) < width


DESIGNS = {
    "ikat": ikat,
    "camouflage": camouflage, "batik": batik, "marbled": marbled, "leopard": leopard, "zebra": zebra,
}  # fmt: skip
