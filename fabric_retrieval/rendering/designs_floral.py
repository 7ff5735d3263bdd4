"""Flowers, leaves and paisleys."""

import numpy as np

from fabric_retrieval.rendering import canvas, motifs

VEIN, SMALL_FLOWER = motifs.leaf(0.07), motifs.flower(5, 0.5)


def ditsy(rng, size):
    """Small flowers and sprigs, strewn."""
    index = canvas.blank(size)
    most = int(rng.integers(14, 45))
    step = np.sqrt(size[0] * size[1] / most)
    used, leaf_ink = canvas.inks(rng, int(rng.integers(1, 4))), int(rng.integers(1, 5))
    petals, depth, leaf = int(rng.integers(4, 8)), rng.uniform(0.3, 0.7), motifs.leaf(rng.uniform(0.25, 0.5))
    outline, radius = motifs.flower(petals, depth), step * rng.uniform(0.16, 0.32)
    leaves, stems, heart = int(rng.integers(0, 4)), rng.random() < 0.5, int(rng.integers(0, 5))
    for place in canvas.scatter(rng, size, 0.62 * step, most):
        ink, angle, scale = (
            used[rng.integers(len(used))],
            rng.uniform(0, 2 * np.pi),
            radius * rng.uniform(0.6, 1.1),
        )
        if stems:
            at = np.linspace(0, 1, 6)
            end = scale * 2.4 * np.array([np.cos(angle), np.sin(angle)])
            bend = scale * 0.6 * np.array([-np.sin(angle), np.cos(angle)])
            line = place + at[:, None] * end + (at * (1 - at))[:, None] * 2 * bend
            canvas.stroke(index, line, scale * 0.16, leaf_ink)
        for number in range(leaves):
            turn = angle + (number - (leaves - 1) / 2) * 0.9
            away = scale * 1.45 * np.array([np.cos(turn), np.sin(turn)])
            canvas.stamp(index, leaf, place + away, scale * 0.7, turn, leaf_ink)
        canvas.stamp(index, outline, place, scale, angle, ink)
        if heart != ink:
            canvas.stamp(index, motifs.disc(), place, scale * 0.3, 0, heart)
    return index


def bouquet(rng, size):
    """Large flowers of several layers on waving stems, with leaves and buds between."""
    index = canvas.blank(size)
    unit = min(size)
    used = canvas.inks(rng, 4)
    green, deep = used[3], used[2]
    leaf = motifs.leaf(rng.uniform(0.25, 0.5))
    places = canvas.scatter(rng, size, unit * rng.uniform(0.3, 0.42), int(rng.integers(3, 9)))
    radius = unit * rng.uniform(0.13, 0.22)
    for place in places:
        _stem(index, rng, place, radius * rng.uniform(1.6, 2.6), radius, leaf, green, deep)
    if rng.random() < 0.7:  # filling
        for place in canvas.scatter(rng, size, unit * 0.1, 40):
            if rng.random() < 0.5:
                canvas.stamp(index, leaf, place, unit * 0.05, rng.uniform(0, 2 * np.pi), green)
            else:
                canvas.stamp(index, SMALL_FLOWER, place, unit * 0.03, 0, used[1])
    petals, rounds, width = int(rng.integers(4, 10)), int(rng.integers(1, 4)), rng.uniform(0.9, 1.5)
    notch, veined = rng.choice([0, 0.15, 0.25]), rng.random() < 0.6
    for place in places:
        scale, first = radius * rng.uniform(0.7, 1.15), int(rng.integers(2))
        _blossom(
            index, rng, place, scale, (petals, rounds, width, notch, veined), [*used[first:3], *used[:first]]
        )
    return index


def _stem(index, rng, place, length, radius, leaf, green, deep):
    """A bent stem away from the flower, with leaves that have a midrib."""
    angle, bend = rng.uniform(0, 2 * np.pi), rng.uniform(-1.2, 1.2)
    turns = angle + bend * np.linspace(0, 1, 12)
    line = place + np.cumsum(length / 12 * np.stack([np.cos(turns), np.sin(turns)], -1), 0)
    canvas.stroke(index, line, radius * np.linspace(0.16, 0.05, 12), green)
    for number in range(4, 12, 2):
        side = 1 if number % 4 else -1
        turn, size_of = turns[number] + side * 0.8, radius * rng.uniform(0.4, 0.7)
        middle = line[number] + size_of * np.array([np.cos(turn), np.sin(turn)])
        canvas.stamp(index, leaf, middle, size_of, turn, green)
        canvas.stamp(index, VEIN, middle, size_of * 0.8, turn, deep)


def _blossom(index, rng, place, scale, form, used):
    """Rounds of petals, each smaller and of another ink, about a heart of stamens."""
    petals, rounds, width, notch, veined = form
    angle = rng.uniform(0, 2 * np.pi)
    outline = motifs.petal(width * np.pi / petals * 0.8, notch)
    for layer in range(rounds):
        reach = scale * (1 - 0.3 * layer)
        for number in range(petals):
            turn = angle + 2 * np.pi * (number + layer / 2) / petals
            stretch = reach * rng.uniform(0.92, 1.06)
            canvas.stamp(index, outline, place, stretch * 1.06, turn, used[(layer + 1) % 3])
            canvas.stamp(index, outline, place, stretch * 0.94, turn, used[layer % 3])
            if veined:
                middle = place + 0.5 * stretch * np.array([np.cos(turn), np.sin(turn)])
                canvas.stamp(index, VEIN, middle, stretch * 0.25, turn, used[(layer + 1) % 3])
    canvas.stamp(index, motifs.disc(), place, scale * 0.2, 0, used[2])
    canvas.stamp(index, motifs.around(motifs.disc() * 0.05, 8, 0.27), place, scale, 0, used[1])


def leaves(rng, size):
    """Leaves or ferns, lying one way or strewn, with midribs."""
    index = canvas.blank(size)
    most = int(rng.integers(8, 40))
    step = np.sqrt(size[0] * size[1] / most)
    used = canvas.inks(rng, int(rng.integers(1, 5)))
    fern = motifs.fern(int(rng.integers(4, 8)), rng.uniform(0.2, 0.4)) if rng.random() < 0.4 else None
    outline, spread, lie = (
        motifs.leaf(rng.uniform(0.2, 0.55)),
        rng.choice([0.3, 0.7, np.pi]),
        rng.uniform(0, 2 * np.pi),
    )
    rib = int(rng.integers(0, 5)) if rng.random() < 0.7 else None
    largest, midrib = rng.uniform(0.45, 0.75), motifs.leaf(0.03)
    veins = [(along + 0.1, side * 0.12, side) for along in (-0.4, 0, 0.4) for side in (-1, 1)]
    veins = np.array([motifs.placed(VEIN, (x, y), 0.17, side * 0.8) for x, y, side in veins])
    for place in canvas.scatter(rng, size, 0.6 * step, most):
        radius, angle = step * largest * rng.uniform(0.6, 1.1), lie + rng.uniform(-spread, spread)
        ink = used[rng.integers(len(used))]
        for part in fern or [outline]:
            canvas.stamp(index, part, place, radius, angle, ink)
        if rib is not None and fern is None and rib != ink:
            canvas.stamp(index, midrib, place, radius * 0.9, angle, rib)
            canvas.stamp(index, veins, place, radius, angle, rib)
    return index


def paisley(rng, size):
    """Teardrops within teardrops, fringed with dots, a flower in the foot; small fillings between."""
    index = canvas.blank(size)
    unit = min(size)
    used = canvas.inks(rng, 4)
    across = int(rng.choice([1, 2, 2]))
    places = [
        (place, column + row)
        for place, column, row in canvas.lattice(size, across * 2, across, half_drop=True)
    ]
    step = unit / across
    if rng.random() < 0.85:
        for place in canvas.scatter(rng, size, step * 0.15, int(30 * across**2)):
            canvas.stamp(
                index, SMALL_FLOWER, place, step * rng.uniform(0.02, 0.045), 0, used[rng.integers(4)]
            )
    shape, radius, lie = (
        motifs.teardrop(rng.uniform(0.25, 0.5)),
        step * rng.uniform(0.27, 0.36),
        rng.uniform(0, 2 * np.pi),
    )
    turned, fringe, rings = rng.choice([0, np.pi]), rng.choice([0, 18, 26]), int(rng.integers(3, 6))
    order = [used[i % 4] if rng.random() < 0.8 else 0 for i in range(rings)]
    petals = int(rng.integers(5, 9))
    for place, which in places:
        angle = lie + turned * (which % 2) + rng.uniform(-0.1, 0.1)
        mirrored = shape * (1, 1 - 2 * (which % 2))
        canvas.stamp(index, mirrored, place, radius * 1.16, angle, 0)
        if fringe:
            beads = mirrored[np.arange(fringe) * len(mirrored) // fringe, None] * 1.14
            canvas.stamp(index, motifs.disc() * 0.055 + beads, place, radius, angle, used[0])
        foot = np.array([-0.45, 0])
        scale = 1.0
        for ink in order:
            # Each ring shrinks towards the foot.
            canvas.stamp(index, foot * (1 - scale) + mirrored * scale, place, radius, angle, ink)
            scale *= 0.8 if ink != order[-1] else 0.6
        canvas.stamp(index, motifs.flower(petals, 0.5) * 0.22 + foot, place, radius, angle, used[1])
        canvas.stamp(index, motifs.disc() * 0.08 + foot, place, radius, angle, used[2])
    return index


DESIGNS = {"ditsy": ditsy, "bouquet": bouquet, "leaves": leaves, "paisley": paisley}
