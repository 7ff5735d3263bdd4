"""Every way of making cloth, by name."""

from fabric_retrieval.rendering.knit import KNITS, knitted_ground
from fabric_retrieval.rendering.weave import WEAVES
from fabric_retrieval.rendering.woven import woven_ground

# Name → function of (specification, rng) that gives a `ground.Ground`.
STRUCTURES = dict.fromkeys(WEAVES, woven_ground) | dict.fromkeys(KNITS, knitted_ground)


def ground_of(specification, rng):
    """`Ground` of a specification; `rng` decides what differs from thread to thread."""
    return STRUCTURES[specification.structure](specification, rng)
