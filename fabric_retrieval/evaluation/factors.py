"""How far a query is from its answers: one number a factor, from the conditions that a collection knows."""

from typing import NamedTuple

import numpy as np

from fabric_retrieval.data.collection import encoded_images

BINS = 3


class Facts(NamedTuple):
    """What a collection knows of N images, in ascending order of their ids.

    `conditions`: name → [N] float64, NaN where unknown. `fabrics` [N] str. `family` [N] str: equal for the
    fabrics of a family, "" for none. `differs_in` [N] str: the one thing that sets them apart.
    """

    conditions: dict
    fabrics: np.ndarray
    family: np.ndarray
    differs_in: np.ndarray


def read_facts(builder, split):
    """`Facts` of a split of a prepared builder of `fird`; what its examples lack is unknown or empty."""
    examples = encoded_images(builder, split).map(
        lambda example: {key: value for key, value in example.items() if key != "image"}
    )
    ids, conditions, names = [], {}, {"fabric": [], "family": [], "differs_in": []}
    for example in examples.as_numpy_iterator():
        ids.append(example["image_id"].decode())
        known = example.get("conditions")
        for name, value in known.items() if isinstance(known, dict) else ():
            conditions.setdefault(name, []).append(float(value))
        for name, values in names.items():
            values.append(example.get(name, b"").decode())
    order = np.argsort(ids)
    return Facts(
        {name: np.array(values)[order] for name, values in conditions.items()},
        *(np.array(values, dtype=str)[order] for values in names.values()),
    )


def _difference(query, answers):
    return np.abs(query - answers).mean()


def _ratio(query, answers):
    return np.exp(np.abs(np.log(query / answers)).mean())


def _turn(query, answers):
    return np.abs((query - answers + 180) % 360 - 180).mean()


def _larger(query, answers):
    return np.maximum(query, answers).mean()


def _smaller(query, answers):
    return np.minimum(query, answers).mean()


def _mired(query, answers):
    return np.abs(1e6 / query - 1e6 / answers).mean()


# Factor → (condition, what is made of the query's and those of its relevant gallery images, in words).
FACTORS = {
    "scale": ("scale", _ratio, "ratio of the scales, geometric mean over the answers"),
    "rotation": ("rotation_degrees", _turn, "angle between, 0 to 180 degrees, mean over the answers"),
    "wrinkle": ("wrinkle", _larger, "the larger of the two, mean over the answers"),
    "light_colour": ("light_temperature_kelvin", _mired, "difference in mired, mean over the answers"),
    "exposure": ("exposure_stops", _difference, "difference in stops, mean over the answers"),
    "illuminance": ("illuminance_lux", _smaller, "the darker of the two in lux, mean over the answers"),
    "light_height": ("light_elevation_degrees", _difference, "difference in degrees, mean over the answers"),
    "light_softness": ("light_ambient", _difference, "difference in ambient share, mean over the answers"),
}


def factors(query, gallery, judgements):
    """Each query's factors: `({factor: [Q] float64}, notes)`.

    Args:
        query, gallery: `Facts`. judgements: `Judgements` of the two.

    A query without answers has NaN. A factor whose condition is unknown, even of one image, is left out, and
    a note says so.
    """
    relevant = [judgements.relevant(number) for number in range(len(query.family))]
    found, notes = {}, []
    for factor, (name, function, _) in FACTORS.items():
        ours, theirs = query.conditions.get(name), gallery.conditions.get(name)
        if ours is None or theirs is None or not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
            notes.append(f"{factor}: left out, {name} is not known of all images.")
            continue
        found[factor] = np.array(
            [function(own, theirs[of]) if len(of) else np.nan for own, of in zip(ours, relevant, strict=True)]
        )
    return found, notes


def terciles(values):
    """[(low, high, members [N] bool), …]: thirds of the finite values, by size; empty ones are left out.

    The bounds are the least and the greatest value, and between them the quantiles at 1/3 and 2/3; a value on
    a bound belongs to the lower bin.
    """
    finite = np.isfinite(values)
    edges = np.quantile(values[finite], np.linspace(0, 1, BINS + 1))
    bins = np.where(finite, np.searchsorted(edges[1:-1], values, side="left"), -1)
    members = [bins == number for number in range(BINS)]
    return [
        (float(edges[number]), float(edges[number + 1]), here)
        for number, here in enumerate(members)
        if here.any()
    ]
