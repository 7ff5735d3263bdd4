"""What each fabric of a collection is: a recipe drawn by lot, or a variation of its family's first."""

import functools

from fabric_retrieval.rendering import seeds
from fabric_retrieval.rendering.families import family_of
from fabric_retrieval.rendering.recipes import RECIPES
from fabric_retrieval.rendering.variation import possible_differences, vary

_TOTAL = sum(weight for weight, _ in RECIPES.values())
# Weights of what families differ in. Many structures leave nothing but the colourway, which is so not rare.
_DIFFERENCES = {"colourway": 1, "yarn count": 8, "motif scale": 8, "weave": 8}


def draw_specification(seed, index):
    """`Specification` of fabric `index` of the collection `seed`: a pure function of both."""
    first = family_of(seed, index).first
    original = _draw(seed, first)
    if index == first:
        return original
    rng = seeds.stream(seed, seeds.VARIANT, index)
    return vary(original, _difference(seed, first, original), index - first, rng)


def differs_in(seed, index):
    """What a family differs in: "colourway", "yarn count", "motif scale" or "weave"; "" for no family."""
    family = family_of(seed, index)
    return "" if family.size == 1 else _difference(seed, family.first, _draw(seed, family.first))


@functools.lru_cache(64)  # the members of a family follow each other
def _draw(seed, index):
    rng = seeds.stream(seed, seeds.FABRIC, index)
    weights = [weight / _TOTAL for weight, _ in RECIPES.values()]
    _, recipe = RECIPES[str(rng.choice([*RECIPES], p=weights))]
    return recipe(rng)


def _difference(seed, first, original):
    possible = possible_differences(original)
    weights = [_DIFFERENCES[difference] for difference in possible]
    rng = seeds.stream(seed, seeds.DIFFERENCE, first)
    return str(rng.choice(possible, p=[weight / sum(weights) for weight in weights]))
