"""Draws one fabric under a sweep of each factor: a row a factor, a column a step over its whole range.

python -m fabric_retrieval.rendering.sweep --out=sweep.png --fabric=3 --factors=scale,wrinkle
"""

from dataclasses import replace

import numpy as np
from absl import app, flags
from tqdm import tqdm

from fabric_retrieval.errors import UserError, brief
from fabric_retrieval.rendering import draw_fabric, take
from fabric_retrieval.rendering.captions import amount, captioned_row, label, stacked
from fabric_retrieval.rendering.conditions import NAMES, Conditions, draw_conditions
from fabric_retrieval.rendering.contact_sheet import as_stored, check_out, resized, save

DRAWS = 2000
SEEN = 3.0  # mean difference in 8-bit levels from which on two photographs differ
PARTNERS = 6  # other factors that are tried with one that does not show alone
# What a plain photograph has in place of the median: flat cloth, which `wrinkle` would drape and crumple.
PLAIN = dict.fromkeys(
    [
        "rotation_degrees",
        "tilt_degrees",
        "wrinkle",
        "light_gradient",
        "shadow",
        "exposure_stops",
        "outdoors",
        "night",
        "second_light",
        "flash",
        "background",
        "distortion",
    ],
    0.0,
) | {"light_temperature_kelvin": 5500.0, "light_ambient": 0.3, "drape": 0.7, "crumple": 0.6}


def drawn_values(draws=DRAWS):
    """Name → [draws] float64: each factor as collections draw it."""
    drawn = [draw_conditions(0, number, 0).as_dict() for number in range(draws)]
    return {name: np.array([conditions[name] for conditions in drawn], float) for name in NAMES}


def steps_of(name, values, steps):
    """`steps` values over the range of the drawn `values` [N]; fewer for a factor that takes fewer.

    They are spaced evenly in the logarithm where the draws are nearer to even in it.
    """
    distinct = np.unique(values)
    if len(distinct) <= steps:
        return distinct
    low, high = distinct[0], distinct[-1]
    if name.endswith("degrees") and high - low > 350:  # a full circle: its end is its beginning
        return np.linspace(0, 360, steps, endpoint=False)
    if low > 0 and high > 2 * low and _off_middle(np.log(values)) < _off_middle(values):
        return np.geomspace(low, high, steps)
    return np.linspace(low, high, steps)


def plain_conditions(values):
    """Median conditions, without what bends, tilts, shades or tints."""
    median = {name: float(np.median(drawn)) for name, drawn in values.items()}
    return Conditions(**median | {name: value for name, value in PLAIN.items() if name in median})


def sweep_row(fabric, name, steps, baseline, values, seed=0):
    """Photographs of a fabric with factor `name` at each of its steps, and all else alike.

    A factor that shows only together with another, as the tilt's direction with the tilt, gets that one at
    the upper decile of its draws.

    Returns:
      ([N] list of [256, 256, 3] uint8, [N] values, name of the other factor or None).
    """
    levels = steps_of(name, values[name], steps)

    def shown(conditions, level):
        conditions = replace(conditions, **{name: float(level)})
        return as_stored(take(fabric, conditions, np.random.default_rng((seed, 1))), conditions.jpeg_quality)

    def differ(conditions):
        tried = levels[0], levels[len(levels) // 2], levels[-1]
        first, *others = (shown(conditions, level).astype(int) for level in tried)
        return max(np.abs(other - first).mean() for other in others) > SEEN

    partner = None
    if len(levels) > 1 and not differ(baseline):
        for other in sorted(set(NAMES) - {name}, key=lambda other: _alike(name, other))[:PARTNERS]:
            strong = replace(baseline, **{other: float(np.quantile(values[other], 0.9))})
            if differ(strong):
                baseline, partner = strong, other
                break
    return [shown(baseline, level) for level in levels], levels, partner


def sweep(seed, index, factors, steps, pixels=256):
    """Sheet [H, W, 3] uint8 of fabric `index` of the collection `seed` with one factor a row."""
    fabric, values = draw_fabric(seed, index), drawn_values()
    baseline = plain_conditions(values)
    rows = []
    for name in tqdm(factors, "drawing", unit=" factors"):
        pictures, levels, partner = sweep_row(fabric, name, steps, baseline, values, seed)
        words = label(name)
        if partner:
            words += f"\n(with {label(partner)} {amount(partner, float(np.quantile(values[partner], 0.9)))})"
        pictures = [resized(picture, pixels) for picture in pictures]
        rows.append(captioned_row(pictures, [amount(name, level) for level in levels], words))
    return stacked(rows)


def chosen_factors(names):
    """Factors in the order asked for, all if none are.

    Raises:
      UserError: there is no such factor.
    """
    for name in names:
        if name not in NAMES:
            raise UserError(f"--factors={name}: no such factor; there are {', '.join(NAMES)}.")
    return list(names) or list(NAMES)


def _off_middle(values):
    return abs(np.median(values) - (values.min() + values.max()) / 2) / np.ptp(values)


def _alike(name, other):
    """Sort key: folds, which show all light; then names that share more words."""
    return other != "wrinkle", -len(set(name.split("_")[:-1]) & set(other.split("_"))), NAMES.index(other)


def main(_):
    values = flags.FLAGS
    with brief():
        check_out(values.out)
        factors = chosen_factors(values.factors)
        save(sweep(values.seed, values.fabric, factors, values.steps, values.pixels), values.out)
    print(f"{len(factors)} factors, up to {values.steps} steps of each: {values.out}")


def define_flags():
    flags.DEFINE_string("out", "sweep.png", "Picture to write; its ending says the format.")
    flags.DEFINE_integer("seed", 0, "Seed of the collection.", lower_bound=0)
    flags.DEFINE_integer("fabric", 0, "Number of the fabric.", lower_bound=0)
    flags.DEFINE_list("factors", [], "Factors to show, separated by commas. Default: all.")
    flags.DEFINE_integer("steps", 6, "Photographs a factor, over its whole range.", lower_bound=2)
    flags.DEFINE_integer("pixels", 256, "Width of each photograph on the sheet.", lower_bound=16)


if __name__ == "__main__":
    define_flags()
    app.run(main)
